"""A scheme's document written as the TOML file that an office can read, change and apply. PURE.

What is read again is the same scheme. Keys stand in the order in which a scheme is thought: what it is, what is judged
and by whom, its indicators, the tables of its tiers. Refuses to know what the keys mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from consortium.definition import TIERS
from evaluation.elements import DIMENSIONS, PARTIES

_HEAD = ("year", "version", "title", "note", "effective", "year_rule")
_INDICATOR = (
    "name", "dimension", "party", "direction", "unit", "input", "questionnaire", "measure", "surveyor", "definition",
    "experts", "low", "high", "of", "by", "source", "owner", "flags", "standard", "aspect", "perspective", "curve",
    "against", "floor", "target", "band", "ceiling", "steps", "per", "range", "target_by", "over_time", "evidence",
    "bonus", "method", "assumed", "note",
)  # fmt: skip
_LINE = ("points", "floor", "target", "band", "ceiling", "steps", "per", "range", "assumed", "note")
_TIER = ("name", "ranked", "collaboration", "raters")
_NUMBERS = frozenset({"points", "floor", "target", "band", "ceiling", "steps", "range", "collaboration", "below"})
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def scheme_toml(document: Mapping[str, Any]) -> str:
    """The file's text, ending in a newline. `document` is what a TOML reader gave, or the JSON it was stored as."""
    return "\n".join(_lines(document)) + "\n"


def next_year(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same scheme as the first version of the year after, from January on."""
    head = {key: value for key, value in document["scheme"].items() if key != "effective"}
    return {**document, "scheme": head | {"year": head["year"] + 1, "version": 1}}


def plain_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it will be read back from where it is stored: exact numbers are text."""
    read: dict[str, Any] = json.loads(json.dumps(document, default=_text), parse_float=Decimal)
    return read


def _text(value: object) -> str:
    if isinstance(value, Decimal | Fraction):
        return str(value)
    msg = f"{type(value).__name__} has no JSON form here"
    raise TypeError(msg)


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield "[scheme]"
    yield from _entries(document.get("scheme", {}), _HEAD)
    if document.get("watching"):
        yield from ("", "[watching]")
        yield from _entries(document["watching"], ())
    if document.get("approval"):
        yield from ("", "[approval]")
        yield from _entries(document["approval"], ("quorum", "majority"))
    if document.get("actions"):
        yield from ("", "[actions]")
        yield from _entries(document["actions"], ("below", "targets", "workdays"))
    for override in document.get("overrides", ()):
        yield from ("", "[[overrides]]")
        yield from _entries(override, ("bound", "tier", "reason"))
    for name, first in (("dimensions", DIMENSIONS), ("parties", PARTIES)):
        yield from ("", f"[{name}]")
        yield from _aligned(document.get(name, {}), first, ("name",))
    for code, indicator in document.get("indicators", {}).items():
        yield from ("", f"[indicators.{_key(code)}]")
        yield from _entries(indicator, _INDICATOR)
    for code in _ordered(document.get("tiers", {}), TIERS):
        tier = document["tiers"][code]
        yield from ("", f"[tiers.{_key(code)}]")
        yield from _entries({key: value for key, value in tier.items() if key != "indicators"}, _TIER)
        yield from ("", f"[tiers.{_key(code)}.indicators]")
        yield from _aligned(tier.get("indicators", {}), (), _LINE)


def _entries(table: Mapping[str, Any], first: tuple[str, ...]) -> Iterator[str]:
    for name in _ordered(table, first):
        yield f"{_key(name)} = {_value(table[name], name, ())}"


def _aligned(tables: Mapping[str, Any], first: tuple[str, ...], inside: tuple[str, ...]) -> Iterator[str]:
    """Tables on a line each, their equals signs below each other."""
    width = max((len(_key(code)) for code in tables), default=0)
    for code in _ordered(tables, first) if first else tables:
        yield f"{_key(code).ljust(width)} = {_value(tables[code], code, inside)}"


def _ordered(table: Iterable[str], first: tuple[str, ...]) -> list[str]:
    """Those of `first` as they stand there, all others behind them by name."""
    return sorted(table, key=lambda name: (first.index(name) if name in first else len(first), name))


def _value(value: Any, name: str, inside: tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return value if name in _NUMBERS and _NUMBER.fullmatch(value) else _string(value)
    if isinstance(value, Mapping):
        order = inside or ("zh", "en")
        parts = [f"{_key(key)} = {_value(value[key], key, ())}" for key in _ordered(value, order)]
        return f"{{{', '.join(parts)}}}"
    return f"[{', '.join(_value(each, name, ()) for each in value)}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    """JSON's way of writing text is TOML's, but for the delete character and halves of a pair."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
