"""The hint of a question as FHIR says it: `questionnaire-instruction`, with its translations, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.hints import INSTRUCTION
from surveys.fhir.reading import read
from surveys.fhir.translations import write_translation
from surveys.fhir.writing import to_fhir

HINT = {"url": INSTRUCTION, "valueString": "Between 35 and 74"}


def form(**item: Any) -> dict[str, Any]:
    return {"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "q", "type": "integer"} | item]}


def test_an_instruction_is_the_hint_of_its_question() -> None:
    whole, refusals = read(form(extension=[HINT]) | {"language": "en"})

    assert refusals == []
    assert whole is not None
    assert whole.questions[0].hint == {"en": "Between 35 and 74"}
    assert whole.questions[0].carried == {}
    for version in ("fhir-r4", "fhir-r5"):
        assert to_fhir(whole, version=version)["item"][0]["extension"] == [HINT]


def test_a_hint_is_translated() -> None:
    said = HINT | {"_valueString": {"extension": [write_translation("zh", "35 到 74 岁")]}}
    whole, refusals = read(form(extension=[said]) | {"language": "en"})

    assert refusals == []
    assert whole is not None
    assert (whole.languages, whole.questions[0].hint) == (
        ("en", "zh"),
        {"en": "Between 35 and 74", "zh": "35 到 74 岁"},
    )
    assert to_fhir(whole, version="fhir-r5")["item"][0]["extension"] == [said]


def test_words_that_say_more_than_we_would_write_are_given_back() -> None:
    said = {"url": INSTRUCTION, "valueMarkdown": "**35** to 74", "id": "i"}
    whole, refusals = read(form(extension=[said]))

    assert refusals == []
    assert whole is not None
    assert whole.questions[0].hint == {"und": "**35** to 74"}
    assert to_fhir(whole, version="fhir-r4")["item"][0]["extension"] == [said]


@pytest.mark.parametrize("type_", ["group", "display"])
def test_on_what_nobody_answers_it_is_carried(type_: str) -> None:
    whole, refusals = read(form(type=type_, extension=[HINT]))

    assert refusals == []
    assert whole is not None
    assert (whole.questions[0].hint, whole.questions[0].carried) == ({}, {"extension": [HINT]})
    assert to_fhir(whole, version="fhir-r5")["item"][0]["extension"] == [HINT]


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ([HINT, HINT], "fhir_extension_twice"),
        ([{"url": INSTRUCTION}], "fhir_element_malformed"),
        ([{"url": INSTRUCTION, "valueString": 5}], "fhir_element_malformed"),
        ([{"url": INSTRUCTION, "valueInteger": 5}], "fhir_element_unknown"),
        ([HINT | {"_valueString": {"extension": [{"url": "http://x.example/y"}]}}], "fhir_extension_unsupported"),
    ],
)
def test_what_is_no_hint_is_refused(extensions: list[dict[str, Any]], code: str) -> None:
    whole, refusals = read(form(extension=extensions))

    assert whole is None
    assert code in [each.code for each in refusals]
