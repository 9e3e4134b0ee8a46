"""Circles are found exactly, however long, and what hangs on them is not counted in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.graph import in_circles

NODES = "abcdefg"


@pytest.mark.parametrize(
    ("edges", "circular"),
    [
        ({}, set()),
        ({"a": []}, set()),
        ({"a": ["a"]}, {"a"}),
        ({"a": ["b"], "b": []}, set()),
        ({"a": ["b"], "b": ["a"]}, {"a", "b"}),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, {"b", "c"}),
        ({"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["e"], "e": ["d"]}, {"a", "b", "d", "e"}),
        ({"a": ["nowhere"], "b": ["a"]}, set()),
        ({"a": ["b", "b"], "b": ["c"], "c": []}, set()),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, set()),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["a"]}, set("abcd")),
    ],
)
def test_circles_are_those_nodes_that_reach_themselves(edges: Mapping[str, list[str]], circular: set[str]) -> None:
    assert in_circles(edges) == circular


@given(st.dictionaries(st.sampled_from(NODES), st.lists(st.sampled_from(NODES), max_size=3)))
def test_circles_equal_a_plain_search(edges: dict[str, list[str]]) -> None:
    assert in_circles(edges) == {node for node in edges if node in reached(edges, node)}


def reached(edges: Mapping[str, list[str]], node: str) -> set[str]:
    """All that can be reached from a node in one step or more."""
    found: set[str] = set()
    waiting = list(edges[node])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += edges.get(other, [])
    return found


def test_iterators_are_walked_once() -> None:
    class Once(Mapping[str, Iterator[str]]):
        """Edges whose targets can be asked for again, each time afresh."""

        def __getitem__(self, node: str) -> Iterator[str]:
            return iter({"a": "b", "b": "a"}[node])

        def __iter__(self) -> Iterator[str]:
            return iter("ab")

        def __len__(self) -> int:
            return 2

    assert in_circles(Once()) == {"a", "b"}


def test_long_chains_cost_no_stack() -> None:
    length = 100_000
    chain = {str(number): [str(number + 1)] for number in range(length)}

    assert in_circles(chain) == set()
    assert in_circles({**chain, str(length): ["0"]}) == {*chain, str(length)}
