"""Reading tables that people send: CSV with every fault named by line and column. PURE.

Refuses to guess: an unknown column, a ragged row or an odd byte is a finding, and one finding refuses the whole file.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from locales.errors import Finding

MAXIMUM_BYTES = 20 * 1024 * 1024
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: where it stands (line 1 is the header; in a workbook, on which sheet) and its cells, trimmed."""

    line: int
    values: dict[str, str]
    sheet: str = field(default="", compare=False)

    def place(self, column: str) -> str:
        """`line 5, value`, and before it the sheet of a workbook."""
        return f"{self.sheet}, line {self.line}, {column}" if self.sheet else f"line {self.line}, {column}"


def read_csv(
    content: bytes, *, file: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> tuple[list[Row], list[Finding]]:
    """All rows, or what is wrong. `columns` must stand in the header in any order; `optional` ones may."""
    text, fault = _decode(content, file)
    if fault is not None:
        return [], [fault]
    lines = _rows(text)
    try:
        header = next(lines, (1, []))[1]
        findings = _header_findings(header, file, columns, optional)
        if findings:
            return [], findings
        return _read_rows(lines, header, file)
    except csv.Error as error:
        return [], [Finding(file, "line ?", "table_malformed", {"reason": str(error)})]


def exact_number(written: str) -> Fraction:
    """A decimal number without loss; ValueError for anything else: NaN, Infinity, exponents, overlong digits."""
    if _NUMBER.fullmatch(written) is None:
        msg = "not a plain decimal number"
        raise ValueError(msg)
    return Fraction(written)


def _decode(content: bytes, file: str) -> tuple[str, Finding | None]:
    if len(content) > MAXIMUM_BYTES:
        return "", Finding(file, "file", "table_too_large", {"limit": MAXIMUM_BYTES // 1024 // 1024})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", Finding(file, f"line {line}", "table_not_utf8")
    if "\0" in text:
        return "", Finding(file, f"line {text[: text.index(chr(0))].count(chr(10)) + 1}", "table_odd_character")
    return text, None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, cells); rows without any content are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, [unicodedata.normalize("NFC", cell.strip()) for cell in cells]
        begins = reader.line_num + 1


def _header_findings(
    header: list[str], file: str, columns: tuple[str, ...], optional: tuple[str, ...]
) -> list[Finding]:
    findings = [Finding(file, name, "column_missing") for name in columns if name not in header]
    findings += [Finding(file, name, "column_unknown") for name in header if name not in columns + optional]
    findings += [Finding(file, name, "column_twice") for name in dict.fromkeys(header) if header.count(name) > 1]
    return findings


def _read_rows(lines: Iterator[tuple[int, list[str]]], header: list[str], file: str) -> tuple[list[Row], list[Finding]]:
    rows, findings = [], []
    for line, cells in lines:
        if len(cells) != len(header):
            findings.append(Finding(file, f"line {line}", "row_ragged", {"cells": len(cells), "columns": len(header)}))
            continue
        rows.append(Row(line, dict(zip(header, cells, strict=True))))
    return rows, findings
