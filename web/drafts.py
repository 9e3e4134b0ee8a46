"""Bulletins on the office's desk: drafts as they will arrive, the proposal, the release by another person, corrections.

Knows which buttons a person is offered for an edition. Who may do what, and whether the edition is still the one that
was seen, is `bulletins.editions`' to say: a form carries the hash of the content it was drawn for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins import editions
from bulletins.models import Bulletin
from bulletins.retractions import LONGEST_REASON, SHORTEST_REASON
from bulletins.sent_editions import retractions_done
from bulletins.wording import edition_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_propose_release, may_read_drafts, may_release, may_run_season, require
from consortium.units import zone
from evaluation.scorecards import settlements
from locales.errors import DomainError, explain
from web.bulletin_views import bulletin_view
from web.draft_views import arrivals, channels, decision_line, effect_words, places, retraction_view, trail_lines
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import site_of
from web.visitors import require_visitor

_SEEN, _NOTE, _PERIOD = "seen", "note", "period"
_MOST = 2**31
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class DraftView:
    """An edition in the office's list."""

    id: int
    name: str
    state: str
    edition: int
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class StandingView:
    """Where an edition stands, and what this person may do with it now."""

    state: str
    has_run_out: bool
    proposed_by: str
    proposed_until: str
    released_by: str
    released: str
    may_propose: bool
    may_release: bool
    is_own_proposal: bool
    may_correct: bool
    may_take_back: bool


async def drafts(request: Request) -> Response:
    """GET /office/bulletins: what waits for somebody, what was released, settled months without a bulletin."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_read_drafts(actor))
        language = language_of(request)
        settled = [Period.parse(each.period) for each in settlements(session)]
        taken_back = frozenset(retractions_done(session))
        return {
            "waiting": [_draft_view(each, language) for each in editions.waiting(session)],
            "released": [_draft_view(each, language, taken_back) for each in editions.released(session)],
            "undrafted": [str(period) for period in settled if editions.latest(session, period) is None],
            "may_draft": may_run_season(actor),
        }

    return page(request, "drafts.html.j2", **await site_of(request).database.run(work))


async def draft(request: Request) -> Response:
    """POST /office/bulletins: draft the bulletin of a settled month, or bring its draft up to date."""
    form = await read_form(request, fields=(TOKEN_FIELD, _PERIOD))
    period = Period.parse(form[_PERIOD])

    def work(session: Session) -> int:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        return editions.draft(session, period=period, actor=actor.ref, now=site_of(request).clock()).id

    return see(f"/office/bulletins/{await site_of(request).database.run(work)}")


async def preview(request: Request) -> Response:
    """GET /office/bulletins/{id}[?channel=]: both languages exactly as they arrive there, and what can be done."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    return page(request, "draft.html.j2", **values, fault=None, typed="")


async def preview_with(request: Request, error: DomainError, typed: str) -> Response:
    """The same page with what was refused, and what was typed."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    fault = explain(language_of(request), error)
    return page(request, "draft.html.j2", status=_CONFLICT, **values, fault=fault, typed=typed)


async def propose(request: Request) -> Response:
    """POST /office/bulletins/{id}/propose: ask the others of the office for the release of what was seen."""
    form = await read_form(request, fields=(TOKEN_FIELD, _SEEN))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_propose_release(actor))
        if editions.edition(session, bulletin_number(request)).content_hash != form[_SEEN]:
            raise DomainError("bulletin_changed")
        editions.propose(session, actor=actor, bulletin_id=bulletin_number(request), now=site_of(request).clock())

    return await _done(request, work)


async def release(request: Request) -> Response:
    """POST /office/bulletins/{id}/release: a second person sends it out."""
    form = await read_form(request, fields=(TOKEN_FIELD, _SEEN))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        now = site_of(request).clock()
        editions.release(session, actor=actor, bulletin_id=bulletin_number(request), content_hash=form[_SEEN], now=now)

    return await _done(request, work)


async def correct(request: Request) -> Response:
    """POST /office/bulletins/{id}/correct: a new edition that says what was wrong with this one."""
    form = await read_form(request, fields=(TOKEN_FIELD, _NOTE))

    def work(session: Session) -> int:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_propose_release(actor))
        period = Period.parse(editions.edition(session, bulletin_number(request)).period)
        return editions.correct(session, period=period, actor=actor, note=form[_NOTE], now=now).id

    return see(f"/office/bulletins/{await site_of(request).database.run(work)}")


def _values(session: Session, request: Request) -> Values:
    """Everything the page of an edition shows."""
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    require(may_read_drafts(actor))
    shown, local = editions.edition(session, bulletin_number(request)), zone(session)
    channel, every = channels(session, request.query_params.get("channel", ""))
    decision = decision_line(session, shown, language)
    return {
        "bulletin": bulletin_view(editions.content_of(shown), language),
        "bulletin_id": shown.id,
        "seen": shown.content_hash,
        "channel": channel,
        "channels": every,
        "arrivals": arrivals(shown, channel),
        "places": places(session, shown, language) if shown.state != editions.RELEASED else [],
        "decision": decision,
        "standing": _standing(session, actor, shown, now, local, is_free=decision.is_free),
        "retraction": retraction_view(session, shown, actor=actor, now=now, zone=local, language=language),
        "effect": effect_words(session, shown, language) if shown.state == editions.RELEASED else "",
        "trail": trail_lines(session, shown, local, language),
        "longest_note": editions.LONGEST_NOTE,
        "shortest_reason": SHORTEST_REASON,
        "longest_reason": LONGEST_REASON,
    }


async def _done(request: Request, work: Callable[[Session], None]) -> Response:
    await site_of(request).database.run(work)
    return see(f"/office/bulletins/{bulletin_number(request)}")


def _draft_view(bulletin: Bulletin, language: str, taken_back: frozenset[int] = frozenset()) -> DraftView:
    name = edition_name(editions.content_of(bulletin), language)
    return DraftView(bulletin.id, name, bulletin.state, bulletin.edition, bulletin.id in taken_back)


def _standing(
    session: Session, actor: Actor, shown: Bulletin, now: datetime, local: ZoneInfo, *, is_free: bool
) -> StandingView:
    is_proposed = shown.state == editions.PROPOSED
    has_run_out = is_proposed and shown.expires_at is not None and now >= shown.expires_at
    is_newest = _is_newest(session, shown)
    return StandingView(
        state=shown.state,
        has_run_out=has_run_out,
        proposed_by=_name(session, shown.proposed_by),
        proposed_until=local_time(shown.expires_at, local) if shown.expires_at is not None else "",
        released_by=_name(session, shown.released_by),
        released=local_time(shown.released_at, local) if shown.released_at is not None else "",
        may_propose=may_propose_release(actor) and is_free and (shown.state == editions.DRAFT or has_run_out),
        may_release=is_proposed and is_free and not has_run_out and may_release(actor, proposed_by=shown.proposed_by),
        is_own_proposal=is_proposed and not has_run_out and shown.proposed_by == actor.person_id,
        may_correct=shown.state == editions.RELEASED and may_propose_release(actor) and is_newest,
        may_take_back=shown.state == editions.RELEASED and may_propose_release(actor),
    )


def _is_newest(session: Session, shown: Bulletin) -> bool:
    newest = editions.latest(session, Period.parse(shown.period))
    return newest is not None and newest.id == shown.id


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def bulletin_number(request: Request) -> int:
    """The id in the address; beyond what a database counts there is none."""
    number: int = request.path_params["id"]
    if number >= _MOST:
        raise DomainError("bulletin_unknown")
    return number


ROUTES = [
    Route("/office/bulletins", drafts),
    Route("/office/bulletins", draft, methods=["POST"]),
    Route("/office/bulletins/{id:int}", preview),
    Route("/office/bulletins/{id:int}/propose", propose, methods=["POST"]),
    Route("/office/bulletins/{id:int}/release", release, methods=["POST"]),
    Route("/office/bulletins/{id:int}/correct", correct, methods=["POST"]),
]
