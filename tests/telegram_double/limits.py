"""PURE. Telegram's flood control as rolling windows; time is an argument, in seconds.

Telegram publishes three figures: about 30 messages a second overall, 1 a second in one chat, 20 a minute in one group.
Here each is a window that never holds more; the real server sometimes forgives, this one never.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is let through. `private_burst` messages in as many seconds reach one person."""

    overall_per_second: int = 30
    private_burst: int = 1
    group_per_minute: int = 20
    edits_count: bool = False


@dataclass(slots=True)
class Meter:
    """The times, oldest first, at which messages went out: overall and for each chat."""

    limits: Limits | None = None
    overall: list[float] = field(default_factory=list)
    chats: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))


def charge(meter: Meter, *, chat: int, count: int, now: float, is_edit: bool = False) -> int:
    """Counts `count` messages to `chat` and returns 0; or counts nothing and returns the whole seconds to wait."""
    limits = meter.limits
    if limits is None or (is_edit and not limits.edits_count):
        return 0
    window, allowed = (
        (float(limits.private_burst), limits.private_burst) if chat > 0 else (60.0, limits.group_per_minute)
    )
    meter.overall = _recent(meter.overall, now - 1.0)
    meter.chats[chat] = _recent(meter.chats[chat], now - window)
    wait = max(
        _wait(meter.overall, window=1.0, allowed=limits.overall_per_second, count=count, now=now),
        _wait(meter.chats[chat], window=window, allowed=allowed, count=count, now=now),
    )
    if wait > 0:
        return max(1, math.ceil(wait))
    meter.overall.extend([now] * count)
    meter.chats[chat].extend([now] * count)
    return 0


def _recent(times: Iterable[float], since: float) -> list[float]:
    return [time for time in times if time > since]


def _wait(times: list[float], *, window: float, allowed: int, count: int, now: float) -> float:
    """Seconds until `count` more fit; an album larger than the window fits when the window is empty."""
    over = len(times) + min(count, allowed) - allowed
    return times[over - 1] + window - now if over > 0 else 0.0
