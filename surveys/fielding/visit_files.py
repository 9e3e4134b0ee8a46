"""Reading the list of visits that a hospital without an engineer sends: CSV of any usual encoding, or XLSX.

Knows how spreadsheets write such files: UTF-8 with or without its mark, GB18030, UTF-16, commas, semicolons or tabs.
Every row is looked at and every fault named by row and column. Refuses to know units, waves and what was reported
before. A workbook is read in a process of its own; so is nothing else here, and nothing is stored.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from consortium.imports import MAXIMUM_BYTES, Row, read_csv
from consortium.sheets import OLE_MARK, ZIP_MARK, read_sheet
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
_SEPARATORS = ("\t", ";")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


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
    rows, findings = read_rows(content, file=file)
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


def read_rows(content: bytes, *, file: str) -> tuple[list[Row], list[Finding]]:
    """The cells by column, from a CSV file or a workbook: told apart by what they begin with, not by their names."""
    if content.startswith((ZIP_MARK, OLE_MARK)):
        return read_sheet(content, file=file, columns=COLUMNS, optional=OPTIONAL)
    if len(content) > MAXIMUM_BYTES:
        return [], [Finding(file, "file", "table_too_large", {"limit": MAXIMUM_BYTES // 1024 // 1024})]
    text = decode(content)
    if text is None:
        return [], [Finding(file, "file", "table_encoding_unknown")]
    return read_csv(with_commas(text).encode(), file=file, columns=COLUMNS, optional=OPTIONAL)


def decode(content: bytes) -> str | None:
    """The text of a file as spreadsheets save it; None if it is none. GB18030 comes last: it takes almost anything."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\0" in content[:200]:  # UTF-16 without its mark: every second byte of plain letters is zero
        return _decoded(content, "utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    found = _decoded(content, "utf-8")
    return found if found is not None else _decoded(content, "gb18030")


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


def with_commas(text: str) -> str:
    """A table that is separated by tabs or semicolons, as spreadsheets save it in some places, with commas."""
    header = text.partition("\n")[0].strip("\r")
    separator = next((each for each in _SEPARATORS if each in header and "," not in header), None)
    if separator is None:
        return text
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    try:
        writer.writerows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return text  # whoever reads it next names the fault
    return written.getvalue()


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


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
