"""A day with a time of day as people type them together: "昨天下午3点", "2026-03-01 8:30". PURE.

The present moment is given, in the time zone in which people speak. Refuses to know what the moment is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from locales.errors import Reask
from surveys.typed_dates import read_date
from surveys.typed_numbers import LONGEST, plain
from surveys.typed_times import read_time

_NOW = frozenset({"现在", "此刻", "now", "just now"})
_WHOLE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_MIDNIGHT = re.compile("(?:晚上|夜里|午夜|midnight)")
_JOINTS = " ,的tT"


def read_moment(words: str, now: datetime) -> str | Reask:
    """The moment that these words are, in RFC 3339 with the offset of `now`'s time zone.

    Reasks: `typed_not_a_moment`, `typed_no_such_date`, `typed_date_unclear`, `typed_time_unclear`.
    """
    said = plain(words).replace(" at ", " ")
    if said in _NOW:
        return now.replace(microsecond=0).isoformat()
    if len(said) > LONGEST:
        return Reask("typed_not_a_moment")
    if _WHOLE.fullmatch(said):
        return _offset_given(said)
    moments: set[tuple[date, time]] = set()
    why: Reask | None = None
    for day, hour in _halves(said, now.date()):
        if isinstance(day, Reask) or isinstance(hour, Reask):
            why = why or next(each for each in (day, hour) if isinstance(each, Reask))
        else:
            moments.add((day, hour))
    if len(moments) != 1:
        return why or Reask("typed_not_a_moment")
    day, hour = next(iter(moments))
    if hour.hour == 0 and _MIDNIGHT.search(said):
        return Reask("typed_time_unclear")  # the end of that day or its beginning
    return datetime.combine(day, hour, tzinfo=now.tzinfo).isoformat()


def _halves(said: str, today: date) -> Iterator[tuple[date | Reask, time | Reask]]:
    """Every way to see a day in front of a time; what is neither at all is left out."""
    for place in range(1, len(said)):
        if said[place - 1].isdecimal() and said[place].isdecimal():
            continue
        day, hour = read_date(said[:place].rstrip(_JOINTS), today), read_time(said[place:].lstrip(_JOINTS))
        is_day = not isinstance(day, Reask) or day.code != "typed_not_a_date"
        is_hour = not isinstance(hour, Reask) or hour.code != "typed_not_a_time"
        if is_day and is_hour:
            yield day, hour


def _offset_given(said: str) -> str | Reask:
    try:
        return datetime.fromisoformat(said.upper()).isoformat()
    except ValueError:
        return Reask("typed_no_such_date")
