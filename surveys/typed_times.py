"""Times of day as people type them: "8:30", "八点半", "下午3点", "3 pm", "十点一刻", "15时20分". PURE.

Figures with a colon are of the 24-hour clock. What is spoken ("三点") may be meant for the afternoon: where a visit is
likelier then, from one to six o'clock, it is asked for again. Refuses to know what the time is for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time

from locales.errors import Reask
from surveys.typed_numbers import chinese_number, plain, read_number

_MORNING, _NOON, _AFTERNOON, _EVENING, _NIGHT = "morning", "noon", "afternoon", "evening", "night"
_PARTS = {
    "凌晨": _NIGHT, "清晨": _MORNING, "早晨": _MORNING, "早上": _MORNING, "上午": _MORNING, "中午": _NOON,
    "下午": _AFTERNOON, "傍晚": _AFTERNOON, "晚上": _EVENING, "夜里": _EVENING,
}  # fmt: skip
_NAMED = {"noon": time(12), "midday": time(12), "正午": time(12), "midnight": time(0), "午夜": time(0)}
_HALVES = {"am": _NIGHT, "a.m": _NIGHT, "pm": _AFTERNOON, "p.m": _AFTERNOON}

_N = "(?:[0-9]{1,2}|[零〇一二两三四五六七八九十廿]{1,3})"
_PART = f"(?P<part>{'|'.join(_PARTS)})? ?"
_COLON = re.compile(
    f"{_PART}(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))? ?(?P<half>[ap]\\.?m)?"
)
_SPOKEN = re.compile(
    f"{_PART}(?P<hour>{_N}) ?(?P<mark>点钟?|时|點) ?(?:(?P<quarter>半|一刻|三刻|整)|(?P<minute>{_N}) ?分?)?"
)
_HALF_DAY = re.compile(r"(?P<hour>[0-9]{1,2}) ?(?P<half>[ap]\.?m)")
_OCLOCK = re.compile("(?P<hour>[0-9]{1,2}) ?o'?clock(?: in the (?P<part>morning|afternoon|evening))?")
_PAST = re.compile("(?P<minutes>half|quarter|a quarter) (?P<way>past|to) (?P<hour>[a-z0-9]+)")
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, None: 0}
_LAST_HOUR, _LAST_MINUTE = 23, 59
_TWELVE = 12
_UNCLEAR = range(1, 7)
"""Spoken hours that are as likely meant for the afternoon."""

_LATE = {hour: hour for hour in range(13, 24)}
_HOURS: Mapping[str, Mapping[int, int]] = {
    _NIGHT: {hour: hour % 12 for hour in range(13)},
    _MORNING: {hour: hour for hour in range(1, 12)},
    _NOON: {11: 11, 12: 12, 1: 13, 2: 14},
    _AFTERNOON: {hour: hour % 12 + 12 for hour in range(1, 13)} | _LATE,
    _EVENING: {hour: (hour + 12) % 24 for hour in range(5, 13)} | _LATE,
}
"""Which hour is meant by an hour of a part of the day."""


def read_time(words: str) -> time | Reask:
    """The time of day that these words are. Reasks: `typed_not_a_time`, `typed_time_unclear`."""
    said = plain(words).replace("oʼclock", "o'clock").replace("o’clock", "o'clock")
    if said in _NAMED:
        return _NAMED[said]
    past = _PAST.fullmatch(said)
    if past is not None:
        return _past(past)
    for pattern in (_COLON, _SPOKEN, _HALF_DAY, _OCLOCK):
        found = pattern.fullmatch(said)
        if found is not None:
            return _of(found.groupdict())
    return Reask("typed_not_a_time")


def _of(said: dict[str, str | None]) -> time | Reask:
    hour, minute, second = _count(said["hour"]), _minute(said), _count(said.get("second"))
    if hour is None or minute is None or minute > _LAST_MINUTE or second is None or second > _LAST_MINUTE:
        return Reask("typed_not_a_time")
    part = _part(said)
    if part is None:
        is_spoken = said.get("mark") not in (None, "时") or ("mark" not in said and "minute" not in said)
        if is_spoken and hour in _UNCLEAR:
            return Reask("typed_time_unclear")
        return time(hour, minute, second) if hour <= _LAST_HOUR else Reask("typed_not_a_time")
    found = _hour_of(part, hour)
    return found if isinstance(found, Reask) else time(found, minute, second)


def _past(found: re.Match[str]) -> time | Reask:
    """Half past eight, a quarter to nine."""
    written = read_number(found["hour"])
    hour = int(written) if written is not None and written.isdecimal() and len(written) < 3 else 0  # noqa: PLR2004
    if not 0 < hour <= _TWELVE:
        return Reask("typed_not_a_time")
    if hour in _UNCLEAR:
        return Reask("typed_time_unclear")
    minutes = 30 if found["minutes"] == "half" else 15
    return time(hour, minutes) if found["way"] == "past" else time(hour - 1, 60 - minutes)


def _part(said: dict[str, str | None]) -> str | None:
    """Which part of the day is named, in whichever language."""
    half, named = said.get("half"), said.get("part")
    if half is not None:
        return _HALVES[half]
    return _PARTS.get(named, named) if named is not None else None


def _hour_of(part: str, hour: int) -> int | Reask:
    """The hour of the 24-hour clock: 下午3点 and 下午15点 are the same, 晚上3点 is neither evening nor clear."""
    meant = _HOURS[part].get(hour)
    if meant is not None:
        return meant
    return Reask("typed_time_unclear" if hour <= _TWELVE else "typed_not_a_time")


def _minute(said: dict[str, str | None]) -> int | None:
    written = said.get("minute")
    return _count(written) if written is not None else _QUARTERS[said.get("quarter")]


def _count(written: str | None) -> int | None:
    if not written:
        return 0
    if written.isdecimal() and written.isascii():
        return int(written)
    bare = written.translate(str.maketrans("〇", "零"))
    return chinese_number(bare.removeprefix("零") if len(bare) > 1 else bare)
