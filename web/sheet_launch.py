"""The sheet inside Telegram: the one page that may stand in its frame, and launch data exchanged for a session.

Inside another site's frame browsers keep no cookie of ours. So the session's token is answered to the page, which
holds it as long as it is open and sends it as a header: no other site can make a browser send that, and there is no
cookie for it to abuse. Each launch is good once; who speaks is looked up by the account, as in the chat. Draws the
session's token.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.launch_data import LONGEST, Launch, read_launch
from consortium.links import actor_of_web_session, new_token, open_web_session, use_launch
from consortium.people import actor_of_account
from locales.errors import DomainError
from web.faults import error_document, note_guess, refuse_guesser, status_of
from web.forms import Form, check_token, form_token, refuse_other_sites
from web.pages import language_of, page
from web.sheet_views import words
from web.site import site_of
from web.visitors import Visitor, require_visitor

PATH, LAUNCH_PATH = "/sheet/app", "/sheet/launch"
SESSION_HEADER = "x-tongping-session"

_CHANNEL = "telegram"


def sheet_visitor(session: Session, request: Request, form: Form | None = None) -> Visitor:
    """The signed-in person: by the header of a page inside Telegram, else by the browser's cookie. `sign_in_needed`;
    a form must be one of theirs (`form_expired`).
    """
    token = request.headers.get(SESSION_HEADER, "")
    if not token:
        return require_visitor(session, request, form)
    site = site_of(request)
    actor = actor_of_web_session(session, token=token, now=site.clock())
    if actor is None:
        raise DomainError("sign_in_needed")
    visitor = Visitor(actor, token, form_token(site.secret, token))
    request.state.visitor = visitor
    if form is not None:
        check_token(form, site.secret, token)
    return visitor


async def door(request: Request) -> Response:
    """GET /sheet/app: an empty page whose script reads what Telegram put behind the address; no server ever sees that
    part before the script sends it.
    """
    return page(request, "sheet_app.html.j2", data_words=words(language_of(request)))


async def launch(request: Request) -> Response:
    """POST /sheet/launch: `{"data": "…"}` → `{"session": "…"}`, once for each launch."""
    try:
        refuse_guesser(request)
        site, token = site_of(request), new_token()
        key = site.launch_key
        assert key is not None  # without one there is no such route
        opened = read_launch(_data(await json_body(request)), key=key, now=site.clock())
        await site.database.run(lambda session: _sign_in(session, request, opened, token))
    except DomainError as error:
        note_guess(request, error)
        return JSONResponse(error_document(language_of(request), error), status_code=status_of(error))
    return JSONResponse({"session": token})


def _sign_in(session: Session, request: Request, opened: Launch, token: str) -> None:
    """Spend the launch and open a session; an account that is nobody's spends nothing."""
    now = site_of(request).clock()
    actor = actor_of_account(session, channel=_CHANNEL, account=opened.account)
    if actor is None:
        raise DomainError("launch_not_bound")
    use_launch(
        session, person_id=actor.person_id, fingerprint=opened.fingerprint, expires_at=opened.expires_at, now=now
    )
    open_web_session(session, person_id=actor.person_id, token=token, now=now)


async def json_body(request: Request) -> bytes:
    """The body of a post by a script of ours: `other_site`, or `json_unreadable` for what is not called JSON."""
    refuse_other_sites(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise DomainError("json_unreadable")
    return await request.body()


def _data(body: bytes) -> str:
    try:
        document: Any = json.loads(body) if len(body) <= 2 * LONGEST else None
    except (ValueError, RecursionError):
        raise DomainError("json_unreadable") from None
    data = document.get("data") if isinstance(document, dict) and len(document) == 1 else None
    if not isinstance(data, str):
        raise DomainError("json_unreadable")
    return data


ROUTES = [Route(PATH, door), Route(LAUNCH_PATH, launch, methods=["POST"])]
