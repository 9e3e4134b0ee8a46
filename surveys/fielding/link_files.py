"""The files that hospitals get back: who to write to, with which link, as CSV and as a workbook.

The same file by page and by chat. No cell can become a formula: see `consortium.tables_out`, which writes them. Refuses
to know how links are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from consortium.tables_out import CSV, MEDIA_TYPES, XLSX, Sheet, harmless, write_csv, write_workbook
from locales.texts import text
from surveys.fielding.list_links import LinkRow

__all__ = ["CSV", "LINK_COLUMNS", "MEDIA_TYPES", "XLSX", "file_name", "harmless", "link_row", "write_file"]

LINK_COLUMNS = ("visit", "kind", "discharged_at", "language", "link", "status", "send_from", "send_until")
_WIDTHS = {"visit": 22, "link": 60, "send_from": 18, "send_until": 18, "discharged_at": 18, "status": 24}


def write_file(form: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in one of the two forms."""
    return write_workbook([Sheet("links", header, rows, _WIDTHS)]) if form == XLSX else write_csv(header, rows)


def link_row(link: LinkRow, *, address: Callable[[str], str], zone: ZoneInfo, language: str) -> tuple[str, ...]:
    """One visit of a list that comes back, by `LINK_COLUMNS`; `address` makes a link of a ticket."""
    visit = link.visit
    return (
        visit.visit,
        visit.kind,
        _local(visit.discharged_at, zone),
        visit.language,
        address(link.ticket) if link.ticket is not None else "",
        text(language, f"fielding.outcome.{visit.outcome}"),
        _local(link.send_from, zone) if link.send_from is not None else "",
        _local(link.send_until, zone) if link.send_until is not None else "",
    )


def file_name(unit_code: str, form: str, *, now: datetime, zone: ZoneInfo) -> str:
    """What the file that comes back is called."""
    return f"links-{unit_code}-{now.astimezone(zone):%Y%m%d}.{form}"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment on the consortium's own clock, to the minute."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
