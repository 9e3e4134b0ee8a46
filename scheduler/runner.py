"""One look at the clock: note what has become due, then do it, run by run. Edge code.

Knows the order of things: note, claim, read files, what comes before in short transactions, what takes long in none,
one for effect and `done`, and what follows from a failure. Refuses to know what a job does. Whatever a job raises ends
in the ledger and in the log, and not the tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from consortium.models import Installation
from consortium.units import zone
from locales.errors import DomainError
from scheduler.count_notices import NOT_COUNTED, remind_of_counts
from scheduler.digests import send_digests
from scheduler.examination import Part
from scheduler.input_files import input_files, read_file
from scheduler.jobs import JOBS, Inputs, Run, timetable_of
from scheduler.occurrences import (
    DONE,
    FAILED,
    SKIPPED,
    Claimed,
    LeaseLost,
    claim,
    finish,
    note_due,
    noted_until,
    prolong,
    put_off,
    set_noted_until,
)
from scheduler.retries import (
    TELL_AFTER,
    is_given_up,
    is_too_late,
    is_waited_out,
    wait_after_failure,
    wait_for_others,
)
from scheduler.telling import tell_of_trouble
from scheduler.timetable import due, without_missed_days
from storage.database import Database

LEASE = timedelta(seconds=45)
"""How long a claimed run is left alone: a dead process is taken over from within a minute."""

_PROLONGED_EVERY = LEASE.total_seconds() / 3  # real time: a lease lasts as long in it, however fast the clock

CATCH_UP = timedelta(days=40)
"""Runs that became due longer ago than this, while nobody looked, are not noted any more."""

MOST_RUNS = 100
"""Of one tick; what is left is done by the next."""

_log = structlog.get_logger("scheduler")


async def tick(
    database: Database, *, clock: Callable[[], datetime], owner: str, lease: timedelta = LEASE
) -> list[tuple[str, str]]:
    """Note and do everything that is due; what was attempted, as (run, state or "waiting" or "retrying").

    `owner` names this process in the ledger. Several processes may tick at the same time.
    """
    if not await database.run(lambda session: _note(session, clock())):
        return []
    await database.run(lambda session: send_digests(session, now=clock()))
    attempted = []
    for _ in range(MOST_RUNS):
        claimed = await database.run(lambda session: claim(session, owner=owner, now=clock(), lease=lease))
        if claimed is None:
            break
        try:
            attempted.append((claimed.name, await _attempt(database, claimed, clock, lease)))
        except LeaseLost:
            _log.warning("run.taken_over", run=claimed.name, fence=claimed.fence)
    return attempted


def _note(session: Session, now: datetime) -> bool:
    """Note the runs that have become due since the last look; False where nothing has been applied yet."""
    applied = session.get(Installation, 1)
    if applied is None:
        return False
    try:
        timetable = timetable_of(session)
    except DomainError as refusal:
        _log.error("schedule.refused", **refusal.details)
        return False
    seen = noted_until(session) or applied.first_applied_at
    after = max(seen, now - CATCH_UP)
    if after > seen:
        _log.warning("schedule.gap", since=seen.isoformat(), until=after.isoformat())
    place = zone(session)
    runs = due(timetable, after=after, until=now, zone=place)
    began = tuple(
        run for run in runs if run.period.bounds(place)[1] > applied.first_applied_at
    )  # a month before our time
    for run in note_due(session, runs=without_missed_days(began), now=now):
        _log.info("run.noted", job=run.job, due_at=run.due_at.isoformat(), period=str(run.period))
    set_noted_until(session, now)
    return True


async def _attempt(
    database: Database, claimed: Claimed, clock: Callable[[], datetime], lease: timedelta = LEASE
) -> str:
    """Do one claimed run: skipped, done, put off or given up; says which."""
    if is_too_late(late=claimed.late, due_at=claimed.due_at, now=clock()) and not claimed.failures:
        return await _finish(database, claimed, SKIPPED, "too_late", clock())
    try:
        inputs = await _read_inputs(database, claimed)
        await _do_before(database, claimed, clock, lease)
        has_worked = await _do_work(database, claimed, inputs, clock, lease)
        outcome = await database.run(partial(_do, claimed=claimed, inputs=inputs, has_worked=has_worked, now=clock()))
    except LeaseLost:
        raise
    except Exception as fault:  # noqa: BLE001 - the ledger takes it, with a log line; the next run must not suffer
        return await database.run(partial(_not_done, claimed=claimed, fault=fault, now=clock()))
    _log.info("run.done", run=claimed.name, period=str(claimed.period), outcome=outcome)
    return DONE


async def _do_before(database: Database, claimed: Claimed, clock: Callable[[], datetime], lease: timedelta) -> None:
    """What must be done before the step, part by part; the run stays ours while it is being done."""
    before = JOBS[claimed.job].before
    if before is None:
        return
    parts = await database.run(lambda session: before(session, Run(claimed.period, claimed.due_at, clock())))
    for part in parts:
        await database.run(partial(_do_part, claimed=claimed, part=part, now=clock(), lease=lease))


async def _do_work(
    database: Database, claimed: Claimed, inputs: Inputs, clock: Callable[[], datetime], lease: timedelta
) -> bool:
    """What takes long, in a thread, with no transaction open; the run stays ours meanwhile. Whether there was any.

    Whoever has taken the run over does the work too: that is no harm, and it is told when this one ends.
    """
    work = JOBS[claimed.job].work
    if work is None:
        return False
    run = Run(claimed.period, claimed.due_at, clock(), inputs)
    working = asyncio.ensure_future(asyncio.to_thread(work, database, run, clock))
    while not (await asyncio.wait({working}, timeout=_PROLONGED_EVERY))[0]:
        try:
            await database.run(lambda session: prolong(session, claimed=claimed, until=clock() + lease))
        except Exception:
            await asyncio.wait({working})
            raise
    return await working


def _do_part(session: Session, *, claimed: Claimed, part: Part, now: datetime, lease: timedelta) -> None:
    prolong(session, claimed=claimed, until=now + lease)
    part(session, now)


def _do(session: Session, *, claimed: Claimed, inputs: Inputs, has_worked: bool, now: datetime) -> str:
    """The effect and `done`, in one transaction."""
    run = Run(claimed.period, claimed.due_at, now, inputs, has_worked=has_worked)
    outcome = JOBS[claimed.job].step(session, run)
    finish(session, claimed=claimed, state=DONE, outcome=outcome, now=now)
    return outcome


async def _finish(database: Database, claimed: Claimed, state: str, outcome: str, now: datetime) -> str:
    await database.run(lambda session: finish(session, claimed=claimed, state=state, outcome=outcome, now=now))
    _log.warning(f"run.{state}", run=claimed.name, period=str(claimed.period), outcome=outcome)
    return state


def _not_done(session: Session, *, claimed: Claimed, fault: Exception, now: datetime) -> str:
    """What follows when a run could not be done: it waits, is tried again, or is given up and the office is told."""
    code = fault.code if isinstance(fault, DomainError) else "schedule_fault"
    job = JOBS[claimed.job]
    only_waits = code in job.not_yet
    failures = claimed.failures + (not only_waits)
    late, due_at = claimed.late, claimed.due_at
    if only_waits:
        is_over = is_waited_out(late=late, due_at=due_at, now=now)
    else:
        is_over = code in job.never or is_given_up(failures=failures, late=late, due_at=due_at, now=now)
    _log_trouble(claimed, code, fault, only_waits=only_waits, is_over=is_over)
    if is_over:
        finish(session, claimed=claimed, state=FAILED, outcome=code, now=now)
        tell_of_trouble(session, claimed=claimed, fault=fault, is_over=True, now=now)
        return FAILED
    wait = wait_for_others(due_at=due_at, now=now) if only_waits else wait_after_failure(failures)
    put_off(session, claimed=claimed, outcome=code, has_failed=not only_waits, until=now + wait)
    if code == NOT_COUNTED:
        remind_of_counts(session, now=now, period=claimed.period)
    if only_waits and now - due_at > TELL_AFTER:
        tell_of_trouble(session, claimed=claimed, fault=fault, is_over=False, now=now)
    return "waiting" if only_waits else "retrying"


def _log_trouble(claimed: Claimed, code: str, fault: Exception, *, only_waits: bool, is_over: bool) -> None:
    facts = {"run": claimed.name, "period": str(claimed.period), "code": code, "failures": claimed.failures}
    if not isinstance(fault, DomainError):
        _log.error("run.fault", **facts, exc_info=fault)
    if is_over:
        _log.error("run.failed", **facts)
    elif only_waits:
        _log.info("run.waiting", **facts)
    else:
        _log.warning("run.retrying", **facts)


async def _read_inputs(database: Database, claimed: Claimed) -> Inputs:
    """The file that the job needs, if any. What cannot be read is None; the job says whether it must have it."""
    needed = JOBS[claimed.job].reads
    if needed is None:
        return Inputs()
    files = await database.run(input_files)
    path = files.cooperation if needed == "cooperation" else files.key
    content = await asyncio.to_thread(read_file, path) if path is not None else None
    if needed == "cooperation":
        return Inputs(cooperation=content)
    return Inputs(private_key=content.decode("utf-8", "replace") if content is not None else None)
