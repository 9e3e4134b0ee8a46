"""Votes on a scheme: comments under one's name, the secret vote, what came of it; and the desk for opening one.

A vote is cast in two steps: the first shows the receipt, which was drawn for it, the second casts it. Nothing is kept
between them. Whether somebody may is `evaluation.scheme_votes`' to say.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import may_hold_votes, may_see_season, require
from consortium.polls import new_slip, published_slips
from consortium.tables_out import write_csv
from evaluation.scheme_votes import (
    CHOICES,
    COUNTED,
    ELECTORATES,
    MOST_DAYS,
    comment_on_scheme,
    scheme_votes,
    state_of,
    vote_for,
    votes_of,
)
from locales.errors import DomainError
from locales.texts import text
from scheduler.vote_decisions import call_off_and_tell, count_and_tell, open_and_tell, vote_and_tell
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, download, language_of, see
from web.site import site_of
from web.staff_forms import act_or_say_why, done_words, draw, whole_number
from web.visitors import require_visitor
from web.vote_views import offer_of, one_vote, preview_of, schemes_to_vote_on, vote_line

PATH, OFFICE_PATH = "/votes", "/office/votes"
OPEN, CALL_OFF, COUNT = "open", "call_off", "count"
_DONE = (OPEN, CALL_OFF, COUNT, "comment")
_FAULTS = frozenset({
    "vote_days_out_of_range", "vote_scheme_unknown", "poll_without_voters", "poll_open_already", "vote_begun",
    "poll_not_over", "vote_comments_closed", "vote_comment_missing", "vote_comment_too_long", "vote_comments_full",
    "vote_not_begun", "vote_scheme_changed", "already_voted", "poll_closed", "not_a_voter", "poll_choice_unknown",
    "poll_slip_unusable",
})  # fmt: skip
_OFFER = ("scheme", "electorate", "comment_days", "voting_days")


async def office_list(request: Request) -> Response:
    """GET /office/votes: every vote, and the form for another."""
    return await draw(
        request, "votes_office.html.j2", lambda session: _office_values(session, request),
        done=done_words(request, "votes", _DONE), preview=None,
    )  # fmt: skip


async def open_one(request: Request) -> Response:
    """POST /office/votes: look over what would be opened, then open it."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", *_OFFER))
    if form["act"] not in {"preview", OPEN}:
        raise DomainError("form_unreadable")

    def values(session: Session) -> Values:
        return _office_values(session, request) | {"preview": None}

    if form["act"] == "preview":

        def looked_over(session: Session) -> Values:
            require(may_hold_votes(require_visitor(session, request, form).actor))
            shown = preview_of(
                session, offer_of(session, form), comment_days=whole_number(form["comment_days"]),
                voting_days=whole_number(form["voting_days"]), electorate=form["electorate"],
                now=site_of(request).clock(), language=language_of(request),
            )  # fmt: skip
            return _office_values(session, request) | {"preview": shown, "typed": defaultdict(str, form.values)}

        return await draw(request, "votes_office.html.j2", looked_over)

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_hold_votes(actor))
        year, version, draft_id = offer_of(session, form)
        found = open_and_tell(
            session, year=year, version=version, draft_id=draft_id, electorate=form["electorate"],
            comment_days=whole_number(form["comment_days"]), voting_days=whole_number(form["voting_days"]),
            actor=actor, now=now,
        )  # fmt: skip
        return f"{PATH}/{found.id}?done={OPEN}"

    return await act_or_say_why(
        request, act=act, values=values, template="votes_office.html.j2", faults=_FAULTS, form=form
    )


async def run_one(request: Request) -> Response:
    """POST /office/votes/{id}: call it off, or count it."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act"))
    acts = {CALL_OFF: call_off_and_tell, COUNT: count_and_tell}
    if form["act"] not in acts:
        raise DomainError("form_unreadable")
    vote_id = int(request.path_params["id"])

    def act(session: Session) -> str:
        actor = require_visitor(session, request, form).actor
        require(may_hold_votes(actor))
        acts[form["act"]](session, vote_id=vote_id, actor=actor, now=site_of(request).clock())
        return f"{PATH}/{vote_id}?done={form['act']}"

    return await act_or_say_why(
        request, act=act, values=lambda session: _one(session, request), template="vote.html.j2", faults=_FAULTS,
        form=form,
    )  # fmt: skip


async def own_list(request: Request) -> Response:
    """GET /votes: the votes in which the visitor takes part; of who sees the season, all."""
    return await draw(request, "votes.html.j2", lambda session: _values(session, request))


async def show(request: Request) -> Response:
    """GET /votes/{id}: one vote."""
    return await draw(
        request, "vote.html.j2", lambda session: _one(session, request), done=done_words(request, "votes", _DONE)
    )


async def comment(request: Request) -> Response:
    """POST /votes/{id}/comments: a comment, under one's name."""
    form = await read_form(request, fields=(TOKEN_FIELD, "words"))
    vote_id = int(request.path_params["id"])

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        comment_on_scheme(session, vote_id=vote_id, words=form["words"], actor=actor, now=now)
        return f"{PATH}/{vote_id}?done=comment#comments"

    return await act_or_say_why(
        request, act=act, values=lambda session: _one(session, request), template="vote.html.j2", faults=_FAULTS,
        form=form,
    )  # fmt: skip


async def vote(request: Request) -> Response:
    """POST /votes/{id}/vote: without a receipt the choice is looked over, with one it is cast."""
    form = await read_form(request, fields=(TOKEN_FIELD, "choice", "slip"))
    vote_id = int(request.path_params["id"])
    if form["choice"] not in CHOICES:
        raise DomainError("form_unreadable")
    chosen = {"choice": form["choice"], "choice_name": text(language_of(request), f"votes.choice.{form['choice']}")}
    if not form["slip"]:

        def looked_over(session: Session) -> Values:
            require_visitor(session, request, form)
            return _one(session, request) | {"chosen": chosen | {"slip": new_slip()}}

        return await draw(request, "vote_confirm.html.j2", looked_over)

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        vote_and_tell(session, vote_id=vote_id, choice=form["choice"], slip=form["slip"], actor=actor, now=now)
        return ""

    failed = await act_or_say_why(
        request, act=act, values=lambda session: _one(session, request), template="vote.html.j2", faults=_FAULTS,
        form=Form({}, {}),
    )  # fmt: skip
    if failed.status_code != see("").status_code:
        return failed
    return await draw(
        request, "vote_confirm.html.j2", lambda session: _one(session, request), chosen=chosen | {"slip": form["slip"]},
        done=text(language_of(request), "votes.sent", slip=form["slip"]),
    )  # fmt: skip


async def slips(request: Request) -> Response:
    """GET /votes/{id}/slips.csv: every vote of a counted poll, by its receipt."""
    vote_id = int(request.path_params["id"])

    def work(session: Session) -> bytes:
        found = vote_for(session, vote_id, require_visitor(session, request).actor)
        if found.poll_id is None or state_of(session, found, site_of(request).clock()) != COUNTED:
            raise DomainError("poll_not_closed")
        published = published_slips(session, found.poll_id)
        return write_csv(("receipt", "choice"), [(each.slip, each.choice) for each in published])

    content = await site_of(request).database.run(work)
    return download(content, name=f"votes-{vote_id}.csv", media_type="text/csv; charset=utf-8")


def _office_values(session: Session, request: Request) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    require(may_see_season(actor))
    return {
        "votes": [vote_line(session, each, language=language, now=now) for each in scheme_votes(session)],
        "schemes": schemes_to_vote_on(session, language) if may_hold_votes(actor) else [],
        "electorates": ELECTORATES,
        "may_open": may_hold_votes(actor),
        "most_days": MOST_DAYS,
        "preview": None,
    }


def _values(session: Session, request: Request) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    found = scheme_votes(session) if may_see_season(actor) else votes_of(session, actor.person_id)
    require(bool(actor.roles or found))
    return {"votes": [vote_line(session, each, language=language, now=now) for each in found]}


def _one(session: Session, request: Request) -> Values:
    actor = require_visitor(session, request).actor
    found = vote_for(session, int(request.path_params["id"]), actor)
    return {"vote": one_vote(session, found, actor, language=language_of(request), now=site_of(request).clock())}


ROUTES = [
    Route(OFFICE_PATH, office_list),
    Route(OFFICE_PATH, open_one, methods=["POST"]),
    Route(f"{OFFICE_PATH}/{{id:int}}", run_one, methods=["POST"]),
    Route(PATH, own_list),
    Route(f"{PATH}/{{id:int}}", show),
    Route(f"{PATH}/{{id:int}}/comments", comment, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}/vote", vote, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}/slips.csv", slips),
]
