"""The one table of the outbox: what is owed to whom, and how far that got."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Delivery(Base):
    """One message for one address, owed once. `attempts` is the fence: each claim counts it up."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("state in ('owed', 'attempting', 'sent', 'refused', 'uncertain', 'held')", name="state"),
        CheckConstraint("kind in ('invitation', 'reminder', 'notice', 'bulletin')", name="kind"),
        CheckConstraint("(state = 'attempting') = (lease_until is not null)", name="lease_while_attempting"),
        CheckConstraint("(state in ('sent', 'refused')) = (settled_at is not null)", name="settled_at_the_end"),
        CheckConstraint("attempts >= 0 and doubts >= 0 and doubts <= attempts", name="counts"),
        CheckConstraint("after_id <> id", name="not_after_itself"),
        CheckConstraint("edits_id <> id", name="not_of_itself"),
        Index("ix_delivery_lane", "state", "channel", "kind", "id"),  # claims, and lists by state
        Index("ix_delivery_address", "channel", "address", "id"),  # a chat's page, a chat that moves
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(12))
    message: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int]
    doubts: Mapped[int]  # attempts whose end nobody knows; only repeatable kinds may have more than one
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    after_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)
    edits_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)  # whose message it rewrites
    message_ref: Mapped[str | None] = mapped_column(String(64))  # the channel's own name for what was sent
    code: Mapped[str | None] = mapped_column(String(40))  # why the last attempt did not end in `sent`
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
