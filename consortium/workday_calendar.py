"""Working days 工作日 by the official calendar, and the day on which something is due (rule 29). PURE.

The calendar is data: the days on which it differs from Monday to Friday, and the last day it knows. Past that day
Monday to Friday are counted and the due date is provisional, until the next year's table is imported. Refuses to guess
a holiday, and to know where an imported table comes from.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from consortium.imports import Row, read_csv
from locales.errors import DomainError, Finding

COLUMNS = ("date", "kind")
OFF, WORK = KINDS = ("off", "work")
FEWEST_DAYS_OFF = 10
"""Fewer days off than this are no official calendar of a year."""

MOST_WORKDAYS = 366
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SATURDAY = 5
_NOVEMBER, _DECEMBER = 11, 12
_FIRST_YEAR, _LAST_YEAR = 2004, 2199


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that differ from Monday to Friday: `off` of them, weekends `made_up`; known from one day until another."""

    off: frozenset[dt.date]
    made_up: frozenset[dt.date]
    known_from: dt.date
    known_until: dt.date

    def is_workday(self, day: dt.date) -> bool:
        """Whether people work on this day; of a day not known, whether it is one of Monday to Friday."""
        return day in self.made_up or (day.weekday() < _SATURDAY and day not in self.off)

    def knows(self, day: dt.date) -> bool:
        """Whether the official calendar of this day is known."""
        return self.known_from <= day <= self.known_until

    def before(self, year: int) -> Calendar:
        """What was known while nothing was announced for this year and later ones."""
        first = dt.date(year, 1, 1)
        off, made_up = (frozenset(day for day in days if day < first) for days in (self.off, self.made_up))
        return Calendar(off, made_up, self.known_from, min(self.known_until, first - dt.timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Due:
    """The day on which something is due; provisional while it was counted over days not known."""

    date: dt.date
    is_provisional: bool
    known_until: dt.date


@dataclass(frozen=True, slots=True)
class WorkdayTable:
    """An imported table: whether people work on each day named, and the last day that it knows."""

    days: Mapping[dt.date, bool]
    until: dt.date


def due_date(received: dt.date, workdays: int, calendar: Calendar) -> Due:
    """The `workdays`-th working day after receipt: day 1 is the next working day (rule 29, decision 7).

    Errors: `workdays_out_of_range` unless 1 to 366, `due_date_unreachable` at the end of all calendars.
    """
    if not 1 <= workdays <= MOST_WORKDAYS:
        raise DomainError("workdays_out_of_range", workdays=workdays, most=MOST_WORKDAYS)
    if received.year > _LAST_YEAR:
        raise DomainError("due_date_unreachable", last=_LAST_YEAR)
    day, left = received, workdays
    while left:
        day += dt.timedelta(days=1)
        left -= calendar.is_workday(day)
    is_known = calendar.knows(received + dt.timedelta(days=1)) and calendar.knows(day)
    return Due(day, not is_known, calendar.known_until)


def workdays_left(today: dt.date, due_on: dt.date, calendar: Calendar) -> int:
    """Working days after today until the due date, that day included; 0 on the day itself, negative when overdue."""
    first, last = min(today, due_on), max(today, due_on)
    days = (first + dt.timedelta(days=step) for step in range(1, (last - first).days + 1))
    between = sum(calendar.is_workday(day) for day in days)
    return between if due_on >= today else -max(between, 1)


@functools.cache
def built_in() -> Calendar:
    """The calendar that comes with the program: every year announced when it was released."""
    from chinese_calendar import (  # type: ignore[import-untyped]  # noqa: PLC0415 - 2,000 dates, for few commands
        constants,
    )

    off = frozenset(day for day in constants.holidays if day.weekday() < _SATURDAY and day not in constants.workdays)
    made_up = frozenset(day for day in constants.workdays if day.weekday() >= _SATURDAY)
    first, last = min(constants.holidays).year, max(constants.holidays).year
    return Calendar(off, made_up, dt.date(first, 1, 1), dt.date(last, 12, 31))


def merged(calendar: Calendar, days: Mapping[dt.date, bool], until: dt.date | None) -> Calendar:
    """The calendar with an imported table in it. A year that the table gives whole is the table's alone; of another it
    changes the days named: the next year's table may move a day of this December.
    """
    whole = _whole_years(days)
    off = {day for day in calendar.off if day.year not in whole}
    made_up = {day for day in calendar.made_up if day.year not in whole}
    for day, is_workday in days.items():
        off.discard(day)
        made_up.discard(day)
        if is_workday and day.weekday() >= _SATURDAY:
            made_up.add(day)
        elif not is_workday and day.weekday() < _SATURDAY:
            off.add(day)
    known_until = calendar.known_until if until is None else max(calendar.known_until, until)
    return Calendar(frozenset(off), frozenset(made_up), calendar.known_from, known_until)


def lacks_next_year(calendar: Calendar, today: dt.date) -> bool:
    """Whether it is time to import the next year: from 1 November of the last year known (the notice comes then)."""
    return today >= dt.date(calendar.known_until.year, _NOVEMBER, 1)


def written_date(written: str) -> dt.date:
    """A day as `2026-10-09`; `date_invalid` for anything else."""
    if _WRITTEN.fullmatch(written):
        try:
            return dt.date.fromisoformat(written)
        except ValueError:
            pass
    raise DomainError("date_invalid", date=written[:20])


def read_workdays(
    content: bytes, *, file: str = "workdays.csv", known_until: dt.date | None = None
) -> tuple[WorkdayTable | None, list[Finding]]:
    """Read a table `date,kind` (off or work), or say what is wrong with it, line by line.

    It gives one or more years whole, without a gap between them or behind `known_until` (of the built-in calendar, if
    not given); days of the December before the first belong to it. `work` names weekends on which people work; `off`
    may name weekends within holidays.
    """
    rows, findings = read_csv(content, file=file, columns=COLUMNS)
    days: dict[dt.date, bool] = {}
    lines: dict[dt.date, int] = {}
    for row in rows:
        day = _day(row, file, findings)
        if day is None:
            continue
        if day in lines:
            details = {"date": day.isoformat(), "first": lines[day]}
            findings.append(Finding(file, f"line {row.line}, date", "workdays_day_twice", details))
        lines.setdefault(day, row.line)
        days[day] = row.values["kind"] == WORK
    if not findings:
        findings += _year_findings(days, lines, file, known_until or built_in().known_until)
    if findings:
        return None, findings
    return WorkdayTable(days, dt.date(max(_whole_years(days)), 12, 31)), []


def _day(row: Row, file: str, findings: list[Finding]) -> dt.date | None:
    """The day of a row; None, and a finding, if the row cannot be taken."""
    kind = row.values["kind"]
    try:
        day = written_date(row.values["date"])
    except DomainError as error:
        findings.append(Finding(file, f"line {row.line}, date", error.code, error.details))
        return None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        details = {"date": day.isoformat(), "first": _FIRST_YEAR, "last": _LAST_YEAR}
        findings.append(Finding(file, f"line {row.line}, date", "workdays_year_out_of_range", details))
        return None
    if kind not in KINDS:
        findings.append(Finding(file, f"line {row.line}, kind", "workdays_kind_unknown", {"kind": kind[:20]}))
        return None
    if kind == WORK and day.weekday() < _SATURDAY:
        findings.append(Finding(file, f"line {row.line}, kind", "workdays_not_weekend", {"date": day.isoformat()}))
        return None
    return day


def _year_findings(
    days: Mapping[dt.date, bool], lines: Mapping[dt.date, int], file: str, known_until: dt.date
) -> list[Finding]:
    """A table without a whole year, a year that is not whole, a gap between what is known."""
    whole = _whole_years(days)
    if not whole:
        return [Finding(file, "file", "workdays_no_year", {"fewest": FEWEST_DAYS_OFF})]
    found = []
    for year in sorted({day.year for day in days} - whole):
        strays = sorted(day for day in days if day.year == year)
        if year + 1 not in whole or any(day.month != _DECEMBER for day in strays):
            details = {"year": year, "fewest": FEWEST_DAYS_OFF}
            found.append(Finding(file, f"line {lines[strays[0]]}, date", "workdays_year_not_whole", details))
    known = known_until.year
    for year in sorted(whole):
        if year > known + 1:
            first = min(lines[day] for day in days if day.year == year)
            details = {"year": year, "missing": known + 1}
            found.append(Finding(file, f"line {first}, date", "workdays_gap", details))
        known = max(known, year)
    return found


def _whole_years(days: Mapping[dt.date, bool]) -> frozenset[int]:
    """The years of which the table names enough days off to be their official calendar."""
    off = [day.year for day, is_workday in days.items() if not is_workday]
    return frozenset(year for year in set(off) if off.count(year) >= FEWEST_DAYS_OFF)
