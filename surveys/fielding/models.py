"""Tables of fielding: waves, what came of each invitation, opt-outs, posters, lists that wait for a yes.

No row knows a name, a number to call or what was answered. A visit is the hospital's own opaque reference; a person is
a keyed hash. The one account kept is that of somebody who asked never to be contacted again: it must be known again.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Exact, Json, UtcDateTime

_KNOWN = (
    "'invited', 'delivered', 'started', 'partial', 'complete', 'refused', 'expired', 'ineligible', 'unreachable',"
    " 'withdrawn'"
)


class Wave(Base):
    """A launched survey wave: whose visits, from when to when, which share of them, with which frozen questionnaire.

    `seed` decides who is drawn. Nobody sees it while the wave runs; its SHA-256 is shown from the start, so that
    afterwards everybody can check the draw.
    """

    __tablename__ = "wave"
    __table_args__ = (
        ForeignKeyConstraint(
            ["questionnaire_id", "questionnaire_version"], ["questionnaire_version.id", "questionnaire_version.version"]
        ),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("target is null or target > 0", name="target"),
        CheckConstraint("contact_after_hours is null or contact_after_hours >= 0", name="contact_after"),
        CheckConstraint("window_days is null or window_days > 0", name="window"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    questionnaire_id: Mapped[str] = mapped_column(String(24))
    questionnaire_version: Mapped[str] = mapped_column(String(20))
    kinds: Mapped[list[str]] = mapped_column(Json)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of discharges, inclusive
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # exclusive
    fraction: Mapped[Fraction] = mapped_column(Exact)  # of each unit's visits, as asked for
    target: Mapped[int | None]  # or so many visits of each unit, as asked for
    contact_after_hours: Mapped[int | None]  # None: as the kind of visit says
    window_days: Mapped[int | None]
    seed: Mapped[str] = mapped_column(String(64))
    launched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WaveUnit(Base):
    """Which share of one unit's visits a wave draws: fixed at its launch, whatever the unit reports later."""

    __tablename__ = "wave_unit"

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    fraction: Mapped[Fraction] = mapped_column(Exact)


class UndrawnVisit(Base):
    """A visit that was reported and not drawn: nobody is invited, and the row says that the draw was made."""

    __tablename__ = "undrawn_visit"

    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    visit: Mapped[str] = mapped_column(String(64), primary_key=True)
    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    discharged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contact_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since then only months, and no visit


class PastVisit(Base):
    """That a visit was once reported, by a keyed hash; nothing leads from here to an invitation, or says there was one.

    Rows have no order but that of their hashes.
    """

    __tablename__ = "past_visit"
    __table_args__ = ({"sqlite_with_rowid": False},)

    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)


class PastVisitKey(Base):
    """The key of those hashes, drawn when the first visit is forgotten and never shown."""

    __tablename__ = "past_visit_key"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))


class Fielded(Base):
    """What has come of one invitation so far, where it came from, and how often its patient was written to.

    `changes` numbers the latest row of its history. `contacted_at` is when the patient was, or with the list that was
    handed out is to be, written to last: by the hospital with a link, or by us in their chat.
    """

    __tablename__ = "fielded"
    __table_args__ = (
        CheckConstraint(f"disposition in ({_KNOWN})", name="disposition"),
        CheckConstraint("changes >= 0", name="changes"),
        CheckConstraint("wave_id is null or poster_code is null", name="one_origin"),
        CheckConstraint("(contacted_at is null) = (contacted_by is null)", name="contact_has_mode"),
        CheckConstraint("contacted_by in ('link', 'chat')", name="contacted_by"),
        CheckConstraint("reminders >= 0 and (reminders = 0 or contacted_at is not null)", name="reminders"),
        Index("ix_fielded_disposition", "disposition", "changed_at"),
    )

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    wave_id: Mapped[str | None] = mapped_column(ForeignKey("wave.id"), index=True)
    poster_code: Mapped[str | None] = mapped_column(ForeignKey("poster.code"), index=True)
    disposition: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))  # a code
    changes: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_by: Mapped[str | None] = mapped_column(String(4))
    reminders: Mapped[int] = mapped_column(default=0)


class DispositionChange(Base):
    """One step in the history of an invitation; number 0 is its beginning."""

    __tablename__ = "disposition_change"
    __table_args__ = (
        CheckConstraint(f"disposition in ({_KNOWN})", name="disposition"),
        CheckConstraint("number >= 0", name="number"),
    )

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    disposition: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class OptOut(Base):
    """An account that is never written to again of our own accord. Nothing else about whoever holds it."""

    __tablename__ = "opt_out"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonOptOut(Base):
    """A person who is not invited any more, by the keyed hash of a hospital's reference of theirs; and nothing else."""

    __tablename__ = "person_opt_out"

    person_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Poster(Base):
    """A printed code that anybody may scan: its answers stand apart and never carry points."""

    __tablename__ = "poster"
    __table_args__ = (CheckConstraint("daily_limit > 0", name="daily_limit"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), index=True)
    department: Mapped[str] = mapped_column(String(30))  # "" for the whole unit
    kind: Mapped[str] = mapped_column(String(24))
    daily_limit: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PosterDay(Base):
    """How many surveys a poster has opened on one day of the consortium's calendar."""

    __tablename__ = "poster_day"
    __table_args__ = (CheckConstraint("opened > 0", name="opened"),)

    code: Mapped[str] = mapped_column(ForeignKey("poster.code"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    opened: Mapped[int]


class VisitList(Base):
    """A list of visits that was read and waits for a yes, or whose links can still be fetched; gone after hours.

    Its rows are what invitations are made of, with persons as keyed hashes; the file itself is not kept.
    """

    __tablename__ = "visit_list"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lifetime"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    rows: Mapped[list[list[Any]]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# For statements that are built once: dispositions change on the way of every answer.
FIELDED = cast("Table", Fielded.__table__)
CHANGES = cast("Table", DispositionChange.__table__)
UNDRAWN_VISITS = cast("Table", UndrawnVisit.__table__)
PAST_VISITS = cast("Table", PastVisit.__table__)
