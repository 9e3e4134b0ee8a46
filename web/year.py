"""The year on the desk (rule 27): targets met, what fell short and why, what two years say, files for the authority.

Committee and auditors read; the office writes causes and measures. Works with whatever is settled and says what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.tables_out import CSV, MEDIA_TYPES, Cell, write_csv
from consortium.units import unit_names, zone
from evaluation.waivers import person_name
from evaluation.year_notes import FIRST_YEAR, LAST_YEAR, LONGEST_WORDS, write_year_note
from evaluation.year_report import YearReport, reported_years, year_report
from locales.errors import DomainError
from storage.audit import record
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, download, language_of, local_time, page, see
from web.site import site_of
from web.visitors import require_visitor
from web.year_tables import below_rows, completion_rows, standing_rows, trouble_rows
from web.year_views import year_view

PATH = "/office/year"
TABLES: dict[str, Callable[[YearReport, dict[str, str], str], tuple[tuple[str, ...], list[tuple[Cell, ...]]]]] = {
    "completion": completion_rows,
    "troubles": trouble_rows,
    "standing": standing_rows,
    "below": below_rows,
}
"""The files that can be taken along, each with what writes its rows."""
_MOST_OPEN = 30  # problems; more are folded up by unit


async def newest(request: Request) -> Response:
    """GET /office/year: the newest year of which something is settled, else this year."""

    def work(session: Session) -> int:
        require(may_see_season(require_visitor(session, request).actor))
        years = reported_years(session)
        return years[0] if years else Period.month_of(site_of(request).clock(), zone(session)).year

    return see(f"{PATH}/{await site_of(request).database.run(work)}")


async def show(request: Request) -> Response:
    """GET /office/year/{year}[?note=unit/indicator]: the report, and the form of a note."""
    year, language, now = _year(request), language_of(request), site_of(request).clock()

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        report = year_report(session, year=year, now=now)
        local = zone(session)

        def written(person: str, moment: datetime) -> tuple[str, str]:
            return person_name(session, person), local_time(moment, local)

        view = year_view(report, unit_names(session, language), language, written=written)
        asked = request.query_params.get("note", "")
        subject = asked if asked in {each.subject for each in view.troubles} else ""
        standing = report.notes.get(subject)
        return {
            "report": view,
            "years": reported_years(session),
            "tables": tuple(TABLES),
            "subject": subject,
            "cause": standing.cause if standing is not None else "",
            "measure": standing.measure if standing is not None else "",
            "longest": LONGEST_WORDS,
            "may_write": may_run_season(actor),
            "path": f"{PATH}/{year}",
            "done": request.query_params.get("done") == "yes",
            "most_open": _MOST_OPEN,
        }

    return page(request, "year.html.j2", **await site_of(request).database.run(work))


async def note(request: Request) -> Response:
    """POST /office/year/{year}/notes: write, change or take away a note."""
    form, year = await read_form(request, fields=(TOKEN_FIELD, "subject", "cause", "measure")), _year(request)

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        write_year_note(
            session,
            year=year,
            subject=form["subject"],
            cause=form["cause"],
            measure=form["measure"],
            actor=actor,
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see(f"{PATH}/{year}?done=yes")


async def export(request: Request) -> Response:
    """POST /office/year/{year}/export: one of the tables as a file; that it left the house is on record."""
    form, year, language = await read_form(request, fields=(TOKEN_FIELD, "table")), _year(request), language_of(request)
    table, now = form["table"], site_of(request).clock()
    if table not in TABLES:
        raise DomainError("form_unreadable")

    def work(session: Session) -> tuple[YearReport, dict[str, str]]:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        record(
            session, actor=actor.ref, action="export_year", subject=f"year:{year}", now=now, details={"table": table}
        )
        return year_report(session, year=year, now=now), unit_names(session, language)

    report, names = await site_of(request).database.run(work)
    header, rows = TABLES[table](report, names, language)
    return download(write_csv(header, rows), name=f"{table}-{year}.csv", media_type=MEDIA_TYPES[CSV])


def _year(request: Request) -> int:
    year: int = request.path_params["year"]
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DomainError("year_unknown")
    return year


ROUTES = [
    Route(PATH, newest),
    Route(f"{PATH}/{{year:int}}", show),
    Route(f"{PATH}/{{year:int}}/notes", note, methods=["POST"]),
    Route(f"{PATH}/{{year:int}}/export", export, methods=["POST"]),
]
