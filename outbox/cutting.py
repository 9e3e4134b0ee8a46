"""Cutting a text into messages, as long as a channel takes them. PURE.

A cut falls between paragraphs if that wastes less than half a message, else between lines, and inside a line only
where the line alone is too long: then at a space, else between what is seen as characters. Half of a surrogate pair
never stands alone, nor part of a character's bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from outbox.channel_limits import Counted, length_of

_JOINER = "\u200d"
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def split_text(text: str, limit: int, counted_in: Counted = "utf16") -> list[str]:
    """The text as parts of at most `limit` units (4 or more), outer line ends removed; never an empty part."""
    parts: list[str] = []
    lines: list[str] = []
    for line in (piece for whole in text.split("\n") for piece in _pieces(whole, limit, counted_in)):
        if lines and length_of("\n".join([*lines, line]), counted_in) > limit:
            ready, lines = _at_paragraph(lines, limit, counted_in)
            parts.append("\n".join(ready))
            if length_of("\n".join([*lines, line]), counted_in) > limit:  # what was carried over leaves no room
                parts.append("\n".join(lines))
                lines = []
        lines.append(line)
    parts.append("\n".join(lines))
    return [part for part in (part.strip("\n") for part in parts) if part.strip()]


def _at_paragraph(lines: list[str], limit: int, counted_in: Counted) -> tuple[list[str], list[str]]:
    """Lines of a full message: those that go, and those of a paragraph just begun, which stay for the next one."""
    for index in range(len(lines) - 1, 0, -1):
        if not lines[index].strip():
            if 2 * length_of("\n".join(lines[:index]), counted_in) >= limit:
                return lines[:index], lines[index + 1 :]
            break
    return lines, []


def _pieces(line: str, limit: int, counted_in: Counted) -> Iterator[str]:
    """A line, or what it must be cut into."""
    while length_of(line, counted_in) > limit:
        end = _end_within(line, limit, counted_in)
        yield line[:end].rstrip()
        line = line[end:].lstrip()
    yield line


def _end_within(line: str, limit: int, counted_in: Counted) -> int:
    """Where to cut a line that is too long."""
    end = units = 0
    while units + length_of(line[end], counted_in) <= limit:
        units += length_of(line[end], counted_in)
        end += 1
    space = line.rfind(" ", end * 3 // 4, end)
    if space > 0:
        return space
    return safe_cut(line, end) or end  # a single character of more than a message is cut between its code points


def safe_cut(line: str, wanted: int) -> int:
    """The last place up to `wanted` where a cut parts nothing that is seen as one character; 0 if there is none."""
    cut = min(wanted, len(line))
    while 0 < cut < len(line) and _is_inside(line, cut):
        cut -= 1
    return cut


def _is_inside(line: str, cut: int) -> bool:
    """Whether a cut there would part a letter from its marks, an emoji from what it is joined to, or a flag."""
    following, before = line[cut], line[cut - 1]
    if unicodedata.category(following) in ("Mn", "Me", "Mc") or _JOINER in (following, before):
        return True
    if ord(following) in _SKIN_TONES:
        return True
    if ord(following) not in _FLAG_LETTERS:
        return False
    letters = 0
    while letters < cut and ord(line[cut - 1 - letters]) in _FLAG_LETTERS:
        letters += 1
    return letters % 2 == 1
