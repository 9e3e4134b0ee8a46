"""PURE: the two tables that say who can score whom: cooperation on record, and units with tier and district.

Knows every fault of a table by row and column. Refuses to take a part of a faulty table, and to know where rows end up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from consortium.imports import Row, read_csv
from consortium.periods import Period
from locales.errors import DomainError, Finding

COOPERATION_COLUMNS = ("unit_a", "unit_b", "kind", "count", "period")
UNIT_COLUMNS = ("unit", "tier", "district")
KIND_LENGTH = 40
CODE_LENGTH = 200  # of a unit in a table that belongs to no installation

_COUNT = re.compile(r"[0-9]{1,9}")
_QUOTED = 40  # how much of a wrong cell a message repeats


@dataclass(frozen=True, slots=True)
class CooperationRow:
    """How often two units worked together in one way; the pair is in the order of codes."""

    period: str
    unit_a: str
    unit_b: str
    kind: str
    count: int
    line: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.period, self.unit_a, self.unit_b, self.kind


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit with its tier and its district; the district may be unknown: ""."""

    unit: str
    tier: str
    district: str


def read_cooperation(
    content: bytes, *, file: str, units: Collection[str] | None, for_record: bool
) -> tuple[list[CooperationRow], list[Finding]]:
    """A CSV `unit_a,unit_b,kind,count,period`, or everything that is wrong with it.

    `units` are the codes there are; None takes any. What goes on record names months, and a pair, kind and month once;
    what is only looked at may name a quarter or a year too, and a pair again, such as once for each direction.
    """
    rows, findings = read_csv(content, file=file, columns=COOPERATION_COLUMNS)
    known = None if units is None else frozenset(units)
    entries = []
    for row in rows:
        faults = list(_cooperation_faults(row, file=file, units=known, months_only=for_record))
        findings += faults
        if not faults:
            entries.append(_entry(row))
    if for_record:
        findings += [
            Finding(file, f"line {line}", "cooperation_twice", {"first": first}) for line, first in repeats(entries)
        ]
    if not findings and not entries:
        findings.append(Finding(file, "file", "cooperation_empty"))
    return ([], findings) if findings else (entries, [])


def repeats(entries: Iterable[CooperationRow]) -> list[tuple[int, int]]:
    """(line, line of the first) for every row that names a pair, kind and period again."""
    first_lines: dict[tuple[str, str, str, str], int] = {}
    found = ((entry.line, first_lines.setdefault(entry.key, entry.line)) for entry in entries)
    return [(line, first) for line, first in found if line != first]


def read_units(content: bytes, *, file: str) -> tuple[list[UnitRow], list[Finding]]:
    """A CSV `unit,tier,district`, or everything that is wrong with it. Every unit once, each with a tier."""
    rows, findings = read_csv(content, file=file, columns=UNIT_COLUMNS)
    first_lines: dict[str, int] = {}
    for row in rows:
        first = first_lines.setdefault(row.values["unit"], row.line)
        if first != row.line:
            findings.append(_fault(row, file, "unit", "units_twice", first=first))
        findings += [
            _fault(row, file, name, "units_cell", limit=CODE_LENGTH)
            for name in UNIT_COLUMNS
            if not _is_name(row.values[name]) and not (name == "district" and not row.values[name])
        ]
    if not findings and not rows:
        findings.append(Finding(file, "file", "units_empty"))
    units = [UnitRow(row.values["unit"], row.values["tier"], row.values["district"]) for row in rows]
    return ([], findings) if findings else (units, [])


def _cooperation_faults(row: Row, *, file: str, units: Collection[str] | None, months_only: bool) -> Iterable[Finding]:
    for name in ("unit_a", "unit_b"):
        if units is None and not _is_name(row.values[name]):
            yield _fault(row, file, name, "units_cell", limit=CODE_LENGTH)
        if units is not None and row.values[name] not in units:
            yield _fault(row, file, name, "cooperation_unit_unknown")
    if row.values["unit_a"] == row.values["unit_b"]:
        yield _fault(row, file, "unit_b", "cooperation_self")
    kind = row.values["kind"]
    if not 0 < len(kind) <= KIND_LENGTH or not kind.isprintable():
        yield _fault(row, file, "kind", "cooperation_kind", limit=KIND_LENGTH)
    if not _COUNT.fullmatch(row.values["count"]) or int(row.values["count"]) == 0:
        yield _fault(row, file, "count", "cooperation_count")
    if not _is_period(row.values["period"], months_only=months_only):
        yield _fault(row, file, "period", "cooperation_period")


def _fault(row: Row, file: str, column: str, code: str, **details: object) -> Finding:
    shown = {"value": row.values[column][:_QUOTED]} | details
    return Finding(file, f"line {row.line}, {column}", code, shown)


def _is_name(written: str) -> bool:
    return 0 < len(written) <= CODE_LENGTH and written.isprintable()


def _is_period(written: str, *, months_only: bool) -> bool:
    try:
        return Period.parse(written).is_month or not months_only
    except DomainError:
        return False


def _entry(row: Row) -> CooperationRow:
    one, other = sorted((row.values["unit_a"], row.values["unit_b"]))
    return CooperationRow(row.values["period"], one, other, row.values["kind"], int(row.values["count"]), row.line)
