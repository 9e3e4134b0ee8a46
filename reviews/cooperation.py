"""Cooperation on record 协作记录: which units worked together in a month. It decides who may score whom (rule 21).

Knows pairs, kinds and counts from a table that the office sends. Refuses to change anything for a month whose round
has opened: who scores whom is settled then. All of a file is taken or nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from consortium.imports import Row, read_csv
from consortium.periods import Period
from consortium.units import all_units
from locales.errors import DomainError, Finding
from reviews.models import Cooperation, ReviewRound
from storage.audit import record
from storage.database import serialize

COLUMNS = ("unit_a", "unit_b", "kind", "count", "period")
KIND_LENGTH = 40

_COUNT = re.compile(r"[0-9]{1,9}")
_QUOTED = 40  # how much of a wrong cell a message repeats


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows read, and the months whose cooperation it set (others stood so already)."""

    rows: int
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    period: str
    unit_a: str
    unit_b: str
    kind: str
    count: int
    line: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.period, self.unit_a, self.unit_b, self.kind


def import_cooperation(
    session: Session, *, content: bytes, file: str, actor: str, now: datetime
) -> ImportReport | list[Finding]:
    """Read a CSV `unit_a,unit_b,kind,count,period` and set the cooperation of every month it names.

    A month without a round is replaced as a whole. Rows of a month whose round has opened must say what is on record;
    so one growing file can be imported every month. Any finding, and nothing is changed.
    """
    rows, findings = read_csv(content, file=file, columns=COLUMNS)
    entries, faults = _parse(rows, file=file, units={unit.code for unit in all_units(session)})
    findings += faults
    if not findings and not entries:
        findings.append(Finding(file, "file", "cooperation_empty"))
    if findings:
        return findings
    by_period: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_period[entry.period].append(entry)
    for period in sorted(by_period):
        serialize(session, cooperation_lock(period))
    opened = set(session.scalars(select(ReviewRound.period).where(ReviewRound.period.in_(by_period))))
    findings = [fault for period in sorted(opened) for fault in _differences(session, file, by_period[period])]
    if findings:
        return findings
    replaced = tuple(sorted(set(by_period) - opened))
    _replace(session, [entry for entry in entries if entry.period in replaced], replaced)
    if replaced:
        details = {"rows": sum(len(by_period[period]) for period in replaced), "periods": list(replaced)}
        record(session, actor=actor, action="import_cooperation", subject="cooperation", now=now, details=details)
    return ImportReport(rows=len(entries), periods=replaced)


def cooperation_lock(period: str) -> str:
    """The key by which an import and the opening of a round wait for each other."""
    return f"cooperation:{period}"


def cooperating_pairs(session: Session, period: Period) -> list[tuple[str, str]]:
    """The pairs of units, both still taking part, that worked together in the month in any way."""
    active = {unit.code for unit in all_units(session)}
    pairs = session.execute(
        select(Cooperation.unit_a, Cooperation.unit_b).where(Cooperation.period == str(period)).distinct()
    )
    return sorted((one, other) for one, other in pairs if {one, other} <= active)


def _parse(rows: Iterable[Row], *, file: str, units: set[str]) -> tuple[list[_Entry], list[Finding]]:
    entries: list[_Entry] = []
    findings: list[Finding] = []
    first_lines: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        faults = _row_faults(row, file=file, units=units)
        if faults:
            findings += faults
            continue
        entry = _entry(row)
        first = first_lines.setdefault(entry.key, row.line)
        if first != row.line:
            findings.append(Finding(file, f"line {row.line}", "cooperation_twice", {"first": first}))
        entries.append(entry)
    return entries, findings


def _row_faults(row: Row, *, file: str, units: set[str]) -> list[Finding]:
    def fault(column: str, code: str, **details: object) -> Finding:
        shown = {"value": row.values[column][:_QUOTED]} | details
        return Finding(file, f"line {row.line}, {column}", code, shown)

    faults = [fault(name, "cooperation_unit_unknown") for name in ("unit_a", "unit_b") if row.values[name] not in units]
    if row.values["unit_a"] == row.values["unit_b"]:
        faults.append(fault("unit_b", "cooperation_self"))
    kind = row.values["kind"]
    if not 0 < len(kind) <= KIND_LENGTH or not kind.isprintable():
        faults.append(fault("kind", "cooperation_kind", limit=KIND_LENGTH))
    if not _COUNT.fullmatch(row.values["count"]) or int(row.values["count"]) == 0:
        faults.append(fault("count", "cooperation_count"))
    if not _is_month(row.values["period"]):
        faults.append(fault("period", "cooperation_period"))
    return faults


def _is_month(written: str) -> bool:
    try:
        return Period.parse(written).is_month
    except DomainError:
        return False


def _entry(row: Row) -> _Entry:
    one, other = sorted((row.values["unit_a"], row.values["unit_b"]))
    return _Entry(row.values["period"], one, other, row.values["kind"], int(row.values["count"]), row.line)


def _differences(session: Session, file: str, entries: list[_Entry]) -> list[Finding]:
    """What a file says otherwise than the record of a month whose round has opened: one finding is enough."""
    period = entries[0].period
    on_record: Mapping[tuple[str, str, str, str], int] = {
        (row.period, row.unit_a, row.unit_b, row.kind): row.count
        for row in session.scalars(select(Cooperation).where(Cooperation.period == period))
    }
    changed = [entry.line for entry in entries if on_record.get(entry.key) != entry.count]
    if not changed and len(entries) == len(on_record):
        return []
    line = changed[0] if changed else entries[0].line
    return [Finding(file, f"line {line}, period", "cooperation_round_opened", {"period": period})]


def _replace(session: Session, entries: list[_Entry], periods: tuple[str, ...]) -> None:
    session.execute(delete(Cooperation).where(Cooperation.period.in_(periods)))
    values = [
        {"period": entry.period, "unit_a": entry.unit_a, "unit_b": entry.unit_b,
         "kind": entry.kind, "count": entry.count}
        for entry in entries
    ]  # fmt: skip
    if values:
        session.execute(insert(Cooperation), values)
