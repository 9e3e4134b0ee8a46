"""Small forms and responses, written the way FHIR writes them, for the tests beside this."""

from __future__ import annotations

from typing import Any

from surveys.fhir.validation import validate
from surveys.structure import CODING, GROUP, STRING, Condition, Option, Question, Questionnaire

URL = "https://renmin.example/forms/satisfaction"
SCALE = "https://renmin.example/scale"


def form(*questions: Question, **said: Any) -> Questionnaire:
    usual: dict[str, Any] = {"id": "f", "version": "2", "title": {"zh": "满意度"}, "languages": ("zh", "en")}
    return Questionnaire(**(usual | {"questions": questions} | said))


def question(link_id: str = "q", type_: str = STRING, **said: Any) -> Question:
    return Question(id=link_id, type=type_, **said)


def group(link_id: str, **said: Any) -> Question:
    return Question(id=link_id, type=GROUP, **said)


def choice(link_id: str = "q", codes: str = "abc", **said: Any) -> Question:
    options = tuple(Option(code, {"zh": code}, system=SCALE) for code in codes)
    return Question(**({"id": link_id, "type": CODING, "options": options} | said))


def when(about: str, operator: str, value: Any, system: str | None = None) -> dict[str, Any]:
    return {"enable_when": (Condition(about, operator, value, system),)}


def response(*items: dict[str, Any], status: str = "completed", **said: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "status": status}
    return whole | said | ({"item": list(items)} if items else {})


def item(link_id: str, *values: dict[str, Any], items: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An item with these answers, or of a group with these items."""
    said: dict[str, Any] = {"linkId": link_id}
    if values:
        said["answer"] = list(values)
    return said if items is None else said | {"item": items}


def words(text: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"valueString": text} | ({"item": list(items)} if items else {})


def coding(code: str, system: str | None = SCALE, **said: Any) -> dict[str, Any]:
    return {"valueCoding": ({} if system is None else {"system": system}) | {"code": code} | said}


def faults(questionnaire: Questionnaire, answered: Any) -> list[tuple[str | None, str]]:
    return [(fault.link_id, fault.code) for fault in validate(questionnaire, answered)]


def codes(one: Question, *values: dict[str, Any], **said: Any) -> list[str]:
    """The faults of a response that answers one question with these."""
    return [code for _, code in faults(form(one), response(item(one.id, *values), **said))]
