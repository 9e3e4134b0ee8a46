"""The program that reads a table: `python -m consortium.table_program SECONDS MIB ARGUMENTS`.

Bytes of a table as anybody saves it on stdin, its rows or what is wrong as JSON on stdout. Meets hostile files, so it
runs only through `consortium.tables_confined`. A workbook within is read by its own program, called and not started.
"""

from __future__ import annotations

import json
from typing import Any

from consortium.confined import is_confined, serve_confined
from consortium.tables_in import read_table


def read(content: bytes, arguments: list[str]) -> dict[str, Any]:
    """`{"rows": [[line, sheet, [cell, …]], …], "findings": [[key, code, details], …]}`, cells as the columns stand in
    the argument `{"columns": […], "optional": […]}`; a column that the table does not have is null.
    """
    asked = json.loads(arguments[0])
    columns, optional = tuple(asked["columns"]), tuple(asked["optional"])
    rows, findings = read_table(content, file="", columns=columns, optional=optional)
    names = columns + optional
    return {
        "rows": [[row.line, row.sheet, [row.values.get(name) for name in names]] for row in rows],
        "findings": [[finding.key, finding.code, dict(finding.details)] for finding in findings],
    }


if __name__ == "__main__" and not is_confined():
    serve_confined(read)
