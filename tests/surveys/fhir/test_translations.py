"""Texts in several languages."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.translations import Tongues, is_tag, read_wording, write_wording
from tests.surveys.fhir.samples import (
    HL7,
    accepted,
    choice,
    codes,
    coding,
    element,
    form,
    item,
    only,
    refused,
    translation,
)


def test_translations_stand_beside_the_text() -> None:
    asked = item("q", text="Select", _text={"extension": [translation("sw", "Chagua"), translation("zh", "请选")]})
    questionnaire = accepted(form(asked, title="T", _title={"extension": [translation("fr", "Titre")]}, language="en"))

    assert questionnaire.languages == ("en", "fr", "sw", "zh")
    assert questionnaire.title == {"en": "T", "fr": "Titre"}
    assert questionnaire.questions[0].text == {"en": "Select", "sw": "Chagua", "zh": "请选"}


def test_options_are_translated_too() -> None:
    shown = coding("1", "One", _display={"extension": [translation("sw", "Moja")]})
    plain = {"valueString": "Other", "_valueString": {"extension": [translation("sw", "Nyingine")]}}
    first, second = only(form(choice("q", shown, plain))).options

    assert first.text == {"und": "One", "sw": "Moja"}
    assert second.text == {"und": "Other", "sw": "Nyingine"}


def test_a_form_without_language_has_an_undetermined_one() -> None:
    assert accepted(form(item())).languages == ("und",)
    assert accepted(form(item(text=""))).questions[0].text == {}


def test_a_text_may_be_there_in_translation_only() -> None:
    document = form(item("q", _text={"extension": [translation("sw", "Chagua")]}), language="en")

    assert only(document).text == {"sw": "Chagua"}


@pytest.mark.parametrize("language", ["!", "en us", 7, "x" * 9, "zh_CN"])
def test_a_language_that_is_none_is_refused(language: Any) -> None:
    assert refused(form(item(), language=language)) == [(None, "language", "element_malformed")]


def test_one_language_twice_must_say_the_same() -> None:
    same, other = translation("sw", "Chagua"), translation("sw", "Teua")

    assert only(form(item("q", _text={"extension": [same, same]}))).text == {"sw": "Chagua"}
    assert refused(form(item("q", _text={"extension": [same, other]}))) == [("q", "translation", "translation_twice")]
    assert refused(form(item("q", text="x", _text={"extension": [translation("en", "y")]}), language="en")) == [
        ("q", "translation", "translation_twice")
    ]


@pytest.mark.parametrize(
    "parts",
    [
        None,
        "x",
        [],
        [None],
        [{"url": "lang", "valueCode": "sw"}],
        [{"url": "lang", "valueCode": "sw"}, {"url": "content", "valueString": ""}],
        [{"url": "lang", "valueCode": 7}, {"url": "content", "valueString": "x"}],
        [{"url": "lang", "valueCode": "s w"}, {"url": "content", "valueString": "x"}],
        [{"url": "lang", "valueCode": "sw"}, {"url": "content", "valueInteger": 7}],
        [
            {"url": "lang", "valueCode": "sw"},
            {"url": "content", "valueString": "x"},
            {"url": "content", "valueString": "y"},
        ],
        [{"url": "lang", "valueCode": "sw", "valueString": "fr"}, {"url": "content", "valueString": "x"}],
        [
            {"url": "lang", "valueCode": "sw"},
            {"url": "content", "valueString": "x"},
            {"url": "extra", "valueString": "x"},
        ],
    ],
)
def test_a_translation_that_is_not_understood_is_refused(parts: Any) -> None:
    said = {"url": f"{HL7}translation", "extension": parts}

    assert refused(form(item("q", text="x", _text={"extension": [said]}))) == [
        ("q", "translation", "element_malformed")
    ]


@pytest.mark.parametrize("kind", ["valueString", "valueMarkdown"])
def test_ids_and_other_spellings_of_a_translation_come_back(kind: str) -> None:
    said = {
        "id": "t",
        "url": f"{HL7}translation",
        "extension": [{"url": "lang", "valueCode": "sw"}, {"url": "content", kind: "x"}],
    }
    carried = only(form(item("q", text="x", _text={"extension": [said]}))).carried

    assert carried == {"_text": {"extension": [said]}}


@pytest.mark.parametrize("text", [7, True, ["x"], {"x": 1}])
def test_a_text_that_is_none_is_refused(text: Any) -> None:
    assert refused(form(item("q", text=text))) == [("q", "text", "element_malformed")]
    assert refused(form(item("q", _text="x"))) == [("q", "_text", "element_malformed")]


def test_reading_and_writing_agree() -> None:
    wording = {"en": "Two", "zh": "二", "sw": "Mbili"}
    target: dict[str, Any] = {}
    write_wording(target, "display", wording, "en")
    raw = element(target)
    tongues = Tongues("en")

    assert read_wording(raw, "display", tongues) == wording
    assert (tongues.all(), raw.unread(), codes(raw)) == (("en", "zh", "sw"), [], [])


@pytest.mark.parametrize(("tag", "is_one"), [("zh-Hans-CN", True), ("x-klingon", True), ("", False), (None, False)])
def test_tags_have_a_form(tag: object, is_one: bool) -> None:  # noqa: FBT001 - a row of the table
    assert is_tag(tag) is is_one
