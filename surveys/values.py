"""One answer as it is stored, by type: reading it, comparing two of them, saying in which range it must lie. PURE.

Stored are: `true` or `false`; whole numbers without sign or nought in front; decimals as given (`3.50` stays); dates as
`2026-03-01`, times as `08:30:00`, moments as RFC 3339; text cleaned; a chosen option as its code, and own words where
options were offered as `~` + text. Refuses to guess: what people type is understood in `typed`, before it comes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from locales.errors import Reask
from locales.texts import text
from surveys.moments import (
    Span,
    order_of_spans,
    read_date,
    read_moment,
    read_time,
    span_of_date,
    span_of_moment,
    span_of_time,
)
from surveys.patterns import compile_pattern, fits
from surveys.plain_text import clean_text, is_blank
from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBERS,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    OTHER,
    TEXT,
    TIME,
    USUAL_ANSWER,
    WRITTEN,
    Question,
    find_option,
)

TRUE, FALSE = "true", "false"
LARGEST_WHOLE = 2**31 - 1  # FHIR's integers have 32 bits, and no count here needs more

_LONGEST_COMPOSITION = 4  # code points that NFC can join into one: what is longer cannot become short enough
_LONGEST_SHORT = 80  # no number, date or time is longer: more is not looked at
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})")


def read_value(question: Question, raw: str) -> str | Reask:
    """`raw`, in machine form, as it is stored for this question; or why it cannot be taken.

    Reasks: `answer_not_an_option`, `answer_words_missing`, `answer_not_a_number`, `answer_not_whole`,
    `answer_decimals`, `answer_out_of_range`, `answer_too_small`, `answer_too_large`, `answer_too_long`,
    `answer_too_short`, `answer_not_a_date`, `answer_not_a_time`, `answer_not_a_moment`, `answer_pattern`,
    `answer_unreadable`.
    """
    if question.has_options or question.type == CODING:
        chosen = _chosen(question, raw)
        if chosen is not None:
            return chosen
        if question.constraint == OPTIONS_OR_STRING and raw.startswith(OTHER):
            return _own_words(question, raw[len(OTHER) :])
        if question.constraint != OPTIONS_OR_TYPE or question.type == CODING:
            return Reask("answer_not_an_option")
    value = _written(question, raw) if question.type in WRITTEN else _short(question.type, raw)
    return value if isinstance(value, Reask) else _fitting(question, value)


def compare(type_: str, left: str, right: str) -> int | None:
    """−1, 0 or 1 for two stored values of a type; None where they cannot be compared.

    Partial dates that overlap are neither equal nor before each other. Words and codes are compared as text.
    """
    if left == right:
        return 0
    if type_ in NUMBERS:
        numbers = _number(left), _number(right)
        return None if numbers[0] is None or numbers[1] is None else _order(numbers[0], numbers[1])
    if type_ in _SPANS:
        spans = _SPANS[type_](left), _SPANS[type_](right)
        return None if spans[0] is None or spans[1] is None else order_of_spans(spans[0], spans[1])
    return _order(left, right)


def is_stored(type_: str, value: str) -> bool:
    """Whether this could be a stored value of a type, partial dates included, as a form's own values may be."""
    if type_ == BOOLEAN:
        return value in (TRUE, FALSE)
    if type_ in NUMBERS:
        return _short(type_, value) == value
    if type_ in _SPANS:
        return _SPANS[type_](value) is not None
    return bool(value)


def shown_range(question: Question, language: str) -> str:
    """In which range an answer must lie, in words: `0 – 10`, `at least 18`; "" without bounds."""
    low, high = question.minimum, question.maximum
    if low is None and high is None:
        return ""
    ends = "between" if low is not None and high is not None else "from" if low is not None else "to"
    return text(language, f"surveys.range.{ends}", low=low or "", high=high or "")


def _chosen(question: Question, raw: str) -> str | None:
    """The code of the option meant; numbers, dates and times may be written in another way than in the form."""
    if find_option(question, raw) is not None:
        return raw
    if question.type in _SHORT:
        value = _short(question.type, raw)
        return value if isinstance(value, str) and find_option(question, value) is not None else None
    return None


def _own_words(question: Question, raw: str) -> str | Reask:
    words = _written(question, raw)
    if words == "":
        return Reask("answer_words_missing")
    fitting = words if isinstance(words, Reask) else _fitting(question, words)
    return fitting if isinstance(fitting, Reask) else OTHER + fitting


def _written(question: Question, raw: str) -> str | Reask:
    """Free text, cleaned. Refused early when it is far too long, so that hostile text costs nothing to refuse."""
    limit = question.max_length or USUAL_ANSWER
    too_long = Reask("answer_too_long", {"limit": limit})
    if len(raw.strip()) > _LONGEST_COMPOSITION * limit:
        return too_long
    cleaned = clean_text(raw)
    if cleaned is None:
        return Reask("answer_unreadable")
    if is_blank(cleaned):
        return ""
    if question.type != TEXT:
        cleaned = " ".join(cleaned.splitlines())
    return too_long if len(cleaned) > limit else cleaned


def _fitting(question: Question, value: str) -> str | Reask:
    """The value, if it keeps to the bounds that the author set."""
    return _in_range(question, value) or _of_length(question, value) or _of_pattern(question, value) or value


def _in_range(question: Question, value: str) -> Reask | None:
    low, high = question.minimum, question.maximum
    is_below = low is not None and compare(question.type, value, low) == -1
    is_above = high is not None and compare(question.type, value, high) == 1
    if is_below or is_above:
        if low is not None and high is not None:
            return Reask("answer_out_of_range", {"low": low, "high": high})
        return Reask("answer_too_small", {"low": low}) if is_below else Reask("answer_too_large", {"high": high})
    decimals = question.max_decimals
    if question.type in NUMBERS and decimals is not None and len(value.partition(".")[2]) > decimals:
        return Reask("answer_decimals", {"limit": decimals}) if decimals else Reask("answer_not_whole")
    return None


def _of_length(question: Question, value: str) -> Reask | None:
    if question.max_length is not None and len(value) > question.max_length:
        return Reask("answer_too_long", {"limit": question.max_length})
    if question.min_length is not None and 0 < len(value) < question.min_length:
        return Reask("answer_too_short", {"limit": question.min_length})
    return None


def _of_pattern(question: Question, value: str) -> Reask | None:
    if question.pattern is None or value == "":
        return None
    pattern = compile_pattern(question.pattern)
    if pattern is not None and fits(pattern, value):
        return None
    return Reask("answer_pattern", {"example": question.entry_format or question.pattern})


def _short(type_: str, raw: str) -> str | Reask:
    """A value without words, in the one form in which it is stored."""
    plain = raw.strip() if len(raw) <= _LONGEST_SHORT else ""
    return _SHORT[type_](plain)


def _truth(plain: str) -> str | Reask:
    return plain if plain in (TRUE, FALSE) else Reask("answer_not_an_option")


def _whole(plain: str) -> str | Reask:
    if _WHOLE.fullmatch(plain) is None:
        return Reask("answer_not_whole" if _DECIMAL.fullmatch(plain) else "answer_not_a_number")
    if abs(int(plain)) > LARGEST_WHOLE:
        return Reask("answer_out_of_range", {"low": -LARGEST_WHOLE, "high": LARGEST_WHOLE})
    return str(int(plain))


def _decimal(plain: str) -> str | Reask:
    """As given but for a plus, and noughts in front: how many digits somebody wrote says how exact it is."""
    if _DECIMAL.fullmatch(plain) is None:
        return Reask("answer_not_a_number")
    whole, point, part = plain.lstrip("+-").partition(".")
    is_negative = plain.startswith("-") and any(digit in "123456789" for digit in plain)
    return ("-" if is_negative else "") + (whole.lstrip("0") or "0") + point + part


_SHORT: Mapping[str, Callable[[str], str | Reask]] = {
    BOOLEAN: _truth,
    INTEGER: _whole,
    DECIMAL: _decimal,
    DATE: read_date,
    TIME: read_time,
    DATETIME: read_moment,
}


def _number(value: str) -> Decimal | None:
    return Decimal(value) if _DECIMAL.fullmatch(value) else None


_SPANS: Mapping[str, Callable[[str], Span | None]] = {DATE: span_of_date, TIME: span_of_time, DATETIME: span_of_moment}


def _order(left: Decimal | str, right: Decimal | str) -> int:
    return (left > right) - (left < right)  # type: ignore[operator]  # both are of one kind
