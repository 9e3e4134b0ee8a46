"""The gate of an honour and the places of its list, by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulletins.honour_gate import (
    BARS,
    Candidate,
    Gate,
    UnitFacts,
    bar_of,
    gate_from_json,
    gate_to_json,
    places,
    standard_year,
)
from consortium.periods import Period
from evaluation.standings import YearTotal, two_year_standard
from locales.texts import text

EIGHTY_FIVE = Gate(Fraction(85), two_years=False)
BOTH_YEARS = Gate(None, two_years=True)


def facts(total="90", **changes):
    values = {"is_member": True, "is_settled": True, "has_scorecard": True, "is_vetoed": False,
              "total": None if total is None else Fraction(total)}  # fmt: skip
    return UnitFacts(**(values | changes))


@pytest.mark.parametrize(
    ("given_facts", "bar"),
    [
        (facts("85"), None),
        (facts("84.995"), "below_minimum"),  # though it is shown as 85.0
        (facts("85.005"), None),
        (facts(None), "no_total"),
        (facts(is_vetoed=True), "vetoed"),
        (facts(None, is_settled=False, has_scorecard=False), "not_settled"),
        (facts(None, has_scorecard=False), "not_scored"),
        (facts(is_member=False, is_vetoed=True), "left"),
    ],
)
def test_minimum_is_compared_unrounded_and_reasons_are_the_gravest(given_facts, bar):
    assert bar_of(EIGHTY_FIVE, given_facts) == bar


def test_without_a_minimum_only_a_veto_bars():
    free = Gate(None, two_years=False)
    assert bar_of(free, facts(None, is_settled=False, has_scorecard=False)) is None
    assert bar_of(free, facts(is_vetoed=True)) == "vetoed"


@pytest.mark.parametrize(
    ("totals", "bar"),
    [
        ({2025: YearTotal(Fraction(85)), 2026: YearTotal(Fraction(85))}, None),
        ({2025: YearTotal(Fraction("84.995")), 2026: YearTotal(Fraction(99))}, "standard_below_standard"),
        ({2026: YearTotal(Fraction(99))}, "standard_missing_year"),
        ({2025: YearTotal(None, is_vetoed=True), 2026: YearTotal(Fraction(99))}, "standard_vetoed"),
        ({2025: YearTotal(Fraction(99)), 2026: YearTotal(None)}, "standard_no_total"),
    ],
)
def test_standard_of_two_years(totals, bar):
    assert bar_of(BOTH_YEARS, facts(standard=two_year_standard(totals, year=2026))) == bar


def test_unknown_years_let_nobody_through():
    assert bar_of(BOTH_YEARS, facts()) == "standard_missing_year"


def test_standard_is_of_years_that_are_over():
    assert [standard_year(Period.parse(each)) for each in ("2026-10", "2026-Q4", "2026")] == [2025, 2025, 2026]


def test_gate_is_stored_exactly():
    gate = Gate(Fraction("84.995"), two_years=True)
    assert gate_from_json(gate_to_json(gate)) == gate
    assert gate_from_json(gate_to_json(BOTH_YEARS)) == BOTH_YEARS


def test_every_bar_has_its_sentence():
    assert all(text(language, f"honours.bar.{bar}") for bar in BARS for language in ("zh", "en"))


def listed(votes, wanted):
    made = [Candidate(number, f"u{number}", "", each) for number, each in enumerate(votes)]
    return [(each.nomination, place) for each, place in places(made, places=wanted)]


@pytest.mark.parametrize(
    ("votes", "wanted", "expected"),
    [
        ([3, 5, 4], 2, [(1, 1), (2, 2)]),
        ([5, 5, 4], 1, [(0, 1), (1, 1)]),
        ([5, 4, 4, 3], 2, [(0, 1), (1, 2), (2, 2)]),
        ([5, 5, 4], 2, [(0, 1), (1, 1)]),  # two share the first place: the next one is the third
        ([0, 0], 2, []),
        ([1, 0], 2, [(0, 1)]),
        ([], 3, []),
    ],
)
def test_places_and_ties(votes, wanted, expected):
    assert listed(votes, wanted) == expected


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(1, 4))
@settings(max_examples=50)
def test_places_agree_with_a_count_by_hand(votes, wanted):
    found = dict(listed(votes, wanted))
    for number, each in enumerate(votes):
        better = sum(other > each for other in votes)
        assert found.get(number) == (better + 1 if each > 0 and better < wanted else None)
