"""The clock that ticks: APScheduler with nothing stored, and how often. The only file that imports it.

Knows intervals. Refuses to know what is due: a tick that is missed or comes twice changes nothing, since the ledger
decides. Stopping lets a tick under way come to its end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # it has no types

from scheduler.runner import LEASE, tick
from storage.database import Database

LONGEST_INTERVAL = 20.0
SHORTEST_INTERVAL = 1.0
"""Seconds between two looks: with a clock that runs fast, as often as makes sense."""

_log = structlog.get_logger("scheduler")


class Ticking:
    """A clock under way."""

    def __init__(self, scheduler: AsyncIOScheduler, at_rest: asyncio.Event) -> None:
        self._scheduler = scheduler
        self._at_rest = at_rest

    async def stop(self) -> None:
        """No more ticks; returns when the one under way, if any, has ended."""
        self._scheduler.pause()
        await self._at_rest.wait()
        self._scheduler.shutdown(wait=False)


def start_clock(
    database: Database, *, clock: Callable[[], datetime], owner: str, speed: float = 1.0, seconds: float | None = None
) -> Ticking:
    """Look at once, then every `seconds` (by default as the clock's speed suggests), one look at a time.

    Needs a running event loop. `speed` says how many seconds of `clock` pass in a real one: leases last as long in
    real time however fast the clock is.
    """
    # a look that takes longer than the interval is no news: the next one does what is left
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    at_rest = asyncio.Event()
    at_rest.set()

    async def look() -> None:
        at_rest.clear()
        try:
            await tick(database, clock=clock, owner=owner, lease=LEASE * max(speed, 1.0))
        except Exception:  # noqa: BLE001 - the database may be away for a moment: logged, and the next look tries again
            _log.exception("tick.fault")
        finally:
            at_rest.set()

    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        look,
        "interval",
        seconds=seconds if seconds is not None else interval(speed),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),  # real time: when to look first, not what is due
    )
    scheduler.start()
    return Ticking(scheduler, at_rest)


def interval(speed: float) -> float:
    """Seconds between two looks for a clock of this speed: no more than a minute of its time, where that can be."""
    return min(LONGEST_INTERVAL, max(SHORTEST_INTERVAL, timedelta(minutes=1).total_seconds() / max(speed, 1.0)))
