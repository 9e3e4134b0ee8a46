"""Telling people something in the chats where they can be reached, each in their language, each once.

Knows how a notice reaches several people. Refuses to know what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.people import reach
from outbox.deliveries import enqueue
from outbox.message import Message


def tell(
    session: Session,
    *,
    people: Iterable[Person],
    key: str,
    kind: str,
    message: Callable[[str], Message],
    now: datetime,
) -> int:
    """Owe `message(language)` to every chat of these people; how many chats that is.

    `key` names the occasion: the same occasion again owes nothing more to a chat that has been told. A chat that
    several of the people share is told once.
    """
    told = set()
    for person in people:
        for chat in reach(session, person.id):
            told.add((chat.channel, chat.address))
            enqueue(
                session,
                dedupe_key=f"{key}:{chat.channel}:{chat.address}",
                channel=chat.channel,
                address=chat.address,
                kind=kind,
                message=message(chat.language),
                now=now,
            )
    return len(told)
