"""Written explanations on pages: the office accepts or returns them; a unit writes them, and says what lies behind an
alert. Committee and auditors look.

Knows what the forms ask for. Who may do what, and until when, is for `evaluation.range_explanations` to say.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import may_run_season, may_see_season, may_see_unit, require
from consortium.units import unit
from consortium.workdays import local_date
from evaluation.alerts import LONGEST_WORDS, may_explain, recent_alerts
from evaluation.range_explanations import ACCEPTED, GIVEN, WAITING, explanations
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.watching import accept_words, explain_figure, return_words, say_why
from web.addresses import unit_code
from web.alert_views import explanation_views, past_views
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH, UNIT_PATH = "/office/explanations", "/units/{code}/explanations"
ACCEPT, RETURN = OFFICE_ACTS = ("accept", "return")
EXPLAIN, REASON = UNIT_ACTS = ("explain", "reason")

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_FAULTS = frozenset({
    "explanation_unknown", "explanation_words_missing", "explanation_words_too_long", "explanation_answer_missing",
    "explanation_not_waiting", "explanation_decided", "explanation_own_unit", "alert_unknown",
})  # fmt: skip
_CONFLICT = 409
_DECIDED = 40
_ALERTS = 30


async def show(request: Request) -> Response:
    """GET /office/explanations: to be decided, waiting for units (what is overdue first), accepted."""
    return await _office_page(request, done=request.query_params.get("done", ""))


async def decide(request: Request) -> Response:
    """POST /office/explanations: accept the words that were read, or return them and say why."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "id", "mark", "answer"))
    if form["act"] not in OFFICE_ACTS or not _NUMBER.fullmatch(form["id"]):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        return await _office_page(request, error=error, form=form)
    return see(f"{PATH}?done={form['act']}")


async def show_unit(request: Request) -> Response:
    """GET /units/{code}/explanations: what the unit is to explain, what it has explained, and its alerts."""
    return await _unit_page(request, unit_code(request), done=request.query_params.get("done", ""))


async def write(request: Request) -> Response:
    """POST /units/{code}/explanations: explain a figure outside its range, or say what lies behind an alert."""
    code = unit_code(request)
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "id", "words"))
    if form["act"] not in UNIT_ACTS or not _NUMBER.fullmatch(form["id"]):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _write(session, request, code, form))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        return await _unit_page(request, code, error=error, form=form)
    return see(f"/units/{code}/explanations?done={form['act']}")


def _decide(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    number, mark = int(form["id"]), form["mark"]
    if form["act"] == ACCEPT:
        accept_words(session, explanation_id=number, mark=mark, actor=actor, now=now)
    else:
        return_words(session, explanation_id=number, mark=mark, answer=form["answer"], actor=actor, now=now)


def _write(session: Session, request: Request, code: str, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    if not may_see_unit(actor, code):
        raise DomainError("unit_unknown", unit=code)
    require(may_explain(actor, code))
    number = int(form["id"])
    if form["act"] == EXPLAIN:
        explain_figure(session, explanation_id=number, words=form["words"], actor=actor, now=now)
    else:
        say_why(session, alert_id=number, words=form["words"], actor=actor, now=now)


async def _office_page(
    request: Request, *, done: str = "", error: DomainError | None = None, form: Form | None = None
) -> Response:

    def work(session: Session) -> Values:
        actor, language = require_visitor(session, request).actor, language_of(request)
        require(may_see_season(actor))
        today = local_date(session, site_of(request).clock())

        def views(states: tuple[str, ...]) -> list[object]:
            found = explanations(session, states=states)
            return list(explanation_views(session, found, actor=actor, language=language, today=today))

        return {
            "given": views((GIVEN,)),
            "waiting": views(WAITING),
            "accepted": views((ACCEPTED,))[::-1][:_DECIDED],
            "may_decide": may_run_season(actor),
        }

    values, language = await site_of(request).database.run(work), language_of(request)
    return page(
        request,
        "explanations.html.j2",
        status=_CONFLICT if error is not None else 200,
        **values,
        done=text(language, f"watch.page.explanations.done.{done}") if done in OFFICE_ACTS else None,
        fault=explain(language, error) if error is not None else None,
        typed={int(form["id"]): form["answer"]} if form is not None else {},
        most=LONGEST_WORDS,
    )


async def _unit_page(
    request: Request, code: str, *, done: str = "", error: DomainError | None = None, form: Form | None = None
) -> Response:

    def work(session: Session) -> Values:
        actor, language = require_visitor(session, request).actor, language_of(request)
        if not may_see_unit(actor, code):
            raise DomainError("unit_unknown", unit=code)
        seen, today = unit(session, code), local_date(session, site_of(request).clock())
        alerts = recent_alerts(session, unit_code=code, limit=_ALERTS)
        waiting = explanations(session, states=WAITING, units=(code,))
        past = explanations(session, states=(GIVEN, ACCEPTED), units=(code,))[::-1]
        return {
            "unit": seen,
            "waiting": explanation_views(session, waiting, actor=actor, language=language, today=today),
            "past": explanation_views(session, past[:_DECIDED], actor=actor, language=language, today=today),
            "alerts": past_views(session, alerts, language, actor),
        }

    values, language = await site_of(request).database.run(work), language_of(request)
    typed = {(form["act"], int(form["id"])): form["words"]} if form is not None else {}
    return page(
        request,
        "unit_explanations.html.j2",
        status=_CONFLICT if error is not None else 200,
        **values,
        done=text(language, f"watch.page.unit.done.{done}") if done in UNIT_ACTS else None,
        fault=explain(language, error) if error is not None else None,
        typed=typed,
        most=LONGEST_WORDS,
    )


ROUTES = [
    Route(PATH, show),
    Route(PATH, decide, methods=["POST"]),
    Route(UNIT_PATH, show_unit),
    Route(UNIT_PATH, write, methods=["POST"]),
]
