"""Getting in with a one-time link, and out again.

Opening the link only shows a button: previews and virus scanners open links, people press buttons. Knows what a good
link turns into, a session of this browser, and that it may name the page it leads to: one of our own, of a short list.
Who may do what is looked up anew on every page.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.links import WEB, close_web_session, is_link, new_token, open_web_session, use_web_link
from consortium.people import actor_of
from locales.errors import DomainError
from web.faults import refuse_guesser
from web.forms import TOKEN_FIELD, form_token, read_form
from web.pages import page, see
from web.site import site_of
from web.visitors import Visitor, forget, remember, require_visitor, session_token, visitor_in

GOES_ON = "to"
"""The part of a link's address that names the page to go on to; without it people come to their own desk."""

_PLACES = re.compile(r"/(?:count|sheet|panel)(?:/[A-Za-z0-9_-]{1,40}){0,2}", re.ASCII)


async def explain_sign_in(request: Request) -> Response:
    """GET /sign-in: how to get a link; whoever is signed in goes on to their desk."""
    visitor = await site_of(request).database.run(lambda session: visitor_in(session, request))
    return see(visitor.home) if visitor is not None else page(request, "sign_in_hint.html.j2")


async def offer(request: Request) -> Response:
    """GET /sign-in/{token}: one button. The link is not spent."""
    refuse_guesser(request)
    token = request.path_params["token"]
    exists = await site_of(request).database.run(lambda session: is_link(session, token=token, purpose=WEB))
    if not exists:
        raise DomainError("link_unknown")
    to = _place(request)
    return page(request, "sign_in.html.j2", path=f"/sign-in/{token}" + (f"?{GOES_ON}={to}" if to else ""))


async def sign_in(request: Request) -> Response:
    """POST /sign-in/{token}: spend the link, once; the browser's former session ends. Draws the session's token."""
    refuse_guesser(request)
    await read_form(request)
    site, token = site_of(request), new_token()

    def work(session: Session) -> Visitor:
        now = site.clock()
        person_id = use_web_link(session, token=request.path_params["token"], now=now)
        close_web_session(session, token=session_token(request), now=now)
        open_web_session(session, person_id=person_id, token=token, now=now)
        return Visitor(actor_of(session, person_id), token, form_token(site.secret, token))

    visitor = await site.database.run(work)
    response = see(_place(request) or visitor.home)
    remember(request, response, token)
    return response


async def sign_out(request: Request) -> Response:
    """POST /sign-out"""
    form = await read_form(request, fields=(TOKEN_FIELD,))
    site = site_of(request)

    def work(session: Session) -> None:
        visitor = require_visitor(session, request, form)
        close_web_session(session, token=visitor.session_token, now=site.clock())

    await site.database.run(work)
    response = see("/")
    forget(request, response)
    return response


def _place(request: Request) -> str:
    """The page that the link leads to, "" for none or for one that no link leads to."""
    asked = request.query_params.get(GOES_ON, "")
    return asked if _PLACES.fullmatch(asked) else ""


ROUTES = [
    Route("/sign-in", explain_sign_in),
    Route("/sign-in/{token}", offer),
    Route("/sign-in/{token}", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
