"""Who is told what of objections: the office of a new one and before it is due, the unit of the answer and of a date
that moves; and the office that the official calendar ends.

Everything is told once, by a key of the occasion. Refuses to decide anything, and to know when it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from consortium.models import Person
from consortium.people import people_with_role, representatives
from consortium.permissions import OFFICE
from consortium.workdays import calendar_of, lacks_next_year, local_date, workdays_left
from evaluation.follow_up_models import Objection
from evaluation.objections import WITHDRAWN, open_objections
from locales.texts import text
from outbox.message import Button, Message
from scheduler.objection_wording import about_objection, due_of, objection_text, unit_name

LOOK, OWN = "obj", "o"
"""What the buttons do: the office's look at one (conversation "o"), the unit's (conversation "j")."""

REMIND_BEFORE = (0, 2, 5)
"""Working days before an objection is due on which the office is reminded."""

_WEEK = 7


def tell_of_objection(session: Session, *, found: Objection, now: datetime) -> int:
    """Tell the office of a new objection, whole; how many chats."""
    return _tell_office(session, found, "new", now, lambda language: _whole(session, found, now, language))


def tell_of_withdrawal(session: Session, *, found: Objection, now: datetime) -> int:
    """Tell the office that the unit took it back; how many chats."""
    return _tell_office(session, found, WITHDRAWN, now, lambda language: _line(session, found, "withdrawn", language))


def tell_of_decision(session: Session, *, found: Objection, now: datetime) -> int:
    """Tell the unit's representatives the answer; how many chats."""
    people = representatives(session, found.unit_code)
    return _tell(
        session, people, f"objection-decided:{found.number}", now,
        lambda language: _whole(session, found, now, language), own=found,
    )  # fmt: skip


def tell_of_stale_bulletin(session: Session, *, found: Objection, now: datetime) -> int:
    """Tell the office that figures were corrected and the bulletin of the period could not be drafted anew."""
    return _tell_office(session, found, "stale", now, lambda language: _line(session, found, "stale", language))


def tell_of_moved_date(session: Session, *, found: Objection, before: date, now: datetime) -> int:
    """Tell unit and office that a newer calendar moved the due date; how many chats."""

    def said(language: str) -> str:
        return _line(session, found, "moved", language, before=before.isoformat())

    key = f"moved:{found.due_on}"
    told = _tell_office(session, found, key, now, said)
    people = representatives(session, found.unit_code)
    return told + _tell(session, people, f"objection-{key}:{found.number}:unit", now, said, own=found)


def remind_of_objections(session: Session, *, now: datetime) -> int:
    """Remind the office of what is due in 5, 2 and 0 working days, each once, and once a week of what is overdue.

    A day on which nobody looked is made up for by the next. How many chats, told before or not.
    """
    today, calendar, told = local_date(session, now), calendar_of(session), 0
    for found in open_objections(session):
        left = workdays_left(today, found.due_on, calendar)
        if left < 0:
            week = ((today - found.due_on).days - 1) // _WEEK
            key, occasion = f"overdue:{found.due_on}:{week}", "overdue"
        else:
            stage = next((days for days in REMIND_BEFORE if left <= days), None)
            if stage is None:
                continue
            key, occasion = f"due:{found.due_on}:{stage}", "due_today" if left == 0 else "due_soon"
        told += _tell_office(session, found, key, now, _reminder(session, found, occasion, abs(left)))
    return told


def warn_of_calendar(session: Session, *, now: datetime) -> int:
    """From November of the last year that the official calendar knows, tell the office once a month; how many chats."""
    today = local_date(session, now)
    if not lacks_next_year(calendar_of(session), today):
        return 0
    key = f"workdays-missing:{today:%Y-%m}"
    people = people_with_role(session, OFFICE)
    return _tell(session, people, key, now, lambda language: calendar_warning(session, now, language) or "")


def calendar_warning(session: Session, now: datetime, language: str) -> str | None:
    """That the next year's official calendar is to be imported; None while it is not time for that."""
    calendar, today = calendar_of(session), local_date(session, now)
    if not lacks_next_year(calendar, today):
        return None
    year = calendar.known_until.year + 1
    return text(language, "workdays.missing", until=calendar.known_until.isoformat(), year=year)


def _whole(session: Session, found: Objection, now: datetime, language: str) -> str:
    return objection_text(session, found, today=local_date(session, now), language=language)


def _line(session: Session, found: Objection, occasion: str, language: str, **facts: object) -> str:
    return text(
        language,
        f"objections.notice.{occasion}",
        number=found.number,
        unit=unit_name(session, found.unit_code, language),
        about=about_objection(session, found, language),
        due=due_of(found, language),
        **facts,
    )


def _reminder(session: Session, found: Objection, occasion: str, days: int) -> Callable[[str], str]:
    return lambda language: _line(session, found, occasion, language, left=days)


def _tell_office(session: Session, found: Objection, occasion: str, now: datetime, said: Callable[[str], str]) -> int:
    people = people_with_role(session, OFFICE)
    return _tell(session, people, f"objection-{occasion}:{found.number}", now, said, look=found)


def _tell(
    session: Session, people: Iterable[Person], key: str, now: datetime, said: Callable[[str], str], *,
    look: Objection | None = None, own: Objection | None = None,
) -> int:  # fmt: skip
    """Owe it, with a button to the objection as the office (`look`) or its unit (`own`) sees it."""

    def message(language: str) -> Message:
        actions = [("o", LOOK, look.number)] if look else [("j", OWN, own.number)] if own else []
        return Message(said(language), tuple((Button(text(language, "objections.look"), each),) for each in actions))

    return tell(session, people=people, key=key, kind="notice", message=message, now=now)
