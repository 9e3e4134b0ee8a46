"""An objection as a page shows it: what it is about, how it stands, and its trail (rule 29).

Knows words and order. Refuses to know who may look: for a unit, people who are not its own appear by their office.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.units import zone
from consortium.workdays import calendar_of, workdays_left
from evaluation.follow_up_models import Objection
from evaluation.models import ScoreLine, SupersededSettlement
from evaluation.objections import OPEN, REJECTED, WITHDRAWN, is_of_unit, is_overdue
from locales.numbers import plain
from locales.texts import text
from scheduler.objection_wording import about_objection, due_of, state_words, unit_name
from storage.audit import AuditRow
from web.pages import local_time

_PERSON = "person:"
_MARKS = {OPEN: "is-waiting", REJECTED: "", WITHDRAWN: ""}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a trail: when, what, who."""

    at: str
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """One objection. `mark` is the class of its state's mark; `trail` is empty in lists."""

    number: str
    unit_code: str
    unit: str
    period: str
    indicator: str | None
    about: str
    state: str
    mark: str
    is_open: bool
    is_overdue: bool
    received: str
    due: str
    left: str
    words: str
    answer: str | None
    trail: tuple[Step, ...]


def objection_view(
    session: Session, found: Objection, *, today: date, language: str, trail: tuple[Step, ...] = ()
) -> ObjectionView:
    """The objection in words."""
    overdue = is_overdue(found, today)
    return ObjectionView(
        number=found.number,
        unit_code=found.unit_code,
        unit=unit_name(session, found.unit_code, language),
        period=found.period,
        indicator=found.indicator,
        about=about_objection(session, found, language),
        state=state_words(found, today, language),
        mark="is-bad" if overdue else _MARKS.get(found.state, "is-good"),
        is_open=found.state == OPEN,
        is_overdue=overdue,
        received=found.received_on.isoformat(),
        due=due_of(found, language),
        left=_left(session, found, today, language),
        words=found.words,
        answer=found.answer,
        trail=trail,
    )


def settled_figures(session: Session, found: Objection, codes: Sequence[str], language: str) -> dict[str, str]:
    """Indicator → its figure as it was settled for the unit: what a correction takes the place of."""
    lines = session.scalars(
        select(ScoreLine).where(
            ScoreLine.period == found.period, ScoreLine.unit_code == found.unit_code, ScoreLine.indicator.in_(codes)
        )
    )
    return {line.indicator: _figure(line, language) for line in lines}


def _figure(line: ScoreLine, language: str) -> str:
    if line.value is None:
        return text(language, "objections.figure.missing")
    if line.numerator is None or line.denominator is None:
        return plain(line.value)
    return f"{plain(line.numerator)} ÷ {plain(line.denominator)} = {plain(line.value)}"


def _left(session: Session, found: Objection, today: date, language: str) -> str:
    """How many working days are left, or have passed; nothing for what is decided."""
    if found.state != OPEN:
        return ""
    days = workdays_left(today, found.due_on, calendar_of(session))
    return text(language, "objections.days_left" if days >= 0 else "objections.days_over", days=abs(days))


def trail_of(session: Session, found: Objection, *, language: str, names_all: bool) -> tuple[Step, ...]:
    """What happened to it, in order. Without `names_all` people who are not of the unit are "the office"."""
    place = zone(session)
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject == f"objection:{found.number}").order_by(AuditRow.at, AuditRow.id)
    ).all()
    steps = [
        (row.at, text(language, f"objections.trail.{row.action}", **_facts(row, found, language)), row.actor)
        for row in rows
    ]
    corrected = select(SupersededSettlement).where(SupersededSettlement.objection == found.number)
    for each in session.scalars(corrected.order_by(SupersededSettlement.superseded_at)):
        period = period_name(Period.parse(each.period), language)
        said = text(language, "objections.trail.corrected", period=period, revision=each.revision + 1)
        steps.append((each.superseded_at, said, each.superseded_by))
    return tuple(
        Step(local_time(at, place), said, _who(session, actor, found.unit_code, language, names_all=names_all))
        for at, said, actor in steps
    )


def _facts(row: AuditRow, found: Objection, language: str) -> dict[str, object]:
    """What the audit row of an act says beyond its name."""
    if row.action == "move_due_date":
        return {"due": row.details["due_on"]}
    if row.action == "decide_objection":
        return {"state": text(language, f"objections.state.{row.details.get('remedy') or found.state}")}
    return {}


def _who(session: Session, actor: str, unit_code: str, language: str, *, names_all: bool) -> str:
    if not actor.startswith(_PERSON):
        return text(language, "objections.by_program")
    person_id = actor.removeprefix(_PERSON)
    if not names_all and not is_of_unit(session, person_id, unit_code):
        return text(language, "objections.by_office")
    person = session.get(Person, person_id)
    return person.name if person is not None else person_id
