"""Objections on the office's desk: what waits, what is overdue, each with its trail, and its decision.

Knows what a form asks for. Whether somebody may decide, and what a decision does, is `scheduler.objection_decisions`'
to say. Auditors look.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.periods import Period
from consortium.permissions import may_decide_objections, may_see_season, require
from consortium.workdays import local_date
from evaluation.objections import (
    FIGURES,
    LONGEST_WORDS,
    OPEN,
    VERDICTS,
    closed_objections,
    is_of_unit,
    objection,
    objectionable,
    open_objections,
)
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.objection_decisions import answer_objection, written_figure
from scheduler.objection_notices import calendar_warning
from scheduler.objection_wording import correctable, indicator_names
from web.forms import TOKEN_FIELD, Form, read_form
from web.objection_views import objection_view, settled_figures, trail_of
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/objections"

_NUMBER = re.compile(r"20[0-9]{2}-[0-9]{3,6}", re.ASCII)
_FIELDS = (TOKEN_FIELD, "verdict", "answer", "indicator", "numerator", "denominator", "value")
_MOST_CLOSED = 60
_CONFLICT = 409


async def every_objection(request: Request) -> Response:
    """GET /office/objections: open ones, the first due first, then the newest decisions."""

    def work(session: Session) -> Values:
        require(may_see_season(require_visitor(session, request).actor))
        now, language = site_of(request).clock(), language_of(request)
        today = local_date(session, now)
        lists = {"open": open_objections(session), "closed": closed_objections(session, most=_MOST_CLOSED)}
        views = {
            name: [objection_view(session, each, today=today, language=language) for each in found]
            for name, found in lists.items()
        }
        return {**views, "calendar": calendar_warning(session, now, language)}

    values = await site_of(request).database.run(work)
    return page(request, "objections.html.j2", **values, done=_done(request))


async def show(request: Request) -> Response:
    """GET /office/objections/{number}: one whole, with the form for whoever may decide it."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    return page(request, "objection.html.j2", **values, typed={}, fault=None, done=_done(request))


async def decide(request: Request) -> Response:
    """POST /office/objections/{number}: the decision, with its answer and perhaps a corrected figure."""
    form = await read_form(request, fields=_FIELDS)
    if form["verdict"] not in VERDICTS:
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if not _is_mendable(error):
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault = explain(language_of(request), error)
        typed = {name: form[name] for name in _FIELDS[1:]}
        return page(request, "objection.html.j2", status=_CONFLICT, **values, typed=typed, fault=fault, done=None)
    return see(f"{PATH}/{_number(request)}?done=decided")


def _is_mendable(error: DomainError) -> bool:
    """What belongs beside the form; who may not, and what is not there, has pages of its own."""
    return error.code.startswith(("objection_", "correction_")) and error.code != "objection_unknown"


def _decide(session: Session, request: Request, form: Form) -> None:
    actor = require_visitor(session, request, form).actor
    require(may_decide_objections(actor))
    figure = None
    if form["verdict"] == FIGURES:
        figure = written_figure(
            form["indicator"], numerator=form["numerator"], denominator=form["denominator"], value=form["value"]
        )
    answer_objection(
        session, number=_number(request), verdict=form["verdict"], answer=form["answer"], actor=actor,
        now=site_of(request).clock(), figure=figure,
    )  # fmt: skip


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    found = objection(session, _number(request))
    period = Period.parse(found.period)
    names = indicator_names(session, period, language)
    read = correctable(session, period)
    codes = [found.indicator] if found.indicator is not None else objectionable(session, found.unit_code, period)
    codes = [code for code in codes if code in read]
    figures = settled_figures(session, found, codes, language)
    is_own = is_of_unit(session, actor.person_id, found.unit_code)
    trail = trail_of(session, found, language=language, names_all=True)
    today = local_date(session, site_of(request).clock())
    return {
        "each": objection_view(session, found, today=today, language=language, trail=trail),
        "may_decide": may_decide_objections(actor) and found.state == OPEN and not is_own,
        "is_own": is_own and found.state == OPEN,
        "verdicts": [verdict for verdict in VERDICTS if codes or verdict != FIGURES],
        "indicators": [
            (code, text(language, "objections.figure.now", name=names.get(code, code), figure=figures.get(code, "—")))
            for code in codes
        ],
        "longest": LONGEST_WORDS,
    }


def _number(request: Request) -> str:
    number = str(request.path_params["number"])
    if not _NUMBER.fullmatch(number):
        raise DomainError("objection_unknown")
    return number


def _done(request: Request) -> str | None:
    is_decided = request.query_params.get("done") == "decided"
    return text(language_of(request), "objections.done.decided") if is_decided else None


ROUTES = [
    Route(PATH, every_objection),
    Route(f"{PATH}/{{number}}", show),
    Route(f"{PATH}/{{number}}", decide, methods=["POST"]),
]
