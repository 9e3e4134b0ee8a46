"""Writing a questionnaire as a FHIR Questionnaire, R4 or R5. PURE.

What one version has no element for goes under the extension that the standard has for it, and what FHIR has no words
for under addresses of our own: `reading` gives back the same questionnaire from either version. Numbers are exact
(`Decimal`): `exact_json` writes them. Refuses to know files.
"""

from __future__ import annotations

from typing import Any

from surveys.fhir.bounds import meanings, write_bounds
from surveys.fhir.conditions import Known, write_conditions
from surveys.fhir.extensions import merged
from surveys.fhir.hints import hint_meaning, write_hint
from surveys.fhir.initial_values import write_initial
from surveys.fhir.items import ANSWER_CONSTRAINT, CHOICE, DISABLED_DISPLAY, OPEN_CHOICE
from surveys.fhir.metadata import write_metadata
from surveys.fhir.named_answers import asked
from surveys.fhir.options import write_option
from surveys.fhir.own import write_item_facts
from surveys.fhir.translations import give_back, write_wording
from surveys.fhir.value_sets import ValueSets
from surveys.structure import (
    CODING,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    UNDETERMINED,
    Question,
    Questionnaire,
)

R4, R5 = "fhir-r4", "fhir-r5"
VERSIONS = (R4, R5)

_HANDLED = ("extension", "enableWhen", "initial", "answerValueSet", "disabledDisplay")
"""What is carried and has a place of its own among what is written."""


def to_fhir(questionnaire: Questionnaire, *, version: str) -> dict[str, Any]:
    """The Questionnaire of a version of FHIR ("fhir-r4" or "fhir-r5") as JSON; another version raises."""
    if version not in VERSIONS:
        msg = f"no such version of FHIR: {version}"
        raise ValueError(msg)
    is_r5 = version == R5
    form = write_metadata(questionnaire, is_r5=is_r5)
    first = questionnaire.languages[0] if questionnaire.languages else UNDETERMINED
    known: Known = {question.id: asked(question) for question in questionnaire.questions}
    value_sets = ValueSets(questionnaire.carried.get("contained"))
    written: dict[str | None, dict[str, Any]] = {None: form}
    for question in questionnaire.questions:
        item = _item(question, known, value_sets, first, is_r5=is_r5)
        written[question.id] = item
        written[question.parent].setdefault("item", []).append(item)
    return form


def _item(question: Question, known: Known, value_sets: ValueSets, first: str, *, is_r5: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": question.id}
    extensions = _extensions(question, first, is_r5=is_r5)
    if extensions:
        item["extension"] = extensions
    if question.prefix is not None:
        item["prefix"] = question.prefix
    write_wording(item, "text", question.text, first)
    item["type"] = _type(question, is_r5=is_r5)
    item |= write_conditions(question, known, first)
    if is_r5 and "disabledDisplay" in question.carried:
        item["disabledDisplay"] = question.carried["disabledDisplay"]
    item |= {name: True for name, is_so in _truths(question) if is_so}
    if question.max_length is not None:
        item["maxLength"] = question.max_length
    if is_r5 and (question.constraint != OPTIONS_ONLY or question.options):
        item["answerConstraint"] = question.constraint
    item |= _answers(question, value_sets, first, is_r5=is_r5)
    give_back(item, {name: each for name, each in question.carried.items() if name not in _HANDLED})
    return item


def _truths(question: Question) -> tuple[tuple[str, bool], ...]:
    return ("required", question.required), ("repeats", question.repeats), ("readOnly", question.is_read_only)


def _type(question: Question, *, is_r5: bool) -> str:
    if is_r5 or question.type != CODING:
        return question.type
    return OPEN_CHOICE if question.constraint == OPTIONS_OR_STRING else CHOICE


def _extensions(question: Question, first: str, *, is_r5: bool) -> list[dict[str, Any]]:
    generated = [
        *write_bounds(question),
        *write_hint(question, first),
        *write_item_facts(question.dimension, is_overall=question.is_overall),
        *([] if is_r5 else _only_r5(question)),
    ]
    meaning = meanings(question) | hint_meaning(question, first)
    return merged(generated, question.carried.get("extension"), meaning)


def _only_r5(question: Question) -> list[dict[str, Any]]:
    """What R4 has no element for."""
    plain = OPTIONS_OR_STRING if _type(question, is_r5=False) == OPEN_CHOICE else OPTIONS_ONLY
    disabled = question.carried.get("disabledDisplay")
    return [
        *([{"url": ANSWER_CONSTRAINT, "valueCode": question.constraint}] if question.constraint != plain else []),
        *([{"url": DISABLED_DISPLAY, "valueCode": disabled}] if disabled is not None else []),
    ]


def _answers(question: Question, value_sets: ValueSets, first: str, *, is_r5: bool) -> dict[str, Any]:
    """The options, or the contained set that still says the same, and the initial answers."""
    named, marked = write_initial(question, first)
    reference = question.carried.get("answerValueSet")
    answers: dict[str, Any] = {}
    if isinstance(reference, str) and not marked and value_sets.same_options(reference, question.options, first):
        answers["answerValueSet"] = reference
    elif question.options:
        answers["answerOption"] = [
            write_option(option, first, is_chosen=option.code in marked, is_r5=is_r5) for option in question.options
        ]
    if named:
        answers["initial"] = named
    return answers
