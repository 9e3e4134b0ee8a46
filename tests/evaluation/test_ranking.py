"""Ranks: 1 is the best, ties share, the next place is passed over."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.ranking import rank, unranked_reason

totals = st.dictionaries(st.text("abcdef", min_size=1), st.fractions(0, 100, max_denominator=4), max_size=12)


def test_rank_ties_share_a_place_and_the_next_is_passed_over() -> None:
    assert rank({"jia": Fraction(80), "yi": Fraction(90), "bing": Fraction(80), "ding": Fraction(7)}) == {
        "jia": 2, "yi": 1, "bing": 2, "ding": 4,
    }  # fmt: skip


def test_rank_compares_unrounded() -> None:
    assert rank({"jia": Fraction("84.995"), "yi": Fraction("84.9950000001")}) == {"jia": 2, "yi": 1}


def test_rank_of_nobody_is_empty() -> None:
    assert rank({}) == {}


@given(totals)
def test_rank_is_one_more_than_those_who_are_better(given: dict[str, Fraction]) -> None:
    assert rank(given) == {code: 1 + sum(other > total for other in given.values()) for code, total in given.items()}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"responses": 25}, None),
        ({"responses": 24}, "too_few_responses"),
        ({"responses": 0}, "too_few_responses"),
        ({"total": None}, "no_total"),
        ({"units_in_tier": 1}, "tier_of_one"),
        ({"units_in_tier": 2}, None),
        ({"tier_is_ranked": False}, "not_ranked_tier"),
        ({"tier_is_ranked": False, "units_in_tier": 1, "total": None, "responses": 0}, "not_ranked_tier"),
        ({"units_in_tier": 1, "total": None, "responses": 0}, "tier_of_one"),
    ],
)
def test_unranked_reason_names_the_first_that_applies(facts: dict[str, object], reason: str | None) -> None:
    usual: dict[str, object] = {"tier_is_ranked": True, "units_in_tier": 5, "total": Fraction(80), "responses": 30}
    assert unranked_reason(**usual | facts) == reason  # type: ignore[arg-type]
