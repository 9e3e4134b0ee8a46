"""The timetable of a season: which job is due when, and for which month. PURE.

Knows `schedule.toml` and the calendar. Refuses to know what a job does, what has run already and what time it is.

A line names a job, a day of the month, a time of day and whose month it serves. Days beyond the end of a month are its
last day, so a line never skips a month; -1 is the last day, -2 the one before, and days before the first are the first.
Times are those of the consortium's wall clock: one that a change of clocks passes over comes as much later as the clock
was moved, one that comes twice is taken the first time.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from consortium.periods import Period
from locales.errors import Finding
from surveys.fielding.settings import parse_surveys
from surveys.fielding.windows import is_in_quiet_hours

OPEN, INVITE, REMIND, CLOSE, COUNT, SETTLE, DRAFT = "open", "invite", "remind", "close", "count", "settle", "draft"
SURVEY, EXAMINE = "survey", "examine"
FOLLOW_UP = "follow_up"
WATCH = "watch"
JOB_NAMES = (OPEN, INVITE, REMIND, CLOSE, COUNT, EXAMINE, SETTLE, DRAFT, SURVEY, FOLLOW_UP, WATCH)
"""In the order in which they are run when they are due at the same moment."""

DAILY = (SURVEY, EXAMINE, FOLLOW_UP, WATCH)
"""Jobs that do whatever the days before have left undone."""

EVERY_DAY = "every"
THIS, PREVIOUS = "this", "previous"
RUN, SKIP = "run", "skip"

_ONCE_A_MONTH = (OPEN, CLOSE, COUNT, SETTLE, DRAFT)
_AFTER_THE_MONTH = (SETTLE, DRAFT)
_KEYS = ("name", "day", "time", "month", "late")
_SECTIONS = ("jobs", "cooperation", "surveys")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LONGEST_MONTH = 31
_YEARS_TO_TRY = (2027, 2028)  # a common year and a leap year: every month there can be


@dataclass(frozen=True, slots=True)
class Line:
    """One line: on each of `days` at `hour:minute`, for the month of that day or the one before it."""

    job: str
    days: tuple[int, ...]
    hour: int
    minute: int
    month: str
    late: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """All lines in the order of the file, and the file that says who cooperated (None when no round is opened).

    `visits` is the indicator that counts a unit's visits, for `check` to look up in the schemes; "" for none.
    """

    lines: tuple[Line, ...] = ()
    cooperation_file: str | None = None
    visits: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due: the job, when (UTC), for which month, and what holds if it comes late."""

    job: str
    due_at: datetime
    period: Period
    late: str


def parse_schedule(document: Mapping[str, object], *, file: str) -> tuple[Timetable, list[Finding]]:
    """Read `schedule.toml`. With findings the timetable holds what could be read and must not be used.

    `[surveys]` is read by `surveys.fielding.settings`, which knows its keys; here its quiet hours bind the lines.
    """
    findings = [
        Finding(file, str(key), "schedule_key_unknown", {"known": ", ".join(_SECTIONS)})
        for key in document
        if key not in _SECTIONS
    ]
    fielding, faults = parse_surveys(document.get("surveys"), file=file)
    findings += faults
    cooperation_file = _cooperation_file(document.get("cooperation"), file, findings)
    entries = document.get("jobs", [])
    if not isinstance(entries, list):
        findings.append(Finding(file, "jobs", "schedule_jobs_expected"))
        entries = []
    lines = [
        (number, line)
        for number, entry in enumerate(entries)
        if (line := _line(entry, file, f"jobs[{number}]", findings)) is not None
    ]
    findings += _repetitions(lines, file)
    findings += [
        Finding(file, f"jobs[{number}].time", "schedule_in_quiet_hours", {"job": line.job})
        for number, line in lines
        if line.job == SURVEY and is_in_quiet_hours(time(line.hour, line.minute), fielding.quiet)
    ]
    if not findings:
        findings += _order(lines, file)
    if cooperation_file is None and any(line.job == OPEN for _, line in lines) and "cooperation" not in document:
        findings.append(Finding(file, "cooperation.file", "schedule_cooperation_missing"))
    return Timetable(tuple(line for _, line in lines), cooperation_file, fielding.visits), findings


def due(timetable: Timetable, *, after: datetime, until: datetime, zone: ZoneInfo) -> tuple[Due, ...]:
    """Every run due in `(after, until]`, in the order in which they are to happen; each job and moment once."""
    found: dict[tuple[str, datetime], Due] = {}
    month, last = Period.month_of(after, zone).previous(), Period.month_of(until, zone).next()
    while month <= last:  # a month more on either side: a clamped or moved time may lie over the edge
        for line in timetable.lines:
            for moment in _moments(line, month, zone):
                if after < moment <= until:
                    period = month if line.month == THIS else month.previous()
                    found.setdefault((line.job, moment), Due(line.job, moment, period, line.late))
        month = month.next()
    return tuple(sorted(found.values(), key=lambda run: (run.due_at, JOB_NAMES.index(run.job))))


def without_missed_days(runs: Iterable[Due]) -> tuple[Due, ...]:
    """Of runs that happen every day only the latest: it does what the days before have left undone."""
    kept = list(runs)
    latest = {run.job: run for run in kept if run.job in DAILY}
    return tuple(run for run in kept if run.job not in DAILY or run is latest[run.job])


def due_time(timetable: Timetable, *, job: str, period: Period, zone: ZoneInfo) -> datetime | None:
    """When the job is due for `period` (the first time, if there are several); None if no line says so."""
    return min(_moments_of(timetable, job, period, zone), default=None)


def _moments_of(timetable: Timetable, job: str, period: Period, zone: ZoneInfo) -> list[datetime]:
    return [
        moment
        for line in timetable.lines
        if line.job == job
        for moment in _moments(line, period if line.month == THIS else period.next(), zone)
    ]


def _moments(line: Line, month: Period, zone: ZoneInfo) -> Iterator[datetime]:
    """The line's moments in one calendar month, in UTC."""
    assert month.month is not None
    last = calendar.monthrange(month.year, month.month)[1]
    for day in line.days:
        in_month = min(day, last) if day > 0 else max(last + 1 + day, 1)
        # fold stays 0: of a time that comes twice the first, of one that is passed over the offset before the change
        local = datetime(month.year, month.month, in_month, line.hour, line.minute, tzinfo=zone)
        yield local.astimezone(UTC)


def _cooperation_file(section: object, file: str, findings: list[Finding]) -> str | None:
    if section is None:
        return None
    if not isinstance(section, Mapping):
        findings.append(Finding(file, "cooperation", "schedule_table_expected"))
        return None
    findings += [
        Finding(file, f"cooperation.{key}", "schedule_key_unknown", {"known": "file"})
        for key in section
        if key != "file"
    ]
    name = section.get("file")
    if isinstance(name, str) and name.strip() and "\0" not in name:
        return name
    findings.append(Finding(file, "cooperation.file", "schedule_file_expected"))
    return None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of `jobs`, where it stands, and the list that takes its faults."""

    file: str
    path: str
    values: Mapping[str, object]
    findings: list[Finding]

    def fault(self, key: str, code: str, **details: object) -> None:
        self.findings.append(Finding(self.file, f"{self.path}.{key}", code, details))

    def choice(self, key: str, known: tuple[str, ...], code: str = "schedule_choice_unknown") -> str:
        value = self.values.get(key, known[0])
        if isinstance(value, str) and value in known:
            return value
        self.fault(key, code, value=str(value)[:40], known=", ".join(known))
        return ""

    def days(self, job: str) -> tuple[int, ...]:
        days = _days(self.values.get("day", 1))
        if not days:
            self.fault("day", "schedule_day_invalid")
        elif len(days) > 1 and job in _ONCE_A_MONTH:
            self.fault("day", "schedule_once_a_month", job=job)
        return days

    def time(self) -> tuple[int, int]:
        written = self.values.get("time", "00:00")
        found = _TIME.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            self.fault("time", "schedule_time_invalid")
            return 0, 0
        return int(found[1]), int(found[2])

    def check_keys(self) -> None:
        for key in self.values:
            if key not in _KEYS:
                self.fault(str(key), "schedule_key_unknown", known=", ".join(_KEYS))
        for key in _KEYS:
            if key not in self.values:
                self.fault(key, "schedule_key_missing")


def _line(values: object, file: str, path: str, findings: list[Finding]) -> Line | None:
    """One entry as a line; None, and what is wrong among the findings, when it is none."""
    if not isinstance(values, Mapping):
        findings.append(Finding(file, path, "schedule_table_expected"))
        return None
    before = len(findings)
    entry = _Entry(file, path, values, findings)
    entry.check_keys()
    job = entry.choice("name", JOB_NAMES, "schedule_job_unknown")
    month, late = entry.choice("month", (THIS, PREVIOUS)), entry.choice("late", (RUN, SKIP))
    days, (hour, minute) = entry.days(job), entry.time()
    if job in _AFTER_THE_MONTH and month == THIS:
        entry.fault("month", "schedule_month_not_over", job=job)
    return Line(job, days, hour, minute, month, late) if len(findings) == before else None


def _days(value: object) -> tuple[int, ...]:
    """One day, "every" day, or a list of different ones, each 1 to 31 or -1 to -31; nothing for anything else."""
    if value == EVERY_DAY:
        return tuple(range(1, _LONGEST_MONTH + 1))  # in shorter months the last ones fall together, and count once
    days: list[object] = value if isinstance(value, list) else [value]
    numbers = tuple(day for day in days if isinstance(day, int) and not isinstance(day, bool))
    are_days = len(numbers) == len(days) and all(1 <= abs(day) <= _LONGEST_MONTH for day in numbers)
    return numbers if are_days and len(set(numbers)) == len(numbers) else ()


def _repetitions(lines: list[tuple[int, Line]], file: str) -> list[Finding]:
    """A job that happens once a month has one line; others may have several, but not one moment twice."""
    findings: list[Finding] = []
    seen: set[tuple[object, ...]] = set()
    for number, line in lines:
        whole = line.job in _ONCE_A_MONTH
        marks = {(line.job,) if whole else (line.job, day, line.hour, line.minute) for day in line.days}
        if seen & marks:
            findings.append(Finding(file, f"jobs[{number}]", "schedule_line_twice", {"job": line.job}))
        seen |= marks
    return findings


def _order(lines: list[tuple[int, Line]], file: str) -> list[Finding]:
    """In every month there can be, a round opens before it closes, nothing comes before what it builds on, and nobody
    is invited to a round that is not open.
    """
    timetable = Timetable(tuple(line for _, line in lines))
    present = [job for job in _ONCE_A_MONTH if any(line.job == job for _, line in lines)]
    pairs = [*itertools.pairwise(present), (OPEN, INVITE), (INVITE, CLOSE)]
    months = [Period(year, month) for year in _YEARS_TO_TRY for month in range(1, 13)]
    return [
        Finding(file, f"jobs[{number}]", "schedule_out_of_order", {"job": later, "before": earlier})
        for earlier, later in pairs
        for number, line in lines
        if line.job == later and any(_is_before(timetable, later, earlier, month) for month in months)
    ]


def _is_before(timetable: Timetable, later: str, earlier: str, period: Period) -> bool:
    """Whether `later` comes too early in `period`: before the last `earlier`, or together with it when closing."""
    firsts = _moments_of(timetable, earlier, period, ZoneInfo("UTC"))
    seconds = _moments_of(timetable, later, period, ZoneInfo("UTC"))
    if not firsts or not seconds:
        return False
    return min(seconds) <= max(firsts) if later == CLOSE else min(seconds) < max(firsts)
