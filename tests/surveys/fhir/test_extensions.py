"""Extensions: carried where they are known to be harmless, refused by name otherwise, wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.extensions import merged, segment
from surveys.fhir.harmless import HARMLESS, is_computing
from surveys.fhir.writing import to_fhir
from tests.surveys.fhir.samples import HL7, SDC, accepted, extension, form, item, only, refused, translation

FHIRPATH = {"language": "text/fhirpath", "expression": "%resource"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{HL7}ordinalValue", "ordinalValue"),
        ("http://x.org/a/", "a"),
        ("urn:tongping:notice-version", "notice-version"),
        ("urn:oid:1.2.3", "1.2.3"),
        ("lang", "lang"),
        ("/", "/"),
    ],
)
def test_an_extension_is_known_by_the_last_part_of_its_address(url: str, name: str) -> None:
    assert segment(url) == name


@pytest.mark.parametrize(
    "url",
    [
        f"{HL7}rendering-style",
        f"{HL7}questionnaire-displayCategory",
        f"{HL7}questionnaire-choiceOrientation",
        f"{HL7}questionnaire-supportLink",
        f"{HL7}questionnaire-sliderStepValue",
        f"{HL7}designNote",
        f"{SDC}sdc-questionnaire-launchContext",
        f"{SDC}sdc-questionnaire-observationExtract",
        f"{SDC}sdc-questionnaire-observationLinkPeriod",
        f"{SDC}sdc-questionnaire-targetStructureMap",
        f"{SDC}sdc-questionnaire-preferredTerminologyServer",
        f"{SDC}sdc-questionnaire-shortText",
    ],
)
@pytest.mark.parametrize("place", ["form", "item", "option", "text"])
def test_looks_and_origins_are_carried_and_given_back(url: str, place: str) -> None:
    said = {"url": url, "valueString": "x"}
    asked = item("q", "choice", text="?", answerOption=[{"valueString": "a"}])
    document = form(asked, url="http://x")
    target: dict[str, Any] = {"form": document, "item": asked, "option": asked["answerOption"][0], "text": {}}[place]
    target["extension"] = [said]
    if place == "text":
        asked["_text"] = target
    back = to_fhir(accepted(document), version="fhir-r4")

    assert back["item"] == document["item"]
    assert back.get("extension") == document.get("extension")


@pytest.mark.parametrize(
    "name",
    [
        *("sdc-questionnaire-calculatedExpression", "sdc-questionnaire-enableWhenExpression"),
        *("sdc-questionnaire-initialExpression", "sdc-questionnaire-answerExpression"),
        *("sdc-questionnaire-candidateExpression", "sdc-questionnaire-itemPopulationContext"),
        *("sdc-questionnaire-answerOptionsToggleExpression", "sdc-questionnaire-contextExpression"),
    ],
)
def test_fhirpath_is_refused_by_name(name: str) -> None:
    said = extension(name, FHIRPATH, "Expression", base=SDC)

    assert refused(form(item("q", extension=[said]))) == [("q", name, "expression")]


@pytest.mark.parametrize("name", ["variable", "cqf-expression", "questionnaire-constraint", "targetConstraint"])
def test_variables_and_constraints_are_refused_by_name(name: str) -> None:
    said = [extension(name, FHIRPATH, "Expression")]

    assert refused(form(item("q"), extension=said)) == [(None, name, "expression")]
    assert refused(form(item("q", text="?", _text={"extension": said}))) == [("q", name, "expression")]


@pytest.mark.parametrize(
    "name", ["questionnaire-signatureRequired", "questionnaire-unitOption", "mimeType", "maxSize", "minQuantity"]
)
def test_what_changes_answers_is_refused_by_name(name: str) -> None:
    assert refused(form(item("q", extension=[extension(name, True, "Boolean")]))) == [
        ("q", name, "extension_unsupported")
    ]


def test_an_unknown_extension_is_refused_by_name_with_everything_else() -> None:
    unknown = {"url": "http://example.org/fhir/my-own", "valueString": "x"}
    asked = item("q", "choice", extension=[unknown], answerOption=[{"valueString": "a", "extension": [unknown]}])

    assert refused(form(asked, extension=[unknown, {"url": "http://example.org/other"}])) == [
        (None, "my-own", "extension_unsupported"),
        (None, "other", "extension_unsupported"),
        ("q", "my-own", "extension_unsupported"),
    ]


def test_what_computes_inside_something_harmless_is_refused() -> None:
    inside = {"extension": [extension("cqf-expression", FHIRPATH, "Expression")]}
    said = {"url": f"{HL7}rendering-xhtml", "_valueString": inside}

    assert refused(form(item("q", _text={"extension": [said]}))) == [("q", "cqf-expression", "expression")]


def test_what_computes_afterwards_is_carried() -> None:
    context = extension("sdc-questionnaire-itemExtractionContext", FHIRPATH, "Expression", base=SDC)

    assert only(form(item("q", extension=[context]))).carried == {"extension": [context]}


@pytest.mark.parametrize(("word", "is_taken"), [("capture", True), ("capture-display", True), ("display", False)])
def test_items_that_are_only_displayed_are_not_passed_over(word: str, is_taken: bool) -> None:  # noqa: FBT001 - a row
    document = form(item("q", extension=[extension("questionnaire-usageMode", word, "Code")]))
    expected = [("q", "questionnaire-usageMode", "extension_unsupported")]

    assert (accepted(document).questions[0].carried != {} if is_taken else refused(document) == expected) is True


@pytest.mark.parametrize("word", ["assemble-root", "assemble-child", None, ["independent-root"]])
def test_forms_to_be_assembled_are_refused(word: Any) -> None:
    said = extension("sdc-questionnaire-assemble-expectation", word, "Code", base=SDC)

    assert refused(form(item("q"), extension=[said])) == [
        (None, "sdc-questionnaire-assemble-expectation", "extension_unsupported")
    ]


@pytest.mark.parametrize("url", [None, 7, "", {"a": 1}])
def test_an_extension_without_address_is_refused(url: Any) -> None:
    assert refused(form(item("q", extension=[{"url": url, "valueString": "x"}]))) == [
        ("q", "extension", "element_malformed")
    ]


@pytest.mark.parametrize("value", [7, "x", {"url": "http://x"}, ["x"], [None]])
def test_extensions_of_a_wrong_shape_are_refused(value: Any) -> None:
    assert refused(form(item("q", extension=value))) == [("q", "extension", "element_malformed")]


def test_beside_simple_values_harmless_things_and_translations_are_carried() -> None:
    beside = {"id": "x", "extension": [extension("rendering-style", "x"), translation("sw", "Mtu")]}
    document = form(
        item("q", prefix="1.", _prefix=beside), publisher="P", _publisher=beside, _subjectType=[None, beside]
    )
    back = to_fhir(accepted(document), version="fhir-r5")

    assert (back["_publisher"], back["_subjectType"]) == (beside, [None, beside])
    assert back["item"][0]["_prefix"] == beside


@pytest.mark.parametrize(
    ("beside", "fault"),
    [
        (7, ("_linkId", "element_malformed")),
        ([7], ("_linkId", "element_malformed")),
        ({"extension": [{"url": "http://x/own"}]}, ("own", "extension_unsupported")),
        ({"value": 1}, ("value", "element_unknown")),
    ],
)
def test_beside_simple_values_anything_else_is_refused(beside: Any, fault: tuple[str, str]) -> None:
    assert refused(form(item("q", _linkId=beside))) == [("q", *fault)]


def test_merging_prefers_what_was_carried_as_long_as_it_means_the_same() -> None:
    meanings = {"u": lambda raw: raw["v"]}
    other = {"url": "other"}

    assert merged([{"url": "u", "v": 1}], [other, {"url": "u", "v": 1, "id": "x"}], meanings) == [
        {"url": "u", "v": 1, "id": "x"},
        other,
    ]
    assert merged([{"url": "u", "v": 2}], [{"url": "u", "v": 1, "id": "x"}], meanings) == [{"url": "u", "v": 2}]
    assert merged([], [{"url": "u", "v": 1}, other], meanings) == [other]
    assert merged([{"url": "u", "v": 1}], None, meanings) == [{"url": "u", "v": 1}]


def test_nothing_that_computes_is_on_the_list_but_for_what_comes_afterwards() -> None:
    assert [url for url in sorted(HARMLESS) if is_computing(segment(url))] == []
