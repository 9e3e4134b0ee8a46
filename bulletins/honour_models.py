"""Tables of what people bring to a bulletin: stories, and honours with their nominations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Story(Base):
    """What a doctor or a patient tells (rule 46), with consent; the office chooses. Taken back, its words are erased.

    `byline` is the name that may stand beside it, None for none. A patient leaves no account: only a receipt.
    """

    __tablename__ = "story"
    __table_args__ = (
        CheckConstraint("teller in ('doctor', 'patient')", name="teller"),
        CheckConstraint("state in ('offered', 'chosen', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'withdrawn') = (words is null)", name="withdrawn_without_words"),
        CheckConstraint("state <> 'chosen' or period is not null", name="chosen_for_a_month"),
        CheckConstraint("teller = 'doctor' or person_id is null", name="patients_are_not_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    teller: Mapped[str] = mapped_column(String(8))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str | None] = mapped_column(Text)
    byline: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(2))
    consent: Mapped[str] = mapped_column(String(12))  # the version of the words that were agreed to
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    period: Mapped[str | None] = mapped_column(String(7))  # whose bulletin it was chosen for
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Honour(Base):
    """An honour 评优 (rule 48): 协同标兵单位 for units, 协同之星 for persons; nominated, voted for, decided.

    `gate` says who is eligible; `result` is the list as it was decided.
    """

    __tablename__ = "honour"
    __table_args__ = (
        UniqueConstraint("code", "period"),
        CheckConstraint("goes_to in ('unit', 'person')", name="goes_to"),
        CheckConstraint("state in ('nominating', 'voting', 'decided', 'cancelled')", name="state"),
        CheckConstraint("places > 0", name="places_positive"),
        CheckConstraint("(state = 'decided') = (result is not null)", name="decided_with_a_result"),
        CheckConstraint("state not in ('voting', 'decided') or poll_id is not null", name="voting_has_a_poll"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[dict[str, str]] = mapped_column(Json)
    goes_to: Mapped[str] = mapped_column(String(6))
    period: Mapped[str] = mapped_column(String(7))  # a month, a quarter or a year
    places: Mapped[int]
    gate: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    nominate_until: Mapped[datetime] = mapped_column(UtcDateTime)
    vote_until: Mapped[datetime] = mapped_column(UtcDateTime)
    poll_id: Mapped[int | None] = mapped_column(ForeignKey("poll.id"))
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Nomination(Base):
    """Somebody named for an honour. `candidate` is a person's name, "" where the honour goes to the unit itself."""

    __tablename__ = "nomination"
    __table_args__ = (
        UniqueConstraint("honour_id", "unit_code", "candidate"),
        CheckConstraint("state in ('eligible', 'barred', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'barred') = (bar is not null)", name="barred_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    honour_id: Mapped[int] = mapped_column(ForeignKey("honour.id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    candidate: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text)
    nominated_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    nominated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    bar: Mapped[str | None] = mapped_column(String(40))
