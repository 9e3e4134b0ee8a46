"""What somebody with paper and pencil can work out from the counts of a tree that are shown. PURE.

A reader knows that a parent is the sum of its children and that a hidden count is at least 1, because 0 is shown. Each
hidden count then lies between two ends; where they meet, it is given away. The sums of a tree hang together in one way
only, so two passes, upwards and downwards, find the narrowest ends. Refuses to know why a count is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """One count of a tree. `parent` and `children` are places in the list of all nodes, parents before children."""

    count: int
    parent: int | None
    children: list[int] = field(default_factory=list)
    is_hidden: bool = False
    low: int = 0
    high: int | None = 0  # None: without end


def given_away(nodes: list[Node]) -> list[int]:
    """Places of hidden counts that can be worked out, at most one under each shown count: the first from the top.

    What lies under one shown count says nothing about what lies under another, so each may be mended by itself.
    """
    _set_ends(nodes)
    found: dict[int, int] = {}
    anchors: list[int] = []  # of each node, the nearest shown count at or above it
    for place, node in enumerate(nodes):
        above = anchors[node.parent] if node.parent is not None else place
        anchors.append(above if node.is_hidden else place)
        if node.is_hidden and node.low == node.high:
            found.setdefault(above, place)
    return list(found.values())


def _set_ends(nodes: list[Node]) -> None:
    """The least and the most that each count can be, as a reader sees it."""
    for node in reversed(nodes):
        if not node.is_hidden:
            node.low, node.high = node.count, node.count
        elif _adds_up(nodes, node):
            node.low = sum(nodes[child].low for child in node.children)
            node.high = _sum(nodes[child].high for child in node.children)
        else:
            node.low, node.high = 1, None
    for node in nodes:
        if node.children and _adds_up(nodes, node):
            _narrow_children(nodes, node)


def _adds_up(nodes: list[Node], node: Node) -> bool:
    """Whether the children tell anything about their parent: counts that belong to no child make sums worthless."""
    return bool(node.children) and sum(nodes[child].count for child in node.children) == node.count


def _narrow_children(nodes: list[Node], node: Node) -> None:
    """A child is at most what the others leave of the parent, and at least what they cannot make up."""
    children = [nodes[child] for child in node.children]
    least = sum(child.low for child in children)
    open_ends = sum(child.high is None for child in children)
    most = sum(child.high for child in children if child.high is not None)
    for low, high, child in [(child.low, child.high, child) for child in children]:
        if node.high is not None:
            left = node.high - (least - low)
            child.high = left if high is None else min(high, left)
        if open_ends == 0 and high is not None:
            child.low = max(low, node.low - (most - high))
        elif open_ends == 1 and high is None:
            child.low = max(low, node.low - most)


def _sum(ends: Iterable[int | None]) -> int | None:
    total = 0
    for end in ends:
        if end is None:
            return None
        total += end
    return total
