"""Stories on the office's desk: what waits, with what to look at twice; choose for a month, or not (rule 46).

Words are shown as they would be printed and never edited. Who may choose is `bulletins.story_decisions`' to say;
committee and auditors look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.honour_models import Story
from bulletins.stories import CHOSEN, DECLINED, MOST_TOLD, OFFERED, WITHDRAWN, chosen_for, stories_in
from bulletins.story_decisions import choose_story, decline_story, open_months
from bulletins.story_texts import story_state
from bulletins.story_wording import told_by
from bulletins.story_words import warnings_in
from bulletins.wording import period_name
from consortium.models import Person, Unit
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import zone
from locales.errors import DomainError, explain
from locales.texts import text
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/stories"
CHOOSE, DECLINE = ACTS = ("choose", "decline")

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_MOST = 60
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story as the office reads it; `warnings` are what to look at twice."""

    number: int
    words: str
    by: str
    day: str
    state: str
    length: int
    warnings: tuple[str, ...]
    language: str


async def show(request: Request) -> Response:
    """GET /office/stories"""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"stories.office.done.{done}") if done in ACTS else None
    return page(request, "stories.html.j2", **values, done=said, fault=None)


async def decide(request: Request) -> Response:
    """POST /office/stories: choose for a month, or decline."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "story", "period"))
    if form["act"] not in ACTS or not _NUMBER.fullmatch(form["story"]):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if not error.code.startswith("story_") or error.code == "story_unknown":
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault = explain(language_of(request), error)
        return page(request, "stories.html.j2", status=_CONFLICT, **values, done=None, fault=fault)
    return see(f"{PATH}?done={form['act']}")


def _decide(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    number = int(form["story"])
    if form["act"] == DECLINE:
        decline_story(session, story_id=number, actor=actor, now=now)
        return
    require(may_run_season(actor))
    if not _MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")
    choose_story(session, story_id=number, period=Period.parse(form["period"]), actor=actor, now=now)


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    months = open_months(session, site_of(request).clock())
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    names = list(session.scalars(select(Person.name)))
    place = zone(session)

    def view(found: Story) -> StoryView:
        unit = units.get(found.unit_code) if found.unit_code is not None else None
        words = found.words or ""
        return StoryView(
            number=found.id,
            words=words,
            by=told_by(language, byline=found.byline, teller=found.teller, unit_name=unit.name if unit else None),
            day=text(language, "stories.office.on", day=f"{found.offered_at.astimezone(place):%Y-%m-%d}"),
            state=story_state(found, language),
            length=len(words),
            warnings=tuple(text(language, f"stories.warning.{code}") for code in warnings_in(words, names)),
            language="zh-Hans" if found.language == "zh" else found.language,
        )

    taken_back = select(func.count()).select_from(Story).where(Story.state == WITHDRAWN)
    return {
        "waiting": [view(each) for each in stories_in(session, (OFFERED,), most=_MOST)],
        "chosen": [view(each) for each in stories_in(session, (CHOSEN,), most=_MOST)],
        "declined": [view(each) for each in stories_in(session, (DECLINED,), most=_MOST)],
        "withdrawn": session.scalars(taken_back).one(),
        "months": [(str(each), period_name(each, language), len(chosen_for(session, each))) for each in months],
        "most": MOST_TOLD,
        "may_decide": may_run_season(actor),
    }


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
