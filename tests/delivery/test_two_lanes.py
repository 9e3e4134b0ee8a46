"""Replies first: what somebody waits for goes at once, and a broadcast makes room for it, within the platform's limits."""

from __future__ import annotations

import asyncio

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.limits import SECOND, Share, new_clocks, noted, start
from delivery.senders.telegram import TelegramSender
from tests.delivery.stage import Clock, count, owe, until, working
from tests.telegram_double import TOKEN, Limits, TelegramDouble

BROADCAST, REPLIES = 45, 20


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 300), max_size=80))
def test_broadcast_and_replies_together_keep_the_share(gaps):
    """Replies at any moments; a broadcast that starts whenever it may. In no second are more broadcast messages than the
    share leaves after the replies of that second.
    """
    share, now = Share(per_second=25), 0
    clocks = new_clocks(share, now)
    replies = [sum(gaps[: place + 1]) * SECOND // 1000 for place in range(len(gaps))]
    started: list[int] = []
    pending = list(replies)
    for number in range(120):
        while True:
            while pending and pending[0] <= now:
                clocks = noted(clocks, share, chat="reply", is_group=False, now=pending.pop(0))
            clocks, wait = start(clocks, share, chat=str(number), is_group=False, now=now)
            if not wait:
                started.append(now)
                break
            now = min([now + wait, *pending[:1]])
    for at in started:
        before = [one for one in started if at - SECOND < one <= at]
        others = [one for one in replies if at - SECOND < one <= at]
        assert len(before) == 1 or len(before) + len(others) <= 25


def test_chat_that_got_a_reply_waits_its_second():
    share = Share()
    clocks = noted(new_clocks(share, 0), share, chat="1001", is_group=False, now=0)
    assert start(clocks, share, chat="1001", is_group=False, now=SECOND // 2)[1] == SECOND // 2
    assert start(clocks, share, chat="1002", is_group=False, now=SECOND // 2)[1] == 0


def test_replies_overtake_a_broadcast_and_nothing_is_refused(database):
    """Two and a half seconds, as the platform counts in real ones: 65 messages at 25 a second."""
    clock = Clock()
    with TelegramDouble(limits=Limits()) as tg:
        for number in range(2000, 2000 + BROADCAST):
            tg.person(number, f"p{number}").opens("/start")
            owe(database, f"p{number}", address=str(number))
        for number in range(1000, 1000 + REPLIES):
            tg.person(number, f"r{number}").opens("/start")
        sender = TelegramSender(token=TOKEN, api=tg.url, clock=clock)
        left: list[int] = []

        async def answer_all() -> None:
            async with httpx.AsyncClient(trust_env=False) as client:
                for number in range(1000, 1000 + REPLIES):
                    sender.noted(str(number))
                    said = {"chat_id": number, "text": "答复"}
                    await client.post(f"{tg.url}/bot{TOKEN}/sendMessage", json=said)
                    left.append(BROADCAST - count(database, "sent"))
                    await asyncio.sleep(0.08)

        async def play() -> None:
            async with working(database, sender, clock=clock):
                await until(lambda: count(database, "sent") > 0)
                await asyncio.gather(answer_all(), until(lambda: count(database, "sent") == BROADCAST))

        asyncio.run(play())
        assert [call.code for call in tg.calls] == [200] * (BROADCAST + REPLIES)
        assert left[0] > BROADCAST - 10  # the first reply did not wait behind those that were owed before it
        assert all(len(tg.delivered(number)) == 1 for number in range(1000, 1000 + REPLIES))
