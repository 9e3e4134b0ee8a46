"""Tables that leave the house: as CSV, and as a workbook with several sheets. The one writer of such files.

Text is always text: no cell can become a formula, here or when a spreadsheet opens the CSV. Numbers are numbers, so
that they can be added up. CSV begins with the mark that tells spreadsheets it is UTF-8. Refuses to know what a table
means.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

CSV, XLSX = "csv", "xlsx"
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_NO_MOMENT = rb"\g<1>1980-01-01T00:00:00Z"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Cell = str | int | Decimal | None
"""Text, an exact number, or nothing."""

_STARTERS = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−")
_CONTROLS = ("\t", "\r", "\n", "\0")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML has no way to write these
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # spreadsheets read `_x003D_` as "="
_REPLACEMENT = "\ufffd"
_LONGEST_CELL = 32_767
_MOST_DIGITS = 15  # a spreadsheet's numbers keep no more
_USUAL_WIDTH = 14
_SHEET_NAME = 31


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `widths` are columns of a workbook in characters, by their header."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Mapping[str, int] = field(default_factory=dict)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with its mark, every text cell safe to open."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in header])
    writer.writerows([_in_csv(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + table.getvalue().encode("utf-8", "replace")


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """A workbook of text and number cells, the headers held in place."""
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy: loaded when the first workbook is written

    book = openpyxl.Workbook(write_only=True)
    for each in sheets:
        sheet = book.create_sheet(each.name[:_SHEET_NAME])
        sheet.freeze_panes = "A2"
        for place, name in enumerate(each.header, 1):
            letter = openpyxl.utils.get_column_letter(place)
            sheet.column_dimensions[letter].width = each.widths.get(name, _USUAL_WIDTH)
        for row in (each.header, *each.rows):
            sheet.append([_in_workbook(openpyxl, sheet, cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return _timeless(content)


def _timeless(content: io.BytesIO) -> bytes:
    """The workbook without the moments at which it was written: the same table is the same file at any time."""
    made = io.BytesIO()
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name), _MOMENT.sub(_NO_MOMENT, before.read(name)), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def harmless(cell: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet could take it for a formula."""
    return f"'{cell}" if _is_dangerous(cell) else cell


def _is_dangerous(text: str) -> bool:
    """Whether it begins like a formula: at once, or behind what nobody sees. A plain space makes it text everywhere."""
    if text.startswith(_CONTROLS):
        return True
    return next((sign for sign in text if not _is_unseen(sign)), " ") in _STARTERS


def _is_unseen(sign: str) -> bool:
    return sign != " " and (sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf"))


def _in_csv(cell: Cell) -> str:
    if cell is None or cell == "":
        return ""
    return harmless(cell) if isinstance(cell, str) else format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _in_workbook(openpyxl: Any, sheet: Any, cell: Cell) -> Any:
    if isinstance(cell, int | Decimal) and len(str(abs(cell)).replace(".", "")) <= _MOST_DIGITS:
        return openpyxl.cell.WriteOnlyCell(sheet, cell)
    if cell is None or cell == "":
        return openpyxl.cell.WriteOnlyCell(sheet, None)
    words = _LOOKS_ESCAPED.sub("_x005F_", _ODD.sub(_REPLACEMENT, str(cell)))[:_LONGEST_CELL]
    made = openpyxl.cell.WriteOnlyCell(sheet, words)
    made.data_type = "s"  # or text that begins with "=" would become a formula
    if _is_dangerous(words):
        made.quotePrefix = True  # so that it stays text when somebody edits the cell
    return made
