"""Comments of raters on the office's desk: each with an empty field for the office's words, shown unit by unit.

Knows what a form asks for. Which wording is one, and that originals go when a unit's comments are shown, is
`reviews.comment_desk`'s to say. Nobody but the office sees an original; nobody at all sees whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from consortium.units import unit_names
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.comment_desk import (
    NOT_SHOWN,
    UnitComments,
    comments_of,
    months_with_comments,
    reword_comments,
    show_comments,
    take_back_comments,
)
from reviews.comments import LONGEST_COMMENT
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/peer-comments"
LONGEST_FORM = 256 * 1024
SAVE, SHOW, TAKE_BACK = ACTS = ("save", "show", "take_back")

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_WORDS, _LEAVE_OUT = "words.", "out."
_FAULTS = frozenset({
    "comment_unknown", "comments_shown_already", "comments_undecided", "comment_not_reworded", "comment_too_long",
})  # fmt: skip
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class CommentView:
    """One comment with what stands in its field."""

    id: str
    original: str
    words: str
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit's comments: those that wait, and those it reads."""

    code: str
    name: str
    waiting: tuple[CommentView, ...]
    undecided: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a refused form said, to be drawn again."""

    unit_code: str = ""
    wordings: Mapping[str, str | None] = field(default_factory=dict)


async def show(request: Request) -> Response:
    """GET /office/peer-comments[?period=2026-10]: a month's comments, unit by unit."""
    asked = request.query_params.get("period")
    if asked is not None and not _MONTH.fullmatch(asked):
        raise DomainError("page_unknown")
    values = await site_of(request).database.run(lambda session: _values(session, request, asked, _Typed()))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"comments.done.{done}") if done in ACTS else None
    return page(request, "peer_comments.html.j2", **values, done=said, fault=None)


async def decide(request: Request) -> Response:
    """POST /office/peer-comments: keep wordings, show a unit all of them, or take back what it reads."""
    fields = (TOKEN_FIELD, "act", "period", "unit")
    form = await read_form(request, fields=fields, prefixes=(_WORDS, _LEAVE_OUT))
    if form["act"] not in ACTS or not _MONTH.fullmatch(form["period"]):
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        typed = _Typed(form["unit"], _wordings(form))
        values = await site_of(request).database.run(lambda session: _values(session, request, form["period"], typed))
        fault = explain(language_of(request), error)
        return page(request, "peer_comments.html.j2", status=_CONFLICT, **values, done=None, fault=fault)
    return see(f"{PATH}?period={form['period']}&done={form['act']}")


def _decide(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_run_season(actor))
    period, unit_code = Period.parse(form["period"]), form["unit"]
    if form["act"] == TAKE_BACK:
        take_back_comments(session, period=period, unit_code=unit_code, actor=actor, now=now)
        return
    reword_comments(session, period=period, unit_code=unit_code, wordings=_wordings(form), actor=actor, now=now)
    if form["act"] == SHOW:
        show_comments(session, period=period, unit_code=unit_code, actor=actor, now=now)


def _wordings(form: Form) -> dict[str, str | None]:
    """Comment → what the form says of it: words, left out (which wins), or, with an empty field, undecided."""
    found: dict[str, str | None] = {}
    for name, values in form.lists.items():
        if name.startswith(_WORDS):
            found[name.removeprefix(_WORDS)] = values[-1] if values[-1].strip() else None
    for name in form.lists:
        if name.startswith(_LEAVE_OUT):
            found[name.removeprefix(_LEAVE_OUT)] = NOT_SHOWN
    return found


def _values(session: Session, request: Request, asked: str | None, typed: _Typed) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_run_season(actor))
    months = months_with_comments(session)
    period = asked or next(iter(months), None)
    found = comments_of(session, period=Period.parse(period)) if period is not None else {}
    names = unit_names(session, language)
    order = [*names, *sorted(set(found) - set(names))]
    return {
        "months": [(month, period_name(Period.parse(month), language), waiting) for month, waiting in months.items()],
        "period": period or "",
        "units": [_unit_view(found[code], names.get(code, code), typed) for code in order if code in found],
        "longest": LONGEST_COMMENT,
    }


def _unit_view(found: UnitComments, name: str, typed: _Typed) -> UnitView:
    said = typed.wordings if typed.unit_code == found.unit_code else {}
    waiting = []
    for each in found.waiting:
        wording = said.get(each.id, each.reworded)
        waiting.append(CommentView(each.id, each.original, wording or "", is_left_out=wording == NOT_SHOWN))
    return UnitView(found.unit_code, name, tuple(waiting), found.undecided, found.shown)


ROUTES = [Route(PATH, show), Route(PATH, decide, methods=["POST"])]
