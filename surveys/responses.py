"""Responses 答卷: opened by a ticket, filled in chat or on the page, sent once.

Whoever holds the ticket may answer on the page; in chat the account that opened it first goes on. Every change locks
the response, so a double tap or two doors at once come one after the other. Nothing can be changed after sending, nor
from the moment the invitation expires. What the answers are never reaches the audit trail. What becomes of a response
after sending is in `receipted`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from locales.errors import DomainError, Reask
from locales.texts import LANGUAGES, pick, text
from storage.audit import record
from storage.database import insert_new
from surveys.audiences.parting import part_response
from surveys.conversation import SKIPPED, Review, accept, accept_page, complete, review
from surveys.drafts import CHANGE_DRAFT, change, consented, lacks_consent, note, record_step, store, write_answers
from surveys.fielding import dispositions
from surveys.honesty.staff import refuse_own_staff
from surveys.models import Response
from surveys.receipted import response_by_receipt, withdraw_response
from surveys.receipts import receipt_hash
from surveys.sittings import (
    DRAFT,
    SENT,
    TEST,
    Opened,
    Sitting,
    behind_ticket,
    draft_for_change,
    sitting,
    sitting_in_chat,
    view_ticket,
)
from surveys.tallies import count_response
from surveys.trials import erase_trial

__all__ = [  # all that chat and page need of a response
    "CHAT",
    "MIXED",
    "PAGE",
    "Sent",
    "Sitting",
    "consent_to_text",
    "give_consent",
    "open_ticket",
    "record_answer",
    "record_page",
    "remember_message",
    "response_by_receipt",
    "send_response",
    "set_language",
    "sitting",
    "sitting_in_chat",
    "view_ticket",
    "withdraw_response",
]

CHAT, PAGE, MIXED = "chat", "page", "mixed"


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
    person_id: str | None = None,
    new_id: str,
    now: datetime,
) -> Sitting:
    """Begin or go on. `mode` is `chat` (with channel and account) or `page`; a second door makes it `mixed`.

    `person_id` is who is signed in on the page, if anybody: staff do not answer for their own unit. Errors:
    `ticket_unknown`, `ticket_used`, `ticket_expired`, `ticket_taken` (in chat, opened by another account),
    `staff_of_unit`.
    """
    if mode not in (CHAT, PAGE) or (mode == CHAT) != (account is not None) or (channel is None) != (account is None):
        msg = "a chat is opened by an account of a channel, a page by nobody"
        raise ValueError(msg)
    opened = behind_ticket(session, ticket, now)
    refuse_own_staff(session, sitting=opened.unseen, channel=channel, account=account, person_id=person_id)
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
    change(session, response_id, consented_at=now, touched_at=now)
    record_step(session, "give_consent", response_id, now, {"notice": draft.questionnaire.notice_version})
    return replace(draft, consented=True)


def consent_to_text(session: Session, *, response_id: str, now: datetime) -> Sitting:
    """The patient agrees, apart from the rest, that their own words are kept. Again changes nothing."""
    draft = consented(draft_for_change(session, response_id, now))
    if draft.text_consented:
        return draft
    change(session, response_id, text_consented_at=now, touched_at=now)
    record_step(session, "consent_to_text", response_id, now, {"notice": draft.notice_version})
    return replace(draft, text_consented=True)


def record_answer(
    session: Session, *, response_id: str, question_id: str, values: Sequence[str], revision: int | None, now: datetime
) -> Sitting | Reask:
    """Store one answer and drop those it makes needless. A button carries `revision`; text has none.

    Reasks: `button_stale`, `text_consent_missing`, and those of `conversation.accept`. Errors: `response_unknown`,
    `response_sent`, `ticket_expired`, `consent_missing`.
    """
    draft = consented(draft_for_change(session, response_id, now))
    if revision is not None and revision != draft.revision:
        return Reask("button_stale")
    accepted = accept(draft.questionnaire, draft.answers, question_id, values)
    if isinstance(accepted, Reask):
        return accepted
    if lacks_consent(draft, question_id, accepted.get(question_id, SKIPPED)):
        return Reask("text_consent_missing")
    return store(session, draft, accepted, "record_answer", now)


def record_page(
    session: Session, *, response_id: str, answers: Mapping[str, Sequence[str]], now: datetime
) -> tuple[Sitting, dict[str, Reask]]:
    """Store what a page brought, and say by question id what could not be taken.

    A page without scripts shows every question: what stands at one that is not asked, or is no question, is left out. A
    question that the page does not bring keeps its answer. Reasks and errors as `record_answer`.
    """
    draft = consented(draft_for_change(session, response_id, now))
    taken, refused = accept_page(draft.questionnaire, draft.answers, answers)
    without_consent = [name for name, answer in taken.items() if lacks_consent(draft, name, answer)]
    if without_consent:  # what the page wrote in own words is left out; the answers from before stay
        bearable = {name: values for name, values in answers.items() if name not in without_consent}
        taken, refused = accept_page(draft.questionnaire, draft.answers, bearable)
        refused |= {name: Reask("text_consent_missing") for name in without_consent}
    return store(session, draft, taken, "record_page", now), refused


def send_response(session: Session, *, response_id: str, receipt_code: str, now: datetime) -> Sent | Reask:
    """Send, once. The response enters its month's tallies and lets go of the chat account; a trial leaves nothing. A
    blind response is parted from its invitation, and its old id finds nothing any more.

    Reasks: `answers_missing` names the required questions without an answer, `too_few_answers` a question that wants
    more. Errors as `record_answer`.
    """
    draft = consented(draft_for_change(session, response_id, now))
    unfinished = _unfinished(review(draft.questionnaire, draft.answers), draft.language)
    if unfinished is not None:
        return unfinished
    if draft.stream == TEST:
        record_step(session, "send_trial", response_id, now, {"unit": draft.unit_code})
        erase_trial(session, response_id=response_id, invitation_id=draft.invitation_id)
        return Sent(receipt_code)
    place = zone(session)
    month = Period.month_of(now, place)
    period = str(month)
    whole = complete(draft.questionnaire, draft.answers)
    if draft.questionnaire.is_blind:
        receipt = receipt_hash(receipt_code)
        part_response(session, draft=draft, answers=whole, period=month, receipt=receipt, zone=place)
        _count(session, draft, period, whole)
        subject = f"questionnaire:{draft.questionnaire.id}:{draft.questionnaire.version}"
        details = {"period": period, "unit": draft.unit_code}
        record(session, actor="patient", action="send_response", subject=subject, now=now, details=details)
        return Sent(receipt_code)
    write_answers(session, draft, whole)
    change(
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
    _count(session, draft, period, whole)
    note(session, draft, dispositions.COMPLETE, now)
    record_step(session, "send_response", response_id, now, {"period": period, "unit": draft.unit_code})
    return Sent(receipt_code)


def set_language(session: Session, *, response_id: str, language: str, now: datetime) -> Sitting:
    """Go on in another language; the answers stay. `response_language` if the questionnaire does not speak it."""
    draft = draft_for_change(session, response_id, now)
    if language not in LANGUAGES or language not in draft.questionnaire.languages:
        raise DomainError("response_language", value=language[:20])
    if language == draft.language:
        return draft
    change(session, response_id, language=language, touched_at=now)
    record_step(session, "set_response_language", response_id, now, {"language": language})
    return replace(draft, language=language)


def remember_message(session: Session, *, response_id: str, message_ref: str | None) -> None:
    """Which message shows this draft, so that it can be edited in place. A sent response remembers none.

    No audit row: it says where a screen stands, nothing about the response.
    """
    session.execute(CHANGE_DRAFT, {"draft": response_id, "message_ref": message_ref})


def _begin(  # noqa: PLR0917 - the facts of a new row
    session: Session, opened: Opened, mode: str, channel: str | None, account: str | None, new_id: str, now: datetime
) -> bool:
    """Make the response; False if somebody else made it in between."""
    values = {
        "id": new_id,
        "invitation_id": opened.invitation_id,
        "unit_code": opened.unseen.unit_code,
        "state": DRAFT,
        "stream": opened.unseen.stream,
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
    note(session, opened.unseen, dispositions.STARTED, now)
    record_step(session, "open_response", new_id, now, {"mode": mode, "unit": opened.unseen.unit_code})
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
    change(session, draft.response_id, **changed)
    record_step(session, "resume_response", draft.response_id, now, {"mode": mode})
    return sitting(session, response_id=draft.response_id)


def _count(session: Session, draft: Sitting, period: str, whole: Mapping[str, tuple[str, ...]]) -> None:
    count_response(
        session,
        period=period,
        unit_code=draft.unit_code,
        mode=draft.mode,
        questionnaire=draft.questionnaire,
        answers=whole,
        stream=draft.stream,
    )


def _unfinished(shown: Review, language: str) -> Reask | None:
    if shown.missing:
        separator = text(language, "surveys.names.separator")
        names = separator.join(pick(question.text, language) for question in shown.missing)
        return Reask("answers_missing", {"names": names, "questions": tuple(each.id for each in shown.missing)})
    for question_id, fault in shown.faults.items():
        return Reask(fault.code, {**fault.details, "questions": (question_id,)})
    return None
