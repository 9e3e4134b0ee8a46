"""Options of every kind, and what they must not be."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from surveys.structure import CODING, DATE, INTEGER, STRING, TIME, Option
from tests.surveys.fhir.samples import HL7, accepted, choice, coding, extension, form, only, refused

LOINC = "http://loinc.org"


def test_a_coding_is_an_option_by_its_code() -> None:
    (option,) = only(form(choice("q", coding("LA6568-5", "Not at all", system=LOINC)))).options

    assert option == Option("LA6568-5", {"und": "Not at all"}, value_type=CODING, system=LOINC)


def test_a_coding_without_display_has_no_text() -> None:
    assert only(form(choice("q", coding("Moderna", None)))).options == (Option("Moderna", {}),)


def test_a_coding_without_code_is_known_by_its_display_and_stays_without() -> None:
    document = form(choice("q", coding(None, "Yes"), coding(None, "No")))
    questionnaire = accepted(document)

    assert [option.code for option in questionnaire.questions[0].options] == ["Yes", "No"]
    assert to_fhir(questionnaire, version="fhir-r4")["item"] == document["item"]


@pytest.mark.parametrize(
    ("value", "kind", "code"),
    [
        ({"valueString": "Apple"}, STRING, "Apple"),
        ({"valueInteger": 10}, INTEGER, "10"),
        ({"valueDate": "2026-09"}, DATE, "2026-09"),
        ({"valueTime": "10:30:00"}, TIME, "10:30:00"),
    ],
)
def test_plain_values_are_options_by_themselves(value: dict[str, Any], kind: str, code: str) -> None:
    assert only(form(choice("q", value))).options == (Option(code, {"und": code}, value_type=kind),)


def test_prefix_and_standing_alone_are_understood() -> None:
    said = [extension("questionnaire-optionPrefix", "A"), extension("questionnaire-optionExclusive", True, "Boolean")]
    (option,) = only(form(choice("q", coding(x_extension=said), repeats=True))).options

    assert (option.prefix, option.is_exclusive, option.carried) == ("A", True, {})
    off = extension("questionnaire-optionExclusive", False, "Boolean")
    assert only(form(choice("q", coding(x_extension=[off])))).options[0].is_exclusive is False


def test_what_a_coding_says_besides_is_carried() -> None:
    said = {"id": "c1", "version": "2.64", "userSelected": False}
    document = form(choice("q", coding("a", "A", **said, x_id="o1")))
    (option,) = only(document).options

    assert option.carried == {"id": "o1", "valueCoding": said}


@pytest.mark.parametrize("value", [{}, {"valueString": ""}, {"valueString": "a", "valueInteger": 1}])
def test_an_option_has_exactly_one_value(value: dict[str, Any]) -> None:
    assert refused(form(choice("q", value))) == [("q", "answerOption", "option_value")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valueReference", {"reference": "Patient/1"}),
        ("valueQuantity", {"value": 1}),
        ("valueBoolean", True),
        ("valueDecimal", 1),
        ("valueInteger", "10"),
        ("valueDate", "soon"),
        ("valueTime", "10:30"),
        ("valueCoding", {"system": LOINC}),
        ("valueCoding", {"code": 7}),
    ],
)
def test_other_values_are_refused_by_name(name: str, value: Any) -> None:
    assert ("q", name, "option_value") in refused(form(choice("q", {name: value})))


def test_two_options_that_would_be_stored_alike_are_refused() -> None:
    for other in (coding("a", "B"), coding("a", "A", system=LOINC), coding(None, "a"), {"valueString": "a"}):
        assert refused(form(choice("q", coding("a", "A"), other))) == [("q", "answerOption", "option_twice")]


@pytest.mark.parametrize("option", [coding("~a", "A"), {"valueString": "~"}, coding(None, "~other")])
def test_the_mark_of_own_words_begins_no_code(option: dict[str, Any]) -> None:
    assert refused(form(choice("q", option))) == [("q", "answerOption", "option_reserved")]


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        ({"x_media": 1}, "media"),
        ({"concept": 1}, "concept"),
        ({"x_initialSelected": "yes"}, "initialSelected"),
        ({"system": 7}, "system"),
    ],
)
def test_elements_nobody_knows_are_refused(elements: dict[str, Any], name: str) -> None:
    assert [each[:2] for each in refused(form(choice("q", coding(**elements))))] == [("q", name)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (extension("questionnaire-optionPrefix", 7), "questionnaire-optionPrefix"),
        (extension("questionnaire-optionExclusive", "true", "Boolean"), "questionnaire-optionExclusive"),
        (extension("questionnaire-optionExclusive", 1, "Integer"), "questionnaire-optionExclusive"),
    ],
)
def test_extensions_of_a_wrong_type_are_refused(said: dict[str, Any], name: str) -> None:
    assert refused(form(choice("q", coding(x_extension=[said])))) == [("q", name, "element_malformed")]


def test_pictures_as_options_are_refused() -> None:
    media = {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemAnswerMedia"}

    assert refused(form(choice("q", coding(x_extension=[media])))) == [
        ("q", "sdc-questionnaire-itemAnswerMedia", "extension_unsupported")
    ]


def test_a_translated_prefix_comes_back_until_it_changes() -> None:
    said = {"url": f"{HL7}questionnaire-optionPrefix", "valueString": "A", "_valueString": {"id": "p"}}
    (option,) = only(form(choice("q", coding(x_extension=[said])))).options

    assert (option.prefix, option.carried) == ("A", {"extension": [said]})
