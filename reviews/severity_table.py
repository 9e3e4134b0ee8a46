"""PURE: reading scores, CSV `rater,unit,criterion,score[,round]`: ballots, or every fault by line and column.

An empty score is a missing one; any number is a score, as spreadsheets and statistics programs write it. Cells are
trimmed and otherwise left as they are. One fault refuses the whole table. Refuses to know what a score is worth.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from consortium.table_lines import filled_rows, undecodable_line
from locales.errors import Finding
from reviews.severity_ballots import BallotKey

COLUMNS = ("rater", "unit", "criterion", "score")
ROUND = "round"

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; 60,000 ballots of five scores take 8 million."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_LARGEST = 1e100
_MOST_FINDINGS = 100  # then the table is not read further
_QUOTED = 40  # how much of a wrong cell a message repeats


@dataclass(slots=True)
class ScoreTable:
    """What has been read: the scores of each ballot by criterion, and all raters and units in the order of the file."""

    scores: dict[BallotKey, dict[str, float]] = field(default_factory=dict)
    raters: dict[str, None] = field(default_factory=dict)
    units: dict[str, None] = field(default_factory=dict)


def read_scores(content: bytes, *, file: str) -> ScoreTable | list[Finding]:
    """The whole table, or what is wrong with it."""
    if len(content) > LARGEST_FILE:
        return [Finding(file, "file", "table_too_large", {"limit": LARGEST_FILE // 1024 // 1024})]
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        return [Finding(file, f"line {line}", "table_odd_character")]
    reader = _Reader(file)
    try:
        reader.read(filled_rows(content))
    except UnicodeDecodeError:
        return [Finding(file, f"line {undecodable_line(content)}", "table_not_utf8")]
    except csv.Error as error:
        return [Finding(file, f"line {reader.line + 1}", "table_malformed", {"reason": str(error)})]
    return reader.findings or reader.table


class _Reader:
    """What has been read so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.table = ScoreTable()
        self.findings: list[Finding] = []
        self.line = 0
        self._numbers: dict[str, float] = {}  # each different score is read once
        self._seen: set[tuple[BallotKey, str]] = set()  # with the missing ones

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        self.line, cells = next(rows, (1, []))
        header = [name.strip() for name in cells]
        self._judge(header)
        if self.findings:
            return
        rater, unit, criterion, score = (header.index(name) for name in COLUMNS)
        round_ = header.index(ROUND) if ROUND in header else None
        width = len(header)
        for self.line, cells in rows:
            if len(cells) != width:
                self._fault("", "row_ragged", cells=len(cells), columns=width)
            else:
                period = None if round_ is None else cells[round_].strip()
                self._add(cells[rater].strip(), cells[unit].strip(), cells[criterion].strip(), cells[score], period)
            if len(self.findings) >= _MOST_FINDINGS:
                self.findings.append(Finding(self.file, "file", "score_more_faults", {"limit": _MOST_FINDINGS}))
                return

    def _judge(self, header: list[str]) -> None:
        known = (*COLUMNS, ROUND)
        self.findings += [Finding(self.file, name, "column_missing") for name in COLUMNS if name not in header]
        self.findings += [Finding(self.file, name[:_QUOTED], "column_unknown") for name in header if name not in known]
        twice = [name for name in dict.fromkeys(header) if name in known and header.count(name) > 1]
        self.findings += [Finding(self.file, name, "column_twice") for name in twice]

    def _add(self, rater: str, unit: str, criterion: str, written: str, round_: str | None) -> None:
        if not (rater and unit and criterion and round_ != ""):
            names = {"rater": rater, "unit": unit, "criterion": criterion, ROUND: round_}
            self._fault(next(name for name, value in names.items() if value == ""), "ballot_name_empty")
            return
        key = (rater, unit, round_ or "")
        if (key, criterion) in self._seen:
            self._fault("", "ballot_twice", rater=rater[:_QUOTED], unit=unit[:_QUOTED], criterion=criterion[:_QUOTED])
            return
        self._seen.add((key, criterion))
        self.table.raters.setdefault(rater)
        self.table.units.setdefault(unit)
        held = self.table.scores.setdefault(key, {})
        written = written.strip()
        if not written:
            return
        number = self._numbers.get(written)
        if number is None:
            if _NUMBER.fullmatch(written) is None or abs(float(written)) > _LARGEST:
                self._fault("score", "ballot_score_malformed", value=written[:_QUOTED])
                return
            number = self._numbers[written] = float(written)
        held[criterion] = number

    def _fault(self, column: str, code: str, **details: object) -> None:
        place = f"line {self.line}, {column}" if column else f"line {self.line}"
        self.findings.append(Finding(self.file, place, code, details))
