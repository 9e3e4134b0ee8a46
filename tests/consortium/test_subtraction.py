"""What can be worked out from any tree with any counts hidden: the same as trying all possibilities one by one."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from consortium.subtraction import Node, given_away
from tests.consortium.test_disclosure_attack import flat, grown, leaf, possible


def nodes_of(tree: dict[str, Any], masked: dict[str, Any]) -> list[Node]:
    """The tree as the code under test sees it, parents before children."""
    nodes: list[Node] = []
    waiting = [(tree, masked, None)]
    while waiting:
        true, seen, parent = waiting.pop(0)
        place = len(nodes)
        nodes.append(Node(true["count"], parent, is_hidden=seen["count"] is None))
        if parent is not None:
            nodes[parent].children.append(place)
        waiting += [(a, b, place) for a, b in zip(true["children"], seen["children"], strict=True)]
    return nodes


def told(tree: dict[str, Any], masked: dict[str, Any]) -> int:
    """How many hidden counts have one value only, by trying."""
    places: list[set[int]] = [set() for _ in flat(tree)]
    for subtree in possible(masked, tree["count"] if masked["count"] is not None else 30).values():
        for have, new in zip(places, subtree, strict=True):
            have.update(new)
    return sum(seen is None and len(values) == 1 for seen, values in zip(flat(masked), places, strict=True))


def random_tree(generator: random.Random, depth: int) -> dict[str, Any]:
    if depth == 0 or generator.random() < 0.3:
        return leaf(generator.choice((0, 1, 1, 2, 3, 5)))
    return grown([random_tree(generator, depth - 1) for _ in range(generator.randint(1, 3))])


def hide_some(generator: random.Random, node: dict[str, Any]) -> None:
    if node["count"] and generator.random() < 0.6:
        node["count"] = None
    for child in node["children"]:
        hide_some(generator, child)


def test_random_trees_with_random_counts_hidden():
    generator = random.Random(5)
    given = 0
    for _ in range(600):
        tree = random_tree(generator, 2)
        masked = copy.deepcopy(tree)
        hide_some(generator, masked)
        nodes = nodes_of(tree, masked)
        expected = told(tree, masked)
        found = given_away(nodes)
        assert bool(found) == bool(expected), (flat(tree), flat(masked))
        assert sum(node.is_hidden and node.low == node.high for node in nodes) == expected, (flat(tree), flat(masked))
        given += expected
    assert given > 200


def chain(*counts: int | None) -> list[Node]:
    """Counts of one parent (first) and its children; None: hidden, and in truth what is left."""
    parent, children = counts[0], counts[1:]
    left = (parent or 0) - sum(count or 0 for count in children)
    nodes = [Node(parent or 0, None, list(range(1, len(counts))))]
    return nodes + [Node(left if count is None else count, 0, is_hidden=count is None) for count in children]


@pytest.mark.parametrize(
    ("counts", "expected"), [((9, None), [1]), ((9, 4, None), [2]), ((9, 4, 5), []), ((4, 4, 0), [])]
)
def test_a_single_hidden_child_is_what_is_left(counts, expected):
    assert given_away(chain(*counts)) == expected


def test_each_shown_count_answers_for_what_lies_under_it():
    nodes = [
        Node(20, None, [1, 2]),
        Node(10, 0, [3, 4]),
        Node(10, 0, [5, 6]),
        Node(2, 1, is_hidden=True),
        Node(8, 1),
        Node(3, 2, is_hidden=True),
        Node(7, 2),
    ]
    assert given_away(nodes) == [3, 5]


def test_nothing_is_told_by_a_parent_that_counts_others_too():
    nodes = [Node(50, None, [1, 2]), Node(3, 0, is_hidden=True), Node(30, 0)]
    assert given_away(nodes) == []
