"""Whom duties are told: owners what still lacks evidence, and people of the office that duty changed hands.

Owners are reminded in March, June and September and in each of the last three months, once a month. Everything is told
once, by a key of the occasion.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import name_in
from consortium.duties import DutyLine, duties, owners_lacking
from consortium.models import Person
from consortium.permissions import Actor
from consortium.workdays import local_date
from locales.texts import text
from outbox.message import Button, Message

LETTER, LIST = "d", "l"
"""What the button does: the list of one's own duties."""

REMINDED_IN = (3, 6, 9, 10, 11, 12)

_MOST_LINES = 9


def remind_owners(session: Session, *, now: datetime) -> int:
    """Remind owners of what lacks evidence this year; how many chats."""
    today = local_date(session, now)
    if today.month not in REMINDED_IN:
        return 0
    told = 0
    for owner, lacking in owners_lacking(duties(session, year=today.year)).items():
        person = session.get(Person, owner)
        if person is not None and person.active:
            told += _remind(session, person, lacking, f"{today.year}-{today.month:02d}", now)
    return told


def tell_of_handover(session: Session, *, to: str | None, by: Actor, occasion: str, now: datetime) -> int:
    """Tell whoever had or gets the duty ("taken", "handed"); how many chats."""
    person = session.get(Person, to) if to is not None else None
    if person is None or person.id == by.person_id:
        return 0

    def message(language: str) -> Message:
        return Message(text(language, f"duties.told.{occasion}", name=by.name))

    key = f"duty-{occasion}:{person.id}:{now.isoformat()}"
    return tell(session, people=[person], key=key, kind="notice", message=message, now=now)


def _remind(session: Session, person: Person, lacking: list[DutyLine], month: str, now: datetime) -> int:
    def message(language: str) -> Message:
        lines = [f"· {name_in(each.duty.name, language, each.duty.code)}" for each in lacking[:_MOST_LINES]]
        said = text(language, "duties.told.lacking", year=month[:4], count=len(lacking), lines="\n".join(lines))
        return Message(said, ((Button(text(language, "duties.look"), (LETTER, LIST)),),))

    key = f"duties-lacking:{month}:{person.id}"
    return tell(session, people=[person], key=key, kind="reminder", message=message, now=now)
