"""What a form says about itself, there and back: id, version, address, title, language, state, and the rest. PURE.

Publisher, dates, purposes, rights and the like are given back as they came. Refuses to know the items.
"""

from __future__ import annotations

import re
from typing import Any

from surveys.fhir.elements import Element, shown
from surveys.fhir.extensions import carry_companions, carry_extensions, only_one, only_value
from surveys.fhir.harmless import R5
from surveys.fhir.own import OF_FORM, OWN_URL, read_form_facts, read_own_id, write_form_facts, write_id
from surveys.fhir.translations import Tongues, give_back, is_tag, read_wording, write_wording
from surveys.structure import UNDETERMINED, Questionnaire

DRAFT, ACTIVE = "draft", "active"
_STATES = (DRAFT, ACTIVE, "retired", "unknown")
_CARRIED = (
    *("meta", "text", "identifier", "name", "derivedFrom", "experimental", "subjectType", "date", "publisher"),
    *("contact", "description", "useContext", "jurisdiction", "purpose", "copyright", "approvalDate", "lastReviewDate"),
    *("effectivePeriod", "code", "contained", "fhir_comments"),
)
_ONLY_R5 = {
    "versionAlgorithmString": ("versionAlgorithm", "valueString"),
    "versionAlgorithmCoding": ("versionAlgorithm", "valueCoding"),
    "copyrightLabel": ("copyrightLabel", "valueString"),
}
"""Elements that R4 writes as extensions: their names there, and those of their values."""

_BESIDE = frozenset(f"{R5}.{name}" for name, _ in _ONLY_R5.values())
_RESOURCE_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_LONGEST_ID = 64
_NAMELESS = "questionnaire"


def read_language(element: Element) -> Tongues:
    """The language of the form itself."""
    language = element.string("language")
    if language is not None and not is_tag(language):
        element.refuse("language", "fhir_element_malformed", value=shown(language))
        language = None
    return Tongues(language)


def read_metadata(element: Element, tongues: Tongues) -> dict[str, Any]:
    """The fields of a questionnaire besides its items and languages."""
    found = carry_extensions(element, frozenset((*OF_FORM, *_BESIDE)))
    facts = read_form_facts(element, found, tongues)
    for name, (segment, value_name) in _ONLY_R5.items():
        element.carry(name)
        raw = only_one(element, found, f"{R5}.{segment}")
        if raw is not None and value_name in raw and (given := only_value(element, raw, value_name)) is not None:
            element.keep(name, given[1])
    state = element.word("status", _STATES)
    if state not in (None, DRAFT, ACTIVE):
        element.keep("status", state)
    url = element.string("url")
    resource_id = element.string("id")
    title = read_wording(element, "title", tongues)
    if element.take("implicitRules") is not None:
        element.refuse("implicitRules", "fhir_rules_elsewhere")
    fields = {
        "id": _id(read_own_id(element, found), url, resource_id, element.raw.get("name")),
        "version": element.string("version") or "",
        "title": title,
        "url": None if url is None or url.startswith(OWN_URL) else url,
        "is_draft": state == DRAFT,
        "carried": element.carried,
    }
    _carry(element)
    return fields | facts


def write_metadata(questionnaire: Questionnaire, *, is_r5: bool) -> dict[str, Any]:
    """The form without its items, what is carried included."""
    first = questionnaire.languages[0] if questionnaire.languages else UNDETERMINED
    carried = dict(questionnaire.carried)
    beside = [] if is_r5 else [_beside(name, carried.pop(name)) for name in _ONLY_R5 if name in carried]
    fits = _RESOURCE_ID.fullmatch(questionnaire.id) is not None
    extensions = [
        *([] if fits else [write_id(questionnaire.id)]),
        *write_form_facts(questionnaire),
        *beside,
        *carried.pop("extension", []),
    ]
    form: dict[str, Any] = {"resourceType": "Questionnaire"}
    if fits:
        form["id"] = questionnaire.id
    if first != UNDETERMINED:
        form["language"] = first
    if extensions:
        form["extension"] = extensions
    form["url"] = questionnaire.url or f"{OWN_URL}{questionnaire.id}"
    if questionnaire.version:
        form["version"] = questionnaire.version
    write_wording(form, "title", questionnaire.title, first)
    state = carried.pop("status", ACTIVE)
    form["status"] = DRAFT if questionnaire.is_draft else state
    give_back(form, carried)
    return form


def _beside(name: str, value: Any) -> dict[str, Any]:
    segment, value_name = _ONLY_R5[name]
    return {"url": f"{R5}.{segment}", value_name: value}


def _id(own: str | None, url: str | None, resource_id: str | None, name: Any) -> str:
    """Our own id, or else the best that the form offers to be told by."""
    if own is not None:
        return own
    if url is not None and url.startswith(OWN_URL) and url != OWN_URL:
        return url.removeprefix(OWN_URL)
    last = (url or "").rstrip("/").rpartition("/")[2]
    offered = (resource_id, last, name if isinstance(name, str) else None)
    return next((each for each in offered if each), _NAMELESS)[:_LONGEST_ID]


def _carry(element: Element) -> None:
    element.take("resourceType")
    element.take("item")
    element.carry(*_CARRIED)
    carry_companions(element)
    element.refuse_unread()
