"""Telling people of an honour: nominations are open, voting is open, the office may decide, nobody was nominated.

Knows who is told and the button that leads on. What is said is text; who is nominated is never part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.honour_models import Honour
from bulletins.notices import tell
from bulletins.wording import name_in, period_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import HEAD, OFFICE, REPRESENTATIVE
from consortium.units import zone
from locales.texts import text
from outbox.message import Button, Message

CONVERSATION = "h"
LOOK, DESK = "l", "d"
"""Verbs: one honour for whoever nominates and votes; the same for the office."""


def told_of_opening(session: Session) -> list[Person]:
    """Who hears of nominations: representatives and heads of units, each once."""
    found = {person.id: person for role in (REPRESENTATIVE, HEAD) for person in people_with_role(session, role)}
    return [found[each] for each in sorted(found)]


def tell_of_opening(session: Session, found: Honour, now: datetime) -> int:
    """Nominations are taken; to how many chats that goes."""
    people = told_of_opening(session)
    key = f"honour:{found.id}:open:{found.opened_at.isoformat()}"
    return _tell(session, people, key, "honours.notice.opened", found=found, verb=LOOK, now=now)


def tell_of_voting(session: Session, found: Honour, voters: Iterable[str], now: datetime) -> int:
    """Voting is open."""
    people = [person for each in voters if (person := session.get(Person, each)) is not None]
    return _tell(session, people, f"honour:{found.id}:vote", "honours.notice.voting", found=found, verb=LOOK, now=now)


def tell_of_end(session: Session, found: Honour, now: datetime) -> int:
    """Voting is over: the office decides."""
    people = people_with_role(session, OFFICE)
    return _tell(session, people, f"honour:{found.id}:end", "honours.notice.ended", found=found, verb=DESK, now=now)


def tell_of_nobody(session: Session, found: Honour, now: datetime) -> int:
    """Nobody who may have it was nominated: it was given up."""
    people = people_with_role(session, OFFICE)
    key = f"honour:{found.id}:nobody:{found.opened_at.isoformat()}"
    return _tell(session, people, key, "honours.notice.nobody", found=found, verb=DESK, now=now)


def title_of(found: Honour, language: str) -> str:
    """`协同标兵单位 · 2026年10月`."""
    return f"{name_in(found.name, language, found.code)} · {period_name(Period.parse(found.period), language)}"


def until_words(session: Session, moment: datetime) -> str:
    """An end, on the consortium's clock."""
    return f"{moment.astimezone(zone(session)):%Y-%m-%d %H:%M}"


def _tell(
    session: Session, people: Iterable[Person], key: str, said: str, *, found: Honour, verb: str, now: datetime
) -> int:
    until = {
        "nominate_until": until_words(session, found.nominate_until),
        "vote_until": until_words(session, found.vote_until),
    }

    def message(language: str) -> Message:
        words = text(language, said, name=title_of(found, language), **until)
        return Message(words, ((Button(text(language, f"{said}.button"), (CONVERSATION, verb, str(found.id))),),))

    return tell(session, people=people, key=key, kind="notice", message=message, now=now)
