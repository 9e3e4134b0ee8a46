"""Writing to a draft: only what differs, only while it is a draft, each change with its audit row.

Knows rows and the two consents; what may be answered is decided in `conversation`, who may do it in `responses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from locales.errors import DomainError
from storage.audit import record
from surveys.fielding import dispositions
from surveys.models import ANSWERS, RESPONSES
from surveys.sittings import DRAFT, TEST, Sitting
from surveys.structure import OTHER, WRITTEN, Question, find_question

_PATIENT = "patient"
CHANGE_DRAFT = update(RESPONSES).where(RESPONSES.c.id == bindparam("draft"), RESPONSES.c.state == DRAFT)
_FORGET_ANSWERS = delete(ANSWERS).where(
    ANSWERS.c.response_id == bindparam("draft"), ANSWERS.c.question_id.in_(bindparam("questions", expanding=True))
)
_KEEP_ANSWERS = insert(ANSWERS)


def consented(draft: Sitting) -> Sitting:
    """The draft, if its patient has agreed to the notice: else `consent_missing`."""
    if not draft.consented:
        raise DomainError("consent_missing")
    return draft


def lacks_consent(draft: Sitting, question_id: str, answer: tuple[str, ...]) -> bool:
    """Whether a new answer is in the patient's own words and they have not agreed to leave such."""
    if draft.text_consented or draft.answers.get(question_id) == answer:
        return False
    question = find_question(draft.questionnaire, question_id)
    return question is not None and any(_is_own_words(question, value) for value in answer)


def store(session: Session, draft: Sitting, answers: dict[str, tuple[str, ...]], action: str, now: datetime) -> Sitting:
    """Bring the stored answers to `answers`; the same again writes nothing."""
    if answers == draft.answers:
        return draft
    revision = draft.revision + 1
    change(session, draft.response_id, revision=revision, touched_at=now)
    write_answers(session, draft, answers)
    if not draft.answers:
        note(session, draft, dispositions.PARTIAL, now)
    record_step(session, action, draft.response_id, now, {"revision": revision})
    return replace(draft, answers=answers, revision=revision)


def write_answers(session: Session, draft: Sitting, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Only what differs is written: a row for each of several values, an empty one where a question was passed over."""
    gone = [name for name, values in draft.answers.items() if answers.get(name) != values]
    new = [
        {"response_id": draft.response_id, "question_id": name, "place": place, "value": value}
        for name, values in answers.items()
        if draft.answers.get(name) != values
        for place, value in enumerate(values or ("",))
    ]
    if gone:
        session.execute(_FORGET_ANSWERS, {"draft": draft.response_id, "questions": gone})
    if new:
        session.execute(_KEEP_ANSWERS, new)


def note(session: Session, draft: Sitting, disposition: str, now: datetime) -> None:
    """What has come of the invitation. Trials are nobody's."""
    if draft.stream != TEST:
        dispositions.note(session, invitation_id=draft.invitation_id, disposition=disposition, now=now)


def change(session: Session, response_id: str, **values: Any) -> None:
    """Write to a draft, and to nothing but a draft: the lock makes it so, this line would show it if it did not."""
    changed: Any = session.execute(CHANGE_DRAFT, {"draft": response_id, **values})
    if changed.rowcount != 1:
        raise DomainError("response_sent")


def record_step(session: Session, action: str, response_id: str, now: datetime, details: Mapping[str, object]) -> None:
    """The audit row of what a patient did; never what was answered."""
    record(session, actor=_PATIENT, action=action, subject=f"response:{response_id}", now=now, details=details)


def _is_own_words(question: Question, value: str) -> bool:
    return value.startswith(OTHER) if question.has_options else question.type in WRITTEN
