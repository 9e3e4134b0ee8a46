"""Tables of what people decide about results and schemes: the committee's approval, the accountant's signature, votes
on a scheme, actions.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, UtcDateTime


class ResultApproval(Base):
    """The committee's decision on the results of a period as they are settled (`digest`); rule 20.

    `quorum` is how many voices a decision needs, as the scheme said when it was opened; `minutes` say what was decided.
    Results that went back and stand as they were may be put before the committee again, with a reason: `number`.
    """

    __tablename__ = "result_approval"
    __table_args__ = (
        UniqueConstraint("period", "digest", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(number = 1) = (asked_why is null)", name="asked_again_for_a_reason"),
        CheckConstraint("state in ('open', 'approved', 'returned')", name="state"),
        CheckConstraint("quorum > 0", name="quorum_positive"),
        CheckConstraint("(state = 'open') = (closed_at is null)", name="closed_at_the_end"),
        CheckConstraint("(state = 'open') = (minutes is null)", name="minutes_at_the_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("settlement.period"))
    digest: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    asked_why: Mapped[str | None] = mapped_column(Text)
    quorum: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApprovalVoice(Base):
    """What one member of the committee says about the results, with a reason where they go back."""

    __tablename__ = "approval_voice"
    __table_args__ = (
        CheckConstraint("says in ('approve', 'return')", name="says"),
        CheckConstraint("says = 'approve' or words is not null", name="returned_with_a_reason"),
    )

    approval_id: Mapped[int] = mapped_column(ForeignKey("result_approval.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    says: Mapped[str] = mapped_column(String(8))
    words: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Signature(Base):
    """The chief accountant's name under the results of a period (rule 100): good for this digest and no other."""

    __tablename__ = "signature"

    period: Mapped[str] = mapped_column(ForeignKey("settlement.period"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchemeVote(Base):
    """A vote on a scheme (rule 114), as its document stands (`digest`): first comments, which bear names, then the
    secret poll; None: called off before it began.

    `draft_id` is a draft's number, which may be given up since; None: a version on record.
    """

    __tablename__ = "scheme_vote"
    __table_args__ = (CheckConstraint("electorate in ('units', 'committee')", name="electorate"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    draft_id: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64))
    electorate: Mapped[str] = mapped_column(String(10))
    comments_until: Mapped[datetime] = mapped_column(UtcDateTime)  # the poll takes votes from then on
    poll_id: Mapped[int | None] = mapped_column(ForeignKey("poll.id"), unique=True)
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchemeComment(Base):
    """What somebody says about a scheme that will be voted on, under their name."""

    __tablename__ = "scheme_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    vote_id: Mapped[int] = mapped_column(ForeignKey("scheme_vote.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Action(Base):
    """An action 整改: what a unit does about an indicator, until when, and whether it shows in the next period (117).

    "open" → "done" (its owner says so) → "closed" if the figure of `recheck_period` passes, else "open" again with
    one round more; "cancelled" with a reason in `done_words`.
    """

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint("state in ('open', 'done', 'closed', 'cancelled')", name="state"),
        CheckConstraint("origin in ('red', 'manual')", name="origin"),
        CheckConstraint("rounds > 0", name="rounds_positive"),
        CheckConstraint("(state in ('closed', 'cancelled')) = (closed_at is not null)", name="closed_at_the_end"),
        CheckConstraint("(state = 'open') or (done_words is not null)", name="done_in_words"),
        Index("uq_action_standing", "unit_code", "indicator", unique=True,
              sqlite_where=text("state in ('open', 'done')"), postgresql_where=text("state in ('open', 'done')")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    indicator: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(7))  # in which the figure was red
    origin: Mapped[str] = mapped_column(String(6))
    words: Mapped[str | None] = mapped_column(Text)  # what is to be done; None until its owner has said it
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    recheck_period: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(10))
    rounds: Mapped[int]
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_words: Mapped[str | None] = mapped_column(Text)
    done_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
