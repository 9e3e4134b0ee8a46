"""What a table of readings says, row by row. PURE: rows in, entries or findings out.

A row carries numerator and denominator, or a value, or all three when they agree. Rows with a stratum are parts of one
figure and add up to it (rule 119). Knows which indicators a period's scheme takes from tables. Refuses to know what is
on record already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from consortium.imports import Row, exact_number
from consortium.periods import Period
from evaluation.elements import READING, REGION, RELATIVE, WATCH, Indicator, Scheme
from evaluation.figures import rate
from evaluation.strata import Part, added_up
from locales.errors import DomainError, Finding
from locales.numbers import plain, rounded

COLUMNS = ("unit", "period", "indicator", "numerator", "denominator", "value")
OPTIONAL = ("stratum",)
WHOLE_CONSORTIUM = "*"  # in the column `unit`: the region, for watched indicators and what is measured against it
LONGEST_STRATUM = 40
_FIRST_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-01", re.ASCII)
_QUOTED = 40  # how much of a wrong cell a message repeats
_ROUNDED_PLACES = 2  # a value written beside its counts may be rounded, to this many decimals or more

Key = tuple[str, str, str]
"""Scope, period and indicator of a figure."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """The scheme by which a period's rows are read; before the first scheme there are watched indicators,
    and figures of the whole that later ones are held against.
    """

    scheme: Scheme
    is_before_first: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are held against: unit codes, the scheme of each period that is named, the periods that are closed."""

    units: frozenset[str]
    periods: Mapping[str, Definitions]
    settled: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One good figure. `value` None: the denominator is 0, so it is known to be missing. `place` is its first row's."""

    line: int
    scope: str
    period: str
    indicator: str
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None
    strata: tuple[Part, ...] = ()
    sheet: str = ""

    @property
    def key(self) -> Key:
        return self.scope, self.period, self.indicator

    @property
    def place(self) -> str:
        return Row(self.line, {}, self.sheet).place("period")


def named_periods(rows: Iterable[Row]) -> set[Period]:
    """The periods that the rows name, as far as they can be read."""
    written = {_written_period(row) for row in rows}
    return {period for each in written if (period := _period(each)) is not None}


def takes_region(scheme: Scheme, indicator: Indicator) -> bool:
    """Whether a figure of the whole region has a meaning: it is watched, or other figures are measured against it."""
    if indicator.direction == WATCH:
        return True
    curves = [indicator.curve, *(line.curve for tier in scheme.tiers.values() for line in tier.lines
                                 if line.indicator == indicator.code)]  # fmt: skip
    return any(curve is not None and curve.kind == RELATIVE and curve.against == REGION for curve in curves)


def read_entries(rows: Iterable[Row], *, file: str, known: Known) -> tuple[list[Entry], list[Finding]]:
    """Every figure as an entry, or what is wrong with its rows: place, column and reason."""
    findings: list[Finding] = []
    wholes: dict[Key, tuple[Entry, _RowReader]] = {}
    parts: dict[Key, dict[str, tuple[Entry, _RowReader]]] = {}
    regions: dict[tuple[str, str], bool] = {}
    for row in rows:
        reader = _RowReader(row, file, findings, regions)
        entry = reader.entry(known)
        if entry is None:
            continue
        stratum = row.values.get("stratum", "")
        rows_of_key = parts.setdefault(entry.key, {}) if stratum else None
        first = rows_of_key.get(stratum) if rows_of_key is not None else wholes.get(entry.key)
        if first is not None:
            reader.fault("stratum" if stratum else "unit", "reading_twice", first=first[0].line)
        elif rows_of_key is not None:
            rows_of_key[stratum] = entry, reader
        else:
            wholes[entry.key] = entry, reader
    entries = {key: entry for key, (entry, _) in wholes.items()}
    for key, of_key in parts.items():
        entry = _sum(of_key, wholes.get(key), known.periods[key[1]].scheme.indicators[key[2]])
        if entry is not None:
            entries[key] = entry
    return sorted(entries.values(), key=lambda entry: entry.line), findings


class _RowReader:
    """One row and the list that takes its faults."""

    def __init__(
        self, row: Row, file: str, findings: list[Finding], regions: dict[tuple[str, str], bool] | None = None
    ) -> None:
        self.row = row
        self.file = file
        self.findings = findings
        self.regions = regions if regions is not None else {}

    def fault(self, column: str, code: str, **details: object) -> None:
        shown = {"value": self.row.values.get(column, "")[:_QUOTED]} | details
        self.findings.append(Finding(self.file, self.row.place(column), code, shown))

    def entry(self, known: Known) -> Entry | None:
        """The row as an entry; None when it has a fault. Every faulty column is named, not only the first."""
        before = len(self.findings)
        period = self._known_period(known)
        indicator = self._known_indicator(period, known)
        scope = self._scope(period, indicator, known)
        self._check_stratum()
        counts = self._counts()
        stated = self._number("value")
        if period is None or indicator is None or len(self.findings) > before:
            return None
        value = self._value(counts, stated, indicator)
        if len(self.findings) > before:
            return None
        numerator, denominator = counts if counts is not None else (None, None)
        place = self.row.line, scope, str(period), indicator.code
        return Entry(*place, numerator, denominator, value, sheet=self.row.sheet)

    def _known_period(self, known: Known) -> Period | None:
        written = _written_period(self.row)
        period = _period(written)
        if period is None:
            self.fault("period", "reading_period_invalid")
        elif written not in known.periods:
            self.fault("period", "reading_scheme_missing", year=period.year)
        elif written in known.settled and (not period.is_month or self.row.values["unit"] == WHOLE_CONSORTIUM):
            self.fault("period", "reading_period_settled")
        else:
            return period
        return None

    def _known_indicator(self, period: Period | None, known: Known) -> Indicator | None:
        if period is None:
            return None
        definitions = known.periods[str(period)]
        indicator = definitions.scheme.indicators.get(self.row.values["indicator"])
        if indicator is None:
            self.fault("indicator", "reading_indicator_unknown", year=definitions.scheme.year)
        elif indicator.input != READING:
            self.fault("indicator", "reading_not_from_tables")
        elif indicator.direction != WATCH and definitions.is_before_first and not self._is_of_whole:
            self.fault("indicator", "reading_before_first_scheme", year=definitions.scheme.year)
        return indicator

    def _scope(self, period: Period | None, indicator: Indicator | None, known: Known) -> str:
        written = self.row.values["unit"]
        if written != WHOLE_CONSORTIUM:
            if written not in known.units:
                self.fault("unit", "reading_unit_unknown")
        elif period is not None and indicator is not None:
            place = str(period), indicator.code
            if place not in self.regions:
                self.regions[place] = takes_region(known.periods[str(period)].scheme, indicator)
            if not self.regions[place] and not known.periods[str(period)].is_before_first:
                self.fault("unit", "reading_not_for_whole")
        return written

    @property
    def _is_of_whole(self) -> bool:
        """Whether the row is of everybody together: before the first scheme, what later months stand against."""
        return self.row.values["unit"] == WHOLE_CONSORTIUM

    def _check_stratum(self) -> None:
        written = self.row.values.get("stratum", "")
        if len(written) > LONGEST_STRATUM or not written.isprintable():
            self.fault("stratum", "reading_stratum_malformed", limit=LONGEST_STRATUM)

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


def _sum(
    of_key: Mapping[str, tuple[Entry, _RowReader]], whole: tuple[Entry, _RowReader] | None, indicator: Indicator
) -> Entry | None:
    """The figure that parts add up to; a fault where they cannot be added, or a total beside them says otherwise."""
    first, reader = next(iter(of_key.values()))
    parts = tuple(Part(code, each.numerator, each.denominator, each.value) for code, (each, _) in of_key.items())
    added = added_up(parts, indicator)
    if isinstance(added, str):
        reader.fault("stratum", added)
        return None
    numerator, denominator, value = added
    if whole is not None:
        stated, its_reader = whole
        counts_differ = stated.numerator is not None and (stated.numerator, stated.denominator) != (
            numerator, denominator
        )  # fmt: skip
        if counts_differ or stated.value != value:
            its_reader.fault("unit", "reading_strata_differ", parts=len(parts))
            return None
    return Entry(first.line, *first.key, numerator, denominator, value, parts, first.sheet)


def _written_period(row: Row) -> str:
    """The period as a row names it; spreadsheets turn a month that is typed into a cell into its first day."""
    written = row.values["period"]
    return written.removesuffix("-01") if row.sheet and _FIRST_DAY.fullmatch(written) else written


def _period(written: str) -> Period | None:
    try:
        return Period.parse(written)
    except DomainError:
        return None
