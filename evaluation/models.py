"""Tables of the evaluation: scheme versions, readings, and what a settlement froze.

What is frozen carries its own inputs, so that a later scheme or reading never changes it, and a total can be added up
again from its lines alone.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.readings import WHOLE_CONSORTIUM
from storage.base import Base, Exact, Json, UtcDateTime


class SchemeVersion(Base):
    """One version of one year's scheme. `digest` is the SHA-256 of the canonical document."""

    __tablename__ = "scheme_version"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reading(Base):
    """One figure 指标值 of an indicator. `value` is None when the denominator was 0: known to be missing, not zero."""

    __tablename__ = "reading"
    __table_args__ = (
        UniqueConstraint("period", "scope", "indicator"),
        CheckConstraint(f"scope = coalesce(unit_code, '{WHOLE_CONSORTIUM}')", name="scope"),
        CheckConstraint("(numerator is null) = (denominator is null)", name="both_or_neither"),
        CheckConstraint("value is not null or denominator is not null", name="not_empty"),
        CheckConstraint("origin in ('imported')", name="origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40))  # the unit's code, or WHOLE_CONSORTIUM
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    period: Mapped[str] = mapped_column(String(7))
    indicator: Mapped[str] = mapped_column(String(40), index=True)
    numerator: Mapped[Fraction | None] = mapped_column(Exact)
    denominator: Mapped[Fraction | None] = mapped_column(Exact)
    value: Mapped[Fraction | None] = mapped_column(Exact)
    origin: Mapped[str] = mapped_column(String(10))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))


class Settlement(Base):
    """A closed period. `digest` covers everything frozen and the digest of the settlement before: a chain."""

    __tablename__ = "settlement"
    __table_args__ = (
        ForeignKeyConstraint(["scheme_year", "scheme_version"], ["scheme_version.year", "scheme_version.version"]),
        CheckConstraint("(sequence = 1) = (previous_digest is null)", name="chained"),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    sequence: Mapped[int] = mapped_column(unique=True)  # 1, 2, 3 … in the order of settling
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by: Mapped[str] = mapped_column(String(80))
    scheme_year: Mapped[int]
    scheme_version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    previous_digest: Mapped[str | None] = mapped_column(String(64))


class Scorecard(Base):
    """One unit's score 成绩单 in a settled period: a rank, or the reason why there is none."""

    __tablename__ = "scorecard"
    __table_args__ = (
        CheckConstraint("(rank is null) = (unranked_reason is not null)", name="rank_or_reason"),
        CheckConstraint("rank is null or (total is not null and rank between 1 and rank_of)", name="rank_in_field"),
    )

    period: Mapped[str] = mapped_column(ForeignKey("settlement.period"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    position: Mapped[int]  # the order of the units when it was settled
    tier: Mapped[str] = mapped_column(String(40))
    total: Mapped[Fraction | None] = mapped_column(Exact)
    complete: Mapped[bool]
    responses: Mapped[int]  # of patients, to questionnaires that enough of them answered
    too_few: Mapped[bool | None]  # patients answered, but too few to say how many
    held_out: Mapped[int | None]  # doubted answers of patients that nobody had released; None: not noted then
    raters: Mapped[int]  # the low end of the band, 0 below five; exact in months settled before there were bands
    rank: Mapped[int | None]
    rank_of: Mapped[int]  # how many units of the tier are ranked
    unranked_reason: Mapped[str | None] = mapped_column(String(40))


class ScoreLine(Base):
    """One line of a scorecard with everything its points were computed from."""

    __tablename__ = "score_line"
    __table_args__ = (
        ForeignKeyConstraint(["period", "unit_code"], ["scorecard.period", "scorecard.unit_code"]),
        CheckConstraint("(points is null) = (share is null)", name="points_with_share"),
        CheckConstraint("(points is null) = (reason is not null)", name="points_or_reason"),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    indicator: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]  # the order of the tier's table
    dimension: Mapped[str] = mapped_column(String(40))
    party: Mapped[str] = mapped_column(String(40))
    scheme_points: Mapped[Fraction] = mapped_column(Exact)
    floor: Mapped[Fraction | None] = mapped_column(Exact)
    target: Mapped[Fraction | None] = mapped_column(Exact)
    numerator: Mapped[Fraction | None] = mapped_column(Exact)
    denominator: Mapped[Fraction | None] = mapped_column(Exact)
    value: Mapped[Fraction | None] = mapped_column(Exact)
    share: Mapped[Fraction | None] = mapped_column(Exact)
    points: Mapped[Fraction | None] = mapped_column(Exact)
    available: Mapped[Fraction] = mapped_column(Exact)
    reason: Mapped[str | None] = mapped_column(String(40))
    n: Mapped[int | None]  # people behind the figure; for a peer score as the raters of the scorecard
    definition: Mapped[str | None] = mapped_column(String(60))  # how a survey's figure or a peer score was made
    low: Mapped[Fraction | None] = mapped_column(Exact)  # of its interval
    high: Mapped[Fraction | None] = mapped_column(Exact)
    invited: Mapped[int | None]
    mode_mix: Mapped[dict[str, int | None] | None] = mapped_column(Json)  # None for a hidden count


class PeerWaiver(Base):
    """A month to be settled without its peer scores: proposed for a reason, agreed to by two of the office."""

    __tablename__ = "peer_waiver"
    __table_args__ = (
        CheckConstraint("first_by <> second_by", name="agreed_by_two"),
        CheckConstraint("(first_by is null) = (first_at is null)", name="first_is_whole"),
        CheckConstraint("(second_by is null) = (second_at is null)", name="second_is_whole"),
        CheckConstraint("second_by is null or first_by is not null", name="first_comes_first"),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    second_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    second_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
