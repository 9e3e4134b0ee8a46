"""Shorthands of the outbox tests: a clock that is moved by hand, messages, and a look at a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outbox.deliveries import claim, enqueue
from outbox.message import Message
from outbox.models import Delivery
from storage.audit import AuditRow

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def owe(session: Session, key: str, *, kind: str = "invitation", address: str | None = None, **more: object) -> int:
    values = {"channel": "telegram", "message": Message(f"text of {key}"), "now": NOON} | more
    return enqueue(session, dedupe_key=key, address=address or f"chat-{key}", kind=kind, **values)


def take(
    session: Session,
    *,
    seconds: float = 0,
    limit: int = 10,
    avoid: tuple[str, ...] = (),
    channel: str = "telegram",
    withheld: str = "",
):
    return claim(session, now=at(seconds), lease=LEASE, limit=limit, channel=channel, avoid=avoid, withheld=withheld)


def row(session: Session, delivery_id: int) -> Delivery:
    session.expire_all()
    return session.scalars(select(Delivery).where(Delivery.id == delivery_id)).one()


def state(session: Session, delivery_id: int) -> tuple[str, str | None]:
    delivery = row(session, delivery_id)
    return delivery.state, delivery.code


def audited(session: Session, action: str) -> list[tuple[str, dict[str, object]]]:
    rows = session.execute(
        select(AuditRow.actor, AuditRow.details).where(AuditRow.action == action).order_by(AuditRow.id)
    )
    return [tuple(one) for one in rows]
