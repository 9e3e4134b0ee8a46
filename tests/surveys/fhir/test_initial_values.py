"""Initial answers: options marked, values named, and both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from tests.surveys.fhir.samples import accepted, choice, coding, form, item, only, refused


@pytest.mark.parametrize(
    ("type_", "name", "value", "stored"),
    [
        ("boolean", "valueBoolean", False, "false"),
        ("integer", "valueInteger", 123, "123"),
        ("decimal", "valueDecimal", Decimal("123.40"), "123.40"),
        ("string", "valueString", "~abc", "~abc"),
        ("text", "valueString", "a\nb", "a\nb"),
        ("date", "valueDate", "2019-09", "2019-09"),
        ("dateTime", "valueDateTime", "2015-02-07T13:28:17-05:00", "2015-02-07T13:28:17-05:00"),
        ("time", "valueTime", "13:28:17", "13:28:17"),
        ("choice", "valueCoding", {"system": "http://x", "code": "c", "display": "C"}, "c"),
    ],
)
def test_a_value_of_any_type_can_be_named_and_comes_back(type_: str, name: str, value: Any, stored: str) -> None:
    document = form(item("q", type_, initial=[{name: value}]))

    assert only(document).initial == (stored,)
    assert to_fhir(accepted(document), version="fhir-r4")["item"] == document["item"]


def test_options_can_be_marked() -> None:
    marked = choice(
        "q", coding("a"), coding("b", x_initialSelected=True), coding("c", x_initialSelected=True), repeats=True
    )

    assert only(form(marked)).initial == ("b", "c")
    assert to_fhir(accepted(form(marked)), version="fhir-r4")["item"] == [marked]


def test_options_can_be_named_in_any_order() -> None:
    named = [{"valueCoding": {"code": "c"}}, {"valueCoding": {"code": "a", "display": "A"}}]
    document = form(choice("q", coding("a"), coding("b"), coding("c"), repeats=True, initial=named))

    assert only(document).initial == ("a", "c")
    assert to_fhir(accepted(document), version="fhir-r5")["item"][0]["initial"] == named


def test_own_words_may_stand_beside_options() -> None:
    words = [{"valueString": "mine"}, {"valueString": "too"}]
    document = form(
        choice("q", coding("a"), coding("b", x_initialSelected=True), type="open-choice", repeats=True, initial=words)
    )

    assert only(document).initial == ("b", "~mine", "~too")


def test_options_of_other_types_are_found_by_their_value() -> None:
    plain = choice(
        "q", {"valueDate": "2022"}, {"valueDate": "2022-09"}, type="date", initial=[{"valueDate": "2022-09"}]
    )
    words = choice("q", {"valueString": "x"}, type="open-choice", initial=[{"valueString": "x"}])

    assert only(form(plain)).initial == ("2022-09",)
    assert only(form(words)).initial == ("x",)


@pytest.mark.parametrize(
    ("type_", "initial"),
    [
        ("boolean", {"valueString": "true"}),
        ("boolean", {}),
        ("boolean", {"valueBoolean": True, "valueInteger": 1}),
        ("integer", {"valueInteger": "1"}),
        ("string", {"valueCoding": {"code": "a"}}),
        ("string", {"valueUri": "http://x"}),
        ("text", {"valueAttachment": {"title": "x"}}),
        ("date", {"valueDate": "today"}),
        ("choice", {"valueString": "a"}),
        ("choice", {"valueCoding": {}}),
        ("open-choice", {"valueString": 5}),
    ],
)
def test_a_value_that_is_no_answer_is_refused(type_: str, initial: dict[str, Any]) -> None:
    assert refused(form(item("q", type_, initial=[initial]))) == [("q", "initial", "initial_malformed")]


@pytest.mark.parametrize(
    "initial",
    [{"valueCoding": {"code": "z"}}, {"valueCoding": {"system": "http://other", "code": "a"}}, {"valueString": "a"}],
)
def test_a_value_that_is_not_offered_is_refused(initial: dict[str, Any]) -> None:
    document = form(choice("q", coding("a", system="http://x"), initial=[initial]))

    assert refused(document) == [("q", "initial", "initial_malformed")]


def test_a_value_that_is_not_offered_may_be_where_others_are_allowed() -> None:
    coded = choice(
        "q", coding("a"), type="coding", answerConstraint="optionsOrType", initial=[{"valueCoding": {"code": "z"}}]
    )
    whole = choice(
        "q", {"valueInteger": 1}, type="integer", answerConstraint="optionsOrType", initial=[{"valueInteger": 9}]
    )

    assert only(form(coded)).initial == ("z",)
    assert only(form(whole)).initial == ("9",)


def test_one_answer_begins_with_one() -> None:
    several = [{"valueInteger": 1}, {"valueInteger": 2}]
    marked = [coding("a", x_initialSelected=True), coding("b", x_initialSelected=True)]

    assert only(form(item("q", "integer", repeats=True, initial=several))).initial == ("1", "2")
    assert refused(form(item("q", "integer", initial=several))) == [("q", "initial", "initial_too_many")]
    assert refused(form(choice("q", *marked))) == [("q", "initialSelected", "initial_too_many")]


@pytest.mark.parametrize(
    ("elements", "fault"),
    [
        ({"extension": [{"url": "http://x/own"}]}, ("own", "extension_unsupported")),
        ({"note": 1}, ("note", "element_unknown")),
        ({"_valueString": {"extension": [{"url": "http://x/own"}]}}, ("own", "extension_unsupported")),
    ],
)
def test_anything_else_in_it_is_refused(elements: dict[str, Any], fault: tuple[str, str]) -> None:
    assert refused(form(item("q", initial=[{"valueString": "x", **elements}]))) == [("q", *fault)]


@pytest.mark.parametrize("initial", [7, "x", {"valueString": "x"}, [None], ["x"]])
def test_a_list_of_another_shape_is_refused(initial: Any) -> None:
    assert refused(form(item("q", initial=initial))) == [("q", "initial", "element_malformed")]


def test_the_shape_before_r4_is_refused_by_name() -> None:
    assert refused(form(item("q", initialString="x"))) == [("q", "initialString", "element_older")]


def test_an_empty_text_is_no_initial_answer() -> None:
    document = form(item("q", "string", initial=[{"valueString": ""}]))

    assert only(document).initial == ()
    assert to_fhir(accepted(document), version="fhir-r4")["item"] == document["item"]
