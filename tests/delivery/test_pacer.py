"""Turns on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio

import pytest

from delivery.limits import SECOND, Share
from delivery.pacer import Pacer, TooSoonError


class Clock:
    def __init__(self) -> None:
        self.now = 0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)


def paced(**share: int) -> tuple[Pacer, Clock]:
    clock = Clock()
    return Pacer(Share(**share), monotonic=lambda: clock.now, sleep=clock.sleep), clock


def test_turn_comes_when_it_is_due():
    async def play() -> tuple[list[int], Clock]:
        pacer, clock = paced(per_second=10)
        times = []
        for chat in ("1", "2", "3", "1"):
            await pacer.turn(chat, is_group=False)
            times.append(clock.now // 1_000_000)
        return times, clock

    times, clock = asyncio.run(play())
    assert (times, clock.slept) == ([0, 100, 200, 1000], [0.1, 0.1, 0.8])


def test_turn_beyond_the_patience_is_refused_with_its_distance():
    async def play() -> float:
        pacer, _ = paced()
        pacer.flooded("1", is_group=False, seconds=30)
        with pytest.raises(TooSoonError) as refusal:
            await pacer.turn("1", is_group=False)
        return refusal.value.seconds

    assert asyncio.run(play()) == 30


def test_waiting_does_not_go_on_for_ever_while_others_take_the_turns():
    async def play() -> int:
        pacer, clock = paced(per_second=1)
        rivals = iter("abcdefghij")
        honest_sleep = clock.sleep

        async def robbed_sleep(seconds: float) -> None:
            await honest_sleep(seconds)
            pacer.noted(next(rivals), is_group=False)  # a reply, which waits for nobody

        await pacer.turn("0", is_group=False)
        pacer._sleep = robbed_sleep
        with pytest.raises(TooSoonError):
            await pacer.turn("1", is_group=False)
        return clock.now // SECOND

    assert asyncio.run(play()) == 2  # a second, and another one: that is the patience


def test_turns_are_taken_in_the_order_of_asking_and_a_resting_chat_holds_up_nobody():
    """Sixteen calls under way at once: whoever asked first goes first, so nobody loses every turn to later ones."""

    async def play() -> list[str]:
        pacer, _ = paced(per_second=25)
        order: list[str] = []

        async def go(chat: str) -> None:
            await pacer.turn(chat, is_group=False)
            order.append(chat)

        await go("rests")
        await asyncio.gather(go("rests"), *(go(str(number)) for number in range(16)))
        return order

    assert asyncio.run(play()) == ["rests", *(str(number) for number in range(16)), "rests"]


def test_pace_tells_what_rests_and_for_how_long():
    async def play() -> None:
        pacer, clock = paced(per_second=1, group_limit=1)
        assert (pacer.pace().pause, dict(pacer.pace().resting)) == (0, {})
        await pacer.turn("-7", is_group=True)
        assert (pacer.pace().pause, dict(pacer.pace().resting)) == (1, {"-7": 60})
        clock.now += 5 * SECOND
        pacer.answered("-7")
        assert (pacer.pace().pause, dict(pacer.pace().resting)) == (0, {"-7": 60})

    asyncio.run(play())
