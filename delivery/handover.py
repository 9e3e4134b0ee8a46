"""One claimed delivery: made ready and handed to its sender; and its end, written down.

Knows the outbox and the chats of the consortium. Refuses to know any channel, and never decides to repeat: what
follows from an end is `outbox.policy`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from consortium.chats import follow_migration, mark_unreachable
from delivery.outgoing import Moved, Outgoing, ReadyButton, Sender
from outbox.deliveries import Claimed, move_address, settle
from outbox.message import Button, encode_action
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Uncertain
from scheduler.channel_notices import tell_of_failure
from storage.database import Database

PICTURE_LIMIT = 15.0
"""Seconds that drawing a picture and a document may take together."""

_UNREACHABLE = ("blocked", "gone")  # codes of refusals that speak of the chat; its states are called alike

log = structlog.get_logger(__name__)

Withheld = Callable[[Session], str]
"""How the dedupe keys of what must wait at this moment begin; "" if nothing must."""

Picture = Callable[[str], Awaitable[bytes]]
"""Resolves a picture's key to PNG bytes, or a document's to PDF bytes; drawing it again and again is the caller's to
avoid."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handover needs."""

    database: Database
    clock: Callable[[], datetime]
    secret: bytes
    picture: Picture
    withheld: Withheld
    document: Picture


@dataclass(frozen=True, slots=True)
class _Files:
    """The bytes that go with a message."""

    picture: bytes | None = None
    document: bytes | None = None


async def hand_over(desk: Desk, sender: Sender, claimed: Claimed, *, lease_until: datetime) -> Outcome | Moved:
    """Let the sender try once and return how it ended, whatever happens; when cancelled, how far it had come."""
    if_stopped: Outcome = NotSent("stopped")
    try:
        files = await _files(desk, claimed)
        if isinstance(files, NotSent):
            return files
        if_stopped = Uncertain("stopped")
        return await _send(desk, sender, claimed, files, lease_until)
    except asyncio.CancelledError:  # the worker stops and still writes this down
        return if_stopped


def write_end(session: Session, *, claimed: Claimed, end: Outcome | Moved, now: datetime) -> None:
    """Settle a delivery, and note what its end says about the chat."""
    outcome: Outcome
    if isinstance(end, Moved):
        follow_migration(session, channel=claimed.channel, old=claimed.address, new=end.address, now=now)
        move_address(session, channel=claimed.channel, old=claimed.address, new=end.address, now=now)
        outcome = RetryAt(now, "chat_moved")
    else:
        outcome = end
    was_settled = settle(session, delivery_id=claimed.id, attempt=claimed.attempt, outcome=outcome, now=now)
    if isinstance(outcome, Refused) and outcome.code in _UNREACHABLE:
        mark_unreachable(session, channel=claimed.channel, address=claimed.address, state=outcome.code, now=now)
    code = getattr(outcome, "code", None)
    if code is not None and was_settled and not isinstance(outcome, Uncertain):
        tell_of_failure(
            session, channel=claimed.channel, address=claimed.address, kind=claimed.kind, code=code,
            is_over=isinstance(outcome, Refused), attempt=claimed.attempt, now=now,
        )  # fmt: skip
    if code is not None or not was_settled:
        log.info(
            "delivery_not_sent" if was_settled else "delivery_settled_elsewhere",
            delivery=claimed.id,
            channel=claimed.channel,
            attempt=claimed.attempt,
            end=type(end).__name__,
            code=code,
        )


async def _files(desk: Desk, claimed: Claimed) -> _Files | NotSent:
    """The bytes of the message's picture and document; NotSent when one cannot be drawn now."""
    message = claimed.message
    try:
        async with asyncio.timeout(PICTURE_LIMIT):
            return _Files(
                picture=None if message.picture is None else await desk.picture(message.picture),
                document=None if message.document is None else await desk.document(message.document),
            )
    except Exception as fault:  # noqa: BLE001 - whatever stops the drawing, the delivery stays owed and is listed
        log.warning("picture_failed", delivery=claimed.id, error=type(fault).__name__)
        return NotSent("picture_failed")


async def _send(desk: Desk, sender: Sender, claimed: Claimed, files: _Files, lease_until: datetime) -> Outcome | Moved:
    """Let the sender try once, within the time that the lease covers."""
    start_by = lease_until - timedelta(seconds=sender.longest_call)
    outgoing = _ready(claimed, desk.secret, files, start_by)
    try:
        async with asyncio.timeout(sender.longest_call):
            return await sender.send(outgoing)
    except TimeoutError:
        return Uncertain("too_slow")
    except Exception as fault:  # noqa: BLE001 - a sender that raises has a defect, and the message may have left
        log.warning("sender_failed", delivery=claimed.id, channel=claimed.channel, error=type(fault).__name__)
        return Uncertain("sender_fault")


def _ready(claimed: Claimed, secret: bytes, files: _Files, start_by: datetime) -> Outgoing:
    """The message as the channel gets it: each action signed for the chat it goes to, only now."""

    def ready(button: Button) -> ReadyButton:
        if button.url is not None:
            return ReadyButton(button.text, url=button.url)
        return ReadyButton(button.text, data=encode_action(secret, claimed.address, button.action))

    message = claimed.message
    buttons = tuple(tuple(ready(button) for button in row) for row in message.buttons)
    return Outgoing(
        claimed.address, message.text, buttons, files.picture, message.alt, start_by,
        title=message.title, document=files.document, edits=claimed.edits, edits_file=claimed.edits_file,
        delivery=claimed.id,
    )  # fmt: skip
