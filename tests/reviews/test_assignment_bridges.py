"""Bridges: as many as joins are missing, never a unit with itself, never what stands already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviews.assignment_bridges import propose_bridges
from reviews.assignment_graph import parts_of_units

UNITS = "abcdefghij"
PAIRS = st.sets(
    st.tuples(st.sampled_from(UNITS), st.sampled_from(UNITS)).filter(lambda pair: pair[0] < pair[1]), min_size=1
)


def both_ways(pairs) -> list[tuple[str, str]]:
    return sorted(set(pairs) | {(other, one) for one, other in pairs})


def partners(tasks, *others: str) -> dict[str, int]:
    return {unit: sum(rater == unit for rater, _ in tasks) for unit in sorted({*sum(tasks, ()), *others})}


@given(PAIRS)
def test_bridges_join_everything_and_are_no_more_than_needed(pairs):
    tasks = both_ways(pairs)
    missing = len(parts_of_units(tasks)) - 1
    bridges = propose_bridges(tasks, partners(tasks))
    assert len({*tasks, *bridges}) == len(tasks) + len(bridges)
    assert all(rater != unit for rater, unit in bridges)
    if len(pairs) == 1:
        assert (missing, bridges) == (1, [])
        return
    assert len(bridges) == missing
    assert len(parts_of_units([*tasks, *bridges])) == 1


def test_two_who_know_only_each_other_need_a_third():
    tasks = both_ways([("jia", "yi")])
    assert propose_bridges(tasks, partners(tasks)) == []
    bridges = propose_bridges(tasks, partners(tasks, "bing"))
    assert sorted(bridges) == [("bing", "jia"), ("bing", "yi")]
    assert len(parts_of_units(tasks + bridges)) == 1


def test_the_units_with_most_partners_are_asked_first():
    left = [("hub", unit) for unit in "abcd"] + [("a", "b")]
    right = [("hospital", unit) for unit in "xyz"] + [("x", "y")]
    tasks = both_ways(left + right)
    assert propose_bridges(tasks, partners(tasks)) == [("hub", "hospital")]


def test_a_hub_is_joined_to_its_spokes_by_two_spokes():
    tasks = both_ways([("hub", "a"), ("hub", "b"), ("hub", "c")])
    ((rater, unit),) = propose_bridges(tasks, partners(tasks))
    assert {rater, unit} < {"a", "b", "c"}


def test_couples_are_all_joined_although_each_alone_could_not_be():
    tasks = both_ways([("a", "b"), ("c", "d"), ("e", "f")])
    bridges = propose_bridges(tasks, partners(tasks))
    assert len(bridges) == 5
    assert len(parts_of_units(tasks + bridges)) == 1


def test_nothing_needs_no_bridge():
    assert propose_bridges([], {}) == []
