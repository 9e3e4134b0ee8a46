"""Bounds and hints: what an answer must keep to, type by type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from surveys.structure import Unit
from tests.surveys.fhir.samples import accepted, choice, coding, extension, form, item, only, refused

KILOGRAM = {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kilogram"}


def bounded(type_: str, name: str, value: Any, kind: str, **elements: Any) -> dict[str, Any]:
    return form(item("q", type_, extension=[extension(name, value, kind)], **elements))


@pytest.mark.parametrize(
    ("type_", "name", "kind", "value", "field", "stored"),
    [
        ("integer", "minValue", "Integer", -5, "minimum", "-5"),
        ("decimal", "maxValue", "Decimal", Decimal("9.50"), "maximum", "9.50"),
        ("decimal", "minValue", "Integer", 3, "minimum", "3"),
        ("integer", "maxValue", "Decimal", Decimal("10.0"), "maximum", "10"),
        ("date", "minValue", "Date", "2020-01", "minimum", "2020-01"),
        ("time", "maxValue", "Time", "18:00:00", "maximum", "18:00:00"),
        ("dateTime", "minValue", "DateTime", "2020-01-01T00:00:00Z", "minimum", "2020-01-01T00:00:00Z"),
        ("string", "minLength", "Integer", 0, "min_length", 0),
        ("decimal", "maxDecimalPlaces", "Integer", 2, "max_decimals", 2),
        ("text", "regex", "String", "[0-9]{3}", "pattern", "[0-9]{3}"),
        ("group", "questionnaire-minOccurs", "Integer", 2, "least", 2),
        ("string", "questionnaire-maxOccurs", "Integer", 3, "most", 3),
        ("display", "questionnaire-hidden", "Boolean", True, "is_hidden", True),
        ("string", "entryFormat", "String", "yyyy-mm-dd", "entry_format", "yyyy-mm-dd"),
        (
            "integer",
            "questionnaire-unit",
            "Coding",
            KILOGRAM,
            "unit",
            Unit("kg", "http://unitsofmeasure.org", "kilogram"),
        ),
        ("decimal", "questionnaire-unit", "Coding", {"display": "cups"}, "unit", Unit("cups", None, "cups")),
        (
            "group",
            "questionnaire-itemControl",
            "CodeableConcept",
            {"coding": [{"code": "gtable"}]},
            "control",
            "gtable",
        ),
        ("string", "questionnaire-itemControl", "CodeableConcept", {"text": "Slider"}, "control", "Slider"),
    ],
)
def test_each_is_understood(type_: str, name: str, kind: str, value: Any, field: str, stored: Any) -> None:
    assert getattr(only(bounded(type_, name, value, kind)), field) == stored


@pytest.mark.parametrize(
    ("type_", "name", "kind", "value"),
    [
        ("integer", "minValue", "Integer", "5"),
        ("integer", "minValue", "Decimal", Decimal("5.5")),
        ("integer", "minValue", "Date", "2020-01-01"),
        ("integer", "minValue", "Quantity", {"value": 5}),
        ("date", "maxValue", "Date", "soon"),
        ("string", "minLength", "Integer", -1),
        ("string", "minLength", "Integer", True),
        ("string", "minLength", "Decimal", 1),
        ("string", "regex", "String", 7),
        ("string", "regex", "String", ""),
        ("string", "questionnaire-maxOccurs", "Integer", 0),
        ("string", "questionnaire-hidden", "Boolean", "true"),
        ("string", "questionnaire-hidden", "String", "true"),
        ("integer", "questionnaire-unit", "Coding", {}),
        ("integer", "questionnaire-unit", "Coding", {"code": 7}),
        ("string", "questionnaire-itemControl", "CodeableConcept", {"coding": [None, 7]}),
        ("string", "questionnaire-itemControl", "CodeableConcept", "slider"),
        ("string", "questionnaire-itemControl", "Code", "slider"),
    ],
)
def test_a_value_of_another_kind_is_refused(type_: str, name: str, kind: str, value: Any) -> None:
    assert refused(bounded(type_, name, value, kind)) == [("q", name, "element_malformed")]


@pytest.mark.parametrize(
    ("type_", "name", "kind", "value"),
    [
        ("string", "minValue", "Integer", 5),
        ("choice", "maxValue", "Integer", 5),
        ("group", "minValue", "Integer", 5),
        ("date", "minLength", "Integer", 5),
        ("choice", "minLength", "Integer", 5),
        ("string", "maxDecimalPlaces", "Integer", 5),
        ("boolean", "regex", "String", "x"),
        ("choice", "regex", "String", "x"),
        ("display", "questionnaire-minOccurs", "Integer", 5),
    ],
)
def test_where_a_bound_means_nothing_it_is_refused(type_: str, name: str, kind: str, value: Any) -> None:
    assert refused(bounded(type_, name, value, kind)) == [("q", name, "element_misplaced")]


@pytest.mark.parametrize(
    ("type_", "name", "kind", "value"),
    [
        ("choice", "questionnaire-unit", "Coding", KILOGRAM),
        ("display", "entryFormat", "String", "dd-mm"),
        ("choice", "entryFormat", "String", "pick"),
    ],
)
def test_where_a_hint_means_nothing_it_is_carried(type_: str, name: str, kind: str, value: Any) -> None:
    document = bounded(type_, name, value, kind)

    assert to_fhir(accepted(document), version="fhir-r4")["item"] == document["item"]


def test_own_words_have_a_pattern_and_a_length() -> None:
    said = [extension("regex", "[a-z]*"), extension("minLength", 2, "Integer")]
    question = only(form(choice("q", coding(), type="open-choice", extension=said, maxLength=9)))

    assert (question.pattern, question.min_length, question.max_length) == ("[a-z]*", 2, 9)


@pytest.mark.parametrize("pattern", ["(?=x)y", r"(a)\1", "[", "a{5000}", "(" * 500, r"\p{L}+"])
def test_a_pattern_that_cannot_be_kept_to_is_refused(pattern: str) -> None:
    assert refused(bounded("string", "regex", pattern, "String")) == [("q", "regex", "pattern_unsupported")]


def test_bounds_the_wrong_way_round_are_the_form_s_own_affair() -> None:
    said = [extension("minValue", 20, "Decimal"), extension("maxValue", 2, "Decimal")]

    assert only(form(item("q", "decimal", extension=said))).minimum == "20"


def test_a_bound_given_twice_is_refused() -> None:
    said = [extension("minValue", 1, "Integer"), extension("minValue", 2, "Integer")]

    assert refused(form(item("q", "integer", extension=said))) == [("q", "minValue", "extension_twice")]


def test_a_bound_that_is_computed_is_refused_by_that_name() -> None:
    today = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/cqf-calculatedValue", "valueExpression": {}}]
    }
    only_computed = {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "_valueDate": today}

    for said in (only_computed, {**only_computed, "valueDate": "2020-01-01"}):
        assert refused(form(item("q", "date", extension=[said]))) == [("q", "cqf-calculatedValue", "expression")]


def test_the_words_of_the_form_come_back_until_they_mean_something_else() -> None:
    control = {"coding": [{"system": "http://x", "code": "slider", "display": "Slider"}], "text": "Slider"}
    document = bounded("integer", "questionnaire-itemControl", control, "CodeableConcept")
    question = only(document)

    assert question.control == "slider"
    assert question.carried == {"extension": document["item"][0]["extension"]}


def test_an_item_that_is_not_hidden_says_nothing() -> None:
    question = only(bounded("string", "questionnaire-hidden", value=False, kind="Boolean"))

    assert (question.is_hidden, question.carried) == (False, {})


@pytest.mark.parametrize(("value", "is_fit"), [(1, True), (2**31 - 1, True), (0, False), (-3, False), ("9", False)])
def test_the_longest_text_is_a_whole_number(value: Any, is_fit: bool) -> None:  # noqa: FBT001 - a row of the table
    document = form(item("q", maxLength=value))

    assert (only(document).max_length == value if is_fit else refused(document) == MALFORMED) is True


MALFORMED = [("q", "maxLength", "element_malformed")]
