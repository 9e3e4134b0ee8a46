"""The month that the office works on: its stage, what failed in it, what waits for somebody.

Knows what stands in the tables of rounds, settlements, editions, runs and deliveries. Refuses to know screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bulletins.editions import PROPOSED, RELEASED, latest
from consortium.models import Account
from consortium.periods import Period
from consortium.units import installation, zone
from evaluation.models import Settlement
from evaluation.objections import open_objections
from evaluation.range_explanations import GIVEN, count_explanations
from evaluation.waivers import is_agreed, standing_waivers
from locales.errors import DomainError, explain
from locales.texts import text
from outbox.models import Delivery
from outbox.overview import count_by_state
from reviews.rounds import CLOSED, OPEN, local_time, round_of
from scheduler import timetable as names
from scheduler.act_notices import act_title
from scheduler.jobs import timetable_of
from scheduler.models import Occurrence
from scheduler.occurrences import DUE, FAILED, RUNNING
from scheduler.office_acts import name_of, standing_acts
from scheduler.timetable import due_time

_DOUBTFUL = ("uncertain", "held")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a month stands (`name`), which steps somebody may take now, and the run that takes the next by itself."""

    name: str
    steps: tuple[str, ...] = ()
    job: str | None = None


_NOT_OPEN = Stage("not_open", ("open",), names.OPEN)
_VOTING = Stage("voting", ("remind", "extend", "close"), names.CLOSE)
_TIME_OVER = Stage("time_over", ("close", "extend"), names.CLOSE)
_COUNTING = Stage("counting", (), names.COUNT)
_RUNNING = Stage("running", (), names.SETTLE)
_TO_SETTLE = Stage("to_settle", ("settle",), names.SETTLE)
_TO_DRAFT = Stage("to_draft", ("draft",), names.DRAFT)
_DRAFTED, _PROPOSED, _RELEASED = Stage("drafted"), Stage("proposed"), Stage("released")


def stage_of(session: Session, month: Period, now: datetime) -> Stage:
    """The first step that is not done."""
    if session.get(Settlement, str(month)) is not None:
        bulletin = latest(session, month)
        if bulletin is None:
            return _TO_DRAFT
        return {RELEASED: _RELEASED, PROPOSED: _PROPOSED}.get(bulletin.state, _DRAFTED)
    round_ = round_of(session, month)
    is_over = now >= month.bounds(zone(session))[1]
    if round_ is None:
        return _TO_SETTLE if is_over else _NOT_OPEN
    if round_.state == OPEN:
        return _VOTING if round_.closes_at is None or now < round_.closes_at else _TIME_OVER
    if round_.state == CLOSED:
        return _COUNTING
    return _TO_SETTLE if is_over else _RUNNING


def month_at_hand(session: Session, now: datetime) -> Period:
    """The last month while its bulletin is not released, if the consortium was there by then; else this one."""
    place = zone(session)
    running = Period.month_of(now, place)
    before = running.previous()
    was_there = before.bounds(place)[1] > installation(session).first_applied_at
    return before if was_there and stage_of(session, before, now) != _RELEASED else running


def next_due(session: Session, stage: Stage, month: Period) -> datetime | None:
    """When the timetable takes the next step; None where it does not. A closing time that was moved counts."""
    if stage.job is None:
        return None
    round_ = round_of(session, month)
    if stage.job == names.CLOSE and round_ is not None:
        return round_.closes_at if _has_line(session, names.CLOSE, month) else None
    return due_time(timetable_of(session), job=stage.job, period=month, zone=zone(session))


def troubles(session: Session, month: Period, language: str) -> list[str]:
    """Runs of the month that failed or are late, what has been refused since it began, and what is in doubt."""
    runs = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.period == str(month),
            (Occurrence.state == FAILED) | (Occurrence.state.in_((DUE, RUNNING)) & Occurrence.outcome.is_not(None)),
        )
        .order_by(Occurrence.due_at)
    )
    lines = [_run_line(session, run, language) for run in runs]
    states = count_by_state(session)
    doubtful = sum(states.get(state, 0) for state in _DOUBTFUL)
    if doubtful:
        lines.append(text(language, "status.deliveries_in_doubt", count=doubtful))
    since = month.start(zone(session))
    refused = select(func.count()).where(Delivery.state == "refused", Delivery.created_at >= since)
    count = session.scalars(refused).one()
    return [*lines, text(language, "status.deliveries_refused", count=count)] if count else lines


def waiting_lines(session: Session, month: Period, language: str, now: datetime) -> list[str]:
    """What waits for a person, whichever month it is of."""
    lines = [
        text(
            language,
            "status.act",
            title=act_title(act, language),
            by=name_of(session, act.proposed_by),
            until=local_time(session, act.expires_at),
        )
        for act in standing_acts(session, now=now)
    ]
    bulletin = latest(session, month)
    if bulletin is not None and bulletin.state != RELEASED:
        lines.append(text(language, f"status.bulletin_{bulletin.state}"))
    counted = {
        "status.waivers": sum(not is_agreed(each) for each in standing_waivers(session)),
        "status.objections": len(open_objections(session)),
        "status.explanations": count_explanations(session, states=(GIVEN,)),
        "status.accounts": session.scalars(select(func.count()).where(Account.confirmed_at.is_(None))).one(),
    }
    return lines + [text(language, key, count=count) for key, count in counted.items() if count]


def _run_line(session: Session, run: Occurrence, language: str) -> str:
    key = "status.run_failed" if run.state == FAILED else "status.run_waits"
    return text(
        language,
        key,
        job=text(language, f"scheduler.job.{run.job}"),
        due=local_time(session, run.due_at),
        reason=_reason(run.outcome or "", run.period, language),
    )


def _reason(code: str, period: str, language: str) -> str:
    """A code of the ledger as a sentence; one whose sentence needs more than the month is named by its code."""
    try:
        return explain(language, DomainError(code, period=period))
    except KeyError:
        return text(language, "status.code", code=code)


def _has_line(session: Session, job: str, month: Period) -> bool:
    return due_time(timetable_of(session), job=job, period=month, zone=zone(session)) is not None
