"""The score of a quarter or a year: from what its months are put together, and how. PURE and exact.

A year has figures of its own, pooled from its months, unless the scheme says that its score is the mean of theirs
(rule 75). Refuses to know where figures come from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from consortium.periods import Period
from evaluation.elements import MEAN_OF_MONTHS, Scheme
from evaluation.figures import NOT_COLLECTED, WATCHED, Input
from evaluation.projections import LineScore, UnitScore, exact_sum, put_together
from evaluation.spans import span_inputs
from surveys.shown import months_of

_NOTHING = Fraction(0)
_QUARTERS = 4


def span_of(scheme: Scheme, figures: Mapping[Period, Mapping[str, Input]], period: Period) -> Mapping[str, Input]:
    """One unit's figures for a period: its own, and those of its months. A quarter reported as such stands for its
    months when a year is put together.
    """
    own = figures.get(period, {})
    if period.is_month:
        return own
    if period.quarter is None:
        quarters = [Period(period.year, quarter=number) for number in range(1, _QUARTERS + 1)]
        if any(quarter in figures for quarter in quarters):
            return span_inputs(scheme, [span_of(scheme, figures, quarter) for quarter in quarters], own)
    return span_inputs(scheme, [figures.get(month, {}) for month in months_of(period)], own)


def is_mean_of_months(scheme: Scheme, period: Period) -> bool:
    """Whether the period is a year that this scheme scores as the mean of its months."""
    return period.month is None and period.quarter is None and scheme.year_rule == MEAN_OF_MONTHS


def mean_of_months(scheme: Scheme, tier: str, months: Sequence[UnitScore]) -> UnitScore:
    """One unit's months as a year: the total is the mean of the months' totals, those without one left out.

    Points and available points of a line are means as well, each month on the scale on which everything that is
    available is the sum of the table: so lines, dimensions and parties still add up to the total. Values are no
    month's and stay away; the reason says so.
    """
    table = scheme.tiers[tier].lines
    full = sum((line.points for line in table if not scheme.indicators[line.indicator].is_bonus), _NOTHING)
    there = [month for month in months if month.total is not None]
    lines = tuple(
        _mean_line(
            place, code=line.indicator, is_bonus=scheme.indicators[line.indicator].is_bonus, months=months, full=full
        )
        for place, line in enumerate(table)
    )
    counted = [(line, scheme.indicators[line.code]) for line, row in zip(lines, table, strict=True) if row.points > 0]
    is_complete = len(there) == len(months) and all(month.complete for month in there)
    return put_together(lines, counted, is_complete=is_complete)


def _mean_line(place: int, *, code: str, is_bonus: bool, months: Sequence[UnitScore], full: Fraction) -> LineScore:
    empty = LineScore(code, None, None, None, _NOTHING, MEAN_OF_MONTHS, is_bonus=is_bonus)
    there = [month for month in months if month.total is not None]
    scored = [(month, month.lines[place], month.lines[place].points) for month in there]
    earned = [points * full / max(month.earned, month.available) for month, _, points in scored if points is not None]
    if not earned:
        reasons = {month.lines[place].reason for month in months}
        return replace(empty, reason=WATCHED if WATCHED in reasons else _only(reasons) or NOT_COLLECTED)
    points = exact_sum(earned) / len(there)
    available = exact_sum(line.available * full / month.available for month, line, _ in scored) / len(there)
    shares = [line.share for _, line, _ in scored if line.share is not None]
    share = points / available if available else exact_sum(shares) / len(shares)
    return replace(empty, share=share, points=points, available=available)


def _only(reasons: Collection[str | None]) -> str | None:
    return next(iter(reasons)) if len(reasons) == 1 else None
