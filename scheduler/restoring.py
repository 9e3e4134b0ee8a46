"""What a restored database must not do by itself: send what has perhaps been sent, run what has perhaps been run.

Called once, in the transaction that makes a copy of an earlier day the present. Every unfinished delivery is held for a
person's word; runs that were due or under way, and those that have become due since, are passed over and listed; nobody
stays signed in. What happened between the copy and now is not known here and cannot be: that is for people to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from consortium.models import Installation, SignInLink, WebSession
from consortium.units import zone
from locales.errors import DomainError
from outbox.models import Delivery
from outbox.policy import ATTEMPTING, HELD, OWED, UNCERTAIN
from scheduler.digests import pass_over_digests
from scheduler.jobs import timetable_of
from scheduler.models import Occurrence
from scheduler.occurrences import DUE, RUNNING, SKIPPED, note_due, noted_until, set_noted_until
from scheduler.runner import CATCH_UP
from scheduler.timetable import due
from storage.audit import record

SKIPPED_BY_RESTORE = "skipped_by_restore"
RESTORED = "restored"
"""Why a delivery is held: the code of its row."""

_QUIET = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Held:
    """What was stopped: deliveries that wait for a person, runs passed over as (job, due, month), sessions ended."""

    deliveries: int
    runs: tuple[tuple[str, datetime, str], ...]
    sessions: int


def hold_everything(session: Session, *, made_at: str, actor: str, now: datetime) -> Held:
    """Stop whatever would go on by itself; `made_at` is when the copy was made. One audit row."""
    deliveries = _hold_deliveries(session)
    runs = _pass_over_runs(session, now)
    pass_over_digests(session, now=now)
    sessions = _sign_everybody_out(session, now)
    details = {"made_at": made_at, "held": deliveries, "skipped": len(runs), "sessions": sessions}
    record(session, actor=actor, action="restore_database", subject="database", now=now, details=details)
    return Held(deliveries, runs, sessions)


def _hold_deliveries(session: Session) -> int:
    unfinished = Delivery.state.in_((OWED, ATTEMPTING, UNCERTAIN))
    count = session.scalar(select(func.count()).select_from(Delivery).where(unfinished)) or 0
    values = {"state": HELD, "code": RESTORED, "lease_until": None, "not_before": None}
    session.execute(update(Delivery).where(unfinished).values(values), execution_options=_QUIET)
    return count


def _pass_over_runs(session: Session, now: datetime) -> tuple[tuple[str, datetime, str], ...]:
    """The ledger's open runs, and those that it would have noted on its next look."""
    _note_what_became_due(session, now)
    is_open = Occurrence.state.in_((DUE, RUNNING))
    found = session.execute(
        select(Occurrence.job, Occurrence.due_at, Occurrence.period).where(is_open).order_by(Occurrence.due_at)
    ).all()
    values = {"state": SKIPPED, "outcome": SKIPPED_BY_RESTORE, "lease_until": None, "not_before": None}
    session.execute(update(Occurrence).where(is_open).values(values | {"finished_at": now}), execution_options=_QUIET)
    return tuple((row.job, row.due_at, row.period) for row in found)


def _note_what_became_due(session: Session, now: datetime) -> None:
    applied = session.get(Installation, 1)
    if applied is None:
        return
    after = max(noted_until(session) or applied.first_applied_at, now - CATCH_UP)
    try:
        timetable = timetable_of(session)
    except DomainError:  # it is refused at every look, too: nothing runs before a better one is applied
        timetable = None
    if timetable is not None and after < now:
        place = zone(session)
        runs = due(timetable, after=after, until=now, zone=place)
        began = (run for run in runs if run.period.bounds(place)[1] > applied.first_applied_at)
        note_due(session, runs=began, now=now)
    set_noted_until(session, now)


def _sign_everybody_out(session: Session, now: datetime) -> int:
    count = session.scalar(select(func.count()).select_from(WebSession)) or 0
    session.execute(delete(WebSession), execution_options=_QUIET)
    waiting = (SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    session.execute(update(SignInLink).where(*waiting).values(expires_at=now), execution_options=_QUIET)
    return count
