"""What is watched of a unit, and its figures month by month: its own story, which the newest figure is held against.

A figure of a survey exists from the settlement of its month on; before it, nobody sees one. Figures belong to one story
only while the schemes define them alike. Refuses to know what is abnormal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.change import HIGH, LOW, Figure
from evaluation.elements import BAND, COUNT, DOWN, READING, SURVEY, WATCH, Curve, Indicator, Scheme
from evaluation.missing_readings import asked_of_tier
from evaluation.models import LateReading, Reading, ScoreLine
from evaluation.reading_plans import scheme_if_any

Key = tuple[str, str, str]
"""Unit, indicator, period."""

_HALF_WIDTHS = Fraction(392, 100)  # an interval of 95 % is that many standard errors wide
_COUNTED = ("count", "visits")
_BOTH = frozenset((LOW, HIGH))


@dataclass(frozen=True, slots=True)
class Watched:
    """An indicator of a tier whose changes are looked at: on which sides one is bad news, and whether it counts."""

    indicator: Indicator
    sides: frozenset[str]
    is_count: bool


def watched_of_tier(scheme: Scheme, tier: str) -> tuple[Watched, ...]:
    """Readings and surveys of the tier, in the order of its table. Peers and experts have intervals of their own."""
    if tier not in scheme.tiers:
        return ()
    curves = {line.indicator: line.curve for line in scheme.tiers[tier].lines}
    surveys = [scheme.indicators[code] for code in curves if scheme.indicators[code].input == SURVEY]
    readings = [each.indicator for each in asked_of_tier(scheme, tier)]
    return tuple(_watched(each, curves.get(each.code)) for each in (*surveys, *readings))


def months_before(period: Period, count: int) -> list[Period]:
    """The months before a month or a quarter, in time."""
    first = Period(period.year, 3 * period.quarter - 2) if period.quarter is not None else period
    found: list[Period] = []
    for _ in range(count):
        first = first.previous()
        found.insert(0, first)
    return found


def stored_figures(session: Session, months: Collection[Period], *, unit_code: str | None = None) -> dict[Key, Figure]:
    """Every figure that may be looked at in these months: readings, late ones too, and surveys of settled months."""
    written = [str(month) for month in months]
    found: dict[Key, Figure] = {}
    for model in (LateReading, Reading):  # of a month's own reading and a late one, the own
        columns = (model.unit_code, model.indicator, model.period, model.value, model.numerator, model.denominator)
        rows = select(*columns).where(model.period.in_(written), model.value.is_not(None), model.unit_code.is_not(None))
        if unit_code is not None:
            rows = rows.where(model.unit_code == unit_code)
        for unit, indicator, period, value, numerator, denominator in session.execute(rows):
            if unit is not None and value is not None:
                found[unit, indicator, period] = Figure(value, numerator, denominator)
    return found | _surveys(session, written, unit_code)


def history_of(
    session: Session,
    figures: Mapping[Key, Figure],
    *,
    unit_code: str,
    indicator: Indicator,
    months: Iterable[Period],
    schemes: dict[Period, Scheme | None],
) -> list[tuple[Period, Figure]]:
    """The unit's figures in these months, as far as they mean the same as now. `schemes` remembers what was read."""
    found = []
    for month in months:
        figure = figures.get((unit_code, indicator.code, str(month)))
        if figure is not None and is_alike(session, indicator, month, schemes):
            found.append((month, figure))
    return found


def is_alike(session: Session, indicator: Indicator, month: Period, schemes: dict[Period, Scheme | None]) -> bool:
    """Whether a month's scheme made this figure as it is made now; before the first scheme there is nothing else."""
    if month not in schemes:
        schemes[month] = scheme_if_any(session, month)
    scheme = schemes[month]
    if scheme is None:
        return True
    then = scheme.indicators.get(indicator.code)
    return then is not None and _making(then) == _making(indicator)


def survey_figure(value: Fraction, low: Fraction | None, high: Fraction | None, n: int | None) -> Figure:
    """A survey's score with the standard error that its interval tells."""
    if low is None or high is None or n is None:
        return Figure(value)
    return Figure(value, error=float((high - low) / _HALF_WIDTHS), n=n)


def _surveys(session: Session, written: list[str], unit_code: str | None) -> dict[Key, Figure]:
    columns = (ScoreLine.unit_code, ScoreLine.indicator, ScoreLine.period, ScoreLine.value, ScoreLine.low,
               ScoreLine.high, ScoreLine.n)  # fmt: skip
    rows = select(*columns).where(
        ScoreLine.period.in_(written), ScoreLine.value.is_not(None), ScoreLine.low.is_not(None),
        ScoreLine.n.is_not(None),
    )  # fmt: skip
    if unit_code is not None:
        rows = rows.where(ScoreLine.unit_code == unit_code)
    return {
        (unit, indicator, period): survey_figure(value, low, high, n)
        for unit, indicator, period, value, low, high, n in session.execute(rows)
        if value is not None
    }


def _watched(indicator: Indicator, curve: Curve | None) -> Watched:
    if indicator.direction == WATCH or (curve or indicator.curve).kind == BAND:
        sides = _BOTH
    else:
        sides = frozenset((HIGH if indicator.direction == DOWN else LOW,))
    is_count = indicator.input == READING and (indicator.unit in _COUNTED or (curve or indicator.curve).kind == COUNT)
    return Watched(indicator, sides, is_count)


def _making(indicator: Indicator) -> tuple[object, ...]:
    return indicator.input, indicator.unit, indicator.questionnaire, indicator.measure, indicator.definition
