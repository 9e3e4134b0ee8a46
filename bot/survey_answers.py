"""Answering in chat: what a tap or typed words make of a question's answer, and the screen after it.

Knows when an answer is whole (on to the next question) and when more may follow (ticked options, several numbers: the
screen stays until "done"). What is valid and stored is `surveys.responses`; how words are understood `surveys.typed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot import survey_buttons as tap
from bot.answer_buttons import PER_PAGE, Look, are_numbered, is_chosen_from, keypad, own_values, takes_own_words
from bot.answer_words import echo
from bot.consents import without_text
from bot.inbound import Reply
from bot.survey_place import AT_REVIEW, forget_place, place_in_chat
from bot.survey_view import moved_on, shown, told
from bot.turn import Turn
from locales.errors import DomainError, Reask
from surveys import responses
from surveys.conversation import SKIPPED, Ask, next_step, review, toggled
from surveys.sittings import Sitting
from surveys.structure import DATE, OTHER, WRITTEN, Question
from surveys.typed import understand
from surveys.wording import choices

_UNKNOWN = DomainError("button_expired")


def answered(turn: Turn, sitting: Sitting, question: Question, verb: str, fields: Sequence[str]) -> Reply:
    """A tap on one of a question's answers; `fields` are what the button carries beside the question."""
    first = fields[0] if fields else ""
    match verb:
        case tap.TOGGLE:
            return _ticked(turn, sitting, question, first, fields[1] if len(fields) > 1 else "")
        case tap.DONE:
            return _done(turn, sitting, question)
        case tap.OWN_WORDS:
            if not takes_own_words(question):
                raise _UNKNOWN
            return shown(turn, sitting, at=question.id, look=Look(is_own=True))
        case _:
            values = _tapped_values(sitting, question, verb, first)
            return _given(
                turn, sitting, question, values, revision=sitting.revision, is_whole=_is_whole(question, verb)
            )


def typed(turn: Turn, sitting: Sitting, words: str) -> Reply:
    """Words: the answer to the question that the chat looks at; else one sentence and the screen."""
    if not sitting.consented:
        return told(turn, sitting, Reask("tap_to_begin"))
    place = place_in_chat(turn, sitting)
    step = next_step(sitting.questionnaire, sitting.answers, at=place)
    if place == AT_REVIEW or not isinstance(step, Ask):
        return told(turn, sitting, Reask("tap_in_review"), at=place)
    question = step.question
    understood = understand(
        question,
        words,
        sitting.language,
        now=turn.local_now,
        is_numbered=are_numbered(question, sitting.language),
    )
    if isinstance(understood, Reask):
        return told(turn, sitting, understood, at=question.id)
    said = "" if question.type in WRITTEN and not question.has_options else echo(question, understood, sitting.language)
    values = _with_more(question, sitting.answers.get(question.id, ()), understood)
    return _given(turn, sitting, question, values, revision=None, is_whole=not question.repeats, said=said)


def _tapped_values(sitting: Sitting, question: Question, verb: str, field: str) -> tuple[str, ...]:
    """The answer that a tap gives, whole."""
    given = sitting.answers.get(question.id, ())
    match verb:
        case tap.SKIP:
            return SKIPPED
        case tap.ANSWER:
            return (_option_at(sitting, question, field),)
        case tap.KEY:
            return _with_more(question, given, (_key_at(question, field),))
        case tap.DAY:
            return _with_more(question, given, (_day_in(question, field),))
        case tap.PROPOSED:
            return question.initial or _unknown()
        case tap.TAKE_AWAY:
            return given[:-1]
        case _:
            raise _UNKNOWN


def _is_whole(question: Question, verb: str) -> bool:
    """Whether nothing more is expected at this question after such a tap."""
    return verb == tap.SKIP or not question.repeats


def _ticked(turn: Turn, sitting: Sitting, question: Question, field: str, wanted: str) -> Reply:
    """One of several becomes what its button says. Tapped twice it is the same: nothing more happens."""
    if not question.repeats or not is_chosen_from(question) or wanted not in ("0", "1"):
        raise _UNKNOWN
    answer = sitting.answers.get(question.id, ())
    number = tap.number_in(field)
    own = own_values(question, answer)
    offered = [code for code, _ in choices(question, sitting.language)]
    codes = [*offered, *own]
    if number >= len(codes):
        raise _UNKNOWN
    look = Look(page=number // PER_PAGE) if number < len(offered) else None
    if (codes[number] in answer) == (wanted == "1"):
        return shown(turn, sitting, at=question.id, look=look)
    values = toggled(question, answer, codes[number])
    return _given(turn, sitting, question, values, revision=sitting.revision, is_whole=False, look=look)


def _done(turn: Turn, sitting: Sitting, question: Question) -> Reply:
    """Enough at this question: on, unless it wants more."""
    fault = review(sitting.questionnaire, sitting.answers).faults.get(question.id)
    if fault is not None:
        return told(turn, sitting, fault, at=question.id)
    if not sitting.answers.get(question.id):
        return _given(turn, sitting, question, SKIPPED, revision=sitting.revision, is_whole=True)
    forget_place(turn)
    return shown(turn, without_text(turn, sitting))


def _given(
    turn: Turn,
    sitting: Sitting,
    question: Question,
    values: Sequence[str],
    *,
    revision: int | None,
    is_whole: bool,
    look: Look | None = None,
    said: str = "",
) -> Reply:
    """Store, then go on or stay; or say in one sentence why not."""
    if not values and question.required and question.repeats:
        return told(turn, sitting, Reask("last_one_stays"), at=question.id, look=look)
    outcome = responses.record_answer(
        turn.session,
        response_id=sitting.response_id,
        question_id=question.id,
        values=values,
        revision=revision,
        now=turn.now,
    )
    if not isinstance(outcome, Reask):
        if not is_whole:
            return shown(turn, outcome, at=question.id, look=look, said=said)
        return moved_on(turn, without_text(turn, outcome), sitting, said=said)
    if outcome.code == "button_stale":
        return told(turn, responses.sitting(turn.session, response_id=sitting.response_id), outcome)
    if outcome.code == "text_consent_missing":
        return told(turn, sitting, outcome, at=question.id, look=Look(is_own=True))
    return told(turn, sitting, outcome, at=question.id, look=look)


def _with_more(question: Question, given: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...]:
    """The answer with more in it: options ticked, typed values behind; where one is asked for, the new one alone."""
    if not question.repeats:
        return tuple(more)
    answer = given
    for value in more:
        if is_chosen_from(question) and value in answer:
            continue
        is_option = is_chosen_from(question) and not value.startswith(OTHER)
        answer = toggled(question, answer, value) if is_option else (*answer, value)
    return answer


def _option_at(sitting: Sitting, question: Question, field: str) -> str:
    offered = choices(question, sitting.language)
    number = tap.number_in(field)
    if question.repeats or number >= len(offered):
        raise _UNKNOWN
    return offered[number][0]


def _key_at(question: Question, field: str) -> str:
    keys, offset = keypad(question), tap.number_in(field)
    if keys is None or offset >= len(keys):
        raise _UNKNOWN
    return str(keys[offset])


def _day_in(question: Question, field: str) -> str:
    try:
        day = date.fromisoformat(field)
    except ValueError:
        raise _UNKNOWN from None
    if question.type != DATE:
        raise _UNKNOWN
    return day.isoformat()


def _unknown() -> tuple[str, ...]:
    raise _UNKNOWN
