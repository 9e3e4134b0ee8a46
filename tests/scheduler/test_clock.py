"""The clock: looks at once, one look at a time, survives a fault, and stops when the look under way has ended."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from scheduler import clock as clock_module
from scheduler.clock import interval, start_clock
from tests.scheduler.cast import Clock, at


@pytest.mark.parametrize(("speed", "seconds"), [(0.5, 20), (1, 20), (3, 20), (6, 10), (60, 1), (3600, 1)])
def test_a_fast_clock_is_looked_at_more_often_within_reason(speed, seconds):
    assert interval(speed) == seconds


def test_it_looks_at_once_and_again_and_a_fault_does_not_stop_it(monkeypatch):
    looks = []

    async def looked(database, *, clock, owner, lease):
        looks.append((owner, lease))
        if len(looks) == 1:
            raise RuntimeError("the database is away")
        third.set() if len(looks) == 3 else None

    async def story():
        ticking = start_clock(None, clock=Clock(at("2026-10-22 09:00")), owner="me", speed=10, seconds=0.01)
        await asyncio.wait_for(third.wait(), 10)
        await ticking.stop()
        return len(looks)

    third = asyncio.Event()
    monkeypatch.setattr(clock_module, "tick", looked)
    with capture_logs() as logs:
        seen = asyncio.run(story())
    assert seen == len(looks) >= 3
    assert looks[0] == ("me", clock_module.LEASE * 10)
    assert [entry["event"] for entry in logs] == ["tick.fault"]


def test_stopping_waits_for_the_look_under_way_and_starts_no_other(monkeypatch):
    events = []

    async def looks(database, *, clock, owner, lease):
        events.append("begins")
        began.set()
        await released.wait()
        events.append("ends")

    async def story():
        ticking = start_clock(None, clock=Clock(at("2026-10-22 09:00")), owner="me", seconds=0.01)
        await asyncio.wait_for(began.wait(), 10)
        stopping = asyncio.ensure_future(ticking.stop())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not stopping.done()
        released.set()
        await asyncio.wait_for(stopping, 10)
        events.append("stopped")

    began, released = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(clock_module, "tick", looks)
    asyncio.run(story())
    assert events == ["begins", "ends", "stopped"]


def test_the_real_thing_opens_a_round(office):
    here = office()
    here.clock.moves_to("2026-10-22 09:00")

    async def story():
        ticking = start_clock(here.database, clock=here.clock, owner="me", seconds=0.02)
        async with asyncio.timeout(20):
            while here.ledger().get("open 10-22") != ("done", "opened"):  # noqa: ASYNC110 - only the ledger tells
                await asyncio.sleep(0.01)
        await ticking.stop()

    asyncio.run(story())


def test_apscheduler_is_imported_by_the_clock_alone():
    program = (
        "import sys, scheduler.runner, scheduler.jobs; print('apscheduler' in sys.modules, 'matplotlib' in sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert seen.split() == ["False", "False"]
