"""Honours on a page for everybody known by name: nominate, withdraw, vote; results and posters (rule 48).

Draws the receipt of a vote from the system's random source; it is shown once. Who may do what, and that nobody votes
twice or for their own unit, is `bulletins.nominations`' and `bulletins.honour_votes`' to say.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.honour_votes import vote_for
from bulletins.honours import DECIDED, NOMINATING, VOTING, honours, poster_of
from bulletins.nominations import LONGEST_NAME, LONGEST_WORDS, SHORTEST_WORDS, nominate, withdraw_nomination
from bulletins.pictures import picture
from consortium.permissions import require
from consortium.polls import new_slip
from locales.errors import DomainError, explain
from locales.texts import text
from web.forms import TOKEN_FIELD, Form, read_form
from web.honour_views import honour_view
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/honours"
NOMINATE, WITHDRAW, VOTE = ACTS = ("nominate", "withdraw", "vote")

_FIELDS = (TOKEN_FIELD, "act", "honour", "unit", "name", "words", "nomination", "choice")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_PREFIXES = (
    "honour_", "nomination_", "nominated_", "nominations_", "nominating_", "poll_", "own_unit_", "already_voted",
    "not_a_voter",
)  # fmt: skip
_MOST_DECIDED = 20
_CONFLICT = 409


async def show(request: Request) -> Response:
    """GET /honours: what is open, then what was decided."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"honours.done.{done}") if done in (NOMINATE, WITHDRAW) else None
    return page(request, "honours.html.j2", **values, done=said, fault=None, typed={}, slip=None)


async def act(request: Request) -> Response:
    """POST /honours: nominate, withdraw, vote."""
    form = await read_form(request, fields=_FIELDS)
    if form["act"] not in ACTS or not _NUMBER.fullmatch(form["honour"]):
        raise DomainError("form_unreadable")
    try:
        slip = await site_of(request).database.run(lambda session: _act(session, request, form))
    except DomainError as error:
        if not is_mendable(error):
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault = explain(language_of(request), error)
        typed = {name: form[name] for name in ("honour", "unit", "name", "words")}
        more: Values = {"done": None, "slip": None, "fault": fault, "typed": typed}
        return page(request, "honours.html.j2", status=_CONFLICT, **values, **more)
    if slip is None:
        return see(f"{PATH}?done={form['act']}")
    values = await site_of(request).database.run(lambda session: _values(session, request))
    headers = {"Cache-Control": "no-store"}
    return page(request, "honours.html.j2", headers=headers, **values, done=None, fault=None, typed={}, slip=slip)


async def poster(request: Request) -> Response:
    """GET /honours/{id}/poster.png: the poster of a decided honour, in the language of the page."""
    number, language = int(request.path_params["id"]), language_of(request)

    def work(session: Session) -> None:
        require(bool(require_visitor(session, request).actor.roles))
        poster_of(session, number)

    site = site_of(request)
    await site.database.run(work)
    png = await picture(site.database, f"honour:{number}:{language}")
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


def is_mendable(error: DomainError) -> bool:
    """What belongs beside a form; who may not, and what is not there, has pages of its own."""
    return error.code.startswith(_PREFIXES) and not error.code.endswith("_unknown")


def _act(session: Session, request: Request, form: Form) -> str | None:
    """The receipt of a vote; None for the others."""
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    number = int(form["honour"])
    if form["act"] == VOTE:
        return vote_for(session, honour_id=number, choice=form["choice"], actor=actor, slip=new_slip(), now=now)
    if form["act"] == WITHDRAW:
        if not _NUMBER.fullmatch(form["nomination"]):
            raise DomainError("form_unreadable")
        withdraw_nomination(session, nomination_id=int(form["nomination"]), actor=actor, now=now)
        return None
    nominate(
        session, honour_id=number, unit_code=form["unit"], candidate=form["name"], words=form["words"], actor=actor,
        now=now,
    )  # fmt: skip
    return None


def _values(session: Session, request: Request) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    require(bool(actor.roles))
    found = honours(session, NOMINATING, VOTING) + honours(session, DECIDED)[:_MOST_DECIDED]
    views = [honour_view(session, each, actor=actor, language=language, now=now) for each in found]
    return {
        "open": [view for view in views if not view.is_decided],
        "decided": [view for view in views if view.is_decided],
        "shortest": SHORTEST_WORDS,
        "longest": LONGEST_WORDS,
        "longest_name": LONGEST_NAME,
    }


ROUTES = [
    Route(PATH, show),
    Route(PATH, act, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}/poster.png", poster),
]
