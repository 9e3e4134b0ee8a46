"""What FHIR has no words for, under addresses of our own."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.structure import Dimension
from tests.surveys.fhir.samples import accepted, choice, form, item, only, refused

OWN = "urn:tongping:"
WAITING = {
    "url": f"{OWN}dimension",
    "extension": [
        {"url": "code", "valueString": "waiting"},
        {"url": "name", "extension": [{"url": "zh", "valueString": "等待"}, {"url": "en", "valueString": "Waiting"}]},
    ],
}


def string(name: str, value: Any) -> dict[str, Any]:
    return {"url": OWN + name, "valueString": value}


def wording(name: str, **texts: str) -> dict[str, Any]:
    return {"url": OWN + name, "extension": [{"url": tag, "valueString": text} for tag, text in texts.items()]}


def test_all_of_it_is_read() -> None:
    facts = [
        *(string("language", "zh"), string("language", "en"), wording("notice", zh="说明", en="Notice")),
        *(string("notice-version", "2"), wording("thanks", zh="谢谢"), string("kind", "outpatient")),
        *(string("kind", "day"), WAITING),
    ]
    asked = item("q", "boolean", extension=[string("dimension", "waiting")])
    overall = item("all", "boolean", extension=[{"url": f"{OWN}overall", "valueBoolean": True}])
    questionnaire = accepted(form(asked, overall, extension=facts, language="zh", url=f"{OWN}questionnaire:outpatient"))

    assert questionnaire.id == "outpatient"
    assert questionnaire.url is None
    assert questionnaire.languages == ("zh", "en")
    assert (questionnaire.notice, questionnaire.notice_version) == ({"zh": "说明", "en": "Notice"}, "2")
    assert (questionnaire.thanks, questionnaire.kinds) == ({"zh": "谢谢"}, ("outpatient", "day"))
    assert questionnaire.dimensions == (Dimension("waiting", {"zh": "等待", "en": "Waiting"}),)
    assert [(each.dimension, each.is_overall) for each in questionnaire.questions] == [("waiting", False), (None, True)]


def test_an_option_may_have_a_label_of_its_own() -> None:
    option = {"valueInteger": 10, "extension": [wording("label", und="Excellent", zh="很好")]}

    assert only(form(choice("q", option))).options[0].text == {"und": "Excellent", "zh": "很好"}


def test_a_dimension_that_nobody_listed_is_refused() -> None:
    asked = item("q", "boolean", extension=[string("dimension", "queue")])

    assert refused(form(asked, extension=[WAITING])) == [("q", "dimension", "dimension_unknown")]


@pytest.mark.parametrize(
    ("said", "name", "fault"),
    [
        (string("language", "not a tag"), "language", "element_malformed"),
        (string("kind", 7), "kind", "element_malformed"),
        (string("notice-version", ""), "notice-version", "element_malformed"),
        ({"url": f"{OWN}notice"}, "notice", "element_malformed"),
        ({"url": f"{OWN}notice", "extension": ["zh"]}, "notice", "element_malformed"),
        ({"url": f"{OWN}notice", "extension": [{"url": "zh", "valueString": 7}]}, "notice", "element_malformed"),
        ({"url": f"{OWN}notice", "extension": [{"url": "z h", "valueString": "x"}]}, "notice", "element_malformed"),
        ({"url": f"{OWN}dimension", "extension": []}, "dimension", "element_malformed"),
        ({"url": f"{OWN}dimension", "valueString": "x"}, "dimension", "element_malformed"),
        ({"url": f"{OWN}dimension", "extension": [{"url": "other"}]}, "dimension", "element_malformed"),
        ({"url": f"{OWN}unheard-of", "valueString": "x"}, "unheard-of", "extension_unsupported"),
    ],
)
def test_anything_odd_is_refused(said: dict[str, Any], name: str, fault: str) -> None:
    assert (None, name, fault) in refused(form(item(), extension=[said]))


@pytest.mark.parametrize("name", ["notice", "thanks", "notice-version", "id"])
def test_what_can_be_said_once_is_refused_twice(name: str) -> None:
    said = wording(name, zh="x") if name in ("notice", "thanks") else string(name, "x")

    assert refused(form(item(), extension=[said, said])) == [(None, name, "extension_twice")]


@pytest.mark.parametrize(("value", "fault"), [("true", "element_malformed"), (None, "element_malformed")])
def test_overall_is_a_truth_value(value: Any, fault: str) -> None:
    assert refused(form(item("q", "boolean", extension=[{"url": f"{OWN}overall", "valueBoolean": value}]))) == [
        ("q", "overall", fault)
    ]
