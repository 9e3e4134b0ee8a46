"""Tables of honesty: answers that are held out of the points, and which answers of a month came from one account.

Neither knows what was answered. A sender is a hash under the installation's secret and the month: it is the same for
the answers of one account in one month, says nothing about whose account that is, and is deleted with the settlement.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class SenderTrace(Base):
    """Whose answer this was, without saying who: told apart from others of the same month, and no further."""

    __tablename__ = "sender_trace"

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), index=True)
    sender: Mapped[str] = mapped_column(String(64))


class Hold(Base):
    """A response that was doubted, why, and what two people made of it. `signals`: signal → weight.

    Held until somebody proposes to release it and somebody else agrees, or somebody keeps it out.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("state in ('held', 'proposed', 'released', 'kept')", name="state"),
        CheckConstraint("(state in ('proposed', 'released')) = (proposed_by is not null)", name="proposed"),
        CheckConstraint("(proposed_by is null) = (proposed_at is null)", name="proposed_at"),
        CheckConstraint("(state in ('released', 'kept')) = (decided_by is not null)", name="decided"),
        CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_at"),
        CheckConstraint("state <> 'released' or decided_by <> proposed_by", name="two_people"),
        Index("ix_hold_period", "period", "unit_code"),
    )

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    signals: Mapped[dict[str, int]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8))
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
