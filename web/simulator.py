"""The simulator: choose who you are, and talk with the bot as on a phone. Served on this machine only.

What is said goes through `bot.local`, the same way as in the terminal, and from there on the same way as in Telegram.
Refuses to answer under any name but this machine's: a page from elsewhere must not reach it through the browser.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any, get_args

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.inbound import Kind
from bot.local import LocalReply, Said, delivered, respond_locally
from bot.turn import Context
from consortium.links import WEB, make_link, new_token
from locales.errors import DomainError
from locales.texts import LANGUAGES
from web.bulletins import picture_response
from web.demo_people import everybody, fresh_visit, local_groups
from web.forms import read_form, refuse_other_sites
from web.pages import Values, language_of, page, see
from web.site import LOOPBACK, base_url, site_of
from web.visitors import visitor_in

_SAID = ("account", "kind", "content", "ref", "language")
_KINDS = ("text", "tap", "start")
_REF = re.compile(r"[A-Za-z0-9]{0,64}", re.ASCII)
_PERSON = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_LONGEST_ADDRESS = 64
assert set(_KINDS) <= set(get_args(Kind))


async def show(request: Request) -> Response:
    """GET /simulator"""
    _refuse_other_hosts(request)

    def work(session: Session) -> Values:
        visitor_in(session, request)
        return {"people": everybody(session, language_of(request)), "groups": local_groups(session)}

    return page(request, "simulator.html.j2", **await site_of(request).database.run(work))


async def say(request: Request) -> Response:
    """POST /simulator/say: one thing said or tapped; the answer is what the chat is to show."""
    said = await _json(request, _SAID)
    kind, ref = said["kind"], said["ref"]
    if kind not in _KINDS or not _REF.fullmatch(ref):
        raise DomainError("json_unreadable")
    what = Said(kind, said["content"], ref or None)  # type: ignore[arg-type]  # one of _KINDS
    context = _context(request)

    def work(session: Session) -> LocalReply:
        language = said["language"] if said["language"] in LANGUAGES else None
        return respond_locally(session, account=said["account"], said=what, context=context, language=language)

    reply = await site_of(request).database.run(work)
    return JSONResponse({"items": list(reply.items)})


async def arrived(request: Request) -> Response:
    """GET /simulator/deliveries?account=…&after=…: what has been sent to a local chat since."""
    _refuse_other_hosts(request)
    account, after = request.query_params.get("account", ""), request.query_params.get("after", "0")
    is_number = after.isascii() and after.isdecimal() and len(after) < 10  # noqa: PLR2004 - what a database counts
    if not (0 < len(account) <= _LONGEST_ADDRESS and account.isprintable() and is_number):
        raise DomainError("json_unreadable")
    context = _context(request)
    found = await site_of(request).database.run(
        lambda session: delivered(session, account=account, after_id=int(after), context=context)
    )
    return JSONResponse({"after": found[-1][0] if found else int(after), "items": [item for _, item in found]})


async def new_patient(request: Request) -> Response:
    """POST /simulator/patients: a patient with a fresh visit; the link is theirs to open."""
    said = await _json(request, ("language",))
    site = site_of(request)
    language = said["language"] if said["language"] in LANGUAGES else language_of(request)
    visit = await site.database.run(lambda session: fresh_visit(session, language=language, now=site.clock()))
    account = f"patient:{secrets.token_hex(4)}"
    return JSONResponse({"account": account, "ticket": visit.ticket, "unit": visit.unit}, status_code=201)


async def open_visit(request: Request) -> Response:
    """POST /simulator/visit: a fresh visit's survey, as a page."""
    _refuse_other_hosts(request)
    await read_form(request)
    site, language = site_of(request), language_of(request)
    visit = await site.database.run(lambda session: fresh_visit(session, language=language, now=site.clock()))
    return see(f"/s/{visit.ticket}")


async def enter(request: Request) -> Response:
    """POST /simulator/enter: a fresh sign-in link for somebody, opened at once."""
    _refuse_other_hosts(request)
    form = await read_form(request, fields=("person",))
    site, token, person = site_of(request), new_token(), form["person"]
    if not _PERSON.fullmatch(person):
        raise DomainError("form_unreadable")
    await site.database.run(
        lambda session: make_link(session, person_id=person, purpose=WEB, made_by=None, token=token, now=site.clock())
    )
    return see(f"/sign-in/{token}")


async def show_picture(request: Request) -> Response:
    """GET /simulator/pictures/{key}: any picture a message can name, drafts' included."""
    _refuse_other_hosts(request)
    return await picture_response(request, site_of(request), request.path_params["key"], "private, no-cache")


def _context(request: Request) -> Context:
    site = site_of(request)
    return Context(site.secret, site.clock(), base_url(request), site.bot_name())


def _refuse_other_hosts(request: Request) -> None:
    """A name that leads here but is not ours may belong to somebody who wants to speak through this browser."""
    host = request.headers.get("host", "")
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name not in LOOPBACK:
        raise DomainError("host_unknown")


async def _json(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """The texts of a JSON object by these names, "" where one is left out."""
    _refuse_other_hosts(request)
    refuse_other_sites(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise DomainError("json_unreadable")
    try:
        document: Any = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise DomainError("json_unreadable") from None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise DomainError("json_unreadable")
    unknown = next((name for name in document if name not in names), None)
    if unknown is not None:
        raise DomainError("unknown_field", field=unknown[:40])
    return {name: document.get(name, "") for name in names}


ROUTES = [
    Route("/simulator", show),
    Route("/simulator/say", say, methods=["POST"]),
    Route("/simulator/deliveries", arrived),
    Route("/simulator/patients", new_patient, methods=["POST"]),
    Route("/simulator/visit", open_visit, methods=["POST"]),
    Route("/simulator/enter", enter, methods=["POST"]),
    Route("/simulator/pictures/{key}", show_picture),
]
