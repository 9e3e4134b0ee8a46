"""A response written as a FHIR QuestionnaireResponse, R4 and R5 alike. PURE.

Knows FHIR's shape of answers. It names nobody: no subject, no author. What was not asked or not answered is not there.
Decimals are `Decimal`, so that no digit is lost: write the document with `exact_json.encode`. Refuses to know who asks
for it and where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from locales.texts import pick
from surveys.conversation import complete
from surveys.fhir.answer_form import Form, build_form, canonical, first_words, is_only_shown
from surveys.fhir.validation_faults import RESOURCE
from surveys.fhir.validation_head import STATUSES
from surveys.fhir.validation_values import KINDS
from surveys.structure import (
    BOOLEAN,
    CODING,
    DECIMAL,
    DISPLAY,
    GROUP,
    INTEGER,
    OTHER,
    STRING,
    UNDETERMINED,
    Option,
    Question,
    Questionnaire,
    find_option,
)
from surveys.values import TRUE

VERSIONS = ("4.0", "5.0")
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"

_ELEMENTS = {kind: name for name, kind in KINDS.items()}


def to_response(
    questionnaire: Questionnaire,
    answers: Mapping[str, tuple[str, ...]],
    *,
    status: str,
    authored: datetime | None,
    language: str,
    response_id: str | None,
    version: str = "5.0",
) -> dict[str, Any]:
    """The response with these stored answers, `()` being one passed over; conditions are decided here once more.

    `status` is FHIR's word, `language` the one it was answered in, `authored` an aware moment, `response_id` an id of
    at most 64 letters, digits, hyphens and dots. Both versions of FHIR write a response the same way. ValueError for a
    status or a version that there is not: both come from code.
    """
    if status not in STATUSES or version not in VERSIONS:
        msg = f"no QuestionnaireResponse is {status!r} in FHIR {version!r}"
        raise ValueError(msg)
    response: dict[str, Any] = {"resourceType": RESOURCE}
    if response_id is not None:
        response["id"] = response_id
    if language != UNDETERMINED:
        response["language"] = language
    response |= {"questionnaire": canonical(questionnaire), "status": status}
    if authored is not None:
        response["authored"] = authored.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    items = _written(build_form(questionnaire), complete(questionnaire, answers), language)
    return response | ({"item": items} if items else {})


def _written(form: Form, said: Mapping[str, tuple[str, ...]], language: str) -> list[dict[str, Any]]:
    """The items of the top with all that they hold. From the end of the form, so that each meets what stands in it."""
    held: dict[str | None, list[dict[str, Any]]] = {}
    for question in reversed(form.questionnaire.questions):
        item = _item(question, said.get(question.id, ()), held.pop(question.id, []), language)
        if item is not None:
            held.setdefault(question.parent, []).append(item)
    return held.get(None, [])[::-1]


def _item(
    question: Question, values: tuple[str, ...], held: list[dict[str, Any]], language: str
) -> dict[str, Any] | None:
    """A group that holds something or a question that is answered. `held` stands in it, the last first; under a
    question it stands under its first answer, as one that may have several has nothing under it here.
    """
    if question.type == DISPLAY or not (held if question.type == GROUP else values):
        return None
    item: dict[str, Any] = {"linkId": question.id} | _worded(question, language)
    if question.type == GROUP:
        return item | {"item": held[::-1]}
    answers = [_answer(question, value, language) for value in values]
    if held:
        answers[0]["item"] = held[::-1]
    return item | {"answer": answers}


def _answer(question: Question, value: str, language: str) -> dict[str, Any]:
    option = find_option(question, value)
    if option is not None:
        return _chosen(option, language)
    if question.options and value.startswith(OTHER):
        return _value(STRING, value[len(OTHER) :])
    return _value(question.type, value)


def _chosen(option: Option, language: str) -> dict[str, Any]:
    if option.value_type != CODING:
        return _value(option.value_type, option.code)
    coding = {"system": option.system} if option.system else {}
    if is_only_shown(option):
        return {"valueCoding": coding | {"display": option.code}}
    display = pick(option.text, language)
    return {"valueCoding": coding | {"code": option.code} | ({"display": display} if display else {})}


def _value(type_: str, value: str) -> dict[str, Any]:
    if type_ == CODING:
        return {"valueCoding": {"code": value}}
    name = _ELEMENTS.get(type_, _ELEMENTS[STRING])
    if type_ == BOOLEAN:
        return {name: value == TRUE}
    if type_ == INTEGER:
        return {name: int(value)}
    return {name: Decimal(value) if type_ == DECIMAL else value}


def _worded(question: Question, language: str) -> dict[str, Any]:
    """The text as the form has it first, which a validator compares; beside it what was read, where that is another."""
    first = first_words(question)
    if not first:
        return {}
    read = question.text.get(language, first)
    if read == first:
        return {"text": first}
    said = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": read}]
    return {"text": first, "_text": {"extension": [{"url": TRANSLATION, "extension": said}]}}
