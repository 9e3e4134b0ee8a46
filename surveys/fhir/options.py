"""The options of a question, there and back. PURE.

An option is a coding, or a plain string, number, date or time; its code is what will be stored as the answer. A
coding that has only a display is stored by it. What a coding says besides (its version, its id) is carried. Refuses
to know which question the option belongs to, and whether two options agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.fhir.datatypes import SUFFIXES, stored, written
from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.extensions import (
    carry_companions,
    carry_extensions,
    keep_richer,
    merged,
    only_one,
    only_value,
    segment,
)
from surveys.fhir.harmless import HL7
from surveys.fhir.own import OWN_LABEL, read_own_wording, write_own_wording
from surveys.fhir.scores import SCORES, agreed, read_score, write_score
from surveys.fhir.translations import Tongues, give_back, read_wording, write_wording
from surveys.structure import CODING, DATE, INTEGER, OTHER, STRING, TIME, Option, Wording

EXCLUSIVE, PREFIX = f"{HL7}questionnaire-optionExclusive", f"{HL7}questionnaire-optionPrefix"
VALUE_TYPES = {f"value{SUFFIXES[type_]}": type_ for type_ in (CODING, DATE, INTEGER, STRING, TIME)}

_UNDERSTOOD = frozenset((*SCORES, EXCLUSIVE, PREFIX, OWN_LABEL))
_MEANINGS = {EXCLUSIVE: lambda raw: raw.get("valueBoolean"), PREFIX: lambda raw: raw.get("valueString")}


@dataclass(frozen=True, slots=True)
class Offered:
    """An option, and whether the form chooses it beforehand."""

    option: Option
    is_chosen: bool


def read_option(element: Element, tongues: Tongues) -> Offered | None:
    """The option that an `answerOption` describes; None after a refusal."""
    found = carry_extensions(element, _UNDERSTOOD)
    given = [name for name in element.raw if name.startswith("value") and element.has(name)]
    if len(given) != 1 or given[0] not in VALUE_TYPES:
        element.refuse(
            given[0] if len(given) == 1 else "answerOption", "fhir_option_value", value=shown(", ".join(given))
        )
        return None
    type_ = VALUE_TYPES[given[0]]
    coding = _coding_within(element) if type_ == CODING else None
    read = _read_coding(coding, tongues) if coding is not None else _read_plain(element, given[0], type_, tongues)
    if read is None:
        element.refuse(given[0], "fhir_option_value", value=shown(element.raw.get(given[0])))
        return None
    code, text = read
    if code.startswith(OTHER):
        element.refuse("answerOption", "fhir_option_reserved", value=shown(code))
    on_coding = read_score(coding, carry_extensions(coding, SCORES)) if coding is not None else None
    fields: dict[str, Any] = {
        "text": read_own_wording(element, found, OWN_LABEL, tongues) or text,
        "score": agreed(element, read_score(element, found), on_coding),
        "is_exclusive": _read_exclusive(element, found),
        "system": coding.string("system") if coding is not None else None,
        "prefix": _read_prefix(element, found),
    }
    is_chosen = element.truth("initialSelected") or False
    if coding is not None:
        _finish(coding, "version", "userSelected")
        if coding.carried:
            element.carried["valueCoding"] = coding.carried
    _finish(element)
    return Offered(Option(code=code, value_type=type_, carried=element.carried, **fields), is_chosen)


def write_option(option: Option, first: str, *, is_chosen: bool, is_r5: bool) -> dict[str, Any]:
    """The `answerOption` of an option."""
    name = f"value{SUFFIXES[option.value_type]}"
    target: dict[str, Any] = {}
    labels: list[dict[str, Any]] = []
    if option.value_type == CODING:
        target[name] = write_coding(option, first)
    else:
        target[name] = written(option.value_type, option.code)
        if option.value_type == STRING and option.text.get(first) == option.code:
            write_wording(target, name, option.text, first)
        elif option.text != {first: option.code}:
            labels = write_own_wording(OWN_LABEL, option.text)
    generated: list[dict[str, Any]] = [
        *([{"url": PREFIX, "valueString": option.prefix}] if option.prefix is not None else []),
        *([{"url": EXCLUSIVE, "valueBoolean": True}] if option.is_exclusive else []),
        *([write_score(option.score, is_r5=is_r5)] if option.score is not None else []),
        *labels,
    ]
    give_back(target, {key: each for key, each in option.carried.items() if key not in ("extension", "valueCoding")})
    extensions = merged(generated, option.carried.get("extension"), _MEANINGS)
    return {
        **({"extension": extensions} if extensions else {}),
        **target,
        **({"initialSelected": True} if is_chosen else {}),
    }


def write_coding(option: Option, first: str) -> dict[str, Any]:
    """The coding of an option, as an answer or a condition would repeat it too."""
    coding: dict[str, Any] = {}
    if option.system is not None:
        coding["system"] = option.system
    carried = dict(option.carried.get("valueCoding", {}))
    if not _is_only_shown(option, first, carried):
        coding["code"] = option.code
    carried.pop("code", None)
    write_wording(coding, "display", option.text, first)
    give_back(coding, carried)
    return coding


def _is_only_shown(option: Option, first: str, carried: Mapping[str, Any]) -> bool:
    """Whether the coding came without a code and its display still is what stands for one."""
    return "code" in carried and carried["code"] is None and option.text.get(first) == option.code


def _coding_within(element: Element) -> Element:
    raw = element.table("valueCoding")
    return element.within(raw if raw is not None else {})


def _read_coding(coding: Element, tongues: Tongues) -> tuple[str, Wording] | None:
    """Code and label; None where there is neither."""
    text = read_wording(coding, "display", tongues)
    code = coding.string("code")
    if code is None:
        code = text.get(tongues.first)
        coding.carried["code"] = None
    return (code, text) if code is not None else None


def _read_plain(element: Element, name: str, type_: str, tongues: Tongues) -> tuple[str, Wording] | None:
    code = stored(type_, SUFFIXES[type_], element.take(name))
    if code is None:
        return None
    return code, read_wording(element, name, tongues) if type_ == STRING else {tongues.first: code}


def _read_exclusive(element: Element, found: Mapping[str, list[Raw]]) -> bool:
    raw = only_one(element, found, EXCLUSIVE)
    given = only_value(element, raw, "valueBoolean") if raw is not None else None
    if raw is None or given is None:
        return False
    if not isinstance(given[1], bool):
        element.refuse(segment(EXCLUSIVE), "fhir_element_malformed", value=shown(given[1]))
        return False
    if given[1]:
        keep_richer(element, raw, {"url": EXCLUSIVE, "valueBoolean": True})
    return given[1]


def _read_prefix(element: Element, found: Mapping[str, list[Raw]]) -> str | None:
    raw = only_one(element, found, PREFIX)
    given = only_value(element, raw, "valueString") if raw is not None else None
    if raw is None or given is None:
        return None
    if not isinstance(given[1], str):
        element.refuse(segment(PREFIX), "fhir_element_malformed", value=shown(given[1]))
        return None
    keep_richer(element, raw, {"url": PREFIX, "valueString": given[1]})
    return given[1]


def _finish(element: Element, *known: str) -> None:
    """Carry what is known to mean nothing here, and what stands beside simple values; the rest is refused."""
    element.carry("id", "fhir_comments", *known)
    carry_companions(element)
    element.refuse_unread()
