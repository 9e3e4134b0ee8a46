"""TOML from elsewhere, read strictly: a document with exact numbers, or the one reason why not. PURE.

The library's reader takes time that grows with the square of some texts: foreign TOML is read in a confined process.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from typing import Any

from surveys.refusals import Refusal, refuse
from surveys.strict_json import MOST_LEVELS, bounded_number

_LARGEST_WHOLE = 2**63  # what TOML promises
_LONGEST_REASON = 160
_SHOWN = 40


class _Unfit(Exception):  # noqa: N818 - it says what it says
    """A number that nobody means."""

    def __init__(self, written: str) -> None:
        super().__init__(written)
        self.refusal = refuse(written[:_SHOWN], "number_unfit", value=written[:_SHOWN])


def read_toml(text: str) -> tuple[dict[str, Any], Refusal | None]:
    """(document, None) or ({}, refusal): `toml_malformed`, `number_unfit`, `document_too_deep`."""
    try:
        document = tomllib.loads(text, parse_float=_decimal)
        _check(document)
    except _Unfit as unfit:
        return {}, unfit.refusal
    except RecursionError:
        return {}, refuse("file", "document_too_deep", limit=MOST_LEVELS)
    except ValueError as error:  # the library's own, and that for numbers of thousands of digits
        return {}, refuse("TOML", "toml_malformed", reason=str(error)[:_LONGEST_REASON])
    return document, None


def _check(document: dict[str, Any]) -> None:
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        value, level = waiting.pop()
        if level > MOST_LEVELS:
            raise RecursionError
        if isinstance(value, dict | list):
            inside = value.values() if isinstance(value, dict) else value
            waiting.extend((each, level + 1) for each in inside)
        elif isinstance(value, int) and abs(value) >= _LARGEST_WHOLE:
            raise _Unfit(hex(value))


def _decimal(written: str) -> Decimal:
    try:
        is_fit = bounded_number(written)
    except InvalidOperation:
        is_fit = False
    if not is_fit:
        raise _Unfit(written)
    return Decimal(written)
