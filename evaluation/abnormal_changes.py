"""Looking for abnormal changes: which figures are held against which past, and when (rule 28).

The month that runs and the one just completed are looked at every day, a quarter in the month after it. What is
abnormal is `evaluation.change`'s to say. Nothing kept here shows a survey's figure before its month is settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.units import zone
from evaluation.alerts import CHANGE, raise_alert
from evaluation.change import MONTH, MOST_MONTHS, QUARTER, RUNNING, Change, Figure, abnormal_change
from evaluation.elements import SURVEY, Scheme
from evaluation.figures import Input
from evaluation.follow_up_models import Alert
from evaluation.freezing import UnitInputs
from evaluation.inputs import gather_inputs
from evaluation.members import members
from evaluation.reading_plans import scheme_if_any
from evaluation.watched_figures import (
    Key,
    Watched,
    history_of,
    months_before,
    stored_figures,
    survey_figure,
    watched_of_tier,
)
from surveys.audiences.blindness import blind_questionnaires
from surveys.shown import months_of

_MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class _Look:
    """One look: at which period, by which scheme, with the figures of the past, and the figures to be judged."""

    kind: str
    period: Period
    scheme: Scheme
    past: Mapping[Key, Figure]
    newest: Mapping[tuple[str, str], Figure]
    schemes: dict[Period, Scheme | None]


def look_for_changes(session: Session, *, actor: str, now: datetime) -> list[Alert]:
    """Raise an alert for every abnormal change that has none yet; the new ones, by unit."""
    running = Period.month_of(now, zone(session))
    raised: list[Alert] = []
    for look in _looks(session, running):
        for unit, _ in members(session, look.period):
            raised += _look_at_unit(session, look, unit, actor, now)
    return raised


def _looks(session: Session, running: Period) -> Iterable[_Look]:
    """What is to be looked at on a day of the month `running`: the months first, then the quarter that is over."""
    done = running.previous()
    schemes: dict[Period, Scheme | None] = {}
    past = stored_figures(session, [*months_before(running, MOST_MONTHS + 1 + _MONTHS_OF_A_QUARTER)])
    blind = blind_questionnaires(session)
    for kind, period in ((MONTH, done), (RUNNING, running)):
        scheme = scheme_if_any(session, period)
        if scheme is not None:
            hidden = blind if kind == RUNNING else set()
            yield _Look(kind, period, scheme, past, _newest(session, period, scheme, hidden), schemes)
    if running.month in {1, 4, 7, 10}:
        quarter = Period(done.year, None, ((done.month or 1) + 2) // 3)
        scheme = scheme_if_any(session, quarter)
        if scheme is not None:
            yield _Look(QUARTER, quarter, scheme, past, _pooled(past, quarter), schemes)


def _look_at_unit(session: Session, look: _Look, unit: Unit, actor: str, now: datetime) -> list[Alert]:
    raised = []
    for watched in watched_of_tier(look.scheme, unit.tier):
        found = _judged(session, look, unit.code, watched)
        if found is None or (look.kind == QUARTER and _has_alert(session, look.period, unit.code, watched)):
            continue
        alert = raise_alert(
            session, kind=CHANGE, unit_code=unit.code, indicator=watched.indicator.code, period=look.period,
            details=_details(look.kind, found), actor=actor, now=now,
        )  # fmt: skip
        raised += [alert] if alert is not None else []
    return raised


def _judged(session: Session, look: _Look, unit_code: str, watched: Watched) -> Change | None:
    indicator = watched.indicator
    figure = look.newest.get((unit_code, indicator.code))
    if figure is None:
        return None
    before = history_of(
        session, look.past, unit_code=unit_code, indicator=indicator, months=months_before(look.period, MOST_MONTHS),
        schemes=look.schemes,
    )  # fmt: skip
    return abnormal_change(
        figure,
        [each for _, each in before],
        sides=watched.sides,
        is_count=watched.is_count,
        look=look.kind,
        months=_MONTHS_OF_A_QUARTER if look.kind == QUARTER else 1,
    )


def _newest(session: Session, period: Period, scheme: Scheme, hidden: set[str]) -> dict[tuple[str, str], Figure]:
    """A month's figures as they stand today, by unit and indicator; surveys named in `hidden` are not looked at."""
    units = [unit.code for unit, _ in members(session, period)]
    gathered = gather_inputs(session, period=period, scheme=scheme, units=units, peers_waived=True)
    return {
        (unit, code): figure for unit, inputs in gathered.items() for code, figure in _figures(inputs, scheme, hidden)
    }


def _figures(inputs: UnitInputs, scheme: Scheme, hidden: set[str]) -> Iterable[tuple[str, Figure]]:
    for code, found in inputs.figures.items():
        indicator = scheme.indicators[code]
        if found.value is None or indicator.questionnaire in hidden:
            continue
        yield code, _figure(found, found.value, is_survey=indicator.input == SURVEY)


def _figure(found: Input, value: Fraction, *, is_survey: bool) -> Figure:
    if is_survey:
        return survey_figure(value, found.low, found.high, found.n)
    return Figure(value, found.numerator, found.denominator)


def _pooled(past: Mapping[Key, Figure], quarter: Period) -> dict[tuple[str, str], Figure]:
    """A quarter's figures from its three months: rates from their counts, scores by their people, else the mean."""
    months = [str(month) for month in months_of(quarter)]
    names = {(unit, code) for unit, code, period in past if period == months[-1]}
    found = {}
    for unit, code in names:
        parts = [past[unit, code, month] for month in months if (unit, code, month) in past]
        if len(parts) == len(months):
            found[unit, code] = pooled_figure(parts)
    return found


def pooled_figure(parts: Sequence[Figure]) -> Figure:
    """Several months' figures as one."""
    if all(each.numerator is not None and each.denominator for each in parts):
        over = sum((each.numerator or Fraction() for each in parts), Fraction())
        under = sum((each.denominator or Fraction() for each in parts), Fraction())
        first = next((each for each in parts if each.numerator), None)
        full = first.value * (first.denominator or 1) / (first.numerator or 1) if first is not None else Fraction(1)
        return Figure(full * over / under, over, under)
    if all(each.error is not None and each.n for each in parts):
        people = sum(each.n or 0 for each in parts)
        value = sum((each.value * (each.n or 0) for each in parts), Fraction()) / people
        error = sum(((each.n or 0) * (each.error or 0.0)) ** 2 for each in parts) ** 0.5 / people
        return Figure(value, error=error, n=people)
    return Figure(sum((each.value for each in parts), Fraction()) / len(parts))


def _has_alert(session: Session, quarter: Period, unit_code: str, watched: Watched) -> bool:
    """Whether a month of the quarter has told of this change already."""
    same = (Alert.kind == CHANGE, Alert.unit_code == unit_code, Alert.indicator == watched.indicator.code)
    months = [str(month) for month in months_of(quarter)]
    return session.scalar(select(Alert.id).where(*same, Alert.period.in_(months)).limit(1)) is not None


def _details(look: str, found: Change) -> dict[str, Any]:
    """What was usual, exactly; never the newest figure itself, which may not be shown yet."""
    return {
        "look": look, "side": found.side, "usual": str(found.usual), "lowest": str(found.lowest),
        "highest": str(found.highest), "months": found.months,
    }  # fmt: skip
