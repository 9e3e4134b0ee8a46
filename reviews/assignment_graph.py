"""PURE: what common raters join. Raters stand on one side and units on the other; a task is a line between them.

One member unit stands on both sides, once as rater and once as unit, and these two are not joined by being one: a hub
and its spokes, who score the hub and are scored by it alone, are two parts. The fit of the scores uses the same graph.
Knows lines only. Refuses to know who may score whom.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


class Joined(Generic[Node]):
    """Nodes and what joins them, as a forest (union by size, paths halved)."""

    def __init__(self) -> None:
        self._above: dict[Node, Node] = {}
        self._size: dict[Node, int] = {}

    def root(self, node: Node) -> Node:
        """The node that stands for all that are joined with this one."""
        above = self._above
        if node not in above:
            above[node] = node
            self._size[node] = 1
            return node
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    def join(self, one: Node, other: Node) -> bool:
        """Join two nodes; False if they were joined already."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return False
        if self._size[one] < self._size[other]:
            one, other = other, one
        self._above[other] = one
        self._size[one] += self._size[other]
        return True


def parts_of_units(tasks: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The scored units in parts that common raters join, from (rater, unit); each part and their list in code order."""
    joined: Joined[tuple[bool, str]] = Joined()
    units: dict[str, None] = {}
    for rater, unit in tasks:
        joined.join((False, rater), (True, unit))
        units[unit] = None
    parts: dict[tuple[bool, str], list[str]] = {}
    for unit in sorted(units):
        parts.setdefault(joined.root((True, unit)), []).append(unit)
    return tuple(tuple(part) for part in sorted(parts.values()))
