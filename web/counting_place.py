"""A round as the page of a trustee needs it: who asks, how it stands, which key there is and whether anything waits.

Reads rows, the key file and what lies in the room. Whoever is no trustee learns nothing here.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.requests import Request

from consortium.periods import Period
from consortium.permissions import Actor, may_give_share, require
from consortium.units import zone
from locales.errors import DomainError
from reviews.models import ReviewRound
from reviews.panel_rounds import panel_of
from reviews.rounds import CLOSED, ERASED, round_of
from reviews.trustees import WrappedKey
from scheduler.count_notices import ballots_cast
from web.counting_key import WRAPPED, KeyFound, for_round, key_path, look_at
from web.counting_views import RoundView, holder_views, room_of, round_view
from web.forms import Form
from web.pages import Values, language_of
from web.site import site_of
from web.visitors import require_visitor


@dataclass(frozen=True, slots=True)
class Place:
    """`waits`: the round is over and not counted, or the month's panel of experts is. `values` are for the template."""

    actor: Actor
    round_: RoundView
    waits: bool
    public_key: str
    found: KeyFound
    values: Values


async def place_of(request: Request, form: Form | None = None) -> Place:
    """The round in the address, for a trustee. Errors: `not_allowed`, `round_unknown`, `period_invalid`."""
    room, moment = room_of(request), time.monotonic()
    period = Period.parse(request.path_params["period"])

    def work(session: Session) -> tuple[Actor, ReviewRound, RoundView, Path | None, Values]:
        actor = require_visitor(session, request, form).actor
        require(may_give_share(actor))
        round_ = round_of(session, period)
        if round_ is None:
            raise DomainError("round_unknown", period=str(period))
        view = round_view(round_, language_of(request), zone(session))
        given = [each.person for each in room.given(str(period), moment)]
        panel = panel_of(session, period)
        values = {
            "holders": holder_views(session, given),
            "ballots": ballots_cast(session, str(period)),
            "panel_waits": panel is not None and panel.state == CLOSED,
        }
        return actor, round_, view, key_path(session), values

    actor, round_, view, path, values = await site_of(request).database.run(work)
    found = KeyFound(WRAPPED, room.key(view.period, moment))
    if found.key is None:
        found = await asyncio.to_thread(look_at, path)
    waits = round_.state == CLOSED or (round_.state == ERASED and values["panel_waits"])
    return Place(actor, view, waits, round_.public_key, for_round(found, round_.public_key), values)


def key_of(place: Place) -> WrappedKey:
    """The key that the shares belong to; `count_key_missing` where there is none."""
    if place.found.key is None:
        raise DomainError("count_key_missing")
    return place.found.key
