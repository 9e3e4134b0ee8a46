"""Tables of the expert panel 专家组: one panel a month, who marks which unit, what a count leaves, and evidence files.

No row joins an expert to a mark. The sealed ballots of a panel are a table of their own (`reviews.ballot_store`), as
those of a round are.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Exact, Json, UtcDateTime

_IS_OPEN = text("state = 'open'")


class Panel(Base):
    """One month's panel; at most one is open. Key, criteria, minimums and each unit's table are frozen at opening.

    `receipts` is the published text of the receipt lists and `root` its root; `token_key` goes with the ballots.
    """

    __tablename__ = "panel"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed', 'counted', 'erased')", name="state"),
        Index("uq_panel_open", "state", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    public_key: Mapped[str] = mapped_column(Text)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    minimums: Mapped[dict[str, int]] = mapped_column(Json)
    tables: Mapped[dict[str, list[str]]] = mapped_column(Json)
    token_key: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ballots_counted: Mapped[int | None]
    ballots_void: Mapped[int | None]
    root: Mapped[str | None] = mapped_column(String(64))
    receipts: Mapped[str | None] = mapped_column(Text)


class PanelTask(Base):
    """The expert `person_id` marks the unit; `casts` says how often it was done, never how."""

    __tablename__ = "panel_task"
    __table_args__ = (
        UniqueConstraint("period", "person_id", "unit_code"),
        CheckConstraint("casts >= 0", name="casts_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("panel.period"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    casts: Mapped[int] = mapped_column(default=0)


class PanelResult(Base):
    """What a count found for one indicator of one unit, as coarse as it may be shown; too few experts leave nothing.

    `mark` is on the scale of 1–5 and stands for itself, for that or less, or for that or more; `score` is 0–100.
    """

    __tablename__ = "panel_result"
    __table_args__ = (
        CheckConstraint("reach in ('less', 'exactly', 'more')", name="reach"),
        CheckConstraint("(mark is null) = (score is null) and (mark is null) = (reach is null)", name="whole"),
    )

    period: Mapped[str] = mapped_column(ForeignKey("panel.period"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    indicator: Mapped[str] = mapped_column(String(40), primary_key=True)
    mark: Mapped[Fraction | None] = mapped_column(Exact)
    reach: Mapped[str | None] = mapped_column(String(10))
    score: Mapped[Fraction | None] = mapped_column(Exact)


class EvidenceFile(Base):
    """A file that a unit puts before the panel for one indicator and month. The id is random."""

    __tablename__ = "evidence_file"
    __table_args__ = (
        UniqueConstraint("period", "unit_code", "indicator", "digest"),
        CheckConstraint("kind in ('pdf', 'png', 'jpg', 'xlsx', 'docx')", name="kind"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), index=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    indicator: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    handed_in_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    handed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
