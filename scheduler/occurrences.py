"""The ledger of due runs: each noted once, claimed with a lease, finished by whoever claimed it last.

Knows states, leases and what must be finished before what. Refuses to know what a job does. Two processes may use the
ledger at once and either may die: a claim whose lease has run out is claimed again, and the fence keeps whoever comes
back late from finishing. `finish` belongs in the transaction of the effect; it raises `LeaseLost`, and nothing of that
transaction remains.

Noted, done, skipped and failed runs are audited; claims and repetitions are the ledger's own bookkeeping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from scheduler.models import Occurrence, ScheduleMark
from scheduler.retries import LONGEST_WAIT
from scheduler.timetable import CLOSE, COUNT, DRAFT, INVITE, JOB_NAMES, OPEN, REMIND, SETTLE, Due
from storage.audit import record
from storage.database import insert_new, serialize

DUE, RUNNING, DONE, SKIPPED, FAILED = "due", "running", "done", "skipped", "failed"
ACTOR = "schedule"

_BUILDS_ON = {
    INVITE: (OPEN,),
    REMIND: (OPEN,),
    CLOSE: (OPEN,),
    COUNT: (OPEN, CLOSE),
    SETTLE: (OPEN, CLOSE, COUNT),
    DRAFT: (SETTLE,),
}
_ACTIONS = {DONE: "finish_run", SKIPPED: "skip_run", FAILED: "fail_run"}
_LOCK = "schedule"
_MARK = 1


class LeaseLost(Exception):  # noqa: N818 - it is not an error: somebody else has taken over, rightly
    """The run was claimed by somebody else in the meantime: what was done for it must be rolled back."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run to do now. `fence` is its claim's number, `failures` how often it has failed before."""

    job: str
    due_at: datetime
    period: Period
    late: str
    fence: int
    failures: int

    @property
    def name(self) -> str:
        """How logs, audit and dedupe keys name the run."""
        return f"{self.job}:{self.due_at:%Y-%m-%dT%H:%MZ}"


def note_due(session: Session, *, runs: Iterable[Due], now: datetime) -> list[Due]:
    """Write down the runs that are due; those that stand there already stay as they are. Returns the new ones."""
    return [run for run in runs if _note(session, run, now)]


def claim(session: Session, *, owner: str, now: datetime, lease: timedelta) -> Claimed | None:
    """Take the first run that can be done now, for as long as `lease`; None if there is none or one is under way.

    A run waits for the runs of its month that it builds on, and for the time of its next attempt. Times that lie
    further ahead than any lease or wait reaches were written by a clock that has been set back: they hold nobody up.
    """
    serialize(session, _LOCK)
    unfinished = list(session.scalars(select(Occurrence).where(Occurrence.state.in_((DUE, RUNNING)))))
    if any(run.lease_until is not None and now < run.lease_until <= now + lease for run in unfinished):
        return None
    for run in sorted(unfinished, key=lambda run: (run.due_at, JOB_NAMES.index(run.job))):
        if run.due_at <= now and not _is_put_off(run, now) and not _must_wait(run, unfinished):
            return _take(session, run, owner, now, lease)
    return None


def finish(session: Session, *, claimed: Claimed, state: str, outcome: str, now: datetime) -> None:
    """The run is over: `done`, `skipped` or `failed`. `LeaseLost` if it is no longer the caller's."""
    _settle(session, claimed, {"state": state, "outcome": outcome, "finished_at": now})
    details = {"period": str(claimed.period), "outcome": outcome}
    record(session, actor=ACTOR, action=_ACTIONS[state], subject=claimed.name, now=now, details=details)


def prolong(session: Session, *, claimed: Claimed, until: datetime) -> None:
    """The run is still being done, part by part: leave it to the caller until then. `LeaseLost` as above."""
    _change(session, claimed, {"lease_until": until})


def put_off(session: Session, *, claimed: Claimed, outcome: str, has_failed: bool, until: datetime) -> None:
    """The run could not be done: try again, not before `until`. `LeaseLost` if it is no longer the caller's."""
    failures = claimed.failures + has_failed
    _settle(session, claimed, {"state": DUE, "outcome": outcome, "not_before": until, "failures": failures})


def noted_until(session: Session) -> datetime | None:
    """Up to which moment due runs have been noted; None before the first time."""
    return session.scalar(select(ScheduleMark.noted_until).where(ScheduleMark.id == _MARK))


def set_noted_until(session: Session, until: datetime) -> None:
    """Move the mark forward; a clock that was set back does not take it along."""
    if not insert_new(session, ScheduleMark, {"id": _MARK, "noted_until": until}, ["id"]):
        session.execute(
            update(ScheduleMark)
            .where(ScheduleMark.id == _MARK, ScheduleMark.noted_until < until)
            .values(noted_until=until)
            .execution_options(synchronize_session=False)
        )


def latest_runs(session: Session, *, limit: int = 50) -> list[Occurrence]:
    """The newest entries of the ledger, newest first: what the office sees of the schedule."""
    return list(session.scalars(select(Occurrence).order_by(Occurrence.due_at.desc(), Occurrence.job).limit(limit)))


def _note(session: Session, run: Due, now: datetime) -> bool:
    values = {
        "job": run.job, "due_at": run.due_at, "period": str(run.period), "late": run.late, "state": DUE, "fence": 0,
        "failures": 0, "noted_at": now,
    }  # fmt: skip
    if not insert_new(session, Occurrence, values, ["job", "due_at"]):
        return False
    name = Claimed(run.job, run.due_at, run.period, run.late, 0, 0).name
    record(session, actor=ACTOR, action="note_run", subject=name, now=now, details={"period": str(run.period)})
    return True


def _is_put_off(run: Occurrence, now: datetime) -> bool:
    return run.not_before is not None and now < run.not_before <= now + LONGEST_WAIT


def _must_wait(run: Occurrence, unfinished: Iterable[Occurrence]) -> bool:
    return any(
        other.period == run.period and other.job in _BUILDS_ON.get(run.job, ()) and other.due_at <= run.due_at
        for other in unfinished
    )


def _take(session: Session, run: Occurrence, owner: str, now: datetime, lease: timedelta) -> Claimed | None:
    taken = session.execute(
        update(Occurrence)
        .where(Occurrence.job == run.job, Occurrence.due_at == run.due_at, Occurrence.fence == run.fence)
        .values(state=RUNNING, fence=run.fence + 1, owner=owner, lease_until=now + lease, not_before=None)
        .returning(Occurrence.fence)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if taken is None:
        return None
    return Claimed(run.job, run.due_at, Period.parse(run.period), run.late, taken, run.failures)


def _settle(session: Session, claimed: Claimed, values: dict[str, object]) -> None:
    _change(session, claimed, {"lease_until": None, **values})


def _change(session: Session, claimed: Claimed, values: dict[str, object]) -> None:
    changed = session.execute(
        update(Occurrence)
        .where(
            Occurrence.job == claimed.job,
            Occurrence.due_at == claimed.due_at,
            Occurrence.fence == claimed.fence,
            Occurrence.state == RUNNING,
        )
        .values(**values)
        .returning(Occurrence.fence)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if changed is None:
        raise LeaseLost(claimed.name)
