"""Questionnaires on the office's desk: the versions there are, drafts among them, and links to try one.

A test link is shown once, in the answer to the button; what is answered through it counts nowhere and vanishes.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.addresses import bot_address
from consortium.links import new_token
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import zone
from locales.errors import DomainError
from surveys.fielding.versions import LIFETIME, make_test_link, versions
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, page
from web.site import base_url, site_of
from web.visitors import require_visitor

_VERSION = re.compile(r"[A-Za-z0-9._-]{1,24}:[A-Za-z0-9._-]{1,20}", re.ASCII)


async def show(request: Request) -> Response:
    """GET /surveys/questionnaires"""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        return {"versions": versions(session), "zone": zone(session), "may_try": may_run_season(actor)}

    return page(request, "fielding_versions.html.j2", **await site_of(request).database.run(work))


async def new_test_link(request: Request) -> Response:
    """POST /surveys/questionnaires/tests: a link for a day, on the page that answers and nowhere else."""
    form = await read_form(request, fields=(TOKEN_FIELD, "questionnaire", "language"))
    if not _VERSION.fullmatch(form["questionnaire"]):
        raise DomainError("form_unreadable")
    id_, _, version = form["questionnaire"].partition(":")
    site, ticket = site_of(request), new_token()
    address, bot_name = f"{base_url(request)}/s/{ticket}", site.bot_name()

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        make_test_link(
            session,
            questionnaire=(id_, version),
            language=form["language"],
            ticket=ticket,
            new_id=new_token(),
            actor=actor.ref,
            now=site.clock(),
        )

    await site.database.run(work)
    return page(
        request,
        "fielding_test_link.html.j2",
        version=form["questionnaire"],
        address=address,
        in_chat=bot_address(bot_name, ticket) if bot_name else None,
        hours=LIFETIME.days * 24,
    )


ROUTES = [
    Route("/surveys/questionnaires", show),
    Route("/surveys/questionnaires/tests", new_test_link, methods=["POST"]),
]
