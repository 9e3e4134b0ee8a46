"""Reading a table as somebody's spreadsheet has saved it: CSV of any usual encoding and separator, or a workbook.

Knows UTF-8 with or without its mark, GB18030, UTF-16, commas, semicolons and tabs. A workbook is read in a process of
its own (`sheets`); so is nothing else here. Refuses to know what the columns mean.
"""

from __future__ import annotations

import codecs
import csv
import io

from consortium.imports import MAXIMUM_BYTES, Row, read_csv
from consortium.sheets import OLE_MARK, ZIP_MARK, read_sheet
from locales.errors import Finding

_SEPARATORS = ("\t", ";")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_table(
    content: bytes, *, file: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> tuple[list[Row], list[Finding]]:
    """The cells by column, from a CSV file or a workbook: told apart by what they begin with, not by their names.

    Blocks while a workbook is read.
    """
    if content.startswith((ZIP_MARK, OLE_MARK)):
        return read_sheet(content, file=file, columns=columns, optional=optional)
    if len(content) > MAXIMUM_BYTES:
        return [], [Finding(file, "file", "table_too_large", {"limit": MAXIMUM_BYTES // 1024 // 1024})]
    text = decode(content)
    if text is None:
        return [], [Finding(file, "file", "table_encoding_unknown")]
    return read_csv(_with_commas(text).encode(), file=file, columns=columns, optional=optional)


def decode(content: bytes) -> str | None:
    """The text of a file as spreadsheets save it; None if it is none. GB18030 comes last: it takes almost anything."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\0" in content[:200]:  # UTF-16 without its mark: every second byte of plain letters is zero
        return _decoded(content, "utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    found = _decoded(content, "utf-8")
    return found if found is not None else _decoded(content, "gb18030")


def _with_commas(text: str) -> str:
    """A table that is separated by tabs or semicolons, as spreadsheets save it in some places, with commas."""
    header = text.partition("\n")[0].strip("\r")
    separator = next((each for each in _SEPARATORS if each in header and "," not in header), None)
    if separator is None:
        return text
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    try:
        writer.writerows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return text  # whoever reads it next names the fault
    return written.getvalue()


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
