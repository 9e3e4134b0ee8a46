"""Lets coroutines of the server wait for changes that any thread makes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.telegram_double.world import World


class Pulse:
    """The heartbeat of one running server; it beats at every change of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._ended = asyncio.Event()
        self.stopped = False

    def start(self) -> None:
        """Begins to listen; called on the server's loop."""
        self._loop = asyncio.get_running_loop()
        with self._world.lock:
            self._world.listeners.append(self._beat)

    def stop(self) -> None:
        """Ends every wait, now and from now on; called on the server's loop, more than once if need be."""
        self.stopped = True
        self._ended.set()
        with self._world.lock:
            if self._beat in self._world.listeners:
                self._world.listeners.remove(self._beat)
        self._wake()

    def _beat(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, version: int, seconds: float | None) -> None:
        """Returns when the world is no longer at `version`, when the seconds have passed, or at the end."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            with self._world.lock:
                is_over = self.stopped or self._world.version != version
            if not is_over:
                await asyncio.wait([future], timeout=seconds)
        finally:
            self._waiting.discard(future)

    async def rest(self, seconds: float) -> None:
        """Lets time pass, but not beyond the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
