"""A stage for worker tests: an in-memory channel that is strict about its contract, a clock, and waiting without luck."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from delivery.handover import Withheld
from delivery.outgoing import Moved, Outgoing, Pace
from delivery.worker import Working, run
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from outbox.outcomes import Outcome, Sent
from storage.database import Database

SECRET = b"s" * 32
QUICK = Working(poll=0.02, recover_every=0.02, stop_within=5.0, database_waits=(0.01,))


class Clock:
    """Real time from noon on, and jumps."""

    def __init__(self) -> None:
        self._begun = datetime.now(UTC)
        self.noon = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
        self.jumped = timedelta()

    def __call__(self) -> datetime:
        return self.noon + (datetime.now(UTC) - self._begun) + self.jumped

    def jump(self, seconds: float) -> None:
        self.jumped += timedelta(seconds=seconds)


Behaviour = Callable[[Outgoing, int], Any]  # what happens to the n-th call (from 1): an end, an exception, an awaitable


class FakeChannel:
    """Keeps what arrived, refuses what a worker must not do: two calls to one address, past their time, after closing."""

    channel = "telegram"
    longest_call = 20.0
    look_every = 0.0

    def __init__(self, clock: Clock, behaviour: Behaviour | None = None) -> None:
        self._clock = clock
        self._behaviour = behaviour or (lambda outgoing, number: None)
        self.arrived: list[tuple[str, str]] = []
        self.calls: list[Outgoing] = []
        self.under_way: Counter[str] = Counter()
        self.most_under_way = 0
        self.most_bulletins = 0
        self.resting: dict[str, float] = {}
        self.pause = 0.0
        self.closed = False
        self.broken_rules: list[str] = []

    def pace(self) -> Pace:
        return Pace(self.pause, self.resting)

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        self.calls.append(outgoing)
        number = len(self.calls)
        self._check(outgoing)
        self.under_way[outgoing.address] += 1
        self.most_under_way = max(self.most_under_way, self.under_way.total())
        bulletins = sum(1 for address, count in self.under_way.items() if count and address.startswith("-"))
        self.most_bulletins = max(self.most_bulletins, bulletins)
        try:
            await asyncio.sleep(0)
            end = self._behaviour(outgoing, number)
            if asyncio.iscoroutine(end):
                end = await end
            if isinstance(end, Exception):
                raise end
            return self.arrives(outgoing) if end is None else end
        finally:
            self.under_way[outgoing.address] -= 1

    def arrives(self, outgoing: Outgoing) -> Sent:
        self.arrived.append((outgoing.address, outgoing.text))
        return Sent(str(len(self.arrived)))

    async def close(self) -> None:
        self.closed = True

    def _check(self, outgoing: Outgoing) -> None:
        rules = {
            "two calls to one address": self.under_way[outgoing.address] > 0,
            "a call after its time": self._clock() >= outgoing.start_by,
            "a call after closing": self.closed,
            "a call to a resting address": outgoing.address in self.resting,
        }
        self.broken_rules += [rule for rule, is_broken in rules.items() if is_broken]


async def no_pictures(key: str) -> bytes:
    raise AssertionError(key)


@contextlib.asynccontextmanager
async def working(
    database: Database,
    *channels: Any,
    clock: Clock,
    picture: Any = no_pictures,
    document: Any = None,
    working: Working = QUICK,
    poke: asyncio.Event | None = None,
    withheld: Withheld = lambda _: "",
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker beside the test; stopped at the end, and a defect of it fails the test."""
    poke = poke or asyncio.Event()
    worker = asyncio.create_task(
        run(
            database,
            channels,
            clock,
            secret=SECRET,
            picture=picture,
            document=document,
            poke=poke,
            withheld=withheld,
            working=working,
        )
    )
    try:
        yield worker
    finally:
        await stop(worker)


async def stop(worker: asyncio.Task[None]) -> None:
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker


async def until(holds: Callable[[], Any], *, seconds: float = 20.0) -> None:
    """Return once it holds, looking again after each turn of the loop; fail after so long."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for lies in the database, which tells nobody
            await asyncio.sleep(0.005)


def owe(database: Database, key: str, *, kind: str = "invitation", address: str | None = None, **more: Any) -> int:
    values = {"channel": "telegram", "message": Message(key), "now": datetime(2026, 11, 3, 4, 0, tzinfo=UTC)} | more
    with database.transaction() as session:
        return enqueue(session, dedupe_key=key, address=address or f"to {key}", kind=kind, **values)


def states(database: Database) -> dict[str, tuple[str, str | None]]:
    with database.transaction() as session:
        rows = session.execute(select(Delivery.dedupe_key, Delivery.state, Delivery.code).order_by(Delivery.id))
        return {row.dedupe_key: (row.state, row.code) for row in rows}


def count(database: Database, *wanted: str) -> int:
    return sum(1 for state, _ in states(database).values() if state in wanted)
