"""Before and after: by how much something has grown, said in the way that is right for it. PURE and exact.

A share of 35 % that becomes 85 % has gained 50 points, which is not 50 %; a number that goes from 5 to 32 is 6.4 times
as many; 35 % a year make 2.46 times as many in three years (rules 71, 72). A part of a year is held against the same
months of another (rule 102), and a place only says something with the size of its field (rule 103). Refuses to know
where figures come from, and to compare what has nothing to be compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from consortium.periods import Period
from evaluation.elements import PERCENT, SHARE
from evaluation.figures import rate

POINTS, TIMES, PERCENTAGE = "points", "times", "percent"
"""The three ways in which growth is said."""

_TIMES_FROM = 2  # from twice as much on, "6.4 times as many" reads better than "540 % more"
_MONTHS = 12
_PLACES = 10**6  # yearly growth is a root: this fine


@dataclass(frozen=True, slots=True)
class Growth:
    """What a figure was and is, how its growth is said, and by how much: points, a factor, or percent."""

    before: Fraction
    after: Fraction
    kind: str
    by: Fraction


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with its counts where it has them: those of a rate are what is added up."""

    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None


@dataclass(frozen=True, slots=True)
class SameMonths:
    """The same months of two years, each added up. `months` are 1–12; fewer than twelve are a part of a year."""

    year: int
    against: int
    months: tuple[int, ...]
    before: Fraction
    after: Fraction

    @property
    def is_partial(self) -> bool:
        """Whether it is not whole years that are compared."""
        return len(self.months) < _MONTHS

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """The months as runs from – to: January to May are ((1, 5),)."""
        found: list[tuple[int, int]] = []
        for month in self.months:
            if found and found[-1][1] == month - 1:
                found[-1] = (found[-1][0], month)
            else:
                found.append((month, month))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Climb:
    """A place then and now, each in a field of its own size. `by` is positive upwards: from 39 to 22 are 17 up."""

    before: int
    before_of: int
    after: int
    after_of: int

    @property
    def by(self) -> int:
        """How many places up; below 0: down."""
        return self.before - self.after

    @property
    def is_same_field(self) -> bool:
        """Whether both places are among equally many."""
        return self.before_of == self.after_of


def points(before: Fraction, after: Fraction) -> Fraction:
    """The difference of two shares, in points."""
    return after - before


def times(before: Fraction, after: Fraction) -> Fraction | None:
    """How many times as much; None where there was nothing, or less."""
    return after / before if before > 0 else None


def percent(before: Fraction, after: Fraction) -> Fraction | None:
    """By how many percent of what it was; None where there was nothing, or less."""
    return 100 * (after - before) / before if before > 0 else None


def compounded(yearly: Fraction, years: int) -> Fraction:
    """What becomes of 1 in so many years at `yearly` percent a year: 35 in 3 years are 2.460375."""
    return (1 + yearly / 100) ** years


def yearly(before: Fraction, after: Fraction, years: int) -> Fraction | None:
    """The growth a year, in percent, that leads from one to the other, to six places; None without a beginning."""
    factor = times(before, after)
    if factor is None or factor < 0 or years < 1:
        return None
    low, high = 0, _PLACES * (1 + int(factor))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if Fraction(middle, _PLACES) ** years <= factor else (low, middle - 1)
    return 100 * (Fraction(low, _PLACES) - 1)


def growth(before: Fraction, after: Fraction, *, unit: str | None, is_share: bool = False) -> Growth | None:
    """How a figure in this unit of measure has grown: shares in points, what doubled in times, all else in percent;
    None where there is nothing to grow from.
    """
    if is_share or unit in (PERCENT, SHARE):
        difference = points(before, after)
        return Growth(before, after, POINTS, difference * (100 if unit == SHARE else 1))
    factor, by = times(before, after), percent(before, after)
    if factor is None or by is None:
        return None
    return Growth(before, after, TIMES, factor) if factor >= _TIMES_FROM else Growth(before, after, PERCENTAGE, by)


def same_months(
    figures: Mapping[Period, Amount], *, year: int, against: int, unit: str | None, adds_up: bool
) -> SameMonths | None:
    """The months that both years have, each year's taken together: events added up, rates from their counts, any other
    figure as the mean of its months. None without a month in common.
    """
    months = [month for month in range(1, _MONTHS + 1) if all(_has(figures, each, month) for each in (year, against))]
    if not months:
        return None
    after = _together(figures, year, months, unit, adds_up=adds_up)
    before = _together(figures, against, months, unit, adds_up=adds_up)
    if before is None or after is None:
        return None
    return SameMonths(year, against, tuple(months), before, after)


def _has(figures: Mapping[Period, Amount], year: int, month: int) -> bool:
    found = figures.get(Period(year, month))
    return found is not None and found.value is not None


def _together(
    figures: Mapping[Period, Amount], year: int, months: Collection[int], unit: str | None, *, adds_up: bool
) -> Fraction | None:
    found = [figures[Period(year, month)] for month in months]
    values = [each.value for each in found if each.value is not None]
    counts = [(each.numerator, each.denominator) for each in found]
    if adds_up:
        return sum(values, Fraction(0))
    if all(over is not None and under is not None for over, under in counts):
        over = sum((each or Fraction(0) for each, _ in counts), Fraction(0))
        return rate(over, sum((each or Fraction(0) for _, each in counts), Fraction(0)), unit)
    return sum(values, Fraction(0)) / len(values) if values else None
