"""Reading tables of figures that people send, apart from everything else: CSV of any usual encoding, or a workbook.

What is not a short UTF-8 table is read in a confined process, whatever it holds. Knows sizes. Refuses to know what the
columns mean.
"""

from __future__ import annotations

import json

from consortium.confined import FAILED, TOO_LARGE, TOO_SLOW, Limits, read_confined
from consortium.imports import MAXIMUM_BYTES, Row, read_csv
from consortium.sheets import OLE_MARK, ZIP_MARK
from consortium.tables_in import decode
from locales.errors import Finding

SHORT = 128 * 1024
"""Bytes of plain UTF-8 up to which splitting at commas takes no process of its own."""

_LIMITS = Limits(seconds=8.0, megabytes=512)
_SAID = {TOO_SLOW: "workbook_too_slow", TOO_LARGE: "workbook_needs_too_much", FAILED: "table_unreadable"}
_SEPARATORS = (b"\t", b";")
_RARELY = 8


def read_table_confined(
    content: bytes, *, file: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> tuple[list[Row], list[Finding]]:
    """As `tables_in.read_table`; never an exception. Blocks, perhaps for seconds: not within a transaction."""
    if len(content) > MAXIMUM_BYTES:
        return [], [Finding(file, "file", "table_too_large", {"limit": MAXIMUM_BYTES // 1024 // 1024})]
    if _is_short_and_plain(content):
        return read_csv(content, file=file, columns=columns, optional=optional)
    asked = json.dumps({"columns": columns, "optional": optional})
    found, failed = read_confined("consortium.table_program", content, limits=_LIMITS, arguments=[asked])
    if failed:
        return [], [Finding(file, "file", _SAID[failed])]
    names = columns + optional
    rows = [
        Row(line, {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}, sheet)
        for line, sheet, cells in found["rows"]
    ]
    return rows, [Finding(file, key, code, details) for key, code, details in found["findings"]]


def _is_short_and_plain(content: bytes) -> bool:
    """Whether this is UTF-8 with commas and no longer than is worth a process."""
    if content.startswith((ZIP_MARK, OLE_MARK)):
        return False
    if len(content) > SHORT or content.count(b"\0") * _RARELY > len(content):  # UTF-16 has a zero in every letter
        return False
    header = content.partition(b"\n")[0]
    if b"," not in header and any(each in header for each in _SEPARATORS):
        return False
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode(content) is None  # nothing that anybody could read: `read_csv` says where
    return True
