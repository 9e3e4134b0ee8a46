"""Cooperation on record 协作记录: which units worked together in a month. It decides who may score whom (rule 21).

Knows pairs, kinds and counts from a table that the office sends. Refuses to change anything for a month whose round
has opened: who scores whom is settled then. All of a file is taken or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import all_units
from locales.errors import Finding
from reviews.assignment_tables import COOPERATION_COLUMNS, CooperationRow, read_cooperation
from reviews.models import Cooperation, ReviewRound
from storage.audit import record
from storage.database import serialize

COLUMNS = COOPERATION_COLUMNS


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows read, and the months whose cooperation it set (others stood so already)."""

    rows: int
    periods: tuple[str, ...]


def import_cooperation(
    session: Session, *, content: bytes, file: str, actor: str, now: datetime
) -> ImportReport | list[Finding]:
    """Read a CSV `unit_a,unit_b,kind,count,period` and set the cooperation of every month it names.

    A month without a round is replaced as a whole. Rows of a month whose round has opened must say what is on record;
    so one growing file can be imported every month. Any finding, and nothing is changed.
    """
    units = {unit.code for unit in all_units(session)}
    entries, findings = read_cooperation(content, file=file, units=units, for_record=True)
    if findings:
        return findings
    by_period: dict[str, list[CooperationRow]] = defaultdict(list)
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


def _differences(session: Session, file: str, entries: list[CooperationRow]) -> list[Finding]:
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


def _replace(session: Session, entries: list[CooperationRow], periods: tuple[str, ...]) -> None:
    session.execute(delete(Cooperation).where(Cooperation.period.in_(periods)))
    values = [
        {"period": entry.period, "unit_a": entry.unit_a, "unit_b": entry.unit_b,
         "kind": entry.kind, "count": entry.count}
        for entry in entries
    ]  # fmt: skip
    if values:
        session.execute(insert(Cooperation), values)
