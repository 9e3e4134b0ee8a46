"""Results of third parties on the web: imported by the office, looked over first, shown apart from all of ours.

The same rows stand on the pages of units and of results. Fewer than five people are hidden here as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.disclosure import may_show_count
from consortium.links import new_token
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import unit_names
from evaluation.explanation_text import source_definition
from evaluation.schemes import LOCK
from evaluation.scorecards import settlements
from locales.errors import Finding, explain
from locales.numbers import plain
from storage.database import serialize
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
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.uploads import read_upload
from web.visitors import require_visitor

PATH = "/office/third-party"


@dataclass(frozen=True, slots=True)
class ThirdPartyView:
    """One result as pages show it; `score` is "" where too few people are behind it."""

    unit_code: str
    unit: str
    period: str
    source: str
    definition: str
    score: str
    n: int
    interval: str


def third_party_view(
    result: ThirdPartyResult | Result, names: Mapping[str, str], language: str, *, is_checked: bool = False
) -> ThirdPartyView:
    """`is_checked`: whoever imports a file sees what stands in it, however few."""
    is_shown = is_checked or may_show_count(result.n)
    interval = ""
    if is_shown and result.low is not None and result.high is not None:
        interval = f"{plain(result.low)}–{plain(result.high)}"
    return ThirdPartyView(
        unit_code=result.unit_code,
        unit=names.get(result.unit_code, result.unit_code),
        period=result.period,
        source=result.source,
        definition=source_definition(result.definition, language),
        score=plain(result.score) if is_shown else "",
        n=result.n,
        interval=interval,
    )


def views_of(results: Iterable[ThirdPartyResult], session: Session, language: str) -> list[ThirdPartyView]:
    """Results with the names of their units."""
    names = unit_names(session, language)
    return [third_party_view(each, names, language) for each in results]


async def desk(request: Request) -> Response:
    """GET /office/third-party: the newest results of third parties, and the form to import more."""
    return page(request, "third_party.html.j2", **await _desk(request))


async def upload(request: Request) -> Response:
    """POST /office/third-party: look a table over and put it aside; every bad row is named and nothing taken."""
    form, content = await read_upload(request, fields=(TOKEN_FIELD,), file="file")
    now, new_id = site_of(request).clock(), new_token()

    def allowed(session: Session) -> None:
        require(may_run_season(require_visitor(session, request, form).actor))

    def work(session: Session) -> tuple[Finding, ...]:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        preview = preview_results(session, content=content, file="table", settled=_settled(session))
        if not preview.findings:
            rows = [row for row, _ in preview.rows]
            keep_results(session, content=content, rows=rows, new_id=new_id, actor=actor.ref, now=now)
        return preview.findings

    await site_of(request).database.run(allowed)
    if content:
        findings = await site_of(request).database.run(work)
    else:
        findings = (Finding("table", "file", "upload_missing"),)
    if findings:
        values, language = await _desk(request), language_of(request)
        named = [(finding.key, explain(language, finding)) for finding in findings]
        return page(request, "third_party.html.j2", status=422, **values | {"findings": named})
    return see(f"{PATH}/{new_id}")


async def look_over(request: Request) -> Response:
    """GET /office/third-party/{id}: what an import would do."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_run_season(actor))
        now, language = site_of(request).clock(), language_of(request)
        preview = kept_results(session, import_id=request.path_params["id"], actor=actor.ref, now=now)
        names = unit_names(session, language)
        return {
            "rows": [
                (third_party_view(row, names, language, is_checked=True), outcome) for row, outcome in preview.rows
            ],
            "counts": _counts(preview),
            "path": f"{PATH}/{request.path_params['id']}",
        }

    return page(request, "third_party_preview.html.j2", **await site_of(request).database.run(work))


async def confirm(request: Request) -> Response:
    """POST /office/third-party/{id}/import"""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        serialize(session, LOCK)  # no month is settled between the look at what is settled and the import
        import_results(
            session,
            import_id=request.path_params["id"],
            settled=_settled(session),
            actor=actor.ref,
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see(f"{PATH}?done=yes")


async def _desk(request: Request) -> Values:
    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        return {
            "results": views_of(unit_results(session), session, language_of(request)),
            "may_import": may_run_season(actor),
            "findings": (),
            "is_done": request.query_params.get("done") == "yes",
        }

    return await site_of(request).database.run(work)


def _counts(preview: Preview) -> dict[str, int]:
    return {outcome: preview.count(outcome) for outcome in ("new", "corrected", "unchanged")}


def _settled(session: Session) -> frozenset[str]:
    return frozenset(each.period for each in settlements(session))


ROUTES = [
    Route(PATH, desk),
    Route(PATH, upload, methods=["POST"]),
    Route(f"{PATH}/{{id}}", look_over),
    Route(f"{PATH}/{{id}}/import", confirm, methods=["POST"]),
]
