"""The program that takes a workbook apart: `python -m consortium.workbook_program SECONDS MIB ROWS COLUMNS CELLS ONLY`.

Bytes of an .xlsx on stdin, its filled cells as JSON on stdout. Nothing is computed: a formula is a formula, not its
last result. The archive's own list of contents is judged before anything is unpacked. Meets hostile files, so it runs
only through `consortium.sheets`, confined.
"""

from __future__ import annotations

import io
import json
import math
import struct
import sys
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, iterparse
from xml.parsers import expat

from consortium.confined import is_confined, serve_confined

TEXT, NUMBER, TRUTH, MOMENT, FORMULA, ERROR = "text", "number", "truth", "moment", "formula", "error"

MOST_MEMBERS = 1000
MOST_UNPACKED = 48 * 1024 * 1024
LONGEST_CELL = 32767  # what a cell can hold
_LONGEST_LIST = 512 * 1024  # bytes of the archive's list of contents
_END = struct.Struct("<4s4H2LH")  # the record that ends an archive
_END_MARK = b"PK\x05\x06"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MAIN_TEMPLATE = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TYPES, _WORKBOOK = "[Content_Types].xml", "xl/workbook.xml"
_STRICT = b"http://purl.oclc.org/ooxml/"  # the same tags under other names
_KNOWN_OTHERS = (("word/", "Word"), ("ppt/", "PowerPoint"), ("xl/workbook.bin", ".xlsb"), ("Index/", "Numbers"))
_SAFE_INTEGER = 10**15
_EXPAT_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


class _NotTaken(Exception):  # noqa: N818 - it says what it says
    """The workbook is not taken: code and details."""

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.document = {"code": code, "details": details}


def read(content: bytes, arguments: list[str]) -> dict[str, Any]:
    """`{"sheets": [{"name", "rows": [[row, [[column, kind, text], …]], …]}], "unread": [names]}` or `{"fault": …}`."""
    rows, columns, cells = (int(each) for each in arguments[:3])
    only = json.loads(arguments[3])
    try:
        archive = _open(content)
        with archive:
            _judge(archive)
            return _take_apart(content, only, _Budget(rows, columns, cells))
    except _NotTaken as fault:
        return {"fault": fault.document}
    except MemoryError:
        raise
    except Exception as error:  # a damaged file breaks a library anywhere; which way says nothing to people
        if getattr(error, "code", None) == _EXPAT_NO_MEMORY:  # newer versions of expat count memory themselves
            raise MemoryError from error
        return {"fault": {"code": "workbook_damaged", "details": {"reason": type(error).__name__}}}


def _open(content: bytes) -> zipfile.ZipFile:
    """The archive, unless its list of contents is too long to be read at all."""
    place = content.rfind(_END_MARK)
    if place < 0 or place + _END.size > len(content):
        raise _NotTaken("workbook_damaged", reason="zip")
    record = _END.unpack_from(content, place)
    members, length = record[4], record[5]
    if members > MOST_MEMBERS or length > _LONGEST_LIST:
        raise _NotTaken("workbook_unpacks_too_large", limit=MOST_UNPACKED // 1024 // 1024, members=MOST_MEMBERS)
    return zipfile.ZipFile(io.BytesIO(content))


def _judge(archive: zipfile.ZipFile) -> None:
    """Size, encryption and kind, by the archive's list and by what the workbook says it is."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if sum(member.file_size for member in members) > MOST_UNPACKED or len(members) > MOST_MEMBERS:
        raise _NotTaken("workbook_unpacks_too_large", limit=MOST_UNPACKED // 1024 // 1024, members=MOST_MEMBERS)
    if any(member.flag_bits & 1 for member in members):
        raise _NotTaken("workbook_encrypted")
    is_usual = all(member.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members)
    if not is_usual or len(set(names)) != len(names):
        raise _NotTaken("workbook_damaged", reason="zip")
    _judge_kind(archive, names)
    for name in names:
        if name.endswith((".xml", ".rels")):
            _refuse_document_type(archive, name)


def _judge_kind(archive: zipfile.ZipFile, names: list[str]) -> None:
    if "mimetype" in names and b"opendocument" in archive.read("mimetype"):
        raise _NotTaken("workbook_other_format", format="OpenDocument")
    for beginning, format_ in _KNOWN_OTHERS:
        if any(name.startswith(beginning) for name in names):
            raise _NotTaken("workbook_other_format", format=format_)
    types = archive.read(_TYPES) if _TYPES in names else b""
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in names):
        raise _NotTaken("workbook_macros")
    if _MAIN.encode() not in types and _MAIN_TEMPLATE.encode() not in types:
        raise _NotTaken("workbook_other_format", format="ZIP")
    if _WORKBOOK in names and _STRICT in archive.read(_WORKBOOK):
        raise _NotTaken("workbook_other_format", format="Strict Open XML")


def _refuse_document_type(archive: zipfile.ZipFile, name: str) -> None:
    """Entities are declared in a document type; no workbook has one."""

    def found(*_: object) -> None:
        raise _NotTaken("workbook_damaged", reason="DOCTYPE")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = found
    with archive.open(name) as file:
        parser.ParseFile(file)


class _Budget:
    """How much may still be read."""

    def __init__(self, rows: int, columns: int, cells: int) -> None:
        self.rows, self.columns, self.cells = rows, columns, cells
        self.characters = MOST_UNPACKED // 4
        self._rows, self._cells = rows, cells

    def spend(self, name: str, cells: list[list[Any]]) -> None:
        self._rows -= 1
        self._cells -= len(cells)
        self.characters -= sum(len(cell[2]) for cell in cells)
        if self._rows < 0 or self._cells < 0 or self.characters < 0 or cells[-1][0] > self.columns:
            raise _NotTaken("sheet_too_large", sheet=name, rows=self.rows, columns=self.columns, cells=self.cells)


def _take_apart(content: bytes, only: list[str] | None, budget: _Budget) -> dict[str, Any]:
    for needless in ("numpy", "PIL", "lxml") if is_confined() else ():  # the library would load them, for nothing
        sys.modules[needless] = None  # type: ignore[assignment]
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - after the line above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's: extensions it drops are none of ours
        return _sheets(load_workbook(io.BytesIO(content), read_only=True, keep_links=False), only, budget)


def _sheets(book: Any, only: list[str] | None, budget: _Budget) -> dict[str, Any]:
    wanted = [sheet for sheet in book.worksheets if only is None or sheet.title.strip().casefold() in only]
    sheets = [{"name": sheet.title, "rows": list(_rows(book, sheet, budget))} for sheet in wanted]
    taken = {sheet.title for sheet in wanted}
    return {"sheets": sheets, "unread": [name for name in book.sheetnames if name not in taken]}


def _rows(book: Any, sheet: Any, budget: _Budget) -> Iterator[list[Any]]:
    """[row, cells] of each row that holds something, in order. Rows are let go of as they are read."""
    reader = _cell_reader(book, sheet)
    last = 0
    with sheet._get_source() as source:  # noqa: SLF001 - the library's own way to a sheet, without its blank filling
        within: Element | None = None
        for event, element in iterparse(source, events=("start", "end")):  # noqa: S314 - see the import
            if event == "start" and element.tag == f"{_SPREADSHEET}sheetData":
                within = element
            elif event == "end" and element.tag == f"{_SPREADSHEET}row" and within is not None:
                number, found = reader.parse_row(element)
                cells = _cells(found)
                within.clear()
                if not cells:
                    continue
                if number <= last:
                    raise _NotTaken("workbook_damaged", reason="row order")
                last = number
                budget.spend(sheet.title, cells)
                yield [number, cells]


def _cell_reader(book: Any, sheet: Any) -> Any:
    """Reads one row's cells, with the workbook's texts and date formats; a formula is only noticed."""
    from openpyxl.worksheet._reader import WorkSheetParser  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

    class Reader(WorkSheetParser):  # type: ignore[misc]
        def parse_formula(self, element: Element) -> str:
            return "="

    return Reader(
        None,
        sheet._shared_strings,  # noqa: SLF001 - what the library's own reader is given
        epoch=book.epoch,
        date_formats=book._date_formats,  # noqa: SLF001 - the same
        timedelta_formats=book._timedelta_formats,  # noqa: SLF001 - the same
    )


def _cells(found: list[dict[str, Any]]) -> list[list[Any]]:
    cells: list[list[Any]] = []
    for each in found:
        kind, text = _shown(each["data_type"], each["value"])
        if not text:
            continue
        if cells and each["column"] <= cells[-1][0]:
            raise _NotTaken("workbook_damaged", reason="column order")
        cells.append([each["column"], kind, text])
    return cells


def _shown(type_: str, value: object) -> tuple[str, str]:
    """(kind, text) of a cell's value; an empty text for an empty cell."""
    if type_ == "f":
        return FORMULA, "="
    if type_ == "e" and value is not None:
        return ERROR, str(value) or "#"
    if isinstance(value, bool):
        return TRUTH, "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime | date | time | timedelta):
        return MOMENT, _moment(value)
    return TEXT, "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def _number(value: float) -> tuple[str, str]:
    """A whole number without a point, another by the shortest digits that mean it."""
    if isinstance(value, float) and not math.isfinite(value):
        return ERROR, "#NUM!"
    if value == int(value) and abs(value) < _SAFE_INTEGER:
        return NUMBER, str(int(value))
    return NUMBER, format(Decimal(repr(value)), "f")


def _moment(value: datetime | date | time | timedelta) -> str:
    """ISO 8601 to the second; midnight is a date, which is how a sheet holds one."""
    if isinstance(value, datetime):
        nearest = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return nearest.date().isoformat() if nearest.time() == time() else nearest.isoformat()
    return str(value) if isinstance(value, timedelta) else value.isoformat()


if __name__ == "__main__":
    serve_confined(read)
