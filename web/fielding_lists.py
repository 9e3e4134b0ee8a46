"""Lists of visits on a page: sent in, looked over, invited with one button, given back with links.

A list is looked over before anything happens; one bad row and nothing does. The file is read in memory and let go; what
waits for the button are its rows. Links stand in the file that answers and nowhere else, and can be fetched again for
as long as the list is kept.
"""

from __future__ import annotations

import asyncio
import re
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.links import new_token
from consortium.permissions import may_see_season, require
from consortium.units import unit, zone
from locales.errors import DomainError, Finding, explain
from surveys.fielding.link_files import CSV, LINK_COLUMNS, MEDIA_TYPES, XLSX, file_name, link_row, write_file
from surveys.fielding.list_links import LinkRow, links_of
from surveys.fielding.list_words import count_outcomes, fault_place
from surveys.fielding.visit_files import VisitRow, read_visits
from surveys.fielding.visit_lists import (
    invite_visits,
    keep_list,
    kept_list,
    may_field,
    preview_visits,
)
from web.fielding_unit import attachment, unit_values
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import base_url, site_of
from web.uploads import read_upload
from web.visitors import require_visitor

LISTS_PATH = "/surveys/lists"
SHOWN_ROWS = 20
SHOWN_FAULTS = 50

_UNIT = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


async def upload(request: Request) -> Response:
    """POST /surveys/lists: look a list over; on to its preview, or back to the unit's page with every fault."""
    form, content = await read_upload(request, fields=(TOKEN_FIELD, "unit"), file="list")
    site, code = site_of(request), form["unit"]
    if not _UNIT.fullmatch(code):
        raise DomainError("form_unreadable")

    def may_send(session: Session) -> ZoneInfo:
        require(may_field(require_visitor(session, request, form).actor, code))
        unit(session, code)
        return zone(session)

    place = await site.database.run(may_send)  # who may not send anything in keeps no reader busy
    visits, findings = await asyncio.to_thread(read_visits, content, file="list", zone=place)
    if not content:
        findings = [Finding("list", "file", "upload_missing")]
    list_id, findings = await site.database.run(lambda session: _keep(session, request, form, visits, findings))
    if list_id is not None:
        return see(f"{LISTS_PATH}/{list_id}")
    values = await site.database.run(lambda session: unit_values(session, request, code))
    language = language_of(request)
    faults = [(fault_place(finding, language), explain(language, finding)) for finding in findings[:SHOWN_FAULTS]]
    more = {"faults": faults, "more_faults": len(findings) - len(faults)}
    return page(request, "fielding_unit.html.j2", status=422, **values | more)


async def show(request: Request) -> Response:
    """GET /surveys/lists/{id}: what a list will do, or what it has done."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        found, rows = kept_list(session, list_id=_id(request), actor=actor, now=site_of(request).clock())
        place = zone(session)
        return {
            "list": found,
            "unit": unit(session, found.unit_code),
            "sees_all": may_see_season(actor),
            "counts": count_outcomes(rows),
            "rows": [(row, local_time(row.discharged_at, place)) for row in rows[:SHOWN_ROWS]],
            "more": max(len(rows) - SHOWN_ROWS, 0),
            "until": local_time(found.expires_at, place),
            "forms": (CSV, XLSX),
            "columns": LINK_COLUMNS,
        }

    return page(request, "fielding_list.html.j2", **await site_of(request).database.run(work))


async def invite(request: Request) -> Response:
    """POST /surveys/lists/{id}/invite: all of it, or nothing."""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        invite_visits(session, list_id=_id(request), actor=actor, token=new_token, now=site_of(request).clock())

    await site_of(request).database.run(work)
    return see(f"{LISTS_PATH}/{_id(request)}")


async def links(request: Request) -> Response:
    """POST /surveys/lists/{id}/links: the list with a fresh link in each row that has somebody to write to."""
    form = await read_form(request, fields=(TOKEN_FIELD, "form"))
    if form["form"] not in MEDIA_TYPES:
        raise DomainError("form_unreadable")
    site, base = site_of(request), base_url(request)

    def work(session: Session) -> tuple[str, list[LinkRow], ZoneInfo]:
        actor, now = require_visitor(session, request, form).actor, site.clock()
        found, _ = kept_list(session, list_id=_id(request), actor=actor, now=now)
        made = links_of(session, list_id=found.id, actor=actor, token=new_token, now=now)
        return found.unit_code, made, zone(session)

    unit_code, made, place = await site.database.run(work)
    language = language_of(request)
    rows = [link_row(each, address=lambda t: f"{base}/s/{t}", zone=place, language=language) for each in made]
    content = await asyncio.to_thread(write_file, form["form"], LINK_COLUMNS, rows)
    name = file_name(unit_code, form["form"], now=site.clock(), zone=place)
    return attachment(content, form["form"], name.removesuffix(f".{form['form']}"))


def _keep(
    session: Session, request: Request, form: Form, visits: list[VisitRow], faults: list[Finding]
) -> tuple[str | None, list[Finding]]:
    """The id of the list that waits now, or None and everything that is wrong with it."""
    site, code = site_of(request), form["unit"]
    actor = require_visitor(session, request, form).actor
    looked = preview_visits(
        session, unit_code=code, visits=visits, file="list", secret=site.secret, now=site.clock(), faults=faults
    )
    if looked.findings:
        return None, list(looked.findings)
    kept = keep_list(session, unit_code=code, rows=looked.rows, actor=actor, new_id=new_token(), now=site.clock())
    return kept.id, []


def _id(request: Request) -> str:
    list_id: str = request.path_params["id"][:40]
    return list_id


ROUTES = [
    Route(LISTS_PATH, upload, methods=["POST"]),
    Route("/surveys/lists/{id}", show),
    Route("/surveys/lists/{id}/invite", invite, methods=["POST"]),
    Route("/surveys/lists/{id}/links", links, methods=["POST"]),
]
