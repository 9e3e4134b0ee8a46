"""Due dates that were provisional, when more of the official calendar is known: recomputed, and told where they move.

A promised day never moves without notice, neither forward nor back (decision 7). Dates that were not provisional when
they were promised stay. Refuses to know where a calendar comes from.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.people import people_with_role, representatives
from consortium.periods import Period
from consortium.permissions import OFFICE
from consortium.workdays import Calendar, calendar_of, due_date, local_date, workdays_left
from evaluation.follow_up_models import Objection, WrittenExplanation
from evaluation.objections import OPEN, WORKDAYS, move_due_date, objection
from locales.texts import text
from outbox.message import Message
from scheduler.objection_notices import tell_of_moved_date
from scheduler.objection_wording import due_words, indicator_names, unit_name
from storage.audit import record

_OWED = ("asked", "returned")


def recompute_due_dates(session: Session, *, actor: str, now: datetime) -> int:
    """Bring every provisional due date of what is still open to the calendar as it is known now; how many changed."""
    calendar = calendar_of(session)
    return _objections(session, calendar, actor, now) + _explanations(session, calendar, actor, now)


def _objections(session: Session, calendar: Calendar, actor: str, now: datetime) -> int:
    changed = 0
    provisional = select(Objection).where(Objection.state == OPEN, Objection.is_provisional)
    for found in session.scalars(provisional.order_by(Objection.number)).all():
        before, due = found.due_on, due_date(found.received_on, WORKDAYS, calendar)
        if (due.date, due.is_provisional) == (before, True):
            continue
        changed += 1
        move_due_date(session, number=found.number, due=due, actor=actor, now=now)
        if due.date != before:
            tell_of_moved_date(session, found=objection(session, found.number), before=before, now=now)
    return changed


def _explanations(session: Session, calendar: Calendar, actor: str, now: datetime) -> int:
    """As many working days as were given: counted by what was known of the calendar when it was asked."""
    changed = 0
    provisional = select(WrittenExplanation).where(
        WrittenExplanation.state.in_(_OWED), WrittenExplanation.is_provisional
    )
    for found in session.scalars(provisional.order_by(WrittenExplanation.id)).all():
        asked, before = local_date(session, found.asked_at), found.due_on
        given = max(1, workdays_left(asked, before, calendar.before(before.year)))
        due = due_date(asked, given, calendar)
        if (due.date, due.is_provisional) == (before, True):
            continue
        changed += 1
        session.execute(
            update(WrittenExplanation)
            .where(WrittenExplanation.id == found.id, WrittenExplanation.state.in_(_OWED))
            .values(due_on=due.date, is_provisional=due.is_provisional)
        )
        details = {"due_on": due.date.isoformat(), "is_provisional": due.is_provisional}
        record(
            session, actor=actor, action="move_due_date", subject=f"explanation:{found.id}", now=now, details=details
        )
        if due.date != before:
            _tell_of_explanation(session, found, before, due.date, is_provisional=due.is_provisional, now=now)
    return changed


def _tell_of_explanation(
    session: Session,
    found: WrittenExplanation,
    before: dt.date,
    due_on: dt.date,
    *,
    is_provisional: bool,
    now: datetime,
) -> None:
    period = Period.parse(found.period)

    def message(language: str) -> Message:
        what = indicator_names(session, period, language).get(found.indicator, found.indicator)
        return Message(
            text(
                language,
                "workdays.explanation_moved",
                unit=unit_name(session, found.unit_code, language),
                about=text(language, "objections.about", period=period_name(period, language), what=what),
                before=before.isoformat(),
                due=due_words(due_on, is_provisional=is_provisional, language=language),
            )
        )

    people = {
        person.id: person for person in (*people_with_role(session, OFFICE), *representatives(session, found.unit_code))
    }
    key = f"explanation-moved:{found.id}:{due_on}"
    tell(session, people=people.values(), key=key, kind="notice", message=message, now=now)
