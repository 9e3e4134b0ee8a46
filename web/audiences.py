"""Blind surveys of other audiences on the web: what they say about a unit, group by group, and links for a group.

Everybody sees the units they may see; the office, committee and auditors all of them at once. Links, files and comments
are for the unit's representatives and the office. Only single months that are closed are shown, and never who has
answered.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.disclosure import MINIMUM_FOR_COMMENTS, MINIMUM_SHOWN
from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import Actor, may_see_season, may_see_unit, require
from consortium.tables_out import Sheet, write_csv, write_workbook
from consortium.units import all_units, unit, zone
from locales.errors import DomainError, explain
from locales.texts import LANGUAGES, pick
from storage.audit import record
from surveys.audiences.blindness import blind_versions
from surveys.audiences.groups import UnitGroups, unit_groups
from surveys.audiences.handing_out import LEAST_LINKS, MOST_LINKS, make_links
from surveys.audiences.tables import groups_sheet
from surveys.audiences.third_party import unit_results
from surveys.codebook import codebook
from surveys.comments import blind_comments
from surveys.fielding.link_files import CSV, MEDIA_TYPES, XLSX, write_file
from surveys.fielding.progress import nobody, progress
from surveys.fielding.versions import versions
from surveys.fielding.visit_lists import may_field
from surveys.questionnaires import in_use
from surveys.results import responses_by_month
from surveys.scoring import LINEAR
from surveys.sittings import VISIT
from surveys.structure import Questionnaire
from web.addresses import CODE
from web.audience_views import figures_view
from web.closed_months import closed_months, is_closed
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, local_time, page
from web.site import base_url, site_of
from web.third_party import views_of
from web.visitors import require_visitor

COLUMNS = ("serial", "kind", "group", "language", "link", "send_until")
MONTHS = 12

_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
_LINK_FIELDS = (TOKEN_FIELD, "kind", "group", "language", "count", "form")


async def show(request: Request) -> Response:
    """GET /units/{code}/audiences[?period=2026-10]: blind surveys by group, third parties' results, links to make."""
    values = await site_of(request).database.run(lambda session: _unit(session, request))
    return page(request, "audiences.html.j2", **values)


async def export_links(request: Request) -> Response:
    """POST /units/{code}/audiences/links: a file with new links for a group."""
    form = await read_form(request, fields=_LINK_FIELDS)
    if form["form"] not in MEDIA_TYPES:
        raise DomainError("form_unreadable")
    base, now = base_url(request), site_of(request).clock()

    def work(session: Session) -> tuple[str, list[tuple[str, ...]]]:
        actor = require_visitor(session, request, form).actor
        code = _own_unit(session, request, actor)
        count = form["count"].strip()
        made = make_links(
            session,
            unit_code=code,
            kind=form["kind"],
            group=form["group"],
            language=form["language"],
            count=int(count) if _WHOLE.fullmatch(count) else 0,
            token=new_token,
            actor=actor,
            now=now,
        )
        place, group = zone(session), form["group"].strip()
        return code, [
            (each.serial, form["kind"], group, form["language"], f"{base}/s/{each.ticket}",
             local_time(each.expires_at, place))
            for each in made
        ]  # fmt: skip

    try:
        code, rows = await site_of(request).database.run(work)
    except DomainError as error:
        if error.code not in ("links_count", "links_kind", "group_malformed", "invitation_language"):
            raise
        values = await site_of(request).database.run(lambda session: _unit(session, request))
        fault = explain(language_of(request), error)
        return page(request, "audiences.html.j2", status=422, **values | {"fault": fault, "form": form})
    content = await asyncio.to_thread(write_file, form["form"], COLUMNS, rows)
    headers = {"Content-Disposition": f'attachment; filename="links-{code}-{now:%Y%m%d}.{form["form"]}"'}
    return Response(content, media_type=MEDIA_TYPES[form["form"]], headers=headers)


async def every_unit(request: Request) -> Response:
    """GET /surveys/audiences[?period=2026-10]: every unit's figure of each blind survey, without groups."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        wanted, language = _wanted(session, request), language_of(request)
        units = [(each.code, pick(each.name, language)) for each in all_units(session)]
        surveys = []
        answered = responses_by_month(session, closed=(wanted.period,), stream=VISIT)
        for form in _latest_blind(session):
            found = [
                (code, name, _groups(session, code, form, wanted))
                for code, name in units
                if (code, form.id) in answered
            ]
            rows = [
                (code, name, figures_view(groups.whole, form, language))
                for code, name, groups in found
                if groups is not None and groups.whole.n != 0
            ]
            surveys.append({"title": pick(form.title, language), "rows": rows})
        return {"surveys": surveys, "units": units, **_choices(wanted)}

    return page(request, "audiences_units.html.j2", **await site_of(request).database.run(work))


async def export(request: Request) -> Response:
    """POST /units/{code}/audiences/export: what the page shows of a month, as a file."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period", "form"))
    if form["form"] not in MEDIA_TYPES:
        raise DomainError("form_unreadable")
    language = language_of(request)

    def work(session: Session) -> tuple[str, str, list[Sheet]]:
        actor = require_visitor(session, request, form).actor
        code = _own_unit(session, request, actor)
        require(may_field(actor, code))
        wanted = _wanted(session, request, form["period"])
        found = [
            (groups, questionnaire)
            for questionnaire in _latest_blind(session)
            if (groups := _groups(session, code, questionnaire, wanted)) is not None
        ]
        record(session, actor=actor.ref, action="export_survey", subject=f"unit:{code}", now=site_of(request).clock(),
               details={"table": "groups", "form": form["form"], "window": str(wanted.period)})  # fmt: skip
        sheet = groups_sheet(found, unit_code=code, definition=LINEAR, language=language)
        return code, str(wanted.period), [sheet, codebook(questionnaire for _, questionnaire in found)]

    code, month, sheets = await site_of(request).database.run(work)
    content = await asyncio.to_thread(_written, form["form"], sheets)
    headers = {
        "Content-Disposition": f'attachment; filename="groups-{code}-{month}.{form["form"]}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[form["form"]], headers=headers)


def _written(form: str, sheets: list[Sheet]) -> bytes:
    """A workbook brings its codebook along; a CSV is the table alone."""
    return write_workbook(sheets) if form == XLSX else write_csv(sheets[0].header, sheets[0].rows)


def _unit(session: Session, request: Request) -> Values:
    actor = require_visitor(session, request).actor
    code = _own_unit(session, request, actor)
    now, language = site_of(request).clock(), language_of(request)
    wanted, forms = _wanted(session, request), _latest_blind(session)
    kinds = [
        (kind, pick(form.title, language))
        for form in forms
        for kind in form.kinds
        if in_use(session, kind) == (form.id, form.version)
    ]
    first = kinds[0][0] if kinds else ""
    may_act = may_field(actor, code)
    surveys = [
        {"invited": _invited(session, code, form, now), **_survey(session, code, form, wanted, language)}
        for form in forms
    ]
    return {
        "unit": unit(session, code),
        "sees_all": may_see_season(actor),
        "surveys": sorted(surveys, key=lambda survey: survey["is_silent"]),
        "third": views_of(unit_results(session, unit_code=code), session, language),
        "may_field": may_act,
        "kinds": kinds,
        "spoken": LANGUAGES,
        "forms": (CSV, XLSX),
        "limits": (LEAST_LINKS, MOST_LINKS),
        "fault": None,
        "form": Form({"group": "", "count": "", "kind": first, "language": language, "form": CSV}, {}),
        **_choices(wanted),
    }


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The month that is looked at, those there are to choose from, and whether it may be looked at."""

    period: Period
    months: tuple[Period, ...]
    is_closed: bool


def _wanted(session: Session, request: Request, written: str | None = None) -> _Wanted:
    """As asked, else the newest month that is closed; the month before this one where none is."""
    now = site_of(request).clock()
    closed = tuple(reversed(closed_months(session, now)))[:MONTHS]
    last = Period.month_of(now, zone(session)).previous()
    asked = written or request.query_params.get("period")
    period = Period.parse(asked) if asked else closed[0] if closed else last
    if not period.is_month:
        raise DomainError("groups_whole_months", period=str(period))
    is_month_closed = is_closed(session, period, now)
    if asked and not is_month_closed:
        raise DomainError("groups_month_running", period=str(period))
    return _Wanted(period, closed, is_month_closed)


def _choices(wanted: _Wanted) -> Values:
    return {
        "period": str(wanted.period),
        "months": [str(each) for each in wanted.months],
        "is_closed": wanted.is_closed,
        "minimum": MINIMUM_SHOWN,
        "for_comments": MINIMUM_FOR_COMMENTS,
    }


def _survey(session: Session, code: str, form: Questionnaire, wanted: _Wanted, language: str) -> Values:
    """What one blind survey says about a unit: the figures, and the comments (for whom may act there)."""
    found = _groups(session, code, form, wanted)
    said = None
    if found is not None:
        said = blind_comments(session, unit_code=code, questionnaire_id=form.id, month=wanted.period)
    return {
        "title": pick(form.title, language),
        "is_silent": found is None or found.whole.n == 0,
        "whole": figures_view(found.whole, form, language) if found is not None else None,
        "groups": [figures_view(each, form, language) for each in found.groups] if found is not None else [],
        "comments": None if said is None else [(pick(each.question, language), each.words) for each in said],
    }


def _invited(session: Session, code: str, form: Questionnaire, now: datetime) -> int:
    """How many were ever invited."""
    return sum(
        progress(session, now=now, unit_code=code, kind=kind).get(code, nobody(code)).invited for kind in form.kinds
    )


def _groups(session: Session, code: str, form: Questionnaire, wanted: _Wanted) -> UnitGroups | None:
    """None before the month is closed."""
    if not wanted.is_closed:
        return None
    return unit_groups(session, unit_code=code, questionnaire_id=form.id, period=wanted.period, is_closed=True)


def _latest_blind(session: Session) -> list[Questionnaire]:
    """Of each blind questionnaire the version launched last, by id."""
    blind = blind_versions(session)
    found: dict[str, Questionnaire] = {}
    for each in versions(session):  # those applied last first
        form = each.questionnaire
        if not each.is_draft and (form.id, form.version) in blind:
            found.setdefault(form.id, form)
    return [found[id_] for id_ in sorted(found)]


def _own_unit(session: Session, request: Request, actor: Actor) -> str:
    """The unit in the address, if this person may see it; else there is none."""
    code: str = request.path_params["code"]
    if not CODE.fullmatch(code) or not may_see_unit(actor, code):
        raise DomainError("unit_unknown", unit=code[:40])
    return unit(session, code).code


ROUTES = [
    Route("/surveys/audiences", every_unit),
    Route("/units/{code}/audiences", show),
    Route("/units/{code}/audiences/links", export_links, methods=["POST"]),
    Route("/units/{code}/audiences/export", export, methods=["POST"]),
]
