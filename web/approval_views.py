"""The committee's decision on results as its pages show it: who has said what, how it stands, what may be done now.

Every voice is named. Refuses to decide anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.editions import content_of, latest
from bulletins.wording import edition_name, period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_close_approval, may_read_drafts, may_run_season, may_speak_on_results
from consortium.units import zone
from evaluation.approval_voices import outcome_of, voices_mark
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import (
    MARK_DIGITS,
    OPEN,
    RETURNED,
    Voice,
    approval_of,
    is_superseded,
    members_silent,
    voices_of,
)
from locales.texts import text
from web.pages import local_time


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A decision in a list. `state` is open, approved, returned or superseded."""

    id: int
    period: str
    name: str
    state: str
    number: int
    digest: str
    voices: int
    quorum: int
    approving: int
    opened: str
    closed: str
    closed_by: str
    asked_why: str | None
    minutes: str | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What may be done about one: `outcome` is what closing comes to now ("" where it cannot be closed)."""

    mark: str
    voices_mark: str
    rule: str
    voices: tuple[Voice, ...]
    silent: tuple[str, ...]
    yours: str
    may_speak: bool
    outcome: str
    missing: int
    may_ask_again: bool
    bulletin: tuple[int, str] | None


def approval_view(session: Session, found: ResultApproval, language: str) -> ApprovalView:
    """One decision."""
    voices = voices_of(session, found.id)
    return ApprovalView(
        id=found.id,
        period=found.period,
        name=period_name(Period.parse(found.period), language),
        state="superseded" if found.state == OPEN and is_superseded(session, found) else found.state,
        number=found.number,
        digest=found.digest[:MARK_DIGITS],
        voices=len(voices),
        quorum=found.quorum,
        approving=sum(voice.says == "approve" for voice in voices),
        opened=_moment(session, found.opened_at),
        closed=_moment(session, found.closed_at),
        closed_by=_name(session, found.closed_by),
        asked_why=found.asked_why,
        minutes=found.minutes,
    )


def decision_view(session: Session, found: ResultApproval, actor: Actor, language: str) -> DecisionView:
    """What its reader may do about it."""
    period = Period.parse(found.period)
    standing, is_over = approval_of(session, period), is_superseded(session, found)
    voices = voices_of(session, found.id)
    is_open = found.state == OPEN and not is_over
    mine = next((voice.says for voice in voices if voice.person_id == actor.person_id), "")
    newest = latest(session, period) if may_read_drafts(actor) else None
    name = None if newest is None else (newest.id, edition_name(content_of(newest), language))
    rule = text(language, "approvals.page.rule", quorum=found.quorum)
    return DecisionView(
        mark=found.digest[:MARK_DIGITS],
        voices_mark=voices_mark(session, found),
        rule=rule + text(language, f"approvals.page.rule_{standing.majority or 'simple'}"),
        voices=voices,
        silent=tuple(person.name for person in members_silent(session, found)) if is_open else (),
        yours=mine,
        may_speak=is_open and may_speak_on_results(actor),
        outcome=outcome_of(standing) if is_open and may_close_approval(actor) and standing.has_quorum else "",
        missing=max(0, found.quorum - len(voices)) if is_open and may_close_approval(actor) else 0,
        may_ask_again=found.state == RETURNED and not is_over and may_run_season(actor),
        bulletin=name,
    )


def _moment(session: Session, at: datetime | None) -> str:
    return "" if at is None else local_time(at, zone(session))


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
