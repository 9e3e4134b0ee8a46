"""Points, percent and times told apart; the same months; places with their field. The documents' own numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortium.periods import Period
from evaluation.growth import (
    PERCENTAGE,
    POINTS,
    TIMES,
    Amount,
    Climb,
    SameMonths,
    compounded,
    growth,
    percent,
    points,
    same_months,
    times,
    yearly,
)
from locales.numbers import rounded


def test_a_share_gains_points_and_not_percent() -> None:
    """Sharing from 35 to 85 %: 50 points, which would be 142.86 %."""
    found = growth(Fraction(35), Fraction(85), unit="percent")
    assert found is not None
    assert (found.kind, found.by) == (POINTS, 50)
    assert points(Fraction(35), Fraction(85)) == 50
    assert rounded(percent(Fraction(35), Fraction(85))) == "142.86"


def test_promotion_gains_sixteen_points() -> None:
    found = growth(Fraction(12), Fraction(28), unit="percent")
    assert found is not None
    assert (found.kind, found.by) == (POINTS, 16)


def test_a_share_of_one_is_told_in_points_of_a_hundred() -> None:
    found = growth(Fraction(35, 100), Fraction(85, 100), unit="share")
    assert found is not None
    assert (found.kind, found.by) == (POINTS, 50)


def test_five_techniques_that_become_thirty_two_are_six_point_four_times_as_many() -> None:
    found = growth(Fraction(5), Fraction(32), unit="count")
    assert found is not None
    assert (found.kind, found.by) == (TIMES, Fraction(32, 5))
    assert times(Fraction(5), Fraction(32)) == Fraction(64, 10)


def test_thirty_five_percent_a_year_are_two_point_four_six_times_in_three_years() -> None:
    assert compounded(Fraction(35), 3) == Fraction(2460375, 1000000)
    assert rounded(compounded(Fraction(35), 3)) == "2.46"
    back = yearly(Fraction(1), compounded(Fraction(35), 3), 3)
    assert back is not None
    assert rounded(back, 4) == "35.0000"
    assert compounded(Fraction(35), 0) == 1


@pytest.mark.parametrize(
    ("before", "after", "kind", "shown"),
    [
        (1000, 600, PERCENTAGE, "-40.00"),  # repeat tests
        (1000, 1137, PERCENTAGE, "13.70"),  # inpatients, January to May
        (1000, 1365, PERCENTAGE, "36.50"),
        (1000, 4200, TIMES, "4.20"),  # discharges
        (10, 20, TIMES, "2.00"),
        (100, 199, PERCENTAGE, "99.00"),
        (7, 7, PERCENTAGE, "0.00"),
    ],
)
def test_numbers_grow_by_percent_and_from_twice_on_in_times(before, after, kind, shown) -> None:
    found = growth(Fraction(before), Fraction(after), unit="visits")
    assert found is not None
    assert (found.kind, rounded(found.by)) == (kind, shown)


def test_nothing_grows_from_nothing() -> None:
    assert growth(Fraction(0), Fraction(5), unit="count") is None
    assert growth(Fraction(-1), Fraction(5), unit="count") is None
    assert (times(Fraction(0), Fraction(5)), percent(Fraction(0), Fraction(5))) == (None, None)
    assert yearly(Fraction(0), Fraction(5), 3) is None
    assert yearly(Fraction(5), Fraction(5), 0) is None
    assert growth(Fraction(0), Fraction(5), unit="percent") is not None  # from 0 to 5 % are 5 points


@settings(max_examples=40)
@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 12))
def test_growth_a_year_leads_from_one_to_the_other(before, after, years) -> None:
    found = yearly(Fraction(before), Fraction(after), years)
    assert found is not None
    factor = Fraction(after, before)
    step = Fraction(1, 10**6)
    assert (1 + found / 100) ** years <= factor < (1 + found / 100 + step) ** years


def months(year: int, values: dict[int, int | None]) -> dict[Period, Amount]:
    return {Period(year, month): Amount(None if v is None else Fraction(v)) for month, v in values.items()}


def test_january_to_may_stands_against_january_to_may() -> None:
    """A year that is not over is never held against a whole one."""
    whole = months(2018, dict.fromkeys(range(1, 13), 200))
    begun = months(2019, dict.fromkeys(range(1, 6), 273))
    found = same_months(whole | begun, year=2019, against=2018, unit="count", adds_up=True)
    assert found == SameMonths(2019, 2018, (1, 2, 3, 4, 5), Fraction(1000), Fraction(1365))
    assert (found.is_partial, found.runs) == (True, ((1, 5),))
    grown = growth(found.before, found.after, unit="count")
    assert grown is not None
    assert rounded(grown.by, 1) == "36.5"


def test_only_months_that_both_years_have_are_compared() -> None:
    figures = months(2018, {1: 10, 2: None, 3: 10, 4: 10, 12: 10}) | months(
        2019, {1: 20, 2: 20, 3: 20, 4: None, 12: 20}
    )
    found = same_months(figures, year=2019, against=2018, unit="count", adds_up=True)
    assert found is not None
    assert (found.months, found.runs, found.before, found.after) == ((1, 3, 12), ((1, 1), (3, 3), (12, 12)), 30, 60)
    assert same_months(figures, year=2020, against=2019, unit="count", adds_up=True) is None


def test_whole_years_are_not_partial() -> None:
    figures = {Period(year, month): Amount(Fraction(1)) for year in (2018, 2019) for month in range(1, 13)}
    found = same_months(figures, year=2019, against=2018, unit="count", adds_up=True)
    assert found is not None
    assert (found.is_partial, found.runs) == (False, ((1, 12),))


def test_rates_are_taken_together_by_their_counts_and_never_as_a_mean_of_rates() -> None:
    figures = {
        Period(2018, 1): Amount(Fraction(10), Fraction(1), Fraction(10)),
        Period(2018, 2): Amount(Fraction(50), Fraction(50), Fraction(100)),
        Period(2019, 1): Amount(Fraction(50), Fraction(5), Fraction(10)),
        Period(2019, 2): Amount(Fraction(60), Fraction(60), Fraction(100)),
    }
    found = same_months(figures, year=2019, against=2018, unit="percent", adds_up=False)
    assert found is not None
    assert (found.before, found.after) == (Fraction(5100, 110), Fraction(6500, 110))


def test_figures_without_counts_are_the_mean_of_their_months() -> None:
    figures = months(2018, {1: 8, 2: 10}) | months(2019, {1: 7, 2: 8})
    found = same_months(figures, year=2019, against=2018, unit="days", adds_up=False)
    assert found is not None
    assert (found.before, found.after) == (9, Fraction(15, 2))


def test_a_place_climbs_in_its_field() -> None:
    """From 39th to 22nd: seventeen places up, of how many is said, and whether it is the same field."""
    same, other = Climb(39, 120, 22, 120), Climb(39, 120, 22, 131)
    assert (same.by, same.is_same_field) == (17, True)
    assert (other.by, other.is_same_field) == (17, False)
    assert Climb(3, 20, 5, 20).by == -2
