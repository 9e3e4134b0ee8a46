"""Actions on pages: a unit sees its own, says what it will do and that it is done; the office sees all, opens, cancels.

Whether somebody may do something, and when it is too late, is `evaluation.actions`' to say. Committee, auditors look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_manage_actions, may_see_season, require
from consortium.units import unit_names
from consortium.workdays import local_date
from evaluation.actions import (
    CANCELLED,
    CLOSED,
    LONGEST_WORDS,
    MOST_WORKDAYS,
    STANDING,
    action_for,
    actions,
    is_overdue,
)
from evaluation.elements import Actions
from evaluation.models import ScoreLine, Settlement
from evaluation.office_models import Action
from locales.errors import DomainError
from locales.texts import text
from scheduler.action_decisions import ACTS, act_on, open_and_tell
from scheduler.action_wording import action_facts, action_line, action_story, may_act, state_of
from scheduler.objection_wording import indicator_names
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of
from web.site import site_of
from web.staff_forms import act_or_say_why, done_words, draw, whole_number
from web.visitors import require_visitor

PATH = "/actions"
STANDING_ONES, OVERDUE, OVER = FILTERS = ("standing", "overdue", "over")
_DONE = (*ACTS, "open")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_OPEN_FIELDS = (TOKEN_FIELD, "unit", "period", "indicator", "words", "workdays")
_FAULTS = frozenset({
    "action_words_missing", "action_words_too_long", "action_not_planned", "action_not_open", "action_open_already",
    "action_indicator_unknown", "action_days_out_of_range", "unit_unknown",
})  # fmt: skip
_MARKS = {"overdue": "is-bad", "unplanned": "is-waiting", "planned": "is-waiting", "done": "is-waiting",
          "closed": "is-good", "cancelled": ""}  # fmt: skip
_MOST = 200


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action; `story` are (heading, words), `acts` what the visitor may do about it now."""

    id: int
    number: str
    about: str
    state: str
    mark: str
    is_overdue: bool
    facts: tuple[str, ...]
    story: tuple[tuple[str, str], ...]
    acts: tuple[str, ...]


async def show_all(request: Request) -> Response:
    """GET /actions[?show=overdue&unit=jia&period=2026-10]: the visitor's own, or all units' with filters."""
    return await draw(
        request, "actions.html.j2", lambda session: _values(session, request),
        done=done_words(request, "actions", _DONE),
    )  # fmt: skip


async def open_one(request: Request) -> Response:
    """POST /actions: the office opens one, and the unit is told."""
    form = await read_form(request, fields=_OPEN_FIELDS)
    if not _MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_manage_actions(actor))
        found = open_and_tell(
            session, unit_code=form["unit"], indicator=form["indicator"], period=Period.parse(form["period"]),
            words=form["words"], workdays=whole_number(form["workdays"]), actor=actor, now=now,
        )  # fmt: skip
        return f"{PATH}/{found.id}?done=open"

    return await act_or_say_why(
        request, act=act, values=lambda session: _values(session, request), template="actions.html.j2",
        faults=_FAULTS, form=form,
    )  # fmt: skip


async def show(request: Request) -> Response:
    """GET /actions/{id}: one action, with what may be done about it."""
    return await draw(
        request, "action.html.j2", lambda session: _one(session, request), done=done_words(request, "actions", _DONE)
    )


async def act_on_one(request: Request) -> Response:
    """POST /actions/{id}: what will be done, that it is done, or why it is cancelled."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "words"))
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")
    action_id = int(request.path_params["id"])

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        action_for(session, action_id, actor)
        act_on(session, act=form["act"], action_id=action_id, words=form["words"], actor=actor, now=now)
        return f"{PATH}/{action_id}?done={form['act']}"

    return await act_or_say_why(
        request, act=act, values=lambda session: _one(session, request), template="action.html.j2", faults=_FAULTS,
        form=form,
    )  # fmt: skip


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    today = local_date(session, site_of(request).clock())
    sees_all = may_see_season(actor)
    own = sorted(actor.units | actor.leads)
    require(sees_all or bool(own))
    names = unit_names(session, language)
    asked = request.query_params.get("unit", "")
    chosen = asked if asked in (names if sees_all else own) else ""
    units = (chosen,) if chosen else None if sees_all else own
    shown = request.query_params.get("show", STANDING_ONES)
    shown = shown if shown in FILTERS else STANDING_ONES
    found = actions(session, states=(CLOSED, CANCELLED) if shown == OVER else STANDING, units=units)
    if shown == OVERDUE:
        found = [each for each in found if is_overdue(each, today)]
    return {
        "actions": [_view(session, each, actor, today, language) for each in found[:_MOST]],
        "shown": shown,
        "filters": FILTERS,
        "unit": chosen,
        "units": [(code, names.get(code, code)) for code in (names if sees_all else own)],
        "sees_all": sees_all,
        "longest": LONGEST_WORDS,
        **_to_open(session, actor, request, language),
    }


def _to_open(session: Session, actor: Actor, request: Request, language: str) -> Values:
    """What the office's form offers: the settled months, and of the chosen unit and month the indicators."""
    if not may_manage_actions(actor):
        return {"may_open": False, "months": [], "month": "", "indicators": [], "workdays": 0, "most_days": 0}
    settled = (Period.parse(each) for each in session.scalars(select(Settlement.period)))
    months = sorted((each for each in settled if each.is_month), reverse=True)
    asked = request.query_params.get("period", "")
    month = next((each for each in months if str(each) == asked), months[0] if months else None)
    code, indicators = request.query_params.get("unit", ""), []
    if month is not None and _CODE.fullmatch(code):
        names = indicator_names(session, month, language)
        lines = session.scalars(
            select(ScoreLine.indicator)
            .where(ScoreLine.period == str(month), ScoreLine.unit_code == code)
            .order_by(ScoreLine.position)
        )
        indicators = [(each, names.get(each, each)) for each in lines]
    return {
        "may_open": True,
        "months": [(str(each), period_name(each, language)) for each in months],
        "month": str(month) if month is not None else "",
        "indicators": indicators,
        "workdays": Actions().workdays,
        "most_days": MOST_WORKDAYS,
    }


def _one(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    found = action_for(session, int(request.path_params["id"]), actor)
    today = local_date(session, site_of(request).clock())
    return {"each": _view(session, found, actor, today, language), "longest": LONGEST_WORDS}


def _view(session: Session, found: Action, actor: Actor, today: date, language: str) -> ActionView:
    state = state_of(found, today)
    return ActionView(
        id=found.id,
        number=found.number,
        about=action_line(session, found, today=None, language=language),
        state=text(language, f"actions.state.{state}"),
        mark=_MARKS[state],
        is_overdue=state == "overdue",
        facts=tuple(action_facts(session, found, language)),
        story=tuple((text(language, key), words) for key, words in action_story(found)),
        acts=tuple(act for act in ACTS if may_act(found, act, actor)),
    )


ROUTES = [
    Route(PATH, show_all),
    Route(PATH, open_one, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}", show),
    Route(f"{PATH}/{{id:int}}", act_on_one, methods=["POST"]),
]
