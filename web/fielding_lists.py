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
from locales.texts import text
from surveys.fielding.link_files import CSV, MEDIA_TYPES, XLSX, write_file
from surveys.fielding.visit_files import VisitRow, read_visits
from surveys.fielding.visit_lists import (
    REPEATED,
    LinkRow,
    ListedVisit,
    invite_visits,
    keep_list,
    kept_list,
    links_of,
    may_field,
    preview_visits,
)
from surveys.fielding.visits import NEW, OUTCOMES
from web.fielding_unit import attachment, unit_values
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import base_url, site_of
from web.uploads import read_upload
from web.visitors import require_visitor

LISTS_PATH = "/surveys/lists"
COLUMNS = ("visit", "kind", "discharged_at", "language", "link", "status", "send_from", "send_until")
SHOWN_ROWS = 20
SHOWN_FAULTS = 50

_UNIT = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_PLACE = re.compile(r"line ([0-9]+)(?:, (\w+))?", re.ASCII)


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
    faults = [(_place(finding.key, language), explain(language, finding)) for finding in findings[:SHOWN_FAULTS]]
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
            "counts": _counts(rows),
            "rows": [(row, local_time(row.discharged_at, place)) for row in rows[:SHOWN_ROWS]],
            "more": max(len(rows) - SHOWN_ROWS, 0),
            "until": local_time(found.expires_at, place),
            "forms": (CSV, XLSX),
            "columns": COLUMNS,
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
    rows = [_row(each, base, place, language) for each in made]
    content = await asyncio.to_thread(write_file, form["form"], COLUMNS, rows)
    return attachment(content, form["form"], f"links-{unit_code}-{site.clock().astimezone(place):%Y%m%d}")


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


def _row(link: LinkRow, base: str, place: ZoneInfo, language: str) -> tuple[str, ...]:
    visit = link.visit
    return (
        visit.visit,
        visit.kind,
        local_time(visit.discharged_at, place),
        visit.language,
        f"{base}/s/{link.ticket}" if link.ticket is not None else "",
        text(language, f"fielding.outcome.{visit.outcome}"),
        local_time(link.send_from, place) if link.send_from is not None else "",
        local_time(link.send_until, place) if link.send_until is not None else "",
    )


def _counts(rows: list[ListedVisit]) -> list[tuple[str, int]]:
    """How many rows of each outcome there are; how many are new in any case."""
    counted = [(outcome, sum(row.outcome == outcome for row in rows)) for outcome in (*OUTCOMES, REPEATED)]
    return [(outcome, count) for outcome, count in counted if count or outcome == NEW]


def _place(key: str, language: str) -> str:
    """Where a fault stands, as people say it; what is no row and column is told as it is."""
    found = _PLACE.fullmatch(key)
    if found is None:
        return text(language, "fielding.list.file_place") if key == "file" else key
    return text(language, "fielding.list.place", line=found[1], column=found[2] or "").strip()


def _id(request: Request) -> str:
    list_id: str = request.path_params["id"][:40]
    return list_id


ROUTES = [
    Route(LISTS_PATH, upload, methods=["POST"]),
    Route("/surveys/lists/{id}", show),
    Route("/surveys/lists/{id}/invite", invite, methods=["POST"]),
    Route("/surveys/lists/{id}/links", links, methods=["POST"]),
]
