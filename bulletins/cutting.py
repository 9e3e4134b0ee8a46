"""A text in lines of a picture, and how Telegram counts it; cutting into messages is `outbox.cutting`. PURE."""

from __future__ import annotations

import re

from outbox.channel_limits import length_of
from outbox.cutting import safe_cut, split_text

__all__ = ["safe_cut", "split_text", "utf16_length", "wrapped"]

_NEVER_FIRST = "，。；：、！？）》”"  # of a line


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text takes."""
    return length_of(text, "utf16")


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
