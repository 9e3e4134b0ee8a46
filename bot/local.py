"""The local channel: simulator and terminal speak through here, and share every line above the adapter with Telegram.

Knows local accounts (`person:<id>` and `patient:<anything>`; the chat has the account's name) and the JSON-able form in
which a local chat gets its messages. Refuses to know pages and terminals. Both are open only to who already holds the
machine. Draws the references of new messages from the system's random source.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from bot.dialogue import respond
from bot.inbound import Inbound, Kind, Reply, read_words
from bot.turn import Context
from locales.errors import DomainError
from outbox.deliveries import LOCAL, deliveries_for
from outbox.message import Message, encode_action
from surveys.responses import remember_message

_ACCOUNT = re.compile(r"(?:person|patient):[A-Za-z0-9_.-]{1,40}", re.ASCII)

Item = dict[str, Any]
"""`{"do": "send"|"edit", "ref", "text", "buttons": [[{"text", "data"}|{"text", "url"}]], "picture", "alt"}`, or
`{"do": "toast", "text"}`. An edit whose `ref` is not shown any more is to be shown as new. Keys that say nothing are
left out: no buttons, no picture."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was done: `text` with the typed words (commands included), or `tap` with the button's data and its message's
    `ref`. `start` with a ticket opens a survey as a link would.
    """

    kind: Kind
    content: str = field(default="", repr=False)
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class LocalReply:
    """What the chat is to show, in order."""

    items: tuple[Item, ...]


def respond_locally(
    session: Session, *, account: str, said: Said, context: Context, language: str | None = None
) -> LocalReply:
    """One thing said in a local chat, answered in the same transaction. `local_account_malformed` for odd accounts.

    What is owed to the chat besides is `delivered`; it is shown by whoever shows the chat.
    """
    if not _ACCOUNT.fullmatch(account):
        raise DomainError("local_account_malformed")
    kind, content = read_words(said.content) if said.kind == "text" else (said.kind, said.content)
    inbound = Inbound(
        channel=LOCAL,
        chat=account,
        account=account,
        kind=kind,
        content=content,
        language_hint=language,
        message_ref=said.ref if said.kind == "tap" else None,
    )
    reply = respond(session, inbound, context=context)
    return LocalReply(tuple(_items(session, inbound, reply, context.secret)))


def delivered(session: Session, *, account: str, after_id: int, context: Context) -> list[tuple[int, Item]]:
    """What has been sent to a local chat after the delivery `after_id`: (delivery, item), oldest first."""
    return [
        (
            shown.id,
            shown_message(
                shown.message,
                chat=account,
                secret=context.secret,
                ref=f"d{shown.edits or shown.id}",
                do="edit" if shown.edits else "send",
            ),
        )
        for shown in deliveries_for(session, channel=LOCAL, address=account, after_id=after_id)
    ]


def shown_message(message: Message, *, chat: str, secret: bytes, ref: str, do: str = "send") -> Item:
    """A message as an item: its buttons' actions signed for this chat."""
    item: Item = {"do": do, "ref": ref, "text": message.text}
    if message.buttons:
        item["buttons"] = [
            [
                {"text": button.text, "url": button.url}
                if button.url is not None
                else {"text": button.text, "data": encode_action(secret, chat, button.action)}
                for button in row
            ]
            for row in message.buttons
        ]
    if message.picture is not None:
        item |= {"picture": message.picture, "alt": message.alt}
    return item


def _items(session: Session, inbound: Inbound, reply: Reply, secret: bytes) -> list[Item]:
    items: list[Item] = []
    if reply.toast is not None:
        items.append({"do": "toast", "text": reply.toast})
    if reply.screen is not None:
        place = (reply.place or inbound.message_ref) if reply.edits else None
        ref = place or _new_ref()
        do = "edit" if place else "send"
        items.append(shown_message(reply.screen, chat=inbound.chat, secret=secret, ref=ref, do=do))
        if reply.remember is not None and ref != reply.remembered:
            remember_message(session, response_id=reply.remember, message_ref=ref)
    items += [shown_message(each, chat=inbound.chat, secret=secret, ref=_new_ref()) for each in reply.more]
    return items


def _new_ref() -> str:
    return secrets.token_hex(8)
