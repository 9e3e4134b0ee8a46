from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.assignment import RaterAndTarget, assign, raters_per_unit, units_with_few_raters

UNITS = st.sampled_from(["jia", "yi", "bing", "ding", "wu", "ji"])
PAIRS = st.lists(st.tuples(UNITS, UNITS).filter(lambda pair: pair[0] != pair[1]))


def test_assignment_goes_both_ways():
    assert assign([("yi", "jia")]) == (RaterAndTarget("jia", "yi"), RaterAndTarget("yi", "jia"))


def test_assignment_of_nobody_is_empty():
    assert assign([]) == ()
    assert raters_per_unit([]) == {}
    assert units_with_few_raters([]) == ()


def test_assignment_takes_a_pair_once_however_often_and_in_whatever_order_it_comes():
    assert assign([("jia", "yi"), ("yi", "jia"), ("jia", "yi")]) == assign([("jia", "yi")])


def test_assignment_refuses_a_unit_with_itself():
    with pytest.raises(ValueError, match="jia"):
        assign([("yi", "bing"), ("jia", "jia")])


def test_assignment_of_26_units_that_all_cooperated_gives_25_raters_each():
    units = [f"u{number:02}" for number in range(26)]
    tasks = assign(combinations(units, 2))
    assert [(task.rater, task.target) for task in tasks] == sorted(permutations(units, 2))
    assert raters_per_unit(tasks) == dict.fromkeys(units, 25)
    assert units_with_few_raters(tasks) == ()


@given(PAIRS)
def test_assignment_never_names_a_unit_as_its_own_rater_and_is_symmetric(pairs):
    tasks = assign(pairs)
    assert all(task.rater != task.target for task in tasks)
    assert {(task.target, task.rater) for task in tasks} == {(task.rater, task.target) for task in tasks}
    assert {frozenset((task.rater, task.target)) for task in tasks} == {frozenset(pair) for pair in pairs}


@given(PAIRS, st.randoms())
def test_assignment_order_does_not_depend_on_the_order_of_the_records(pairs, random):
    shuffled = [pair if random.random() < 0.5 else pair[::-1] for pair in random.sample(pairs, len(pairs))]
    assert assign(shuffled) == assign(pairs)


def test_raters_per_unit_names_a_unit_that_only_rates():
    assert raters_per_unit([RaterAndTarget("jia", "yi")]) == {"jia": 0, "yi": 1}


def test_units_with_few_raters_are_those_below_five():
    hub = assign([("hub", f"spoke{number}") for number in range(5)])
    assert raters_per_unit(hub)["hub"] == 5
    assert units_with_few_raters(hub) == tuple(f"spoke{number}" for number in range(5))


@pytest.mark.parametrize(("minimum", "few"), [(1, ()), (2, ("bing",)), (3, ("bing", "jia", "yi"))])
def test_units_with_few_raters_counts_up_to_the_minimum_exactly(minimum, few):
    tasks = [
        RaterAndTarget("jia", "yi"),
        RaterAndTarget("bing", "yi"),
        RaterAndTarget("yi", "jia"),
        RaterAndTarget("bing", "jia"),
        RaterAndTarget("jia", "bing"),
    ]
    assert units_with_few_raters(tasks, minimum) == few
