"""How one response goes on: questionnaire + answers → the next question, or the review. PURE, no stored cursor.

Chat, page and simulator all ask here, so they walk the same path and keep the same answers. An answer that a later
correction makes needless is dropped at once. Refuses to know who answers, where it is shown and how it is stored.

A condition about a question that is not asked, not answered or passed over does not hold, except `exists` with the
value false: what was never said cannot be equal or unequal to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from locales.errors import Reask
from surveys.plain_text import clean_text, is_blank
from surveys.structure import ANY, CHOICE, EQUAL, EXISTS, Condition, Question, Questionnaire, find_option

Answers = Mapping[str, str]
"""Question id → option code or text; `SKIPPED` where an optional question was passed over."""

SKIPPED = ""

_LONGEST_COMPOSITION = 4  # code points that NFC can join into one: what is longer cannot become short enough


@dataclass(frozen=True, slots=True)
class Ask:
    """The question to show now, where it stands among those asked, and what was answered so far."""

    question: Question
    number: int
    total: int
    answer: str | None
    previous: str | None
    following: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the review: None is not answered, `SKIPPED` passed over."""

    question: Question
    answer: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """Every question asked with its answer, and the required ones that still have none."""

    entries: tuple[Entry, ...]
    missing: tuple[Question, ...]


def asked(questionnaire: Questionnaire, answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers lead to, in order. Conditions look back, so one pass decides."""
    questions: list[Question] = []
    said: dict[str, str] = {}
    for question in questionnaire.questions:
        if _is_asked(question, said):
            questions.append(question)
            answer = answers.get(question.id, SKIPPED)
            if answer != SKIPPED:
                said[question.id] = answer
    return tuple(questions)


def next_step(questionnaire: Questionnaire, answers: Answers, *, at: str | None = None) -> Ask | Review:
    """The question `at` if it is asked, else the first without an answer, else the review."""
    questions = asked(questionnaire, answers)
    ids = [question.id for question in questions]
    place = ids.index(at) if at in ids else next((n for n, each in enumerate(ids) if each not in answers), None)
    if place is None:
        return review(questionnaire, answers)
    return Ask(
        question=questions[place],
        number=place + 1,
        total=len(questions),
        answer=answers.get(ids[place]),
        previous=ids[place - 1] if place > 0 else None,
        following=ids[place + 1] if place + 1 < len(ids) else None,
    )


def review(questionnaire: Questionnaire, answers: Answers) -> Review:
    """All that is asked with what was answered; `missing` must be empty before sending."""
    entries = tuple(Entry(question, answers.get(question.id)) for question in asked(questionnaire, answers))
    missing = tuple(each.question for each in entries if each.question.required and each.answer in (None, SKIPPED))
    return Review(entries, missing)


def accept(questionnaire: Questionnaire, answers: Answers, question_id: str, value: str) -> dict[str, str] | Reask:
    """The answers with this one in them and without those no longer asked; or why `value` cannot be taken.

    Reasks: `question_not_asked`, `answer_required`, `answer_not_an_option`, `answer_unreadable`, `answer_too_long`.
    """
    question = next((each for each in asked(questionnaire, answers) if each.id == question_id), None)
    if question is None:
        return Reask("question_not_asked")
    stored = _chosen(question, value) if question.type == CHOICE else _written(question, value)
    if isinstance(stored, Reask):
        return stored
    return only_asked(questionnaire, {**answers, question_id: stored})


def only_asked(questionnaire: Questionnaire, answers: Answers) -> dict[str, str]:
    """These answers without the ones to questions that are not asked, in the order of the questionnaire."""
    return {question.id: answers[question.id] for question in asked(questionnaire, answers) if question.id in answers}


def _chosen(question: Question, value: str) -> str | Reask:
    if value == SKIPPED:
        return Reask("answer_required") if question.required else SKIPPED
    return value if find_option(question, value) is not None else Reask("answer_not_an_option")


def _written(question: Question, value: str) -> str | Reask:
    """Free text, cleaned. Refused early when it is far too long, so that hostile text costs nothing to refuse."""
    too_long = Reask("answer_too_long", {"limit": question.max_length})
    if len(value.strip()) > _LONGEST_COMPOSITION * question.max_length:
        return too_long
    cleaned = clean_text(value)
    if cleaned is None:
        return Reask("answer_unreadable")
    if is_blank(cleaned):
        return Reask("answer_required") if question.required else SKIPPED
    return too_long if len(cleaned) > question.max_length else cleaned


def _is_asked(question: Question, said: Answers) -> bool:
    if not question.enable_when:
        return True
    held = (_holds(condition, said.get(condition.question)) for condition in question.enable_when)
    return any(held) if question.enable_behavior == ANY else all(held)


def _holds(condition: Condition, answer: str | None) -> bool:
    if condition.operator == EXISTS:
        return (answer is not None) == condition.value
    if answer is None:
        return False
    return (answer == condition.value) == (condition.operator == EQUAL)
