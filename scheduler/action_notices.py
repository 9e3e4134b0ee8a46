"""Whom actions are told: the unit what is asked of it and when, the office what is overdue and what was done.

Everything is told once, by a key of the occasion; of one month a unit gets one message. Refuses to decide anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.people import people_with_role, unit_people
from consortium.periods import Period
from consortium.permissions import OFFICE
from consortium.workdays import calendar_of, local_date, workdays_left
from evaluation.actions import CLOSED, OPEN, STANDING, actions, is_overdue
from evaluation.office_models import Action
from locales.texts import text
from outbox.message import Button, Message
from scheduler.objection_wording import indicator_names, unit_name

LETTER, LIST, LOOK = "a", "s", "v"
"""What the buttons do: the list of one's own, the look at one."""

REMIND_BEFORE = 3
"""Working days before an action is due on which the unit is reminded, once."""

_MOST_LINES = 8
_WEEK = 7


def tell_of_actions(session: Session, *, now: datetime) -> int:
    """Day by day: what is asked anew, what goes another round, what is due soon, overdue (once a week) or closed."""
    today, calendar = local_date(session, now), calendar_of(session)
    told = _tell_asked(session, now)
    for found in actions(session, states=STANDING):
        if is_overdue(found, today):
            week = ((today - found.due_on).days - 1) // _WEEK
            told += _tell_unit_and_office(session, found, "overdue", f"{found.due_on}:{week}", now)
        elif found.state == OPEN and 0 <= workdays_left(today, found.due_on, calendar) <= REMIND_BEFORE:
            told += tell_unit(session, found, "due_soon", f"{found.due_on}", now, kind="reminder")
    for found in actions(session, states=(CLOSED,)):
        if found.closed_at is not None and _is_recent(found.closed_at, today, session):
            told += _tell_unit_and_office(session, found, "closed", f"{found.rounds}", now)
    return told


def tell_unit(session: Session, found: Action, occasion: str, key: str, now: datetime, *, kind: str = "notice") -> int:
    """Tell the people of the unit; how many chats."""
    people = unit_people(session, found.unit_code)
    return _tell(session, found, people, occasion, f"action-{occasion}:{found.id}:{key}:unit", now, kind)


def tell_office(session: Session, found: Action, occasion: str, key: str, now: datetime) -> int:
    """Tell the office; how many chats."""
    people = people_with_role(session, OFFICE)
    return _tell(session, found, people, occasion, f"action-{occasion}:{found.id}:{key}:office", now, "notice")


def action_words(session: Session, found: Action, language: str) -> str:
    """The indicator that an action is about, by its name."""
    return indicator_names(session, Period.parse(found.period), language).get(found.indicator, found.indicator)


def _tell_asked(session: Session, now: datetime) -> int:
    """One message a unit, month and round."""
    groups: dict[tuple[str, str, int, str], list[Action]] = {}
    for found in actions(session, states=(OPEN,)):
        if found.words is None or found.rounds > 1:
            about = (found.unit_code, found.period, found.rounds, found.recheck_period)
            groups.setdefault(about, []).append(found)
    told = 0
    for (unit_code, period, rounds, recheck), of_unit in groups.items():
        occasion = "asked" if rounds == 1 else "again"
        key = f"actions-{occasion}:{unit_code}:{period}:{rounds}:{recheck}"
        told += _tell_group(session, of_unit, unit_people(session, unit_code), occasion, key, now)
    return told


def _tell_group(  # noqa: PLR0917 - the facts of one message
    session: Session, group: Sequence[Action], people: Iterable[Person], occasion: str, key: str, now: datetime
) -> int:
    def message(language: str) -> Message:
        lines = [f"· {action_words(session, each, language)}" for each in group[:_MOST_LINES]]
        if len(group) > _MOST_LINES:
            lines.append(text(language, "actions.more", count=len(group) - _MOST_LINES))
        first = group[0]
        said = text(
            language,
            f"actions.told.{occasion}",
            unit=unit_name(session, first.unit_code, language),
            period=period_name(Period.parse(first.period), language),
            count=len(group),
            due=min(each.due_on for each in group).isoformat(),
            lines="\n".join(lines),
        )
        return Message(said, ((Button(text(language, "actions.look"), (LETTER, LIST, "0")),),))

    return tell(session, people=people, key=key, kind="notice", message=message, now=now)


def _tell_unit_and_office(session: Session, found: Action, occasion: str, key: str, now: datetime) -> int:
    return tell_unit(session, found, occasion, key, now) + tell_office(session, found, occasion, key, now)


def _tell(  # noqa: PLR0917 - the facts of one message
    session: Session, found: Action, people: Iterable[Person], occasion: str, key: str, now: datetime, kind: str
) -> int:
    def message(language: str) -> Message:
        said = text(
            language,
            f"actions.told.{occasion}",
            unit=unit_name(session, found.unit_code, language),
            number=found.number,
            name=action_words(session, found, language),
            due=found.due_on.isoformat(),
            reason=found.done_words or "",
            words=found.done_words or "",
            plan=found.words or "",
        )
        return Message(said, ((Button(text(language, "actions.look"), (LETTER, LOOK, str(found.id))),),))

    return tell(session, people=people, key=key, kind=kind, message=message, now=now)


def _is_recent(moment: datetime, today: date, session: Session) -> bool:
    return (today - local_date(session, moment)).days <= _WEEK
