"""Evidence on the web: a unit's representatives and the office hand files in; experts may fetch them, too.

A file leaves only as an attachment of no particular type, so that no browser shows it as a page of ours. Knows months
and units on offer; whether a file is taken, and for whom one exists, is decided below.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.links import new_token
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import Actor, may_hand_in_evidence, require
from consortium.units import all_units, zone
from evaluation.models import Settlement
from evaluation.panel import hand_in_month_evidence, marked_indicators
from evaluation.reading_evidence import refuse_attached
from evaluation.schemes import scheme_for
from locales.errors import DomainError, explain
from locales.texts import pick, text
from reviews.panel_evidence import (
    LARGEST_EVIDENCE,
    MOST_FILES,
    evidence_content,
    evidence_of,
    may_still_hand_in,
    may_still_take_back,
    take_back_evidence,
)
from web.addresses import CODE
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.panel_views import file_views
from web.site import LONGEST_PAGE_BODY, site_of
from web.uploads import read_named_upload
from web.visitors import require_visitor

PATH = "/panel/evidence"
LONGEST_EVIDENCE_BODY = LARGEST_EVIDENCE + LONGEST_PAGE_BODY

_MONTHS = 3
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{1,43}", re.ASCII)
_FIELDS = (TOKEN_FIELD, "unit", "period", "indicator")
_SENTENCES = {"yes": "panel.evidence.done", "gone": "panel.evidence.gone"}
_CONFLICT = 409
_FAULTS = frozenset({
    "already_settled", "evidence_late", "evidence_empty", "evidence_too_large", "evidence_type_unknown",
    "evidence_too_many", "evidence_frozen", "evidence_indicator_unknown", "evidence_attached",
})  # fmt: skip


async def desk(request: Request) -> Response:
    """GET /panel/evidence[?unit=CODE&period=2026-10]: a unit's files of a month, and the form to hand one in."""
    asked = (request.query_params.get("unit", ""), request.query_params.get("period", ""))
    values = await site_of(request).database.run(lambda session: _values(session, request, *asked))
    sentence = _SENTENCES.get(request.query_params.get("done", ""))
    said = text(language_of(request), sentence) if sentence else None
    return page(request, "panel_evidence.html.j2", **values, done=said, fault=None)


async def upload(request: Request) -> Response:
    """POST /panel/evidence: hand one file in."""
    form, name, content = await read_named_upload(request, fields=_FIELDS, file="file")
    unit_code, written = form["unit"], form["period"]
    if not CODE.fullmatch(unit_code) or not _MONTH.fullmatch(written):
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        hand_in_month_evidence(
            session,
            actor=require_visitor(session, request, form).actor,
            period=Period.parse(written),
            unit_code=unit_code,
            indicator=form["indicator"],
            name=name,
            content=content,
            new_id=new_token(),
            now=site_of(request).clock(),
        )

    try:
        await site_of(request).database.run(work)
    except DomainError as error:
        return await _refused(request, unit_code, written, error)
    return see(f"{PATH}?unit={unit_code}&period={written}&done=yes")


async def take_back(request: Request) -> Response:
    """POST /panel/evidence/{id}: delete a file that no expert can have seen yet."""
    form = await read_form(request, fields=(TOKEN_FIELD, "unit", "period"))
    unit_code, written = form["unit"], form["period"]
    if not CODE.fullmatch(unit_code) or not _MONTH.fullmatch(written):
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        refuse_attached(session, actor=actor, evidence_id=_evidence_id(request))
        take_back_evidence(session, actor=actor, evidence_id=_evidence_id(request), now=site_of(request).clock())

    try:
        await site_of(request).database.run(work)
    except DomainError as error:
        return await _refused(request, unit_code, written, error)
    return see(f"{PATH}?unit={unit_code}&period={written}&done=gone")


async def download(request: Request) -> Response:
    """GET /panel/evidence/{id}: one file, to keep and never to show in place."""

    def work(session: Session) -> tuple[str, bytes]:
        actor = require_visitor(session, request).actor
        return evidence_content(session, actor=actor, evidence_id=_evidence_id(request))

    name, content = await site_of(request).database.run(work)
    kind = name.rpartition(".")[2]
    headers = {"Content-Disposition": f"attachment; filename=\"evidence.{kind}\"; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _refused(request: Request, unit_code: str, period: str, error: DomainError) -> Response:
    """The page as it is now, with the sentence, for what the person can mend."""
    if error.code not in _FAULTS:
        raise error
    values = await site_of(request).database.run(lambda session: _values(session, request, unit_code, period))
    fault = explain(language_of(request), error)
    return page(request, "panel_evidence.html.j2", status=_CONFLICT, **values, done=None, fault=fault)


def _values(session: Session, request: Request, unit_code: str, written: str) -> Values:
    actor, now, place = require_visitor(session, request).actor, site_of(request).clock(), zone(session)
    language = language_of(request)
    mine = _units(session, actor)
    unit = next((each for each in mine if each.code == unit_code), None) if unit_code else mine[0]
    if unit is None or (written and not _MONTH.fullmatch(written)):
        raise DomainError("page_unknown")
    months = [Period.month_of(now, place)]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    period = Period.parse(written) if written else months[0]
    files = evidence_of(session, period=period, unit_code=unit.code)
    names = _indicator_names(session, period, unit.code, language)
    names |= {each.indicator: each.indicator for each in files if each.indicator not in names}
    state = _state(session, period, now)
    return {
        "units": [(each.code, pick(each.name, language)) for each in mine],
        "unit": unit.code,
        "unit_name": pick(unit.name, language),
        "months": [(str(month), period_name(month, language)) for month in months],
        "period": str(period),
        "year": period.year,
        "names": names,
        "files": {code: found for code in names if (found := file_views(files, code, place))},
        "state": state,
        "may_take_back": state != "settled" and may_still_take_back(session, period),
        "megabytes": LARGEST_EVIDENCE // 1024**2,
        "most": MOST_FILES,
    }


def _units(session: Session, actor: Actor) -> list[Unit]:
    """The units for which this person hands files in; `not_allowed` for whoever has none."""
    mine = [each for each in all_units(session) if may_hand_in_evidence(actor, each.code)]
    require(bool(mine))
    return mine


def _indicator_names(session: Session, period: Period, unit_code: str, language: str) -> dict[str, str]:
    """What experts mark of the unit under the year's scheme; nothing where there is none."""
    try:
        marked = marked_indicators(session, scheme_for(session, period), unit_code)
    except DomainError as error:
        if error.code != "scheme_missing":
            raise
        return {}
    return {code: pick(indicator.name, language) for code, indicator in marked.items()}


def _state(session: Session, period: Period, now: datetime) -> str:
    """Whether files are taken for the month: `open`, `late` or `settled`."""
    if session.get(Settlement, str(period)) is not None:
        return "settled"
    return "open" if may_still_hand_in(session, period, now) else "late"


def _evidence_id(request: Request) -> str:
    written = str(request.path_params["id"])
    if not _ID.fullmatch(written):
        raise DomainError("evidence_unknown")
    return written


ROUTES = [
    Route(PATH, desk),
    Route(PATH, upload, methods=["POST"]),
    Route(f"{PATH}/{{id}}", download),
    Route(f"{PATH}/{{id}}", take_back, methods=["POST"]),
]
