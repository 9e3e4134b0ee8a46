"""Workbooks made for tests: as a library writes them, and taken apart and put together wrongly."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from openpyxl import Workbook

FIRST_SHEET = "xl/worksheets/sheet1.xml"
_HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_TAIL = b"</sheetData></worksheet>"


def xlsx(**sheets: Iterable[Iterable[Any]]) -> bytes:
    """The bytes of a workbook with these sheets, row by row."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(
    content: bytes, *, changed: Mapping[str, bytes] | None = None, without: Collection[str] = (), **options: Any
) -> bytes:
    """The same archive with some members changed, added or left out."""
    changed = dict(changed or {})
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in without:
                new.writestr(name, changed.pop(name, old.read(name)), **options)
        for name, member in changed.items():
            new.writestr(name, member, **options)
    return file.getvalue()


def with_rows(rows: bytes) -> bytes:
    """A workbook whose only sheet, `survey`, has exactly this XML as its rows."""
    return repacked(xlsx(survey=[["x"]]), changed={FIRST_SHEET: _HEAD + rows + _TAIL})


def with_sheet(xml: bytes) -> bytes:
    """A workbook whose only sheet is exactly this XML."""
    return repacked(xlsx(survey=[["x"]]), changed={FIRST_SHEET: xml})
