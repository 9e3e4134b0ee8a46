"""Other audiences on the web: links for a group, what blind surveys say about a unit, and results of third parties.

Everybody sees the units they may see; links are made by the unit's representatives and the office, results of third
parties imported by the office. Blind surveys show whole months that have ended, and never who has answered.
"""

from __future__ import annotations

import asyncio
import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, may_see_season, may_see_unit, require
from consortium.units import all_units, unit, zone
from evaluation.explanation_text import source_definition
from evaluation.figures import plain, rounded
from evaluation.scorecards import settlements
from locales.errors import DomainError, explain
from locales.texts import LANGUAGES, pick
from surveys.audiences.blindness import blind_versions
from surveys.audiences.groups import GroupFigures, unit_groups
from surveys.audiences.handing_out import LEAST_LINKS, MOST_LINKS, make_links
from surveys.audiences.models import ThirdPartyResult
from surveys.audiences.third_party import (
    Preview,
    import_results,
    keep_results,
    kept_results,
    preview_results,
    unit_results,
)
from surveys.audiences.third_party_files import Result
from surveys.fielding.link_files import CSV, MEDIA_TYPES, XLSX, write_file
from surveys.fielding.progress import nobody, progress
from surveys.fielding.visit_lists import may_field
from surveys.intervals import Estimate
from surveys.models import QuestionnaireVersion
from surveys.questionnaires import in_use, load
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import base_url, site_of
from web.uploads import read_upload
from web.visitors import require_visitor

COLUMNS = ("serial", "kind", "group", "language", "link", "send_until")
MONTHS = 12

_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
_THIRD_PARTY = "/office/third-party"
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


async def third_party(request: Request) -> Response:
    """GET /office/third-party: the newest results of third parties, and the form to import more."""
    return page(request, "audiences_third_party.html.j2", **await _desk(request))


async def upload(request: Request) -> Response:
    """POST /office/third-party: look a table over and put it aside; every bad row is named and nothing taken."""
    form, content = await read_upload(request, fields=(TOKEN_FIELD,), file="file")
    now, new_id = site_of(request).clock(), new_token()

    def allowed(session: Session) -> None:
        require(may_run_season(require_visitor(session, request, form).actor))

    def work(session: Session) -> Preview:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        preview = preview_results(session, content=content, file="table", settled=_settled(session))
        if not preview.findings:
            rows = [row for row, _ in preview.rows]
            keep_results(session, content=content, rows=rows, new_id=new_id, actor=actor.ref, now=now)
        return preview

    await site_of(request).database.run(allowed)
    preview = await site_of(request).database.run(work)
    if preview.findings:
        values, language = await _desk(request), language_of(request)
        named = [(finding.key, explain(language, finding)) for finding in preview.findings]
        return page(request, "audiences_third_party.html.j2", status=422, **values | {"findings": named})
    return see(f"{_THIRD_PARTY}/{new_id}")


async def look_over(request: Request) -> Response:
    """GET /office/third-party/{id}: what an import would do."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_run_season(actor))
        now = site_of(request).clock()
        preview = kept_results(session, import_id=request.path_params["id"], actor=actor.ref, now=now)
        names = _names(session, request)
        return {
            "rows": [(_result_view(row, names, request), outcome) for row, outcome in preview.rows],
            "counts": {outcome: preview.count(outcome) for outcome in ("new", "corrected", "unchanged")},
            "path": f"{_THIRD_PARTY}/{request.path_params['id']}",
        }

    return page(request, "audiences_preview.html.j2", **await site_of(request).database.run(work))


async def confirm(request: Request) -> Response:
    """POST /office/third-party/{id}/import"""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        import_results(
            session,
            import_id=request.path_params["id"],
            settled=_settled(session),
            actor=actor.ref,
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see(_THIRD_PARTY)


async def _desk(request: Request) -> Values:
    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        names = _names(session, request)
        return {
            "results": [_result_view(each, names, request) for each in unit_results(session)],
            "may_import": may_run_season(actor),
            "findings": (),
        }

    return await site_of(request).database.run(work)


def _unit(session: Session, request: Request) -> Values:
    actor = require_visitor(session, request).actor
    code = _own_unit(session, request, actor)
    now, place, language = site_of(request).clock(), zone(session), language_of(request)
    months = [Period.month_of(now, place).previous()]
    while len(months) < MONTHS:
        months.append(months[-1].previous())
    asked = request.query_params.get("period")
    period = Period.parse(asked) if asked is not None else months[0]
    latest = _latest_blind(session)
    surveys = []
    for questionnaire_id, version in latest:
        form = load(session, questionnaire_id, version)
        found = unit_groups(session, unit_code=code, questionnaire_id=questionnaire_id, period=period, now=now)
        names = {dimension.code: pick(dimension.name, language) for dimension in form.dimensions}
        surveys.append(
            {
                "title": pick(form.title, language),
                "invited": sum(
                    progress(session, now=now, unit_code=code, kind=kind).get(code, nobody(code)).invited
                    for kind in form.kinds
                ),
                "whole": _figures_view(found.whole, names),
                "groups": [_figures_view(each, names) for each in found.groups],
            }
        )
    kinds = [
        (kind, pick(load(session, *version).title, language))
        for version in latest
        for kind in load(session, *version).kinds
        if in_use(session, kind) == version
    ]
    names, first = _names(session, request), kinds[0][0] if kinds else ""
    return {
        "unit": unit(session, code),
        "period": str(period),
        "months": [str(each) for each in months],
        "surveys": surveys,
        "third": [_result_view(each, names, request) for each in unit_results(session, unit_code=code)],
        "may_field": may_field(actor, code),
        "kinds": kinds,
        "spoken": LANGUAGES,
        "forms": (CSV, XLSX),
        "limits": (LEAST_LINKS, MOST_LINKS),
        "fault": None,
        "form": Form({"group": "", "count": "", "kind": first, "language": language, "form": CSV}, {}),
    }


def _latest_blind(session: Session) -> list[tuple[str, str]]:
    """Of each blind questionnaire the version applied last, by id."""
    latest: dict[str, QuestionnaireVersion] = {}
    for id_, version in blind_versions(session):
        row = session.get_one(QuestionnaireVersion, (id_, version))
        if not row.is_draft and (id_ not in latest or row.applied_at > latest[id_].applied_at):
            latest[id_] = row
    return sorted((row.id, row.version) for row in latest.values())


def _figures_view(found: GroupFigures, names: dict[str, str]) -> Values:
    return {
        "name": found.name,
        "n": found.n,
        "score": _rounded(found.score),
        "dimensions": [(names.get(code, code), _rounded(each)) for code, each in found.dimensions.items()],
    }


def _rounded(estimate: Estimate | None) -> str | None:
    return rounded(estimate.value, 1) if estimate is not None else None


def _result_view(result: ThirdPartyResult | Result, names: dict[str, str], request: Request) -> Values:
    interval = ""
    if result.low is not None and result.high is not None:
        interval = f"{plain(result.low)}–{plain(result.high)}"
    return {
        "unit": names.get(result.unit_code, result.unit_code),
        "period": result.period,
        "source": result.source,
        "definition": source_definition(result.definition, language_of(request)),
        "score": plain(result.score),
        "n": result.n,
        "interval": interval,
    }


def _names(session: Session, request: Request) -> dict[str, str]:
    return {each.code: pick(each.name, language_of(request)) for each in all_units(session)}


def _settled(session: Session) -> frozenset[str]:
    return frozenset(each.period for each in settlements(session))


def _own_unit(session: Session, request: Request, actor: Actor) -> str:
    """The unit in the address, if this person may see it; else there is none."""
    code: str = request.path_params["code"]
    if not _CODE.fullmatch(code) or not may_see_unit(actor, code):
        raise DomainError("unit_unknown", unit=code[:40])
    return unit(session, code).code


ROUTES = [
    Route("/units/{code}/audiences", show),
    Route("/units/{code}/audiences/links", export_links, methods=["POST"]),
    Route(_THIRD_PARTY, third_party),
    Route(_THIRD_PARTY, upload, methods=["POST"]),
    Route(f"{_THIRD_PARTY}/{{id}}", look_over),
    Route(f"{_THIRD_PARTY}/{{id}}/import", confirm, methods=["POST"]),
]
