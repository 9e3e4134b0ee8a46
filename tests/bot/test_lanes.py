"""Work of one key in its order, work of different keys side by side, nothing left behind."""

from __future__ import annotations

import asyncio

import pytest

from bot.lanes import Lanes


def test_one_key_in_order_and_keys_side_by_side():
    async def play():
        lanes, done = Lanes(), []
        gate = asyncio.Event()

        async def work(key, number, waits):
            async with lanes.turn(key):
                if waits:
                    await gate.wait()
                done.append((key, number))

        tasks = [asyncio.create_task(work("a", 1, waits=True))]
        tasks += [asyncio.create_task(work("a", number, waits=False)) for number in range(2, 9)]
        tasks += [asyncio.create_task(work("b", 1, waits=False))]
        await asyncio.wait({tasks[-1]})
        assert done == [("b", 1)]
        gate.set()
        await asyncio.gather(*tasks)
        assert done == [("b", 1), *(("a", number) for number in range(1, 9))]
        assert len(lanes) == 0

    asyncio.run(play())


def test_failure_and_cancellation_free_the_lane():
    async def play():
        lanes = Lanes()
        with pytest.raises(ValueError, match="broken"):
            async with lanes.turn("a"):
                raise ValueError("broken")
        async with lanes.turn("a"):
            waiting = asyncio.create_task(lanes.turn("a").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert len(lanes) == 0

    asyncio.run(play())
