"""Waiting one's turn: the clocks of `delivery.limits` on a real clock.

Knows one account's clocks and how to sleep. Refuses to know what is sent and through which library.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from delivery.limits import (
    SECOND,
    Clocks,
    Share,
    account_wait,
    answered,
    flooded,
    new_clocks,
    noted,
    resting_chats,
    start,
)
from delivery.outgoing import Pace


class TooSoonError(Exception):
    """The turn is further away than it is worth waiting with a claimed delivery in hand; `seconds` until then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Pacer:
    """Lets messages start when their turn has come. One per account; not for use from several threads."""

    def __init__(
        self,
        share: Share,
        *,
        patience: float = 2.0,
        monotonic: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._share = share
        self._patience = int(patience * SECOND)
        self._monotonic = monotonic
        self._sleep = sleep
        self._clocks: Clocks = new_clocks(share, monotonic())
        self._first_come = asyncio.Lock()  # it lets in by order of arrival: nobody loses every turn to later ones

    async def turn(self, chat: str, *, is_group: bool) -> None:
        """Return when a message to `chat` may start, and count it; TooSoonError if that is beyond the patience."""
        give_up = self._monotonic() + self._patience
        while True:
            async with self._first_come:
                wait = await self._start_in_order(chat, is_group=is_group, give_up=give_up)
            if wait == 0:
                return
            await self._sleep(wait / SECOND)  # this chat's own wait: the others go on

    async def _start_in_order(self, chat: str, *, is_group: bool, give_up: int) -> int:
        """Wait for the account's turn and take it: 0. Not 0: it is the chat that must wait so long."""
        while True:
            now = self._monotonic()
            self._clocks, wait = start(self._clocks, self._share, chat=chat, is_group=is_group, now=now)
            if wait > 0 and now + wait > give_up:
                raise TooSoonError(wait / SECOND)
            if wait == 0 or wait > account_wait(self._clocks, now):
                return wait
            await self._sleep(wait / SECOND)

    def noted(self, chat: str, *, is_group: bool) -> None:
        """A message that waits for no turn goes to `chat` now: a reply. What does wait makes room for it."""
        self._clocks = noted(self._clocks, self._share, chat=chat, is_group=is_group, now=self._monotonic())

    def answered(self, chat: str) -> None:
        """The platform has dealt with the message that started last in `chat`, in whatever way."""
        self._clocks = answered(self._clocks, chat=chat, now=self._monotonic())

    def flooded(self, chat: str, *, is_group: bool, seconds: float) -> None:
        """The platform refused a message for flooding and named a pause."""
        pause = int(seconds * SECOND)
        self._clocks = flooded(self._clocks, chat=chat, is_group=is_group, pause=pause, now=self._monotonic())

    def pace(self) -> Pace:
        """Where the clocks stand."""
        now = self._monotonic()
        resting = resting_chats(self._clocks, self._share, now)
        return Pace(
            pause=account_wait(self._clocks, now) / SECOND,
            resting={chat: wait / SECOND for chat, wait in resting.items()},
        )


def pace_of(pacers: Iterable[Pacer]) -> Pace:
    """Where the clocks of a channel stand in which every address has its own: one that must wait holds up no other."""
    resting: dict[str, float] = {}
    for pacer in pacers:
        resting.update(pacer.pace().resting)
    return Pace(0.0, resting)
