"""What a questionnaire says that FHIR has no words for, there and back, under addresses of our own. PURE.

The notice and its version, the thanks, the kinds of visit, the dimensions, all languages, the id; on an item its
dimension or that it asks for the overall impression; on an option its label where FHIR knows only a value. Other
programs may pass over all of it. Refuses to know what these facts are used for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.extensions import only_one, only_value, segment
from surveys.fhir.translations import Tongues, is_tag
from surveys.structure import Dimension, Questionnaire, Wording

OWN_URL = "urn:tongping:questionnaire:"
"""Begins the canonical address of a questionnaire that has none of its own."""

OWN_ID = "urn:tongping:id"
OWN_LANGUAGE = "urn:tongping:language"
OWN_NOTICE = "urn:tongping:notice"
OWN_NOTICE_VERSION = "urn:tongping:notice-version"
OWN_THANKS = "urn:tongping:thanks"
OWN_KIND = "urn:tongping:kind"
OWN_BLIND = "urn:tongping:blind"
OWN_DIMENSION = "urn:tongping:dimension"
OWN_OVERALL = "urn:tongping:overall"
OWN_SCORE = "urn:tongping:score"
OWN_LABEL = "urn:tongping:label"

OF_FORM = frozenset(
    (OWN_ID, OWN_LANGUAGE, OWN_NOTICE, OWN_NOTICE_VERSION, OWN_THANKS, OWN_KIND, OWN_BLIND, OWN_DIMENSION)
)
OF_ITEM = frozenset((OWN_DIMENSION, OWN_OVERALL))

Found = Mapping[str, list[Raw]]


def read_form_facts(element: Element, found: Found, tongues: Tongues) -> dict[str, Any]:
    """The fields of a questionnaire that FHIR has no place for. Notes the languages before anything else is read."""
    for tag in _strings(element, found, OWN_LANGUAGE):
        if is_tag(tag):
            tongues.note(tag)
        else:
            element.refuse(segment(OWN_LANGUAGE), "fhir_element_malformed", value=shown(tag))
    return {
        "notice": read_own_wording(element, found, OWN_NOTICE, tongues),
        "notice_version": next(iter(_strings(element, found, OWN_NOTICE_VERSION, most=1)), ""),
        "thanks": read_own_wording(element, found, OWN_THANKS, tongues),
        "dimensions": tuple(_dimension(element, raw, tongues) for raw in found.get(OWN_DIMENSION, [])),
        "kinds": _strings(element, found, OWN_KIND),
        "is_blind": _truth(element, found, OWN_BLIND),
    }


def read_own_id(element: Element, found: Found) -> str | None:
    """The id, where the form's own id cannot hold it."""
    return next(iter(_strings(element, found, OWN_ID, most=1)), None)


def read_item_facts(element: Element, found: Found) -> dict[str, Any]:
    """The dimension of an item, and whether it asks for the overall impression."""
    facts: dict[str, Any] = {"dimension": next(iter(_strings(element, found, OWN_DIMENSION, most=1)), None)}
    return facts | {"is_overall": _truth(element, found, OWN_OVERALL)}


def read_own_wording(element: Element, found: Found, url: str, tongues: Tongues) -> Wording:
    """A text in several languages: one extension, inside it one for each language."""
    raw = only_one(element, found, url)
    return _wording(element, raw, tongues) if raw is not None else {}


def write_form_facts(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """The extensions of a form that `read_form_facts` understands."""
    several = questionnaire.languages if len(questionnaire.languages) > 1 else ()
    version = questionnaire.notice_version
    return [
        *(_string(OWN_LANGUAGE, tag) for tag in several),
        *write_own_wording(OWN_NOTICE, questionnaire.notice),
        *([_string(OWN_NOTICE_VERSION, version)] if version else []),
        *write_own_wording(OWN_THANKS, questionnaire.thanks),
        *(_string(OWN_KIND, kind) for kind in questionnaire.kinds),
        *([{"url": OWN_BLIND, "valueBoolean": True}] if questionnaire.is_blind else []),
        *(
            {"url": OWN_DIMENSION, "extension": [_string("code", each.code), *write_own_wording("name", each.name)]}
            for each in questionnaire.dimensions
        ),
    ]


def write_item_facts(dimension: str | None, *, is_overall: bool) -> list[dict[str, Any]]:
    """The extensions of an item that `read_item_facts` understands."""
    overall = [{"url": OWN_OVERALL, "valueBoolean": True}] if is_overall else []
    return [*([_string(OWN_DIMENSION, dimension)] if dimension is not None else []), *overall]


def write_own_wording(url: str, wording: Wording) -> list[dict[str, Any]]:
    inside = [_string(tag, text) for tag, text in wording.items() if text]
    return [{"url": url, "extension": inside}] if inside else []


def write_id(id_: str) -> dict[str, Any]:
    return _string(OWN_ID, id_)


def _string(url: str, value: str) -> dict[str, Any]:
    return {"url": url, "valueString": value}


def _truth(element: Element, found: Found, url: str) -> bool:
    raw = only_one(element, found, url)
    given = only_value(element, raw, "valueBoolean") if raw is not None else None
    if given is not None and not isinstance(given[1], bool):
        element.refuse(segment(url), "fhir_element_malformed", value=shown(given[1]))
    return given is not None and given[1] is True


def _strings(element: Element, found: Found, url: str, most: int | None = None) -> tuple[str, ...]:
    raws = found.get(url, [])
    if most is not None and len(raws) > most:
        element.refuse(segment(url), "fhir_extension_twice")
        return ()
    given = [only_value(element, raw, "valueString") for raw in raws]
    for each in given:
        if each is not None and not (isinstance(each[1], str) and each[1]):
            element.refuse(segment(url), "fhir_element_malformed", value=shown(each[1]))
    return tuple(each[1] for each in given if each is not None and isinstance(each[1], str) and each[1])


def _wording(element: Element, raw: Raw, tongues: Tongues) -> Wording:
    wording: dict[str, str] = {}
    for part in _parts(element, raw):
        tag, text = part.get("url"), part.get("valueString")
        if (
            is_tag(tag)
            and isinstance(text, str)
            and text
            and set(part) == {"url", "valueString"}
            and tag not in wording
        ):
            wording[str(tag)] = text
        else:
            element.refuse(segment(str(raw["url"])), "fhir_element_malformed", value=shown(tag))
    tongues.note(*wording)
    return wording


def _dimension(element: Element, raw: Raw, tongues: Tongues) -> Dimension:
    parts: dict[str, list[Raw]] = {}
    for part in _parts(element, raw):
        parts.setdefault(str(part.get("url")), []).append(part)
    codes = _strings(element, parts, "code", most=1)
    if not codes or set(parts) - {"code", "name"}:
        element.refuse(segment(OWN_DIMENSION), "fhir_element_malformed", value=shown(", ".join(parts)))
    return Dimension(next(iter(codes), ""), read_own_wording(element, parts, "name", tongues))


def _parts(element: Element, raw: Raw) -> list[Raw]:
    parts = raw.get("extension")
    if set(raw) == {"url", "extension"} and isinstance(parts, list) and all(isinstance(each, dict) for each in parts):
        return parts
    element.refuse(segment(str(raw["url"])), "fhir_element_malformed", value=shown(parts))
    return []
