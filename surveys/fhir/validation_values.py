"""One value in a QuestionnaireResponse: how FHIR writes it, read into what would be stored. PURE.

Knows FHIR's primitive types and codings. Takes any JSON whatever; numbers may come as Decimal (exact) or as float.
Refuses to know whether the question takes the value (`validation_answers`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from surveys.structure import BOOLEAN, CODING, DATE, DATETIME, DECIMAL, INTEGER, NUMBERS, STRING, TIME
from surveys.values import FALSE, LARGEST_WHOLE, TRUE, compare

KINDS: Mapping[str, str] = {
    "valueBoolean": BOOLEAN,
    "valueCoding": CODING,
    "valueDate": DATE,
    "valueDateTime": DATETIME,
    "valueDecimal": DECIMAL,
    "valueInteger": INTEGER,
    "valueString": STRING,
    "valueTime": TIME,
}
"""The elements that can hold an answer to a question we know → the type of the value."""

_MOST_DIGITS = 100  # of a decimal, before and after the point: more is an attack, not a measurement
_CODING_WORDS = ("system", "version", "code", "display")
_CODING_ELEMENTS = {
    "id",
    "extension",
    "userSelected",
    "_userSelected",
    *_CODING_WORDS,
    *(f"_{e}" for e in _CODING_WORDS),
}
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?")
_OFFSET = re.compile(r"Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_FULL_DATE = 10  # characters
_UNSEEN = frozenset(map(chr, (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20))))  # FHIR's strings may not hold these


@dataclass(frozen=True, slots=True)
class Given:
    """A value as read: `value` as it would be stored; for a coding its code ("" without one), system and display."""

    kind: str
    value: str
    system: str | None = None
    display: str | None = None


def read_given(kind: str, raw: Any) -> Given | None:
    """The value of a type out of its JSON; None if it is not one."""
    if kind == CODING:
        return _coding(raw)
    value = _READERS[kind](raw)
    return None if value is None else Given(kind, value)


def order(kind: str, left: str, right: str) -> int | None:
    """As stored values compare, but for numbers of any length: FHIR's decimals may be longer than those stored."""
    if kind not in NUMBERS:
        return compare(kind, left, right)
    numbers = _exact(left), _exact(right)
    return None if numbers[0] is None or numbers[1] is None else int(numbers[0].compare(numbers[1]))


def is_text(raw: Any) -> bool:
    """Whether this is one of FHIR's strings: some text, no control characters, nothing that is not Unicode."""
    if not isinstance(raw, str) or not raw.strip() or not _UNSEEN.isdisjoint(raw):
        return False
    try:
        raw.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _exact(text: str) -> Decimal | None:
    """A number as it was read or as a form has it; a form may compare a number with what is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _coding(raw: Any) -> Given | None:
    if not isinstance(raw, dict) or not raw or not raw.keys() <= _CODING_ELEMENTS:
        return None
    if any(word in raw and not is_text(raw[word]) for word in _CODING_WORDS):
        return None
    return Given(CODING, raw.get("code", ""), raw.get("system"), raw.get("display"))


def _truth(raw: Any) -> str | None:
    return (TRUE if raw else FALSE) if isinstance(raw, bool) else None


def _whole(raw: Any) -> str | None:
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return str(raw) if -LARGEST_WHOLE - 1 <= raw <= LARGEST_WHOLE else None


def _decimal(raw: Any) -> str | None:
    """All digits as given, so that 3.50 stays more exact than 3.5. A float has the digits of its shortest writing."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return None
    number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    if not number.is_finite():
        return None
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)  # it is finite
    return format(number, "f") if len(digits) + abs(exponent) <= _MOST_DIGITS else None


def _string(raw: Any) -> str | None:
    return raw if is_text(raw) else None


def _day(raw: Any) -> str | None:
    """A year, a month or a day; days must exist."""
    found = _DATE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        return None
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None
    return found[0]


def _time(raw: Any) -> str | None:
    return raw if isinstance(raw, str) and _CLOCK.fullmatch(raw) else None


def _moment(raw: Any) -> str | None:
    """A date, or a day with time and offset."""
    if not isinstance(raw, str) or "T" not in raw:
        return _day(raw)
    day, _, rest = raw.partition("T")
    clock = _CLOCK.match(rest)
    has_offset = clock is not None and _OFFSET.fullmatch(rest, clock.end()) is not None
    return raw if len(day) == _FULL_DATE and _day(day) is not None and has_offset else None


_READERS: Mapping[str, Callable[[Any], str | None]] = {
    BOOLEAN: _truth,
    INTEGER: _whole,
    DECIMAL: _decimal,
    STRING: _string,
    DATE: _day,
    TIME: _time,
    DATETIME: _moment,
}
