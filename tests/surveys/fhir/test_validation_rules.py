"""The standard's rules for a response, one line each: what is answered, and the faults that a validator names."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.reading import read
from tests.surveys.fhir.forms import faults, item, response

SCALE = "https://renmin.example/scale"
A, B = ({"system": SCALE, "code": code, "display": code.upper()} for code in "ab")
FORM: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "status": "active",
    "url": "https://renmin.example/Questionnaire/ward",
    "version": "2",
    "item": [
        {"linkId": "yes", "type": "boolean", "text": "Was it clean?"},
        {
            "linkId": "why",
            "type": "string",
            "maxLength": 5,
            "enableWhen": [{"question": "yes", "operator": "=", "answerBoolean": False}],
        },
        {"linkId": "one", "type": "choice", "answerOption": [{"valueCoding": A}, {"valueCoding": B}]},
        {"linkId": "open", "type": "open-choice", "repeats": True, "answerOption": [{"valueCoding": A}]},
        {"linkId": "free", "type": "choice"},
        {"linkId": "word", "type": "choice", "answerOption": [{"valueString": "red"}, {"valueString": "green"}]},
        {"linkId": "whole", "type": "integer", "answerOption": [{"valueInteger": 1}, {"valueInteger": 2}]},
        {
            "linkId": "weight",
            "type": "decimal",
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueDecimal": 0.5},
                {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueDecimal": 5},
                {"url": "http://hl7.org/fhir/StructureDefinition/maxDecimalPlaces", "valueInteger": 1},
            ],
        },
        {"linkId": "day", "type": "date"},
        {"linkId": "at", "type": "dateTime"},
        {"linkId": "hour", "type": "time"},
        {"linkId": "note", "type": "display", "text": "Nearly done"},
        {
            "linkId": "ward",
            "type": "group",
            "repeats": True,
            "item": [
                {"linkId": "bed", "type": "integer", "required": True},
                {
                    "linkId": "loud",
                    "type": "boolean",
                    "item": [{"linkId": "when", "type": "string"}],
                },
                {
                    "linkId": "more",
                    "type": "text",
                    "enableWhen": [{"question": "bed", "operator": ">", "answerInteger": 4}],
                },
            ],
        },
        {
            "linkId": "again",
            "type": "string",
            "repeats": True,
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs", "valueInteger": 2},
                {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs", "valueInteger": 3},
            ],
        },
        {
            "linkId": "seen",
            "type": "string",
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden", "valueBoolean": True}],
        },
        {"linkId": "code", "type": "string", "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/regex", "valueString": "[0-9]{3}"},
            {"url": "http://hl7.org/fhir/StructureDefinition/minLength", "valueInteger": 3},
        ]},
    ],
}  # fmt: skip


def ward(bed: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return item("ward", items=[item("bed", {"valueInteger": bed}), *items])


def coding(**said: str) -> dict[str, Any]:
    return {"valueCoding": said}


RULES: list[tuple[str, list[dict[str, Any]], list[tuple[str | None, str]]]] = [
    ("nothing is required", [], []),
    ("no linkId", [{"answer": [{"valueString": "x"}]}], [(None, "link_id_missing")]),
    ("an item that the form does not have", [item("none", {"valueString": "x"})], [("none", "unknown_item")]),
    ("another type", [item("yes", {"valueString": "true"})], [("yes", "wrong_type")]),
    ("a truth value as text", [item("yes", {"valueBoolean": "true"})], [("yes", "value_unreadable")]),
    ("an answer without a value", [item("yes", {"id": "x"})], [("yes", "answer_missing_value")]),
    (
        "two values in one answer",
        [item("yes", {"valueBoolean": True, "valueString": "x"})],
        [("yes", "several_values")],
    ),
    ("two answers where one is asked", [item("yes", {"valueBoolean": True}, {"valueBoolean": True})], [("yes", "too_many")]),
    ("asked", [item("yes", {"valueBoolean": False}), item("why", {"valueString": "dusty"})], []),
    (
        "longer than it may be",
        [item("yes", {"valueBoolean": False}), item("why", {"valueString": "very dusty"})],
        [("why", "too_long")],
    ),
    (
        "not asked",
        [item("yes", {"valueBoolean": True}), item("why", {"valueString": "dusty"})],
        [("why", "answer_to_disabled")],
    ),
    ("not asked, as nothing was said", [item("why", {"valueString": "dusty"})], [("why", "answer_to_disabled")]),
    (
        "out of order",
        [item("one", coding(system=SCALE, code="a")), item("yes", {"valueBoolean": True})],
        [("yes", "wrong_order")],
    ),
    ("an option", [item("one", coding(system=SCALE, code="b"))], []),
    ("an option with another display", [item("one", coding(system=SCALE, code="b", display="Bee"))], []),
    ("no option", [item("one", coding(system=SCALE, code="c"))], [("one", "not_an_option")]),
    ("an option of another system", [item("one", coding(system="https://x.example", code="a"))], [("one", "not_an_option")]),
    ("an option without its system", [item("one", coding(code="a"))], [("one", "not_an_option")]),
    ("own words where only options count", [item("one", {"valueString": "a"})], [("one", "wrong_type")]),
    ("own words where they are welcome", [item("open", {"valueString": "mine"})], []),
    ("an option and own words", [item("open", coding(system=SCALE, code="a"), {"valueString": "mine"})], []),
    ("a coding that is no option of an open choice", [item("open", coding(system=SCALE, code="z"))], [("open", "not_an_option")]),
    ("any coding where no options are listed", [item("free", coding(code="any", display="Any"))], []),
    ("a word where codings are expected", [item("free", {"valueString": "any"})], [("free", "wrong_type")]),
    ("a truth where no options are listed", [item("free", {"valueBoolean": True})], [("free", "wrong_type")]),
    ("a string that is offered", [item("word", {"valueString": "red"})], []),
    ("a string that is not", [item("word", {"valueString": "blue"})], [("word", "not_an_option")]),
    ("a number that is offered", [item("whole", {"valueInteger": 2})], []),
    ("a number that is not", [item("whole", {"valueInteger": 3})], [("whole", "not_an_option")]),
    ("a number with a point for a whole one", [item("whole", {"valueInteger": 1.5})], [("whole", "value_unreadable")]),
    ("the smallest value", [item("weight", {"valueDecimal": 0.5})], []),
    ("the largest value", [item("weight", {"valueDecimal": 5})], []),
    ("below", [item("weight", {"valueDecimal": 0.4})], [("weight", "out_of_range")]),
    ("above", [item("weight", {"valueDecimal": 5.1})], [("weight", "out_of_range")]),
    ("too many decimals", [item("weight", {"valueDecimal": 1.25})], [("weight", "too_many_decimals")]),
    ("a whole number under its own name", [item("weight", {"valueInteger": 1})], [("weight", "wrong_type")]),
    ("a year is a date", [item("day", {"valueDate": "2026"})], []),
    ("a month is a date", [item("day", {"valueDate": "2026-10"})], []),
    ("a day that there is not", [item("day", {"valueDate": "2026-02-30"})], [("day", "value_unreadable")]),
    ("a moment is no date", [item("day", {"valueDateTime": "2026-02-03"})], [("day", "wrong_type")]),
    ("a moment with its offset", [item("at", {"valueDateTime": "2026-02-03T08:00:00+08:00"})], []),
    ("a moment may be a day", [item("at", {"valueDateTime": "2026-02-03"})], []),
    ("a moment without offset", [item("at", {"valueDateTime": "2026-02-03T08:00:00"})], [("at", "value_unreadable")]),
    ("a moment without seconds", [item("at", {"valueDateTime": "2026-02-03T08:00Z"})], [("at", "value_unreadable")]),
    ("a time", [item("hour", {"valueTime": "08:30:00"})], []),
    ("a time without seconds", [item("hour", {"valueTime": "08:30"})], [("hour", "value_unreadable")]),
    ("a text that is only shown", [item("note")], []),
    ("an answer to it", [item("note", {"valueString": "x"})], [("note", "answer_to_display")]),
    ("a group that repeats", [ward(1), ward(2)], []),
    ("a group without what it requires", [item("ward", items=[item("loud", {"valueBoolean": True})])], [("bed", "required_missing")]),
    ("a group that is answered", [item("ward", {"valueString": "x"})], [("ward", "wrong_nesting"), ("bed", "required_missing")]),
    ("what belongs in a group beside it", [item("bed", {"valueInteger": 1})], [("bed", "wrong_nesting")]),
    ("under an answer", [ward(1, item("loud", {"valueBoolean": True, "item": [item("when", {"valueString": "x"})]}))], []),
    (
        "beside an answer",
        [ward(1, item("loud", {"valueBoolean": True}) | {"item": [item("when", {"valueString": "x"})]})],
        [("loud", "wrong_nesting")],
    ),
    ("a condition looks within its group", [ward(1), ward(5, item("more", {"valueString": "x"}))], []),
    ("and not into the next", [ward(1, item("more", {"valueString": "x"})), ward(5)], [("more", "answer_to_disabled")]),
    ("as often as it must", [item("again", {"valueString": "x"}, {"valueString": "y"})], []),
    ("too seldom", [item("again", {"valueString": "x"})], [("again", "too_few")]),
    ("too often", [item("again", *({"valueString": each} for each in "wxyz"))], [("again", "too_many")]),
    ("in several items, as it repeats", [item("again", {"valueString": "x"}), item("again", {"valueString": "y"})], []),
    ("too often in several", [item("again", *({"valueString": each} for each in "wx")) for _ in "ab"], [("again", "too_many")]),
    ("what is hidden", [item("seen", {"valueString": "x"})], []),
    ("as the pattern says", [item("code", {"valueString": "123"})], []),
    ("too short", [item("code", {"valueString": "12"})], [("code", "too_short")]),
    ("only a part is as the pattern says", [item("code", {"valueString": "1234"})], [("code", "bad_pattern")]),
    ("other words than the form's", [item("yes", {"valueBoolean": True}) | {"text": "Clean?"}], [("yes", "text_differs")]),
    ("the form's words", [item("yes", {"valueBoolean": True}) | {"text": "Was it clean?"}], []),
]  # fmt: skip


@pytest.mark.parametrize(("items", "expected"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_rule(items: list[dict[str, Any]], expected: list[tuple[str | None, str]]) -> None:
    questionnaire, refusals = read(FORM)

    assert refusals == []
    assert questionnaire is not None
    assert faults(questionnaire, response(*items)) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("https://renmin.example/Questionnaire/ward|2", []),
        ("https://renmin.example/Questionnaire/ward", []),
        ("https://renmin.example/Questionnaire/ward|3", ["other_questionnaire"]),
        ("https://renmin.example/Questionnaire/other", ["other_questionnaire"]),
        ("#ward", []),
    ],
)
def test_a_response_names_its_form(named: str, expected: list[str]) -> None:
    questionnaire, _ = read(FORM)

    assert questionnaire is not None
    assert [code for _, code in faults(questionnaire, response(questionnaire=named))] == expected
