"""An attacker tries every tree that agrees with what is shown: no hidden count below the minimum may have one value."""

from __future__ import annotations

import copy
import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortium.disclosure import suppress

MINIMUM = 5
_UNKNOWN_ROOT = 40  # how far an attacker looks where even the whole is hidden


def leaf(count: int) -> dict[str, Any]:
    return {"name": "", "count": count, "children": []}


def grown(children: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "", "count": sum(child["count"] for child in children), "children": children}


def possible(node: dict[str, Any], most: int) -> dict[int, list[set[int]]]:
    """Every value this node can have, and with each of them the values its whole subtree takes, place by place.

    Tries all sums one by one; it shares no thought with the code under test.
    """
    if not node["children"]:
        values = range(1, most + 1) if node["count"] is None else [node["count"]]
        return {value: [{value}] for value in values if value <= most}
    parts = [possible(child, most) for child in node["children"]]
    found: dict[int, list[set[int]]] = {}
    for choice in itertools.product(*(part.items() for part in parts)):
        total = sum(value for value, _ in choice)
        agrees = 1 <= total <= most if node["count"] is None else total == node["count"]
        if not agrees:
            continue
        places = [{total}, *(place for _, subtree in choice for place in subtree)]
        known = found.setdefault(total, [set() for _ in places])
        for have, new in zip(known, places, strict=True):
            have.update(new)
    return found


def flat(node: dict[str, Any]) -> list[Any]:
    return [node["count"], *(count for child in node["children"] for count in flat(child))]


def told(tree: dict[str, Any], hidden: dict[str, Any]) -> list[int]:
    """The small counts of `tree` that `hidden` gives away."""
    found = possible(hidden, tree["count"] if hidden["count"] is not None else _UNKNOWN_ROOT)
    places: list[set[int]] = [set() for _ in flat(tree)]
    for subtree in found.values():
        for have, new in zip(places, subtree, strict=True):
            have.update(new)
    return [
        true
        for true, seen, values in zip(flat(tree), flat(hidden), places, strict=True)
        if 0 < true < MINIMUM and (seen is not None or len(values) < 2)
    ]


_LEAVES = st.integers(0, 8).map(leaf)
_TREES = st.recursive(_LEAVES, lambda below: st.lists(below, min_size=1, max_size=3).map(grown), max_leaves=5)


@settings(max_examples=200, deadline=None)
@given(_TREES)
def test_no_small_count_can_be_worked_out_from_random_trees(tree):
    before = copy.deepcopy(tree)
    hidden = suppress(tree, MINIMUM)
    assert tree == before
    assert told(tree, hidden) == []
    for true, seen in zip(flat(tree), flat(hidden), strict=True):
        assert seen in (true, None)
        assert seen is not None or true > 0
        assert seen is None or seen == 0 or seen >= MINIMUM


@pytest.mark.parametrize("width", [1, 2, 3])
def test_no_small_count_can_be_worked_out_from_any_single_level(width):
    for numbers in itertools.product(range(8), repeat=width):
        tree = grown([leaf(number) for number in numbers])
        assert told(tree, suppress(tree, MINIMUM)) == [], numbers


def test_no_small_count_can_be_worked_out_from_any_two_small_families():
    for numbers in itertools.product((0, 1, 2, 5, 7), repeat=4):
        tree = grown([grown([leaf(number) for number in numbers[:2]]), grown([leaf(number) for number in numbers[2:]])])
        assert told(tree, suppress(tree, MINIMUM)) == [], numbers


def test_no_small_count_can_be_worked_out_from_families_beside_a_large_one():
    generator = random.Random(7)
    for _ in range(150):
        small = [grown([leaf(generator.choice((0, 1, 1, 2, 3, 6))) for _ in range(2)]) for _ in range(2)]
        tree = grown([*small, leaf(generator.choice((5, 9, 12)))])
        assert told(tree, suppress(tree, MINIMUM)) == [], flat(tree)


def test_the_attack_finds_what_is_not_protected():
    tree = grown([leaf(2), leaf(80), leaf(150)])
    half = copy.deepcopy(tree)
    half["children"][0]["count"] = None
    assert told(tree, half) == [2]
    ones = grown([leaf(1), leaf(1), leaf(7)])
    for child in (masked := copy.deepcopy(ones))["children"][:2]:
        child["count"] = None
    assert told(ones, masked) == [1, 1]


@settings(max_examples=100, deadline=None)
@given(_TREES, st.integers(1, 9))
def test_what_is_hidden_under_a_higher_minimum_contains_every_small_count(tree, minimum):
    for true, seen in zip(flat(tree), flat(suppress(tree, minimum)), strict=True):
        assert (seen is None) or not 0 < true < minimum
