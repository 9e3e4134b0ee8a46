"""A unit's own surveys: how they go, whom the hospital should write to, its posters.

The office sees every unit's page and may act on it, the unit's representatives their own; committee and auditors look.
A unit that is not the visitor's does not exist for them.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import Actor, may_see_season, may_see_unit, require
from consortium.units import installation, unit, zone
from locales.errors import DomainError, explain
from locales.texts import pick, text
from surveys.fielding.applied import settings_of
from surveys.fielding.contacts import LinkContact, count_due, take_contacts
from surveys.fielding.link_files import CSV, MEDIA_TYPES, XLSX, write_file
from surveys.fielding.models import Poster
from surveys.fielding.patient_optouts import opt_out_visit
from surveys.fielding.poster_print import poster_words, print_poster
from surveys.fielding.posters import (
    USUAL_DAILY_LIMIT,
    make_poster,
    new_poster_code,
    poster_at,
    poster_counts,
    withdraw_poster,
)
from surveys.fielding.progress import nobody, progress
from surveys.fielding.versions import versions
from surveys.fielding.visit_files import COLUMNS as VISIT_COLUMNS
from surveys.fielding.visit_files import OPTIONAL
from surveys.fielding.visit_lists import may_field
from surveys.fielding.waves import end_of, waves
from surveys.fielding.windows import first_allowed, is_quiet
from web.addresses import CODE
from web.fielding_views import progress_view
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import base_url, site_of
from web.visitors import require_visitor

MOST_CONTACTS = 2000
COLUMNS = ("visit", "kind", "language", "occasion", "link", "send_from", "send_until")

_MONTHS = 2


async def show(request: Request) -> Response:
    """GET /units/{code}/surveys"""
    values = await site_of(request).database.run(lambda session: unit_values(session, request))
    return page(request, "fielding_unit.html.j2", **values)


async def export_contacts(request: Request) -> Response:
    """POST /units/{code}/surveys/contacts: the file of those to write to, with links made for it. They count as
    written to; in quiet hours the file says from when on.
    """
    form = await read_form(request, fields=(TOKEN_FIELD, "form"))
    if form["form"] not in MEDIA_TYPES:
        raise DomainError("form_unreadable")
    site = site_of(request)
    base, now = base_url(request), site.clock()

    def work(session: Session) -> tuple[str, list[LinkContact], ZoneInfo, datetime]:
        actor = require_visitor(session, request, form).actor
        code = _own_unit(session, request, actor)
        require(may_field(actor, code))
        place = zone(session)
        begin = first_allowed(now, settings_of(session).quiet, place)
        taken = take_contacts(session, unit_code=code, limit=MOST_CONTACTS, token=new_token, actor=actor.ref, now=now)
        return code, taken, place, begin

    code, taken, place, begin = await site.database.run(work)
    language = language_of(request)
    rows = [
        (
            each.visit,
            each.kind,
            each.language,
            text(language, f"fielding.occasion.{each.occasion}"),
            f"{base}/s/{each.ticket}",
            local_time(begin, place),
            local_time(each.expires_at, place),
        )
        for each in taken
    ]
    content = await asyncio.to_thread(write_file, form["form"], COLUMNS, rows)
    return attachment(content, form["form"], f"contacts-{code}-{now.astimezone(place):%Y%m%d}")


async def opt_out_patient(request: Request) -> Response:
    """POST /units/{code}/surveys/opt-outs: a patient told the hospital that they want no more invitations."""
    form = await read_form(request, fields=(TOKEN_FIELD, "visit"))

    def work(session: Session) -> tuple[bool | None, str | None, Values]:
        actor = require_visitor(session, request, form).actor
        code = _own_unit(session, request, actor)
        require(may_field(actor, code))
        visit, covered, fault = form["visit"].strip(), None, None
        try:
            covered = opt_out_visit(session, unit_code=code, visit=visit, actor=actor.ref, now=site_of(request).clock())
        except DomainError as error:
            if error.code != "visit_unknown":
                raise
            fault = explain(language_of(request), error)
        return covered, fault, unit_values(session, request)

    covered, fault, values = await site_of(request).database.run(work)
    said = {"opt_out_fault": fault, "opted_out": covered, "opt_out_visit": form["visit"] if fault else ""}
    return page(request, "fielding_unit.html.j2", status=422 if fault else 200, **values | said)


async def hang_poster(request: Request) -> Response:
    """POST /units/{code}/surveys/posters: a poster for the unit or a department."""
    form = await read_form(request, fields=(TOKEN_FIELD, "department", "kind"))

    def work(session: Session) -> str:
        actor = require_visitor(session, request, form).actor
        code = _own_unit(session, request, actor)
        require(may_field(actor, code))
        make_poster(
            session,
            unit_code=code,
            department=form["department"],
            kind=form["kind"],
            code=new_poster_code(),
            actor=actor.ref,
            now=site_of(request).clock(),
        )
        return code

    try:
        code = await site_of(request).database.run(work)
    except DomainError as error:
        if error.code not in ("department_name", "kind_without_questionnaire", "poster_too_many"):
            raise
        values = await site_of(request).database.run(lambda session: unit_values(session, request))
        fault = explain(language_of(request), error)
        return page(request, "fielding_unit.html.j2", status=422, **values | {"poster_fault": fault, "form": form})
    return see(f"/units/{code}/surveys#posters")


async def take_down_poster(request: Request) -> Response:
    """POST /surveys/posters/{code}/withdraw"""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> str:
        actor = require_visitor(session, request, form).actor
        poster = _own_poster(session, request, actor)
        require(may_field(actor, poster.unit_code))
        withdraw_poster(session, code=poster.code, actor=actor.ref, now=site_of(request).clock())
        return poster.unit_code

    unit_code = await site_of(request).database.run(work)
    return see(f"/units/{unit_code}/surveys#posters")


async def poster_page(request: Request) -> Response:
    """GET /surveys/posters/{code}.pdf: one page to print."""
    base = base_url(request)

    def work(session: Session) -> tuple[str, Values]:
        poster = _own_poster(session, request, require_visitor(session, request).actor)
        words = poster_words(
            url=f"{base}/p/{poster.code}",
            unit_name=unit(session, poster.unit_code).name,
            department=poster.department,
            consortium_name=installation(session).name,
        )
        return poster.code, words

    code, words = await site_of(request).database.run(work)
    content = await asyncio.to_thread(print_poster, words)
    headers = {"Content-Disposition": f'attachment; filename="poster-{code}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


def attachment(content: bytes, form: str, name: str) -> Response:
    """A file to keep. Browsers never open it in the page."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def unit_values(session: Session, request: Request, code: str | None = None) -> Values:
    """Everything on the page of one unit: that of the address, or another that was asked for in a form."""
    actor = require_visitor(session, request).actor
    code = _own_unit(session, request, actor, code)
    now, place, language = site_of(request).clock(), zone(session), language_of(request)
    settings = settings_of(session)
    running = [wave for wave in waves(session) if wave.starts_at <= now < end_of(wave)]
    month = Period.month_of(now, place)
    parts = [
        (wave.name, progress(session, now=now, unit_code=code, wave_id=wave.id).get(code, nobody(code)))
        for wave in running
    ]
    for period in (month, month.previous()):
        found = progress(session, now=now, unit_code=code, period=period).get(code, nobody(code))
        parts.append((text(language, "fielding.unit.month", month=period_name(period, language)), found))
    kinds = [(kind, pick(each.questionnaire.title, language)) for each in versions(session) for kind in each.serves]
    quiet_until = first_allowed(now, settings.quiet, place) if is_quiet(now, settings.quiet, place) else None
    return {
        "unit": unit(session, code),
        "sees_all": may_see_season(actor),
        "may_field": may_field(actor, code),
        "shown": [(name, progress_view(found)) for name, found in parts],
        "due": count_due(session, unit_code=code, now=now),
        "quiet_until": local_time(quiet_until, place) if quiet_until is not None else None,
        "posters": poster_counts(session, unit_code=code, now=now),
        "daily_limit": USUAL_DAILY_LIMIT,
        "kinds": kinds,
        "sample": _sample(kinds[0][0] if kinds else "", now.astimezone(place)),
        "forms": (CSV, XLSX),
        "faults": (),
        "more_faults": 0,
        "poster_fault": None,
        "opt_out_fault": None,
        "opted_out": None,
        "opt_out_visit": "",
        "form": None,
    }


def _sample(kind: str, now: datetime) -> tuple[str, str]:
    """How a list may look: its header, and a visit of this morning without a person."""
    header = ",".join((*VISIT_COLUMNS, *OPTIONAL))
    return header, f"2026-0042,{kind},{now:%Y-%m-%d} 09:30,zh,"


def _own_unit(session: Session, request: Request, actor: Actor, asked: str | None = None) -> str:
    """The unit in the address, if this person may see it; else there is none."""
    code: str = asked if asked is not None else request.path_params["code"]
    if not CODE.fullmatch(code) or not may_see_unit(actor, code):
        raise DomainError("unit_unknown", unit=code[:40])
    return unit(session, code).code


def _own_poster(session: Session, request: Request, actor: Actor) -> Poster:
    """The poster in the address, if this person may see its unit; else there is none."""
    poster = poster_at(session, code=request.path_params["code"])
    if not may_see_unit(actor, poster.unit_code):
        raise DomainError("poster_unknown")
    return poster


ROUTES = [
    Route("/units/{code}/surveys", show),
    Route("/units/{code}/surveys/contacts", export_contacts, methods=["POST"]),
    Route("/units/{code}/surveys/opt-outs", opt_out_patient, methods=["POST"]),
    Route("/units/{code}/surveys/posters", hang_poster, methods=["POST"]),
    Route("/surveys/posters/{code}.pdf", poster_page),
    Route("/surveys/posters/{code}/withdraw", take_down_poster, methods=["POST"]),
]
