"""What the buttons of a survey carry: the response, the revision they were drawn with, a verb, places. PURE.

Places are those of questions and options in the questionnaire, counted from 0: ids and codes may be long and foreign.
Refuses to know what a tap does.
"""

from __future__ import annotations

from locales.errors import DomainError
from locales.texts import LANGUAGES, text
from outbox.message import Button
from surveys.sittings import Sitting
from surveys.structure import Question

CONSENT, DECLINE, RECONSIDER = "y", "n", "w"
UNDER_AGE, GUARDIAN = "c", "p"
ANSWER, TOGGLE, KEY, DAY, PROPOSED = "a", "t", "i", "z", "e"
OWN_WORDS, TAKE_AWAY, DONE, SKIP = "o", "u", "d", "k"
TEXT_YES, TEXT_NO = "h", "j"
VIEW, REVIEW, SEND, LANGUAGE, RESUME = "v", "r", "x", "g", "b"


def action(sitting: Sitting, verb: str, *places: object) -> tuple[str, ...]:
    """What a button of this sitting carries."""
    return ("s", sitting.response_id, str(sitting.revision), verb, *(str(place) for place in places))


def place_of(sitting: Sitting, question: Question | str) -> int:
    """Where a question (or the one of this id) stands in the questionnaire, from 0."""
    wanted = question if isinstance(question, str) else question.id
    return [each.id for each in sitting.questionnaire.questions].index(wanted)


def question_at(sitting: Sitting, place: str) -> Question:
    """The question at a place that a button carries; `button_expired` for what is none."""
    questions, number = sitting.questionnaire.questions, number_in(place)
    if number >= len(questions) or not questions[number].is_question:
        raise DomainError("button_expired")
    return questions[number]


def number_in(field: str) -> int:
    """A small number that a button carries; `button_expired` for anything else."""
    if not (field.isascii() and field.isdecimal() and len(field) < 7):  # noqa: PLR2004 - no place is longer
        raise DomainError("button_expired")
    return int(field)


def other_language(sitting: Sitting) -> str | None:
    """The language one may switch to, or None if the questionnaire speaks only one."""
    spoken = [language for language in LANGUAGES if language in sitting.questionnaire.languages]
    return next((language for language in spoken if language != sitting.language), None)


def language_button(sitting: Sitting, place: object = "") -> tuple[Button, ...]:
    """A button with the other language's own name; `place` is the question to come back to."""
    other = other_language(sitting)
    return (Button(text(other, "bot.language.name"), action(sitting, LANGUAGE, other, place)),) if other else ()
