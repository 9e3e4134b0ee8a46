"""A unit's own objections on its page: how they stand, a new one, taking one back.

A unit that is not the visitor's does not exist for them. Whether an objection can be raised is
`evaluation.objections`' to say; here it is asked for.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_object, may_see_season, may_see_unit
from consortium.units import unit
from consortium.workdays import local_date
from evaluation.objections import (
    LONGEST_WORDS,
    WORKDAYS,
    objectionable,
    objections_of,
    settled_periods,
)
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.objection_decisions import hand_in_objection, take_back_objection
from scheduler.objection_wording import indicator_names
from web.addresses import unit_code
from web.forms import TOKEN_FIELD, Form, read_form
from web.objection_views import objection_view, trail_of
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

RAISE, WITHDRAW = ACTS = ("raise", "withdraw")
WHOLE = "-"

_FIELDS = (TOKEN_FIELD, "act", "period", "indicator", "words", "number")
_CONFLICT = 409


async def show(request: Request) -> Response:
    """GET /units/{code}/objections[?period=2026-10]: a unit's objections, and the form for another."""
    values = await site_of(request).database.run(lambda session: _values(session, request, _asked(request)))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"objections.done.{done}") if done in ACTS else None
    return page(request, "unit_objections.html.j2", **values, done=said, fault=None, typed="", chosen=WHOLE)


async def act(request: Request) -> Response:
    """POST /units/{code}/objections: raise one, or take one back."""
    form = await read_form(request, fields=_FIELDS)
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _act(session, request, form))
    except DomainError as error:
        if not error.code.startswith("objection_") or error.code == "objection_unknown":
            raise
        asked = form["period"] or None
        values = await site_of(request).database.run(lambda session: _values(session, request, asked))
        fault = explain(language_of(request), error)
        return page(
            request, "unit_objections.html.j2", status=_CONFLICT, **values, done=None, fault=fault,
            typed=form["words"], chosen=form["indicator"],
        )  # fmt: skip
    return see(f"/units/{unit_code(request)}/objections?done={form['act']}")


def _act(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    code = _seen(actor, request)
    if form["act"] == WITHDRAW:
        take_back_objection(session, number=form["number"], actor=actor, now=now)
        return
    indicator = None if form["indicator"] == WHOLE else form["indicator"]
    hand_in_objection(
        session, unit_code=code, period=Period.parse(form["period"]), indicator=indicator, words=form["words"],
        actor=actor, now=now,
    )  # fmt: skip


def _values(session: Session, request: Request, asked: str | None) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    code = _seen(actor, request)
    seen = unit(session, code)
    periods = settled_periods(session, code)
    period = Period.parse(asked) if asked is not None else next(iter(periods), None)
    names = indicator_names(session, period, language) if period in periods and period is not None else {}
    today = local_date(session, site_of(request).clock())
    sees_all = may_see_season(actor)
    return {
        "unit": seen,
        "objections": [
            objection_view(
                session, each, today=today, language=language,
                trail=trail_of(session, each, language=language, names_all=sees_all),
            )
            for each in objections_of(session, code)
        ],
        "may_object": may_object(actor, code),
        "periods": [(str(each), period_name(each, language)) for each in periods],
        "period": str(period) if period in periods else "",
        "period_name": period_name(period, language) if period is not None and period in periods else "",
        "indicators": [
            (each, names.get(each, each))
            for each in (objectionable(session, code, period) if period is not None else ())
        ],
        "whole": WHOLE,
        "days": WORKDAYS,
        "longest": LONGEST_WORDS,
    }  # fmt: skip


def _seen(actor: Actor, request: Request) -> str:
    code = unit_code(request)
    if not may_see_unit(actor, code):
        raise DomainError("unit_unknown", unit=code)
    return code


def _asked(request: Request) -> str | None:
    return request.query_params.get("period")


ROUTES = [
    Route("/units/{code}/objections", show),
    Route("/units/{code}/objections", act, methods=["POST"]),
]
