"""Schemes on the web: every version with its whole table, what it changed, and templates to begin with.

The method page behind each rank (rule 125): read by the office, the committee, the auditors and the representatives.
Refuses to change a scheme: that is done in the configuration, and applied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.periods import Period
from consortium.permissions import Actor, may_read_schemes, may_run_season, may_see_season, require
from consortium.units import zone
from evaluation.bounds import broken_by_permission
from evaluation.elements import Scheme
from evaluation.models import SchemeVersion
from evaluation.objections import scheme_remarks
from evaluation.scheme_diff import diff_schemes
from evaluation.scheme_drafts import LONGEST_NOTE, drafts
from evaluation.scheme_votes import may_vote, votes_about
from evaluation.scheme_writing import scheme_toml
from evaluation.schemes import scheme_version
from evaluation.settled import settlements
from evaluation.templates import template_text, templates
from locales.errors import DomainError
from locales.texts import pick
from scheduler.objection_wording import about_objection, unit_name
from scheduler.vote_wording import result_words
from web.pages import Values, download, language_of, local_time, page
from web.scheme_views import change_views, scheme_view
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/schemes"
TEMPLATES_PATH = "/office/schemes/templates"
_LATEST = 2**31


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version in the list."""

    year: int
    version: int
    title: str
    effective: str
    state: str
    digest: str
    overrides: int
    applied: str
    settled: int


async def list_schemes(request: Request) -> Response:
    """GET /office/schemes: the versions, the newest first; drafts for whoever sees the season; templates."""
    return page(request, "schemes.html.j2", **await site_of(request).database.run(lambda s: desk_values(s, request)))


async def show(request: Request) -> Response:
    """GET /office/schemes/{year}/{version}: the whole scheme, its bounds, and what it changed."""
    year, number, language = _number(request, "year"), _number(request, "version"), language_of(request)

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_read_schemes(actor))
        found = _version(session, year, number)
        scheme = scheme_version(session, year=year, version=number)
        before = _before(session, scheme)
        changes = () if before is None else change_views(diff_schemes(before, scheme), before, scheme, language)
        return {
            "scheme": scheme_view(scheme, language),
            "state": found.state,
            "digest": found.digest,
            "votes": [
                (f"/votes/{vote.id}", " · ".join(result_words(result, language)))
                for vote, result in votes_about(session, found.digest)
                if may_see_season(actor) or may_vote(session, vote, actor)
            ],
            "applied": local_time(found.applied_at, zone(session)),
            "before": None if before is None else (before.year, before.version),
            "changes": changes,
            "path": f"{PATH}/{year}/{number}",
            "layout": layout_of(actor),
        }

    return page(request, "scheme.html.j2", **await site_of(request).database.run(work))


async def download_json(request: Request) -> Response:
    """GET /office/schemes/{year}/{version}/scheme.json: the document as it is stored and digested."""
    found = await site_of(request).database.run(lambda session: _document(session, request))
    content = json.dumps(found.content, ensure_ascii=False, indent=1, sort_keys=True)
    return file_response(content, f"scheme-{found.year}-{found.version}.json", "application/json")


async def download_toml(request: Request) -> Response:
    """GET /office/schemes/{year}/{version}/scheme.toml: the same as a file to change and apply."""
    found = await site_of(request).database.run(lambda session: _document(session, request))
    return file_response(scheme_toml(found.content), f"scheme-{found.year}-{found.version}.toml", "application/toml")


async def download_template(request: Request) -> Response:
    """GET /office/schemes/templates/{template}: a template for the year after the newest scheme's, or this year."""
    name, now = request.path_params["template"], site_of(request).clock()

    def work(session: Session) -> str:
        require(may_read_schemes(require_visitor(session, request).actor))
        return template_text(name, year=Period.month_of(now, zone(session)).year)

    return file_response(await site_of(request).database.run(work), f"{name}.toml", "application/toml")


def desk_values(session: Session, request: Request) -> Values:
    """What the list of schemes shows to this visitor."""
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_read_schemes(actor))
    local = zone(session)
    return {
        "versions": _version_views(session, language),
        "remarks": [
            (each.number, unit_name(session, each.unit_code, language), about_objection(session, each, language),
             each.answer or "")
            for each in (scheme_remarks(session) if may_see_season(actor) else ())
        ],
        "drafts": [
            (each.id, each.year, each.version, pick(each.content["scheme"]["title"], language), each.note,
             local_time(each.made_at, local))
            for each in drafts(session)
        ] if may_see_season(actor) else [],
        "templates": [(each.name, pick(each.title, language), each.indicators, each.is_ready) for each in templates()],
        "templates_path": TEMPLATES_PATH,
        "path": PATH,
        "may_draft": may_run_season(actor),
        "sees_drafts": may_see_season(actor),
        "longest_note": LONGEST_NOTE,
        "findings": (),
        "done": request.query_params.get("done"),
        "layout": layout_of(actor),
    }  # fmt: skip


def layout_of(actor: Actor) -> str:
    """The desk with its navigation for whoever has one, a plain page for the others."""
    return "office_base.html.j2" if may_see_season(actor) else "reader_base.html.j2"


def file_response(content: str, name: str, media_type: str) -> Response:
    """A text file to keep."""
    return download(content.encode(), name=name, media_type=f"{media_type}; charset=utf-8")


def _version_views(session: Session, language: str) -> list[VersionView]:
    local = zone(session)
    settled = [(each.scheme_year, each.scheme_version) for each in settlements(session)]
    rows = session.scalars(select(SchemeVersion).order_by(SchemeVersion.year.desc(), SchemeVersion.version.desc()))
    found = []
    for row in rows:
        scheme = scheme_version(session, year=row.year, version=row.version)
        found.append(
            VersionView(
                year=row.year,
                version=row.version,
                title=pick(scheme.title, language),
                effective=row.effective,
                state=row.state,
                digest=row.digest,
                overrides=len(broken_by_permission(scheme)),
                applied=local_time(row.applied_at, local),
                settled=settled.count((row.year, row.version)),
            )
        )
    return found


def _document(session: Session, request: Request) -> SchemeVersion:
    require(may_read_schemes(require_visitor(session, request).actor))
    return _version(session, _number(request, "year"), _number(request, "version"))


def _version(session: Session, year: int, number: int) -> SchemeVersion:
    found = session.get(SchemeVersion, (year, number))
    if found is None:
        raise DomainError("scheme_version_unknown")
    return found


def _before(session: Session, scheme: Scheme) -> Scheme | None:
    """The version that came before: of the same year, else the newest of the newest year before."""
    order = (SchemeVersion.year.desc(), SchemeVersion.version.desc())
    earlier = (SchemeVersion.year < scheme.year) | (
        (SchemeVersion.year == scheme.year) & (SchemeVersion.version < scheme.version)
    )
    found = session.scalars(select(SchemeVersion).where(earlier).order_by(*order).limit(1)).first()
    return None if found is None else scheme_version(session, year=found.year, version=found.version)


def _number(request: Request, name: str) -> int:
    number: int = request.path_params[name]
    if number >= _LATEST:
        raise DomainError("scheme_version_unknown")
    return number


ROUTES = [
    Route(PATH, list_schemes),
    Route(f"{PATH}/{{year:int}}/{{version:int}}", show),
    Route(f"{PATH}/{{year:int}}/{{version:int}}/scheme.json", download_json),
    Route(f"{PATH}/{{year:int}}/{{version:int}}/scheme.toml", download_toml),
    Route(f"{TEMPLATES_PATH}/{{template}}", download_template),
]
