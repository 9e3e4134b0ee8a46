"""A response as a reply: the one survey message drawn anew, with one sentence where something could not be taken.

Knows which screen is due: notice, question, consent to free text, review. Changes nothing of the response; only where
the chat is looking is written down. Refuses to know what was said.
"""

from __future__ import annotations

import dataclasses

from bot.answer_buttons import Look
from bot.door_screens import notice_screen, text_consent_screen
from bot.inbound import Reply
from bot.survey_place import AT_REVIEW, forget_place, note_place
from bot.survey_screens import question_screen, review_screen
from bot.turn import Turn
from locales.errors import DomainError, Reask, explain
from outbox.message import Message
from surveys.conversation import Ask, next_step, review
from surveys.sittings import Sitting
from surveys.structure import DATE, DATETIME, WRITTEN, Question


def shown(turn: Turn, sitting: Sitting, *, at: str | None = None, look: Look | None = None, said: str = "") -> Reply:
    """The question `at`, else the next without an answer, else the review; `said` is what was just understood."""
    if turn.now >= sitting.expires_at:
        return in_place(turn, sitting, Message(explain(sitting.language, DomainError("ticket_expired"))))
    if not sitting.consented:
        return in_place(turn, sitting, notice_screen(sitting))
    if at == AT_REVIEW:
        return reviewed(turn, sitting, 0)
    step = next_step(sitting.questionnaire, sitting.answers, at=at)
    if not isinstance(step, Ask):
        return in_place(turn, sitting, review_screen(sitting, step, said=said))
    if at is not None:
        note_place(turn, sitting, step.question.id)
    look = look or Look()
    if needs_text_consent(sitting, step.question, is_own=look.is_own):
        return in_place(turn, sitting, text_consent_screen(sitting, step))
    today = turn.local_now.date() if step.question.type in (DATE, DATETIME) else None
    return in_place(turn, sitting, question_screen(sitting, step, dataclasses.replace(look, today=today, said=said)))


def reviewed(turn: Turn, sitting: Sitting, page: int) -> Reply:
    """The review, even where something is still unanswered."""
    note_place(turn, sitting, AT_REVIEW)
    return in_place(turn, sitting, review_screen(sitting, review(sitting.questionnaire, sitting.answers), page))


def told(turn: Turn, sitting: Sitting, reask: Reask, *, at: str | None = None, look: Look | None = None) -> Reply:
    """One sentence and the screen as it is."""
    return dataclasses.replace(shown(turn, sitting, at=at, look=look), toast=explain(sitting.language, reask))


def in_place(turn: Turn, sitting: Sitting, screen: Message) -> Reply:
    """Edit the tapped message, or, after words, the one that shows the survey."""
    place = turn.said.message_ref or sitting.message_ref
    return Reply(screen, edits=True, place=place, remember=sitting.response_id, remembered=sitting.message_ref)


def moved_on(turn: Turn, sitting: Sitting, before: Sitting, *, said: str = "") -> Reply:
    """What comes next after an answer. One that changed nothing leaves no trace of where the chat was looking."""
    if sitting.revision == before.revision:
        forget_place(turn)
    return shown(turn, sitting, said=said)


def needs_text_consent(sitting: Sitting, question: Question, *, is_own: bool = False) -> bool:
    """Whether words of one's own are asked for here and the patient has not agreed that they are kept."""
    is_written = question.type in WRITTEN and not question.has_options
    return (is_written or is_own) and not sitting.text_consented
