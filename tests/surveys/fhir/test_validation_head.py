"""The head of a response: its status, which form it answers, what else may stand there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surveys.fhir.forms import URL, faults, form, item, question, response, words

ONE = form(question())
GOOD = item("q", words("好"))


@pytest.mark.parametrize("status", ["in-progress", "completed", "amended", "entered-in-error", "stopped"])
def test_each_status_of_the_standard_is_taken(status: str) -> None:
    assert faults(ONE, response(GOOD, status=status)) == []


@pytest.mark.parametrize("status", ["", "Completed", "complete", "draft", None, 1, True, ["completed"], {"a": 1}])
def test_another_status_is_refused(status: Any) -> None:
    assert (None, "bad_status") in faults(ONE, response(GOOD, status=status))


def test_a_missing_status_is_refused() -> None:
    answered = response(GOOD)
    del answered["status"]

    assert faults(ONE, answered) == [(None, "bad_status")]


@pytest.mark.parametrize(
    "other",
    [None, True, 0, "QuestionnaireResponse", [], {}, {"resourceType": "Questionnaire"}, {"resourceType": ["x"]}, [{}]],
)
def test_anything_else_is_no_response(other: Any) -> None:
    assert faults(ONE, other) == [(None, "bad_resource")]


@pytest.mark.parametrize(
    "named", [URL, f"{URL}|2", f"{URL}|2#page", "Questionnaire/7", "#q", "urn-less words", f"{URL}#x"]
)
def test_a_canonical_that_may_mean_the_form_is_taken(named: str) -> None:
    assert faults(form(question(), url=URL), response(GOOD, questionnaire=named)) == []


@pytest.mark.parametrize("named", [f"{URL}s", f"{URL}|3", "https://erp.example/q", "urn:tongping:questionnaire:f|2"])
def test_a_canonical_of_another_form_or_version_is_refused(named: str) -> None:
    found = faults(form(question(), url=URL), response(GOOD, questionnaire=named))

    assert found == [(None, "other_questionnaire")]


def test_an_own_form_is_named_by_its_id() -> None:
    own = [f"urn:tongping:questionnaire:{rest}" for rest in ("f|2", "f", "g|2", "f|1")]

    assert [faults(ONE, response(GOOD, questionnaire=named)) != [] for named in own] == [False, False, True, True]


def test_a_foreign_form_without_a_url_cannot_be_named() -> None:
    assert faults(ONE, response(GOOD, questionnaire="https://erp.example/q|9")) == []


def test_a_form_without_a_version_takes_every_version() -> None:
    assert faults(form(question(), url=URL, version=""), response(GOOD, questionnaire=f"{URL}|9")) == []


def test_what_else_a_response_may_carry_is_not_looked_at() -> None:
    extras: dict[str, Any] = {
        "id": "r1",
        "meta": {"versionId": "1"},
        "language": "zh",
        "text": {"status": "generated", "div": "<div/>"},
        "subject": {"reference": "Patient/1"},
        "author": {"display": "李"},
        "source": {"display": "梅"},
        "encounter": {"reference": "Encounter/1"},
        "authored": "2026-03-01T08:00:00+08:00",
        "identifier": [{"value": "1"}],
        "basedOn": [{"reference": "CarePlan/1"}],
        "partOf": [{"reference": "Observation/1"}],
        "_status": {"id": "s"},
        "extension": [{"url": "https://renmin.example/x", "valueBoolean": True}],
    }

    assert faults(ONE, response(GOOD, **extras)) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("items", [], "element_unknown"),
        ("modifierExtension", [{"url": "https://x"}], "modifier_extension"),
        ("questionnaire", 3, "malformed"),
        ("authored", "yesterday", "malformed"),
        ("authored", "2026-03-01T08:00:00", "malformed"),
        ("id", None, "malformed"),
        ("item", {}, "malformed"),
        ("item", [], "malformed"),
        ("item", [3], "malformed"),
        ("item", None, "malformed"),
    ],
)
def test_a_head_that_is_not_as_the_standard_has_it_is_refused(name: str, value: Any, code: str) -> None:
    assert faults(ONE, response() | {name: value}) == [(None, code)]
