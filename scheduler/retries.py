"""When a run is too late, when it is tried again, when it is given up. PURE.

Knows waits and limits. Refuses to know jobs, clocks and the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.timetable import SKIP

GRACE = timedelta(hours=6)
"""A run whose line says `late = "skip"` may come this much late; after that it is passed over."""

PATIENCE = timedelta(days=14)
"""How long after its due time a run waits for what it builds on, such as ballots that people count by hand."""

MOST_FAILURES = 8
"""The failure with this number is the last: with the waits below, a little more than two hours after the first."""

TELL_AFTER = timedelta(hours=1)
"""A run that still waits this long after its due time is told to the office, once."""

LONGEST_WAIT = timedelta(hours=1)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_LOOK = timedelta(minutes=10)


def is_too_late(*, late: str, due_at: datetime, now: datetime) -> bool:
    """Whether a run due at `due_at` must be passed over at `now`; exactly at the grace it may still run."""
    return late == SKIP and now - due_at > GRACE


def is_given_up(*, failures: int, late: str, due_at: datetime, now: datetime) -> bool:
    """Whether a run that has now failed `failures` times is not tried again."""
    return failures >= MOST_FAILURES or is_too_late(late=late, due_at=due_at, now=now)


def is_waited_out(*, late: str, due_at: datetime, now: datetime) -> bool:
    """Whether a run that is still waiting at `now` has waited long enough."""
    return now - due_at > PATIENCE or is_too_late(late=late, due_at=due_at, now=now)


def wait_after_failure(failures: int) -> timedelta:
    """A minute after the first failure, then double each time, at most an hour."""
    doublings = int(2 ** min(failures - 1, 10))  # beyond that the cap holds anyway
    return min(_FIRST_WAIT * doublings, LONGEST_WAIT)


def wait_for_others(*, due_at: datetime, now: datetime) -> timedelta:
    """How long to wait before looking again: a minute at first, ten minutes once it has taken longer."""
    return _FIRST_WAIT if now - due_at < _LONGEST_LOOK else _LONGEST_LOOK
