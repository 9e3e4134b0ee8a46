"""Taking a released edition back on the office's desk: proposed with a reason, agreed to or withdrawn.

That two people do it, and that it is done once, is `bulletins.retractions`' to say. The forms stand on the edition's
own page, which also shows what it would do to whom.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.retractions import agree_retraction, propose_retraction, retraction, withdraw_retraction
from consortium.permissions import may_propose_release, require
from locales.errors import DomainError
from web.drafts import bulletin_number, preview_with
from web.forms import TOKEN_FIELD, read_form
from web.pages import see
from web.site import site_of
from web.visitors import require_visitor

AGREE, WITHDRAW = ACTS = ("agree", "withdraw")
_MOST = 2**31


async def propose(request: Request) -> Response:
    """POST /office/bulletins/{id}/retract: propose to take the edition back; the others of the office are asked."""
    form = await read_form(request, fields=(TOKEN_FIELD, "reason"))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        number, now = bulletin_number(request), site_of(request).clock()
        propose_retraction(session, actor=actor, bulletin_id=number, reason=form["reason"], now=now)

    return await _done(request, work, typed=form["reason"])


async def decide(request: Request) -> Response:
    """POST /office/bulletins/{id}/retraction: agree with the proposal that was seen, or withdraw it."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "number"))

    def work(session: Session) -> None:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_propose_release(actor))
        number = int(form["number"]) if form["number"].isascii() and form["number"].isdecimal() else 0
        if form["act"] not in ACTS:
            raise DomainError("form_unreadable")
        if number >= _MOST or retraction(session, number).bulletin_id != bulletin_number(request):
            raise DomainError("retraction_unknown")
        act = agree_retraction if form["act"] == AGREE else withdraw_retraction
        act(session, actor=actor, retraction_id=number, now=now)

    return await _done(request, work)


async def _done(request: Request, work: Callable[[Session], None], typed: str = "") -> Response:
    """Back to the edition; what a person can mend is told on its page, with what was typed."""
    try:
        await site_of(request).database.run(work)
    except DomainError as error:
        if not error.code.startswith("retraction_") or error.code == "retraction_unknown":
            raise
        return await preview_with(request, error, typed)
    return see(f"/office/bulletins/{bulletin_number(request)}")


ROUTES = [
    Route("/office/bulletins/{id:int}/retract", propose, methods=["POST"]),
    Route("/office/bulletins/{id:int}/retraction", decide, methods=["POST"]),
]
