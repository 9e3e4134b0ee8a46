"""What a person typed, made safe to keep: one text, the same on every database and on every screen. PURE.

Removed are NUL and other controls, noncharacters and the characters that turn the direction of a line around
(they let a text lie about what stands beside it). Line ends become one newline, the rest is brought to NFC, so that the
same words are the same bytes. Half of a surrogate pair is not text at all and is refused. Knows nothing of questions.
"""

from __future__ import annotations

import unicodedata

_DIRECTION_CHANGERS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_LINE_ENDS = {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"}
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that show nothing
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
_ARABIC_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_PLANE_END = 0xFFFE


def clean_text(raw: str) -> str | None:
    """`raw` as it may be stored, outer white space removed; None if it holds half a surrogate pair."""
    if any("\ud800" <= character <= "\udfff" for character in raw):
        return None
    kept = "".join(_kept(character) for character in raw.replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", kept).strip()


def is_blank(cleaned: str) -> bool:
    """Whether nothing of a text can be seen: white space, joiners, fillers and marks without a letter."""
    return all(character in _INVISIBLE or unicodedata.category(character) in _BLANK_CATEGORIES for character in cleaned)


def _kept(character: str) -> str:
    if character in "\n\t":
        return "\n" if character == "\n" else " "
    if character in _LINE_ENDS:
        return _LINE_ENDS[character]
    if character in _DIRECTION_CHANGERS or unicodedata.category(character) == "Cc" or _is_noncharacter(character):
        return ""
    return character


def _is_noncharacter(character: str) -> bool:
    code = ord(character)
    return code in _ARABIC_NONCHARACTERS or code & _PLANE_END == _PLANE_END
