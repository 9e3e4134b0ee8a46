"""Is a file fit to be read at all?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.elements import Report
from surveys.fhir.soundness import DEEPEST, MOST_VALUES, is_sound
from tests.surveys.fhir.samples import form, item, refused, sentences


def nested(levels: int) -> dict[str, Any]:
    inside = item("q0", "group")
    for number in range(1, levels):
        inside = item(f"q{number}", "group", item=[inside])
    return form(inside)


@pytest.mark.parametrize("document", [None, True, 0, 3.5, "Questionnaire", [], [form(item())]])
def test_what_is_no_object_is_refused_whole(document: Any) -> None:
    assert refused(document) == [(None, "resourceType", "not_an_object")]


@pytest.mark.parametrize("name", ["Bundle", "QuestionnaireResponse", "questionnaire"])
def test_another_resource_is_refused_by_its_name(name: str) -> None:
    assert refused({"resourceType": name}) == [(None, name, "not_a_questionnaire")]


@pytest.mark.parametrize("kind", [None, "", 7, ["Questionnaire"], {}, "\ud800"])
def test_a_resource_without_name_is_refused_whole(kind: Any) -> None:
    assert refused({"resourceType": kind, "item": [item()]}) == [(None, "resourceType", "not_a_questionnaire")]


def test_modifiers_are_refused_wherever_they_stand() -> None:
    modified = {"modifierExtension": [{"url": "http://x", "valueBoolean": True}]}
    document = form(
        item("a", **modified),
        item("b", "choice", answerOption=[{"valueString": "x", **modified}]),
        item("c", enableWhen=[{"question": "a", "operator": "exists", "answerBoolean": True, **modified}]),
        contained=[{"resourceType": "ValueSet", "id": "v", **modified}],
        **modified,
    )

    assert sorted(refused(document), key=str) == [
        ("a", "modifierExtension", "modifier_extension"),
        ("b", "modifierExtension", "modifier_extension"),
        ("c", "modifierExtension", "modifier_extension"),
        (None, "modifierExtension", "modifier_extension"),
    ]


def test_an_empty_modifier_says_nothing() -> None:
    report = Report()

    assert is_sound(form(item(modifierExtension=[])), report)
    assert report.is_empty


def test_depth_is_bounded() -> None:
    assert refused(nested(20_000)) == [(None, "item", "too_deep")]
    assert [each[2] for each in refused(form(item("a", code=deep_list(DEEPEST))))] == ["too_deep"]


def deep_list(levels: int) -> list[Any]:
    inside: list[Any] = []
    for _ in range(levels):
        inside = [inside]
    return inside


def test_the_number_of_values_is_bounded() -> None:
    assert refused(form(item("a"), contained=[{"n": [1] * (MOST_VALUES + 1)}])) == [(None, "item", "too_large")]
    assert refused(form(*[item("a")] * MOST_VALUES)) == [(None, "item", "too_large")]


@pytest.mark.parametrize("text", ["a\ud800", "\x00", "a\x1bb", "\udfff"])
@pytest.mark.parametrize("place", ["text", "linkId", "publisher"])
def test_text_that_cannot_be_shown_is_refused_and_never_repeated(text: str, place: str) -> None:
    document = form(item("a")) if place != "linkId" else form(item(text))
    if place == "text":
        document["item"][0]["text"] = text
    if place == "publisher":
        document["publisher"] = [{"deep": text}]

    assert [each[1:] for each in refused(document)] == [("text", "text_unreadable")]
    assert all(each[0] in (None, "a") for each in refused(document))


def test_names_are_texts_too() -> None:
    assert refused(form(item("a", **{"x\ud800": 1}))) == [("a", "text", "text_unreadable")]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), Decimal("sNaN")])
def test_numbers_that_are_none_are_refused(number: Any) -> None:
    assert refused(form(item("a", maxLength=number))) == [("a", "number", "number_unreadable")]


def test_values_that_json_lacks_are_refused() -> None:
    assert refused(form(item("a", text={"a", "set"}))) == [("a", "value", "not_an_object")]


def test_line_breaks_and_tabs_are_text() -> None:
    assert is_sound(form(item("a", text="one\r\n\ttwo")), Report())


def test_refusals_have_sentences() -> None:
    report = Report()
    is_sound(nested(500), report)

    assert [len(sentences(each)) for each in report.refusals()] == [2]
