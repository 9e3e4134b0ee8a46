"""What a patient agrees to: the notice, at fourteen or through a guardian; and, apart from it, to keeping free text.

Nothing about age is kept but that a guardian answers, in the audit trail. Who does not agree to free text is not asked
again: those questions are passed over, and stay open to a change of mind. Refuses to know the other questions.
"""

from __future__ import annotations

from bot.answer_buttons import Look
from bot.door_screens import declined_screen, under_age_screen
from bot.inbound import Reply
from bot.survey_buttons import CONSENT, DECLINE, GUARDIAN, TEXT_YES, UNDER_AGE, question_at
from bot.survey_view import in_place, needs_text_consent, shown, told
from bot.turn import Turn
from locales.errors import DomainError, Reask
from storage.audit import record
from surveys import responses
from surveys.conversation import SKIPPED, Ask, asked, next_step
from surveys.fielding import dispositions
from surveys.sittings import TEST, Sitting
from surveys.structure import Question

DECLINED = "declined"
"""Why an invitation counts as refused: its patient read the notice and said no."""


def decided(turn: Turn, sitting: Sitting, verb: str) -> Reply:
    """A tap before the first question."""
    if sitting.consented:  # the second half of a double tap
        return told(turn, sitting, Reask("button_stale"))
    if verb == UNDER_AGE:
        return in_place(turn, sitting, under_age_screen(sitting))
    if verb == DECLINE:
        _note_refusal(turn, sitting)
        return in_place(turn, sitting, declined_screen(sitting))
    if verb in (CONSENT, GUARDIAN):
        sitting = responses.give_consent(turn.session, response_id=sitting.response_id, now=turn.now)
    if verb == GUARDIAN:
        subject = f"response:{sitting.response_id}"
        record(turn.session, actor="patient", action="answer_as_guardian", subject=subject, now=turn.now)
    return shown(turn, sitting)


def decided_about_text(turn: Turn, sitting: Sitting, verb: str, place: str) -> Reply:
    """A tap on the question whether own words may be kept."""
    question = question_at(sitting, place)
    if sitting.text_consented:
        return told(turn, sitting, Reask("button_stale"), at=question.id)
    if verb == TEXT_YES:
        agreed = responses.consent_to_text(turn.session, response_id=sitting.response_id, now=turn.now)
        return shown(turn, agreed, at=question.id, look=Look(is_own=question.has_options))
    if question.has_options:
        return shown(turn, sitting, at=question.id)
    if question.required:
        return told(turn, sitting, Reask("answer_required"), at=question.id)
    return shown(turn, without_text(turn, _passed_over(turn, sitting, question)))


def without_text(turn: Turn, sitting: Sitting) -> Sitting:
    """Pass over the free-text questions that come next, where the patient does not want to leave such."""
    while _has_refused_text(sitting):
        step = next_step(sitting.questionnaire, sitting.answers)
        if not isinstance(step, Ask) or step.question.required or not needs_text_consent(sitting, step.question):
            break
        sitting = _passed_over(turn, sitting, step.question)
    return sitting


def _has_refused_text(sitting: Sitting) -> bool:
    """Nobody passes over a free-text question without having been asked about consent: who did has said no."""
    return not sitting.text_consented and any(
        needs_text_consent(sitting, question) and sitting.answers.get(question.id) == SKIPPED
        for question in asked(sitting.questionnaire, sitting.answers)
    )


def _passed_over(turn: Turn, sitting: Sitting, question: Question) -> Sitting:
    outcome = responses.record_answer(
        turn.session,
        response_id=sitting.response_id,
        question_id=question.id,
        values=SKIPPED,
        revision=None,
        now=turn.now,
    )
    if isinstance(outcome, Reask):
        raise DomainError(outcome.code, **outcome.details)
    return outcome


def _note_refusal(turn: Turn, sitting: Sitting) -> None:
    if sitting.stream != TEST:
        dispositions.note(
            turn.session,
            invitation_id=sitting.invitation_id,
            disposition=dispositions.REFUSED,
            reason=DECLINED,
            now=turn.now,
        )
