"""Answers that the form itself names, in a condition or as initial values: there and back. PURE.

An answer is named as it would be stored: the code of an option, own words behind "~", otherwise the value of the
type. Refuses to know whether the answer is one of those allowed: a condition may name an answer that nobody can give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.fhir.datatypes import SUFFIXES, stored, written
from surveys.fhir.options import write_coding
from surveys.structure import CODING, OPTIONS_OR_STRING, OPTIONS_OR_TYPE, OTHER, STRING, Option, Question
from surveys.values import is_stored

_NO_OPTION = Option("", {})
_CODING = frozenset(("id", "system", "version", "code", "display", "_display", "userSelected"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its options by code, so that each is found at once; `plain`: their types that are no codings."""

    question: Question
    options: Mapping[str, Option]
    plain: frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """An answer as it would be stored, the system of its coding, and whether it may be given."""

    value: str
    system: str | None = None
    is_allowed: bool = True


def asked(question: Question) -> Asked:
    options = {option.code: option for option in question.options}
    return Asked(question, options, frozenset(option.value_type for option in question.options) - {CODING})


def read_named(about: Asked, suffix: str, raw: Any) -> Named | None:
    """The answer that `answer<suffix>` or `value<suffix>` names; None if it is no answer to this question at all."""
    question = about.question
    if not _has_list(about):
        return _own_type(question, suffix, raw, is_allowed=True)
    if suffix == SUFFIXES[CODING]:
        return _coding(about, raw)
    chosen = _plain_option(about, suffix, raw)
    if chosen is not None:
        return chosen
    if suffix == "String" and isinstance(raw, str) and raw and question.constraint == OPTIONS_OR_STRING:
        return Named(OTHER + raw)
    return _own_type(question, suffix, raw, is_allowed=question.constraint == OPTIONS_OR_TYPE)


def write_named(about: Asked, value: str, system: str | None, first: str) -> tuple[str, Any]:
    """The suffix and the JSON value by which the form names a stored answer."""
    option = about.options.get(value)
    if option is not None and option.value_type != CODING:
        return SUFFIXES[option.value_type], written(option.value_type, value)
    question = about.question
    if _has_list(about) and option is None and _are_own_words(question, value):
        return "String", value.removeprefix(OTHER)
    plain = _plain_type(about, value) if option is None and system is None else None
    if plain is not None:
        return SUFFIXES[plain], written(plain, value)
    if option is not None or question.type == CODING:
        coding = write_coding(option, first) if option is not None else {"code": value}
        named = {"display": coding["display"]} if "code" not in coding else {"code": value}
        return SUFFIXES[CODING], {**({"system": system} if system is not None else {}), **named}
    return SUFFIXES[question.type], written(question.type, value)


def _has_list(about: Asked) -> bool:
    """Whether answers are chosen from a list, in the form or elsewhere; own words are marked only there."""
    return bool(about.options) or about.question.type == CODING


def _are_own_words(question: Question, value: str) -> bool:
    return question.constraint == OPTIONS_OR_STRING and value.startswith(OTHER)


def _plain_type(about: Asked, value: str) -> str | None:
    """The type of a value that is not offered, where only plain options of one type are."""
    if about.question.type != CODING or len(about.plain) != 1:
        return None
    (type_,) = about.plain
    are_all = all(option.value_type == type_ for option in about.options.values())
    return type_ if are_all and is_stored(type_, value) else None


def _own_type(question: Question, suffix: str, raw: Any, *, is_allowed: bool) -> Named | None:
    value = stored(question.type, suffix, raw)
    return Named(value, is_allowed=is_allowed) if value is not None else None


def _coding(about: Asked, raw: Any) -> Named | None:
    """A coding by its code, or by its display where it has no code; its system must fit where both say one."""
    if not isinstance(raw, dict) or not set(raw) <= _CODING:
        return None
    texts = [raw.get(name) for name in ("code", "display", "system")]
    if not all(text is None or isinstance(text, str) for text in texts):
        return None
    code, system = texts[0] or texts[1], texts[2] or None
    if not code:
        return None
    option = about.options.get(code)
    if option is not None and option.value_type == CODING:
        return Named(code, system, is_allowed=system is None or option.system is None or system == option.system)
    if about.question.type != CODING:
        return None
    return Named(code, system, is_allowed=not about.options or about.question.constraint == OPTIONS_OR_TYPE)


def _plain_option(about: Asked, suffix: str, raw: Any) -> Named | None:
    """The plain option of that type and value; or a value of such a type that is not offered, for which own words come
    first. It may be compared with: everything after the first of March.
    """
    offered = [(type_, stored(type_, suffix, raw)) for type_ in sorted(about.plain)]
    for type_, value in offered:
        if value is not None and about.options.get(value, _NO_OPTION).value_type == type_:
            return Named(value)
    if suffix == SUFFIXES[STRING] and about.question.constraint == OPTIONS_OR_STRING:
        return None
    missing = next((value for _, value in offered if value is not None and value not in about.options), None)
    return Named(missing, is_allowed=False) if missing is not None and about.question.type == CODING else None
