"""A reminder that is late waits for the morning; everything else goes out in the night as ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from outbox.outcomes import RetryAt
from surveys.fielding.quiet import resting_keys
from tests.cast import found_consortium
from tests.delivery.stage import Clock, FakeChannel, count, owe, until, working

HOUR = 3600.0
EVENING = 8.9 * HOUR  # from noon in Shanghai to six minutes before nine


def test_a_reminder_that_was_put_off_into_the_night_arrives_in_the_morning(database):
    _founded(database)
    clock = Clock()
    clock.jump(EVENING)
    channel = FakeChannel(clock, lambda outgoing, number: RetryAt(clock() + timedelta(minutes=10), "flood")
                          if number == 1 else None)  # fmt: skip

    async def play():
        owe(database, "resume:r1:1", kind="reminder")
        async with working(database, channel, clock=clock, withheld=lambda session: resting_keys(session, now=clock())):
            await until(lambda: len(channel.calls) == 1 and count(database, "owed") == 1)
            clock.jump(HOUR)
            owe(database, "remind:2026-10:jia", kind="reminder")
            owe(database, "tonight", kind="notice")
            await until(lambda: count(database, "sent") == 2)
            clock.jump(8 * HOUR)  # six in the morning
            owe(database, "dawn", kind="notice")
            await until(lambda: count(database, "sent") == 3)
            clock.jump(2.2 * HOUR)
            await until(lambda: count(database, "sent") == 4)

    asyncio.run(play())
    assert [words for _, words in channel.arrived] == ["tonight", "remind:2026-10:jia", "dawn", "resume:r1:1"]


def test_a_worker_that_comes_up_at_night_leaves_yesterdays_reminders_until_the_morning(database):
    _founded(database)
    clock = Clock()
    for number in range(20):
        owe(database, f"resume:r{number}:1", kind="reminder")
    clock.jump(11 * HOUR)
    channel = FakeChannel(clock)

    async def play():
        async with working(database, channel, clock=clock, withheld=lambda session: resting_keys(session, now=clock())):
            for hour in range(1, 10):  # from eleven in the evening to seven in the morning
                owe(database, f"hour {hour}", kind="notice")
                await until(lambda: len(channel.arrived) == hour)  # noqa: B023 - waited for within the turn
                clock.jump(HOUR)
            assert [words for _, words in channel.arrived] == [f"hour {hour}" for hour in range(1, 10)]
            await until(lambda: count(database, "sent") == 29)

    asyncio.run(play())
    assert len(channel.arrived) == 29


def _founded(database):
    with database.transaction() as session:
        found_consortium(session)
