"""Tables of the schedule: the ledger of due runs, how far it has been written, and acts that need two people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Occurrence(Base):
    """One due run of one job, once. `fence` counts the claims: only the latest one may finish it."""

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint("state in ('due', 'running', 'done', 'skipped', 'failed')", name="state"),
        CheckConstraint("late in ('run', 'skip')", name="late"),
        CheckConstraint("(state = 'running') = (lease_until is not null)", name="lease_while_running"),
        CheckConstraint("(state in ('done', 'skipped', 'failed')) = (finished_at is not null)", name="finished_at_end"),
        CheckConstraint("failures >= 0 and failures <= fence", name="failures_counted"),
        Index("ix_occurrence_state", "state", "due_at"),
    )

    job: Mapped[str] = mapped_column(String(20), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    late: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(8))
    fence: Mapped[int]
    failures: Mapped[int]
    owner: Mapped[str | None] = mapped_column(String(80))  # which process claimed it last
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it is tried again
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(60))  # a code: what the last attempt came to


class ScheduleMark(Base):
    """The one row that says up to which moment due runs have been noted. It never goes back."""

    __tablename__ = "schedule_mark"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    noted_until: Mapped[datetime] = mapped_column(UtcDateTime)


class OfficeAct(Base):
    """An act of the office that two people have to want: proposed by one, carried out by another or not at all.

    `arguments` say what is done, `digest` what the proposer saw it would do; who agrees must see the same.
    """

    __tablename__ = "office_act"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'done', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("state <> 'done' or proposed_by <> decided_by", name="done_by_another"),
        CheckConstraint(
            "(state = 'proposed') = (decided_by is null) and (decided_by is null) = (decided_at is null)",
            name="decision_is_whole",
        ),
        Index("uq_office_act_standing", "command", "subject", unique=True, sqlite_where=text("state = 'proposed'"),
              postgresql_where=text("state = 'proposed'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))  # what it is about, such as a month
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
