"""The clock of a rehearsal starts where it says, runs as fast as it says, and never jumps with the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app import moved_clock as module
from app.moved_clock import moved_clock, real_clock

START = datetime(2026, 10, 31, 23, 59, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, in seconds, moved by the test."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_moved_clock_shows_its_start_in_utc(real_time: list[float]) -> None:
    shown = moved_clock(START, 60).now()
    assert (shown, shown.tzinfo) == (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), UTC)


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 10), (60.0, 600), (1.5, 15), (100_000.0, 1_000_000)])
def test_moved_clock_runs_as_fast_as_it_says(real_time: list[float], speed: float, seconds: int) -> None:
    clock = moved_clock(START, speed)
    real_time[0] += 10
    assert clock.now() - START == timedelta(seconds=seconds)


def test_moved_clock_never_runs_backwards(real_time: list[float]) -> None:
    clock = moved_clock(START, 7.3)
    shown = []
    for _ in range(1000):
        real_time[0] += 1e-4
        shown.append(clock.now())
    assert shown == sorted(shown)


def test_two_moved_clocks_are_independent(real_time: list[float]) -> None:
    slow = moved_clock(START, 1)
    real_time[0] += 100
    fast = moved_clock(START, 1000)
    real_time[0] += 1
    assert (slow.now() - START, fast.now() - START) == (timedelta(seconds=101), timedelta(seconds=1000))


def test_real_clock_is_the_machines_and_aware() -> None:
    clock = real_clock()
    assert (clock.speed, clock.is_moved, clock.now().tzinfo) == (1.0, False, UTC)
