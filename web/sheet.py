"""The sheet: all units that a unit scores, on one page, for its representative; sealed by the page or at the door.

Knows which page somebody gets and what a post is answered with. Marks that come in clear are sealed in the same call
and are in no error but the page that goes back to the same browser. Drafts stay in the browser: nothing here takes one.
Draws the ballots' ids from the system's random source.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consortium.disclosure import PEER_THRESHOLDS
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import Actor, may_cast_ballot
from consortium.units import all_units
from locales.errors import DomainError, explain
from locales.texts import pick, text
from reviews.ballots import (
    AssignmentView,
    Marked,
    Receipt,
    Sealed,
    assignments_of,
    blank_ballots,
    cast_ballots,
    task_of,
)
from reviews.models import ReviewRound
from reviews.rounds import criteria_of, local_time, open_round_of, takes_ballots
from reviews.sealing import thumbprint
from web.faults import error_document, status_of
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page
from web.sheet_forms import PREFIXES, Row, read_rows, read_sealed
from web.sheet_launch import json_body, sheet_visitor
from web.sheet_views import blank_documents, criterion_views, row_views, script_data, words
from web.site import site_of

PATH, BALLOTS_PATH = "/sheet", "/sheet/ballots"

_OPEN = "open"
_ID_BYTES = 32
_NAMED = 6
_FAULTS = frozenset({
    "sheet_empty", "sheet_row_incomplete", "sheet_row_contradicts", "ballot_already_sent", "comment_too_long",
    "marks_invalid",
})  # fmt: skip
"""What the rater can mend at once: the page comes back as it was filled in."""


async def show(request: Request) -> Response:
    """GET /sheet[?unit=jia][&show=open]: the rows of the unit, a choice among several, or that there is no round."""
    unit, shown = request.query_params.get("unit", ""), request.query_params.get("show", "")

    def work(session: Session) -> tuple[str, Values]:
        actor = sheet_visitor(session, request).actor
        return _sheet(session, request, actor, unit, only_open=shown == _OPEN)

    template, values = await site_of(request).database.run(work)
    return page(request, template, **values)


async def send_plain(request: Request) -> Response:
    """POST /sheet: marks from a browser that cannot seal. All rows that are filled in are taken, or none."""
    form = await read_form(request, fields=(TOKEN_FIELD, "unit"), prefixes=PREFIXES)
    rows, unit = read_rows(form), form["unit"]
    try:
        values = await site_of(request).database.run(lambda session: _cast_rows(session, request, form, rows))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        return await _refused(request, form, rows, error)
    return page(request, "sheet_receipts.html.j2", **values, unit=unit)


async def send_sealed(request: Request) -> Response:
    """POST /sheet/ballots: what the page sealed; all or none. `{"receipts": [{"assignment", "code"}]}`, or an error."""
    try:
        form, ballots = read_sealed(await json_body(request))

        def work(session: Session) -> list[Receipt]:
            actor = sheet_visitor(session, request, form).actor
            return _cast(session, request, actor, ballots)

        receipts = await site_of(request).database.run(work)
    except DomainError as error:
        return _told(request, error)
    return JSONResponse({
        "receipts": [
            {"assignment": ballot.assignment_id, "code": receipt.code}
            for ballot, receipt in zip(ballots, receipts, strict=True)
        ]
    })  # fmt: skip


async def blanks(request: Request) -> Response:
    """GET /sheet/ballots?unit=jia: fresh blank ballots, after somebody else of the unit has cast some."""
    unit = request.query_params.get("unit", "")

    def work(session: Session) -> dict[str, Any]:
        actor = sheet_visitor(session, request).actor
        found = blank_ballots(session, actor=actor, unit_code=unit, now=site_of(request).clock())
        done = [blank.assignment_id for blank in found if blank.counter > 1]
        return {"blanks": blank_documents(found), "done": done}

    try:
        return JSONResponse(await site_of(request).database.run(work))
    except DomainError as error:
        return _told(request, error)


def _told(request: Request, error: DomainError) -> Response:
    return JSONResponse(error_document(language_of(request), error), status_code=status_of(error))


async def _refused(request: Request, form: Form, rows: Mapping[int, Row], error: DomainError) -> Response:
    """The page as it is now, with the sentence, and as it was filled in."""

    def work(session: Session) -> tuple[str, Values]:
        actor = sheet_visitor(session, request).actor
        return _sheet(session, request, actor, form["unit"], given=rows)

    template, values = await site_of(request).database.run(work)
    fault = explain(language_of(request), error)
    return page(request, template, status=status_of(error), **values | {"fault": fault})


def _sheet(
    session: Session,
    request: Request,
    actor: Actor,
    wanted: str,
    *,
    only_open: bool = False,
    given: Mapping[int, Row] | None = None,
) -> tuple[str, Values]:
    """The template and its values."""
    language, now = language_of(request), site_of(request).clock()
    units = _own_units(session, actor)
    if wanted and wanted not in {each.code for each in units}:
        raise DomainError("unit_unknown", unit=wanted[:40])
    names = [(each.code, pick(each.name, language)) for each in units]
    round_ = open_round_of(session)
    if round_ is None or not takes_ballots(round_, now):
        return "sheet_none.html.j2", {"unit_name": "", "period": "", "data_words": words(language)}
    if not wanted and len(units) > 1:
        return "sheet_choose.html.j2", {"units": _with_progress(session, round_, names), "period": round_.period}
    code = wanted or units[0].code
    tasks = assignments_of(session, period=Period.parse(round_.period), unit_code=code)
    if not tasks:
        return "sheet_none.html.j2", {
            "unit_name": dict(names)[code], "period": round_.period, "data_words": words(language),
        }  # fmt: skip
    blank = blank_ballots(session, actor=actor, unit_code=code, now=now)
    shown = [task for task in tasks if not (only_open and task.done)]
    criteria = criterion_views(criteria_of(round_), language)
    return "sheet.html.j2", {
        "unit": code,
        "unit_name": dict(names)[code],
        "others": [pair for pair in names if pair[0] != code],
        "period": round_.period,
        "closes": local_time(session, round_.closes_at) if round_.closes_at is not None else None,
        "criteria": criteria,
        "rows": row_views(shown, blank, language, given or {}),
        "done": sum(task.done for task in tasks),
        "total": len(tasks),
        "only_open": only_open,
        "comments_from": round_.thresholds.get("comments", PEER_THRESHOLDS["comments"]),
        "thumbprint": thumbprint(round_.public_key),
        "data_sheet": script_data(
            blank,
            period=round_.period,
            unit_code=code,
            public_key=round_.public_key,
            left=round_.closes_at - now if round_.closes_at is not None else None,
        ),
        "data_words": words(language),
        "fault": None,
        "receipts": [],
    }


def _cast_rows(session: Session, request: Request, form: Form, rows: Mapping[int, Row]) -> Values:
    """Seal and store what a plain form brought; the receipts by unit."""
    actor, language = sheet_visitor(session, request, form).actor, language_of(request)
    if not rows:
        raise DomainError("sheet_empty")
    now = site_of(request).clock()
    tasks = {id_: task_of(session, actor=actor, assignment_id=id_, now=now) for id_ in rows}
    period = next(iter(tasks.values())).period
    count = len(session.get_one(ReviewRound, period).criteria)
    _refuse("sheet_row_contradicts", [tasks[id_] for id_, row in rows.items() if row.contradicts], language)
    _refuse("sheet_row_incomplete", [tasks[id_] for id_, row in rows.items() if not row.is_whole(count)], language)
    places = {each.code: place for place, each in enumerate(all_units(session))}
    ordered = sorted(rows.values(), key=lambda row: places[tasks[row.assignment_id].target])
    receipts = _cast(session, request, actor, [row.marked(count) for row in ordered])
    found = [
        (row.assignment_id, pick(tasks[row.assignment_id].target_name, language), receipt.code)
        for row, receipt in zip(ordered, receipts, strict=True)
    ]
    return {"receipts": found, "period": period, "data_words": words(language)}


def _cast(session: Session, request: Request, actor: Actor, ballots: Sequence[Marked | Sealed]) -> list[Receipt]:
    ids = [secrets.token_urlsafe(_ID_BYTES) for _ in ballots]
    return cast_ballots(session, actor=actor, ballots=ballots, ids=ids, now=site_of(request).clock())


def _refuse(code: str, tasks: Sequence[AssignmentView], language: str) -> None:
    """The error with the names of the units it is about, if there are any."""
    names = [pick(task.target_name, language) for task in tasks]
    if names:
        shown = names[:_NAMED] + ["…"] * (len(names) > _NAMED)
        raise DomainError(code, units=text(language, "bot.comma").join(shown))


def _own_units(session: Session, actor: Actor) -> list[Unit]:
    units = [each for each in all_units(session) if may_cast_ballot(actor, each.code)]
    if not units:
        raise DomainError("not_representative")
    return units


def _with_progress(
    session: Session, round_: ReviewRound, names: Sequence[tuple[str, str]]
) -> list[tuple[str, str, int, int]]:
    """(code, name, done, of) for each unit to choose among."""
    period = Period.parse(round_.period)
    found = [(code, name, assignments_of(session, period=period, unit_code=code)) for code, name in names]
    return [(code, name, sum(task.done for task in tasks), len(tasks)) for code, name, tasks in found]


ROUTES = [
    Route(PATH, show),
    Route(PATH, send_plain, methods=["POST"]),
    Route(BALLOTS_PATH, blanks),
    Route(BALLOTS_PATH, send_sealed, methods=["POST"]),
]
