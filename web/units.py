"""A unit's own page: its scorecards, and how each point came about. Office, committee and auditors see every unit.

A unit that is not the visitor's does not exist for them. Knows settled months only: there is no figure before.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.disclosure import may_show_count
from consortium.periods import Period
from consortium.permissions import may_see_season, may_see_unit, require
from consortium.units import all_units, unit
from evaluation.explaining import explain
from evaluation.explanation import Explanation
from evaluation.scorecards import settlements
from locales.errors import DomainError
from locales.texts import pick
from surveys.honesty.holds import rates
from surveys.honesty.words import rate_line
from web.addresses import CODE
from web.pages import Values, language_of, page
from web.site import site_of
from web.unit_beside import beside_figures, moved_line, rolling_view
from web.unit_views import scorecard_view
from web.visitors import require_visitor


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
    if not CODE.fullmatch(code):
        raise DomainError("page_unknown")
    wanted = Period.parse(asked) if asked is not None else None

    def work(session: Session) -> Values:
        actor, language = require_visitor(session, request).actor, language_of(request)
        if not may_see_unit(actor, code):
            raise DomainError("unit_unknown", unit=code)
        seen, sees_all = unit(session, code), may_see_season(actor)
        periods = [Period.parse(each.period) for each in settlements(session)]
        period = wanted or max((each for each in periods if each.is_month), default=None)
        others = sorted((actor.units | actor.leads) - {code})
        values: Values = {"unit": seen, "others": others, "sees_all": sees_all, "card": None}
        if period is None:
            return values
        explanation = explain(session, unit_code=code, period=period)
        beside = beside_figures(session, explanation, sees_all=sees_all, language=language)
        return values | {
            "months": sorted((str(each) for each in periods if each.is_month), reverse=True),
            "spans": sorted((str(each) for each in periods if not each.is_month), reverse=True),
            "card": scorecard_view(explanation, language, beside),
            "held": _held_line(session, explanation, language),
            "moved": moved_line(session, explanation, language),
            "rolling": rolling_view(session, unit_code=code, month=period, language=language),
        }

    return page(request, "unit.html.j2", **await site_of(request).database.run(work))


def _held_line(session: Session, explanation: Explanation, language: str) -> str:
    """How many answers of the month were doubted; nothing where their number is not to be known."""
    rate = rates(session, period=explanation.period).get(explanation.unit_code)
    if rate is None or explanation.responses is None or not may_show_count(rate.answers):
        return ""
    return rate_line(rate, month=period_name(explanation.period, language), language=language)


ROUTES = [Route("/units", every_unit), Route("/units/{code}", show)]
