"""Deliveries 投递: messages owed to others, each once, with every state on record.

Knows what is owed to which address, and a person's word on what is in doubt; attempts are `outbox.attempts`, reached
through here as well. Refuses to know how a channel works, who reads there and what a message means; it never sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locales.errors import DomainError
from outbox.attempts import Claimed, claim, recover_interrupted, settle
from outbox.message import Message, from_json, to_json
from outbox.models import Delivery
from outbox.policy import ATTEMPTING, HELD, OWED, REFUSED, SENT, SUPERSEDED, UNCERTAIN
from storage.audit import record
from storage.database import insert_new

__all__ = [
    "LOCAL",
    "Claimed",
    "Decision",
    "Shown",
    "claim",
    "deliveries_for",
    "enqueue",
    "is_known",
    "move_address",
    "recover_interrupted",
    "resolve_uncertain",
    "settle",
]

LOCAL = "local"
"""The channel whose chats are pages of this program: a message there is delivered when its row is visible."""

Decision = Literal["send_again", "mark_sent"]

_ACTOR = "outbox"
_UNFINISHED = (OWED, ATTEMPTING, UNCERTAIN, HELD)
_QUIET = {"synchronize_session": False}  # these use cases keep no Delivery objects that could go stale


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivered message as the page of a local chat shows it."""

    id: int
    kind: str
    message: Message
    created_at: datetime
    edits: int | None = None  # the delivery whose message this one replaces


def enqueue(
    session: Session,
    *,
    dedupe_key: str,
    channel: str,
    address: str,
    kind: str,
    message: Message,
    now: datetime,
    after: int | None = None,
    edits: int | None = None,
) -> int:
    """Owe a message once and return the delivery's id; a key that is known returns its id and changes nothing.

    `kind` is "invitation", "reminder", "notice" or "bulletin". `after` is the delivery that must be sent before this
    one; if that was refused, this one is too. On the channel "local" it is sent with its row. `message` never carries
    a ticket or a sign-in link: what is owed is stored.

    `edits` is the delivery whose message this one replaces, once that has been sent: for the same channel and address,
    anything else is a fault of ours (ValueError). Edits of it that still wait are refused as "superseded". A channel
    that cannot replace a message refuses with `cannot_edit`.
    """
    edited = _edited(session, edits, channel=channel, address=address)
    values: dict[str, Any] = {
        "dedupe_key": dedupe_key, "channel": channel, "address": address, "kind": kind, "message": to_json(message),
        "state": OWED, "attempts": 0, "doubts": 0, "after_id": after, "edits_id": edits,
        "created_at": now,
    }  # fmt: skip
    if channel == LOCAL:
        values |= {"state": SENT, "settled_at": now}
    elif edited == REFUSED or (after is not None and _state_of(session, after) == REFUSED):
        values |= {"state": REFUSED, "code": "predecessor_refused", "settled_at": now}
    is_new = insert_new(session, Delivery, values, ["dedupe_key"])
    delivery_id = session.scalars(select(Delivery.id).where(Delivery.dedupe_key == dedupe_key)).one()
    if is_new:
        details = {"channel": channel, "kind": kind, "state": values["state"]}
        record(
            session, actor=_ACTOR, action="enqueue_delivery", subject=f"delivery:{delivery_id}", now=now,
            details=details,
        )  # fmt: skip
        if edits is not None:
            _supersede(session, edits, delivery_id, now)
    return delivery_id


def is_known(session: Session, dedupe_key: str) -> bool:
    """Whether something has been owed under this key."""
    return session.scalar(select(Delivery.id).where(Delivery.dedupe_key == dedupe_key)) is not None


def resolve_uncertain(session: Session, *, delivery_id: int, actor: str, decision: Decision, now: datetime) -> None:
    """A person's word on a delivery in doubt (uncertain, or held after a restore): send it again, or it has arrived.

    `actor` is the person's reference ("person:chen"); whether they may is the caller's to check. Errors:
    delivery_unknown; delivery_not_uncertain when it is in another state, for instance because a second person was
    faster. Any other decision is a fault of ours: KeyError.
    """
    decided: dict[Decision, dict[str, Any]] = {
        "send_again": {"state": OWED, "not_before": None, "code": "sent_again"},
        "mark_sent": {"state": SENT, "settled_at": now, "code": "marked_sent"},
    }
    changed = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_((UNCERTAIN, HELD)))
        .values(**decided[decision])
        .returning(Delivery.channel, Delivery.kind),
        execution_options=_QUIET,
    ).one_or_none()
    if changed is None:
        state = _state_of(session, delivery_id)
        raise DomainError("delivery_unknown") if state is None else DomainError("delivery_not_uncertain")
    details = {"channel": changed.channel, "kind": changed.kind, "decision": decision}
    record(session, actor=actor, action="resolve_delivery", subject=f"delivery:{delivery_id}", now=now, details=details)


def move_address(session: Session, *, channel: str, old: str, new: str, now: datetime) -> int:
    """Give what is unfinished for `old` the address `new` (a group that migrated); return how many moved."""
    moved = session.scalars(
        update(Delivery)
        .where(Delivery.channel == channel, Delivery.address == old, Delivery.state.in_(_UNFINISHED))
        .values(address=new)
        .returning(Delivery.id),
        execution_options=_QUIET,
    ).all()
    if moved:
        record(
            session, actor=_ACTOR, action="move_deliveries", subject=f"chat:{channel}:{new}", now=now,
            details={"count": len(moved)},
        )  # fmt: skip
    return len(moved)


def deliveries_for(session: Session, *, channel: str, address: str, after_id: int = 0) -> list[Shown]:
    """What has been sent to one address after the delivery `after_id`, oldest first: the page of a local chat."""
    rows = session.execute(
        select(Delivery.id, Delivery.kind, Delivery.message, Delivery.created_at, Delivery.edits_id)
        .where(Delivery.channel == channel, Delivery.address == address, Delivery.id > after_id, Delivery.state == SENT)
        .order_by(Delivery.id)
    )
    return [Shown(row.id, row.kind, from_json(row.message), row.created_at, row.edits_id) for row in rows]


def _edited(session: Session, edits: int | None, *, channel: str, address: str) -> str | None:
    """The state of the delivery that is to be edited, after checking that it went the same way."""
    if edits is None:
        return None
    found = session.execute(
        select(Delivery.state, Delivery.channel, Delivery.address, Delivery.edits_id).where(Delivery.id == edits)
    ).one_or_none()
    if found is None or found.edits_id is not None or (found.channel, found.address) != (channel, address):
        raise ValueError("an edit names the delivery of a message in the same chat")
    state: str = found.state
    return state


def _supersede(session: Session, edits: int, delivery_id: int, now: datetime) -> None:
    """Earlier edits of a message that still wait are no longer wanted."""
    superseded = session.execute(
        update(Delivery)
        .where(Delivery.edits_id == edits, Delivery.id < delivery_id, Delivery.state.in_((OWED, HELD, UNCERTAIN)))
        .values(state=REFUSED, code=SUPERSEDED, settled_at=now, not_before=None)
        .returning(Delivery.id, Delivery.channel, Delivery.kind),
        execution_options=_QUIET,
    ).all()
    for one in superseded:
        details = {"channel": one.channel, "kind": one.kind, "state": REFUSED, "code": SUPERSEDED}
        record(session, actor=_ACTOR, action="settle_delivery", subject=f"delivery:{one.id}", now=now, details=details)


def _state_of(session: Session, delivery_id: int) -> str | None:
    """The state of a delivery, which stays so until this transaction ends; None if there is no such delivery."""
    return session.scalars(
        select(Delivery.state).where(Delivery.id == delivery_id).with_for_update(read=True)
    ).one_or_none()
