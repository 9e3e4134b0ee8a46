"""The committee's decision on results: what waits and what was decided, one with its voices and minutes, and the forms.

Who may speak and close, and that it is about the results that were looked at, is `evaluation.approval_voices`' to say.
Auditors look.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.periods import Period
from consortium.permissions import may_close_approval, may_read_drafts, may_see_season, require
from consortium.units import zone
from evaluation.approval_voices import LONGEST_MINUTES, LONGEST_WORDS, SHORTEST_WORDS
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import APPROVE, RETURN, all_approvals, approval, open_approvals
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.approval_decisions import close, put_again, speak
from web.approval_views import approval_view, decision_view
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/approvals"
CLOSE, AGAIN = "close", "again"
ACTS = (APPROVE, RETURN, CLOSE, AGAIN)

_DONE = ("speak", "close", "again")
_MOST = 2**31
_MOST_PAST = 60
_CONFLICT = 409


async def every_approval(request: Request) -> Response:
    """GET /office/approvals: what waits for the committee, then what was decided."""

    def work(session: Session) -> Values:
        require(may_see_season(require_visitor(session, request).actor))
        language = language_of(request)
        waiting = open_approvals(session)
        known = {each.id for each in waiting}
        past = [each for each in all_approvals(session) if each.id not in known][:_MOST_PAST]
        return {
            "waiting": [approval_view(session, each, language) for each in waiting],
            "past": [approval_view(session, each, language) for each in past],
        }

    return page(request, "approvals.html.j2", **await site_of(request).database.run(work))


async def show(request: Request) -> Response:
    """GET /office/approvals/{id}: one with its voices, its minutes and what its reader may do."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"approvals.page.done.{done}") if done in _DONE else None
    return page(request, "approval.html.j2", **values, done=said, fault=None, typed={})


async def decide(request: Request) -> Response:
    """POST /office/approvals/{id}: speak, close with minutes, or ask the committee again."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "mark", "words"))
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")
    try:
        number = await site_of(request).database.run(lambda session: _decide(session, request, form))
    except DomainError as error:
        if not error.code.startswith("approval_") or error.code == "approval_unknown":
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        fault, typed = explain(language_of(request), error), {form["act"]: form["words"]}
        return page(request, "approval.html.j2", status=_CONFLICT, **values, done=None, fault=fault, typed=typed)
    return see(f"{PATH}/{number}?done={form['act'] if form['act'] in _DONE else 'speak'}")


def _decide(session: Session, request: Request, form: Form) -> int:
    """What the form asks for; the decision to show afterwards."""
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_close_approval(actor))
    found = _approval(session, request)
    if form["act"] == CLOSE:
        close(session, approval_id=found.id, mark=form["mark"], minutes=form["words"], actor=actor, now=now)
        return found.id
    if form["act"] == AGAIN:
        return put_again(session, period=Period.parse(found.period), why=form["words"], actor=actor, now=now).id
    speak(session, approval_id=found.id, mark=form["mark"], says=form["act"], words=form["words"], actor=actor, now=now)
    return found.id


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    found = _approval(session, request)
    return {
        "each": approval_view(session, found, language),
        "decision": decision_view(session, found, actor, language),
        "shortest": SHORTEST_WORDS,
        "longest": LONGEST_WORDS,
        "longest_minutes": LONGEST_MINUTES,
        "zone": zone(session),
        "reads_drafts": may_read_drafts(actor),
    }


def _approval(session: Session, request: Request) -> ResultApproval:
    number: int = request.path_params["id"]
    if number >= _MOST:
        raise DomainError("approval_unknown")
    return approval(session, number)


ROUTES = [
    Route(PATH, every_approval),
    Route(f"{PATH}/{{id:int}}", show),
    Route(f"{PATH}/{{id:int}}", decide, methods=["POST"]),
]
