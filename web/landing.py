"""The start page: what this is, and the ways on. With the simulator it is the door to the whole demonstration.

Links that can be used once are made when a button is pressed, so that this page is always as good as new.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins import editions
from bulletins.wording import edition_name
from consortium.permissions import OFFICE, REPRESENTATIVE, TRUSTEE
from consortium.units import installation
from locales.texts import pick
from web.demo_people import SomebodyView, everybody
from web.pages import Values, language_of, page
from web.site import site_of
from web.visitors import visitor_in

_FEW = {OFFICE: 3, REPRESENTATIVE: 2, TRUSTEE: 1}


async def start(request: Request) -> Response:
    """GET /"""
    site = site_of(request)

    def work(session: Session) -> Values:
        visitor_in(session, request)
        language = language_of(request)
        newest = next(iter(editions.released(session)), None)
        return {
            "consortium": pick(installation(session).name, language),
            "newest": (newest.period, edition_name(editions.content_of(newest), language)) if newest else None,
            "somebody": _some(everybody(session, language)) if site.simulator else [],
            "demo": site.demo,
        }

    return page(request, "landing.html.j2", **await site.database.run(work))


def _some(people: list[SomebodyView]) -> list[SomebodyView]:
    """A few of the office and of the representatives of different units: enough to try what takes two people."""
    left, units, chosen = dict(_FEW), set(), []
    for each in people:
        if left.get(each.role, 0) > 0 and each.unit not in units:
            left[each.role] -= 1
            units |= {each.unit} - {""}
            chosen.append(each)
    return chosen


ROUTES = [Route("/", start)]
