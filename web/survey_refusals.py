"""Saying no on the survey's page: to this survey, or to every later one. Needs no JavaScript, like the survey itself.

Knows the two buttons and what is said afterwards; what a no means is `surveys.fielding.patient_optouts`.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from locales.errors import DomainError
from surveys.fielding.patient_optouts import decline, may_decline
from surveys.sittings import Sitting, view_ticket
from web.faults import refuse_guesser
from web.forms import read_form
from web.pages import page
from web.site import site_of
from web.survey_openings import path_of, speak, ticket_of

NOW, FOR_GOOD = "now", "for_good"
_FIELD = "which"


async def ask(request: Request) -> Response:
    """GET /s/{ticket}/refuse: this time only, or for good."""
    sitting = await _invited(request)
    return page(request, "survey_refuse.html.j2", sitting=sitting, path=path_of(request))


async def refuse(request: Request) -> Response:
    """POST /s/{ticket}/refuse. A second time says the same."""
    sitting = await _invited(request)
    form = await read_form(request, fields=(_FIELD,))
    if form[_FIELD] not in (NOW, FOR_GOOD):
        raise DomainError("form_unreadable")
    is_for_good, now = form[_FIELD] == FOR_GOOD, site_of(request).clock()

    def work(session: Session) -> bool:
        return decline(session, ticket=ticket_of(request), is_for_good=is_for_good, now=now)

    is_known = await site_of(request).database.run(work)
    said = "now" if not is_for_good else "known" if is_known else "unknown"
    return page(request, "survey_refused.html.j2", sitting=sitting, path=path_of(request), said=said)


async def _invited(request: Request) -> Sitting:
    """What the ticket opens, if somebody was invited to it; the page speaks its language."""
    refuse_guesser(request)
    ticket, now = ticket_of(request), site_of(request).clock()
    sitting = await site_of(request).database.run(lambda session: view_ticket(session, ticket=ticket, now=now))
    if not may_decline(sitting):
        raise DomainError("ticket_unknown")
    speak(request, sitting)
    return sitting


ROUTES = [Route("/s/{ticket}/refuse", ask), Route("/s/{ticket}/refuse", refuse, methods=["POST"])]
