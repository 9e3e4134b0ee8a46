"""Opening a survey on its page: by whoever has the address, unless they are signed in and work for the very unit.

Knows the ticket in the address and whose session the browser holds. What opening does is `surveys.responses`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request

from consortium.links import actor_of_web_session, new_token
from locales.errors import DomainError
from surveys import responses
from surveys.honesty.staff import note_refused_staff
from surveys.sittings import Sitting
from web.pages import language_of
from web.site import site_of
from web.visitors import session_token

_Outcome = TypeVar("_Outcome")


async def opening(request: Request, work: Callable[[Session], _Outcome]) -> _Outcome:
    """Do what opens the response. That staff of its unit were refused goes on the trail: the attempt left nothing."""
    database = site_of(request).database
    try:
        return await database.run(work)
    except DomainError as error:
        if error.code != "staff_of_unit":
            raise
        await database.run(lambda session: _note_refused(session, request))
        raise


def open_on_page(session: Session, request: Request) -> Sitting:
    """Begin or go on with the response on the page, in the language that the page is read in. Draws its id.

    Patients are not signed in. Who is works for the consortium, perhaps for this very unit.
    """
    now, token = site_of(request).clock(), session_token(request)
    actor = actor_of_web_session(session, token=token, now=now) if token else None
    sitting = responses.open_ticket(
        session,
        ticket=ticket_of(request),
        mode="page",
        person_id=actor.person_id if actor is not None else None,
        new_id=new_token(),
        now=now,
    )
    speak(request, sitting)
    language = language_of(request)
    if language != sitting.language:
        sitting = responses.set_language(session, response_id=sitting.response_id, language=language, now=now)
    return sitting


def speak(request: Request, sitting: Sitting) -> None:
    """The page speaks as the invitation does until another language is chosen, and none but the questionnaire's."""
    request.state.language = sitting.language
    request.state.languages = sitting.questionnaire.languages


def ticket_of(request: Request) -> str:
    """The ticket in the address."""
    ticket: str = request.path_params["ticket"]
    return ticket


def path_of(request: Request) -> str:
    """The address of this ticket's page: ours, whatever was asked for."""
    return f"/s/{ticket_of(request)}"


def _note_refused(session: Session, request: Request) -> None:
    now = site_of(request).clock()
    seen = responses.view_ticket(session, ticket=ticket_of(request), now=now)
    speak(request, seen)
    note_refused_staff(session, unit_code=seen.unit_code, now=now)
