"""Drawing raters: the right number for each unit, from those who may, with loads as even as they can be."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.assignment_choice import choose_raters
from reviews.assignment_graph import parts_of_units

GRAPHS = st.integers(2, 9).flatmap(
    lambda units: (
        st.sets(st.tuples(st.integers(0, units - 1), st.integers(0, units - 1)).filter(lambda p: p[0] < p[1]))
        .map(sorted)
        .map(lambda pairs: neighbours(units, pairs))
    )
)


def neighbours(units: int, pairs) -> list[list[int]]:
    known: list[set[int]] = [set() for _ in range(units)]
    for one, other in pairs:
        known[one].add(other)
        known[other].add(one)
    return [sorted(each) for each in known]


def loads_of(chosen: list[list[int]]) -> list[int]:
    return sorted(sum(rater in taken for taken in chosen) for rater in range(len(chosen)))


def parts(chosen: list[list[int]]) -> int:
    return len(parts_of_units((str(rater), str(unit)) for unit, taken in enumerate(chosen) for rater in taken))


def most_even(partners: list[list[int]], raters: int) -> int:
    """The smallest sum of squared loads that any choice has: everything is tried."""
    options = [list(combinations(known, min(raters, len(known)))) for known in partners]
    return min(
        sum(sum(rater in taken for taken in choice) ** 2 for rater in range(len(partners)))
        for choice in product(*options)
    )


@settings(deadline=None)
@given(GRAPHS, st.integers(1, 4), st.integers(0, 3))
def test_choice_takes_partners_only_as_many_as_wanted_and_joins_what_can_be_joined(partners, raters, seed):
    chosen = choose_raters(partners, raters=raters, districts=[""] * len(partners), seed=seed)
    for taken, known in zip(chosen, partners, strict=True):
        assert set(taken) <= set(known)
        assert len(set(taken)) == len(taken)
        assert len(taken) >= min(raters, len(known))
    assert parts(chosen) == parts(partners)


@settings(deadline=None)
@given(GRAPHS, st.integers(3, 5), st.lists(st.sampled_from(["", "east", "west"]), min_size=9, max_size=9))
def test_choice_with_districts_takes_partners_only_and_as_many_as_wanted(partners, raters, districts):
    chosen = choose_raters(partners, raters=raters, districts=districts[: len(partners)], seed=1)
    for taken, known in zip(chosen, partners, strict=True):
        assert set(taken) <= set(known)
        assert len(taken) >= min(raters, len(known))


@pytest.mark.parametrize("seed", range(10))
def test_choice_has_the_most_even_loads_there_are(seed, monkeypatch):
    monkeypatch.setattr("reviews.assignment_choice._join", lambda *_: None)  # a join may cost an even load
    random = Random(seed)
    partners = neighbours(6, [pair for pair in combinations(range(6), 2) if random.random() < 0.6])
    for raters in (1, 2):
        chosen = choose_raters(partners, raters=raters, districts=[""] * 6, seed=seed)
        assert sum(load**2 for load in loads_of(chosen)) == most_even(partners, raters)


def test_choice_relieves_a_busy_rater_along_a_chain(monkeypatch):
    monkeypatch.setattr("reviews.assignment_choice._join", lambda *_: None)
    # 0 is asked by 5 and 6 alone, by 7 as well as 1; 1 by 8 as well as 2; so 7 goes to 1 only if 8 goes on to 2
    partners = [[], [], [], [], [], [0], [0], [0, 1], [1, 2], [1]]
    for seed in range(20):
        chosen = choose_raters(partners, raters=1, districts=[""] * 10, seed=seed)
        assert chosen[5:] == [[0], [0], [1], [2], [1]]


def test_choice_of_units_that_know_nobody_gives_them_nobody():
    assert choose_raters([[], [2], [1]], raters=3, districts=["", "", ""], seed=1) == [[], [2], [1]]


def test_choice_puts_a_rater_more_on_a_unit_only_if_nothing_else_joins_the_parts():
    # two squares that one pair joins: with one rater a unit the join needs an extra task
    partners = neighbours(8, [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4)])
    chosen = choose_raters(partners, raters=1, districts=[""] * 8, seed=1)
    assert parts(chosen) == parts(partners)
    assert min(map(len, chosen)) == 1


def test_choice_across_districts_is_raised_for_all_alike():
    count = 60
    districts = ["east" if unit % 2 else "west" for unit in range(count)]
    pairs = [(one, other) for one, other in combinations(range(count), 2) if districts[one] == districts[other]]
    pairs += [(unit, (unit + 1 + 2 * step) % count) for unit in range(count) for step in range(3)]
    partners = neighbours(count, {tuple(sorted(pair)) for pair in pairs})
    chosen = choose_raters(partners, raters=16, districts=districts, seed=2)
    across = [sum(districts[rater] != districts[unit] for rater in taken) for unit, taken in enumerate(chosen)]
    assert sum(across) == pytest.approx(0.2 * 16 * count, abs=4)
    assert (min(across), max(across)) == (3, 4)
