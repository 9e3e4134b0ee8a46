"""What an answer must keep to, and hints for asking, there and back: the extensions of an item. PURE.

Smallest and largest value, lengths, decimals, pattern, how many answers; whether the item is hidden; unit, format and
control. Each knows for which types it means anything; elsewhere it is refused. Where a form says more than we would
write (a unit's version), its own words are carried and given back as long as they mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surveys.fhir.datatypes import SUFFIXES, stored, written
from surveys.fhir.elements import LARGEST_INTEGER, Element, Raw, is_whole, shown
from surveys.fhir.extensions import keep_richer, only_one, only_value, segment
from surveys.fhir.harmless import HL7
from surveys.patterns import compile_pattern
from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    GROUP,
    INTEGER,
    MOMENTS,
    NUMBERS,
    OPTIONS_OR_STRING,
    TIME,
    TYPES,
    WRITTEN,
    Question,
    Unit,
)

_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
_VALUES = tuple(f"value{SUFFIXES[type_]}" for type_ in (INTEGER, DECIMAL, DATE, DATETIME, TIME))
_ANSWERED = tuple(type_ for type_ in TYPES if type_ not in (GROUP, DISPLAY))
_OPEN = tuple(type_ for type_ in _ANSWERED if type_ != CODING)
_LENGTHS = (BOOLEAN, *NUMBERS, *WRITTEN)
_SPELT = (*NUMBERS, *MOMENTS, *WRITTEN)


@dataclass(frozen=True, slots=True)
class Bound:
    """`field` of a question; the names its value may have; the types it means something for; how it is read (None: not
    a value) and written. A hint where it means nothing is carried, anything else is refused there.
    """

    field: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    read: Callable[[str, str, Any], Any]
    write: Callable[[Question], tuple[str, Any]]
    is_hint: bool = False


def _limit(type_: str, name: str, raw: Any) -> str | None:
    return stored(type_, name.removeprefix("value"), raw)


def _count(_type: str, _name: str, raw: Any) -> int | None:
    return raw if is_whole(raw) and 0 <= raw <= LARGEST_INTEGER else None


def _count_from_one(_type: str, _name: str, raw: Any) -> int | None:
    return _count(_type, _name, raw) or None


def _truth(_type: str, _name: str, raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _words(_type: str, _name: str, raw: Any) -> str | None:
    return raw if isinstance(raw, str) and raw else None


def _control(_type: str, _name: str, raw: Any) -> str | None:
    """The first code, or else the text: a hint, whatever it says."""
    codings = raw.get("coding") if isinstance(raw, dict) else None
    first = codings[0] if isinstance(codings, list) and codings else None
    code = first.get("code") if isinstance(first, dict) else None
    return _words("", "", code) or (_words("", "", raw.get("text")) if isinstance(raw, dict) else None)


def _unit(_type: str, _name: str, raw: Any) -> Unit | None:
    texts = [raw.get(name) if isinstance(raw, dict) else None for name in ("code", "display", "system")]
    if not all(text is None or isinstance(text, str) for text in texts):
        return None
    code = texts[0] or texts[1]
    return Unit(code, texts[2] or None, texts[1] or None) if code else None


def _of_type(field: str) -> Callable[[Question], tuple[str, Any]]:
    def write(question: Question) -> tuple[str, Any]:
        return f"value{SUFFIXES[question.type]}", written(question.type, getattr(question, field))

    return write


def _as(name: str, field: str) -> Callable[[Question], tuple[str, Any]]:
    return lambda question: (name, getattr(question, field))


def _control_written(question: Question) -> tuple[str, Any]:
    return "valueCodeableConcept", {"coding": [{"system": _CONTROLS, "code": question.control}]}


def _unit_written(question: Question) -> tuple[str, Any]:
    unit = question.unit or Unit("")
    coding = {"system": unit.system, "code": unit.code, "display": unit.text}
    return "valueCoding", {name: text for name, text in coding.items() if text is not None}


BOUNDS: Mapping[str, Bound] = {
    f"{HL7}minValue": Bound("minimum", _VALUES, (*NUMBERS, *MOMENTS), _limit, _of_type("minimum")),
    f"{HL7}maxValue": Bound("maximum", _VALUES, (*NUMBERS, *MOMENTS), _limit, _of_type("maximum")),
    f"{HL7}minLength": Bound("min_length", ("valueInteger",), _LENGTHS, _count, _as("valueInteger", "min_length")),
    f"{HL7}maxDecimalPlaces": Bound(
        "max_decimals", ("valueInteger",), NUMBERS, _count, _as("valueInteger", "max_decimals")
    ),
    f"{HL7}regex": Bound("pattern", ("valueString",), _SPELT, _words, _as("valueString", "pattern")),
    f"{HL7}questionnaire-minOccurs": Bound(
        "least", ("valueInteger",), (GROUP, *_ANSWERED), _count, _as("valueInteger", "least")
    ),
    f"{HL7}questionnaire-maxOccurs": Bound(
        "most", ("valueInteger",), (GROUP, *_ANSWERED), _count_from_one, _as("valueInteger", "most")
    ),
    f"{HL7}questionnaire-hidden": Bound(
        "is_hidden", ("valueBoolean",), TYPES, _truth, _as("valueBoolean", "is_hidden")
    ),
    f"{HL7}questionnaire-unit": Bound("unit", ("valueCoding",), NUMBERS, _unit, _unit_written, is_hint=True),
    f"{HL7}entryFormat": Bound(
        "entry_format", ("valueString",), _OPEN, _words, _as("valueString", "entry_format"), is_hint=True
    ),
    f"{HL7}questionnaire-itemControl": Bound("control", ("valueCodeableConcept",), TYPES, _control, _control_written),
}

_FOR_OWN_WORDS = ("min_length", "pattern", "entry_format")


def read_bounds(element: Element, found: Mapping[str, list[Raw]], type_: str, constraint: str) -> dict[str, Any]:
    """The fields of a question that its extensions set."""
    fields: dict[str, Any] = {}
    for url, bound in BOUNDS.items():
        raw = only_one(element, found, url)
        given = only_value(element, raw, *bound.names) if raw is not None else None
        if raw is None or given is None:
            continue
        if not _means_something(bound, type_, constraint):
            if bound.is_hint:
                keep_richer(element, raw, {})
            else:
                element.refuse(segment(url), "fhir_element_misplaced", type=type_)
            continue
        value = bound.read(type_, given[0], given[1])
        if value is None or (bound.field == "pattern" and compile_pattern(value) is None):
            code = "fhir_element_malformed" if value is None else "fhir_pattern_unsupported"
            element.refuse(segment(url), code, value=shown(given[1]))
            continue
        fields[bound.field] = value
        if value is not False:
            keep_richer(element, raw, _written(url, bound, Question("", type_, **{bound.field: value})))
    return fields


def write_bounds(question: Question) -> list[dict[str, Any]]:
    """The extensions that say what a question says."""
    return [
        _written(url, bound, question)
        for url, bound in BOUNDS.items()
        if getattr(question, bound.field) is not None and getattr(question, bound.field) is not False
    ]


def meanings(question: Question) -> dict[str, Callable[[Raw], Any]]:
    """How to tell whether two extensions of one address say the same about a question, where they say anything."""
    type_, constraint = question.type, question.constraint
    return {url: _meaning(each, type_) for url, each in BOUNDS.items() if _means_something(each, type_, constraint)}


def _meaning(bound: Bound, type_: str) -> Callable[[Raw], Any]:
    def meaning(raw: Raw) -> Any:
        name = next((name for name in raw if name in bound.names), "")
        return bound.read(type_, name, raw.get(name))

    return meaning


def _means_something(bound: Bound, type_: str, constraint: str) -> bool:
    is_open_choice = type_ == CODING and constraint == OPTIONS_OR_STRING
    return type_ in bound.types or (is_open_choice and bound.field in _FOR_OWN_WORDS)


def _written(url: str, bound: Bound, question: Question) -> dict[str, Any]:
    name, value = bound.write(question)
    return {"url": url, name: value}
