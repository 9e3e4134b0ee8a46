"""FHIR's primitive types, there and back: a JSON value as it is stored as an answer, and a stored one as JSON. PURE.

Numbers stay exact (`3.50` keeps its nought); dates may be partial; moments carry their offset. Takes any JSON value:
what is not of the type gives None. Refuses to know which question takes which type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from surveys.fhir.elements import LARGEST_INTEGER, is_whole
from surveys.structure import BOOLEAN, CODING, DATE, DATETIME, DECIMAL, INTEGER, STRING, TEXT, TIME

SUFFIXES: Mapping[str, str] = {
    BOOLEAN: "Boolean",
    CODING: "Coding",
    DATE: "Date",
    DATETIME: "DateTime",
    DECIMAL: "Decimal",
    INTEGER: "Integer",
    STRING: "String",
    TEXT: "String",
    TIME: "Time",
}
"""How `value[x]` is spelt for answers to a question of a type."""

_RELATED: Mapping[str, tuple[str, ...]] = {
    DECIMAL: ("Integer",),
    INTEGER: ("Decimal",),
    DATE: ("DateTime",),
    DATETIME: ("Date",),
}
"""Other spellings that real forms use, taken where the value itself fits the type."""

_MOST_DIGITS = 18  # before and after the point, as FHIR advises
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:.]{8,15})(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])")


def stored(type_: str, suffix: str, raw: Any) -> str | None:
    """The stored value of a question's type, from `value<suffix>`; None if it is none. Not for codings."""
    if suffix != SUFFIXES.get(type_) and suffix not in _RELATED.get(type_, ()):
        return None
    reader = _READERS.get(type_)
    return reader(raw) if reader is not None else None


def written(type_: str, value: str) -> Any:
    """The JSON value of a stored one."""
    if type_ == BOOLEAN:
        return value == "true"
    if type_ == INTEGER:
        return int(value)
    return Decimal(value) if type_ == DECIMAL else value


def exact(raw: Any) -> Fraction | None:
    """A JSON number as it stands; None if it is none, or longer than any figure here."""
    plain = _decimal(raw)
    return Fraction(plain) if plain is not None else None


def _boolean(raw: Any) -> str | None:
    return ("true" if raw else "false") if isinstance(raw, bool) else None


def _integer(raw: Any) -> str | None:
    """Whole numbers of 32 bits; written with a point they must still be whole."""
    if isinstance(raw, float | Decimal):
        raw = int(raw) if -LARGEST_INTEGER <= raw <= LARGEST_INTEGER and raw == int(raw) else None
    is_small = is_whole(raw) and -LARGEST_INTEGER - 1 <= raw <= LARGEST_INTEGER
    return str(raw) if is_small else None


def _decimal(raw: Any) -> str | None:
    if isinstance(raw, float):
        raw = Decimal(repr(raw))
    if is_whole(raw):
        raw = Decimal(raw) if abs(raw) < 10**_MOST_DIGITS else None
    if not isinstance(raw, Decimal) or raw.adjusted() >= _MOST_DIGITS:
        return None
    exponent = raw.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MOST_DIGITS:
        return None
    return f"{raw.copy_abs() if raw.is_zero() else raw:f}"


def _date(raw: Any) -> str | None:
    if not isinstance(raw, str) or _DATE.fullmatch(raw) is None:
        return None
    parts = [int(part) for part in raw.split("-")]
    try:
        date(*parts, *[1] * (3 - len(parts)))
    except ValueError:
        return None
    return raw


def _time(raw: Any) -> str | None:
    if not isinstance(raw, str) or _TIME.fullmatch(raw) is None:
        return None
    try:
        time.fromisoformat(raw)
    except ValueError:
        return None
    return raw


def _moment(raw: Any) -> str | None:
    if not isinstance(raw, str) or _date(raw) is not None:
        return raw if isinstance(raw, str) else None
    found = _MOMENT.fullmatch(raw)
    return raw if found and _date(found[1]) is not None and _time(found[2]) is not None else None


def _string(raw: Any) -> str | None:
    return raw if isinstance(raw, str) and raw else None


_READERS: Mapping[str, Callable[[Any], str | None]] = {
    BOOLEAN: _boolean,
    INTEGER: _integer,
    DECIMAL: _decimal,
    DATE: _date,
    TIME: _time,
    DATETIME: _moment,
    STRING: _string,
    TEXT: _string,
}
