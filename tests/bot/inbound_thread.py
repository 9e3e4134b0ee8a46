"""The Telegram door in a thread of its own, against the double: `with polling(tg, database) as door:`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bot.dialogue import Context
from storage.database import Database
from tests.bot.phone import SECRET
from tests.cast import NOW
from tests.telegram_double import TelegramDouble

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601805a346d0000000049454e44ae426082"
)


class Door:
    """One running TelegramInbound."""

    def __init__(self, tg: TelegramDouble, database: Database, now: Callable[[], datetime] = lambda: NOW) -> None:
        from bot.telegram_inbound import TelegramInbound

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

        async def pixel(key: str) -> bytes:
            return PIXEL

        async def build() -> TelegramInbound:
            return TelegramInbound(
                token=tg.token,
                api_root=tg.url,
                database=database,
                context=lambda: Context(SECRET, now(), "https://tongping.example", "tongping_bot"),
                picture=pixel,
            )

        self.inbound = self.do(build())
        self._run: Future[None] | None = None

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def polls(self) -> None:
        self._run = asyncio.run_coroutine_threadsafe(self.inbound.run(), self._loop)

    def dies(self) -> None:
        """As by SIGKILL: whatever runs is cut off."""

        async def cut() -> None:
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await self.inbound._bot.session.close()

        self.do(cut())
        self._end()

    def stops(self) -> None:
        self.do(self.inbound.stop())
        if self._run is not None:
            self._run.result(30)
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def polling(tg: TelegramDouble, database: Database) -> Iterator[Door]:
    door = Door(tg, database)
    door.polls()
    try:
        yield door
    finally:
        door.stops()
