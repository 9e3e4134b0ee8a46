"""Reading a table of results that a third party has found, CSV or XLSX, every fault named by row and column.

Columns `unit,period,source,definition,score,n` and, together, `low,high`. A definition is one of ours by its id
(`linear-0-100`, `topbox`, …); what the third party calls its own is marked with a `~` before it, so that a slip of the
pen never becomes a definition. Rule 97. Refuses to know what is on record already.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from consortium.imports import Row, exact_number
from consortium.periods import Period
from consortium.tables_in import read_table
from locales.errors import DomainError, Finding
from surveys.scoring import DEFINITIONS, NPS
from surveys.structure import OTHER

COLUMNS = ("unit", "period", "source", "definition", "score", "n")
OPTIONAL = ("low", "high")
MOST_ROWS = 5000
MOST_FINDINGS = 200
LONGEST_NAME = 60
FULL = 100

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_QUOTED = 40


@dataclass(frozen=True, slots=True)
class Result:
    """One result; `line` is where it stands in the file."""

    line: int
    unit_code: str
    period: str
    source: str
    definition: str
    score: Fraction
    n: int
    low: Fraction | None
    high: Fraction | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.unit_code, self.period, self.source, self.definition

    @property
    def figures(self) -> tuple[Fraction, int, Fraction | None, Fraction | None]:
        return self.score, self.n, self.low, self.high


def read_results(
    content: bytes, *, file: str, units: Collection[str], settled: Collection[str]
) -> tuple[list[Result], list[Finding]]:
    """Every row, or everything that is wrong: never some of the rows. Blocks while a workbook is read."""
    rows, findings = read_table(content, file=file, columns=COLUMNS, optional=OPTIONAL)
    if findings:
        return [], findings[:MOST_FINDINGS]
    if not rows:
        return [], [Finding(file, "file", "third_party_empty")]
    if len(rows) > MOST_ROWS:
        return [], [Finding(file, "file", "third_party_too_many", {"limit": MOST_ROWS})]
    results = [_Reader(row, file, findings).result(units, settled) for row in rows]
    found = [each for each in results if each is not None]
    findings += _twice(found, file)
    return ([], findings[:MOST_FINDINGS]) if findings else (found, [])


class _Reader:
    """One row: what it says, and what is wrong with it."""

    def __init__(self, row: Row, file: str, findings: list[Finding]) -> None:
        self._row, self._file, self._findings = row, file, findings
        self._before = len(findings)

    def result(self, units: Collection[str], settled: Collection[str]) -> Result | None:
        unit_code = self._cell("unit")
        if unit_code and unit_code not in units:
            self._fault("unit", "unit_unknown", unit=unit_code[:_QUOTED])
        period = self._period(settled)
        source = self._name("source")
        definition = self._definition()
        score, n = self._number("score", definition), self._count()
        low, high = (self._number(name, definition) for name in OPTIONAL)
        if (low is None) != (high is None) and not self._is_faulty:
            self._fault("high" if high is None else "low", "third_party_interval_half")
        if score is not None and low is not None and high is not None and not low <= score <= high:
            self._fault("score", "third_party_outside_interval")
        if self._is_faulty or score is None or n is None:
            return None
        return Result(self._row.line, unit_code, period, source, definition, score, n, low, high)

    @property
    def _is_faulty(self) -> bool:
        return len(self._findings) > self._before

    def _fault(self, column: str, code: str, **details: object) -> None:
        self._findings.append(Finding(self._file, f"line {self._row.line}, {column}", code, details))

    def _cell(self, column: str) -> str:
        written = self._row.values.get(column, "")
        if not written and column not in OPTIONAL:
            self._fault(column, "cell_empty")
        return written

    def _period(self, settled: Collection[str]) -> str:
        written = self._cell("period")
        if not written:
            return ""
        try:
            period = str(Period.parse(written))
        except DomainError as error:
            self._fault("period", error.code, **error.details)
            return ""
        if period in settled:
            self._fault("period", "third_party_settled", period=period)
        return period

    def _name(self, column: str) -> str:
        written = self._cell(column)
        if len(written) > LONGEST_NAME or not written.isprintable():
            self._fault(column, "third_party_name", limit=LONGEST_NAME)
        return written

    def _definition(self) -> str:
        written = self._name("definition")
        own_words = written.removeprefix(OTHER).strip()
        if written.startswith(OTHER):
            if not own_words:
                self._fault("definition", "third_party_definition", known=", ".join(DEFINITIONS))
            return OTHER + own_words
        if written and written not in DEFINITIONS:
            self._fault("definition", "third_party_definition", known=", ".join(DEFINITIONS))
        return written

    def _number(self, column: str, definition: str) -> Fraction | None:
        written = self._cell(column)
        if not written:
            return None
        lowest = -FULL if definition == NPS or definition.startswith(OTHER) else 0
        try:
            number = exact_number(written)
        except ValueError:
            self._fault(column, "third_party_number", value=written[:_QUOTED])
            return None
        if not lowest <= number <= FULL:
            self._fault(column, "third_party_range", low=lowest, high=FULL)
        return number

    def _count(self) -> int | None:
        written = self._cell("n")
        if written and not (_WHOLE.fullmatch(written) and int(written)):
            self._fault("n", "third_party_n", value=written[:_QUOTED])
            return None
        return int(written) if written else None


def _twice(results: Iterable[Result], file: str) -> list[Finding]:
    first: dict[tuple[str, str, str, str], int] = {}
    return [
        Finding(file, f"line {each.line}, unit", "third_party_twice", {"first": first[each.key]})
        for each in results
        if first.setdefault(each.key, each.line) != each.line
    ]
