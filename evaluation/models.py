"""Tables of the evaluation: scheme versions, readings, and what a settlement froze.

What is frozen carries its own inputs, so that a later scheme or reading never changes it, and a total can be added up
again from its lines alone.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.readings import WHOLE_CONSORTIUM
from storage.base import Base, Exact, Json, UtcDateTime


class SchemeVersion(Base):
    """One version of one year's scheme. `digest` is the SHA-256 of the canonical document."""

    __tablename__ = "scheme_version"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("state in ('planned', 'in_force', 'evaluated', 'revised')", name="state"),
    )

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective: Mapped[str] = mapped_column(String(7))  # the first month that it scores
    state: Mapped[str] = mapped_column(String(10))  # of the loop (rule 2)


class Reading(Base):
    """One figure 指标值 of an indicator. `value` is None when the denominator was 0: known to be missing, not zero.

    `origin`: "auto" came through the API, "imported" in a file, "typed" by a person. `digest` covers every other column
    but the id, so that a figure changed behind the product's back is found.
    """

    __tablename__ = "reading"
    __table_args__ = (
        UniqueConstraint("period", "scope", "indicator"),
        CheckConstraint(f"scope = coalesce(unit_code, '{WHOLE_CONSORTIUM}')", name="scope"),
        CheckConstraint("(numerator is null) = (denominator is null)", name="both_or_neither"),
        CheckConstraint("value is not null or denominator is not null", name="not_empty"),
        CheckConstraint("origin in ('auto', 'imported', 'typed')", name="origin"),
        CheckConstraint("(corrected_at is null) = (corrected_by is null)", name="correction_is_whole"),
        CheckConstraint("(approved_at is null) = (approved_by is null)", name="approval_is_whole"),
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
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    corrected_by: Mapped[str | None] = mapped_column(String(80))
    evidence: Mapped[str | None] = mapped_column(ForeignKey("evidence_file.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))


class ReadingStratum(Base):
    """A part of a reading, by the group code of its cases; the parts add up to it (rule 119)."""

    __tablename__ = "reading_stratum"

    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id", ondelete="CASCADE"), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(40), primary_key=True)
    numerator: Mapped[Fraction | None] = mapped_column(Exact)
    denominator: Mapped[Fraction | None] = mapped_column(Exact)
    value: Mapped[Fraction | None] = mapped_column(Exact)


class LateReading(Base):
    """A figure that came after its month was settled: it counts in `counted_in`, with that month's own (rule 74)."""

    __tablename__ = "late_reading"
    __table_args__ = (
        UniqueConstraint("period", "unit_code", "indicator"),
        CheckConstraint("(numerator is null) = (denominator is null)", name="both_or_neither"),
        CheckConstraint("counted_in > period", name="counted_later"),
        CheckConstraint("origin in ('auto', 'imported', 'typed')", name="origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))  # the settled month that it is of
    counted_in: Mapped[str] = mapped_column(String(7))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    indicator: Mapped[str] = mapped_column(String(40))
    numerator: Mapped[Fraction | None] = mapped_column(Exact)
    denominator: Mapped[Fraction | None] = mapped_column(Exact)
    value: Mapped[Fraction | None] = mapped_column(Exact)
    origin: Mapped[str] = mapped_column(String(10))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))


class ReadingImport(Base):
    """A table of readings that was looked over and waits for a yes; its bytes are kept only that long."""

    __tablename__ = "reading_import"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="lifetime"),
        CheckConstraint("(content is null) = (imported_at is not null)", name="forgotten_when_imported"),
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    file_digest: Mapped[str] = mapped_column(String(64))  # SHA-256
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Settlement(Base):
    """A closed period. `digest` covers everything frozen and the digest of the settlement before: a chain.

    A month corrected after an upheld objection has a higher `revision`; what it replaced is a `SupersededSettlement`,
    and stays in the chain. `readings_digest` covers the readings it was made from (None: not noted then).
    """

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
    readings_digest: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=1)  # 1, 2, 3 …


class SupersededSettlement(Base):
    """A settlement that a corrected one has replaced: everything that was frozen, as one document."""

    __tablename__ = "superseded_settlement"

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    previous_digest: Mapped[str | None] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(Json)  # settlement, cards, lines: rows by column name
    objection: Mapped[str | None] = mapped_column(ForeignKey("objection.number"))
    superseded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    superseded_by: Mapped[str] = mapped_column(String(80))


class Scorecard(Base):
    """One unit's score 成绩单 in a settled period: a rank, or the reason why there is none."""

    __tablename__ = "scorecard"
    __table_args__ = (
        CheckConstraint("(rank is null) = (unranked_reason is not null)", name="rank_or_reason"),
        CheckConstraint("rank is null or (total is not null and rank between 1 and rank_of)", name="rank_in_field"),
        CheckConstraint("rank_low <= rank and rank <= rank_high", name="rank_in_interval"),
        CheckConstraint("band in ('upper', 'middle', 'lower')", name="band"),
        CheckConstraint("days between 1 and of_days", name="days_in_period"),
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
    rank_low: Mapped[int | None]  # between which places the unit lies, with 90 %
    rank_high: Mapped[int | None]
    band: Mapped[str | None] = mapped_column(String(10))
    total_low: Mapped[Fraction | None] = mapped_column(Exact)  # of the total's interval (90 %); none: nothing drawn
    total_high: Mapped[Fraction | None] = mapped_column(Exact)
    days: Mapped[int | None]  # as a member, of the days of the period (None: all of them, or not noted then)
    of_days: Mapped[int | None]


class ScoreLine(Base):
    """One line of a scorecard with everything its points were computed from."""

    __tablename__ = "score_line"
    __table_args__ = (
        ForeignKeyConstraint(["period", "unit_code"], ["scorecard.period", "scorecard.unit_code"]),
        CheckConstraint("(points is null) = (share is null)", name="points_with_share"),
        CheckConstraint("points is not null or reason is not null", name="points_or_reason"),
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
    curve: Mapped[dict[str, Any] | None] = mapped_column(Json)  # None: linear from floor to target
    reference: Mapped[Fraction | None] = mapped_column(Exact)  # what a relative curve was measured against
    is_bonus: Mapped[bool | None]
    origin: Mapped[str | None] = mapped_column(String(10))  # of a reading; "corrected" where it was


class Veto(Base):
    """A unit's score made void for a period by the committee, with the evidence; the unit leaves the ranking (36)."""

    __tablename__ = "veto"
    __table_args__ = (
        CheckConstraint("proposed_by <> decided_by", name="decided_by_another"),
        CheckConstraint("state in ('proposed', 'in_force', 'refused', 'lifted')", name="state"),
        CheckConstraint("(decided_at is null) = (state = 'proposed')", name="decision_is_whole"),
        CheckConstraint("(lifted_at is null) = (state <> 'lifted')", name="lifting_is_whole"),
    )

    period: Mapped[str] = mapped_column(String(7), primary_key=True)  # a month, quarter or year
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)  # what it rests on: file, minutes, audit finding
    proposed_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_why: Mapped[str | None] = mapped_column(Text)


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
