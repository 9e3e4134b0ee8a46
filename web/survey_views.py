"""What the survey's templates show, worked out of a sitting: questions with their state, entries of the review. PURE.

Refuses to know requests and the database. Every text in here is still plain; the templates escape it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from locales.errors import Reask, explain
from locales.texts import pick
from surveys.conversation import SKIPPED, asked, review
from surveys.sittings import Sitting
from surveys.structure import ANY, CHOICE, Option, Question
from surveys.wording import answer_text


@dataclass(frozen=True, slots=True)
class OptionView:
    """One option. `is_apart`: it gives no score in a scored question, such as "does not apply"."""

    code: str
    label: str
    is_chosen: bool
    is_apart: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question as it stands on the page. `conditions` is what the script needs to show and hide it at once."""

    id: str
    label: str
    is_choice: bool
    is_required: bool
    is_asked: bool
    is_answered: bool
    is_more: bool
    options: tuple[OptionView, ...]
    written: str
    max_length: int
    fault: str | None
    conditions: str | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the review, or of what is still open."""

    id: str
    label: str
    answer: str
    is_missing: bool


def question_views(
    sitting: Sitting, language: str, *, refused: Mapping[str, Reask], brought: Mapping[str, str], more: str
) -> list[QuestionView]:
    """Every question of the questionnaire; what is not asked now is hidden, so that a script can show it."""
    now_asked = {question.id for question in asked(sitting.questionnaire, sitting.answers)}
    return [
        _view(
            question,
            language,
            answer=brought[question.id] if question.id in refused else sitting.answers.get(question.id, SKIPPED),
            is_asked=question.id in now_asked,
            is_more=question.id == more,
            fault=explain(language, refused[question.id]) if question.id in refused else None,
        )
        for question in sitting.questionnaire.questions
    ]


def review_entries(sitting: Sitting, language: str) -> list[EntryView]:
    """Every question that is asked, with its answer in words."""
    shown = review(sitting.questionnaire, sitting.answers)
    missing = {question.id for question in shown.missing}
    return [
        EntryView(
            id=entry.question.id,
            label=pick(entry.question.text, language),
            answer=answer_text(entry.question, entry.answer, language),
            is_missing=entry.question.id in missing,
        )
        for entry in shown.entries
    ]


def missing_entries(sitting: Sitting, language: str) -> list[EntryView]:
    """The required questions without an answer."""
    return [entry for entry in review_entries(sitting, language) if entry.is_missing]


def _view(
    question: Question, language: str, *, answer: str, is_asked: bool, is_more: bool, fault: str | None
) -> QuestionView:
    is_choice = question.type == CHOICE
    return QuestionView(
        id=question.id,
        label=pick(question.text, language),
        is_choice=is_choice,
        is_required=question.required,
        is_asked=is_asked,
        is_answered=answer != SKIPPED,
        is_more=is_more,
        options=tuple(_option(question, option, answer, language) for option in question.options),
        written="" if is_choice else answer,
        max_length=question.max_length,
        fault=fault,
        conditions=_conditions(question),
    )


def _option(question: Question, option: Option, answer: str, language: str) -> OptionView:
    return OptionView(
        code=option.code,
        label=pick(option.text, language),
        is_chosen=option.code == answer,
        is_apart=question.is_scored and option.score is None,
    )


def _conditions(question: Question) -> str | None:
    if not question.enable_when:
        return None
    conditions = [[each.question, each.operator, each.value] for each in question.enable_when]
    return json.dumps({"any": question.enable_behavior == ANY, "conditions": conditions})
