"""Readings 指标值 on record: importing tables of them, and the series of one indicator.

All of a file is taken or nothing. A figure that cannot be computed is kept as missing, never as zero (decision 10).
Refuses to change anything of a settled month: late figures belong to the next one (rule 46).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from consortium.imports import Row, read_csv
from consortium.periods import Period
from consortium.units import all_units
from evaluation.models import Reading, SchemeVersion, Settlement
from evaluation.reading_digests import reading_digest
from evaluation.readings import COLUMNS, WHOLE_CONSORTIUM, Definitions, Entry, Known, named_periods, read_entries
from evaluation.schemes import LOCK, first_scheme_after, scheme_for
from locales.errors import Finding
from storage.audit import record
from storage.database import serialize

_IMPORTED = "imported"

Counts = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Numerator, denominator and value of a reading."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows read, how many were new, and how many changed a reading on record."""

    rows: int
    added: int
    corrected: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One reading of an indicator. `unit_code` None: the consortium as a whole."""

    period: Period
    unit_code: str | None
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None


def import_readings(
    session: Session, *, content: bytes, file: str, actor: str, now: datetime
) -> ImportReport | list[Finding]:
    """Read a CSV `unit,period,indicator,numerator,denominator,value`; any finding, and nothing is changed (rule 5).

    The same reading again with other figures is a correction, kept with what stood before, until its month is settled.
    """
    rows, findings = read_csv(content, file=file, columns=COLUMNS)
    if findings:
        return findings
    if not rows:
        return [Finding(file, "file", "readings_empty")]
    serialize(session, LOCK)
    entries, findings = read_entries(rows, file=file, known=_known(session, rows))
    if findings:
        return findings
    standing = _standing(session, {entry.period for entry in entries})
    added = [entry for entry in entries if entry.key not in standing]
    changed = [entry for entry in entries if entry.key in standing and _counts(entry) != standing[entry.key]]
    if added:
        session.execute(insert(Reading), [_values(entry, actor, now) for entry in added])
    for entry in changed:
        _correct(session, entry, standing[entry.key], actor=actor, now=now)
    report = ImportReport(rows=len(entries), added=len(added), corrected=len(changed))
    if added or changed:
        details = {"rows": report.rows, "added": report.added, "corrected": report.corrected}
        record(session, actor=actor, action="import_readings", subject="readings", now=now, details=details)
    return report


def history(session: Session, indicator: str) -> list[Figure]:
    """All readings of an indicator, by period and unit; for a watched one this is its whole story (rules 64, 73)."""
    found = session.scalars(select(Reading).where(Reading.indicator == indicator))
    figures = [
        Figure(Period.parse(row.period), row.unit_code, row.numerator, row.denominator, row.value) for row in found
    ]
    return sorted(figures, key=lambda figure: (str(figure.period), figure.unit_code or ""))


def readings_of(session: Session, period: Period) -> dict[str, dict[str, Reading]]:
    """The readings of one period: unit code → indicator → reading."""
    by_unit: dict[str, dict[str, Reading]] = {}
    for row in session.scalars(select(Reading).where(Reading.period == str(period), Reading.unit_code.is_not(None))):
        by_unit.setdefault(row.scope, {})[row.indicator] = row
    return by_unit


def _known(session: Session, rows: Iterable[Row]) -> Known:
    years: dict[int, Definitions] = {}
    with_scheme = set(session.scalars(select(SchemeVersion.year).distinct()))
    for year in {period.year for period in named_periods(rows)}:
        if year in with_scheme:
            years[year] = Definitions(scheme_for(session, year), is_before_first=False)
        elif year < min(with_scheme, default=year) and (first := first_scheme_after(session, year)) is not None:
            years[year] = Definitions(first, is_before_first=True)
    return Known(
        units=frozenset(unit.code for unit in all_units(session)),
        years=years,
        settled=frozenset(session.scalars(select(Settlement.period))),
    )


def _standing(session: Session, periods: set[str]) -> dict[tuple[str, str, str], Counts]:
    columns = (Reading.scope, Reading.period, Reading.indicator, Reading.numerator, Reading.denominator, Reading.value)
    found = session.execute(select(*columns).where(Reading.period.in_(sorted(periods))))
    return {
        (scope, period, indicator): (numerator, denominator, value)
        for scope, period, indicator, numerator, denominator, value in found
    }


def _counts(entry: Entry) -> Counts:
    return entry.numerator, entry.denominator, entry.value


def _values(entry: Entry, actor: str, now: datetime) -> dict[str, object]:
    whole = entry.scope == WHOLE_CONSORTIUM
    values: dict[str, object] = {
        "scope": entry.scope,
        "unit_code": None if whole else entry.scope,
        "period": entry.period,
        "indicator": entry.indicator,
        "numerator": entry.numerator,
        "denominator": entry.denominator,
        "value": entry.value,
        "origin": _IMPORTED,
        "recorded_at": now,
        "recorded_by": actor,
    }
    return values | {"digest": reading_digest(values)}


def _correct(session: Session, entry: Entry, before: Counts, *, actor: str, now: datetime) -> None:
    """Put the new figures in place; the audit trail keeps the old ones: they are figures of a unit, not of a person."""
    key = (Reading.scope == entry.scope) & (Reading.period == entry.period) & (Reading.indicator == entry.indicator)
    session.execute(update(Reading).where(key).values(_values(entry, actor, now)))
    names = ("numerator", "denominator", "value")
    details = {
        "before": dict(zip(names, before, strict=True)),
        "after": dict(zip(names, _counts(entry), strict=True)),
    }
    subject = f"{entry.scope}/{entry.period}/{entry.indicator}"
    record(session, actor=actor, action="correct_reading", subject=subject, now=now, details=details)
