"""Days as people type them: "2026-03-01", "三月一号", "昨天", "上周三", "1 March", "3 days ago". PURE.

A day without its year is the latest such day that is not in the future. What can be two days is none: "3/1" is asked
for again, "3/13" is not. Today is given; nothing here reads a clock. Refuses to know what the day is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from locales.errors import Reask
from surveys.typed_numbers import chinese_figures, chinese_number, plain, read_number

_RELATIVE = {
    "今天": 0, "今日": 0, "今儿": 0, "today": 0,
    "昨天": -1, "昨日": -1, "昨儿": -1, "yesterday": -1,
    "前天": -2, "前日": -2, "the day before yesterday": -2, "day before yesterday": -2,
    "大前天": -3,
    "明天": 1, "明日": 1, "tomorrow": 1,
    "后天": 2, "the day after tomorrow": 2, "day after tomorrow": 2,
    "大后天": 3,
}  # fmt: skip
_YEARS = {"今年": 0, "本年": 0, "去年": -1, "前年": -2, "明年": 1}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (("一", "monday", "mon"), ("二", "tuesday", "tue", "tues"), ("三", "wednesday", "wed"),
         ("四", "thursday", "thu", "thurs"), ("五", "friday", "fri"), ("六", "saturday", "sat"),
         ("日", "天", "sunday", "sun"))
    )
    for name in names
}  # fmt: skip
_WEEKS = {"上": -7, "上个": -7, "这": 0, "这个": 0, "本": 0, "下": 7, "下个": 7}
_MONTH_AGO = {"上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "这月": 0, "下个月": 1, "下月": 1}

_N = "(?:[0-9]+|[零〇○一二两三四五六七八九十百廿卅]+)"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/. ])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PAIR = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})")
_IN_CHINESE = re.compile(
    f"(?:(?P<year>[0-9]{{4}}|[零〇○一二三四五六七八九]{{4}})年|(?P<near>{'|'.join(_YEARS)})的?)?"
    f"(?:(?P<month>{_N})月份?|(?P<month_ago>{'|'.join(_MONTH_AGO)})的?)(?P<day>{_N})[日号]?"
)
_DAY_ALONE = re.compile(f"(?P<day>{_N})[日号]")
_AGO = re.compile("(?P<days>.+?) ?(?:天|days?) ?(?P<way>之?前|以前|之?后|以后|ago)")
_IN_DAYS = re.compile("in (?P<days>.+) days?")
_WEEKDAY = re.compile(
    f"(?P<week>{'|'.join(sorted(_WEEKS, key=len, reverse=True))})(?:周|星期|礼拜)(?P<day>[一二三四五六日天])"
)
_LAST_WEEKDAY = re.compile("last (?P<day>[a-z]+)")
_NAMED = f"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\\.?"
_DAY = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_IN_ENGLISH = (
    re.compile(f"(?:the )?{_DAY}(?: of)?[ -]?{_NAMED}(?:,? ?-?(?P<year>[0-9]{{4}}))?"),
    re.compile(f"{_NAMED} ?{_DAY}(?:,? ?(?P<year>[0-9]{{4}}))?"),
    re.compile(f"(?P<year>[0-9]{{4}}),? {_NAMED} {_DAY}"),
)
_LEAP_YEARS_APART = 8


def read_date(words: str, today: date) -> date | Reask:
    """The day that these words are.

    Reasks: `typed_not_a_date`, `typed_no_such_date` (30 February), `typed_date_unclear` (it may be two days).
    """
    said = re.sub(r"\s*([年月日号])\s*", r"\1", plain(words)).removeprefix("on ")
    for reads in (_relative, _figures, _in_chinese, _in_english, _weekday):
        found = reads(said, today)
        if found is not None:
            return found
    return Reask("typed_not_a_date")


def _relative(said: str, today: date) -> date | Reask | None:
    if said in _RELATIVE:
        return today + timedelta(days=_RELATIVE[said])
    ago, ahead = _AGO.fullmatch(said), _IN_DAYS.fullmatch(said)
    found = ago if ago is not None else ahead
    days = read_number(found["days"]) if found is not None else None
    if days is None or not days.isdecimal():
        return None
    is_past = ago is not None and ("前" in ago["way"] or ago["way"] == "ago")
    distance = int(days[:9])
    return _moved(today, -distance if is_past else distance)


def _figures(said: str, today: date) -> date | Reask | None:
    """Figures alone. Which of two small ones is the month is only known where the other cannot be one."""
    for pattern in (_YEAR_FIRST, _COMPACT):
        found = pattern.fullmatch(said)
        if found is not None:
            parts = [each for each in found.groups() if each.isdecimal()]
            return _day(*map(int, parts))
    found = _YEAR_LAST.fullmatch(said)
    if found is not None:
        year = int(found[4])
        return _either(int(found[1]), int(found[3]), lambda month, day: _day(year, month, day))
    found = _PAIR.fullmatch(said)
    if found is not None:
        return _either(int(found[1]), int(found[3]), lambda month, day: _latest(month, day, today))
    return None


def _in_chinese(said: str, today: date) -> date | Reask | None:
    found = _IN_CHINESE.fullmatch(said)
    if found is None:
        alone = _DAY_ALONE.fullmatch(said)
        return _latest_of_month(_count(alone["day"]), today) if alone is not None else None
    day, year, month = _count(found["day"]), found["year"], _count(found["month"] or "")
    if found["month_ago"] is not None:
        if year or found["near"]:
            return None
        return _in_month(today, _MONTH_AGO[found["month_ago"]], day)
    if year is not None:
        return _day(int(year if year.isascii() else chinese_figures(year) or 0), month, day)
    if found["near"] is not None:
        return _day(today.year + _YEARS[found["near"]], month, day)
    return _latest(month, day, today)


def _in_english(said: str, today: date) -> date | Reask | None:
    for pattern in _IN_ENGLISH:
        found = pattern.fullmatch(said)
        if found is not None:
            month, day, year = _MONTHS[found["month"]], int(found["day"]), found["year"]
            return _day(int(year), month, day) if year else _latest(month, day, today)
    return None


def _weekday(said: str, today: date) -> date | Reask | None:
    """A day of a named week, from Monday on. "last Wednesday" is clear only while this week's is still to come."""
    monday = today - timedelta(days=today.weekday())
    found = _WEEKDAY.fullmatch(said)
    if found is not None:
        return _moved(monday, _WEEKS[found["week"]] + _WEEKDAYS[found["day"]])
    bare = re.sub("^(?:周|星期|礼拜)", "", said)
    last = _LAST_WEEKDAY.fullmatch(said)
    if last is not None and last["day"] in _WEEKDAYS:
        place = _WEEKDAYS[last["day"]]
        return monday + timedelta(days=place - 7) if place >= today.weekday() else Reask("typed_date_unclear")
    is_weekday = bare in _WEEKDAYS and (bare != said or bare.isascii())
    return Reask("typed_date_unclear") if is_weekday else None


def _either(first: int, second: int, reads: Callable[[int, int], date | Reask]) -> date | Reask:
    """Month and day in the only order that makes sense, or `typed_date_unclear`."""
    readings = [reads(month, day) for month, day in {(first, second), (second, first)}]
    days = [each for each in readings if not isinstance(each, Reask)]
    if not days:
        return Reask("typed_no_such_date")
    return days[0] if len(days) == 1 else Reask("typed_date_unclear")


def _latest(month: int, day: int, today: date) -> date | Reask:
    """The latest such day that is not in the future."""
    return _first_real(((today.year - back, month, day) for back in range(_LEAP_YEARS_APART + 1)), today)


def _latest_of_month(day: int, today: date) -> date | Reask:
    """The same where only the day of the month is said: the 31st may lie two months back."""
    months = (today.year * 12 + today.month - 1 - back for back in range(3))
    return _first_real(((each // 12, each % 12 + 1, day) for each in months), today)


def _first_real(days: Iterable[tuple[int, int, int]], today: date) -> date | Reask:
    readings = (_day(*each) for each in days if each <= (today.year, today.month, today.day))
    return next((each for each in readings if not isinstance(each, Reask)), Reask("typed_no_such_date"))


def _in_month(today: date, months: int, day: int) -> date | Reask:
    place = today.year * 12 + today.month - 1 + months
    return _day(place // 12, place % 12 + 1, day)


def _day(year: int, month: int, day: int) -> date | Reask:
    try:
        return date(year, month, day)
    except ValueError:
        return Reask("typed_no_such_date")


def _moved(day: date, days: int) -> date | Reask:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return Reask("typed_not_a_date")


def _count(written: str) -> int:
    """A small number in figures or in Chinese; 0, which is no day and no month, for anything else."""
    return int(written[:4]) if written.isdecimal() else chinese_number(written) or 0
