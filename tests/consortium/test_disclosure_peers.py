"""What may be shown of peer figures, on both sides of every limit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortium.disclosure import (
    BOTTOM_MARK,
    TOP_MARK,
    band_floor,
    coarse_criterion,
    coarse_mark,
    criterion_text,
    mark_of_score,
    mark_text,
    may_show_arrow,
    may_show_comments,
    may_show_criterion,
    on_step,
    peer_step,
    score_of_mark,
)

MARKS = st.fractions(min_value=1, max_value=5, max_denominator=1000)
RATERS = st.integers(5, 400)


@pytest.mark.parametrize(
    ("raters", "step"),
    [
        (0, None),
        (1, None),
        (4, None),
        (5, "0.2"),
        (7, "0.2"),
        (8, "0.1"),
        (9, "0.1"),
        (10, "0.1"),
        (19, "0.1"),
        (300, "0.1"),
    ],
)
def test_step_of_a_number_of_raters(raters: int, step: str | None) -> None:
    assert peer_step(raters) == (None if step is None else Fraction(step))


@pytest.mark.parametrize(
    ("mark", "raters", "shown"),
    [
        ("3.74", 8, "3.7"),
        ("3.75", 8, "3.8"),  # half up, once
        ("3.7499999", 8, "3.7"),
        ("3.69", 7, "3.6"),
        ("3.70", 7, "3.8"),
        ("3.70", 5, "3.8"),
        ("3.70", 8, "3.7"),
        ("4.74", 8, "4.7"),
        ("4.75", 8, "5"),  # stands on 4.8, so in the class of 4.8 or more
        ("4.8", 8, "5"),
        ("5", 8, "5"),
        ("4.69", 7, "4.6"),
        ("4.7", 7, "5"),
        ("4.8", 5, "5"),
        ("5", 5, "5"),
        ("1", 8, "1.2"),
        ("1.24", 8, "1.2"),
        ("1.25", 8, "1.3"),
        ("1.29", 7, "1.2"),
        ("1.3", 7, "1.4"),
        ("1", 5, "1.2"),
    ],
)
def test_marks_as_they_are_shown_and_scored(mark: str, raters: int, shown: str) -> None:
    assert coarse_mark(Fraction(mark), raters) == Fraction(shown)


@pytest.mark.parametrize("raters", [0, 1, 4])
def test_too_few_raters_have_no_mark(raters: int) -> None:
    assert coarse_mark(Fraction(3), raters) is None


@given(MARKS, RATERS)
def test_coarse_marks_lie_on_a_grid_and_coarse_again_are_the_same(mark: Fraction, raters: int) -> None:
    coarse, step = coarse_mark(mark, raters), peer_step(raters)
    assert coarse is not None
    assert step is not None
    assert coarse == 5 or (coarse % step == 0 and BOTTOM_MARK <= coarse < TOP_MARK)
    assert coarse_mark(coarse, raters) == coarse


@given(MARKS, MARKS, RATERS)
def test_coarse_marks_never_turn_an_order_around(one: Fraction, other: Fraction, raters: int) -> None:
    low, high = sorted((one, other))
    assert (coarse_mark(low, raters) or 0) <= (coarse_mark(high, raters) or 0)


@pytest.mark.parametrize("raters", [5, 7, 8, 20, 26])
def test_no_end_of_the_scale_is_a_figure_of_its_own(raters: int) -> None:
    """All fives and nearly all fives show the same, and so do all ones: who saw 5.0 would know every mark."""
    several = [Fraction(5), Fraction(5) - Fraction(1, 5 * raters), Fraction(5) - Fraction(1, 4)]
    assert {coarse_mark(mark, raters) for mark in several} == {Fraction(5)}
    several = [Fraction(1), Fraction(1) + Fraction(1, 5 * raters), Fraction("1.2")]
    assert {coarse_mark(mark, raters) for mark in several} == {BOTTOM_MARK}


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        ("1", "1.5"),
        ("1.74", "1.5"),
        ("1.75", "2"),
        ("3.24", "3"),
        ("3.25", "3.5"),
        ("4.24", "4"),
        ("4.25", "4.5"),
        ("5", "4.5"),
        ("5.3", "4.5"),
        ("0.9", "1.5"),
    ],
)
def test_criteria_are_shown_in_half_marks(mark: str, shown: str) -> None:
    assert coarse_criterion(Fraction(mark)) == Fraction(shown)


@pytest.mark.parametrize(
    ("value", "shown"), [("0.25", "0.5"), ("0.24", "0"), ("-0.25", "0"), ("-0.26", "-0.5"), ("0", "0")]
)
def test_rounding_is_half_up(value: str, shown: str) -> None:
    assert on_step(Fraction(value), Fraction(1, 2)) == Fraction(shown)


@pytest.mark.parametrize(("raters", "may"), [(0, False), (5, False), (7, False), (8, True), (9, True)])
def test_criteria_need_eight_raters(raters: int, may: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert may_show_criterion(raters) is may


def test_thresholds_frozen_in_a_round_decide() -> None:
    assert (may_show_criterion(9, 10), may_show_criterion(10, 10)) == (False, True)
    assert (may_show_comments(11, 12), may_show_comments(12, 12)) == (False, True)


@pytest.mark.parametrize(
    ("before", "now", "may"),
    [(20, 20, True), (19, 20, False), (20, 19, False), (10, 20, False), (25, 20, True), (0, 0, False)],
)
def test_arrows_need_twenty_raters_in_both_months(before: int, now: int, may: bool) -> None:  # noqa: FBT001
    assert may_show_arrow(before, now) is may
    assert may_show_arrow(band_floor(before), band_floor(now)) is may  # the low end of a band is enough


@pytest.mark.parametrize(
    ("raters", "floor"), [(0, 0), (1, 0), (4, 0), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (300, 20)]
)
def test_bands_have_a_low_end(raters: int, floor: int) -> None:
    assert band_floor(raters) == floor
    assert band_floor(floor) == floor


@pytest.mark.parametrize(("mark", "score"), [("1", "0"), ("1.2", "5"), ("3", "50"), ("4.7", "92.5"), ("5", "100")])
def test_marks_and_scores_are_one(mark: str, score: str) -> None:
    assert score_of_mark(Fraction(mark)) == Fraction(score)
    assert mark_of_score(Fraction(score)) == Fraction(mark)


@pytest.mark.parametrize(
    ("score", "zh", "en"),
    [
        ("100", "4.8 或以上", "≥ 4.8"),
        ("5", "1.2 或以下", "≤ 1.2"),
        ("92.5", "4.7", "4.7"),
        ("50", "3.0", "3.0"),
        ("7.5", "1.3", "1.3"),
    ],
)
def test_marks_in_words(score: str, zh: str, en: str) -> None:
    assert (mark_text(Fraction(score), "zh"), mark_text(Fraction(score), "en")) == (zh, en)


@pytest.mark.parametrize(
    ("mark", "en"), [("4.5", "≥ 4.5"), ("4", "4.0"), ("1.5", "≤ 1.5"), ("2", "2.0"), ("3.5", "3.5")]
)
def test_criteria_in_words(mark: str, en: str) -> None:
    assert criterion_text(score_of_mark(Fraction(mark)), "en") == en
