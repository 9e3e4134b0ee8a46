"""A unit's history as a page: for those who see the unit, of settled periods only."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import may_see_unit
from consortium.units import unit
from evaluation.histories import UnitHistory, unit_history
from locales.errors import DomainError
from web.addresses import CODE
from web.pages import language_of, page
from web.site import site_of
from web.unit_history_views import history_view
from web.visitors import require_visitor

KINDS = {"month": Period(2000, month=1), "quarter": Period(2000, quarter=1), "year": Period(2000)}
"""What a history can be made of; any period of the kind stands for it."""


async def show(request: Request) -> Response:
    """GET /units/{code}/history[?each=month|quarter|year]: total, place and every indicator over time."""
    code, kind = request.path_params["code"], request.query_params.get("each", "month")
    if not CODE.fullmatch(code) or kind not in KINDS:
        raise DomainError("page_unknown")

    def work(session: Session) -> tuple[Unit, UnitHistory]:
        actor = require_visitor(session, request).actor
        if not may_see_unit(actor, code):
            raise DomainError("unit_unknown", unit=code)
        return unit(session, code), unit_history(session, unit_code=code, like=KINDS[kind])

    seen, history = await site_of(request).database.run(work)
    view = history_view(history, language_of(request))
    return page(request, "unit_history.html.j2", unit=seen, history=view, kinds=tuple(KINDS), kind=kind)


ROUTES = [Route("/units/{code}/history", show)]
