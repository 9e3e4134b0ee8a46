"""What stands where: items, answers and their nesting, as the form has them and as FHIR's JSON is written."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.structure import DISPLAY
from tests.surveys.fhir.forms import codes, faults, form, group, item, question, response, words

ONE = form(question())
GOOD = item("q", words("好"))

# items


def test_an_item_the_form_does_not_have_is_refused() -> None:
    assert faults(ONE, response(GOOD, item("r", words("x")))) == [("r", "unknown_item")]


@pytest.mark.parametrize("link_id", [None, "", " ", 5, ["q"], "\x00", "\ud800"])
def test_an_item_without_a_link_id_is_refused(link_id: Any) -> None:
    assert faults(ONE, response({"linkId": link_id, "answer": [words("x")]})) == [(None, "link_id_missing")]


def test_items_out_of_order_are_refused() -> None:
    two = form(question("a"), question("b"))

    assert faults(two, response(item("b", words("x")), item("a", words("y")))) == [("a", "wrong_order")]


def test_items_between_may_be_missing() -> None:
    three = form(question("a"), question("b"), question("c"))

    assert faults(three, response(item("a", words("x")), item("c", words("y")))) == []


def test_the_same_question_twice_is_refused_unless_it_repeats() -> None:
    several = form(question(repeats=True, most=2))

    assert faults(ONE, response(GOOD, GOOD)) == [("q", "item_twice")]
    assert faults(several, response(GOOD, GOOD)) == []
    assert faults(several, response(GOOD, item("q", words("y"), words("z")))) == [("q", "too_many")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"text": "Wie war es?"}, []),
        ({"text": "怎么样？"}, ["text_differs"]),
        ({"text": "Wie war es"}, ["text_differs"]),
        ({"text": "wie war es?"}, ["text_differs"]),
        ({}, []),
        ({"definition": "https://x.example/d"}, []),
    ],
)
def test_a_text_that_is_repeated_is_the_forms_first(said: dict[str, str], expected: list[str]) -> None:
    asked = form(question(text={"de": "Wie war es?", "zh": "怎么样？"}), group("g", text={"de": "Mehr"}))

    assert [code for _, code in faults(asked, response(GOOD | said))] == expected


def test_the_text_of_a_group_and_of_an_item_without_one_are_compared_too() -> None:
    nested = form(group("g", text={"zh": "住院"}), question("in", parent="g"))
    inside = item("in", words("x")) | {"text": "随便"}

    assert faults(nested, response(item("g", items=[inside]) | {"text": "出院"})) == [
        ("g", "text_differs"),
        ("in", "text_differs"),
    ]
    assert faults(nested, response(item("g") | {"text": "出院"})) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"answers": [words("x")]}, "element_unknown"),
        ({"modifierExtension": [{"url": "https://x"}]}, "modifier_extension"),
        ({"text": ""}, "malformed"),
        ({"text": {"zh": "x"}}, "malformed"),
        ({"answer": []}, "malformed"),
        ({"answer": {}}, "malformed"),
        ({"answer": [[]]}, "malformed"),
        ({"answer": "好"}, "malformed"),
    ],
)
def test_an_item_not_written_as_the_standard_has_it_is_refused(said: dict[str, Any], code: str) -> None:
    assert faults(ONE, response({"linkId": "q"} | said)) == [("q", code)]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"extension": [{"url": "https://x"}]}, "answer_missing_value"),
        ({"item": [item("r", words("x"))]}, "answer_missing_value"),
        ({"valueString": "x", "valueInteger": 3}, "several_values"),
        ({"valueString": "x", "comment": "y"}, "element_unknown"),
        ({"valueString": "x", "modifierExtension": []}, "modifier_extension"),
        ({"valueString": "x", "item": []}, "malformed"),
        ({"value": "x"}, "wrong_type"),
        ({"valueText": "x"}, "wrong_type"),
    ],
)
def test_an_answer_not_written_as_the_standard_has_it_is_refused(answer: dict[str, Any], code: str) -> None:
    form_ = form(question(), question("r", parent="q"))

    assert faults(form_, response(item("q", answer))) == [("q", code)]


def test_an_empty_answer_is_refused() -> None:
    assert ("q", "malformed") in faults(ONE, response({"linkId": "q", "answer": [{}]}))


def test_a_value_left_out_for_a_reason_is_an_answer() -> None:
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-declined"}
    required = question(required=True)

    assert codes(required, {"_valueString": {"extension": [reason]}}) == []
    assert codes(required, {"_valueString": {"extension": []}}) == ["value_unreadable"]
    assert codes(required, {"_valueInteger": {"extension": [reason]}}) == ["wrong_type"]


# nesting

NESTED = form(
    group("g"),
    question("in", parent="g"),
    question("on"),
    question("under", parent="on"),
    question("last"),
)


def test_the_nesting_of_the_form_is_taken() -> None:
    answered = response(item("g", items=[item("in", words("x"))]), item("on", words("y", item("under", words("z")))))

    assert faults(NESTED, answered) == []


def test_answers_on_a_group_are_refused() -> None:
    required = form(group("g"), question("in", parent="g", required=True))
    answered = response(item("g", {"item": [item("in", words("x"))]}))

    assert faults(required, answered) == [("g", "wrong_nesting"), ("in", "required_missing")]
    assert faults(NESTED, response(item("g", words("x"), items=[item("in", words("x"))]))) == [("g", "wrong_nesting")]


def test_items_directly_under_a_question_are_refused() -> None:
    answered = response(item("on", words("y"), items=[item("under", words("z"))]))

    assert faults(NESTED, answered) == [("on", "wrong_nesting")]


def test_items_under_a_question_without_an_answer_are_refused() -> None:
    assert faults(NESTED, response(item("on", items=[item("under", words("z"))]))) == [("on", "wrong_nesting")]


@pytest.mark.parametrize(
    "answered",
    [
        response(item("in", words("x"))),
        response(item("g", items=[item("last", words("x"))])),
        response(item("g", items=[item("under", words("x"))])),
        response(item("on", words("x", item("in", words("y"))))),
        response(item("under", words("x"))),
        response(item("g", items=[item("g", items=[item("in", words("x"))])])),
    ],
)
def test_an_item_in_another_place_is_refused(answered: dict[str, Any]) -> None:
    assert [code for _, code in faults(NESTED, answered)] == ["wrong_nesting"]


def test_a_display_stands_there_without_an_answer() -> None:
    shown = form(question("d", DISPLAY), question())

    assert faults(shown, response(item("d"), GOOD)) == []
    assert faults(shown, response(item("d") | {"text": "请看"})) == []
    assert faults(shown, response(item("d", words("x")))) == [("d", "answer_to_display")]
    assert faults(shown, response(item("d", items=[GOOD]))) == [("d", "wrong_nesting")]
