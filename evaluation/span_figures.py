"""What a quarter or year, or part of one, is scored from: the figures of its months, each made one in its own way.

Readings by the scheme's rule (`evaluation.spans`); what patients said counted together; of peers the quarter's own fit,
else the mean of the months; of experts the mean; of third parties the last. Only what was frozen with its month goes
in, and answers only as far as small numbers let them. Refuses to know points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import PANEL, PEER, READING, SURVEY, THIRD_PARTY, Indicator, Scheme
from evaluation.figures import NOT_COLLECTED, PEERS_WAIVED, Input
from evaluation.freezing import UnitInputs, Values, given_of
from evaluation.indicators import readings_of
from evaluation.inputs import reading_input, region_inputs, survey_input, third_party_input
from evaluation.models import Reading
from evaluation.span_months import Month, membership_over
from evaluation.spans import span_inputs
from reviews.figures import QuarterFigures
from reviews.models import PeerFit
from reviews.quarters import quarter_figures
from surveys.audiences.models import ThirdPartyResult
from surveys.audiences.third_party import third_party_results
from surveys.pooled_months import PooledMonths, pooled_months
from surveys.scoring import DEFINITION
from surveys.shown import months_of
from surveys.sittings import HELD
from surveys.tallies import responses

PEER_MEAN = "peer-mean-of-months-1"
"""The definition of a peer score that is the plain mean of its months' scores."""


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the figures of all units come from, read once. `readings` and `third_parties` are those of the very period;
    `quarter` is the fit of a quarter, None where there is none.
    """

    scheme: Scheme
    months: Sequence[Month]
    readings: Mapping[str, Mapping[str, Reading]]
    answers: PooledMonths
    third_parties: Mapping[str, Sequence[ThirdPartyResult]]
    quarter: QuarterFigures | None


def span_figures(
    session: Session, *, period: Period | None, scheme: Scheme, months: Sequence[Month], units: Sequence[str]
) -> dict[str, UnitInputs]:
    """Every unit's figures over some settled months; `period` is the quarter or year that they are, None for others."""
    of_months = [month.period for month in months]
    sources = _Sources(
        scheme,
        months,
        readings_of(session, period) if period is not None else {},
        pooled_months(session, months=of_months, whole=_whole(period, of_months)),
        third_party_results(session, period=period) if period is not None else {},
        _quarter(session, period, months),
    )
    held = [responses(session, period=month, stream=HELD) for month in of_months]
    return {
        unit: UnitInputs(
            figures=_figures(sources, unit),
            responses=sources.answers.responses(unit),
            raters=_raters(months, unit),
            held_out=sum(month.get(unit, 0) for month in held),
            membership=membership_over(months, unit),
        )
        for unit in units
    }


def region_figures(
    session: Session, *, period: Period | None, scheme: Scheme, months: Sequence[Period]
) -> dict[str, Input]:
    """The region's figures over these months."""
    own = region_inputs(session, period, scheme) if period is not None else {}
    return span_inputs(scheme, [region_inputs(session, month, scheme) for month in months], own)


def peer_months(months: Sequence[Month]) -> list[Period]:
    """The months that were settled with their peers."""
    return [month.period for month in months if not _reasons(month, PEERS_WAIVED)]


def _figures(sources: _Sources, unit: str) -> dict[str, Input]:
    """One unit's figures by indicator; a month in which it was no member is none of its months."""
    scheme, own = sources.scheme, sources.readings.get(unit, {})
    months = [month.lines[unit] for month in sources.months if unit in month.lines]
    readings = span_inputs(
        scheme,
        [{code: given_of(row) for code, row in rows.items()} for rows in months],
        {code: reading_input(scheme.indicators[code], each) for code, each in own.items() if code in scheme.indicators},
    )
    figures: dict[str, Input] = {}
    for code, indicator in scheme.indicators.items():
        rows = [row for lines in months if (row := lines.get(code)) is not None]
        if indicator.input == READING:
            figures[code] = readings[code]
        elif indicator.input == SURVEY:
            figures[code] = _survey(sources.answers, unit, indicator, rows)
        elif indicator.input == PEER:
            figures[code] = _peers(sources.quarter, unit, rows)
        elif indicator.input == PANEL:
            figures[code] = _mean(rows)
        elif indicator.input == THIRD_PARTY:
            figures[code] = _third_party(sources, unit, indicator, rows)
    return figures


def _whole(period: Period | None, months: Sequence[Period]) -> Period | None:
    """The period, if these are all of its months: one that began later must not give away what lay before."""
    return period if period is not None and tuple(months) == months_of(period) else None


def _survey(answers: PooledMonths, unit: str, indicator: Indicator, rows: Sequence[Values]) -> Input:
    """What patients said. How they answered is told where every month tells it: else a difference would."""
    found = answers.measures(
        unit,
        indicator.questionnaire or "",
        definition=indicator.definition or DEFINITION,
        measure=indicator.measure or "score",
    )
    figure = survey_input(found, indicator)
    is_hidden = any(row["value"] is None or None in (row["mode_mix"] or {}).values() for row in rows if row["n"] != 0)
    return replace(figure, mode_mix=None) if is_hidden else figure


def _peers(quarter: QuarterFigures | None, unit: str, rows: Sequence[Values]) -> Input:
    """The quarter's own score; of anything else the mean of the months' scores, which is said by its definition."""
    scored = [row for row in rows if row["value"] is not None]
    if not scored:
        return _missing(rows)
    n = min(row["n"] or 0 for row in scored)
    of_unit = next((each for each in quarter.units if each.unit == unit), None) if quarter is not None else None
    if quarter is not None and of_unit is not None:
        return Input(of_unit.score, n=n, definition=quarter.definition)
    if len(scored) == 1:
        return Input(scored[0]["value"], n=n, definition=scored[0]["definition"])
    return Input(_mean_value(scored), n=n, definition=PEER_MEAN)


def _mean(rows: Sequence[Values]) -> Input:
    """The mean of the months that have a figure, and of the ends of what each stands for."""
    scored = [row for row in rows if row["value"] is not None]
    if not scored:
        return _missing(rows)
    has_ends = all(row["low"] is not None and row["high"] is not None for row in scored)
    return Input(
        _mean_value(scored),
        definition=scored[-1]["definition"],
        low=_mean_value(scored, "low") if has_ends else None,
        high=_mean_value(scored, "high") if has_ends else None,
    )


def _third_party(sources: _Sources, unit: str, indicator: Indicator, rows: Sequence[Values]) -> Input:
    """The result for the very period, else the last one of its months."""
    own = third_party_input(sources.third_parties.get(unit, ()), indicator)
    scored = [row for row in rows if row["value"] is not None]
    if own.value is not None or not scored:
        return own if own.reason != NOT_COLLECTED or not rows else _missing(rows)
    return given_of(scored[-1])


def _missing(rows: Sequence[Values]) -> Input:
    """Nothing in any month: the last month's reason."""
    last = rows[-1] if rows else None
    return Input(
        None,
        reason=(last["reason"] if last is not None else None) or NOT_COLLECTED,
        n=last["n"] if last is not None else None,
        definition=last["definition"] if last is not None else None,
    )


def _mean_value(rows: Sequence[Values], column: str = "value") -> Fraction:
    return sum((row[column] for row in rows), Fraction(0)) / len(rows)


def _raters(months: Sequence[Month], unit: str) -> int:
    """The lowest band of raters of any month with a peer score; 0 without one."""
    found = [month.cards[unit]["raters"] for month in months if unit in month.cards]
    return min((each for each in found if each), default=0)


def _quarter(session: Session, period: Period | None, months: Sequence[Month]) -> QuarterFigures | None:
    """The fit of a quarter, if it joins exactly the months whose peer scores were settled."""
    if period is None or period.quarter is None:
        return None
    scored = {str(month.period) for month in months if _has_peers(month)}
    fitted = set(session.scalars(select(PeerFit.period).where(PeerFit.period.in_([str(m.period) for m in months]))))
    if not scored or scored != fitted:
        return None
    return quarter_figures(session, period)


def _has_peers(month: Month) -> bool:
    return any(card["raters"] for card in month.cards.values()) and not _reasons(month, PEERS_WAIVED)


def _reasons(month: Month, reason: str) -> bool:
    return any(row["reason"] == reason for rows in month.lines.values() for row in rows.values())
