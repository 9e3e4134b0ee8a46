"""Honours on the office's desk: open one, start the vote, count it, decide the list, who is eligible (rules 44, 48).

Knows what the forms ask for and says beside each button whom it reaches. What may be done is `bulletins.nominations`'
and `bulletins.honour_votes`' to say; committee and auditors look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.honour_office import NOMINATE_DAYS, VOTE_DAYS, periods_for
from bulletins.eligibility import bars
from bulletins.honour_notices import told_of_opening
from bulletins.honour_votes import decide_honour, end_voting, start_voting
from bulletins.honour_wording import gate_words
from bulletins.honours import NOMINATING, VOTING, honours
from bulletins.nominations import LONGEST_NOMINATING, LONGEST_VOTING, cancel_honour, gate_of, kinds, open_honour
from bulletins.wording import name_in, period_name
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import all_units, zone
from locales.errors import DomainError, explain
from locales.texts import text
from web.forms import TOKEN_FIELD, Form, read_form
from web.honour_views import desk_view
from web.honours import is_mendable
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/honours"
OPEN, START, CANCEL, END, DECIDE = ACTS = ("open", "start", "cancel", "end", "decide")

_FIELDS = (TOKEN_FIELD, "act", "what", "nominate_days", "vote_days", "honour", "mark")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_WHAT = re.compile(r"(?P<code>[a-z][a-z0-9_]{0,39}) (?P<period>[0-9Q-]{4,7})", re.ASCII)
_MOST = 20
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class EligibleView:
    """A unit and whether it passes the gate of an honour."""

    unit: str
    finding: str
    is_barred: bool


async def show(request: Request) -> Response:
    """GET /office/honours"""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"honours.done.{done}") if done in ACTS else None
    return page(request, "honours_office.html.j2", **values, done=said, fault=None)


async def act(request: Request) -> Response:
    """POST /office/honours: open, start, cancel, end, decide."""
    form = await read_form(request, fields=_FIELDS)
    is_about_one = form["act"] != OPEN
    if form["act"] not in ACTS or (is_about_one and not _NUMBER.fullmatch(form["honour"])):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _act(session, request, form))
    except DomainError as error:
        if not is_mendable(error):
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault = explain(language_of(request), error)
        return page(request, "honours_office.html.j2", status=_CONFLICT, **values, done=None, fault=fault)
    return see(f"{PATH}?done={form['act']}")


def _act(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    if form["act"] == OPEN:
        what = _WHAT.fullmatch(form["what"])
        if what is None:
            raise DomainError("form_unreadable")
        open_honour(
            session, code=what["code"], period=Period.parse(what["period"]), nominate_days=_days(form["nominate_days"]),
            vote_days=_days(form["vote_days"]), actor=actor, now=now,
        )  # fmt: skip
        return
    number = int(form["honour"])
    if form["act"] == DECIDE:
        decide_honour(session, honour_id=number, mark=form["mark"], actor=actor, now=now)
        return
    {START: start_voting, CANCEL: cancel_honour, END: end_voting}[form["act"]](
        session, honour_id=number, actor=actor, now=now
    )


def _values(session: Session, request: Request) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    require(may_see_season(actor))
    local = now.astimezone(zone(session))
    found = honours(session)[:_MOST]
    units = all_units(session)
    eligible = {}
    for each in found:
        if each.state in (NOMINATING, VOTING):
            barred = bars(session, gate=gate_of(each), period=Period.parse(each.period))
            eligible[each.id] = [
                EligibleView(
                    unit=name_in(unit.name, language, unit.code),
                    finding=gate_words(barred.get(unit.code), language),
                    is_barred=barred.get(unit.code) is not None,
                )
                for unit in units
            ]
    return {
        "found": [desk_view(session, each, actor=actor, language=language, now=now) for each in found],
        "eligible": eligible,
        "kinds": [
            (f"{kind.code} {period}", f"{name_in(kind.name, language, kind.code)} · {period_name(period, language)}")
            for kind in kinds(session)
            for period in periods_for(kind, local.year, local.month)
        ],
        "told": len(told_of_opening(session)),
        "may_act": may_run_season(actor),
        "nominate_days": NOMINATE_DAYS,
        "vote_days": VOTE_DAYS,
        "longest_nominating": LONGEST_NOMINATING,
        "longest_voting": LONGEST_VOTING,
    }


def _days(written: str) -> int:
    return int(written) if _NUMBER.fullmatch(written) else 0


ROUTES = [Route(PATH, show), Route(PATH, act, methods=["POST"])]
