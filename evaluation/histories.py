"""What settled periods say in the order of time: of one unit, and of all together.

Knows frozen rows and the scheme that made them. Refuses to know pages, and to compute any score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.comparisons import Together, together
from evaluation.elements import Indicator, Scheme, Wording
from evaluation.freezing import Values, frozen_projection
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.schemes import scheme_version
from evaluation.series import Meaning, TimedFigure, modes_of
from evaluation.settled import by_column

MOST_PERIODS = 36


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's result in one period: the total with its interval, and the place with the size of the field."""

    period: str
    total: Fraction | None
    low: Fraction | None
    high: Fraction | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    rank_of: int
    unranked_reason: str | None
    is_complete: bool
    dimensions: Mapping[str, Fraction | None]
    scheme: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Series:
    """One indicator over time, oldest first."""

    indicator: Indicator
    figures: tuple[TimedFigure, ...]


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """A unit over time, oldest first; `series` in the order of the newest period's table."""

    places: tuple[Place, ...]
    series: tuple[Series, ...]
    dimensions: Mapping[str, Wording]


@dataclass(frozen=True, slots=True)
class PooledPoint:
    """All units together in one period."""

    period: str
    together: Together
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class PooledSeries:
    """One indicator of the whole consortium over time, oldest first."""

    indicator: Indicator
    points: tuple[PooledPoint, ...]


def unit_history(session: Session, *, unit_code: str, like: Period) -> UnitHistory:
    """A unit's settled periods of the kind of `like` (months, quarters or years), the last `MOST_PERIODS`."""
    settled = _settled(session, like)
    schemes = _schemes(session, settled)
    cards = {
        card.period: card
        for card in session.scalars(
            select(Scorecard).where(Scorecard.unit_code == unit_code, Scorecard.period.in_(list(settled)))
        )
    }
    lines = _lines(session, list(cards), unit_code=unit_code)
    places = tuple(
        _place(card, lines[period], settled[period]) for period in settled if (card := cards.get(period)) is not None
    )
    series = _series(lines, [place.period for place in places], settled, schemes)
    newest = schemes[places[-1].scheme] if places else None
    return UnitHistory(places, series, newest.dimensions if newest is not None else {})


def pooled_history(session: Session, *, like: Period, codes: Iterable[str] | None = None) -> tuple[PooledSeries, ...]:
    """Every indicator of the newest scheme over time, pooled from the units exactly (rules 79, 92)."""
    settled = _settled(session, like)
    if not settled:
        return ()
    schemes = _schemes(session, settled)
    lines = _lines(session, list(settled))
    newest = schemes[settled[list(settled)[-1]]]
    wanted = [code for code in newest.indicators if codes is None or code in set(codes)]
    return tuple(
        PooledSeries(
            newest.indicators[code],
            tuple(
                _pooled(period, schemes[version].indicators[code], lines[period])
                for period, version in settled.items()
                if code in schemes[version].indicators
            ),
        )
        for code in wanted
    )


def _pooled(period: str, indicator: Indicator, rows: Iterable[Values]) -> PooledPoint:
    own = [row for row in rows if row["indicator"] == indicator.code]
    definitions = {row["definition"] for row in own if row["value"] is not None}
    definition = definitions.pop() if len(definitions) == 1 else None
    return PooledPoint(period, together(indicator, own), Meaning(definition, _unit(indicator)))


def _settled(session: Session, like: Period) -> dict[str, tuple[int, int]]:
    """Period → the version that settled it, oldest first."""
    found = session.execute(
        select(Settlement.period, Settlement.scheme_year, Settlement.scheme_version).order_by(Settlement.period)
    )
    kind = _kind(like)
    chosen = [(period, (year, version)) for period, year, version in found if _kind(Period.parse(period)) == kind]
    return dict(chosen[-MOST_PERIODS:])


def _kind(period: Period) -> str:
    return "month" if period.is_month else "quarter" if period.quarter is not None else "year"


def _schemes(session: Session, settled: Mapping[str, tuple[int, int]]) -> dict[tuple[int, int], Scheme]:
    return {version: scheme_version(session, year=version[0], version=version[1]) for version in set(settled.values())}


def _lines(session: Session, periods: list[str], *, unit_code: str | None = None) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = defaultdict(list)
    wanted = select(ScoreLine).where(ScoreLine.period.in_(periods)).order_by(ScoreLine.position)
    if unit_code is not None:
        wanted = wanted.where(ScoreLine.unit_code == unit_code)
    for row in session.scalars(wanted):
        found[row.period].append(by_column(row))
    return found


def _place(card: Scorecard, lines: list[Values], version: tuple[int, int]) -> Place:
    return Place(
        period=card.period,
        total=card.total,
        low=card.total_low,
        high=card.total_high,
        rank=card.rank,
        rank_low=card.rank_low,
        rank_high=card.rank_high,
        rank_of=card.rank_of,
        unranked_reason=card.unranked_reason,
        is_complete=card.complete,
        dimensions=frozen_projection(lines, "dimension"),
        scheme=version,
    )


def _series(
    lines: Mapping[str, list[Values]],
    periods: list[str],
    settled: Mapping[str, tuple[int, int]],
    schemes: Mapping[tuple[int, int], Scheme],
) -> tuple[Series, ...]:
    """The indicators of the newest table, each over all periods that had it."""
    if not periods:
        return ()
    newest = schemes[settled[periods[-1]]]
    found = []
    for code in [row["indicator"] for row in lines[periods[-1]]]:
        figures = []
        for period in periods:
            row = next((each for each in lines[period] if each["indicator"] == code), None)
            if row is not None:
                figures.append(_timed(period, row, schemes[settled[period]].indicators[code]))
        found.append(Series(newest.indicators[code], tuple(figures)))
    return tuple(found)


def _timed(period: str, row: Values, indicator: Indicator) -> TimedFigure:
    meaning = Meaning(row["definition"], _unit(indicator), modes_of(row["mode_mix"]))
    return TimedFigure(
        period=period,
        value=row["value"],
        meaning=meaning,
        low=row["low"],
        high=row["high"],
        target=row["target"],
        reason=row["reason"] if row["value"] is None else None,
    )


def _unit(indicator: Indicator) -> str:
    return indicator.unit or str(sorted((indicator.unit_wording or {}).items()))
