"""Whole forms: real shapes taken or refused, and nothing that makes the reader stumble."""

from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.fhir.elements import MOST_REFUSALS
from surveys.fhir.reading import LONGEST_LINK_ID, MOST_ITEMS, read
from surveys.structure import Condition
from tests.surveys.fhir.samples import (
    HL7,
    accepted,
    choice,
    coding,
    extension,
    form,
    item,
    refused,
    sentences,
    there_and_back,
)
from tests.surveys.fhir.test_writing import R4_FORM

HELP = {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}], "text": "Help-Button"}


def test_a_depression_scale_of_r4_is_read_whole() -> None:
    options = [
        coding(
            f"LA{number}", text, system="http://loinc.org", x_extension=[extension("ordinalValue", number, "Decimal")]
        )
        for number, text in enumerate(["Not at all", "Several days", "Nearly every day"])
    ]
    hint = item(
        "/1-help",
        "display",
        text="Mark one",
        extension=[extension("questionnaire-itemControl", HELP, "CodeableConcept")],
    )
    asked = choice(
        "/1", *options, text="Little interest", prefix="1.", required=True, code=[{"code": "44250-9"}], item=[hint]
    )
    how = item(
        "/2", text="How hard?", enableWhen=[{"question": "/1", "operator": "!=", "answerCoding": {"code": "LA0"}}]
    )
    questionnaire = accepted(form(item("g", "group", item=[asked, how]), title="PHQ", code=[{"code": "44249-1"}]))

    assert [(each.id, each.type, each.parent) for each in questionnaire.questions] == [
        ("g", "group", None),
        ("/1", "coding", "g"),
        ("/1-help", "display", "/1"),
        ("/2", "string", "g"),
    ]
    assert [option.score for option in questionnaire.questions[1].options] == [Fraction(0), Fraction(1), Fraction(2)]
    assert questionnaire.questions[2].control == "help"
    assert questionnaire.questions[3].enable_when == (Condition("/1", "!=", "LA0"),)


def test_r5_is_read_by_what_it_says() -> None:
    asked = choice(
        "q", coding("a", x_extension=[extension("itemWeight", Decimal("0.5"), "Decimal")]), {"valueString": "b"},
        type="coding", answerConstraint="optionsOrString", disabledDisplay="hidden", repeats=True,
    )  # fmt: skip
    (question,) = accepted(form(asked, versionAlgorithmString="semver")).questions

    assert (question.constraint, question.options[0].score) == ("optionsOrString", Fraction(1, 2))
    assert [option.value_type for option in question.options] == ["coding", "string"]


def test_a_bundle_is_refused_whole() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": form(item())}]}

    assert refused(bundle) == [(None, "Bundle", "not_a_questionnaire")]


def test_a_total_that_is_computed_refuses_the_form_by_its_item() -> None:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
    total = item("total", "decimal", extension=[{"url": url, "valueExpression": {"expression": "1"}}])

    assert refused(form(item("a", "integer"), total)) == [
        ("total", "sdc-questionnaire-calculatedExpression", "expression")
    ]


def test_the_shapes_before_r4_are_refused_by_name() -> None:
    document = form(
        item("a", "choice", option=[{"valueCoding": {"code": "x"}}]),
        item("b", "choice", options={"reference": "#v"}),
        item("c", enableWhen=[{"question": "a", "hasAnswer": True}]),
    )

    assert {each[:2] for each in refused(document)} >= {("a", "option"), ("b", "options"), ("c", "hasAnswer")}


def test_items_stand_in_the_order_of_the_form() -> None:
    document = form(
        item("1", "group", item=[item("1.1", item=[item("1.1.1")]), item("1.2")]),
        item("2", "group", item=[item("2.1")]),
    )

    assert [each.id for each in accepted(document).questions] == ["1", "1.1", "1.1.1", "1.2", "2", "2.1"]


def test_a_link_id_stands_once() -> None:
    document = form(item("a"), item("g", "group", item=[item("a", "display")]))

    assert refused(document) == [("a", "linkId", "link_id_twice")]


@pytest.mark.parametrize("link_id", [None, "", "   ", []])
def test_an_item_without_link_id_is_refused_with_its_place(link_id: Any) -> None:
    document = form(item("a"), item("g", "group", item=[item("b"), item("c"), {"linkId": link_id, "type": "string"}]))
    _, (refusal,) = read(document)

    assert (refusal.link_id, refusal.feature, refusal.code) == (None, "linkId", "fhir_link_id_missing")
    assert refusal.details["place"] == "2.3"
    assert "2.3" in sentences(refusal)[0]


@pytest.mark.parametrize("link_id", [7, True, {"x": 1}, ["a"], "x" * (LONGEST_LINK_ID + 1)])
def test_a_link_id_is_a_short_text(link_id: Any) -> None:
    assert refused(form({"linkId": link_id, "type": "string"})) == [(None, "linkId", "element_malformed")]


def test_odd_link_ids_are_kept_to_the_letter() -> None:
    ids = ["/1-2", " a", "问 一", "a" * LONGEST_LINK_ID, "__proto__", "None", "../../x", "'; --"]

    assert [each.id for each in accepted(form(*(item(id_) for id_ in ids))).questions] == ids


@pytest.mark.parametrize("items", [None, [], {}, "", "missing"])
def test_a_form_that_asks_nothing_is_refused(items: Any) -> None:
    document = {"resourceType": "Questionnaire", "status": "draft", "item": items}
    if items == "missing":
        del document["item"]

    assert refused(document) == [(None, "item", "without_items")]


@pytest.mark.parametrize("items", [7, "x", {"linkId": "a"}, [None], [7], ["x"], [[item()]]])
def test_items_of_a_wrong_shape_are_refused(items: Any) -> None:
    assert refused({"resourceType": "Questionnaire", "item": items}) == [(None, "item", "element_malformed")]
    assert refused(form(item("g", "group", item=items))) == [("g", "item", "element_malformed")]


def test_too_many_items_are_refused_at_once() -> None:
    assert refused(form(*(item(str(number)) for number in range(MOST_ITEMS + 1)))) == [(None, "item", "too_many_items")]


def test_what_is_wrong_is_listed_in_the_order_of_the_form_and_summed_up_at_the_end() -> None:
    _, refusals = read(form(*(item(f"q{number}", "quantity") for number in range(MOST_REFUSALS + 7))))

    assert [each.link_id for each in refusals] == [*(f"q{number}" for number in range(MOST_REFUSALS)), None]
    assert (refusals[-1].code, refusals[-1].details) == ("fhir_more_refusals", {"count": 7})


def test_a_form_with_everything_wrong_names_everything() -> None:
    document = form(
        item("a", "quantity", foo=1),
        item("b", required="yes", enableWhen=[{"question": "z", "operator": "=", "answerString": "x"}]),
        title=7,
    )

    assert refused(document) == [
        (None, "title", "element_malformed"),
        ("a", "quantity", "type_unsupported"),
        ("b", "required", "element_malformed"),
        ("b", "enableWhen", "condition_dangling"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_no_value_makes_the_reader_stumble(value: Any, other: Any) -> None:
    for document in (
        value,
        {"resourceType": "Questionnaire", "item": value},
        form(item("q", text=value, initial=other)),
    ):
        questionnaire, refusals = read(document)

        assert (questionnaire is None) == bool(refusals)
        assert all(sentences(each) for each in refusals)


JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**60, 0.5, Decimal("1E+30"), "", "x", "~x", "#v", "\t", [], {}, [None], [{}], [[]]),
    *({"url": f"{HL7}translation"}, {"url": ["x"]}, [{"url": {}}], {"extension": [{"url": "x", "extension": {}}]}),
)
NAMES = (
    *("extension", "valueCoding", "valueString", "enableWhen", "answerOption", "answerValueSet", "initial", "type"),
    *("linkId", "item", "_text", "text", "question", "answerCoding", "url", "contained", "coding", "concept", "id"),
)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_form_that_was_tampered_with_is_refused_or_still_comes_back(random: Random) -> None:
    document = copy.deepcopy(R4_FORM)
    for _ in range(random.randint(1, 3)):
        tamper(document, random)
    questionnaire, refusals = read(document)

    assert (questionnaire is None) == bool(refusals)
    assert all(sentences(each) for each in refusals)
    if questionnaire is not None:
        assert there_and_back(questionnaire, "fhir-r4") == questionnaire
        assert there_and_back(questionnaire, "fhir-r5") == questionnaire


def tamper(document: dict[str, Any], random: Random) -> None:
    """Put junk in one place, take something away, or put it under another name."""
    wholes = [each for each in nested(document) if each]
    whole = random.choice(wholes)
    key: Any = random.choice(sorted(whole)) if isinstance(whole, dict) else random.randrange(len(whole))
    what = random.random()
    if what < 0.5:
        whole[key] = copy.deepcopy(random.choice(JUNK))
    elif what < 0.7:
        del whole[key]
    elif isinstance(whole, dict):
        whole[random.choice(NAMES)] = copy.deepcopy(whole[key])
    else:
        whole.append(copy.deepcopy(whole[key]))


def nested(value: Any) -> list[Any]:
    """All objects and lists in a value."""
    if not isinstance(value, dict | list):
        return []
    parts = value.values() if isinstance(value, dict) else value
    return [value, *(inner for each in parts for inner in nested(each))]
