"""Objections 异议: a unit's formal disagreement with a settled result, or with one indicator of it (rule 29).

Numbered by year without gaps, due in 15 working days by the official calendar, decided once by somebody of the office
or the committee who is not of that unit. One that is open about the same thing is a constraint of the table. Refuses to
know how people are told, and what a decision does to figures: `scheduler.objection_decisions` joins that.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from consortium.models import Role
from consortium.periods import Period
from consortium.permissions import Actor, may_decide_objections, may_object, require
from consortium.workdays import Due, calendar_of, due_date, local_date
from evaluation.follow_up_models import Objection
from evaluation.models import ScoreLine, Settlement
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize
from surveys.plain_text import clean_text, is_blank

WORKDAYS = 15
LONGEST_WORDS = 1000
"""Characters of an objection, and of its answer."""

OPEN, UPHELD, REJECTED, WITHDRAWN = "open", "upheld", "rejected", "withdrawn"
FIGURES, SCHEME, NONE = "figures", "scheme", "none"
VERDICTS = (REJECTED, FIGURES, SCHEME, NONE)
"""What can be decided: rejected; upheld with corrected figures, with a change of the next scheme, or without either."""

_LOCK = "objections"
_NEWEST = (Objection.raised_at.desc(), Objection.number.desc())


def raise_objection(
    session: Session, *, unit_code: str, period: Period, indicator: str | None, words: str, actor: Actor, now: datetime
) -> Objection:
    """Hand in an objection of a unit to a settled period, or to one indicator of it.

    Errors: `not_allowed`, `objection_words_missing`, `objection_words_too_long`, those of `refuse_objection`.
    """
    require(may_object(actor, unit_code))
    written = tidy_words(words)
    serialize(session, _LOCK)
    refuse_objection(session, unit_code=unit_code, period=period, indicator=indicator)
    received = local_date(session, now)
    due = due_date(received, WORKDAYS, calendar_of(session))
    values: dict[str, Any] = {
        "number": _next_number(session, received.year), "unit_code": unit_code, "period": str(period),
        "indicator": indicator, "words": written, "state": OPEN, "raised_by": actor.person_id, "raised_at": now,
        "received_on": received, "due_on": due.date, "is_provisional": due.is_provisional,
    }  # fmt: skip
    while not insert_new(session, Objection, values, ["number"]):  # somebody was quicker by a moment
        values["number"] = _next_number(session, received.year)
    details = {"unit": unit_code, "period": str(period), "indicator": indicator} | _due_details(due)
    _record(session, actor.ref, "raise_objection", values["number"], now, **details)
    return objection(session, values["number"])


def refuse_objection(session: Session, *, unit_code: str, period: Period, indicator: str | None) -> None:
    """`not_settled`, `scorecard_missing`, `objection_indicator_unknown`, or `objection_open_already`."""
    if session.get(Settlement, str(period)) is None:
        raise DomainError("not_settled", period=str(period))
    known = objectionable(session, unit_code, period)
    if not known:
        raise DomainError("scorecard_missing", unit=unit_code, period=str(period))
    if indicator is not None and indicator not in known:
        raise DomainError("objection_indicator_unknown", period=str(period))
    standing = session.scalar(
        select(Objection.number).where(
            Objection.unit_code == unit_code,
            Objection.period == str(period),
            Objection.indicator.is_(None) if indicator is None else Objection.indicator == indicator,
            Objection.state == OPEN,
        )
    )
    if standing is not None:
        raise DomainError("objection_open_already", number=standing)


def withdraw_objection(session: Session, *, number: str, actor: Actor, now: datetime) -> Objection:
    """Take it back while it is open; anybody who represents the unit may. Errors: `objection_unknown` (also for
    whoever is not of the unit), `objection_decided`.
    """
    found = objection(session, number)
    if not may_object(actor, found.unit_code):
        raise DomainError("objection_unknown")
    return _closed(session, number, {"state": WITHDRAWN}, actor=actor, action="withdraw_objection", now=now)


def decide_objection(
    session: Session, *, number: str, verdict: str, answer: str, actor: Actor, now: datetime
) -> Objection:
    """Decide it, with an answer to the unit; `verdict` is one of `VERDICTS`. Of two at once one comes late.

    Errors: `not_allowed`, `objection_unknown`, `objection_own_unit`, `objection_answer_missing`,
    `objection_words_too_long`, `objection_decided`.
    """
    refuse_decision(session, number=number, actor=actor)
    values = {
        "state": REJECTED if verdict == REJECTED else UPHELD, "remedy": None if verdict == REJECTED else verdict,
        "answer": tidy_words(answer, missing="objection_answer_missing"),
    }  # fmt: skip
    return _closed(session, number, values, actor=actor, action="decide_objection", now=now)


def refuse_decision(session: Session, *, number: str, actor: Actor) -> Objection:
    """The objection, if this person may decide it and it is open. Errors: `not_allowed`, `objection_unknown`,
    `objection_own_unit`, `objection_decided`.
    """
    require(may_decide_objections(actor))
    found = objection(session, number)
    if is_of_unit(session, actor.person_id, found.unit_code):
        raise DomainError("objection_own_unit", number=number)
    if found.state != OPEN:
        raise DomainError("objection_decided", number=number)
    return found


def move_due_date(session: Session, *, number: str, due: Due, actor: str, now: datetime) -> None:
    """Set the due date that a newer calendar gives; one that was decided keeps its own."""
    moved = session.scalar(
        update(Objection)
        .where(Objection.number == number, Objection.state == OPEN)
        .values(due_on=due.date, is_provisional=due.is_provisional)
        .returning(Objection.number)
        .execution_options(synchronize_session=False)
    )
    if moved is not None:
        _record(session, actor, "move_due_date", number, now, **_due_details(due))


def objection(session: Session, number: str) -> Objection:
    """One objection as it stands now, or `objection_unknown`."""
    found = session.get(Objection, number, populate_existing=True)
    if found is None:
        raise DomainError("objection_unknown")
    return found


def objections_of(session: Session, unit_code: str) -> list[Objection]:
    """A unit's objections, the newest first."""
    found = select(Objection).where(Objection.unit_code == unit_code).order_by(*_NEWEST)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def open_objections(session: Session) -> list[Objection]:
    """Every objection that waits for its decision, the first due first."""
    found = (
        select(Objection)
        .where(Objection.state == OPEN)
        .order_by(Objection.due_on, Objection.raised_at, Objection.number)
    )
    return list(session.scalars(found.execution_options(populate_existing=True)))


def closed_objections(session: Session, *, most: int) -> list[Objection]:
    """The newest decisions and withdrawals."""
    found = select(Objection).where(Objection.state != OPEN).order_by(Objection.decided_at.desc()).limit(most)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def scheme_remarks(session: Session) -> list[Objection]:
    """The objections upheld with a change of the scheme to come, the newest first: what its drafter has to know."""
    found = select(Objection).where(Objection.remedy == SCHEME).order_by(Objection.decided_at.desc())
    return list(session.scalars(found))


def is_overdue(found: Objection, today: date) -> bool:
    """Whether it is open past its due date."""
    return found.state == OPEN and found.due_on < today


def is_of_unit(session: Session, person_id: str, unit_code: str) -> bool:
    """Whether a person holds any role for the unit, as staff too."""
    held = select(Role.id).where(Role.person_id == person_id, Role.unit_code == unit_code).limit(1)
    return session.scalar(held) is not None


def objectionable(session: Session, unit_code: str, period: Period) -> tuple[str, ...]:
    """The indicators on a unit's settled scorecard, in the order of its table."""
    lines = select(ScoreLine.indicator).where(ScoreLine.period == str(period), ScoreLine.unit_code == unit_code)
    return tuple(session.scalars(lines.order_by(ScoreLine.position)))


def settled_periods(session: Session, unit_code: str) -> list[Period]:
    """The periods to which a unit can object, the newest settled first."""
    found = (
        select(Settlement.period)
        .where(Settlement.period.in_(select(ScoreLine.period).where(ScoreLine.unit_code == unit_code)))
        .order_by(Settlement.settled_at.desc(), Settlement.sequence.desc())
    )
    return [Period.parse(period) for period in session.scalars(found)]


def tidy_words(written: str, *, missing: str = "objection_words_missing") -> str:
    """What somebody wrote as it may be kept, lines and all; `missing` or `objection_words_too_long`."""
    cleaned = clean_text(written) or ""
    if is_blank(cleaned):
        raise DomainError(missing)
    if len(cleaned) > LONGEST_WORDS:
        raise DomainError("objection_words_too_long", length=len(cleaned), limit=LONGEST_WORDS)
    return cleaned


def _next_number(session: Session, year: int) -> str:
    numbers = session.scalars(select(Objection.number).where(Objection.number.startswith(f"{year}-")))
    return f"{year}-{max((int(number.partition('-')[2]) for number in numbers), default=0) + 1:03d}"


def _closed(
    session: Session, number: str, values: dict[str, Any], *, actor: Actor, action: str, now: datetime
) -> Objection:
    """Close an objection that is open: that is in the UPDATE, so of two one comes late."""
    is_open: ColumnElement[bool] = Objection.state == OPEN
    closed = session.scalar(
        update(Objection)
        .where(Objection.number == number, is_open)
        .values(**values, decided_by=actor.person_id, decided_at=now)
        .returning(Objection.number)
        .execution_options(synchronize_session=False)
    )
    if closed is None:
        raise DomainError("objection_decided", number=number)
    details = {"state": values["state"]} | ({"remedy": values["remedy"]} if values.get("remedy") else {})
    _record(session, actor.ref, action, number, now, **details)
    return objection(session, number)


def _due_details(due: Due) -> dict[str, object]:
    return {"due_on": due.date.isoformat(), "is_provisional": due.is_provisional}


def _record(session: Session, actor: str, action: str, number: str, now: datetime, **details: object) -> None:
    """The trail knows an objection by its number, never by its words."""
    record(session, actor=actor, action=action, subject=f"objection:{number}", now=now, details=details)
