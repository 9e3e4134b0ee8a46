"""The two-year standard and runs below a limit: on, just below and just above, and what proves nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from consortium.periods import Period
from evaluation.standings import (
    BELOW_STANDARD,
    FAILURES,
    MISSING_YEAR,
    NO_TOTAL,
    VETOED,
    BelowRun,
    YearTotal,
    below_running,
    two_year_standard,
)
from locales.texts import text

GOOD = YearTotal(Fraction(85))


def totals(*figures):
    """Months from January on, as text; "-" was settled without a total, None was not settled."""
    return [
        (Period(2026, month=month), None if figure == "-" else Fraction(figure))
        for month, figure in enumerate(figures, start=1)
        if figure is not None
    ]


@pytest.mark.parametrize(
    ("total", "met"),
    [("84.994", False), ("84.995", False), ("84.9999999", False), ("85", True), ("85.0000001", True), ("100", True)],
)
def test_standard_is_compared_unrounded(total, met):
    for years in ({2026: YearTotal(Fraction(total)), 2025: GOOD}, {2026: GOOD, 2025: YearTotal(Fraction(total))}):
        assert two_year_standard(years, year=2026).is_met is met


def test_every_failure_is_named_with_its_year():
    assert two_year_standard({2026: GOOD}, year=2026).failures == ((2025, MISSING_YEAR),)
    assert two_year_standard({2025: GOOD}, year=2026).failures == ((2026, MISSING_YEAR),)
    vetoed = two_year_standard({2026: YearTotal(None, is_vetoed=True), 2025: YearTotal(Fraction(99))}, year=2026)
    assert (vetoed.is_met, vetoed.failures) == (False, ((2026, VETOED),))
    both = two_year_standard({2026: YearTotal(None), 2025: YearTotal(Fraction(84))}, year=2026)
    assert both.failures == ((2026, NO_TOTAL), (2025, BELOW_STANDARD))
    assert both.totals == ((2026, None), (2025, Fraction(84)))
    assert two_year_standard({2024: GOOD, 2027: GOOD}, year=2026).failures == (
        (2026, MISSING_YEAR),
        (2025, MISSING_YEAR),
    )


def test_every_failure_has_words():
    assert all(text(language, f"year.failure.{each}") for each in FAILURES for language in ("zh", "en"))


def test_a_unit_is_listed_exactly_at_k():
    history = {"two": totals(59, 59, 61), "three": totals(59, 59, 59), "four": totals(59, 59, 59, 59)}
    runs = below_running(history, below=Fraction(60), periods=3)
    assert [(run.unit_code, run.length) for run in runs] == [("three", 3), ("four", 4)]
    assert runs[0] == BelowRun("three", Period(2026, month=1), Period(2026, month=3), 3, Fraction(59))


@pytest.mark.parametrize(("total", "listed"), [("59.9999", True), ("60", False), ("60.0001", False)])
def test_the_limit_itself_is_not_below(total, listed):
    runs = below_running({"jia": totals(59, total)}, below=Fraction(60), periods=2)
    assert bool(runs) is listed


def test_what_was_not_settled_or_has_no_total_ends_a_run():
    for gap in ("-", None, "60"):
        assert below_running({"jia": totals(59, 59, gap, 59, 59)}, below=Fraction(60), periods=3) == ()
        runs = below_running({"jia": totals(59, 59, gap, 58, 57)}, below=Fraction(60), periods=2)
        assert [(str(run.first), str(run.last), run.lowest) for run in runs] == [
            ("2026-01", "2026-02", 59),
            ("2026-04", "2026-05", 57),
        ]


def test_a_run_goes_on_over_the_turn_of_the_year_in_any_order():
    months = [
        (Period(2027, month=1), Fraction(1)),
        (Period(2026, month=11), Fraction(3)),
        (Period(2026, month=12), Fraction(2)),
    ]
    runs = below_running({"jia": months}, below=Fraction(60), periods=3)
    assert [(str(run.first), str(run.last), run.lowest) for run in runs] == [("2026-11", "2027-01", 1)]


def test_quarters_run_as_months_do():
    quarters = [
        (Period(2026, None, 3), Fraction(1)),
        (Period(2026, None, 4), Fraction(1)),
        (Period(2027, None, 1), Fraction(1)),
    ]
    assert [run.length for run in below_running({"jia": quarters}, below=Fraction(60), periods=3)] == [3]


def test_nothing_settled_lists_nobody_and_no_run_is_empty():
    assert below_running({}, below=Fraction(60), periods=1) == ()
    assert below_running({"jia": []}, below=Fraction(60), periods=1) == ()
    with pytest.raises(ValueError, match="at least one"):
        below_running({}, below=Fraction(60), periods=0)
