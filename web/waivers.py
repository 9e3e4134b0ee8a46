"""Settling without peers on the office's desk: propose it with a reason, agree as one of two, take it back.

Knows which months wait for a count, and what a form asks for. Whether something may be done, and that two are two, is
`evaluation.waivers`' to say. Committee and auditors look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, may_see_season, require
from consortium.units import zone
from evaluation.models import PeerWaiver, Settlement
from evaluation.waivers import (
    LONGEST_REASON,
    SHORTEST_REASON,
    agreed_names,
    is_agreed,
    proposer_name,
    standing_waivers,
    waiver_mark,
)
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.models import ReviewRound
from reviews.rounds import CLOSED, OPEN
from scheduler.waiver_decisions import (
    agree_without_peers,
    is_round_expected,
    propose_without_peers,
    withdraw_without_peers,
)
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/waivers"
PROPOSE, AGREE, WITHDRAW = ACTS = ("propose", "agree", "withdraw")

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_FAULTS = frozenset({
    "waiver_reason_length", "waiver_round_counted", "waiver_no_round", "waiver_proposed_already",
    "waiver_agreed_already", "waiver_over", "waiver_own_agreement", "already_settled", "period_not_over",
})  # fmt: skip
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A proposal as it stands. `may_agree` and `is_own` are about whoever looks."""

    period: str
    month: str
    mark: str
    by: str
    reason: str
    state: str
    names: str
    may_agree: bool
    is_own: bool
    is_agreed: bool


async def show(request: Request) -> Response:
    """GET /office/waivers: the proposals that stand, a form for another, and the months settled so."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"waivers.done.{done}") if done in ACTS else None
    return page(request, "waivers.html.j2", **values, done=said, fault=None, typed="", chosen="")


async def decide(request: Request) -> Response:
    """POST /office/waivers: propose, agree or withdraw."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "period", "mark", "reason"))
    if form["act"] not in ACTS or not _MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault = explain(language_of(request), error)
        more: Values = {"done": None, "fault": fault, "typed": form["reason"], "chosen": form["period"]}
        return page(request, "waivers.html.j2", status=_CONFLICT, **values, **more)
    return see(f"{PATH}?done={form['act']}")


def _decide(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    period = Period.parse(form["period"])
    if form["act"] == PROPOSE:
        propose_without_peers(session, period=period, reason=form["reason"], proposer=actor, now=now)
        return
    act = agree_without_peers if form["act"] == AGREE else withdraw_without_peers
    act(session, period=period, mark=form["mark"], actor=actor, now=now)


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    standing = standing_waivers(session)
    taken = {each.period for each in standing}
    months = [month for month in _months_waiting(session, request) if str(month) not in taken]
    return {
        "standing": [_view(session, each, actor, language) for each in standing],
        "months": [(str(month), period_name(month, language)) for month in months],
        "past": [(period_name(Period.parse(period), language), reason) for period, reason in _past(session)],
        "may_decide": may_run_season(actor),
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }


def _view(session: Session, waiver: PeerWaiver, actor: Actor, language: str) -> WaiverView:
    names = agreed_names(session, waiver)
    state = "is_agreed" if is_agreed(waiver) else "waits_one" if names else "waits_two"
    by = proposer_name(session, waiver) or text(language, "waivers.command_line")
    is_own = waiver.first_by == actor.person_id
    return WaiverView(
        period=waiver.period,
        month=period_name(Period.parse(waiver.period), language),
        mark=waiver_mark(waiver),
        by=text(language, "waivers.proposed_by", by=by),
        reason=waiver.reason,
        state=text(language, f"waivers.{state}"),
        names=text(language, "waivers.agreed_by", names=text(language, "peers.separator").join(names))
        if names
        else text(language, "waivers.agreed_by_nobody"),
        may_agree=may_run_season(actor) and not is_own and not is_agreed(waiver),
        is_own=is_own and not is_agreed(waiver),
        is_agreed=is_agreed(waiver),
    )


def _months_waiting(session: Session, request: Request) -> list[Period]:
    """Months that are over and not settled, whose round is not counted, or should be there and is not."""
    place, now = zone(session), site_of(request).clock()
    rounds = {row.period: row.state for row in session.execute(select(ReviewRound.period, ReviewRound.state))}
    last = Period.month_of(now, place).previous()
    found = {Period.parse(period) for period, state in rounds.items() if state in {OPEN, CLOSED}}
    if str(last) not in rounds and is_round_expected(session, last):
        found.add(last)
    settled = set(session.scalars(select(Settlement.period)))
    return sorted(month for month in found if month.bounds(place)[1] <= now and str(month) not in settled)


def _past(session: Session) -> list[tuple[str, str]]:
    """Months settled without their peers, and why; the newest first."""
    rows = session.execute(
        select(PeerWaiver.period, PeerWaiver.reason)
        .join(Settlement, Settlement.period == PeerWaiver.period)
        .order_by(PeerWaiver.period.desc())
    )
    return [(period, reason) for period, reason in rows]


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
