"""JSON from elsewhere, read strictly and within bounds: a document, or the one reason why not. PURE.

Numbers become `int` or `Decimal`, never a float. Refused are keys that stand twice (readers differ in which one
counts), NaN and Infinity, numbers longer than any that is meant, halves of surrogate pairs, and more values or levels
than any form has. The work grows with the length of the text and nothing else. Refuses to know what a document means.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from surveys.refusals import Refusal, refuse

MOST_VALUES = 600_000
MOST_LEVELS = 120
LONGEST_NUMBER = 40  # characters
LARGEST_EXPONENT = 40
_SHOWN = 40


class _Unfit(Exception):  # noqa: N818 - it says what it says
    """Something that JSON allows and we do not."""

    def __init__(self, feature: str, code: str, **details: object) -> None:
        super().__init__(code)
        self.refusal = refuse(feature, code, None, **details)


def read_json(text: str) -> tuple[Any, Refusal | None]:
    """(document, None) or (None, refusal): `json_malformed`, `json_key_twice`, `number_unfit`, ..."""
    if text.count(",") + text.count("[") + text.count("{") > MOST_VALUES:
        return None, refuse("file", "document_too_large", limit=MOST_VALUES)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except _Unfit as fault:
        return None, fault.refusal
    except json.JSONDecodeError as error:
        return None, refuse("JSON", "json_malformed", line=error.lineno, column=error.colno)
    except RecursionError:
        return None, refuse("file", "document_too_deep", limit=MOST_LEVELS)
    return _bounded(document)


def bounded_number(written: str) -> bool:
    """Whether a number is one that somebody can mean: not too many digits, not too large an exponent, finite."""
    if len(written) > LONGEST_NUMBER:
        return False
    number = Decimal(written)
    return number.is_finite() and abs(number.adjusted()) <= LARGEST_EXPONENT


def _bounded(document: Any) -> tuple[Any, Refusal | None]:
    """The document, unless it is too deep or a text in it is none."""
    waiting = [(document, 1)]
    while waiting:
        value, level = waiting.pop()
        if level > MOST_LEVELS:
            return None, refuse("file", "document_too_deep", limit=MOST_LEVELS)
        if isinstance(value, dict):
            waiting.extend((each, level + 1) for each in value.values())
            value = "".join(value)
        elif isinstance(value, list):
            waiting.extend((each, level + 1) for each in value)
        if isinstance(value, str) and not is_text(value):
            return None, refuse("JSON", "json_half_character")
    return document, None


def is_text(value: str) -> bool:
    """Whether it holds whole characters only."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Unfit(_shown(twice), "json_key_twice", key=_shown(twice))
    return found


def _whole(written: str) -> int:
    return int(_fit(written))


def _decimal(written: str) -> Decimal:
    return Decimal(_fit(written))


def _constant(written: str) -> Any:
    raise _Unfit(written, "number_unfit", value=written)


def _fit(written: str) -> str:
    if not bounded_number(written):
        raise _Unfit(_shown(written), "number_unfit", value=_shown(written))
    return written


def _shown(foreign: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in foreign[:_SHOWN])
