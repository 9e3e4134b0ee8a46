"""Readings 指标值 on record: importing tables of them, and what there is of a period or an indicator.

All of a file is taken or nothing. A figure that cannot be computed is kept as missing, never as zero (decision 10).
What comes after its month was settled counts in the next one (`evaluation.late_readings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.imports import Row
from consortium.periods import Period
from consortium.tables_confined import read_table_confined
from evaluation.late_readings import counting_late, with_late
from evaluation.models import Reading
from evaluation.reading_plans import (
    CORRECTED,
    LATE,
    NEW,
    UNCHANGED,
    Plan,
    corrected_by_hand,
    plan_rows,
    scheme_if_any,
)
from evaluation.reading_writing import AUTO, IMPORTED, Progress, carry_out
from evaluation.readings import COLUMNS, OPTIONAL, WHOLE_CONSORTIUM
from evaluation.schemes import LOCK
from locales.errors import Finding
from storage.audit import record
from storage.database import serialize


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows read; figures that were new, corrected one on record, said nothing new, or came late."""

    rows: int
    added: int
    corrected: int
    unchanged: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One reading of an indicator. `unit_code` None: the consortium as a whole."""

    period: Period
    unit_code: str | None
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None


def read_reading_table(content: bytes, *, file: str) -> tuple[list[Row], list[Finding]]:
    """The rows of a table as anybody saves it (CSV, XLSX), or what is wrong. Blocks: call it outside a transaction."""
    return read_table_confined(content, file=file, columns=COLUMNS, optional=OPTIONAL)


def import_readings(
    session: Session, *, content: bytes, file: str, actor: str, now: datetime
) -> ImportReport | list[Finding]:
    """Read a table `unit,period,indicator,numerator,denominator,value[,stratum]` and take all of it, or nothing.

    The same reading again with other figures is a correction, kept with what stood before, until its month is settled.
    """
    rows, findings = read_reading_table(content, file=file)
    if findings:
        return findings
    return import_rows(session, rows, file=file, origin=IMPORTED, actor=actor, now=now)


def import_rows(
    session: Session,
    rows: Sequence[Row],
    *,
    file: str,
    origin: str,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport | list[Finding]:
    """The same for rows that have been read."""
    serialize(session, LOCK)
    plan = plan_rows(session, rows, file=file)
    findings = list(plan.findings) or (corrected_by_hand(plan, file=file) if origin == AUTO else [])
    if findings:
        return findings
    return import_plan(session, plan, origin=origin, actor=actor, now=now, progress=progress)


def import_plan(
    session: Session, plan: Plan, *, origin: str, actor: str, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Carry out a plan that has no findings; the caller made it under the same lock, in this transaction."""
    carry_out(session, plan, origin=origin, actor=actor, now=now, progress=progress)
    report = report_of(plan)
    if report.added or report.corrected or report.late:
        details = {"rows": report.rows, "added": report.added, "corrected": report.corrected}
        details |= {"late": report.late} if report.late else {}
        record(session, actor=actor, action="import_readings", subject="readings", now=now, details=details)
    return report


def report_of(plan: Plan) -> ImportReport:
    """What a plan does, in numbers."""
    return ImportReport(plan.rows, *(plan.count(outcome) for outcome in (NEW, CORRECTED, UNCHANGED, LATE)))


def history(session: Session, indicator: str) -> list[Figure]:
    """All readings of an indicator, by period and unit; for a watched one this is its whole story (rules 64, 73)."""
    found = session.scalars(select(Reading).where(Reading.indicator == indicator))
    figures = [
        Figure(Period.parse(row.period), row.unit_code, row.numerator, row.denominator, row.value) for row in found
    ]
    return sorted(figures, key=lambda figure: (str(figure.period), figure.unit_code or ""))


def readings_of(session: Session, period: Period) -> dict[str, dict[str, Reading]]:
    """The readings of one period: unit code → indicator → reading, with the late figures that count in it.

    A reading that a late figure was added to is a copy and belongs to no session.
    """
    by_unit: dict[str, dict[str, Reading]] = {}
    for row in session.scalars(select(Reading).where(Reading.period == str(period), Reading.unit_code.is_not(None))):
        by_unit.setdefault(row.scope, {})[row.indicator] = row
    late = counting_late(session, period)
    if not late:
        return by_unit
    scheme = scheme_if_any(session, period)
    return by_unit if scheme is None else with_late(by_unit, late, scheme)


def region_readings(session: Session, period: Period) -> dict[str, Reading]:
    """The figures of the whole region for a period, by indicator: what relative curves are measured against."""
    statement = select(Reading).where(Reading.period == str(period), Reading.scope == WHOLE_CONSORTIUM)
    return {row.indicator: row for row in session.scalars(statement)}
