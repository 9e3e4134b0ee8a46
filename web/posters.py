"""`/p/{code}`: what stands behind a poster's code. Looking opens nothing; a button does.

Anybody may press it, so each address may only so often and each poster only so many times a day. What is answered then
is a page like any other survey's; its answers never carry points.
"""

from __future__ import annotations

import time

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.links import new_token
from consortium.units import unit
from locales.errors import DomainError
from surveys.fielding.posters import open_poster, poster_at
from surveys.questionnaires import for_kind
from web.forms import read_form
from web.pages import Values, language_of, page, see
from web.site import client_of, site_of
from web.throttle import Throttle


async def show(request: Request) -> Response:
    """GET /p/{code}: whose poster it is, and a button."""

    def work(session: Session) -> Values:
        poster = poster_at(session, code=request.path_params["code"])
        questionnaire = for_kind(session, poster.kind)
        if questionnaire is None:
            raise DomainError("poster_withdrawn")
        request.state.languages = questionnaire.languages
        return {"poster": poster, "unit": unit(session, poster.unit_code), "questionnaire": questionnaire}

    return page(request, "fielding_poster.html.j2", **await site_of(request).database.run(work))


async def begin(request: Request) -> Response:
    """POST /p/{code}: a survey of one's own, on to its page."""
    await read_form(request)
    openings: Throttle = request.app.state.openings
    client, moment = client_of(request.scope), time.monotonic()
    if not openings.allows(client, moment):
        raise DomainError("too_many_attempts")
    openings.count(client, moment)
    ticket = new_token()

    def work(session: Session) -> None:
        open_poster(
            session,
            code=request.path_params["code"],
            language=language_of(request),
            ticket=ticket,
            new_id=new_token(),
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see(f"/s/{ticket}")


ROUTES = [
    Route("/p/{code}", show),
    Route("/p/{code}", begin, methods=["POST"]),
]
