"""One figure on the office's desk: how it came about, its strata, its evidence; to approve and to correct.

Committee and auditors look. What may be done to a figure is `evaluation.approvals`' and `evaluation.entries`' to say.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import unit_names, zone
from evaluation.approvals import approve_reading, take_back_approval
from evaluation.entries import LONGEST_REASON, SHORTEST_REASON, correct_reading, reading_of
from evaluation.figure_words import read_cells
from evaluation.freshness import names_of
from evaluation.models import ReadingStratum, Settlement
from evaluation.reading_history import CORRECTED, RECORDED, Event, events_of
from evaluation.reading_plans import scheme_if_any
from evaluation.reading_words import figure_line, who_name
from evaluation.readings import WHOLE_CONSORTIUM
from locales.errors import DomainError, Reask, explain
from locales.numbers import plain
from locales.texts import text
from web.addresses import CODE
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, local_time, page, see
from web.reading_views import Wordings, reading_view
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/readings/{unit}/{period}/{indicator}"
APPROVE, TAKE_BACK, CORRECT = ACTS = ("approve", "take_back", "correct")

_CELLS = ("numerator", "denominator", "value")
_FAULTS = frozenset({
    "entry_reason_missing", "already_settled", "approval_not_needed", "approval_without_evidence", "figure_unreadable",
    "figure_missing", "figure_pair", "figure_differs", "figure_denominator_negative",
})  # fmt: skip
_CONFLICT = 409


async def show(request: Request) -> Response:
    """GET /office/readings/{unit}/{period}/{indicator}"""
    place = _place(request)
    values = await site_of(request).database.run(lambda session: _values(session, request, place))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"readings.done.{done}") if done in ACTS else None
    return page(request, "reading.html.j2", **values, done=said, fault=None, typed={})


async def decide(request: Request) -> Response:
    """POST the same: approve, take the approval back, or correct."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "reason", *_CELLS))
    place = _place(request)
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form, place))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request, place))
        typed = {name: form[name] for name in (*_CELLS, "reason")}
        fault = explain(language_of(request), error)
        return page(request, "reading.html.j2", status=_CONFLICT, **values, done=None, fault=fault, typed=typed)
    scope, period, indicator = place
    return see(f"/office/readings/{scope}/{period}/{indicator}?done={form['act']}")


def _decide(session: Session, request: Request, form: Form, place: tuple[str, Period, str]) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    scope, period, code = place
    if form["act"] == APPROVE:
        approve_reading(session, scope=scope, period=period, indicator=code, actor=actor, now=now)
        return
    if form["act"] == TAKE_BACK:
        take_back_approval(session, scope=scope, period=period, indicator=code, actor=actor, now=now)
        return
    scheme = scheme_if_any(session, period)
    indicator = scheme.indicators.get(code) if scheme is not None else None
    if indicator is None:
        raise DomainError("reading_unknown")
    figure = read_cells((form["numerator"], form["denominator"], form["value"]), indicator)
    if isinstance(figure, Reask):
        raise DomainError(figure.code, **dict(figure.details))
    correct_reading(
        session, actor=actor, scope=scope, period=period, indicator=code, figure=figure, reason=form["reason"], now=now
    )


def _values(session: Session, request: Request, place: tuple[str, Period, str]) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    scope, period, code = place
    reading = reading_of(session, scope, period, code)
    units = unit_names(session, language)
    words = Wordings(language, zone(session), units, names_of(session), scheme_if_any(session, period))
    strata = session.scalars(
        select(ReadingStratum).where(ReadingStratum.reading_id == reading.id).order_by(ReadingStratum.stratum)
    )
    view = reading_view(reading, words)
    is_open = session.get(Settlement, str(period)) is None
    whole = text(language, "readings.region")
    return {
        "figure": view,
        "unit_name": whole if scope == WHOLE_CONSORTIUM else units.get(scope, scope),
        "month_name": period_name(period, language),
        "events": [line for event in events_of(session, reading) for line in _event_lines(event, words)],
        "strata": [(row.stratum, figure_line((row.numerator, row.denominator, row.value))) for row in strata],
        "cells": [
            (name, "" if (cell := getattr(reading, name)) is None or (name == "value" and reading.numerator is not None)
             else plain(cell, 12))
            for name in _CELLS
        ],
        "may_decide": may_run_season(actor) and is_open,
        "may_fetch": may_run_season(actor),
        "is_settled": not is_open,
        "back": f"/office/readings?period={period}" + ("" if scope == WHOLE_CONSORTIUM else f"&unit={scope}"),
        "path": f"/office/readings/{scope}/{period}/{code}",
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }  # fmt: skip


def _event_lines(event: Event, words: Wordings) -> list[str]:
    said = {
        "moment": local_time(event.at, words.place),
        "who": who_name(event.by, words.people, words.language),
    }
    language = words.language
    if event.action == CORRECTED:
        before, after = figure_line(event.before or (None,) * 3), figure_line(event.after or (None,) * 3)
        lines = [text(language, "readings.history.correct_reading", **said, before=before, after=after)]
        return [*lines, text(language, "readings.history.reason", reason=event.reason)] if event.reason else lines
    if event.action == RECORDED:
        return [text(language, "readings.history.recorded", **said)]
    return [text(language, f"readings.history.{event.action}", **said)]


def _place(request: Request) -> tuple[str, Period, str]:
    """Scope, period and indicator in the address; `reading_unknown` for what cannot be one."""
    scope, written, code = (str(request.path_params[name]) for name in ("unit", "period", "indicator"))
    if not CODE.fullmatch(code) or not (scope == WHOLE_CONSORTIUM or CODE.fullmatch(scope)):
        raise DomainError("reading_unknown")
    return scope, Period.parse(written), code


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
