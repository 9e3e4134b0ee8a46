"""Tables of the office's own work: secret polls, duties and who is on duty, and the ways out besides Telegram."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Poll(Base):
    """A secret vote: on a scheme, or for an honour. `choices` are codes in the order in which they are offered.

    Who may vote is written down when it opens; `result` is the count, and None until it is closed.
    """

    __tablename__ = "poll"
    __table_args__ = (
        CheckConstraint("kind in ('scheme', 'honour')", name="kind"),
        CheckConstraint("state in ('open', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (result is not null)", name="counted_when_closed"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_at_the_end"),
        Index("uq_poll_open", "kind", "subject", unique=True, sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(120))
    choices: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(6))
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PollVoter(Base):
    """Somebody who may vote, and whether they have: neither what nor when."""

    __tablename__ = "poll_voter"

    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    has_voted: Mapped[bool]


class PollSlip(Base):
    """What somebody chose: by a code drawn at random, which is the voter's receipt; without number, time or order."""

    __tablename__ = "poll_slip"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form

    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    slip: Mapped[str] = mapped_column(String(32), primary_key=True)
    choice: Mapped[str] = mapped_column(String(60))


class Duty(Base):
    """One line of the list of duties 权责清单 (rule 99), as the configuration says it; `parties` share it."""

    __tablename__ = "duty"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(Json)
    party: Mapped[str] = mapped_column(String(20))  # authority, group, lead or member
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    position: Mapped[int]
    active: Mapped[bool]


class DutyEvidence(Base):
    """What was done for a duty, in words, by whom and when."""

    __tablename__ = "duty_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_code: Mapped[str] = mapped_column(ForeignKey("duty.code"), index=True)
    year: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    given_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OnDuty(Base):
    """The duty log 值班 of the office (rule 30): from `since` on this person is on duty, until the next line;
    None: nobody.

    The newest line says who is on duty now.
    """

    __tablename__ = "on_duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_by: Mapped[str] = mapped_column(String(80))


class Channel(Base):
    """A way out besides Telegram, as the configuration says it: a robot of a group, mail, a webhook.

    `settings` hold no secret: those stay in files that `settings` name. Its addresses are `Chat` rows.
    """

    __tablename__ = "channel"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    active: Mapped[bool]
