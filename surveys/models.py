"""Tables of the surveys: questionnaire versions, invitations, tickets, responses, answers, tallies.

No table knows a patient's name, phone or ticket: a visit is the hospital's own opaque reference, a ticket and a receipt
are hashes, and the chat account leaves the row when the response is sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class QuestionnaireVersion(Base):
    """One frozen version. `digest` is the SHA-256 of `content`, its canonical document."""

    __tablename__ = "questionnaire_version"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[str] = mapped_column(String(20), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    kinds: Mapped[list[str]] = mapped_column(Json)  # the kinds of visit it serves
    is_draft: Mapped[bool] = mapped_column(default=False)  # not launched: content may change, only test links open it
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invitation(Base):
    """One visit whose patient may answer once, with the questionnaire of that day."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("unit_code", "visit"),
        ForeignKeyConstraint(
            ["questionnaire_id", "questionnaire_version"], ["questionnaire_version.id", "questionnaire_version.version"]
        ),
        CheckConstraint("expires_at > discharged_at", name="window"),
        CheckConstraint("stream in ('visit', 'poster', 'test')", name="stream"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    stream: Mapped[str] = mapped_column(String(6), default="visit")  # only answers to visits ever carry points
    person_key: Mapped[str | None] = mapped_column(String(64), index=True)  # keyed hash: who, without saying who
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    visit: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(24))
    group_name: Mapped[str | None] = mapped_column(String(40))  # the department of staff, or the ward
    discharged_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    language: Mapped[str] = mapped_column(String(2))
    questionnaire_id: Mapped[str] = mapped_column(String(24))
    questionnaire_version: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contact_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since then only months, and no visit


class Ticket(Base):
    """A key to an invitation; there may be several. Only the hash is kept."""

    __tablename__ = "ticket"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Response(Base):
    """One patient's answers to one invitation: a draft until it is sent, once."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'sent', 'withdrawn')", name="state"),
        CheckConstraint("stream in ('visit', 'poster', 'test', 'held')", name="stream"),
        CheckConstraint("mode in ('chat', 'page', 'mixed')", name="mode"),
        CheckConstraint("revision >= 0", name="revision"),
        CheckConstraint("(channel is null) = (account is null)", name="account_has_channel"),
        CheckConstraint(
            "(state <> 'draft') = (sent_at is not null) and (state <> 'draft') = (period is not null)"
            " and (state <> 'draft') = (receipt_hash is not null)",
            name="sent_is_whole",
        ),
        CheckConstraint("state = 'draft' or account is null", name="sent_has_no_account"),
        CheckConstraint("state = 'draft' or consented_at is not null", name="sent_has_consent"),
        Index("ix_response_account", "channel", "account"),
        Index("ix_response_period", "period", "unit_code"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), unique=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    state: Mapped[str] = mapped_column(String(9))
    stream: Mapped[str] = mapped_column(String(6), default="visit")  # as its invitation's; `held` while it is doubted
    revision: Mapped[int]  # how often the answers have changed
    language: Mapped[str] = mapped_column(String(2))
    mode: Mapped[str] = mapped_column(String(5))  # through which doors it was opened
    channel: Mapped[str | None] = mapped_column(String(20))
    account: Mapped[str | None] = mapped_column(String(64))
    message_ref: Mapped[str | None] = mapped_column(String(64))  # the one message that is edited in place
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)  # last opened or changed
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice_version: Mapped[str] = mapped_column(String(20))
    text_consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to keeping free text, asked for apart
    period: Mapped[str | None] = mapped_column(String(7))  # the month of sent_at
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    receipt_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    text_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # own words, if any, are gone since then


class Answer(Base):
    """One answer as `surveys.values` writes it, or "" where an optional question was passed over.

    A question that takes several has a row for each; `place` is its place among them, from 0.
    """

    __tablename__ = "answer"

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[str]


class Tally(Base):
    """How often an option was chosen in a month, written with each sent response; by stream, which are never added.

    The row with an empty question and an empty option counts the responses; with an empty question and a mode as its
    option, the responses of that mode.
    """

    __tablename__ = "tally"
    __table_args__ = (
        ForeignKeyConstraint(
            ["questionnaire_id", "questionnaire_version"], ["questionnaire_version.id", "questionnaire_version.version"]
        ),
        CheckConstraint("count >= 0", name="count"),
        CheckConstraint("stream in ('visit', 'poster', 'held')", name="stream"),
    )

    stream: Mapped[str] = mapped_column(String(6), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    questionnaire_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    questionnaire_version: Mapped[str] = mapped_column(String(20), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    option_code: Mapped[str] = mapped_column(String(255), primary_key=True)
    count: Mapped[int]


# The same for statements that are built once: on the way of every answer, building SQL costs more than running it.
INVITATIONS = cast("Table", Invitation.__table__)
TICKETS = cast("Table", Ticket.__table__)
RESPONSES = cast("Table", Response.__table__)
ANSWERS = cast("Table", Answer.__table__)
TALLIES = cast("Table", Tally.__table__)
VERSIONS = cast("Table", QuestionnaireVersion.__table__)
