"""Medians, targets, and figures of several units as one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.comparisons import (
    FEWEST_FOR_UNITS,
    NOT_POOLED,
    POOLED,
    SUMMED,
    WEIGHTED,
    Yardstick,
    gap,
    is_met,
    may_show_median,
    median,
    together,
    yardsticks,
)
from evaluation.elements import Indicator
from tests.evaluation.cast import indicator, parsed, small


def rate_of(**more: Any) -> Indicator:
    return parsed(small({"rate": indicator(**more)}, {"rate": {"points": 100}})).indicators["rate"]


def row(
    value: object = None, *, counts: tuple[int, int] | None = None, n: int | None = None, **more: Any
) -> dict[str, Any]:
    if counts is not None:
        value = Fraction(100 * counts[0], counts[1]) if counts[1] else None
    return {
        "indicator": "rate", "value": None if value is None else Fraction(str(value)), "n": n, "definition": None,
        "numerator": Fraction(counts[0]) if counts else None, "denominator": Fraction(counts[1]) if counts else None,
        "share": None, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "middle"), [([], None), ([7], 7), ([9, 1], 5), ([9, 1, 2], 2), ([4, 1, 3, 2], Fraction(5, 2))]
)
def test_median_is_the_middle_or_the_mean_of_the_two(values: list[int], middle: object) -> None:
    assert median(map(Fraction, values)) == middle


def test_yardsticks_leave_out_what_is_missing() -> None:
    rows = [("primary", row(value)) for value in (10, None, 30)] + [("secondary", row(50))]
    assert yardsticks(rows) == {
        ("primary", "rate"): Yardstick(Fraction(20), 2),
        ("secondary", "rate"): Yardstick(Fraction(50), 1),
    }


def test_median_of_few_is_for_those_who_see_every_unit() -> None:
    """Of four figures one unit could solve the others' from the median and its own."""
    few, enough = (Yardstick(Fraction(1), n) for n in (FEWEST_FOR_UNITS - 1, FEWEST_FOR_UNITS))
    assert [may_show_median(each, sees_all=False) for each in (few, enough)] == [False, True]
    assert may_show_median(few, sees_all=True)
    assert not may_show_median(Yardstick(Fraction(1), 1), sees_all=True)  # of one figure it is that figure


@pytest.mark.parametrize(("share", "met"), [(None, None), (Fraction(1), True), (Fraction(9999, 10000), False)])
def test_target_is_met_exactly_or_not(share: Fraction | None, met: object) -> None:
    assert is_met(row(50, share=share)) is met


def test_rates_are_pooled_from_counts_and_not_averaged() -> None:
    found = together(rate_of(), [row(counts=(1, 10)), row(counts=(90, 100))])
    assert (found.how, found.value, found.mean_of_units, found.units) == (POOLED, Fraction(9100, 110), Fraction(50), 2)
    assert (found.numerator, found.denominator) == (91, 110)


def test_missing_unit_is_no_part_of_the_whole() -> None:
    found = together(rate_of(), [row(counts=(1, 10)), row(counts=(0, 0), reason="zero_denominator"), row()])
    assert (found.value, found.mean_of_units, found.units) == (Fraction(10), Fraction(10), 1)


def test_satisfaction_is_weighted_by_answers_of_one_definition() -> None:
    rows = [row(80, n=30, definition="linear-0-100"), row(50, n=10, definition="linear-0-100")]
    assert (together(rate_of(), rows).how, together(rate_of(), rows).value) == (WEIGHTED, Fraction("72.5"))
    rows[1]["definition"] = "topbox"
    assert together(rate_of(), rows).how == NOT_POOLED


def test_levels_without_counts_cannot_be_pooled() -> None:
    found = together(rate_of(unit="days"), [row(8), row(10)])
    assert (found.how, found.value, found.mean_of_units) == (NOT_POOLED, None, 9)


def test_counts_are_added_up() -> None:
    counted = rate_of(unit="count", curve="count", target=40)
    assert (together(counted, [row(8), row(10)]).how, together(counted, [row(8), row(10)]).value) == (SUMMED, 18)


def test_nothing_is_together_when_nobody_has_a_figure() -> None:
    found = together(rate_of(), [row(), row()])
    assert (found.how, found.value, found.mean_of_units, found.units) == (NOT_POOLED, None, None, 0)


def test_peer_scores_are_never_pooled() -> None:
    peers = rate_of(input="peer", unit="score", target=100)
    assert together(peers, [row(75, n=5, definition="peer-severity-1")] * 2).how == NOT_POOLED


def test_gap_is_in_points() -> None:
    """45 % at a centre beside 70 % at the tertiary hospital are 25 points (rule 51)."""
    low, high = (together(rate_of(), [row(counts=counts)]) for counts in ((45, 100), (70, 100)))
    assert gap({"rate": low}, {"rate": high, "other": high}) == {"rate": Fraction(25)}
    assert gap({"rate": high}, {"rate": low}) == {"rate": Fraction(-25)}
    assert gap({"rate": low}, {"rate": together(rate_of(), [])}) == {}
