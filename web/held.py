"""The office's held answers: how many, why, and what two people make of them. Committee and auditors look.

Knows which months and units are shown and what a form asks for. Whether a decision may be made, and that it is made
once, is `scheduler.held_decisions`' to say. Never an answer, a visit or a time on these pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import unit_names, zone
from evaluation.models import Settlement
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.held_decisions import keep_held_out, propose_held, release_held
from surveys.honesty.holds import HeldResponse, held_responses, rates
from web.forms import TOKEN_FIELD, Form, read_form
from web.held_views import ACTS, KEEP, PROPOSE, RELEASE, rate_view, together, unit_held
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/held"

_MONTHS = 3
_MOST_CHOSEN = 500
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_DONE = re.compile(r"(propose|release|keep)-([0-9]{1,4})", re.ASCII)
_DECISIONS: Mapping[str, Callable[..., object]] = {PROPOSE: propose_held, RELEASE: release_held, KEEP: keep_held_out}
_FAULTS = frozenset({
    "hold_none_chosen", "hold_unknown", "hold_decided", "hold_not_proposed", "hold_same_person", "hold_settled",
})  # fmt: skip
_CONFLICT = 409


async def show(request: Request) -> Response:
    """GET /office/held[?period=2026-10]: the month's numbers by unit, and every held answer."""
    asked = request.query_params.get("period")
    if asked is not None and not _MONTH.fullmatch(asked):
        raise DomainError("page_unknown")
    wanted = Period.parse(asked) if asked is not None else None
    values = await site_of(request).database.run(lambda session: _values(session, request, wanted))
    done = _DONE.fullmatch(request.query_params.get("done", ""))
    said = text(language_of(request), f"held.done.{done[1]}", count=done[2]) if done else None
    return page(request, "held.html.j2", **values, done=said, fault=None, chosen=frozenset())


async def decide(request: Request) -> Response:
    """POST /office/held: propose, agree or keep out those that were ticked; all of them or none."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period", "act"), many=("answer",))
    if form["act"] not in ACTS or not _MONTH.fullmatch(form["period"]) or len(form.lists["answer"]) > _MOST_CHOSEN:
        raise DomainError("form_unreadable")
    period = Period.parse(form["period"])
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form, period))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        return await _refused(request, form, period, error)
    return see(f"{PATH}?period={period}&done={form['act']}-{len(set(form.lists['answer']))}")


def _decide(session: Session, request: Request, form: Form, period: Period) -> None:
    actor = require_visitor(session, request, form).actor
    require(may_run_season(actor))
    if not form.lists["answer"]:
        raise DomainError("hold_none_chosen")
    _DECISIONS[form["act"]](
        session, period=period, response_ids=form.lists["answer"], actor=actor, now=site_of(request).clock()
    )


async def _refused(request: Request, form: Form, period: Period, error: DomainError) -> Response:
    """The page as it is now, with the sentence; what was ticked stays ticked."""
    values = await site_of(request).database.run(lambda session: _values(session, request, period))
    fault, chosen = explain(language_of(request), error), frozenset(form.lists["answer"])
    return page(request, "held.html.j2", status=_CONFLICT, **values, done=None, fault=fault, chosen=chosen)


def _values(session: Session, request: Request, wanted: Period | None) -> Values:
    actor = require_visitor(session, request).actor
    require(may_see_season(actor))
    language = language_of(request)
    months = [Period.month_of(site_of(request).clock(), zone(session))]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    period = wanted or months[0]
    is_settled = session.get(Settlement, str(period)) is not None
    may_decide = may_run_season(actor)
    found, by_unit = rates(session, period=period), _by_unit(session, period)
    names = unit_names(session, language)
    people = {row.id: row.name for row in session.execute(select(Person.id, Person.name))}
    return {
        "months": [(str(month), period_name(month, language)) for month in months],
        "period": str(period),
        "period_name": period_name(period, language),
        "is_settled": is_settled,
        "may_decide": may_decide,
        "rates": [rate_view(found[code], code, name) for code, name in names.items() if code in found],
        "whole": rate_view(together(found.values())),
        "units": [
            unit_held(
                by_unit[code],
                code=code,
                name=name,
                people=people,
                may_act=may_decide and not is_settled,
                language=language,
            )
            for code, name in names.items()
            if code in by_unit
        ],
    }


def _by_unit(session: Session, period: Period) -> dict[str, list[HeldResponse]]:
    found: dict[str, list[HeldResponse]] = {}
    for held in held_responses(session, period=period):
        found.setdefault(held.unit_code, []).append(held)
    return found


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
