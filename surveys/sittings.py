"""A response as it stands now: what to show, whether it may be changed. Two statements, one parsed questionnaire.

Reads only; who may change what is decided in `responses`. Answers leave the database only through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, select
from sqlalchemy.orm import Session

from consortium.links import token_hash
from consortium.models import Unit
from locales.errors import DomainError
from surveys.audiences.blindness import is_blind_ticket
from surveys.models import ANSWERS, INVITATIONS, RESPONSES, TICKETS, VERSIONS
from surveys.questionnaires import load_digest
from surveys.structure import Questionnaire

DRAFT, SENT, WITHDRAWN = "draft", "sent", "withdrawn"
VISIT, POSTER, TEST, HELD = "visit", "poster", "test", "held"

_unit = cast("Table", Unit.__table__)
_version_of_invitation = (VERSIONS.c.id == INVITATIONS.c.questionnaire_id) & (
    VERSIONS.c.version == INVITATIONS.c.questionnaire_version
)
_SITTINGS = (
    select(
        RESPONSES.c.id,
        RESPONSES.c.state,
        RESPONSES.c.revision,
        RESPONSES.c.language,
        RESPONSES.c.mode,
        RESPONSES.c.channel,
        RESPONSES.c.account,
        RESPONSES.c.message_ref,
        RESPONSES.c.consented_at,
        RESPONSES.c.text_consented_at,
        RESPONSES.c.stream,
        RESPONSES.c.period,
        RESPONSES.c.sent_at,
        RESPONSES.c.notice_version,
        RESPONSES.c.invitation_id,
        INVITATIONS.c.questionnaire_id,
        INVITATIONS.c.questionnaire_version,
        INVITATIONS.c.expires_at,
        VERSIONS.c.digest,
        _unit.c.code,
        _unit.c.name,
    )
    .select_from(RESPONSES)
    .join(INVITATIONS, INVITATIONS.c.id == RESPONSES.c.invitation_id)
    .join(VERSIONS, _version_of_invitation)
    .join(_unit, _unit.c.code == RESPONSES.c.unit_code)
)
_SITTING = _SITTINGS.where(RESPONSES.c.id == bindparam("response_id"))
_SITTING_BY_RECEIPT = _SITTINGS.where(RESPONSES.c.receipt_hash == bindparam("receipt_hash"))
_SITTING_LOCKED = _SITTING.with_for_update(of=RESPONSES)
_SITTING_IN_CHAT = (
    _SITTINGS.where(
        RESPONSES.c.channel == bindparam("channel"),
        RESPONSES.c.account == bindparam("account"),
        RESPONSES.c.state == DRAFT,
    )
    .order_by(RESPONSES.c.touched_at.desc(), RESPONSES.c.id)
    .limit(1)
)
_ANSWERS = (
    select(ANSWERS.c.question_id, ANSWERS.c.value)
    .where(ANSWERS.c.response_id == bindparam("response_id"))
    .order_by(ANSWERS.c.question_id, ANSWERS.c.place)
)
_BEHIND_TICKET = (
    select(
        INVITATIONS.c.id,
        INVITATIONS.c.language,
        INVITATIONS.c.questionnaire_id,
        INVITATIONS.c.questionnaire_version,
        INVITATIONS.c.expires_at,
        INVITATIONS.c.stream,
        VERSIONS.c.digest,
        _unit.c.code,
        _unit.c.name,
        RESPONSES.c.id.label("response_id"),
        RESPONSES.c.state,
    )
    .select_from(TICKETS)
    .join(INVITATIONS, INVITATIONS.c.id == TICKETS.c.invitation_id)
    .join(VERSIONS, _version_of_invitation)
    .join(_unit, _unit.c.code == INVITATIONS.c.unit_code)
    .outerjoin(RESPONSES, RESPONSES.c.invitation_id == INVITATIONS.c.id)
    .where(TICKETS.c.hash == bindparam("hash"))
)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One response. The current step is not kept: `conversation.next_step` finds it from `answers`."""

    response_id: str  # "" where a ticket was only looked at and nothing is opened yet
    questionnaire: Questionnaire
    answers: dict[str, tuple[str, ...]]
    revision: int  # how often the answers have changed; buttons carry it
    language: str
    consented: bool
    sent: bool
    unit_code: str
    unit_name: Mapping[str, str]
    mode: str
    channel: str | None
    account: str | None
    message_ref: str | None
    expires_at: datetime
    text_consented: bool = False  # to the keeping of free text, which is asked for apart
    stream: str = VISIT
    withdrawn: bool = False  # sent, and its answers are gone
    period: str | None = None  # the month in which it was sent
    sent_at: datetime | None = None
    notice_version: str = ""
    invitation_id: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good ticket leads to: the invitation, and the response if there is one."""

    invitation_id: str
    response_id: str | None
    unseen: Sitting  # as it would begin


def sitting(session: Session, *, response_id: str, lock: bool = False) -> Sitting:
    """The response as it stands, sent or not; `response_unknown`.

    With `lock` others who would change it wait until the transaction ends.
    """
    row = session.execute(_SITTING_LOCKED if lock else _SITTING, {"response_id": response_id}).one_or_none()
    if row is None:
        raise DomainError("response_unknown")
    return _sitting(session, row)


def draft_for_change(session: Session, response_id: str, now: datetime) -> Sitting:
    """The response, locked, if it may still be changed: else `response_sent` or `ticket_expired`."""
    found = sitting(session, response_id=response_id, lock=True)
    if found.sent or found.withdrawn:
        raise DomainError("response_sent")
    if now >= found.expires_at:
        raise DomainError("ticket_expired")
    return found


def sitting_by_receipt(session: Session, *, receipt_hash: str) -> Sitting | None:
    """What was sent with the receipt of that hash, withdrawn or not; None without one."""
    row = session.execute(_SITTING_BY_RECEIPT, {"receipt_hash": receipt_hash}).one_or_none()
    return _sitting(session, row) if row is not None else None


def sitting_in_chat(session: Session, *, channel: str, account: str) -> Sitting | None:
    """The draft that this account opened or changed last; None without one."""
    row = session.execute(_SITTING_IN_CHAT, {"channel": channel, "account": account}).one_or_none()
    return _sitting(session, row) if row is not None else None


def view_ticket(session: Session, *, ticket: str, now: datetime) -> Sitting:
    """What a ticket leads to, changing nothing: link previews and reloads open no response.

    `response_id` is "" while nothing was opened. Errors as `open_ticket`, without `ticket_taken`.
    """
    opened = behind_ticket(session, ticket, now)
    if opened.response_id is None:
        return opened.unseen
    return sitting(session, response_id=opened.response_id)


def behind_ticket(session: Session, ticket: str, now: datetime) -> Opened:
    """Follow a ticket: `ticket_unknown`, `ticket_used` once its response is sent, `ticket_expired` at the end."""
    row = session.execute(_BEHIND_TICKET, {"hash": token_hash(ticket)}).one_or_none()
    if row is None:
        raise DomainError("ticket_used" if is_blind_ticket(session, hash_=token_hash(ticket)) else "ticket_unknown")
    if row.state in {SENT, WITHDRAWN}:
        raise DomainError("ticket_used")
    if now >= row.expires_at:
        raise DomainError("ticket_expired")
    unseen = Sitting(
        response_id="",
        questionnaire=load_digest(session, row.questionnaire_id, row.questionnaire_version, row.digest),
        answers={},
        revision=0,
        language=row.language,
        consented=False,
        sent=False,
        unit_code=row.code,
        unit_name=row.name,
        mode="",
        channel=None,
        account=None,
        message_ref=None,
        expires_at=row.expires_at,
        stream=row.stream,
        invitation_id=row.id,
    )
    return Opened(row.id, row.response_id, unseen)


def _sitting(session: Session, row: Row[*tuple[Any, ...]]) -> Sitting:
    return Sitting(
        response_id=row.id,
        questionnaire=load_digest(session, row.questionnaire_id, row.questionnaire_version, row.digest),
        answers=_answers(session, row.id),
        revision=row.revision,
        language=row.language,
        consented=row.consented_at is not None,
        sent=row.state == SENT,
        unit_code=row.code,
        unit_name=row.name,
        mode=row.mode,
        channel=row.channel,
        account=row.account,
        message_ref=row.message_ref,
        expires_at=row.expires_at,
        text_consented=row.text_consented_at is not None,
        stream=row.stream,
        withdrawn=row.state == WITHDRAWN,
        period=row.period,
        sent_at=row.sent_at,
        notice_version=row.notice_version,
        invitation_id=row.invitation_id,
    )


def _answers(session: Session, response_id: str) -> dict[str, tuple[str, ...]]:
    """By question; an empty value says that the question was passed over."""
    found: dict[str, tuple[str, ...]] = {}
    for question_id, value in session.execute(_ANSWERS, {"response_id": response_id}):
        found[question_id] = (*found.get(question_id, ()), value) if value else ()
    return found
