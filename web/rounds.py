"""The rounds of mutual scoring for everybody: dates, published receipts with their root, and looking one's own up.

No sign-in: whoever has the page can check what was published. A receipt comes in a form and never stands in an address.
Refuses to know results, and what was in a ballot.
"""

from __future__ import annotations

import asyncio
import time

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import name_in, period_name
from consortium.definition import TIERS
from consortium.periods import Period
from consortium.units import all_units
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.quarters import QuarterRounds, figure_quarter, read_quarter
from reviews.receipt_standing import UNKNOWN, Standing, receipt_standing
from web.faults import refuse_guesser
from web.forms import read_form
from web.pages import Values, language_of, page
from web.quarter_views import Tiers, quarter_view
from web.rounds_views import all_rounds, public_round, published_text, quarters_counted
from web.site import client_of, site_of
from web.visitors import visitor_in

PATH = "/rounds"
RECEIPT = "receipt"
CHANGED = "receipt_lists_changed"

_COMMANDS = {"linux": "sha256sum {}", "mac": "shasum -a 256 {}", "windows": "certutil -hashfile {} SHA256"}
_LONGEST = 80
_UNTAKEN = 422
_FAULTS = frozenset({"receipt_malformed", CHANGED})


async def archive(request: Request) -> Response:
    """GET /rounds: every round, and a field for a receipt."""
    return await _page_of_rounds(request)


async def show(request: Request) -> Response:
    """GET /rounds/{period}: one month's round, or a quarter's figures from what its rounds published."""
    period = _period(request)
    if period.quarter is not None:
        return await _quarter(request, period)

    def work(session: Session) -> Values:
        visitor_in(session, request)
        found = public_round(session, period, language_of(request))
        if found is None:
            raise DomainError("page_unknown")
        commands = [(system, command.format(_file_name(period))) for system, command in _COMMANDS.items()]
        return {"found": found, "commands": commands}

    return page(request, "round.html.j2", **await site_of(request).database.run(work))


async def download(request: Request) -> Response:
    """GET /rounds/{period}/receipts.txt: the lists exactly as published, byte for byte what their root was made of."""
    period = _period(request)
    published = await site_of(request).database.run(lambda session: published_text(session, period))
    if published is None or not period.is_month:
        raise DomainError("receipts_unknown", period=str(period))
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(period)}"'}
    return Response(published.encode("utf-8", "surrogatepass"), media_type="text/plain; charset=utf-8", headers=headers)


async def look_up(request: Request) -> Response:
    """POST /rounds/receipt: where a receipt stands, and what that means."""
    refuse_guesser(request)
    written = (await read_form(request, fields=(RECEIPT,)))[RECEIPT][:_LONGEST]
    try:
        standing = await site_of(request).database.run(lambda session: receipt_standing(session, written))
    except DomainError as refusal:
        if refusal.code not in _FAULTS:
            raise
        language = language_of(request)
        is_changed = refusal.code == CHANGED
        fault = text(language, "rounds.changed") if is_changed else explain(language, refusal)
        return await _page_of_rounds(request, written=written, fault=fault)
    if standing.standing == UNKNOWN:
        request.app.state.throttle.count(client_of(request.scope), time.monotonic())
    return await _page_of_rounds(request, written=standing.receipt, standing=standing)


async def _page_of_rounds(
    request: Request, *, written: str = "", standing: Standing | None = None, fault: str | None = None
) -> Response:
    def work(session: Session) -> Values:
        visitor_in(session, request)
        rounds = all_rounds(session, language_of(request))
        quarters = quarters_counted(session, language_of(request))
        return {"rounds": rounds, "quarters": quarters}

    values = await site_of(request).database.run(work)
    waiting = standing.waiting if standing is not None and standing.standing == UNKNOWN else ()
    asked = (*waiting, standing.period) if standing is not None and standing.period is not None else waiting
    names = {each: period_name(Period.parse(each), language_of(request)) for each in asked}  # a panel's month as well
    return page(
        request,
        "rounds.html.j2",
        status=_UNTAKEN if fault is not None else 200,
        **values,
        written=written,
        standing=standing,
        names=names,
        waiting=[names[each] for each in waiting],
        fault=fault,
    )


async def _quarter(request: Request, quarter: Period) -> Response:
    """What was published is read in a transaction, and put together outside of it."""

    def work(session: Session) -> tuple[QuarterRounds | None, Tiers]:
        visitor_in(session, request)
        return read_quarter(session, quarter), _tiers(session, language_of(request))

    found, tiers = await site_of(request).database.run(work)
    if found is None:
        raise DomainError("quarter_unknown", period=str(quarter))
    figures = await asyncio.to_thread(figure_quarter, found)
    return page(request, "quarter.html.j2", quarter=quarter_view(figures, tiers, language_of(request)))


def _tiers(session: Session, language: str) -> Tiers:
    """The tiers in their order, each with its units in theirs."""
    units = all_units(session)
    return {
        tier: (
            text(language, f"consortium.tier.{tier}"),
            {unit.code: name_in(unit.name, language, unit.code) for unit in units if unit.tier == tier},
        )
        for tier in TIERS
    }


def _file_name(period: Period) -> str:
    """What the downloaded lists are called, here and in the commands that check them."""
    return f"tongping-receipts-{period}.txt"


def _period(request: Request) -> Period:
    """The month or quarter in the address; anything else is `page_unknown`."""
    try:
        period = Period.parse(request.path_params["period"])
    except DomainError:
        raise DomainError("page_unknown") from None
    if not period.is_month and period.quarter is None:
        raise DomainError("page_unknown")
    return period


ROUTES = [
    Route(PATH, archive),
    Route(f"{PATH}/receipt", look_up, methods=["POST"]),
    Route(f"{PATH}/{{period}}", show),
    Route(f"{PATH}/{{period}}/receipts.txt", download),
]
