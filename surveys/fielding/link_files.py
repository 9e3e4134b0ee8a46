"""The files that hospitals get back: who to write to, with which link, as CSV and as a workbook. PURE but for openpyxl.

No cell can become a formula: text that a spreadsheet could run gets an apostrophe in CSV and is written as plain text
in a workbook. CSV begins with the mark that tells spreadsheets it is UTF-8. Refuses to know how links are made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_WIDTHS = {"visit": 22, "link": 60, "send_from": 18, "send_until": 18, "discharged_at": 18, "status": 24}
_USUAL_WIDTH = 14


def write_file(form: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in one of the two forms."""
    return write_workbook(header, rows) if form == XLSX else write_csv(header, rows)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, every text cell safe to open."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + table.getvalue().encode()


def write_workbook(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet of text cells, with the header held in place."""
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy: loaded when the first workbook is written

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("links")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(header, 1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].width = _WIDTHS.get(name, _USUAL_WIDTH)
    for row in (header, *rows):
        cells = []
        for value in row:
            cell = openpyxl.cell.WriteOnlyCell(sheet, value)
            cell.data_type = "s"  # or text that begins with "=" would become a formula
            cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def harmless(cell: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet could take it for a formula."""
    return f"'{cell}" if cell.startswith(_STARTERS) else cell
