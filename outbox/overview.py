"""What the office and the doctor see of the outbox: which deliveries stand in which state, and why.

Knows states, counts and codes. Refuses to know what a message says: no text leaves through here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one delivery stands; `code` (text `outbox.code.<code>`) says why its latest attempt did not succeed."""

    id: int
    dedupe_key: str
    kind: str
    channel: str
    address: str
    state: str
    attempts: int
    code: str | None
    not_before: datetime | None
    created_at: datetime
    settled_at: datetime | None


def list_by_state(
    session: Session, *, states: Collection[str], only_tried: bool = False, limit: int = 200
) -> list[Standing]:
    """The oldest `limit` deliveries in these states, for instance all that are "uncertain" and wait for a person.

    With `only_tried` those alone that were attempted before: "owed" ones among them show a channel that is down,
    slow or set up wrongly.
    """
    statement = (
        select(
            Delivery.id,
            Delivery.dedupe_key,
            Delivery.kind,
            Delivery.channel,
            Delivery.address,
            Delivery.state,
            Delivery.attempts,
            Delivery.code,
            Delivery.not_before,
            Delivery.created_at,
            Delivery.settled_at,
        )
        .where(Delivery.state.in_(sorted(states)))
        .order_by(Delivery.id)
        .limit(limit)
    )
    if only_tried:
        statement = statement.where(Delivery.attempts > 0)
    return [Standing(*row) for row in session.execute(statement)]


def count_by_state(session: Session) -> dict[str, int]:
    """How many deliveries stand in each state; a state without any is absent."""
    statement = select(Delivery.state, func.count()).group_by(Delivery.state)
    return dict(session.execute(statement).all())
