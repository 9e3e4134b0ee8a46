"""What a table of readings says, row by row. PURE: rows in, entries or findings out.

A row carries numerator and denominator, or a value, or all three when they agree. Knows which indicators a year's
scheme takes from tables. Refuses to know what is on record already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from consortium.imports import Row, exact_number
from consortium.periods import Period
from evaluation.elements import READING, WATCH, Indicator, Scheme
from evaluation.scoring import rate
from locales.errors import DomainError, Finding
from locales.numbers import plain, rounded

COLUMNS = ("unit", "period", "indicator", "numerator", "denominator", "value")
WHOLE_CONSORTIUM = "*"  # in the column `unit`: the consortium as a whole, for watched indicators only
_QUOTED = 40  # how much of a wrong cell a message repeats
_ROUNDED_PLACES = 2  # a value written beside its counts may be rounded, to this many decimals or more


@dataclass(frozen=True, slots=True)
class Definitions:
    """The scheme by which a year's rows are read; a year before the first scheme takes watched indicators only."""

    scheme: Scheme
    is_before_first: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are held against: unit codes, the scheme of each year, and the periods that are closed."""

    units: frozenset[str]
    years: Mapping[int, Definitions]
    settled: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row. `value` None: the denominator is 0, so the figure is known to be missing."""

    line: int
    scope: str
    period: str
    indicator: str
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.scope, self.period, self.indicator


def named_periods(rows: Iterable[Row]) -> set[Period]:
    """The periods that the rows name, as far as they can be read."""
    return {period for row in rows if (period := _period(row.values["period"])) is not None}


def read_entries(rows: Iterable[Row], *, file: str, known: Known) -> tuple[list[Entry], list[Finding]]:
    """Every row as an entry, or what is wrong with it: line, column and reason."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    first_lines: dict[tuple[str, str, str], int] = {}
    for row in rows:
        reader = _RowReader(row, file, findings)
        entry = reader.entry(known)
        if entry is None:
            continue
        first = first_lines.setdefault(entry.key, row.line)
        if first != row.line:
            reader.fault("unit", "reading_twice", first=first)
        entries.append(entry)
    return entries, findings


class _RowReader:
    """One row and the list that takes its faults."""

    def __init__(self, row: Row, file: str, findings: list[Finding]) -> None:
        self.row = row
        self.file = file
        self.findings = findings

    def fault(self, column: str, code: str, **details: object) -> None:
        shown = {"value": self.row.values[column][:_QUOTED]} | details
        self.findings.append(Finding(self.file, f"line {self.row.line}, {column}", code, shown))

    def entry(self, known: Known) -> Entry | None:
        """The row as an entry; None when it has a fault. Every faulty column is named, not only the first."""
        before = len(self.findings)
        period = self._known_period(known)
        indicator = self._known_indicator(period, known)
        scope = self._scope(indicator, known)
        counts = self._counts()
        stated = self._number("value")
        if period is None or indicator is None or len(self.findings) > before:
            return None
        value = self._value(counts, stated, indicator)
        if len(self.findings) > before:
            return None
        numerator, denominator = counts if counts is not None else (None, None)
        return Entry(self.row.line, scope, str(period), indicator.code, numerator, denominator, value)

    def _known_period(self, known: Known) -> Period | None:
        written = self.row.values["period"]
        period = _period(written)
        if period is None:
            self.fault("period", "reading_period_invalid")
        elif period.year not in known.years:
            self.fault("period", "reading_scheme_missing", year=period.year)
        elif written in known.settled:
            self.fault("period", "reading_period_settled")
        else:
            return period
        return None

    def _known_indicator(self, period: Period | None, known: Known) -> Indicator | None:
        if period is None:
            return None
        definitions = known.years[period.year]
        indicator = definitions.scheme.indicators.get(self.row.values["indicator"])
        if indicator is None:
            self.fault("indicator", "reading_indicator_unknown", year=definitions.scheme.year)
        elif indicator.input != READING:
            self.fault("indicator", "reading_not_from_tables")
        elif indicator.direction == WATCH:
            return indicator
        elif definitions.is_before_first:
            self.fault("indicator", "reading_before_first_scheme", year=definitions.scheme.year)
        elif not period.is_month:
            self.fault("period", "reading_period_not_month")
        return indicator

    def _scope(self, indicator: Indicator | None, known: Known) -> str:
        written = self.row.values["unit"]
        if written == WHOLE_CONSORTIUM:
            if indicator is not None and indicator.direction != WATCH:
                self.fault("unit", "reading_not_for_whole")
        elif written not in known.units:
            self.fault("unit", "reading_unit_unknown")
        return written

    def _number(self, column: str) -> Fraction | None:
        written = self.row.values[column]
        if not written:
            return None
        try:
            return exact_number(written)
        except ValueError:
            self.fault(column, "reading_number")
            return None

    def _counts(self) -> tuple[Fraction, Fraction] | None:
        written = {name: self.row.values[name] for name in ("numerator", "denominator")}
        numerator, denominator = self._number("numerator"), self._number("denominator")
        for name, text in written.items():
            if not text and any(written.values()):
                self.fault(name, "reading_pair_incomplete")
        if denominator is not None and denominator < 0:
            self.fault("denominator", "reading_denominator_negative")
        return (numerator, denominator) if numerator is not None and denominator is not None else None

    def _value(
        self, counts: tuple[Fraction, Fraction] | None, stated: Fraction | None, indicator: Indicator
    ) -> Fraction | None:
        """The figure of the row; computed from the counts where there are any."""
        if counts is None:
            if stated is None:
                self.fault("value", "reading_value_missing")
            return stated
        computed = rate(*counts, indicator.unit)
        if stated is not None and not self._agrees(stated, computed):
            shown = "—" if computed is None else plain(computed, 4)
            self.fault("value", "reading_value_differs", computed=shown)
        return computed

    def _agrees(self, stated: Fraction, computed: Fraction | None) -> bool:
        if computed is None:
            return False
        places = len(self.row.values["value"].partition(".")[2])
        return stated == computed or (places >= _ROUNDED_PLACES and stated == Fraction(rounded(computed, places)))


def _period(written: str) -> Period | None:
    try:
        return Period.parse(written)
    except DomainError:
        return None
