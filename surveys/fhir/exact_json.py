"""Writing JSON with exact numbers: a Decimal appears with just its digits, never by way of a float. PURE.

Knows JSON values and `Decimal`; refuses everything else with a TypeError, as it would be a fault of ours.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def encode(value: Any, *, indent: int = 2) -> str:
    """The text of a JSON value, one element a line; non-ASCII characters stand as they are."""
    return "".join(_pieces(value, "\n", " " * indent))


def _pieces(value: Any, line: str, step: str) -> list[str]:
    if isinstance(value, dict):
        inside = [[f"{_string(name)}: ", *_pieces(each, line + step, step)] for name, each in value.items()]
        return _enclosed("{", inside, "}", line, step)
    if isinstance(value, list | tuple):
        return _enclosed("[", [_pieces(each, line + step, step) for each in value], "]", line, step)
    return [_atom(value)]


def _enclosed(left: str, inside: list[list[str]], right: str, line: str, step: str) -> list[str]:
    if not inside:
        return [left + right]
    pieces = [left]
    for number, each in enumerate(inside):
        pieces += ["," if number else "", line + step, *each]
    return [*pieces, line, right]


def _atom(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("JSON has no such number")
        return str(value)  # an exponent stays one: a few characters never become a million digits
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value, allow_nan=False)
    return _string(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        msg = f"JSON has no {type(value).__name__}"
        raise TypeError(msg)
    return json.dumps(value, ensure_ascii=False)
