"""What stands behind a command, read: a month, a moment. PURE.

Knows the ways in which people write a month and a time. Refuses to guess: what cannot be read is one clear sentence
with an example.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from consortium.periods import Period
from locales.errors import DomainError

_MONTH = re.compile(r"(20[0-9]{2})[-/.年]?(0[1-9]|1[0-2]|[1-9])月?")
_DAY = re.compile(r"(?:(20[0-9]{2})[-/.年])?(0?[1-9]|1[0-2])[-/.月](0?[1-9]|[12][0-9]|3[01])日?")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:点时]([0-5][0-9])?分?")


def words_of(rest: str) -> list[str]:
    """The words behind a command, wide characters as their narrow ones."""
    return unicodedata.normalize("NFKC", rest).split()


def month_in(rest: str) -> Period | None:
    """The month that was named, None where nothing was; `command_month_malformed` for anything else."""
    words = words_of(rest)
    if not words:
        return None
    found = _MONTH.fullmatch(words[0]) if len(words) == 1 else None
    if found is None:
        raise DomainError("command_month_malformed", written=" ".join(words)[:30])
    return Period(int(found[1]), month=int(found[2]))


def moment_in(rest: str, *, before: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that was named, on the consortium's clocks; None where nothing was.

    A day without a time is that day at the time of `before`, a time without a day its day; a day without a year is
    the next one that is not before the day of `before`. `command_time_malformed` for anything else.
    """
    words = words_of(rest)
    if not words:
        return None
    standing = before.astimezone(zone)
    days = [found for word in words if (found := _DAY.fullmatch(word)) is not None]
    times = [found for word in words if (found := _TIME.fullmatch(word)) is not None]
    if len(days) + len(times) != len(words) or len(days) > 1 or len(times) > 1:
        raise _malformed(words)
    clock = time(int(times[0][1]), int(times[0][2] or 0)) if times else standing.time().replace(second=0, microsecond=0)
    day = _day(days[0], standing.date(), words) if days else standing.date()
    return datetime.combine(day, clock.replace(fold=0), tzinfo=zone).astimezone(UTC)


def _day(found: re.Match[str], standing: date, words: list[str]) -> date:
    month, day = int(found[2]), int(found[3])
    years = [int(found[1])] if found[1] else [standing.year, standing.year + 1]
    days = [_date(year, month, day) for year in years]
    chosen = next((each for each in days if each is not None and (found[1] or each >= standing)), None)
    if chosen is None:
        raise _malformed(words)
    return chosen


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _malformed(words: list[str]) -> DomainError:
    return DomainError("command_time_malformed", written=" ".join(words)[:30])
