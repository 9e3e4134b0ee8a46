"""What a form says about itself."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from tests.surveys.fhir.samples import accepted, form, item, refused

FORM = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire."


@pytest.mark.parametrize(
    ("elements", "id_"),
    [
        ({"id": "phq9", "url": "http://x/Questionnaire/other", "name": "N"}, "phq9"),
        ({"url": "http://x/Questionnaire/other/", "name": "N"}, "other"),
        ({"url": "urn:tongping:questionnaire:outpatient", "id": "77"}, "outpatient"),
        ({"name": "Long name"}, "Long name"),
        ({"name": 7}, "questionnaire"),
        ({"id": "x", "extension": [{"url": "urn:tongping:id", "valueString": "y_z"}]}, "y_z"),
    ],
)
def test_the_id_is_the_best_there_is(elements: dict[str, Any], id_: str) -> None:
    assert accepted(form(item(), **elements)).id == id_


def test_url_version_and_title_are_taken_over() -> None:
    questionnaire = accepted(form(item(), url="http://x", version="2", title="T"))

    assert (questionnaire.url, questionnaire.version, questionnaire.title) == ("http://x", "2", {"und": "T"})
    bare = accepted(form(item()))
    assert (bare.url, bare.version, bare.title) == (None, "", {})


@pytest.mark.parametrize(
    ("status", "is_draft", "written"),
    [
        ("draft", True, "draft"),
        ("active", False, "active"),
        ("retired", False, "retired"),
        ("unknown", False, "unknown"),
        (None, False, "active"),
    ],
)
def test_the_state_is_kept(status: str | None, is_draft: bool, written: str) -> None:  # noqa: FBT001 - a row of the table
    questionnaire = accepted(form(item()) | {"status": status})

    assert questionnaire.is_draft is is_draft
    assert to_fhir(questionnaire, version="fhir-r4")["status"] == written


@pytest.mark.parametrize("name", ["status", "url", "id", "version", "title", "language"])
@pytest.mark.parametrize("value", [7, {"x": 1}, ["active"], True])
def test_a_wrong_type_is_refused(name: str, value: Any) -> None:
    assert refused(form(item()) | {name: value}) == [(None, name, "element_malformed")]


def test_a_state_that_nobody_knows_is_refused() -> None:
    assert refused(form(item()) | {"status": "bogus"}) == [(None, "status", "element_malformed")]


def test_everything_else_comes_back_as_it_came() -> None:
    said = {
        "meta": {"profile": ["http://x"], "lastUpdated": "2026"},
        "text": {"status": "generated", "div": "<div>…</div>"},
        "identifier": [{"system": "http://x", "value": "1"}],
        "useContext": [{"code": {"code": "task"}}],
        "jurisdiction": "as it came",
        "effectivePeriod": {"start": "2026"},
        "subjectType": ["Patient"],
        "code": [{"code": "44249-1"}],
        "experimental": True,
        "fhir_comments": ["a note"],
        **dict.fromkeys(("name", "date", "publisher", "description", "purpose", "copyright", "approvalDate"), "x"),
    }
    questionnaire = accepted(form(item(), **said))

    assert questionnaire.carried == said
    for version in ("fhir-r4", "fhir-r5"):
        assert said.items() <= to_fhir(questionnaire, version=version).items()


def test_what_only_r5_can_say_is_an_extension_in_r4() -> None:
    said = {"copyrightLabel": "All rights", "versionAlgorithmCoding": {"code": "semver"}}
    questionnaire = accepted(form(item(), **said))
    r4 = to_fhir(questionnaire, version="fhir-r4")

    assert said.items() <= to_fhir(questionnaire, version="fhir-r5").items()
    assert r4["extension"] == [
        {"url": f"{FORM}versionAlgorithm", "valueCoding": {"code": "semver"}},
        {"url": f"{FORM}copyrightLabel", "valueString": "All rights"},
    ]
    assert not said.keys() & r4.keys()
    assert accepted(r4).carried == said


def test_rules_that_lie_elsewhere_are_refused() -> None:
    assert refused(form(item(), implicitRules="http://x")) == [(None, "implicitRules", "rules_elsewhere")]


@pytest.mark.parametrize(("name", "fault"), [("foo", "element_unknown"), ("group", "element_older")])
def test_elements_nobody_knows_are_refused_by_name(name: str, fault: str) -> None:
    assert refused(form(item(), **{name: {"x": 1}})) == [(None, name, fault)]


def test_a_title_that_is_computed_is_refused() -> None:
    said = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/cqf-expression", "valueExpression": {}}]}

    assert refused(form(item(), title="T", _title=said)) == [(None, "cqf-expression", "expression")]


def test_a_huge_number_in_what_is_carried_is_refused() -> None:
    assert refused(form(item(), meta={"n": 10**99})) == [(None, "meta", "element_malformed")]


def test_an_id_that_fhir_does_not_allow_goes_under_an_address_of_our_own() -> None:
    written = to_fhir(accepted(form(item(), name="with blanks")), version="fhir-r4")

    assert "id" not in written
    assert written["extension"] == [{"url": "urn:tongping:id", "valueString": "with blanks"}]
