"""The steps of a month at a desk: each first shows what it would do to whom, then a button that does or proposes it.

The same acts as in chat: what they do, what they are refused for and when two people have to agree is
`scheduler.act_plans`' and `scheduler.office_acts`' to say. For the office alone. Knows forms and addresses.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from consortium.units import zone
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.act_plans import ACTS, EXTEND, moment_written
from scheduler.models import OfficeAct
from scheduler.office_acts import decide_act, do_act, propose_act, standing_acts
from web.act_views import DO, MONTH, PROPOSE, act_view, done_query, done_words, proposal_view, standing_about, steps
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/acts"
AGREE, REFUSE = "agree", "refuse"

_PROPOSED, _BEFORE, _CHANGED = "proposed", "before", "changed"
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", re.ASCII)
_MOST = 2**31
_CONFLICT = 409
_NOT_MENDED = frozenset({
    "sign_in_needed", "not_allowed", "form_expired", "form_unreadable", "page_unknown", "button_expired",
})  # fmt: skip
_SEEN_OTHERWISE = frozenset({"act_changed", "act_needs_second", "act_needs_nobody"})


async def every_act(request: Request) -> Response:
    """GET /office/acts: the steps of the month, what was just done, and the proposals that wait."""

    def work(session: Session) -> Values:
        actor, language, now = _officer(session, request), language_of(request), site_of(request).clock()
        month, found = steps(session, now)
        done, bulletin = done_words(session, request.query_params, language)
        waiting = standing_acts(session, now=now)
        return {
            "month": period_name(month, language),
            "steps": found,
            "waiting": [
                proposal_view(session, act, person_id=actor.person_id, language=language, now=now) for act in waiting
            ],
            "done": done,
            "bulletin": bulletin,
        }

    return page(request, "acts.html.j2", **await site_of(request).database.run(work))


async def show(request: Request) -> Response:
    """GET /office/acts/{command}[?period=2026-10][&closes_at=2026-11-05T18:00]: what it would do now."""
    written = request.query_params.get("closes_at", "").strip()

    def work(session: Session) -> Values:
        _officer(session, request)
        period = request.query_params.get("period", "")
        if period and not MONTH.fullmatch(period):
            raise DomainError("page_unknown")
        closes_at = _moment_in(written, zone(session)) if written else ""
        values = _values(session, request, period, closes_at or "")
        said = text(language_of(request), "acts_page.closing_malformed")
        return values | {"fault": said if closes_at is None else None}

    return page(request, "act.html.j2", **await site_of(request).database.run(work))


async def act(request: Request) -> Response:
    """POST /office/acts/{command}: do what was shown, or ask another person; what is refused is told, with the plan."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "period", "closes_at", "digest"))
    if form["act"] not in (DO, PROPOSE) or not MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")
    database = site_of(request).database
    try:
        address = await database.run(lambda session: _act(session, request, form))
    except DomainError as error:
        if error.code in _NOT_MENDED:
            raise
        values = await database.run(lambda session: _values(session, request, form["period"], form["closes_at"]))
        fault = _not_done(language_of(request), error)
        return page(request, "act.html.j2", status=_CONFLICT, **values | {"fault": fault})
    return see(address)


async def show_proposal(request: Request) -> Response:
    """GET /office/acts/proposals/{id}: who wants what, until when, and the buttons; or what came of it."""
    values = await site_of(request).database.run(lambda session: _proposal_values(session, request))
    return page(request, "act_proposal.html.j2", **values, fault=None)


async def decide(request: Request) -> Response:
    """POST /office/acts/proposals/{id}: agree, and it is done; or refuse, which for the proposer is taking it back."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "digest"))
    if form["act"] not in (AGREE, REFUSE):
        raise DomainError("form_unreadable")
    database = site_of(request).database
    try:
        query = await database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if error.code in _NOT_MENDED:
            raise
        values = await database.run(lambda session: _proposal_values(session, request))
        fault = _not_done(language_of(request), error)
        return page(request, "act_proposal.html.j2", status=_CONFLICT, **values, fault=fault)
    return see(f"{PATH}/proposals/{request.path_params['id']}{query}")


def _act(session: Session, request: Request, form: Form) -> str:
    """Do or propose it; the address that says so. Who proposes the same twice has proposed it once."""
    actor, now = _officer(session, request, form), site_of(request).clock()
    command, period, digest = _command(request), form["period"], form["digest"]
    if command == EXTEND and not form["closes_at"]:
        raise DomainError("form_unreadable")
    arguments = {"closes_at": form["closes_at"]} if command == EXTEND else {}
    if form["act"] == DO:
        plan, outcome = do_act(
            session, command=command, subject=period, arguments=arguments, digest=digest, actor=actor, now=now
        )
        return f"{PATH}?{done_query(plan, outcome)}"
    standing = standing_about(session, command, period, now)
    before = standing.id if standing is not None else None
    made = propose_act(
        session, command=command, subject=period, arguments=arguments, digest=digest, actor=actor, now=now
    )
    return f"{PATH}/proposals/{made.id}?done={_BEFORE if made.id == before else _PROPOSED}"


def _decide(session: Session, request: Request, form: Form) -> str:
    """The second person's word; what the address says of it."""
    actor, now = _officer(session, request, form), site_of(request).clock()
    found = _proposal(session, request)
    decision = decide_act(
        session, act_id=found.id, agrees=form["act"] == AGREE, digest=form["digest"], actor=actor, now=now
    )
    if decision.changed:
        return f"?done={_CHANGED}"
    if form["act"] == REFUSE or decision.plan is None:
        return ""
    return f"?{done_query(decision.plan, decision.outcome)}"


def _values(session: Session, request: Request, period: str, closes_at: str) -> Values:
    actor = _officer(session, request)
    view = act_view(
        session,
        command=_command(request),
        period=Period.parse(period) if period else None,
        closes_at=closes_at,
        person_id=actor.person_id,
        language=language_of(request),
        now=site_of(request).clock(),
    )
    return {"view": view, "period": period, "zone": zone(session).key, "fault": None}


def _proposal_values(session: Session, request: Request) -> Values:
    actor, language, now = _officer(session, request), language_of(request), site_of(request).clock()
    found = _proposal(session, request)
    view = proposal_view(session, found, person_id=actor.person_id, language=language, now=now, is_whole=True)
    done, bulletin = done_words(session, request.query_params, language)
    told = request.query_params.get("done", "")
    if told in (_PROPOSED, _BEFORE):
        done = text(language, f"acts_page.done.{told}")
    changed = text(language, "acts.changed", title=view.title, by=view.by) if told == _CHANGED else None
    return {"view": view, "done": done, "bulletin": bulletin, "changed": changed}


def _officer(session: Session, request: Request, form: Form | None = None) -> Actor:
    actor = require_visitor(session, request, form).actor
    require(may_run_season(actor))
    return actor


def _command(request: Request) -> str:
    command: str = request.path_params["command"]
    if command not in ACTS:
        raise DomainError("page_unknown")
    return command


def _proposal(session: Session, request: Request) -> OfficeAct:
    number: int = request.path_params["id"]
    found = session.get(OfficeAct, number) if number < _MOST else None
    if found is None:
        raise DomainError("page_unknown")
    return found


def _moment_in(written: str, place: ZoneInfo) -> str | None:
    """A moment of the browser's field, which is on the consortium's clock, as an argument; None if it is none."""
    if not _MOMENT.fullmatch(written):
        return None
    try:
        moment = datetime.fromisoformat(written).replace(tzinfo=place)
    except ValueError:  # the 31st of February
        return None
    return moment_written(moment.astimezone(UTC))


def _not_done(language: str, error: DomainError) -> str:
    """That nothing was done, and why; on a page, where the plan as it is now stands below."""
    if error.code in _SEEN_OTHERWISE:
        return text(language, "acts_page.changed")
    if error.code == "act_proposed_by":
        return text(language, "acts_page.proposed_by", **error.details)
    return text(language, "acts_page.nothing_done", reason=explain(language, error))


ROUTES = [
    Route(PATH, every_act),
    Route(f"{PATH}/proposals/{{id:int}}", show_proposal),
    Route(f"{PATH}/proposals/{{id:int}}", decide, methods=["POST"]),
    Route(f"{PATH}/{{command}}", show),
    Route(f"{PATH}/{{command}}", act, methods=["POST"]),
]
