"""People on the office's desk: who is who, one-time links for them, accounts that wait for a word.

A link is shown once, in the answer to the button, and kept nowhere. Draws its token from the system's random source
through `consortium.links.new_token`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.accounts import tell_bound
from bot.addresses import bot_address, sign_in_address
from bulletins.wording import one_line
from consortium.links import BIND, LIFETIME, WEB, confirm_account, make_link, new_token, refuse_account
from consortium.models import Account, Person, Role
from consortium.people import actor_of
from consortium.permissions import may_manage_people, require
from consortium.units import unit_names
from locales.errors import DomainError
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.site import base_url, site_of
from web.visitors import require_visitor

_PERSON = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_DECISIONS = ("confirm", "refuse")
_MOST = 2**31


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person. `roles` are role codes with the names of the units they are held for."""

    id: str
    name: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    is_bound: bool


@dataclass(frozen=True, slots=True)
class RequestView:
    """An account that asks to act for a person."""

    id: int
    channel: str
    account: str
    display: str
    person: str
    is_own: bool


async def people(request: Request) -> Response:
    """GET /office/people"""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_manage_people(actor))
        return {
            "people": _people(session, language_of(request)),
            "requests": _requests(session, actor.person_id),
            "has_bot": bool(site_of(request).bot_name()),
        }

    return page(request, "people.html.j2", **await site_of(request).database.run(work))


async def new_link(request: Request) -> Response:
    """POST /office/people/{person}/links: a fresh link, on the page that answers and nowhere else."""
    form = await read_form(request, fields=(TOKEN_FIELD, "purpose"))
    purpose, person_id, token = form["purpose"], request.path_params["person"], new_token()
    if purpose not in LIFETIME or not _PERSON.fullmatch(person_id):
        raise DomainError("form_unreadable")
    site = site_of(request)
    address = sign_in_address(base_url(request), token) if purpose == WEB else bot_address(site.bot_name(), token)

    def work(session: Session) -> str:
        actor = require_visitor(session, request, form).actor
        require(may_manage_people(actor))
        make_link(session, person_id=person_id, purpose=purpose, made_by=actor, token=token, now=site.clock())
        return actor_of(session, person_id).name

    name = await site.database.run(work)
    lifetime = LIFETIME[purpose]
    return page(
        request,
        "link.html.j2",
        name=name,
        address=address,
        is_web=purpose == WEB,
        minutes=lifetime.seconds // 60,
        days=LIFETIME[BIND].days,
    )


async def decide_account(request: Request) -> Response:
    """POST /office/accounts/{id}: confirm an account, and tell its person; or refuse it."""
    form = await read_form(request, fields=(TOKEN_FIELD, "decision"))
    decision, account_id = form["decision"], request.path_params["id"]
    if decision not in _DECISIONS:
        raise DomainError("form_unreadable")
    if account_id >= _MOST:
        raise DomainError("account_unknown")

    def work(session: Session) -> None:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_manage_people(actor))
        if decision == "confirm":
            confirm_account(session, actor=actor, account_id=account_id, now=now)
            tell_bound(session, account_id, now)
        else:
            refuse_account(session, actor=actor, account_id=account_id, now=now)

    await site_of(request).database.run(work)
    return see("/office/people")


def _people(session: Session, language: str) -> list[PersonView]:
    names = unit_names(session, language)
    bound = set(session.scalars(select(Account.person_id).where(Account.confirmed_at.is_not(None))))
    held: dict[str, dict[str, tuple[str, ...]]] = {}
    for person_id, role, code in session.execute(
        select(Role.person_id, Role.role, Role.unit_code).order_by(Role.role, Role.unit_code)
    ):
        roles = held.setdefault(person_id, {})
        roles[role] = roles.get(role, ()) + ((names.get(code, code),) if code is not None else ())
    found = session.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id))
    return [
        PersonView(each.id, one_line(each.name), tuple(held.get(each.id, {}).items()), each.id in bound)
        for each in found
    ]


def _requests(session: Session, own_id: str) -> list[RequestView]:
    rows = session.execute(
        select(Account, Person.name).join(Person).where(Account.confirmed_at.is_(None)).order_by(Account.id)
    )
    return [
        RequestView(
            id=account.id,
            channel=account.channel,
            account=account.account,
            display=one_line(account.display_name) or account.account,
            person=one_line(name),
            is_own=account.person_id == own_id,
        )
        for account, name in rows
    ]


ROUTES = [
    Route("/office/people", people),
    Route("/office/people/{person}/links", new_link, methods=["POST"]),
    Route("/office/accounts/{id:int}", decide_account, methods=["POST"]),
]
