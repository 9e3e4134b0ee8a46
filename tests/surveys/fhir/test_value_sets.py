"""Value sets that a form carries in itself become options; all others are refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from surveys.fhir.items import MOST_OPTIONS
from surveys.fhir.reading import read
from surveys.fhir.writing import to_fhir
from tests.surveys.fhir.samples import accepted, choice, extension, form, item, only, refused

YES = {"code": "y", "display": "Yes"}
NO = {"code": "n", "display": "No", "extension": [extension("itemWeight", Decimal("2.5"), "Decimal")]}
URL = "http://example.org/ValueSet/yn"


def listed(*concepts: dict[str, Any], **elements: Any) -> dict[str, Any]:
    include = {"system": "http://x", "concept": list(concepts)}
    return {"resourceType": "ValueSet", "id": "yn", "status": "active", "compose": {"include": [include]}, **elements}


def expanded(*contains: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "id": "yn", "expansion": {"contains": list(contains), **elements}}


def asking(*contained: Any, reference: str = "#yn", **elements: Any) -> dict[str, Any]:
    return form(item("q", "choice", answerValueSet=reference, **elements), contained=list(contained))


def test_concepts_become_options_with_their_scores_and_translations() -> None:
    chinese = {**YES, "designation": [{"language": "zh", "value": "是"}, {"language": "zh", "value": "对"}]}
    yes, no = only(asking(listed(chinese, NO))).options

    assert (yes.code, yes.text, yes.system, yes.score) == ("y", {"und": "Yes", "zh": "是"}, "http://x", None)
    assert (no.code, no.text, no.system, no.score) == ("n", {"und": "No"}, "http://x", Fraction(5, 2))


def test_several_systems_make_one_list() -> None:
    value_set = listed(YES)
    value_set["compose"]["include"].append({"system": "http://y", "concept": [{"code": "u"}]})

    assert [(each.code, each.system) for each in only(asking(value_set)).options] == [
        ("y", "http://x"),
        ("u", "http://y"),
    ]


def test_an_expansion_counts_before_its_definition() -> None:
    value_set = expanded({"system": "http://x", **YES}, {"system": "http://x", **NO}, total=2)
    value_set["compose"] = {"include": [{"valueSet": ["http://elsewhere"]}]}

    assert [each.code for each in only(asking(value_set)).options] == ["y", "n"]


@pytest.mark.parametrize("reference", [URL, f"{URL}|1.0"])
def test_a_set_may_be_named_by_its_own_address(reference: str) -> None:
    assert len(only(asking(listed(YES, url=URL, version="1.0"), reference=reference)).options) == 1


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("http://hl7.org/fhir/ValueSet/yesnodontknow", "value_set_external"),
        ("#other", "value_set_missing"),
        ("yn", "value_set_external"),
    ],
)
def test_a_set_that_is_not_in_the_file_is_refused(reference: str, fault: str) -> None:
    assert refused(asking(listed(YES), reference=reference)) == [("q", "answerValueSet", fault)]


@pytest.mark.parametrize(
    "value_set",
    [
        {"resourceType": "ValueSet", "id": "yn"},
        {"resourceType": "ValueSet", "id": "yn", "compose": "x", "expansion": [1]},
        {"resourceType": "ValueSet", "id": "yn", "compose": {"include": [{"system": "http://snomed.info/sct"}]}},
        listed(),
        listed(YES, implicitRules="http://x"),
        {**listed(YES), "compose": {**listed(YES)["compose"], "exclude": [{"system": "http://x"}]}},
        {**listed(YES), "compose": {"include": [{"concept": [YES], "filter": [{"property": "concept"}]}]}},
        {**listed(YES), "compose": {"include": [{"concept": [YES], "valueSet": ["http://y"]}]}},
        {**listed(YES), "compose": {"include": [{"concept": "y"}]}},
        expanded(YES, {"display": "Group", "contains": [NO]}),
        expanded({**YES, "abstract": True}),
        expanded({**YES, "inactive": True}),
        expanded(YES, total=20),
        expanded(YES, offset=100),
        listed(YES, YES),
    ],
)
def test_a_set_that_is_no_plain_list_is_refused(value_set: dict[str, Any]) -> None:
    assert refused(asking(value_set)) == [("q", "answerValueSet", "value_set_not_a_list")]


def test_a_concept_that_cannot_be_an_option_is_named() -> None:
    odd = {"code": "y", "extension": [{"url": "http://x/own"}]}

    assert refused(asking(listed(odd, {"code": 7}))) == [
        ("q", "own", "extension_unsupported"),
        ("q", "code", "element_malformed"),
        ("q", "valueCoding", "option_value"),
        ("q", "answerValueSet", "value_set_not_a_list"),
    ]


def test_two_sets_of_one_name_leave_open_which_is_meant() -> None:
    assert refused(asking(listed(YES), listed(NO))) == [("q", "answerValueSet", "value_set_not_a_list")]


def test_both_lists_at_once_are_refused() -> None:
    document = asking(listed(YES))
    document["item"][0]["answerOption"] = [{"valueString": "a"}]

    assert refused(document) == [("q", "answerValueSet", "options_twice")]


def test_the_set_and_the_reference_to_it_come_back() -> None:
    document = asking(listed(YES, NO, publisher="P"), initial=[{"valueCoding": {"system": "http://x", "code": "n"}}])
    questionnaire = accepted(document)
    back = to_fhir(questionnaire, version="fhir-r5")

    assert questionnaire.questions[0].initial == ("n",)
    assert back["contained"] == document["contained"]
    assert back["item"][0]["answerValueSet"] == "#yn"
    assert "answerOption" not in back["item"][0]


def test_options_that_were_changed_stand_in_the_item() -> None:
    questionnaire = accepted(asking(listed(YES, NO)))
    (question,) = questionnaire.questions
    changed = replace(questionnaire, questions=(replace(question, options=question.options[:1]),))
    back = to_fhir(changed, version="fhir-r4")["item"][0]

    assert "answerValueSet" not in back
    assert [each["valueCoding"]["code"] for each in back["answerOption"]] == ["y"]


def test_contained_resources_that_nobody_points_to_are_carried() -> None:
    contained: list[Any] = [{"resourceType": "Patient", "id": "p"}, listed(YES)]

    assert accepted(form(item("q"), contained=contained)).carried["contained"] == contained


@pytest.mark.parametrize("contained", [7, "x", [None, 7, "x", []], {"resourceType": "ValueSet", "id": "yn"}])
def test_contained_of_any_shape_does_no_harm(contained: Any) -> None:
    document = form(item("q", "choice", answerValueSet="#yn"), contained=contained)

    assert refused(document) == [("q", "answerValueSet", "value_set_missing")]


def test_a_long_list_that_many_questions_share_is_counted_for_each() -> None:
    value_set = listed(*({"code": f"c{number}"} for number in range(10_000)))
    items = [item(f"q{number}", "choice", answerValueSet="#yn") for number in range(2_000)]

    assert len(accepted_options(items[: MOST_OPTIONS // 10_000], value_set)) == MOST_OPTIONS
    assert refused(form(*items, contained=[value_set])) == [(None, "answerOption", "too_many_options")]


def accepted_options(items: list[dict[str, Any]], value_set: dict[str, Any]) -> list[str]:
    questionnaire, refusals = read(form(*items, contained=[value_set]))
    assert refusals == []
    assert questionnaire is not None
    return [option.code for question in questionnaire.questions for option in question.options]


def test_options_beside_the_set_are_counted_too() -> None:
    options = [{"valueInteger": number} for number in range(100)]

    assert len(only(form(choice("q", *options, type="integer"))).options) == 100


def test_an_initial_answer_that_was_added_is_marked_on_an_option_of_the_item() -> None:
    questionnaire = accepted(asking(listed(YES, NO)))
    (question,) = questionnaire.questions
    back = to_fhir(replace(questionnaire, questions=(replace(question, initial=("n",)),)), version="fhir-r5")["item"][0]

    assert [each.get("initialSelected", False) for each in back["answerOption"]] == [False, True]
