"""Tables of what follows from figures: alerts, explanations, objections, what a year teaches, the scheme to come."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Exact, Json, UtcDateTime


class Alert(Base):
    """An alert 预警: raised once, told once to the unit and once to the office.

    `kind`: "change" an abnormal change against the unit's own history, "range" a figure outside its range, "feed" a
    figure that has not come. `details` are the figures behind it: never fewer people than may be shown. `reason` is
    what the unit says about it, if it does.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("kind", "unit_code", "indicator", "period"),
        CheckConstraint("kind in ('change', 'range', 'feed')", name="kind"),
        CheckConstraint(
            "(reason is null) = (reason_by is null) and (reason is null) = (reason_at is null)", name="reason_is_whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    indicator: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(7))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # of the office
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    reason_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    reason_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WrittenExplanation(Base):
    """A written explanation 书面说明 that a unit owes for a figure outside its range (rule 62)."""

    __tablename__ = "written_explanation"
    __table_args__ = (
        UniqueConstraint("unit_code", "indicator", "period"),
        CheckConstraint("state in ('asked', 'given', 'accepted', 'returned')", name="state"),
        CheckConstraint("(state = 'asked') = (given_at is null)", name="given_is_whole"),
        CheckConstraint("(state in ('accepted', 'returned')) = (decided_at is not null)", name="decision_is_whole"),
        CheckConstraint("(given_at is null) = (words is null)", name="words_when_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    indicator: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(7))
    value: Mapped[Fraction] = mapped_column(Exact)
    low: Mapped[Fraction] = mapped_column(Exact)
    high: Mapped[Fraction] = mapped_column(Exact)
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_on: Mapped[date] = mapped_column(Date)
    is_provisional: Mapped[bool]  # the due date lies beyond the known calendar
    words: Mapped[str | None] = mapped_column(Text)
    given_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Text)  # why it was returned


class Objection(Base):
    """A unit's formal disagreement 异议 with a result or an indicator, to be decided in 15 working days (rule 29).

    `number` is "2026-007": the year and a count in it.
    """

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("state in ('open', 'upheld', 'rejected', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at is null)", name="decision_is_whole"),
        CheckConstraint("(decided_at is null) = (decided_by is null)", name="decided_by_somebody"),
        CheckConstraint("remedy in ('figures', 'scheme', 'none')", name="remedy"),
        CheckConstraint("(state = 'upheld') = (remedy is not null)", name="upheld_has_remedy"),
        CheckConstraint("(state in ('upheld', 'rejected')) = (answer is not null)", name="decision_has_answer"),
        Index("uq_objection_open_indicator", "unit_code", "period", "indicator", unique=True,
              sqlite_where=text("state = 'open' and indicator is not null"),
              postgresql_where=text("state = 'open' and indicator is not null")),
        Index("uq_objection_open_whole", "unit_code", "period", unique=True,
              sqlite_where=text("state = 'open' and indicator is null"),
              postgresql_where=text("state = 'open' and indicator is null")),
    )  # fmt: skip

    number: Mapped[str] = mapped_column(String(12), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    indicator: Mapped[str | None] = mapped_column(String(40))  # None: the result as a whole
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    raised_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    is_provisional: Mapped[bool]  # the due date lies beyond the known calendar
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Text)
    remedy: Mapped[str | None] = mapped_column(String(10))


class YearNote(Base):
    """What the office writes about a year: the cause of a problem, what is to be done; part of the yearly report."""

    __tablename__ = "year_note"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(90), primary_key=True)  # "unit/indicator", or "" for the year
    cause: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchemeDraft(Base):
    """A scheme to come, tried beside the one in force and without any effect on points until it is applied (116)."""

    __tablename__ = "scheme_draft"
    __table_args__ = (
        ForeignKeyConstraint(["based_year", "based_version"], ["scheme_version.year", "scheme_version.version"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    based_year: Mapped[int]
    based_version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
