"""The files that hospitals get back: who to write to, with which link, as CSV and as a workbook.

No cell can become a formula: see `consortium.tables_out`, which writes them. Refuses to know how links are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from consortium.tables_out import CSV, MEDIA_TYPES, XLSX, Sheet, harmless, write_csv, write_workbook

__all__ = ["CSV", "MEDIA_TYPES", "XLSX", "harmless", "write_file"]

_WIDTHS = {"visit": 22, "link": 60, "send_from": 18, "send_until": 18, "discharged_at": 18, "status": 24}


def write_file(form: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in one of the two forms."""
    return write_workbook([Sheet("links", header, rows, _WIDTHS)]) if form == XLSX else write_csv(header, rows)
