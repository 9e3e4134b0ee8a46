"""Ways out that fail, and trying one: the office is told of a failure once a day and place, and may send a test line.

Knows what counts as a failure that people should hear of. Refuses to know how a channel works: whatever is owed is
tried again by its own rules, and what was refused stays on the list.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.notices import tell
from consortium.chats import subject
from consortium.models import Chat, Person
from consortium.one_line import one_line
from consortium.people import people_with_role
from consortium.permissions import OFFICE, Actor, may_run_season, require
from locales.errors import DomainError
from locales.texts import DEFAULT_LANGUAGE, text
from outbox.channel_limits import CONFIGURED
from outbox.deliveries import enqueue, is_known
from outbox.message import Message
from outbox.policy import SUPERSEDED
from storage.audit import record

REPEATED = 3
"""Attempts after which a failure that repairs itself, it may be, is told as well."""

_OF_OURS = frozenset(
    {SUPERSEDED, "predecessor_refused", "channel_unknown", "rehearsal", "paced", "lease_lost", "stopped"}
)


def tell_of_failure(
    session: Session, *, channel: str, address: str, kind: str, code: str, is_over: bool, attempt: int, now: datetime
) -> int:
    """Tell the office that a way out fails: at once when something was refused, else from the third attempt on.

    Only of what many read (a bulletin, or anything on a configured channel): that a person has blocked the bot is seen
    elsewhere. Once a day and place; how many chats were told.
    """
    if code in _OF_OURS or not (is_over or attempt >= REPEATED) or not (kind == "bulletin" or channel in CONFIGURED):
        return 0
    chat = session.scalar(select(Chat).where(Chat.channel == channel, Chat.address == address))

    def message(language: str) -> Message:
        place = one_line(chat.title) if chat is not None and chat.title else address
        reason = text(language, f"outbox.code.{code}")
        kind_name = text(language, f"channels.kind.{channel}")
        key = "channels.failed.refused" if is_over else "channels.failed.repeated"
        return Message(text(language, key, place=place, kind=kind_name, reason=reason))

    place_key = str(chat.id) if chat is not None else f"{channel}:{address}"
    people = people_with_role(session, OFFICE)
    return tell(session, people=people, key=f"way:{place_key}:{now:%Y%m%d}", kind="notice", message=message, now=now)


def tried_line(session: Session, *, chat: Chat, actor: Actor, local_time: str) -> Message:
    """The line that a test sends, in the chat's language: exactly what will arrive."""
    language = chat.language or DEFAULT_LANGUAGE
    person = session.get(Person, actor.person_id)
    name = one_line(person.name) if person is not None else ""
    said = text(language, "channels.test.line", name=name, time=local_time)
    return Message(said, title=text(language, "channels.test.title"))


def send_test_line(
    session: Session, *, chat_id: int, message: Message, asked: str, actor: Actor, now: datetime
) -> bool:
    """Owe a test line to a group or channel; False, and nothing changes, for the same asking again.

    `asked` names the asking. Errors: `channel_unknown` for a chat that is none of these.
    """
    require(may_run_season(actor))
    chat = testable_chat(session, chat_id)
    key = f"test-line:{chat_id}:{asked}"
    if is_known(session, key):
        return False
    enqueue(
        session, dedupe_key=key, channel=chat.channel, address=chat.address, kind="notice", message=message, now=now
    )
    record(session, actor=actor.ref, action="test_channel", subject=subject(chat), now=now)
    return True


def testable_chat(session: Session, chat_id: int) -> Chat:
    """A group or channel that is there; `channel_unknown` for anything else."""
    chat = session.get(Chat, chat_id)
    if chat is None or chat.kind != "group" or chat.state != "active":
        raise DomainError("channel_unknown")
    return chat
