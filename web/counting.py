"""The count by two trustees: each pastes a share, the second begins, and the page says what came of it.

For people with the role of a trustee, who come by a fresh link of the bot. Shares go into this process's memory and
from there into one count; a field is never filled in again and no sentence repeats a word of a share. Whether a share
is whole is `reviews.trustees`' to say, what a count does `scheduler.counting`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import TRUSTEE, may_give_share, require
from locales.errors import DomainError, Reask, explain
from reviews.rounds import CLOSED, COUNTED, subject
from reviews.trustees import THRESHOLD, WORDS, read_share
from scheduler.count_notices import waiting_rounds
from storage.audit import record
from web.counting_key import FOREIGN, LARGEST_KEY, WRAPPED, for_round, wrapped_in
from web.counting_place import Place, key_of, place_of
from web.counting_room import LIFETIME, UnderWay
from web.counting_run import count_with, erase_again
from web.counting_views import RoundView, holder_views, room_of, waiting_view
from web.faults import refuse_guesser
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.site import client_of, site_of
from web.uploads import read_upload
from web.visitors import require_visitor

PATH = "/count"

_MINUTE = 60
_UNTAKEN = 422
_KEY_FAULTS = frozenset({"wrapped_key_invalid", "count_key_foreign", "count_under_way", "upload_missing"})
_SHARE_FAULTS = frozenset({
    "share_words", "share_word_unknown", "share_mistyped", "share_foreign", "share_twice", "share_given",
    "shares_complete", "count_under_way", "count_key_missing",
})  # fmt: skip
_START_FAULTS = frozenset({"count_shares_missing", "share_not_given", "count_under_way", "count_key_missing"})


async def rounds(request: Request) -> Response:
    """GET /count: what waits for trustees; most of the time nothing."""
    site, room = site_of(request), room_of(request)

    def work(session: Session) -> Values:
        require(may_give_share(require_visitor(session, request).actor))
        language = language_of(request)
        waiting = [waiting_view(session, each, room, language, time.monotonic()) for each in waiting_rounds(session)]
        return {"waiting": waiting, "holders": holder_views(session, ())}

    return page(request, "counts.html.j2", **await site.database.run(work))


async def show(request: Request) -> Response:
    """GET /count/{period}: where the count stands, and what this trustee can do."""
    return await _shown(request)


async def bring_key(request: Request) -> Response:
    """POST /count/{period}/key: the wrapped key, pasted or as a file, where the server has none."""
    refuse_guesser(request)
    if request.headers.get("content-type", "").startswith("multipart/"):
        form, content = await read_upload(request, fields=(TOKEN_FIELD,), file="file")
        written = content[:LARGEST_KEY].decode("utf-8", "replace")
    else:
        form = await read_form(request, fields=(TOKEN_FIELD, "key"))
        written = form["key"]
    place = await place_of(request, form)

    def take() -> None:
        if not written.strip():
            raise DomainError("upload_missing")
        brought = for_round(wrapped_in(written), place.public_key)
        if brought.key is None:
            raise DomainError("count_key_foreign" if brought.kind == FOREIGN else "wrapped_key_invalid")
        room_of(request).bring_key(place.round_.period, brought.key, time.monotonic())
        _forget_in_time(request)

    return await _tried(request, take, place, _KEY_FAULTS)


async def give(request: Request) -> Response:
    """POST /count/{period}/share: this trustee's 33 words."""
    refuse_guesser(request)
    form = await read_form(request, fields=(TOKEN_FIELD, "share"))
    place = await place_of(request, form)

    def take() -> None:
        share = read_share(key_of(place), form["share"])
        room_of(request).give(place.round_.period, place.actor.person_id, share, time.monotonic())
        _forget_in_time(request)

    return await _tried(request, take, place, _SHARE_FAULTS)


async def take_back(request: Request) -> Response:
    """POST /count/{period}/take-back: forget this trustee's share."""
    form = await read_form(request, fields=(TOKEN_FIELD,))
    place = await place_of(request, form)
    room_of(request).take_back(place.round_.period, place.actor.person_id)
    return see(f"{PATH}/{place.round_.period}")


async def start(request: Request) -> Response:
    """POST /count/{period}/start: one of the two who gave a share begins the count."""
    form = await read_form(request, fields=(TOKEN_FIELD,))
    place = await place_of(request, form)
    room, period, moment = room_of(request), place.round_.period, time.monotonic()

    def still_trustees(session: Session) -> frozenset[str]:
        return frozenset(person.id for person in people_with_role(session, TRUSTEE))

    trusted = await site_of(request).database.run(still_trustees)
    for each in room.given(period, moment):
        if each.person not in trusted:
            room.take_back(period, each.person)
    try:
        key = key_of(place)
        shares = room.begin(period, place.actor.person_id, moment)
    except DomainError as refusal:
        if refusal.code not in _START_FAULTS:
            raise
        return await _shown(request, fault=refusal)
    under_way = room.count(period)
    assert under_way is not None
    site = site_of(request)
    try:
        await site.database.run(partial(_record_start, period=period, people=under_way.people, now=site.clock()))
    except BaseException:
        under_way.outcome = "fault"
        raise
    work = partial(
        count_with, site.database, period=Period.parse(period), key=key, shares=shares, actor=place.actor.ref,
        clock=site.clock, under_way=under_way,
    )  # fmt: skip
    return _in_a_thread(request, work, period)


async def erase(request: Request) -> Response:
    """POST /count/{period}/erase: go on where the erasing of a counted round stopped."""
    form = await read_form(request, fields=(TOKEN_FIELD,))
    place = await place_of(request, form)
    period, site = place.round_.period, site_of(request)
    if place.round_.state != COUNTED:
        return see(f"{PATH}/{period}")
    under_way = room_of(request).begin_alone(period, place.actor.person_id, time.monotonic())
    work = partial(
        erase_again, site.database, period=Period.parse(period), actor=place.actor.ref, clock=site.clock,
        under_way=under_way,
    )  # fmt: skip
    return _in_a_thread(request, work, period)


def _in_a_thread(request: Request, work: Callable[[], None], period: str) -> Response:
    """Let it run to its end by itself; the page shows how far it is."""
    task = asyncio.get_running_loop().create_task(asyncio.to_thread(work))
    request.app.state.counts.add(task)
    task.add_done_callback(request.app.state.counts.discard)
    return see(f"{PATH}/{period}")


async def _tried(request: Request, take: Callable[[], None], place: Place, faults: frozenset[str]) -> Response:
    """Do it; a slip is said on the page, and counts like any wrong guess."""
    try:
        if not place.waits:
            return see(f"{PATH}/{place.round_.period}")
        take()
    except DomainError as refusal:
        if refusal.code not in faults:
            raise
        request.app.state.throttle.count(client_of(request.scope), time.monotonic())
        return await _shown(request, fault=refusal)
    return see(f"{PATH}/{place.round_.period}")


async def _shown(request: Request, *, fault: DomainError | None = None) -> Response:
    """The page as it is now; with a sentence if something was not taken. No field is filled in."""
    place = await place_of(request)
    room, moment, language = room_of(request), time.monotonic(), language_of(request)
    period, me = place.round_.period, place.actor.person_id
    given, under_way = room.given(period, moment), room.count(period)
    runs = under_way is not None and under_way.runs
    is_ready = place.waits and place.found.kind == WRAPPED and not runs
    gave = any(each.person == me for each in given)
    return page(
        request,
        "count.html.j2",
        status=_UNTAKEN if fault is not None else 200,
        **place.values,
        round=place.round_,
        waits=place.waits,
        key_kind=place.found.kind,
        key_names=place.found.key.trustees if place.found.key is not None else (),
        fault=explain(language, fault) if fault is not None else None,
        last=_last(under_way, place.round_, language),
        runs=runs,
        copies=under_way.copies if under_way is not None else (),
        done=under_way.done if under_way is not None else 0,
        total=under_way.total if under_way is not None else 0,
        may_give=is_ready and not gave and len(given) < THRESHOLD,
        may_take_back=is_ready and gave,
        may_start=is_ready and gave and len(given) >= THRESHOLD,
        mine=next((each.trustee for each in given if each.person == me), ""),
        given=len(given),
        needed=THRESHOLD,
        words=WORDS,
        minutes=int(LIFETIME // _MINUTE),
    )


def _last(under_way: UnderWay | None, round_: RoundView, language: str) -> str:
    """Why the last count begun here did not end well; "" if it did, or if the round has gone on since."""
    if under_way is None or under_way.outcome in (None, "counted"):
        return ""
    if round_.state not in (CLOSED, COUNTED):
        return ""
    return explain(language, Reask(str(under_way.outcome), under_way.details))


def _record_start(session: Session, *, period: str, people: tuple[str, ...], now: datetime) -> None:
    """Who of the trustees opened the key: both names stand in the audit, and nothing of their shares."""
    first, second = people[:THRESHOLD]
    record(
        session, actor=f"person:{first}", action="begin_count", subject=subject(period), now=now,
        details={"with": f"person:{second}"},
    )  # fmt: skip


def _forget_in_time(request: Request) -> None:
    """What lies here too long goes by itself, whether anybody looks or not."""
    room = room_of(request)
    asyncio.get_running_loop().call_later(LIFETIME, lambda: room.forget(time.monotonic()))


ROUTES = [
    Route(PATH, rounds),
    Route(f"{PATH}/{{period}}", show),
    Route(f"{PATH}/{{period}}/key", bring_key, methods=["POST"]),
    Route(f"{PATH}/{{period}}/share", give, methods=["POST"]),
    Route(f"{PATH}/{{period}}/take-back", take_back, methods=["POST"]),
    Route(f"{PATH}/{{period}}/start", start, methods=["POST"]),
    Route(f"{PATH}/{{period}}/erase", erase, methods=["POST"]),
]
