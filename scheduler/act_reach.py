"""Who has been told of a round and who could be: from what the outbox owes and from the chats people are in.

Knows the keys under which a round's invitations, reminders and new closing times are owed. Refuses to know what they
say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.people import reach
from consortium.periods import Period
from outbox.models import Delivery

REMINDER_PAUSE = timedelta(hours=12)
"""A unit that was reminded is not reminded again by hand for so long."""

_UNIT_PLACE = 3  # occasion:month:moment:unit:channel:address


def told_units(
    session: Session, period: Period, occasions: Collection[str], *, since: datetime | None = None
) -> set[str]:
    """The units of which somebody was told of the month's round on one of these occasions (after `since`)."""
    is_about = or_(*(Delivery.dedupe_key.startswith(f"{each}:{period}:", autoescape=True) for each in occasions))
    found = select(Delivery.dedupe_key).where(is_about)
    if since is not None:
        found = found.where(Delivery.created_at > since)
    return {key.split(":")[_UNIT_PLACE] for key in session.scalars(found)}


def chats_by_channel(session: Session, people: Iterable[Person]) -> dict[str, int]:
    """In how many chats of each channel these people can be told something; a chat that two share counts once."""
    chats = {(chat.channel, chat.address) for person in people for chat in reach(session, person.id)}
    return dict(sorted(Counter(channel for channel, _ in chats).items()))
