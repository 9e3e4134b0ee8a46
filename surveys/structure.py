"""What a questionnaire 问卷 consists of, as values, and the one document in which it is written down. PURE.

Refuses to know where it was read from (`definition`), who answers (`conversation`) and where it is stored.
Rule 14 asks for the dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

CHOICE, TEXT = "choice", "text"
EQUAL, NOT_EQUAL, EXISTS = "=", "!=", "exists"
OPERATORS = (EQUAL, NOT_EQUAL, EXISTS)
ALL, ANY = "all", "any"

USUAL_ANSWER = 500  # characters of free text where the author says nothing


@dataclass(frozen=True, slots=True)
class Dimension:
    """A sub-dimension of satisfaction, such as waiting 等待."""

    code: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen. Without a score ("does not apply") it leaves the denominator."""

    code: str
    text: Mapping[str, str]
    score: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about an earlier answer. `value` is the answer as it would be stored; for `exists`, a truth value."""

    question: str
    operator: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `enable_behavior` is `all` or `any` and says how several conditions join."""

    id: str
    type: str
    text: Mapping[str, str]
    required: bool = False
    options: tuple[Option, ...] = ()
    dimension: str | None = None
    is_overall: bool = False
    enable_when: tuple[Condition, ...] = ()
    enable_behavior: str = ALL
    max_length: int = USUAL_ANSWER

    @property
    def is_scored(self) -> bool:
        """Whether its answers enter a figure: it belongs to a dimension or asks for the overall impression."""
        return self.dimension is not None or self.is_overall


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A whole questionnaire; `kinds` are the kinds of visit that it serves."""

    id: str
    version: str
    title: Mapping[str, str]
    notice: Mapping[str, str]
    notice_version: str
    thanks: Mapping[str, str]
    languages: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    questions: tuple[Question, ...]
    kinds: tuple[str, ...]


def find_question(questionnaire: Questionnaire, question_id: str) -> Question | None:
    """The question of that id, or None."""
    return next((question for question in questionnaire.questions if question.id == question_id), None)


def find_option(question: Question, code: str) -> Option | None:
    """The option of that code, or None."""
    return next((option for option in question.options if option.code == code), None)


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """The one document of a questionnaire, scales written out: what is stored, compared and digested.

    `parse_questionnaire(to_document(q))` gives `q` again.
    """
    return {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "kinds": list(questionnaire.kinds),
        "languages": list(questionnaire.languages),
        "title": dict(questionnaire.title),
        "notice": dict(questionnaire.notice),
        "notice_version": questionnaire.notice_version,
        "thanks": dict(questionnaire.thanks),
        "dimensions": [{"code": each.code, "name": dict(each.name)} for each in questionnaire.dimensions],
        "questions": [_question_document(question) for question in questionnaire.questions],
    }


def _question_document(question: Question) -> dict[str, Any]:
    """Only what differs from the default is written: a document stays short and equal questions stay equal."""
    document: dict[str, Any] = {
        "id": question.id,
        "type": question.type,
        "text": dict(question.text),
        "required": question.required,
    }
    if question.type == CHOICE:
        document["options"] = [_option_document(option) for option in question.options]
    else:
        document["max_length"] = question.max_length
    if question.dimension is not None:
        document["dimension"] = question.dimension
    if question.is_overall:
        document["is_overall"] = True
    if question.enable_when:
        document["enable_when"] = [
            {"question": each.question, "operator": each.operator, "value": each.value} for each in question.enable_when
        ]
        document["enable_behavior"] = question.enable_behavior
    return document


def _option_document(option: Option) -> dict[str, Any]:
    document: dict[str, Any] = {"code": option.code, "text": dict(option.text)}
    if option.score is not None:
        document["score"] = _written(option.score)
    return document


def _written(score: Fraction) -> int | str:
    """A score as it can be read again without loss: whole, or decimal digits in a string."""
    if score.denominator == 1:
        return score.numerator
    return format(Decimal(score.numerator) / Decimal(score.denominator), "f")
