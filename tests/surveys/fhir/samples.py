"""Small forms, written for the tests of reading and writing: what to say in a line, and what to see."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from surveys.fhir.elements import Element, Report
from surveys.fhir.exact_json import encode
from surveys.fhir.reading import read
from surveys.fhir.writing import to_fhir
from surveys.refusals import Refusal
from surveys.structure import Question, Questionnaire, find_question

HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"


def form(*items: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Questionnaire", "status": "active", **elements, "item": list(items)}


def item(link_id: str = "q", type_: str = "string", **elements: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": type_, **elements}


def choice(link_id: str = "q", *options: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return item(link_id, elements.pop("type", "choice"), answerOption=list(options), **elements)


def coding(code: str | None = "a", display: str | None = "A", **elements: Any) -> dict[str, Any]:
    """An option that is a coding; elements named `x_…` belong to the option itself."""
    said = {
        "code": code,
        "display": display,
        **{key: each for key, each in elements.items() if not key.startswith("x_")},
    }
    outside = {key.removeprefix("x_"): each for key, each in elements.items() if key.startswith("x_")}
    return {"valueCoding": {key: each for key, each in said.items() if each is not None}, **outside}


def extension(name: str, value: Any, kind: str = "String", *, base: str = HL7) -> dict[str, Any]:
    return {"url": base + name, f"value{kind}": value}


def translation(tag: str, text: str) -> dict[str, Any]:
    inside = [{"url": "lang", "valueCode": tag}, {"url": "content", "valueString": text}]
    return {"url": f"{HL7}translation", "extension": inside}


def parsed(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def accepted(document: Any) -> Questionnaire:
    """The questionnaire of a form that must be taken, after a look at what comes back from both versions."""
    questionnaire, refusals = read(document)
    assert refusals == []
    assert questionnaire is not None
    assert [there_and_back(questionnaire, version) for version in ("fhir-r4", "fhir-r5")] == [questionnaire] * 2
    return questionnaire


def only(document: Any) -> Question:
    """The question `q` of a form that must be taken."""
    question = find_question(accepted(document), "q")
    assert question is not None
    return question


def refused(document: Any) -> list[tuple[str | None, str, str]]:
    """Where, what and why not; every refusal has a sentence in both languages."""
    questionnaire, refusals = read(document)
    assert questionnaire is None
    assert all(sentences(refusal) for refusal in refusals)
    return [(each.link_id, each.feature, each.code.removeprefix("fhir_")) for each in refusals]


def sentences(refusal: Refusal) -> list[str]:
    return [refusal.reason(language) for language in ("zh", "en")]


def there_and_back(questionnaire: Questionnaire, version: str) -> Questionnaire | None:
    """Written, put into text, parsed and read."""
    back, refusals = read(parsed(encode(to_fhir(questionnaire, version=version))))
    assert [(each.link_id, each.feature, each.code) for each in refusals] == []
    return back


def element(raw: dict[str, Any], link_id: str | None = "q") -> Element:
    return Element(raw, link_id, Report())


def codes(element_: Element) -> list[tuple[str, str]]:
    """What was refused: feature and code."""
    return [(each.feature, each.code.removeprefix("fhir_")) for each in element_.report.refusals()]
