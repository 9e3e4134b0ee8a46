"""Waiting for the world to be as a test expects, and saying what there was instead when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.telegram_double.world import World

PATIENCE = 20.0
_GLANCE = 0.05  # how often a condition outside the double (a file, a database) is looked at


def until(world: World, holds: Callable[[], object], *, what: str, chat: int | None, timeout: float) -> None:
    """Returns once `holds()` is true; asks again at every change. Fails with the transcript of `chat` (None: all)."""
    deadline = time.monotonic() + timeout
    while True:
        with world.lock:
            version = world.version
        if holds():
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise AssertionError(f"waited {timeout:g} s for {what}; what happened:\n{transcript(world, chat)}")
        with world.lock:
            if world.version == version:
                world.lock.wait(min(left, _GLANCE))


def transcript(world: World, chat: int | None = None, *, last: int = 60) -> str:
    """The story of a chat (None: of all chats) and the calls that were refused or lost, as lines."""
    with world.lock:
        told = [(number, line) for number, line in world.diary if chat in {None, number}]
        failed = [call for call in world.calls if call.outcome != "ok" and chat in {None, call.chat}]
        pending = len(world.queue.pending)
    lines = [f"  {line}" if chat is not None else f"  [{number}] {line}" for number, line in told[-last:]]
    lines += [
        f"  ! {call.method} in {call.chat}: {call.outcome} {call.code} {call.description}" for call in failed[-last:]
    ]
    return "\n".join([*lines, f"  ({pending} updates wait for the bot)"])
