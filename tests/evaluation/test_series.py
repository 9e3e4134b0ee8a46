"""Where a line of figures breaks."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.series import Break, Change, Meaning, TimedFigure, breaks_of, latest_change, modes_of, stretches

SAME = Meaning("linear-0-100", "score", frozenset({"page"}))


def figure(value: int | None, meaning: Meaning = SAME, period: str = "2026-10") -> TimedFigure:
    return TimedFigure(period, None if value is None else Fraction(value), meaning)


def test_figures_of_one_meaning_are_one_line() -> None:
    figures = [figure(80), figure(81), figure(79)]
    assert breaks_of(figures) == ()
    assert stretches(figures) == ((0, 1, 2),)
    assert latest_change(figures) == Change(Fraction(-2), is_noise=False)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (Meaning("topbox", "score", frozenset({"page"})), "definition"),
        (Meaning("linear-0-100", "percent", frozenset({"page"})), "unit"),
        (Meaning("linear-0-100", "score", frozenset({"page", "chat"})), "mode"),
        (Meaning("linear-0-100", "score", frozenset({"page"}), (2027, 1)), "scheme"),
    ],
)
def test_line_breaks_where_the_meaning_changes(other: Meaning, reason: str) -> None:
    figures = [figure(80), figure(81, other), figure(82, other)]
    assert breaks_of(figures) == (Break(1, (reason,)),)
    assert stretches(figures) == ((0,), (1, 2))
    assert latest_change(figures[:2]) is None
    assert latest_change(figures) == Change(Fraction(1), is_noise=False)


def test_every_reason_is_named() -> None:
    figures = [figure(80), figure(81, Meaning("topbox", "percent"))]
    assert breaks_of(figures) == (Break(1, ("definition", "unit", "mode")),)


def test_month_without_a_figure_is_a_gap_and_neither_makes_nor_hides_a_break() -> None:
    other = Meaning("topbox")
    figures = [figure(80), figure(None, other), figure(81), figure(None), figure(82, other)]
    assert breaks_of(figures) == (Break(4, ("definition", "unit", "mode")),)
    assert stretches(figures) == ((0,), (2,), (4,))
    assert latest_change(figures) is None


@pytest.mark.parametrize("figures", [[], [figure(None)], [figure(80)], [figure(None), figure(80), figure(None)]])
def test_one_figure_has_no_change(figures: list[TimedFigure]) -> None:
    assert latest_change(figures) is None
    assert breaks_of(figures) == ()


def test_ways_of_asking_are_known_without_their_numbers() -> None:
    assert modes_of({"page": None, "chat": 12}) == {"page", "chat"}
    assert modes_of(None) == frozenset()


@pytest.mark.parametrize(("by", "is_noise"), [(4, True), (5, True), (6, False), (-5, True), (-6, False)])
def test_change_within_both_intervals_is_noise(by: int, is_noise: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Half widths of 3 and 4 make 5 together."""
    before = TimedFigure("2026-09", Fraction(80), SAME, Fraction(77), Fraction(83))
    now = TimedFigure("2026-10", Fraction(80 + by), SAME, Fraction(76 + by), Fraction(84 + by))
    assert latest_change([before, now]) == Change(Fraction(by), is_noise=is_noise)
