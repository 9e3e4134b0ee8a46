"""Cutting a text into messages, and a note into lines of a picture. PURE.

Counts as Telegram does, in UTF-16 units. A cut falls between paragraphs if that wastes less than half a message, else
between lines, and inside a line only where the line alone is too long: then at a space, else between what is seen as
characters. Half of a surrogate pair never stands alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_BASIC_PLANE_END = 0xFFFF
_NEVER_FIRST = "，。；：、！？）》”"  # of a line


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text takes."""
    return len(text) + sum(ord(character) > _BASIC_PLANE_END for character in text)


def split_text(text: str, limit: int) -> list[str]:
    """The text as parts of at most `limit` units (2 or more), outer line ends removed; never an empty part."""
    parts: list[str] = []
    lines: list[str] = []
    for line in (piece for whole in text.split("\n") for piece in _pieces(whole, limit)):
        if lines and utf16_length("\n".join([*lines, line])) > limit:
            ready, lines = _at_paragraph(lines, limit)
            parts.append("\n".join(ready))
            if utf16_length("\n".join([*lines, line])) > limit:  # what was carried over leaves no room
                parts.append("\n".join(lines))
                lines = []
        lines.append(line)
    parts.append("\n".join(lines))
    return [part for part in (part.strip("\n") for part in parts) if part.strip()]


def _at_paragraph(lines: list[str], limit: int) -> tuple[list[str], list[str]]:
    """Lines of a full message: those that go, and those of a paragraph just begun, which stay for the next one."""
    for index in range(len(lines) - 1, 0, -1):
        if not lines[index].strip():
            if 2 * utf16_length("\n".join(lines[:index])) >= limit:
                return lines[:index], lines[index + 1 :]
            break
    return lines, []


def _pieces(line: str, limit: int) -> Iterator[str]:
    """A line, or what it must be cut into."""
    while utf16_length(line) > limit:
        end = _end_within(line, limit)
        yield line[:end].rstrip()
        line = line[end:].lstrip()
    yield line


def _end_within(line: str, limit: int) -> int:
    """Where to cut a line that is too long."""
    end = units = 0
    while units + utf16_length(line[end]) <= limit:
        units += utf16_length(line[end])
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


def wrapped(words: str, width: int) -> list[str]:
    """One line cut into lines of at most `width` narrow characters; those of East Asia are twice as wide.

    A mark that never begins a line may stick out, and so may a word longer than a line.
    """
    lines, room = [""], 0
    for piece in re.findall(r"[\x21-\x7e]+\s*|.", words):
        wide = sum(1 if each.isascii() else 2 for each in piece)
        if room + wide > width and lines[-1] and piece not in _NEVER_FIRST:
            lines.append("")
            room = 0
        lines[-1] += piece
        room += wide
    return [line.strip() for line in lines if line.strip()]
