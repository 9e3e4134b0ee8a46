"""Dates, times of day and moments as they are stored: read strictly, and compared as the spans that they mean. PURE.

A date may say a month or a year only, in forms and in what other systems send: it then means all its days, and two that
overlap are neither equal nor one before the other. A moment carries its offset; what lacks it is nobody's moment.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from locales.errors import Reask

Span = tuple[int, int]
"""From when to when a value may mean, in microseconds."""

_MICROSECOND = timedelta(microseconds=1)


_PARTIAL_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,6})?)?")
_MOMENT = re.compile(r"([0-9-]{10})T([0-9:.]{5,15})(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])")
_UNKNOWN_ZONE = timedelta(hours=14)  # the farthest offset there is, either way
_BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - only differences to it are used
_DECEMBER = 12


def read_date(plain: str) -> str | Reask:
    return plain if _FULL_DATE.fullmatch(plain) and span_of_date(plain) is not None else Reask("answer_not_a_date")


def read_time(plain: str) -> str | Reask:
    found = _TIME.fullmatch(plain)
    if found is None or span_of_time(plain) is None:
        return Reask("answer_not_a_time")
    return found[1] + (found[2] or ":00")


def read_moment(plain: str) -> str | Reask:
    """Date, time and offset: which moment a time without its offset means, nobody knows here."""
    found = _MOMENT.fullmatch(plain)
    if found is None or span_of_date(found[1]) is None:
        return Reask("answer_not_a_moment")
    clock = read_time(found[2])
    return Reask("answer_not_a_moment") if isinstance(clock, Reask) else f"{found[1]}T{clock}{found[3]}"


def span_of_date(value: str) -> Span | None:
    """The days that a date means: one, or a month or year of them."""
    if _PARTIAL_DATE.fullmatch(value) is None:
        return None
    parts = [int(part) for part in value.split("-")]
    try:
        first = date(*parts, *[1] * (3 - len(parts)))
    except ValueError:
        return None
    if len(parts) == 3:  # noqa: PLR2004 - year, month and day
        days = 1
    elif len(parts) == 1:
        days = date(first.year, _DECEMBER, 31).timetuple().tm_yday
    else:
        days = 31 if first.month == _DECEMBER else (first.replace(month=first.month + 1) - first).days
    start = _since_beginning(datetime.combine(first, time()))
    return start, start + days * timedelta(days=1) // _MICROSECOND - 1


def span_of_time(value: str) -> Span | None:
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    try:
        clock = time.fromisoformat(value if found[2] else f"{value}:00")
    except ValueError:
        return None
    at = _since_beginning(datetime.combine(_BEGINNING.date(), clock))
    return at, at


def span_of_moment(value: str) -> Span | None:
    """The moment in UTC; a date alone is that day somewhere on Earth."""
    days = span_of_date(value)
    if days is not None:
        return days[0] - _UNKNOWN_ZONE // _MICROSECOND, days[1] + _UNKNOWN_ZONE // _MICROSECOND
    found = _MOMENT.fullmatch(value)
    if found is None:
        return None
    day, clock = span_of_date(found[1]), span_of_time(found[2])
    if day is None or clock is None:
        return None
    offset = timedelta() if found[3] == "Z" else timedelta(hours=int(found[3][1:3]), minutes=int(found[3][4:]))
    sign = -1 if found[3].startswith("-") else 1
    at = day[0] + clock[0] - sign * (offset // _MICROSECOND)
    return at, at


def _since_beginning(moment: datetime) -> int:
    return (moment - _BEGINNING) // _MICROSECOND


def order_of_spans(left: Span, right: Span) -> int | None:
    if left == right:
        return 0
    if left[1] < right[0]:
        return -1
    return 1 if left[0] > right[1] else None
