"""Long polling: fetch, handle, confirm by asking for what comes after; failures wait, and the end confirms the last.

Knows the order of things and when to rest. Refuses to know how updates are fetched and what a failure proves: that is
given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from bot.telegram_updates import update_number

PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds of rest after failures in a row."""


async def poll(
    *,
    fetch: Callable[[int | None], Awaitable[Sequence[Any]]],
    handle: Callable[[Sequence[Any]], Awaitable[None]],
    recover: Callable[[Exception, int], Awaitable[None]],
    confirm: Callable[[int], Awaitable[object]],
    stopping: asyncio.Event,
) -> None:
    """Poll until told to stop. A batch is confirmed only after it was handled, by the number that the next asks for."""
    offset: int | None = None
    failures = 0
    while not stopping.is_set():
        try:
            batch = await fetch(offset)
            await handle(batch)
        except Exception as error:  # noqa: BLE001 - whatever one poll meets, the next one may go well
            failures += 1
            await recover(error, failures)
            continue
        failures = 0
        numbers = [number for number in map(update_number, batch) if number is not None]
        offset = max(numbers) + 1 if numbers else offset
        if batch and not numbers:  # nothing that could be confirmed: it will come again at once
            await rest(stopping, PAUSES[-1])
    if offset is not None:  # else the last batch would come again, and be answered again, after a restart
        with suppress(Exception):
            await confirm(offset)


async def unless_stopped(fetching: Awaitable[list[Any]], stopping: asyncio.Event) -> list[Any]:
    """What is fetched, in the order of the updates' numbers; nothing when told to stop meanwhile."""
    call = asyncio.ensure_future(fetching)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({call, stop}, return_when=asyncio.FIRST_COMPLETED)
        return sorted(call.result(), key=lambda raw: update_number(raw) or 0) if call.done() else []
    finally:
        for task in (call, stop):
            task.cancel()


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Rest, or less if told to stop meanwhile."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
