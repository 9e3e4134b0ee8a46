"""Delivers updates to a webhook: in order within a lane, again and again until the answer is a 2xx.

The first repetition comes at once, the next after `retry` seconds, then after twice as long each time. The real server
starts at two seconds; everything else is as there, except that an update never expires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from tests.telegram_double import updates
from tests.telegram_double.pulse import Pulse
from tests.telegram_double.updates import Pending
from tests.telegram_double.world import Webhook, World, changed

_LONGEST_DELAY = 2.0
_PATIENCE = 30.0
_LONGEST_RETRY_AFTER = 3600


class Courier:
    """Carries updates from the queue to the webhook, on the server's loop."""

    def __init__(
        self, world: World, pulse: Pulse, retry: float, perform: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._world = world
        self._pulse = pulse
        self._retry = retry
        self._perform = perform
        self._flights: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []  # of this class, not of the webhook

    async def run(self) -> None:
        """Until the server stops."""
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=_PATIENCE) as client:
            while not self._pulse.stopped:
                with self._world.lock:
                    version, hook = self._world.version, self._world.webhook
                    wait = self._launch(client, hook) if hook is not None else None
                await self._pulse.wait(version, wait)
            for flight in self._flights:
                flight.cancel()
            await asyncio.gather(*self._flights, return_exceptions=True)

    def _launch(self, client: httpx.AsyncClient, hook: Webhook) -> float | None:
        """Starts what may start now; returns the seconds until more may."""
        ready, wait = updates.next_in_lanes(self._world.queue, asyncio.get_running_loop().time())
        for update in ready[: max(0, hook.max_connections - len(self._flights))]:
            update.in_flight = True
            flight = asyncio.create_task(self._deliver(client, hook, update))
            self._flights.add(flight)
            flight.add_done_callback(self._landed)
        return wait

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        failure = None if flight.cancelled() else flight.exception()
        if failure is not None:
            self.failures.append(failure)
        with self._world.lock:
            changed(self._world)

    async def _deliver(self, client: httpx.AsyncClient, hook: Webhook, update: Pending) -> None:
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        answer: httpx.Response | None = None
        try:
            answer = await client.post(hook.url, content=update.text.encode(), headers=headers)
            error = "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code}"
        except httpx.HTTPError as broken:
            error = f"Connection failed: {type(broken).__name__}"
        with self._world.lock:
            update.in_flight = False
            if error:
                self._put_off(update, error, answer)
            else:
                updates.drop(self._world.queue, update)
        if answer is not None and not error:
            self._obey(answer)

    def _put_off(self, update: Pending, error: str, answer: httpx.Response | None) -> None:
        asked = answer.headers.get("Retry-After", "") if answer is not None else ""
        delay = 0.0 if update.failures == 0 else min(self._retry * 2 ** (update.failures - 1), _LONGEST_DELAY)
        if asked.isdecimal():
            delay = float(min(int(asked), _LONGEST_RETRY_AFTER))
        update.failures += 1
        update.due_at = asyncio.get_running_loop().time() + delay
        if self._world.webhook is not None:
            now = self._world.clock()
            self._world.webhook = replace(self._world.webhook, last_error=error, last_error_at=now)

    def _obey(self, answer: httpx.Response) -> None:
        """A call may come as the answer to a webhook."""
        if answer.headers.get("Content-Type", "").partition(";")[0] != "application/json" or not answer.content:
            return
        try:
            body = answer.json()
        except ValueError:  # the update was taken; what else was said is not for us
            return
        if isinstance(body, dict) and isinstance(body.get("method"), str):
            self._perform(body["method"], {name: value for name, value in body.items() if name != "method"})
