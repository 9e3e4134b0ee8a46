"""The office's desk: how far the season is, deliveries that wait for a person's word, the chats.

Every page asks for its permission itself, with the roles of this moment; every form belongs to the session that drew
it. Committee and auditors see how far the season is, and change nothing here.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.delivery_words import part_words
from bulletins.wording import one_line
from consortium.chats import BULLETIN, UNIT, bind_chat
from consortium.models import Chat
from consortium.permissions import (
    may_manage_people,
    may_run_season,
    may_see_season,
    require,
)
from consortium.units import all_units, unit, zone
from evaluation.objections import open_objections
from evaluation.waivers import is_agreed, standing_waivers
from locales.errors import DomainError
from locales.texts import pick
from outbox.channel_limits import CONFIGURED
from outbox.deliveries import Decision, resolve_uncertain
from outbox.overview import Standing, count_by_state, list_by_state
from reviews.comment_desk import months_with_comments
from reviews.prospects_on_record import blindness_lines
from scheduler.objection_notices import calendar_warning
from web.counting_views import room_of, waiting_views
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.season import REFRESHED_EVERY, deliveries_by_channel, lacks, tasks, timeline
from web.season_views import months_in_work, owed_by
from web.site import site_of
from web.visitors import require_visitor

WAITING: Final = ("uncertain", "held")

_DECISIONS: dict[str, Decision] = {"send_again": "send_again", "mark_sent": "mark_sent"}
_CODE = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as the office sees it: where it goes and how it stands, never what it says."""

    id: int
    kind: str
    what: str  # which part of which edition it carries; "" for what is no bulletin
    channel: str
    place: str
    state: str
    code: str | None
    attempts: int
    created: str


async def overview(request: Request) -> Response:
    """GET /office[?live=1]: the running month and the one before; live it is drawn anew by itself, until left."""
    site, is_live = site_of(request), request.query_params.get("live") == "1"

    def work(session: Session) -> Values:
        visitor = require_visitor(session, request)
        require(may_see_season(visitor.actor))
        states, now, language = count_by_state(session), site.clock(), language_of(request)
        months = months_in_work(session, now=now, language=language)
        steps, daily = timeline(session, now)
        return {
            "months": months,
            "steps": steps,
            "daily": daily,
            "lacks": lacks(session, now=now, language=language, **owed_by(months)),
            "tasks": tasks(session, now=now),
            "channels": deliveries_by_channel(session),
            "counted_at": now.astimezone(zone(session)).strftime("%H:%M:%S"),
            "every": REFRESHED_EVERY,
            "is_live": is_live,
            "zone": zone(session),
            "counts": waiting_views(session, room_of(request), language_of(request), time.monotonic()),
            "waiting": sum(states.get(state, 0) for state in WAITING),
            "runs_season": may_run_season(visitor.actor),
            "waivers": sum(not is_agreed(each) for each in standing_waivers(session)),
            "objections": len(open_objections(session)),
            "calendar": calendar_warning(session, site.clock(), language_of(request)),
            "comments": sum(months_with_comments(session).values()) if may_run_season(visitor.actor) else 0,
            "blindness": blindness_lines(session, language_of(request)),
        }

    headers = {"Refresh": str(REFRESHED_EVERY)} if is_live else {}
    return page(request, "office.html.j2", headers=headers, **await site.database.run(work))


async def deliveries(request: Request) -> Response:
    """GET /office/deliveries: what is in doubt, what has been refused, what is late."""

    def work(session: Session) -> Values:
        require(may_run_season(require_visitor(session, request).actor))
        shown = (
            ("waiting", list_by_state(session, states=WAITING)),
            ("late", list_by_state(session, states=("owed",), only_tried=True)),
            ("refused", list_by_state(session, states=("refused",))),
        )
        language = language_of(request)
        lists = {name: [_delivery_view(session, each, language) for each in found] for name, found in shown}
        return {"states": count_by_state(session), "lists": lists}

    return page(request, "deliveries.html.j2", **await site_of(request).database.run(work))


async def decide_delivery(request: Request) -> Response:
    """POST /office/deliveries/{id}: a person's word on a delivery in doubt."""
    form = await read_form(request, fields=(TOKEN_FIELD, "decision"))
    decision = _DECISIONS.get(form["decision"])
    if decision is None:
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        resolve_uncertain(
            session,
            delivery_id=_number(request),
            actor=actor.ref,
            decision=decision,
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see("/office/deliveries")


async def chats(request: Request) -> Response:
    """GET /office/chats: the groups and what each is for."""

    def work(session: Session) -> Values:
        require(may_manage_people(require_visitor(session, request).actor))
        is_bound_here = (Chat.kind == "group") & Chat.channel.not_in(CONFIGURED)  # channels: by the configuration alone
        groups = session.scalars(select(Chat).where(is_bound_here).order_by(Chat.id)).all()
        return {
            "groups": [(each, one_line(each.title) or each.address) for each in groups],
            "units": [(each.code, pick(each.name, language_of(request))) for each in all_units(session)],
        }

    return page(request, "chats.html.j2", **await site_of(request).database.run(work))


async def bind_group(request: Request) -> Response:
    """POST /office/chats/{id}: say what a group is for: "", "bulletin" or "unit:CODE"."""
    form = await read_form(request, fields=(TOKEN_FIELD, "purpose"))
    purpose, _, code = form["purpose"].partition(":")
    is_known = (purpose == UNIT and _CODE.fullmatch(code)) or (purpose in ("", BULLETIN) and not code)
    if not is_known:
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_manage_people(actor))
        unit_code = unit(session, code).code if purpose == UNIT else None
        bind_chat(
            session,
            actor=actor,
            chat_id=_number(request),
            purpose=purpose or None,
            unit_code=unit_code,
            now=site_of(request).clock(),
        )

    await site_of(request).database.run(work)
    return see("/office/chats")


def _delivery_view(session: Session, standing: Standing, language: str) -> DeliveryView:
    title = session.scalar(select(Chat.title).where(Chat.channel == standing.channel, Chat.address == standing.address))
    return DeliveryView(
        id=standing.id,
        kind=standing.kind,
        what=part_words(session, standing.dedupe_key, language),
        channel=standing.channel,
        place=one_line(title or "") or standing.address,
        state=standing.state,
        code=standing.code,
        attempts=standing.attempts,
        created=standing.created_at.astimezone(zone(session)).strftime("%Y-%m-%d %H:%M"),
    )


def _number(request: Request) -> int:
    """The id in the address; beyond what a database counts there is nothing."""
    number: int = request.path_params["id"]
    if number >= 2**31:
        raise DomainError("page_unknown")
    return number


ROUTES = [
    Route("/office", overview),
    Route("/office/deliveries", deliveries),
    Route("/office/deliveries/{id:int}", decide_delivery, methods=["POST"]),
    Route("/office/chats", chats),
    Route("/office/chats/{id:int}", bind_group, methods=["POST"]),
]
