"""Single items: types, and what the standard forbids some of them."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from surveys.structure import OPTIONS_ONLY, OPTIONS_OR_STRING, OPTIONS_OR_TYPE, TYPES
from tests.surveys.fhir.samples import SDC, accepted, choice, coding, extension, form, item, only, refused

R5_ITEM = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item."


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_keeps_its_name(type_: str) -> None:
    assert only(form(item("q", type_))).type == type_


def test_r4_s_names_for_choosing_are_understood() -> None:
    assert [only(form(item("q", type_))).type for type_ in ("choice", "open-choice")] == ["coding", "coding"]
    assert only(form(item("q", "open-choice"))).constraint == OPTIONS_OR_STRING


@pytest.mark.parametrize("type_", ["attachment", "reference", "quantity", "url", "question"])
def test_types_that_cannot_be_asked_are_refused_by_name(type_: str) -> None:
    assert refused(form(item("q", type_, text="?", extension=[]))) == [("q", type_, "type_unsupported")]


@pytest.mark.parametrize(
    ("type_", "name"), [("slider", "slider"), ("Boolean", "Boolean"), (None, "type"), ("", "type")]
)
def test_unknown_types_are_refused_by_name(type_: Any, name: str) -> None:
    assert refused(form(item("q", type_))) == [("q", name, "type_unknown")]


def test_a_type_that_is_no_word_is_refused() -> None:
    assert ("q", "type", "element_malformed") in refused(form({"linkId": "q", "type": ["string"]}))


def test_what_an_item_says_is_taken_over() -> None:
    question = only(form(item("q", text="?", prefix="1.", required=True, repeats=True, readOnly=True, maxLength=9)))

    assert (question.text, question.prefix, question.max_length) == ({"und": "?"}, "1.", 9)
    assert (question.required, question.repeats, question.is_read_only) == (True, True, True)


@pytest.mark.parametrize("name", ["required", "repeats", "readOnly"])
@pytest.mark.parametrize("value", ["true", 1, "yes", [True]])
def test_truth_values_are_truth_values(name: str, value: Any) -> None:
    assert refused(form(item("q", **{name: value}))) == [("q", name, "element_malformed")]


@pytest.mark.parametrize("name", ["required", "repeats"])
def test_a_display_is_neither_required_nor_repeated(name: str) -> None:
    assert refused(form(item("q", "display", **{name: True}))) == [("q", name, "element_misplaced")]
    assert only(form(item("q", "display", **{name: False}))).required is False


@pytest.mark.parametrize(
    ("type_", "elements", "name"),
    [
        ("display", {"maxLength": 5}, "maxLength"),
        ("display", {"item": [{"linkId": "x", "type": "string"}]}, "item"),
        ("display", {"initial": [{"valueString": "x"}]}, "initial"),
        ("group", {"initial": [{"valueString": "x"}]}, "initial"),
        ("group", {"maxLength": 5}, "maxLength"),
        ("group", {"answerConstraint": "optionsOrType"}, "answerConstraint"),
        ("boolean", {"answerConstraint": "optionsOrString"}, "answerConstraint"),
        ("group", {"answerOption": [{"valueString": "x"}]}, "answerOption"),
        ("display", {"answerOption": [{"valueString": "x"}]}, "answerOption"),
        ("boolean", {"answerOption": [{"valueString": "x"}]}, "answerOption"),
        ("date", {"maxLength": 5}, "maxLength"),
        ("choice", {"maxLength": 5}, "maxLength"),
    ],
)
def test_what_a_type_may_not_have_is_refused(type_: str, elements: dict[str, Any], name: str) -> None:
    assert refused(form(item("q", type_, **elements))) == [("q", name, "element_misplaced")]


def test_what_means_nothing_on_a_display_is_carried() -> None:
    shown = item("q", "display", text="Help", code=[{"code": "x"}], readOnly=True)

    assert only(form(shown)).is_read_only is False
    assert to_fhir(accepted(form(shown)), version="fhir-r4")["item"] == [shown]


def test_a_group_may_be_empty_required_and_repeated() -> None:
    assert only(form(item("q", "group", required=True, repeats=True))).required is True


@pytest.mark.parametrize(
    ("type_", "option"),
    [
        ("string", coding("a")),
        ("integer", {"valueString": "x"}),
        ("decimal", {"valueDate": "2020"}),
        ("time", {"valueInteger": 1}),
        ("date", {"valueTime": "10:00:00"}),
    ],
)
def test_options_are_of_the_type_of_the_answers(type_: str, option: dict[str, Any]) -> None:
    assert refused(form(choice("q", option, type=type_))) == [("q", "answerOption", "option_type")]


@pytest.mark.parametrize(
    ("type_", "option"),
    [
        *(
            ("coding", option)
            for option in ({"valueString": "x"}, {"valueInteger": 1}, {"valueDate": "2020"}, coding("a"))
        ),
        ("string", {"valueString": "x"}),
        ("text", {"valueString": "x"}),
        ("integer", {"valueInteger": 1}),
        ("decimal", {"valueInteger": 1}),
        ("dateTime", {"valueDate": "2020"}),
        ("time", {"valueTime": "10:00:00"}),
    ],
)
def test_answers_of_many_types_are_chosen_from_options(type_: str, option: dict[str, Any]) -> None:
    assert len(only(form(choice("q", option, type=type_))).options) == 1


@pytest.mark.parametrize("constraint", [OPTIONS_ONLY, OPTIONS_OR_STRING, OPTIONS_OR_TYPE])
def test_whether_other_answers_are_allowed_is_said_in_both_versions(constraint: str) -> None:
    beside = {"url": f"{R5_ITEM}answerConstraint", "valueCode": constraint}

    assert only(form(choice("q", coding(), type="coding", answerConstraint=constraint))).constraint == constraint
    assert only(form(choice("q", coding(), extension=[beside]))).constraint == constraint


def test_saying_it_in_two_ways_must_agree() -> None:
    assert refused(form(choice("q", coding(), type="open-choice", answerConstraint=OPTIONS_ONLY))) == [
        ("q", "answerConstraint", "constraints_contradict")
    ]
    assert ("q", "answerConstraint", "element_malformed") in refused(
        form(choice("q", coding(), answerConstraint="any"))
    )


@pytest.mark.parametrize("value", ["any", 7, None, ["optionsOnly"]])
def test_a_constraint_that_is_none_is_refused(value: Any) -> None:
    beside = {"url": f"{R5_ITEM}answerConstraint", "valueCode": value}

    assert ("q", "extension-Questionnaire.item.answerConstraint", "element_malformed") in refused(
        form(choice("q", coding(), extension=[beside]))
    )


@pytest.mark.parametrize("value", ["visible", 7, ["hidden"]])
def test_how_a_disabled_item_looks_has_two_words(value: Any) -> None:
    beside = {"url": f"{R5_ITEM}disabledDisplay", "valueCode": value}

    assert refused(form(item("q", disabledDisplay=value))) == [("q", "disabledDisplay", "element_malformed")]
    assert refused(form(item("q", extension=[beside]))) == [("q", "disabledDisplay", "element_malformed")]
    assert only(form(item("q", disabledDisplay="protected"))).carried == {"disabledDisplay": "protected"}


@pytest.mark.parametrize(
    ("name", "fault"), [("foo", "element_unknown"), ("option", "element_older"), ("concept", "element_older")]
)
def test_elements_nobody_knows_are_refused_by_name(name: str, fault: str) -> None:
    assert refused(form(item("q", **{name: [1]}))) == [("q", name, fault)]


def test_codes_and_definitions_come_back() -> None:
    said = {"code": [{"code": "x", "extension": [{"url": "http://x"}]}], "definition": "http://x#y", "id": "e"}

    assert only(form(item("q", **said))).carried == said


def test_a_picture_in_a_question_is_refused() -> None:
    said = extension("sdc-questionnaire-itemMedia", {"contentType": "image/png"}, "Attachment", base=SDC)

    assert refused(form(item("q", extension=[said]))) == [("q", "sdc-questionnaire-itemMedia", "extension_unsupported")]
