"""What people wrote in their own words: only with their consent, only where ten or more answered.

A comment comes without date, visit or response, in an order that tells nothing. Which periods may show comments follows
the same rule as small numbers, with ten instead of five, so that no two windows give away the words of few. Of a blind
survey ten must have written something in a month, and their words stand for the whole unit, never for a group. Refuses
to know who asks: a unit may see its own, the office every unit's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_FOR_COMMENTS, may_show_comments
from consortium.periods import Period
from surveys.models import Answer, Invitation, Response
from surveys.questionnaires import load
from surveys.results import Window
from surveys.retention_marks import is_removed
from surveys.shown import Counts, shown_periods
from surveys.sittings import SENT, VISIT
from surveys.structure import OTHER, WRITTEN, Question, Wording, find_question


@dataclass(frozen=True, slots=True)
class Comment:
    """One answer in words, and the question it was given to."""

    question: Wording
    words: str


def may_show(window: Window, answered: Counts) -> bool:
    """Whether a window's comments may be read; never those of the twelve months, whose ends move."""
    return not window.is_rolling and window.name in shown_periods(answered, MINIMUM_FOR_COMMENTS)


def comments(
    session: Session, *, unit_code: str, questionnaire_id: str, months: Collection[Period], stream: str
) -> list[Comment]:
    """Every comment of these months whose writer agreed that it is kept. Whether it may be shown: `may_show`."""
    found = _written(session, unit_code, questionnaire_id, months, stream)
    return sorted((comment for _, comment in found), key=_without_meaning)


def blind_comments(session: Session, *, unit_code: str, questionnaire_id: str, month: Period) -> list[Comment] | None:
    """What was written in a blind survey about a unit in a closed month; None where fewer than ten people wrote."""
    found = _written(session, unit_code, questionnaire_id, (month,), VISIT)
    if not may_show_comments(len({writer for writer, _ in found})):
        return None
    return sorted((comment for _, comment in found), key=_without_meaning)


def _written(
    session: Session, unit_code: str, questionnaire_id: str, months: Collection[Period], stream: str
) -> list[tuple[str, Comment]]:
    """(Response, comment)"""
    rows = session.execute(
        select(Response.id, Invitation.questionnaire_version, Answer.question_id, Answer.value)
        .select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(
            Response.state == SENT,
            Response.stream == stream,
            Response.unit_code == unit_code,
            Response.period.in_([str(month) for month in months]),
            Response.text_consented_at.is_not(None),
            Invitation.questionnaire_id == questionnaire_id,
            Answer.value != "",
        )
    )
    found = []
    for response_id, version, question_id, value in rows:
        question = find_question(load(session, questionnaire_id, version), question_id)
        words = words_of(question, value) if question is not None and not is_removed(value) else None
        if question is not None and words:
            found.append((response_id, Comment(question.text, words)))
    return found


def words_of(question: Question, value: str) -> str | None:
    """What was written in the patient's own words; None for an answer that was chosen, a number or a date."""
    if question.has_options:
        return value[len(OTHER) :].strip() if value.startswith(OTHER) else None
    return value.strip() if question.type in WRITTEN else None


def _without_meaning(comment: Comment) -> bytes:
    return hashlib.sha256(comment.words.encode("utf-8", "surrogatepass")).digest()
