"""Reading workbooks (.xlsx) that people send: filled cells with their addresses, or what is wrong. Never an exception.

The work is done by `consortium.workbook_program` in a confined process. Cells come as text: whole numbers without a
point, other numbers by the shortest decimal digits that mean the stored one, truth values as TRUE and FALSE, dates and
times in ISO 8601 (midnight of a day as the day alone). Formulas and error values are findings, by address: nothing is
computed, and what a formula gave last is not trusted. Refuses to know what a sheet means.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from consortium.confined import FAILED, TOO_LARGE, TOO_SLOW, Limits, read_confined
from consortium.imports import Row
from consortium.workbook_program import ERROR, FORMULA, LONGEST_CELL, MOMENT, NUMBER, TEXT, TRUTH
from locales.errors import Finding

__all__ = ["MOMENT", "NUMBER", "TEXT", "TRUTH", "Cell", "Extent", "Sheet", "Workbook", "read_sheet", "read_workbook"]

ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a workbook begins, and how one of the old kind does, or one with a password."""

_MOST_FINDINGS = 100
_SAID: dict[str, tuple[str, dict[str, object]]] = {
    TOO_SLOW: ("workbook_too_slow", {}),
    TOO_LARGE: ("workbook_needs_too_much", {}),
    FAILED: ("workbook_damaged", {"reason": "?"}),
}
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a workbook may be: bytes of the file, filled rows and cells of all sheets read, the last column."""

    bytes: int = 8 * 1024 * 1024
    rows: int = 20_000
    columns: int = 300
    cells: int = 80_000
    limits: Limits = field(default_factory=Limits)


USUAL = Extent()
LONG_LIST = Extent(rows=60_000, columns=60, cells=300_000, limits=Limits(seconds=6.0, megabytes=384))
"""For lists of visits or figures, which may be long and are not read in a hurry."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: row and column from 1, kind (`text`, `number`, `truth`, `moment`), text trimmed, NFC."""

    row: int
    column: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold something, each with its filled cells, in order."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]

    def address(self, row: int, column: int) -> str:
        """`survey!C7`."""
        return f"{self.name}!{column_letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets that were asked for and, by name, those that were not looked into."""

    sheets: tuple[Sheet, ...]
    unread: tuple[str, ...] = ()


def read_workbook(
    content: bytes, *, file: str, only: Collection[str] | None = None, extent: Extent = USUAL
) -> tuple[Workbook | None, list[Finding]]:
    """The workbook, or None and what is wrong. `only`: names of the sheets to read, case-folded; None reads all."""
    fault = _refused_at_sight(content, extent)
    if fault is not None:
        return None, [Finding(file, "file", *fault)]
    names = None if only is None else sorted(only)
    arguments = [str(extent.rows), str(extent.columns), str(extent.cells), json.dumps(names)]
    found, failed = read_confined("consortium.workbook_program", content, limits=extent.limits, arguments=arguments)
    if failed:
        return None, [Finding(file, "file", *_SAID[failed])]
    if "fault" in found:
        return None, [Finding(file, "file", found["fault"]["code"], found["fault"]["details"])]
    sheets = tuple(_sheet(each) for each in found["sheets"])
    findings = [finding for sheet in sheets for finding in _cell_findings(sheet, file)]
    return (None, findings[:_MOST_FINDINGS]) if findings else (Workbook(sheets, tuple(found["unread"])), [])


def read_sheet(
    content: bytes, *, file: str, columns: tuple[str, ...], optional: tuple[str, ...] = (), extent: Extent = LONG_LIST
) -> tuple[list[Row], list[Finding]]:
    """The rows of a list that stands alone in a workbook, as `imports.read_csv` gives those of a CSV file.

    The first filled row is the header. A second sheet that holds something is refused rather than left out.
    """
    workbook, findings = read_workbook(content, file=file, extent=extent)
    if workbook is None:
        return [], findings
    filled = [sheet for sheet in workbook.sheets if sheet.rows]
    if not filled:
        return [], [Finding(file, name, "column_missing") for name in columns]
    if len(filled) > 1:
        return [], [Finding(file, sheet.name, "sheet_one_too_many", {"first": filled[0].name}) for sheet in filled[1:]]
    [sheet] = filled
    header = {cell.column: cell.text for cell in sheet.rows[0]}
    names = list(header.values())
    findings = [Finding(file, name, "column_missing") for name in columns if name not in names]
    for column, name in header.items():
        if name not in columns + optional:
            findings.append(Finding(file, name, "column_unknown"))
        elif names.index(name) != list(header).index(column):
            findings.append(Finding(file, name, "column_twice"))
    if findings:
        return [], findings
    return _list_rows(sheet, header, file)


def column_letters(column: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while column > 0:
        column, place = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + place) + letters
    return letters


def _refused_at_sight(content: bytes, extent: Extent) -> tuple[str, dict[str, object]] | None:
    if len(content) > extent.bytes:
        return "file_too_large", {"limit": extent.bytes // 1024 // 1024}
    if content.startswith(OLE_MARK):
        return "workbook_old_or_locked", {}
    return None if content.startswith(ZIP_MARK) else ("workbook_expected", {})


def _sheet(found: dict[str, Any]) -> Sheet:
    rows = tuple(tuple(Cell(row, *cell) for cell in cells) for row, cells in found["rows"])
    return Sheet(found["name"], rows)


def _cell_findings(sheet: Sheet, file: str) -> list[Finding]:
    findings = []
    for row in sheet.rows:
        for cell in row:
            address = sheet.address(cell.row, cell.column)
            if cell.kind == FORMULA:
                findings.append(Finding(file, address, "cell_formula"))
            elif cell.kind == ERROR:
                findings.append(Finding(file, address, "cell_error", {"value": cell.text[:20]}))
            elif len(cell.text) > LONGEST_CELL:
                findings.append(Finding(file, address, "cell_too_long", {"limit": LONGEST_CELL}))
    return findings


def _list_rows(sheet: Sheet, header: dict[int, str], file: str) -> tuple[list[Row], list[Finding]]:
    rows, findings = [], []
    for cells in sheet.rows[1:]:
        values = dict.fromkeys(header.values(), "")
        for cell in cells:
            if cell.column in header:
                values[header[cell.column]] = cell.text
            else:
                findings.append(Finding(file, sheet.address(cell.row, cell.column), "cell_without_column"))
        rows.append(Row(cells[0].row, values, sheet.name))
    return ([], findings[:_MOST_FINDINGS]) if findings else (rows, [])
