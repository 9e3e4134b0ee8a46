"""What a pattern is made of, and how one is read. PURE.

The grammar is the part of regular expressions that an automaton can follow (see `patterns`); nothing else is taken.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

_DEEPEST = 40
_LAST = sys.maxunicode

Ranges = tuple[tuple[int, int], ...]

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 13), (32, 32), (0xA0, 0xA0), (0x2000, 0x200A), (0x2028, 0x2029), (0x3000, 0x3000))
_SETS = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of some ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning or the end of the answer."""

    is_end: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` times; None is without end."""

    part: Node
    least: int
    most: int | None


Node = Chars | Edge | Sequence | Either | Repeat


class UnsupportedError(Exception):
    """The pattern asks for more than an automaton of bounded size can do, or is not well formed."""


def parse_pattern(written: str) -> Node:
    """The parts of a pattern; UnsupportedError where it is malformed or asks for more than an automaton can do."""
    return _Reader(written).whole()


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self._either()
        if self.at < len(self.written):
            raise UnsupportedError
        return node

    def _next(self) -> str:
        return self.written[self.at] if self.at < len(self.written) else ""

    def _take(self) -> str:
        character = self._next()
        if not character:
            raise UnsupportedError
        self.at += 1
        return character

    def _skip(self, words: str) -> bool:
        found = self.written.startswith(words, self.at)
        self.at += len(words) if found else 0
        return found

    def _either(self) -> Node:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._next() not in {"", "|", ")"}:
            parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return node
        if isinstance(node, Edge):
            raise UnsupportedError
        self._skip("?")  # lazy: the same texts fit
        if self._next() in {"*", "+", "?"} or self._bounds() is not None:
            raise UnsupportedError
        return Repeat(node, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(sign):
                return bounds
        if not self._skip("{"):
            return None
        least, comma, most = self._until("}").partition(",")
        if not _is_short_number(least) or (most and not _is_short_number(most)):
            raise UnsupportedError
        upper = None if comma and not most else int(most or least)
        if upper is not None and upper < int(least):
            raise UnsupportedError
        return int(least), upper

    def _until(self, sign: str) -> str:
        end = self.written.find(sign, self.at)
        if end < 0:
            raise UnsupportedError
        found = self.written[self.at : end]
        self.at = end + 1
        return found

    def _atom(self) -> Node:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return Chars(self._class())
        if character == "\\":
            return self._edge() or Chars(self._escape())
        if character == ".":
            return Chars(_without(((10, 10),)))
        if character in "^$":
            return Edge(is_end=character == "$")
        if character in "*+?{)":
            raise UnsupportedError
        return Chars(((ord(character), ord(character)),))

    def _group(self) -> Node:
        if self._skip("?") and not self._skip(":"):  # a name changes nothing about what fits
            named = self._skip("P<") or self._skip("<")
            if not named or not self._until(">").isidentifier():
                raise UnsupportedError
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnsupportedError
        node = self._either()
        if not self._skip(")"):
            raise UnsupportedError
        self.depth -= 1
        return node

    def _edge(self) -> Edge | None:
        """Begin or end in the spelling that some dialects have beside `^` and `$`."""
        if self._next() not in {"A", "Z", "z"}:
            return None
        return Edge(is_end=self._take() != "A")

    def _escape(self) -> Ranges:
        character = self._take()
        if character.lower() in _SETS:
            ranges = _SETS[character.lower()]
            return ranges if character.islower() else _without(ranges)
        if character in _CONTROLS:
            code = _CONTROLS[character]
        elif character in "xu":
            digits = self.written[self.at : self.at + (2 if character == "x" else 4)]
            self.at += len(digits)
            if len(digits) != (2 if character == "x" else 4) or not set(digits) <= set("0123456789abcdefABCDEF"):
                raise UnsupportedError
            code = int(digits, 16)
        elif character.isalnum():
            raise UnsupportedError
        else:
            code = ord(character)
        return ((code, code),)

    def _class(self) -> Ranges:
        is_opposite = self._skip("^")
        found: list[tuple[int, int]] = []
        is_first = True
        while is_first or self._next() != "]":
            is_first = False
            low = self._class_part()
            is_range = self._next() == "-" and self.written[self.at + 1 : self.at + 2] not in {"]", ""}
            if len(low) == 1 and low[0][0] == low[0][1] and is_range:
                self.at += 1
                high = self._class_part()
                if len(high) != 1 or high[0][0] < low[0][0]:
                    raise UnsupportedError
                found.append((low[0][0], high[0][1]))
            else:
                found += low
        self.at += 1
        return _without(tuple(found)) if is_opposite else tuple(found)

    def _class_part(self) -> Ranges:
        character = self._take()
        if character == "\\":
            return ((8, 8),) if self._skip("b") else self._escape()
        return ((ord(character), ord(character)),)


def _without(ranges: Ranges) -> Ranges:
    """All characters but these."""
    found, after = [], 0
    for low, high in sorted(ranges):
        if low > after:
            found.append((after, low - 1))
        after = max(after, high + 1)
    if after <= _LAST:
        found.append((after, _LAST))
    return tuple(found)


def _is_short_number(written: str) -> bool:
    return 1 <= len(written) <= 4 and written.isascii() and written.isdigit()  # noqa: PLR2004 - more states than that are refused
