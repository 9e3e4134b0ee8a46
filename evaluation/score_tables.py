"""The two tables that a scheme is tried on: units with their tiers, and readings of any kind of indicator. PURE.

Rows in, figures by unit, period and indicator out, or everything that is wrong by line and column. Unlike what is
imported for good, figures of surveys, peers and experts are plain values here. Refuses to know points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from consortium.imports import Row, exact_number
from consortium.periods import Period
from evaluation.elements import COMPUTED, Scheme
from evaluation.figures import ZERO_DENOMINATOR, Input, rate
from locales.errors import DomainError, Finding
from locales.numbers import plain, rounded

READING_COLUMNS = ("unit", "period", "indicator", "numerator", "denominator", "value")
UNIT_COLUMNS = ("unit", "tier")
REGION_ROW = "*"  # in the column `unit`: the consortium as a whole
_LONGEST_UNIT = 80
_QUOTED = 40  # how much of a wrong cell a message repeats
_ROUNDED_PLACES = 2  # a value written beside its counts may be rounded, to this many decimals or more

Figures = dict[str, dict[Period, dict[str, Input]]]
"""Unit → period → indicator → figure."""


@dataclass(slots=True)
class _Reading:
    """What is read so far, and what is wrong with it."""

    file: str
    scheme: Scheme
    known: frozenset[str] | None  # units; None: any
    figures: Figures = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lines: dict[tuple[str, str, str], int] = field(default_factory=dict)
    periods: dict[str, Period | None] = field(default_factory=dict)
    numbers: dict[str, Fraction] = field(default_factory=dict)

    def fault(self, row: Row, column: str, code: str, **details: object) -> None:
        shown = {"value": row.values[column][:_QUOTED]} | details
        self.findings.append(Finding(self.file, row.place(column), code, shown))


def read_units(rows: Iterable[Row], *, file: str, scheme: Scheme) -> tuple[dict[str, str], list[Finding]]:
    """Unit → tier in the order of the table, or what is wrong with its rows."""
    tiers: dict[str, str] = {}
    findings: list[Finding] = []
    for row in rows:
        unit, tier = row.values["unit"], row.values["tier"]
        if code := _unit_fault(unit, tiers):
            findings.append(Finding(file, row.place("unit"), code, {"value": unit[:_QUOTED]}))
        if tier not in scheme.tiers:
            details = {"value": tier[:_QUOTED], "allowed": ", ".join(scheme.tiers)}
            findings.append(Finding(file, row.place("tier"), "value_unknown", details))
        tiers[unit] = tier
    return tiers, findings


def read_figures(
    rows: Iterable[Row], *, file: str, scheme: Scheme, units: Iterable[str] | None
) -> tuple[Figures, list[Finding]]:
    """All figures, or what is wrong with the rows. `units` None: whatever unit a row names."""
    reading = _Reading(file, scheme, None if units is None else frozenset(units))
    for row in rows:
        _read_row(row, reading)
    return reading.figures, reading.findings


def _unit_fault(unit: str, known: Mapping[str, str]) -> str | None:
    if not unit or len(unit) > _LONGEST_UNIT or not unit.isprintable():
        return "score_unit_malformed"
    if unit == REGION_ROW:
        return "score_unit_is_region"
    return "score_unit_twice" if unit in known else None


def _read_row(row: Row, reading: _Reading) -> None:
    before = len(reading.findings)
    values = row.values
    unit, period = values["unit"], _period(row, reading)
    if reading.known is not None:
        if unit not in reading.known and unit != REGION_ROW:
            reading.fault(row, "unit", "score_unit_unknown")
    elif unit != REGION_ROW and (code := _unit_fault(unit, {})):
        reading.fault(row, "unit", code)
    indicator = reading.scheme.indicators.get(values["indicator"])
    if indicator is None:
        reading.fault(row, "indicator", "reading_indicator_unknown", year=reading.scheme.year)
    elif indicator.input in COMPUTED:
        reading.fault(row, "indicator", "score_indicator_computed")
    given = _figure(row, None if indicator is None else indicator.unit, reading)
    if len(reading.findings) > before or indicator is None or given is None or period is None:
        return
    first = reading.lines.setdefault((unit, values["period"], indicator.code), row.line)
    if first != row.line:
        reading.fault(row, "unit", "reading_twice", first=first)
    reading.figures.setdefault(unit, {}).setdefault(period, {})[indicator.code] = given


def _period(row: Row, reading: _Reading) -> Period | None:
    written = row.values["period"]
    if written not in reading.periods:
        try:
            reading.periods[written] = Period.parse(written)
        except DomainError:
            reading.periods[written] = None
    if reading.periods[written] is None:
        reading.fault(row, "period", "reading_period_invalid")
    return reading.periods[written]


def _figure(row: Row, unit: str | None, reading: _Reading) -> Input | None:
    """The figure of a row; None when something is wrong with it."""
    before = len(reading.findings)
    written = row.values
    numerator, denominator = _number(row, "numerator", reading), _number(row, "denominator", reading)
    stated = _number(row, "value", reading)
    if written["numerator"] or written["denominator"]:
        for name in ("numerator", "denominator"):
            if not written[name]:
                reading.fault(row, name, "reading_pair_incomplete")
        if denominator is not None and denominator < 0:
            reading.fault(row, "denominator", "reading_denominator_negative")
    elif not written["value"]:
        reading.fault(row, "value", "reading_value_missing")
    if len(reading.findings) > before:
        return None
    if numerator is None or denominator is None:
        return Input(stated)
    computed = rate(numerator, denominator, unit)
    if stated is not None and not _agrees(written["value"], stated, computed):
        shown = "—" if computed is None else plain(computed, 4)
        reading.fault(row, "value", "reading_value_differs", computed=shown)
    return Input(computed, numerator, denominator, ZERO_DENOMINATOR if computed is None else None)


def _number(row: Row, column: str, reading: _Reading) -> Fraction | None:
    written = row.values[column]
    if not written:
        return None
    number = reading.numbers.get(written)
    if number is None:
        try:
            number = reading.numbers[written] = exact_number(written)
        except ValueError:
            reading.fault(row, column, "reading_number")
    return number


def _agrees(written: str, stated: Fraction, computed: Fraction | None) -> bool:
    """Whether a value beside its counts is theirs, exactly or rounded to the decimals that it has."""
    if computed is None:
        return False
    places = len(written.partition(".")[2])
    return stated == computed or (places >= _ROUNDED_PLACES and stated == Fraction(rounded(computed, places)))
