"""Reading a table of answers, CSV `unit,question,answer[,count]`: how often each answer was given. PURE.

Reads row by row and keeps only the counts, so that a million rows cost seconds and little memory. Cells are trimmed and
otherwise left as they are: `007` stays `007`. Refuses to know what an answer is worth.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator

from consortium.table_lines import filled_rows, undecodable_line
from locales.errors import Finding

Counts = dict[str, dict[str, dict[str, int]]]
"""Unit → question → answer → how often, each in the order of the file."""

_COLUMNS = ("unit", "question", "answer")
_COUNT = "count"
_WHOLE = re.compile(r"[0-9]{1,18}")
_MOST_FINDINGS = 100  # then the file is not read further
_QUOTED = 40  # how much of a wrong cell a message repeats


def count_answers(content: bytes, *, file: str, counts_in: Callable[[str], bool]) -> tuple[Counts, list[Finding]]:
    """All counts, or what is wrong by line and column.

    `counts_in(answer)` says whether an answer counts or is left out; its ValueError, that there is no such answer. A
    unit and a question whose answers are all left out are there, without any.
    """
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        return {}, [Finding(file, f"line {line}", "table_odd_character")]
    table = _Table(file, counts_in)
    try:
        table.read(filled_rows(content))
    except UnicodeDecodeError:
        return {}, [Finding(file, f"line {undecodable_line(content)}", "table_not_utf8")]
    except csv.Error as error:
        return {}, [Finding(file, f"line {table.line + 1}", "table_malformed", {"reason": str(error)})]
    return ({}, table.findings) if table.findings else (table.counts, [])


class _Table:
    """What has been read so far."""

    def __init__(self, file: str, counts_in: Callable[[str], bool]) -> None:
        self.file = file
        self.counts: Counts = {}
        self.findings: list[Finding] = []
        self.line = 0
        self._counts_in = counts_in
        self._answers: dict[str, bool] = {}  # each different answer is judged once

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        self.line, cells = next(rows, (1, []))
        header = [name.strip() for name in cells]
        self._judge(header)
        if self.findings:
            return
        unit, question, answer = (header.index(name) for name in _COLUMNS)
        count = header.index(_COUNT) if _COUNT in header else None
        width = len(header)
        for self.line, cells in rows:
            if len(cells) != width:
                self._fault("", "row_ragged", cells=len(cells), columns=width)
            else:
                times = cells[count].strip() if count is not None else ""
                self._add(cells[unit].strip(), cells[question].strip(), cells[answer].strip(), times)
            if len(self.findings) >= _MOST_FINDINGS:
                self.findings.append(Finding(self.file, "file", "score_more_faults", {"limit": _MOST_FINDINGS}))
                return

    def _judge(self, header: list[str]) -> None:
        known = (*_COLUMNS, _COUNT)
        self.findings += [Finding(self.file, name, "column_missing") for name in _COLUMNS if name not in header]
        self.findings += [Finding(self.file, name[:_QUOTED], "column_unknown") for name in header if name not in known]
        twice = [name for name in dict.fromkeys(header) if name in known and header.count(name) > 1]
        self.findings += [Finding(self.file, name, "column_twice") for name in twice]

    def _add(self, unit: str, question: str, answer: str, times: str) -> None:
        counts_in = self._answers.get(answer)
        if counts_in is None:
            try:
                counts_in = self._answers[answer] = self._counts_in(answer)
            except ValueError:
                self._fault("answer", "score_answer_off_scale", value=answer[:_QUOTED])
                return
        if times and _WHOLE.fullmatch(times) is None:
            self._fault(_COUNT, "score_count_malformed", value=times[:_QUOTED])
        elif not unit or not question:
            self._fault("question" if unit else "unit", "score_name_empty")
        else:
            answers = self.counts.setdefault(unit, {}).setdefault(question, {})
            if counts_in:
                answers[answer] = answers.get(answer, 0) + (int(times) if times else 1)

    def _fault(self, column: str, code: str, **details: object) -> None:
        place = f"line {self.line}, {column}" if column else f"line {self.line}"
        self.findings.append(Finding(self.file, place, code, details))
