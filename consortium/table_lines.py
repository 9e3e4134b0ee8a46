"""PURE: the filled rows of a CSV file with the lines on which they begin, for tables that anybody hands to a command.

Knows bytes and lines. Refuses to know columns, and what a table is about.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator


def filled_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, cells); rows without any content are passed over.

    Raises UnicodeDecodeError where the bytes are not UTF-8 (with or without BOM) and csv.Error where they are no table.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), strict=True)
    begins = 1
    for cells in reader:
        if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
            yield begins, cells
        begins = reader.line_num + 1


def undecodable_line(content: bytes) -> int:
    """The line of the first byte that is not UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1
