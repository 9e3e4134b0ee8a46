"""The expert panel on the office's desk: opening and closing it, and who is done. Committee and auditors look.

Never a mark, and no figure before the count. Whether a panel may open is decided below this page.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import EXPERT, may_run_season, may_see_season, require
from consortium.units import unit_names, zone
from evaluation.panel import open_month_panel, panel_plan
from evaluation.schemes import scheme_for
from locales.errors import DomainError, explain
from locales.texts import pick, text
from reviews.panel_count import PanelCounted, panel_to_count
from reviews.panel_models import Panel
from reviews.panel_rounds import PanelPlan, close_panel, panel_of, panel_progress, units_without_panel
from reviews.rounds import COUNTED, ERASED, criteria_of, local_time, refused, takes_ballots
from scheduler.panel_notices import invite_experts, remind_experts
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/panel"
OPEN, CLOSE, REMIND = "open", "close", "remind"
ACTS = (OPEN, CLOSE, REMIND)

_MONTHS = 3
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", re.ASCII)
_CONFLICT = 409
_FAULTS = frozenset({
    "already_settled", "scheme_missing", "panel_nothing_to_mark", "panel_too_small", "panel_still_open",
    "panel_is_open", "panel_is_closed", "panel_is_counted", "panel_is_erased", "panel_unknown", "no_review_key",
    "review_key_invalid", "review_key_private", "closing_in_the_past",
})  # fmt: skip


async def show(request: Request) -> Response:
    """GET /office/panel[?period=2026-10]: where the month's panel stands."""
    asked = request.query_params.get("period", "")
    if asked and not _MONTH.fullmatch(asked):
        raise DomainError("page_unknown")
    values = await site_of(request).database.run(lambda session: _values(session, request, asked))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"panel.office.done.{done}") if done in ACTS else None
    return page(request, "panel_office.html.j2", **values, done=said, fault=None)


async def decide(request: Request) -> Response:
    """POST /office/panel: open the month's panel and tell its experts, remind those who are missing, or close it."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period", "act", "closes_at"))
    if form["act"] not in ACTS or not _MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")
    written = form["closes_at"].strip()
    if written and not _MOMENT.fullmatch(written):
        return await _refused(request, form, text(language_of(request), "panel.office.closing_malformed"))
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form, written))
    except ValueError:  # the 31st of February
        return await _refused(request, form, text(language_of(request), "panel.office.closing_malformed"))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        return await _refused(request, form, explain(language_of(request), error))
    return see(f"{PATH}?period={form['period']}&done={form['act']}")


def _decide(session: Session, request: Request, form: Form, written: str) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    period = Period.parse(form["period"])
    if form["act"] == CLOSE:
        close_panel(session, period=period, actor=actor.ref, now=now)
        return
    if form["act"] == REMIND:
        panel = panel_of(session, period)
        if panel is None or not takes_ballots(panel, now):
            raise refused(session, str(period), of=Panel)
        remind_experts(session, panel=panel, now=now)
        return
    closes_at = datetime.fromisoformat(written).replace(tzinfo=zone(session)) if written else None
    opened = open_month_panel(session, period=period, closes_at=closes_at, actor=actor.ref, now=now)
    invite_experts(session, panel=opened, now=now)


async def _refused(request: Request, form: Form, fault: str) -> Response:
    values = await site_of(request).database.run(lambda session: _values(session, request, form["period"]))
    return page(request, "panel_office.html.j2", status=_CONFLICT, **values, done=None, fault=fault)


def _values(session: Session, request: Request, written: str) -> Values:
    actor = require_visitor(session, request).actor
    require(may_see_season(actor))
    language, now = language_of(request), site_of(request).clock()
    months = [Period.month_of(now, zone(session))]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    period = Period.parse(written) if written else months[0]
    panel = panel_of(session, period)
    names = unit_names(session, language)
    few = units_without_panel(session, panel) if panel is not None else []
    return {
        "months": [(str(month), period_name(month, language)) for month in months],
        "period": str(period),
        "period_name": period_name(period, language),
        "year": period.year,
        "panel": panel,
        "closes": local_time(session, panel.closes_at) if panel is not None and panel.closes_at else "",
        "experts": panel_progress(session, period),
        "named": [person.name for person in people_with_role(session, EXPERT)],
        "indicators": _indicators(session, panel, period, language),
        "few": [names.get(code, code) for code in few],
        "counted": _counted(session, period, panel),
        "may_decide": may_run_season(actor),
    }


def _indicators(session: Session, panel: Panel | None, period: Period, language: str) -> list[tuple[str, int, int]]:
    """Name, smallest number of experts and number of units for everything that is, or would be, marked."""
    plan = _plan(session, panel, period)
    return [
        (
            pick(each.name, language),
            plan.minimums[each.code],
            sum(each.code in codes for codes in plan.tables.values()),
        )
        for each in plan.criteria
    ]


def _plan(session: Session, panel: Panel | None, period: Period) -> PanelPlan:
    if panel is not None:
        return PanelPlan(criteria_of(panel), panel.minimums, panel.tables)
    try:
        return panel_plan(session, scheme_for(session, period))
    except DomainError as error:
        if error.code != "scheme_missing":
            raise
        return PanelPlan((), {}, {})


def _counted(session: Session, period: Period, panel: Panel | None) -> PanelCounted | None:
    if panel is None or panel.state not in (COUNTED, ERASED):
        return None
    found = panel_to_count(session, period=period)
    return found if isinstance(found, PanelCounted) else None


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
