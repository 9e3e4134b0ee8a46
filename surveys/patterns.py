r"""Patterns that an author demands of an answer, matched in time that grows with the text and nothing else. PURE.

A pattern comes with somebody else's form: run by a backtracking engine, a few characters can hang a server. Here it
becomes a small automaton that reads each character of the answer once, however the pattern nests. Taken are literals,
`.`, classes, `\d \w \s` (ASCII) and their opposites, groups, `|`, `* + ? {m,n}` (lazy ones too), `^` and `$`. What no
such automaton can do (back references, looking ahead or behind, word borders, flags, `\p{…}`) and what would make it
too large is refused: `compile_pattern` gives None, and the form's check says `pattern_unsafe`. A pattern fits the whole
answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from surveys.pattern_syntax import Edge, Either, Node, Ranges, Repeat, Sequence, UnsupportedError, parse_pattern

LONGEST_PATTERN = 1000
_MOST_STATES = 1000


@dataclass(frozen=True, slots=True)
class State:
    """Where the automaton can stand: it reads a character, checks an edge, or goes on freely to `ways`."""

    reads: Ranges | None
    edge: Edge | None
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to be matched; the last state is the end."""

    states: tuple[State, ...]


@lru_cache(maxsize=256)
def compile_pattern(written: str) -> Pattern | None:
    """The automaton of a pattern; None where it is malformed, asks for too much or would become too large."""
    if len(written) > LONGEST_PATTERN:
        return None
    try:
        states = _States()
        states.add(parse_pattern(written))
        states.end()
    except UnsupportedError:
        return None
    return Pattern(tuple(states.made))


def fits(pattern: Pattern, text: str) -> bool:
    """Whether the whole text is what the pattern describes. Steps: characters of the text × states, at most."""
    standing = _spread(pattern, [0], 0, len(text))
    for place, character in enumerate(text, start=1):
        code = ord(character)
        reached = [
            pattern.states[state].ways[0]
            for state in standing
            if any(low <= code <= high for low, high in pattern.states[state].reads or ())
        ]
        if not reached:
            return False
        standing = _spread(pattern, reached, place, len(text))
    return len(pattern.states) - 1 in standing


def _spread(pattern: Pattern, states: list[int], place: int, length: int) -> set[int]:
    """All states that can be reached without reading a character."""
    found, waiting = set(states), list(states)
    while waiting:
        state = pattern.states[waiting.pop()]
        if state.reads is not None or (state.edge is not None and place != (length if state.edge.is_end else 0)):
            continue
        for way in state.ways:
            if way not in found:
                found.add(way)
                waiting.append(way)
    return found


class _States:
    """The states made so far; each part of a pattern ends where the next one begins."""

    def __init__(self) -> None:
        self.made: list[State] = []

    def add(self, node: Node) -> None:
        if isinstance(node, Sequence):
            for part in node.parts:
                self.add(part)
        elif isinstance(node, Either):
            self._add_either(node)
        elif isinstance(node, Repeat):
            self._add_repeat(node)
        else:
            is_edge = isinstance(node, Edge)
            self._put(None if is_edge else node.ranges, node if is_edge else None, len(self.made) + 1)  # type: ignore[union-attr,arg-type]  # told apart by is_edge

    def end(self) -> None:
        self._put(None, None)

    def _put(self, reads: Ranges | None, edge: Edge | None, *ways: int) -> int:
        if len(self.made) >= _MOST_STATES:
            raise UnsupportedError
        self.made.append(State(reads, edge, ways))
        return len(self.made) - 1

    def _add_either(self, node: Either) -> None:
        fork = self._put(None, None)
        starts, ends = [], []
        for part in node.parts:
            starts.append(len(self.made))
            self.add(part)
            ends.append(self._put(None, None))
        self.made[fork] = State(None, None, tuple(starts))
        for end in ends:
            self.made[end] = State(None, None, (len(self.made),))

    def _add_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        if node.most is None:
            fork = self._put(None, None)
            self.add(node.part)
            back = self._put(None, None, fork)
            self.made[fork] = State(None, None, (fork + 1, back + 1))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._put(None, None))
            self.add(node.part)
        for fork in forks:
            self.made[fork] = State(None, None, (fork + 1, len(self.made)))
