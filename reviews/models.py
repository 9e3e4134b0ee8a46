"""Tables of a blind round: who worked with whom, rounds, who scores whom, and what a count leaves.

No row joins a rater to a mark. The sealed ballots of a round are a table of their own (`reviews.ballot_store`), made
when it opens and dropped when it is erased; none of the tables here holds one.
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
    """One round of mutual scoring; key, criteria and thresholds are frozen when it opens. At most one round is open.

    `token_key` makes the tokens by which a count knows that a ballot was the rater's own; it goes with the ballots.
    """

    __tablename__ = "review_round"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed', 'counted', 'erased')", name="state"),
        Index("uq_review_round_open", "state", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    public_key: Mapped[str] = mapped_column(Text)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    thresholds: Mapped[dict[str, int]] = mapped_column(Json)
    token_key: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ballots_counted: Mapped[int | None]
    ballots_void: Mapped[int | None]
    root: Mapped[str | None] = mapped_column(String(64))


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


class PublishedReceipts(Base):
    """The text of a round's receipt lists, published at the count for everybody; `ReviewRound.root` is its root."""

    __tablename__ = "published_receipts"

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    published: Mapped[str] = mapped_column(Text)


class PeerResult(Base):
    """What a count found for one unit, as coarse as it may be shown; below five raters there is no score.

    `raters` is the low end of the band (0, 5, 10, 20): the exact number is known to nobody after the count. `score` is
    0–100, on the rounding step of `consortium.disclosure`. Ranks are within the unit's tier, 1 is best.
    """

    __tablename__ = "peer_result"
    __table_args__ = (
        CheckConstraint("raters in (0, 5, 10, 20)", name="raters_as_band"),
        CheckConstraint("(score is null) = (raters = 0)", name="score_with_raters"),
        CheckConstraint("band in ('upper', 'middle', 'lower')", name="band"),
        CheckConstraint("rank_low <= rank and rank <= rank_high", name="rank_in_interval"),
    )

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    raters: Mapped[int]
    score: Mapped[Fraction | None] = mapped_column(Exact)
    definition: Mapped[str] = mapped_column(String(40))
    rank: Mapped[int | None]
    rank_low: Mapped[int | None]
    rank_high: Mapped[int | None]
    band: Mapped[str | None] = mapped_column(String(10))


class PeerCriterion(Base):
    """A unit's figure on one criterion, 0–100 and coarse; from eight raters on."""

    __tablename__ = "peer_criterion"

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(32), primary_key=True)
    score: Mapped[Fraction] = mapped_column(Exact)


class PeerFit(Base):
    """What the fit of one connected part of a round publishes: `estimates` as `reviews.figures` writes them."""

    __tablename__ = "peer_fit"

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    estimates: Mapped[dict[str, Any]] = mapped_column(Json)


class PeerResidue(Base):
    """What only the auditor can open, sealed to the auditor's own key; it goes when four later rounds are counted."""

    __tablename__ = "peer_residue"

    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)


class PeerComment(Base):
    """A comment on a unit that ten raters scored, without any mark of who wrote it; the id is random.

    The unit sees `reworded` only, which somebody of the office has written; until then nothing.
    """

    __tablename__ = "peer_comment"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("review_round.period"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    comment: Mapped[str] = mapped_column(Text)
    reworded: Mapped[str | None] = mapped_column(Text)
    reworded_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    reworded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
