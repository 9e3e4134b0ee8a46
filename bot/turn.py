"""A turn: one thing said, by whom, where, in which language, with what is needed to answer it.

Knows how to find out who speaks and in what language to answer. Refuses to know what is said.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.inbound import PRIVATE, Inbound
from consortium.chats import see_chat
from consortium.models import Chat
from consortium.people import actor_of_account
from consortium.permissions import Actor
from consortium.units import zone
from locales.errors import DomainError
from locales.texts import known_language, text


@dataclass(frozen=True, slots=True)
class Context:
    """What the edge gives to every turn. `secret` signs buttons; the addresses are None where there are none."""

    secret: bytes = field(repr=False)
    now: datetime
    public_url: str | None = None
    bot_name: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation. `actor` is None for whoever is not a person known by name: patients, strangers."""

    session: Session
    said: Inbound
    context: Context
    actor: Actor | None
    chat: Chat
    language: str

    @property
    def now(self) -> datetime:
        return self.context.now

    @property
    def local_now(self) -> datetime:
        """The present moment on the consortium's clocks, by which people say "yesterday"."""
        return self.context.now.astimezone(zone(self.session))

    @property
    def is_private(self) -> bool:
        return self.said.chat_kind == PRIVATE

    @property
    def speaker(self) -> str:
        """How the audit names who speaks."""
        return self.actor.ref if self.actor is not None else "patient"

    def text(self, key: str, **values: object) -> str:
        """A text in the language of this turn."""
        return text(self.language, key, **values)

    def known_actor(self) -> Actor:
        """The person who speaks, or `not_allowed`: patients and strangers have no roles."""
        if self.actor is None:
            raise DomainError("not_allowed")
        return self.actor

    def in_language(self, language: str) -> Turn:
        return dataclasses.replace(self, language=language)


def begin_turn(session: Session, said: Inbound, context: Context) -> Turn:
    """Find out who speaks (roles as they are now) and note the chat as seen.

    A private chat's title is the speaker's name and is not kept: patients have none here.
    """
    actor = actor_of_account(session, channel=said.channel, account=said.account)
    person = actor if said.chat_kind == PRIVATE else None
    chat = see_chat(
        session,
        channel=said.channel,
        address=said.chat,
        kind=said.chat_kind,
        title=said.title if said.chat_kind != PRIVATE else "",
        now=context.now,
        person_id=person.person_id if person is not None else None,
    )
    language = chat.language or (person.language if person is not None else known_language(said.language_hint))
    return Turn(session=session, said=said, context=context, actor=actor, chat=chat, language=language)
