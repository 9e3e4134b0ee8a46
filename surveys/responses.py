"""Responses 答卷: opened by a ticket, filled in chat or on the page, sent once.

Whoever holds the ticket may answer on the page; in chat the account that opened it first goes on. Every change locks
the response, so a double tap or two doors at once come one after the other. Nothing can be changed after sending, nor
from the moment the invitation expires. What the answers are never reaches the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from locales.errors import DomainError, Reask
from locales.texts import LANGUAGES, pick, text
from storage.audit import record
from storage.database import insert_new
from surveys.conversation import Review, accept, only_asked, review
from surveys.models import ANSWERS, RESPONSES, Response
from surveys.receipts import receipt_hash
from surveys.sittings import (
    DRAFT,
    SENT,
    Opened,
    Sitting,
    UnfinishedDraft,
    behind_ticket,
    draft_for_change,
    sitting,
    sitting_in_chat,
    unfinished_chat_drafts,
    view_ticket,
)
from surveys.tallies import count_response

__all__ = [  # all that chat and page need of a response
    "CHAT",
    "MIXED",
    "PAGE",
    "Sent",
    "Sitting",
    "UnfinishedDraft",
    "give_consent",
    "open_ticket",
    "record_answer",
    "record_page",
    "remember_message",
    "send_response",
    "set_language",
    "sitting",
    "sitting_in_chat",
    "unfinished_chat_drafts",
    "view_ticket",
]

CHAT, PAGE, MIXED = "chat", "page", "mixed"
_PATIENT = "patient"
_CHANGE_DRAFT = update(RESPONSES).where(RESPONSES.c.id == bindparam("draft"), RESPONSES.c.state == DRAFT)
_FORGET_ANSWERS = delete(ANSWERS).where(
    ANSWERS.c.response_id == bindparam("draft"), ANSWERS.c.question_id.in_(bindparam("questions", expanding=True))
)
_KEEP_ANSWERS = insert(ANSWERS)


@dataclass(frozen=True, slots=True)
class Sent:
    """A response has arrived; the code proves it to its patient."""

    receipt_code: str


def open_ticket(
    session: Session,
    *,
    ticket: str,
    mode: str,
    channel: str | None = None,
    account: str | None = None,
    new_id: str,
    now: datetime,
) -> Sitting:
    """Begin or go on. `mode` is `chat` (with channel and account) or `page`; a second door makes it `mixed`.

    Errors: `ticket_unknown`, `ticket_used`, `ticket_expired`, `ticket_taken` (in chat, opened by another account).
    """
    if mode not in (CHAT, PAGE) or (mode == CHAT) != (account is not None) or (channel is None) != (account is None):
        msg = "a chat is opened by an account of a channel, a page by nobody"
        raise ValueError(msg)
    opened = behind_ticket(session, ticket, now)
    if opened.response_id is None and _begin(session, opened, mode, channel, account, new_id, now):
        return sitting(session, response_id=new_id)
    found = session.scalars(select(Response.id).where(Response.invitation_id == opened.invitation_id)).one()
    draft = sitting(session, response_id=found, lock=True)
    if draft.sent:
        raise DomainError("ticket_used")
    if mode == CHAT and draft.account is not None and (draft.channel, draft.account) != (channel, account):
        raise DomainError("ticket_taken")
    return _go_on(session, draft, mode, channel, account, now)


def give_consent(session: Session, *, response_id: str, now: datetime) -> Sitting:
    """The patient has read the notice and agrees. Again changes nothing. Without it no answer is taken."""
    draft = draft_for_change(session, response_id, now)
    if draft.consented:
        return draft
    _change(session, response_id, consented_at=now, touched_at=now)
    _record(session, "give_consent", response_id, now, {"notice": draft.questionnaire.notice_version})
    return replace(draft, consented=True)


def record_answer(
    session: Session, *, response_id: str, question_id: str, value: str, revision: int | None, now: datetime
) -> Sitting | Reask:
    """Store one answer and drop those it makes needless. A button carries `revision`; text has none.

    Reasks: `button_stale`, and those of `conversation.accept`. Errors: `response_unknown`, `response_sent`,
    `ticket_expired`, `consent_missing`.
    """
    draft = _consented(draft_for_change(session, response_id, now))
    if revision is not None and revision != draft.revision:
        return Reask("button_stale")
    accepted = accept(draft.questionnaire, draft.answers, question_id, value)
    return accepted if isinstance(accepted, Reask) else _store(session, draft, accepted, "record_answer", now)


def record_page(
    session: Session, *, response_id: str, answers: Mapping[str, str], now: datetime
) -> tuple[Sitting, dict[str, Reask]]:
    """Store what a page brought, and say by question id what could not be taken.

    A page without scripts shows every question: what stands at one that is not asked, or is no question, is left out. A
    question that the page does not bring keeps its answer. Errors as `record_answer`.
    """
    draft = _consented(draft_for_change(session, response_id, now))
    taken, refused = dict(draft.answers), {}
    for question in draft.questionnaire.questions:  # in order: conditions look back
        if question.id not in answers:
            continue
        accepted = accept(draft.questionnaire, taken, question.id, answers[question.id])
        if not isinstance(accepted, Reask):
            taken = accepted
        elif accepted.code != "question_not_asked":
            refused[question.id] = accepted
    return _store(session, draft, taken, "record_page", now), refused


def send_response(session: Session, *, response_id: str, receipt_code: str, now: datetime) -> Sent | Reask:
    """Send, once. The response enters its month's tallies and lets go of the chat account.

    Reask `answers_missing` names the required questions without an answer. Errors as `record_answer`.
    """
    draft = _consented(draft_for_change(session, response_id, now))
    missing = _missing(review(draft.questionnaire, draft.answers), draft.language)
    if missing is not None:
        return missing
    period = str(Period.month_of(now, zone(session)))
    _change(
        session,
        response_id,
        state=SENT,
        sent_at=now,
        touched_at=now,
        period=period,
        receipt_hash=receipt_hash(receipt_code),
        channel=None,
        account=None,
        message_ref=None,
    )
    count_response(
        session,
        period=period,
        unit_code=draft.unit_code,
        mode=draft.mode,
        questionnaire=draft.questionnaire,
        answers=only_asked(draft.questionnaire, draft.answers),
    )
    _record(session, "send_response", response_id, now, {"period": period, "unit": draft.unit_code})
    return Sent(receipt_code)


def set_language(session: Session, *, response_id: str, language: str, now: datetime) -> Sitting:
    """Go on in another language; the answers stay. `response_language` if the questionnaire does not speak it."""
    draft = draft_for_change(session, response_id, now)
    if language not in LANGUAGES or language not in draft.questionnaire.languages:
        raise DomainError("response_language", value=language[:20])
    if language == draft.language:
        return draft
    _change(session, response_id, language=language, touched_at=now)
    _record(session, "set_response_language", response_id, now, {"language": language})
    return replace(draft, language=language)


def remember_message(session: Session, *, response_id: str, message_ref: str | None) -> None:
    """Which message shows this draft, so that it can be edited in place. A sent response remembers none.

    No audit row: it says where a screen stands, nothing about the response.
    """
    session.execute(_CHANGE_DRAFT, {"draft": response_id, "message_ref": message_ref})


def _begin(  # noqa: PLR0917 - the facts of a new row
    session: Session, opened: Opened, mode: str, channel: str | None, account: str | None, new_id: str, now: datetime
) -> bool:
    """Make the response; False if somebody else made it in between."""
    values = {
        "id": new_id,
        "invitation_id": opened.invitation_id,
        "unit_code": opened.unseen.unit_code,
        "state": DRAFT,
        "revision": 0,
        "language": opened.unseen.language,
        "mode": mode,
        "channel": channel,
        "account": account,
        "notice_version": opened.unseen.questionnaire.notice_version,
        "touched_at": now,
    }
    if not insert_new(session, Response, values, ["invitation_id"]):
        return False
    _record(session, "open_response", new_id, now, {"mode": mode, "unit": opened.unseen.unit_code})
    return True


def _go_on(  # noqa: PLR0917 - the facts of one door
    session: Session, draft: Sitting, mode: str, channel: str | None, account: str | None, now: datetime
) -> Sitting:
    """Bind the chat that came first and note the second door; a page that is only opened again changes nothing."""
    changed: dict[str, Any] = {}
    if mode != draft.mode:
        changed["mode"] = MIXED
    if mode == CHAT:
        changed |= {"channel": channel, "account": account, "touched_at": now}
    if all(changed[name] == getattr(draft, name, None) for name in changed):
        return draft
    _change(session, draft.response_id, **changed)
    _record(session, "resume_response", draft.response_id, now, {"mode": mode})
    return sitting(session, response_id=draft.response_id)


def _consented(draft: Sitting) -> Sitting:
    if not draft.consented:
        raise DomainError("consent_missing")
    return draft


def _store(session: Session, draft: Sitting, answers: dict[str, str], action: str, now: datetime) -> Sitting:
    """Bring the stored answers to `answers`; the same again writes nothing."""
    gone = [name for name, value in draft.answers.items() if answers.get(name) != value]
    new = [
        {"response_id": draft.response_id, "question_id": name, "value": value}
        for name, value in answers.items()
        if draft.answers.get(name) != value
    ]
    if not gone and not new:
        return draft
    revision = draft.revision + 1
    _change(session, draft.response_id, revision=revision, touched_at=now)
    if gone:
        session.execute(_FORGET_ANSWERS, {"draft": draft.response_id, "questions": gone})
    if new:
        session.execute(_KEEP_ANSWERS, new)
    _record(session, action, draft.response_id, now, {"revision": revision})
    return replace(draft, answers=answers, revision=revision)


def _missing(shown: Review, language: str) -> Reask | None:
    if not shown.missing:
        return None
    names = text(language, "surveys.names.separator").join(pick(question.text, language) for question in shown.missing)
    return Reask("answers_missing", {"names": names, "questions": tuple(question.id for question in shown.missing)})


def _change(session: Session, response_id: str, **values: Any) -> None:
    """Write to a draft, and to nothing but a draft: the lock makes it so, this line would show it if it did not."""
    changed: Any = session.execute(_CHANGE_DRAFT, {"draft": response_id, **values})
    if changed.rowcount != 1:
        raise DomainError("response_sent")


def _record(session: Session, action: str, response_id: str, now: datetime, details: Mapping[str, object]) -> None:
    record(session, actor=_PATIENT, action=action, subject=f"response:{response_id}", now=now, details=details)
