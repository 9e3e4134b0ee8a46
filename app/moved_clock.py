"""The clock of an installation: the real one, or one moved and sped up for a rehearsal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` is aware UTC; `speed` says how many of its seconds pass in a real one."""

    now: Callable[[], datetime]
    speed: float
    is_moved: bool


def real_clock() -> Clock:
    return Clock(lambda: datetime.now(UTC), 1.0, is_moved=False)


def moved_clock(start: datetime, speed: float) -> Clock:
    """A clock that shows `start` now and runs `speed` times as fast. It runs by the monotonic clock: it never jumps."""
    began = time.monotonic()
    return Clock(
        lambda: start.astimezone(UTC) + timedelta(seconds=(time.monotonic() - began) * speed), speed, is_moved=True
    )
