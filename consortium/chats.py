"""Chats 聊天: private ones and groups; what a group is for; groups that move; chats that can no longer be reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.models import Chat
from consortium.permissions import Actor, may_manage_people, require
from consortium.units import unit
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new

BULLETIN, UNIT, OFFICE_ROOM = "bulletin", "unit", "office"


def see_chat(
    session: Session,
    *,
    channel: str,
    address: str,
    kind: str,
    title: str,
    now: datetime,
    person_id: str | None = None,
) -> Chat:
    """The row of a chat that has just spoken: made at the first word, active again, titled as it is now."""
    values = {
        "channel": channel, "address": address, "kind": kind, "title": title[:255], "state": "active",
        "person_id": person_id, "seen_at": now,
    }  # fmt: skip
    is_new = insert_new(session, Chat, values, ["channel", "address"])
    chat = chat_at(session, channel=channel, address=address)
    if is_new:
        record(session, actor=f"chat:{channel}", action="see_chat", subject=subject(chat), now=now)
    changed = {"title": title[:255] or chat.title, "state": "active", "person_id": person_id or chat.person_id}
    for name, value in changed.items():
        if getattr(chat, name) != value:
            setattr(chat, name, value)
    return chat


def chat_at(session: Session, *, channel: str, address: str) -> Chat:
    """The chat at an address, or `chat_unknown`."""
    chat = session.scalar(select(Chat).where(Chat.channel == channel, Chat.address == address))
    if chat is None:
        raise DomainError("chat_unknown")
    return chat


def bind_chat(
    session: Session, *, actor: Actor, chat_id: int, purpose: str | None, unit_code: str | None = None, now: datetime
) -> Chat:
    """Say what a group is for: the bulletin, one unit, the office's own work, or nothing (`purpose` None)."""
    require(may_manage_people(actor))
    chat = session.get(Chat, chat_id)
    if chat is None or chat.kind != "group":
        raise DomainError("chat_unknown")
    if unit_code is not None:
        unit(session, unit_code)
    chat.purpose, chat.unit_code = purpose, unit_code if purpose == UNIT else None
    session.flush()
    record(
        session,
        actor=actor.ref,
        action="bind_chat",
        subject=subject(chat),
        now=now,
        details={"purpose": purpose or "none", "unit": unit_code or ""},
    )
    return chat


def set_language(session: Session, *, chat: Chat, language: str, actor: str, now: datetime) -> None:
    """The language in which a chat is spoken to from now on."""
    chat.language = language
    record(session, actor=actor, action="set_language", subject=subject(chat), now=now,
           details={"language": language})  # fmt: skip


def follow_migration(session: Session, *, channel: str, old: str, new: str, now: datetime) -> None:
    """A group got a new address: the row moves. If the new address is known already, it inherits the purpose."""
    chat = session.scalar(select(Chat).where(Chat.channel == channel, Chat.address == old))
    if chat is None:
        return
    arrived = session.scalar(select(Chat).where(Chat.channel == channel, Chat.address == new))
    if arrived is None:
        chat.address = new
    else:
        arrived.purpose, arrived.unit_code = chat.purpose or arrived.purpose, chat.unit_code or arrived.unit_code
        arrived.language = chat.language or arrived.language
        chat.purpose, chat.unit_code, chat.state = None, None, "gone"
    session.flush()
    record(session, actor=f"chat:{channel}", action="migrate_chat", subject=f"chat:{channel}:{new}", now=now,
           details={"from": old})  # fmt: skip


def mark_unreachable(session: Session, *, channel: str, address: str, state: str, now: datetime) -> None:
    """The platform refuses this chat: `blocked` (it may come back) or `gone`."""
    _change_state(session, channel=channel, address=address, state=state, now=now)


def mark_reachable(session: Session, *, channel: str, address: str, now: datetime) -> None:
    """The chat speaks to us again."""
    _change_state(session, channel=channel, address=address, state="active", now=now)


def subject(chat: Chat) -> str:
    """How the audit names a chat: a group by its address, a private one by its row. A patient's address stands in no
    row that outlives the chat's.
    """
    return f"chat:{chat.id}" if chat.kind == "private" else f"chat:{chat.channel}:{chat.address}"


def bulletin_chats(session: Session) -> list[Chat]:
    """The groups that receive the bulletin, oldest first."""
    return list(session.scalars(select(Chat).where(Chat.purpose == BULLETIN, Chat.state == "active").order_by(Chat.id)))


def _change_state(session: Session, *, channel: str, address: str, state: str, now: datetime) -> None:
    changed = session.execute(
        update(Chat)
        .where(Chat.channel == channel, Chat.address == address, Chat.state != state)
        .values(state=state)
        .returning(Chat.id)
    ).all()
    for row in changed:
        chat = session.get_one(Chat, row.id)
        record(session, actor=f"chat:{channel}", action=f"chat_{state}", subject=subject(chat), now=now)
