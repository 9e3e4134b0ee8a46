"""Reading the list of visits that a hospital without an engineer sends: CSV of any usual encoding, or XLSX.

Every row is looked at and every fault named by row and column. Refuses to know how a table is written (`tables_in`),
and units, waves and what was reported before. Nothing is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from consortium.imports import Row
from consortium.tables_in import read_table
from locales.errors import Finding
from locales.texts import LANGUAGES

COLUMNS = ("visit", "kind", "discharged_at", "language")
OPTIONAL = ("person", "group")
LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a list that is sent in, by whatever way."""

MOST_ROWS = 5000
MOST_FINDINGS = 200
LONGEST_PERSON = 128
LONGEST_GROUP = 40

_KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,23}", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_LOCAL = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?", re.ASCII)
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_LAST_MINUTE = time(23, 59)
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit as the file tells it; `line` is where it stands. `person` is as written and must not be stored."""

    line: int
    visit: str
    kind: str
    discharged_at: datetime
    language: str
    person: str | None
    group: str | None = None  # the department of staff, or the ward


def read_visits(content: bytes, *, file: str, zone: ZoneInfo) -> tuple[list[VisitRow], list[Finding]]:
    """The rows that can be read, and what is wrong with the others or with the file. Blocks while a workbook is read.

    With a finding nothing may be invited: `visit_lists.preview_visits` takes both and adds what it finds itself.
    """
    rows, findings = read_table(content, file=file, columns=COLUMNS, optional=OPTIONAL)
    if findings:
        return [], findings[:MOST_FINDINGS]
    if not rows:
        return [], [Finding(file, "file", "visits_missing")]
    if len(rows) > MOST_ROWS:
        return [], [Finding(file, "file", "visits_too_many", {"limit": MOST_ROWS})]
    visits: list[VisitRow] = []
    for row in rows:
        visit, faults = _visit(row, file, zone)
        findings += faults
        if visit is not None:
            visits.append(visit)
    return visits, findings[:MOST_FINDINGS]


def read_moment(written: str, zone: ZoneInfo) -> datetime | None:
    """A time with its zone, or on the consortium's clock; a day alone is its last minute, so that nobody is written to
    too early. None for anything else, and for a day or hour that does not exist.
    """
    if _ZONED.fullmatch(written):
        moment = _moment(written.upper())
    elif found := _LOCAL.fullmatch(written):
        moment = _local(found[1], f"{int(found[2]):02}:{found[3]}:{found[4] or '00'}", zone)
    elif _DAY.fullmatch(written):
        moment = _local(written, _LAST_MINUTE.isoformat(), zone)
    else:
        return None
    return moment if moment is not None and moment.year in _YEARS else None


def _visit(row: Row, file: str, zone: ZoneInfo) -> tuple[VisitRow | None, list[Finding]]:
    findings = []

    def fault(column: str, code: str, **details: object) -> None:
        findings.append(Finding(file, f"line {row.line}, {column}", code, details))

    for column in COLUMNS:
        if not row.values[column]:
            fault(column, "cell_empty")
    values = row.values
    moment = read_moment(values["discharged_at"], zone)
    if values["discharged_at"] and moment is None:
        fault("discharged_at", "discharge_unreadable", value=values["discharged_at"][:40])
    kind = values["kind"].lower()
    if kind and not _KIND.fullmatch(kind):
        fault("kind", "kind_malformed", value=kind[:40])
    language = values["language"].lower()
    if language and language not in LANGUAGES:
        fault("language", "invitation_language", value=language[:20])
    person = values.get("person") or None
    if person is not None and len(person) > LONGEST_PERSON:
        fault("person", "person_too_long", limit=LONGEST_PERSON)
    group = values.get("group") or None
    if group is not None and (len(group) > LONGEST_GROUP or not group.isprintable()):
        fault("group", "group_malformed", limit=LONGEST_GROUP)
    if findings or moment is None:
        return None, findings
    return VisitRow(row.line, values["visit"], kind, moment, language, person, group), []


def _local(day: str, clock: str, zone: ZoneInfo) -> datetime | None:
    found = _DAY.fullmatch(day)
    if found is None:
        return None
    moment = _moment(f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}T{clock}")
    return moment.replace(tzinfo=zone).astimezone(UTC) if moment is not None else None


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment
    except (ValueError, OverflowError):
        return None
