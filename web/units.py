"""A unit's own page: its scorecards, and how each point came about. Office, committee and auditors see every unit.

A unit that is not the visitor's does not exist for them. Knows settled months only: there is no figure before.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.disclosure import may_show_count
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import may_see_season, may_see_unit, require
from consortium.units import all_units, unit
from evaluation.explanation import Explanation
from evaluation.scorecards import explain, settlements
from locales.errors import DomainError
from locales.texts import pick
from surveys.honesty.holds import rates
from surveys.honesty.words import rate_line
from web.pages import language_of, page
from web.site import site_of
from web.unit_views import scorecard_view
from web.visitors import require_visitor

_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


async def every_unit(request: Request) -> Response:
    """GET /units: the units by tier, for those who may see them all."""

    def work(session: Session) -> list[tuple[str, list[tuple[str, str]]]]:
        require(may_see_season(require_visitor(session, request).actor))
        language = language_of(request)
        tiers: dict[str, list[tuple[str, str]]] = {}
        for each in all_units(session):
            tiers.setdefault(each.tier, []).append((each.code, pick(each.name, language)))
        return list(tiers.items())

    return page(request, "units.html.j2", tiers=await site_of(request).database.run(work))


async def show(request: Request) -> Response:
    """GET /units/{code}[?period=2026-10]: the newest settled month, or the one asked for."""
    code, asked = request.path_params["code"], request.query_params.get("period")
    if not _CODE.fullmatch(code):
        raise DomainError("page_unknown")
    wanted = Period.parse(asked) if asked is not None else None

    def work(session: Session) -> tuple[Unit, list[str], Explanation | None, list[str], bool, str]:
        actor = require_visitor(session, request).actor
        if not may_see_unit(actor, code):
            raise DomainError("unit_unknown", unit=code)
        seen = unit(session, code)
        months = [each.period for each in reversed(settlements(session))]
        period = wanted or (Period.parse(months[0]) if months else None)
        explanation = explain(session, unit_code=code, period=period) if period is not None else None
        held = _held_line(session, explanation, language_of(request)) if explanation is not None else ""
        return seen, months, explanation, sorted(actor.units - {code}), may_see_season(actor), held

    seen, months, explanation, others, sees_all, held = await site_of(request).database.run(work)
    language = language_of(request)
    return page(
        request,
        "unit.html.j2",
        unit=seen,
        months=months,
        card=scorecard_view(explanation, language) if explanation is not None else None,
        others=others,
        sees_all=sees_all,
        held=held,
    )


def _held_line(session: Session, explanation: Explanation, language: str) -> str:
    """How many answers of the month were doubted; nothing where their number is not to be known."""
    rate = rates(session, period=explanation.period).get(explanation.unit_code)
    if rate is None or explanation.responses is None or not may_show_count(rate.answers):
        return ""
    return rate_line(rate, month=period_name(explanation.period, language), language=language)


ROUTES = [Route("/units", every_unit), Route("/units/{code}", show)]
