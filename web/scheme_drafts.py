"""Drafts of a scheme on the desk: uploading one, copying the newest, what it lacks and changes, and shadow runs.

Nothing here has any effect on points, chats or bulletins (rule 116). Files are read in a process of their own.
"""

from __future__ import annotations

import asyncio

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.tables_out import CSV, MEDIA_TYPES, write_csv
from consortium.units import unit_names, zone
from evaluation.follow_up_models import SchemeDraft
from evaluation.scheme_diff import diff_schemes
from evaluation.scheme_drafts import (
    LARGEST_FILE,
    copy_newest,
    draft_of,
    give_up_draft,
    keep_draft,
    lacks,
    read_scheme_file,
    scheme_of,
)
from evaluation.scheme_writing import scheme_toml
from evaluation.schemes import scheme_version
from evaluation.shadow_runs import Shadow, run_shadow, shadow_periods
from evaluation.waivers import person_name
from locales.errors import DomainError, explain
from storage.audit import record
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, download, language_of, local_time, page, see
from web.scheme_views import change_views, scheme_view
from web.schemes import PATH as SCHEMES_PATH
from web.schemes import desk_values, file_response
from web.shadow_views import shadow_rows, shadow_view
from web.site import site_of
from web.uploads import read_upload
from web.visitors import require_visitor

PATH = "/office/schemes/drafts"
LONGEST_BODY = LARGEST_FILE + 16 * 1024
_MOST = 2**31
_MOST_FINDINGS = 60


async def upload(request: Request) -> Response:
    """POST /office/schemes/drafts: put the scheme of a TOML file aside, or say all that is wrong with the file."""
    form, content = await read_upload(request, fields=(TOKEN_FIELD, "note"), file="file")
    site = site_of(request)

    def allowed(session: Session) -> None:
        require(may_run_season(require_visitor(session, request, form).actor))

    def keep(session: Session) -> int:
        actor = require_visitor(session, request, form).actor
        return keep_draft(session, document=document, note=form["note"], actor=actor, now=site.clock()).id

    await site.database.run(allowed)
    document, findings = await asyncio.to_thread(read_scheme_file, content)
    if findings:
        values, language = await site.database.run(lambda session: desk_values(session, request)), language_of(request)
        named = [(finding.key, explain(language, finding)) for finding in findings[:_MOST_FINDINGS]]
        values |= {"findings": named, "finding_count": len(findings)}
        return page(request, "schemes.html.j2", status=422, **values)
    return see(f"{PATH}/{await site.database.run(keep)}")


async def copy(request: Request) -> Response:
    """POST /office/schemes/drafts/copy: the newest version as next year's first, to be changed."""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> int:
        actor = require_visitor(session, request, form).actor
        return copy_newest(session, actor=actor, now=site_of(request).clock()).id

    return see(f"{PATH}/{await site_of(request).database.run(work)}")


async def show(request: Request) -> Response:
    """GET /office/schemes/drafts/{id}: what it lacks, what it changes, its whole table."""
    language = language_of(request)

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        draft = draft_of(session, _id(request))
        scheme = scheme_of(draft)
        base = scheme_version(session, year=draft.based_year, version=draft.based_version)
        return {
            "draft": draft,
            "made": local_time(draft.made_at, zone(session)),
            "made_by": person_name(session, draft.made_by),
            "scheme": scheme_view(scheme, language),
            "findings": [(finding.key, explain(language, finding)) for finding in lacks(draft)],
            "base": (base.year, base.version),
            "changes": change_views(diff_schemes(base, scheme), base, scheme, language),
            "periods": [(str(each), period_name(each, language)) for each in shadow_periods(session)],
            "path": f"{PATH}/{draft.id}",
            "schemes_path": SCHEMES_PATH,
            "may_draft": may_run_season(actor),
        }

    return page(request, "scheme_draft.html.j2", **await site_of(request).database.run(work))


async def show_file(request: Request) -> Response:
    """GET /office/schemes/drafts/{id}/scheme.toml: the file to lie in the configuration."""

    def work(session: Session) -> SchemeDraft:
        require(may_see_season(require_visitor(session, request).actor))
        return draft_of(session, _id(request))

    draft = await site_of(request).database.run(work)
    return file_response(scheme_toml(draft.content), f"scheme-{draft.year}.toml", "application/toml")


async def give_up(request: Request) -> Response:
    """POST /office/schemes/drafts/{id}/give-up"""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        give_up_draft(session, draft_id=_id(request), actor=actor, now=site_of(request).clock())

    await site_of(request).database.run(work)
    return see(f"{SCHEMES_PATH}?done=given_up")


async def shadow(request: Request) -> Response:
    """GET /office/schemes/drafts/{id}/shadow?period=2026-10: a settled period by both schemes."""
    language = language_of(request)

    def work(session: Session) -> Values:
        require(may_see_season(require_visitor(session, request).actor))
        draft = draft_of(session, _id(request))
        period = Period.parse(request.query_params.get("period", ""))
        run = run_shadow(session, draft=draft, period=period)
        return {
            "shadow": shadow_view(run, unit_names(session, language), language),
            "period": str(period),
            "draft": draft,
            "path": f"{PATH}/{draft.id}",
        }

    return page(request, "scheme_shadow.html.j2", **await site_of(request).database.run(work))


async def export_shadow(request: Request) -> Response:
    """POST /office/schemes/drafts/{id}/shadow: the same as a file; that it left the house is on record."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period"))
    language = language_of(request)

    def work(session: Session) -> tuple[Shadow, dict[str, str]]:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        draft = draft_of(session, _id(request))
        period = Period.parse(form["period"])
        run = run_shadow(session, draft=draft, period=period)
        now, details = site_of(request).clock(), {"period": str(period)}
        record(
            session,
            actor=actor.ref,
            action="export_shadow",
            subject=f"scheme_draft:{draft.id}",
            now=now,
            details=details,
        )
        return run, unit_names(session, language)

    run, names = await site_of(request).database.run(work)
    header, rows = shadow_rows(run, names, language)
    return download(write_csv(header, rows), name=f"shadow-{run.period}.csv", media_type=MEDIA_TYPES[CSV])


def _id(request: Request) -> int:
    number: int = request.path_params["id"]
    if number >= _MOST:
        raise DomainError("scheme_draft_unknown")
    return number


ROUTES = [
    Route(PATH, upload, methods=["POST"]),
    Route(f"{PATH}/copy", copy, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}", show),
    Route(f"{PATH}/{{id:int}}/scheme.toml", show_file),
    Route(f"{PATH}/{{id:int}}/give-up", give_up, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}/shadow", shadow),
    Route(f"{PATH}/{{id:int}}/shadow", export_shadow, methods=["POST"]),
]
