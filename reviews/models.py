"""Tables of a blind round: who worked with whom, rounds, who scores whom, sealed ballots, results.

No row joins a rater to a mark: a ballot row is a random id and a sealed text, nothing else. On SQLite it has no rowid,
so that reading the table gives no order of arrival.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Exact, Json, UtcDateTime

_IS_OPEN = text("state = 'open'")
_BY_CODE = String(40).with_variant(
    String(40, collation="C"), "postgresql"
)  # compares as Python does, not by dictionary


class Cooperation(Base):
    """Two units worked together in a period: how (`kind`) and how often. The pair is stored in the order of codes."""

    __tablename__ = "cooperation"
    __table_args__ = (
        UniqueConstraint("period", "unit_a", "unit_b", "kind"),
        CheckConstraint("unit_a < unit_b", name="pair_in_order"),
        CheckConstraint("count > 0", name="count_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    unit_a: Mapped[str] = mapped_column(_BY_CODE, ForeignKey("unit.code"))
    unit_b: Mapped[str] = mapped_column(_BY_CODE, ForeignKey("unit.code"))
    kind: Mapped[str] = mapped_column(String(40))
    count: Mapped[int]


class ReviewRound(Base):
    """One round of mutual scoring; key and criteria are frozen when it opens. At most one round is open."""

    __tablename__ = "review_round"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed', 'counted', 'erased')", name="state"),
        Index("uq_review_round_open", "state", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    public_key: Mapped[str] = mapped_column(Text)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ballots_counted: Mapped[int | None]


class Assignment(Base):
    """The unit `rater` scores the unit `target`; `casts` says how often it did, never how."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("period", "rater", "target"),
        CheckConstraint("rater <> target", name="never_oneself"),
        CheckConstraint("casts >= 0", name="casts_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"))
    rater: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    target: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    casts: Mapped[int] = mapped_column(default=0)


class Ballot(Base):
    """A sealed ballot. Rater, target, marks, time and counter lie inside."""

    __tablename__ = "ballot"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"))
    sealed: Mapped[str] = mapped_column(Text)


class PeerResult(Base):
    """What a count found for one unit. `raters` is exact and shown as a band only; below five there is no score."""

    __tablename__ = "peer_result"
    __table_args__ = (CheckConstraint("raters >= 0", name="raters_counted"),)

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    raters: Mapped[int]
    score: Mapped[Fraction | None] = mapped_column(Exact)
    definition: Mapped[str] = mapped_column(String(40))
