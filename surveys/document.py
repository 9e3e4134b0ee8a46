"""The one document in which a questionnaire is written down: what is stored, compared and digested. PURE.

`parse_questionnaire(to_document(q))` gives `q` again. Only what differs from the default is written, so that a document
stays short, equal questions stay equal, and what an older version wrote stays the same to the byte. Choosing is called
`choice` here, as authors call it. Refuses to know how a document is stored or put into a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from surveys.structure import (
    CODING,
    OPTIONS_ONLY,
    TEXT,
    TYPES,
    Condition,
    Dimension,
    Option,
    Question,
    Questionnaire,
    Unit,
)

CHOICE = "choice"
WORDS = {type_: CHOICE if type_ == CODING else type_ for type_ in TYPES}
"""Type → the word that authors write for it."""

_MOST_DIGITS = 40

NO_LIMIT = 0
"""`max_length` of a text whose author set none: without the key a text has the usual one."""


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """The document of a questionnaire, scales written out."""
    document: dict[str, Any] = {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "kinds": list(questionnaire.kinds),
        "languages": list(questionnaire.languages),
        "title": dict(questionnaire.title),
        "notice": dict(questionnaire.notice),
        "notice_version": questionnaire.notice_version,
        "thanks": dict(questionnaire.thanks),
        "dimensions": [_dimension(each) for each in questionnaire.dimensions],
        "questions": [_question(question) for question in questionnaire.questions],
    }
    if questionnaire.url is not None:
        document["url"] = questionnaire.url
    if questionnaire.is_draft:
        document["is_draft"] = True
    if questionnaire.is_blind:
        document["blind"] = True
    if questionnaire.carried:
        document["carried"] = written_json(questionnaire.carried)
    return document


def written_json(carried: Mapping[str, Any]) -> str:
    """What a form says beyond us, as a line of JSON with exact numbers; keys in their order."""
    return _json(carried)


def _dimension(dimension: Dimension) -> dict[str, Any]:
    return {"code": dimension.code, "name": dict(dimension.name)}


def _question(question: Question) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": question.id,
        "type": WORDS[question.type],
        "text": dict(question.text),
        "required": question.required,
    }
    if question.options or question.type == CODING:
        document["options"] = [_option(option) for option in question.options]
    if question.type == TEXT:
        document["max_length"] = NO_LIMIT if question.max_length is None else question.max_length
    elif question.max_length is not None:
        document["max_length"] = question.max_length
    if question.dimension is not None:
        document["dimension"] = question.dimension
    if question.is_overall:
        document["is_overall"] = True
    if question.enable_when:
        document["enable_when"] = [_condition(each) for each in question.enable_when]
        document["enable_behavior"] = question.enable_behavior
    return document | _said_besides(question)


def _said_besides(question: Question) -> dict[str, Any]:
    """Everything a question says only when its author said it."""
    said: dict[str, Any] = {
        "parent": question.parent,
        "repeats": question.repeats or None,
        "constraint": question.constraint if question.constraint != OPTIONS_ONLY else None,
        "minimum": question.minimum,
        "maximum": question.maximum,
        "min_length": question.min_length,
        "max_decimals": question.max_decimals,
        "pattern": question.pattern,
        "least": question.least,
        "most": question.most,
        "initial": list(question.initial) or None,
        "hidden": question.is_hidden or None,
        "read_only": question.is_read_only or None,
        "prefix": question.prefix,
        "unit": _unit(question.unit) if question.unit is not None else None,
        "entry_format": question.entry_format,
        "control": question.control,
        "hint": dict(question.hint) or None,
        "carried": written_json(question.carried) if question.carried else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _option(option: Option) -> dict[str, Any]:
    document: dict[str, Any] = {"code": option.code, "text": dict(option.text)}
    if option.score is not None:
        document["score"] = _number(option.score)
    said: dict[str, Any] = {
        "is_exclusive": option.is_exclusive or None,
        "value_type": option.value_type if option.value_type != CODING else None,
        "system": option.system,
        "prefix": option.prefix,
        "carried": written_json(option.carried) if option.carried else None,
    }
    return document | {name: value for name, value in said.items() if value is not None}


def _condition(condition: Condition) -> dict[str, Any]:
    document = {"question": condition.question, "operator": condition.operator, "value": condition.value}
    return document if condition.system is None else {**document, "system": condition.system}


def _unit(unit: Unit) -> dict[str, str]:
    said = {"code": unit.code, "system": unit.system, "text": unit.text}
    return {name: value for name, value in said.items() if value is not None}


def _number(score: Fraction) -> int | str:
    """A score as it can be read again without loss: whole, decimal digits in a string, or a fraction in one."""
    if score.denominator == 1:
        return score.numerator
    with localcontext(prec=_MOST_DIGITS):
        decimal = Decimal(score.numerator) / Decimal(score.denominator)
    return format(decimal, "f") if Fraction(decimal) == score else str(score)


def _json(value: Any) -> str:
    """JSON that keeps a Decimal's digits, which `json.dumps` cannot."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
