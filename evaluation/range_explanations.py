"""Written explanations 书面说明 of figures outside their range: asked for, given, accepted or returned (rule 62).

Both edges of a range are inside, compared on the exact figure of a month that is over: a reading as soon as it is here,
every other figure once it is settled. Late is what is given after the due date; it is taken all the same. Of two who
decide at once one comes late. Refuses to know how people are told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from consortium.units import zone
from consortium.workdays import Due, calendar_of, due_date, local_date
from evaluation.alerts import RANGE, may_explain, raise_alert, tidy_words
from evaluation.elements import READING, Line, Scheme
from evaluation.follow_up_models import WrittenExplanation
from evaluation.members import members
from evaluation.models import LateReading, Reading, ScoreLine
from evaluation.objections import is_of_unit
from evaluation.reading_plans import scheme_if_any
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new

ASKED, GIVEN, ACCEPTED, RETURNED = STATES = ("asked", "given", "accepted", "returned")
WAITING = (ASKED, RETURNED)
"""The states in which the unit is to write."""

WORKDAYS_AGAIN = 5
"""Working days at least, from the day on which an explanation was returned."""

_MONTHS_LOOKED_AT = 2  # of those that are over: a figure may come late, or be settled late
_MARK = 10


def is_outside(value: Fraction, low: Fraction, high: Fraction) -> bool:
    """Whether a figure lies outside its range; both edges are inside."""
    return value < low or value > high


def ask_for_explanations(session: Session, *, actor: str, now: datetime) -> list[WrittenExplanation]:
    """Ask for what is not explained yet: every figure outside its range in the months just over; the new ones."""
    month, asked = Period.month_of(now, zone(session)), []
    for _ in range(_MONTHS_LOOKED_AT):
        month = month.previous()
        scheme = scheme_if_any(session, month)
        if scheme is not None and _has_ranges(scheme):
            asked += _ask_of_month(session, month, scheme, actor, now)
    return asked


def give_explanation(
    session: Session, *, explanation_id: int, words: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """A representative of the unit explains, in time or late; until it is accepted the words may be written anew.

    The same words again change nothing. Errors: `explanation_unknown` (also for whoever is not of the unit),
    `explanation_words_missing`, `explanation_words_too_long`, `explanation_not_waiting`.
    """
    found = explanation(session, explanation_id)
    if not may_explain(actor, found.unit_code):
        raise DomainError("explanation_unknown")
    written = tidy_words(words)
    if found.state == GIVEN and found.words == written:
        return found
    values = {
        "state": GIVEN, "words": written, "given_by": actor.person_id, "given_at": now,
        "decided_by": None, "decided_at": None,
    }  # fmt: skip
    if not _set(session, explanation_id, values, WrittenExplanation.state != ACCEPTED):
        raise DomainError("explanation_not_waiting")
    given = explanation(session, explanation_id)
    _record(session, actor.ref, "give_explanation", given, now, late=is_late(given, local_date(session, now)))
    return given


def accept_explanation(
    session: Session, *, explanation_id: int, mark: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """One of the office accepts the words that have this mark.

    Errors: `not_allowed`, `explanation_unknown`, `explanation_own_unit`, `explanation_decided`.
    """
    values = {"state": ACCEPTED, "decided_by": actor.person_id, "decided_at": now, "answer": None}
    return _decide(session, explanation_id, mark, values, actor, now, "accept_explanation")


def return_explanation(
    session: Session, *, explanation_id: int, mark: str, answer: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """One of the office returns it and says why: the unit writes anew, by the same day or five working days from now.

    Errors: those of `accept_explanation`, `explanation_answer_missing`, `explanation_words_too_long`.
    """
    found = explanation(session, explanation_id)
    again = due_date(local_date(session, now), WORKDAYS_AGAIN, calendar_of(session))
    values: dict[str, Any] = {
        "state": RETURNED, "decided_by": actor.person_id, "decided_at": now,
        "answer": tidy_words(answer, missing="explanation_answer_missing"),
    }  # fmt: skip
    if again.date > found.due_on:
        values |= {"due_on": again.date, "is_provisional": again.is_provisional}
    return _decide(session, explanation_id, mark, values, actor, now, "return_explanation")


def explanation(session: Session, explanation_id: int) -> WrittenExplanation:
    """One explanation as it stands now, or `explanation_unknown`."""
    found = session.get(WrittenExplanation, explanation_id, populate_existing=True)
    if found is None:
        raise DomainError("explanation_unknown")
    return found


def explanations(
    session: Session, *, states: Iterable[str] = STATES, units: Iterable[str] | None = None
) -> list[WrittenExplanation]:
    """Explanations in these states, what is due first at the top."""
    rows = select(WrittenExplanation).where(WrittenExplanation.state.in_(tuple(states)))
    if units is not None:
        rows = rows.where(WrittenExplanation.unit_code.in_(tuple(units)))
    ordered = rows.order_by(WrittenExplanation.due_on, WrittenExplanation.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def count_explanations(session: Session, *, states: Iterable[str], units: Iterable[str] | None = None) -> int:
    """How many there are."""
    rows = select(func.count(WrittenExplanation.id)).where(WrittenExplanation.state.in_(tuple(states)))
    if units is not None:
        rows = rows.where(WrittenExplanation.unit_code.in_(tuple(units)))
    return session.scalars(rows).one()


def is_waiting(found: WrittenExplanation) -> bool:
    """Whether the unit is to write."""
    return found.state in WAITING


def is_overdue(found: WrittenExplanation, today: date) -> bool:
    """Whether it waits for the unit, and its day is over."""
    return is_waiting(found) and found.due_on < today


def is_late(found: WrittenExplanation, given_on: date) -> bool:
    """Whether words given on a day came after the due date."""
    return given_on > found.due_on


def explanation_mark(found: WrittenExplanation) -> str:
    """By what a button knows the words: others have another mark."""
    moment = found.given_at.astimezone(UTC).isoformat() if found.given_at is not None else ""
    return hashlib.sha256(f"{found.id}\x00{found.words}\x00{moment}".encode()).hexdigest()[:_MARK]


def range_of(scheme: Scheme, line: Line) -> tuple[Fraction, Fraction] | None:
    """The range of a line: the tier's own, else the indicator's."""
    return line.range or scheme.indicators[line.indicator].range


def _has_ranges(scheme: Scheme) -> bool:
    return any(range_of(scheme, line) for tier in scheme.tiers.values() for line in tier.lines)


def _ask_of_month(
    session: Session, month: Period, scheme: Scheme, actor: str, now: datetime
) -> list[WrittenExplanation]:
    figures = _figures(session, month)
    due = due_date(local_date(session, now), scheme.watching.explanation_workdays, calendar_of(session))
    asked = []
    for unit, _ in members(session, month):
        for line in scheme.tiers[unit.tier].lines if unit.tier in scheme.tiers else ():
            ends, kind = range_of(scheme, line), scheme.indicators[line.indicator].input
            value = figures[kind == READING].get((unit.code, line.indicator))
            if ends is None or value is None or not is_outside(value, *ends):
                continue
            found = _ask(session, unit.code, line.indicator, month, (value, *ends), due, actor, now)
            asked += [found] if found is not None else []
    return asked


def _figures(session: Session, month: Period) -> Mapping[bool, Mapping[tuple[str | None, str], Fraction | None]]:
    """A month's figures by unit and indicator: of readings (True), as they stand; of others, as they were settled."""
    readings: dict[tuple[str | None, str], Fraction | None] = {}
    for model in (LateReading, Reading):
        rows = select(model.unit_code, model.indicator, model.value).where(
            model.period == str(month), model.value.is_not(None), model.unit_code.is_not(None)
        )
        readings |= {(unit, indicator): value for unit, indicator, value in session.execute(rows)}
    settled = select(ScoreLine.unit_code, ScoreLine.indicator, ScoreLine.value).where(
        ScoreLine.period == str(month), ScoreLine.value.is_not(None)
    )
    frozen: dict[tuple[str | None, str], Fraction | None] = {
        (unit, indicator): value for unit, indicator, value in session.execute(settled)
    }
    return {True: readings, False: frozen}


def _ask(  # noqa: PLR0917 - the facts of one row
    session: Session, unit_code: str, indicator: str, month: Period, figure: tuple[Fraction, Fraction, Fraction],
    due: Due, actor: str, now: datetime,
) -> WrittenExplanation | None:  # fmt: skip
    """Ask for it and raise the alert that belongs to it; None where it has been asked for before."""
    value, low, high = figure
    values = {
        "unit_code": unit_code, "indicator": indicator, "period": str(month), "value": value, "low": low, "high": high,
        "state": ASKED, "asked_at": now, "due_on": due.date, "is_provisional": due.is_provisional,
    }  # fmt: skip
    if not insert_new(session, WrittenExplanation, values, ["unit_code", "indicator", "period"]):
        return None
    raise_alert(
        session, kind=RANGE, unit_code=unit_code, indicator=indicator, period=month,
        details={"value": str(value), "low": str(low), "high": str(high)}, actor=actor, now=now,
    )  # fmt: skip
    found = session.scalars(
        select(WrittenExplanation).where(
            WrittenExplanation.unit_code == unit_code,
            WrittenExplanation.indicator == indicator,
            WrittenExplanation.period == str(month),
        )
    ).one()
    _record(session, actor, "ask_for_explanation", found, now, due_on=due.date.isoformat())
    return found


def _decide(  # noqa: PLR0917 - the facts of one decision
    session: Session, explanation_id: int, mark: str, values: dict[str, Any], actor: Actor, now: datetime, action: str
) -> WrittenExplanation:
    require(may_run_season(actor))
    found = explanation(session, explanation_id)
    if is_of_unit(session, actor.person_id, found.unit_code):
        raise DomainError("explanation_own_unit")
    same = (WrittenExplanation.state == GIVEN) & (WrittenExplanation.given_at == found.given_at)
    if found.state != GIVEN or explanation_mark(found) != mark or not _set(session, explanation_id, values, same):
        raise DomainError("explanation_decided")
    decided = explanation(session, explanation_id)
    _record(session, actor.ref, action, decided, now, due_on=decided.due_on.isoformat())
    return decided


def _set(session: Session, explanation_id: int, values: dict[str, Any], condition: Any) -> bool:
    """Change it if it stands as `condition` says: that is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(WrittenExplanation)
        .where(WrittenExplanation.id == explanation_id, condition)
        .values(**values)
        .returning(WrittenExplanation.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _record(
    session: Session, actor: str, action: str, found: WrittenExplanation, now: datetime, **details: object
) -> None:
    """The trail knows which explanation it was, never its words."""
    about = {"unit": found.unit_code, "period": found.period, "indicator": found.indicator}
    record(session, actor=actor, action=action, subject=f"explanation:{found.id}", now=now, details=about | details)
