"""Worker, limits and Telegram sender together against the strict Bot API server: nothing doubles, nothing vanishes."""

from __future__ import annotations

import asyncio
import random

from sqlalchemy import select

from consortium.chats import chat_at, see_chat
from delivery.limits import Share
from delivery.senders.telegram import TelegramSender
from delivery.worker import Working
from outbox.models import Delivery
from storage.database import Database
from tests.delivery.stage import Clock, count, owe, states, until, working
from tests.telegram_double import TOKEN, AnswerLost, ClosedBefore, Garbled, Limits, ServerError, TelegramDouble, TooMany

FAST = Share(per_second=1000, chat_gap=1, group_limit=1000, group_window=1)


def telegram(tg: TelegramDouble, clock: Clock, share: Share | None = None) -> TelegramSender:
    return TelegramSender(token=TOKEN, api=tg.url, clock=clock, share=share)


def test_strict_limits_are_never_run_into(database):
    """Four calls under way and five of thirty spared: however they are delayed on the way, no window overflows."""
    clock = Clock()
    with TelegramDouble(limits=Limits()) as tg:
        mei = tg.person(1001, "Mei")
        mei.opens("/start")
        group = tg.group(-7, "绩效群")
        mei.adds_bot_to(group)
        for number in range(2000, 2060):
            tg.person(number, f"p{number}").opens("/start")
            owe(database, f"p{number}", address=str(number))
        part = None
        for number in range(3):
            part = owe(database, f"part {number}", kind="bulletin", address="-7", after=part)
            owe(database, f"mei {number}", kind="notice", address="1001")

        async def play():
            async with working(database, telegram(tg, clock), clock=clock):
                await until(lambda: count(database, "sent") == 66, seconds=40)

        asyncio.run(play())
        assert [call.code for call in tg.calls] == [200] * 66
        assert [message.text for message in tg.delivered(-7)] == ["part 0", "part 1", "part 2"]
        assert [message.text for message in tg.delivered(1001)] == ["mei 0", "mei 1", "mei 2"]


def test_group_gets_no_more_than_its_window_and_the_rest_stays_owed(database):
    clock = Clock()
    share = Share(chat_gap=1, group_limit=3, group_window=3_600_000_000_000)
    with TelegramDouble(limits=Limits(group_per_minute=3)) as tg:
        mei, group = tg.person(1001, "Mei"), tg.group(-7, "绩效群")
        mei.opens("/start")
        mei.adds_bot_to(group)
        for number in range(5):
            owe(database, f"m{number}", address="-7")
        owe(database, "mei", address="1001")

        async def play():
            async with working(database, telegram(tg, clock, share), clock=clock):
                await until(lambda: count(database, "sent") == 4)
                await asyncio.sleep(0.1)  # several looks

        asyncio.run(play())
        assert [call.code for call in tg.calls] == [200] * 4
        assert [message.text for message in tg.delivered(-7)] == ["m0", "m1", "m2"]
        assert count(database, "owed") == 2


def test_five_hundred_sends_with_every_fault_of_the_wire(database):
    """A tenth of the calls fail in some way, some chats are blocked, a group upgrades, nobody listens for a while."""
    clock, lots = Clock(), random.Random(7)
    faults = [TooMany(1), *2 * [ServerError(500), ServerError(502), ClosedBefore(), AnswerLost(), Garbled()]]
    with TelegramDouble() as tg:
        mei, group = tg.person(1001, "Mei"), tg.group(-7, "绩效群")
        mei.opens("/start")
        mei.adds_bot_to(group)
        address_of = _five_hundred(database, tg, clock)
        group.upgrades(mei)
        parted = {-7, group.id}
        tg.fails_by(
            lambda method, chat, number: lots.choice(faults) if chat not in parted and lots.random() < 0.1 else None
        )

        async def play():
            sender = telegram(tg, clock, FAST)
            calm = Working(
                poll=0.02, first_quiet=0.2, lease=1e6, in_flight=10
            )  # no lease runs out when the clock jumps
            async with asyncio.timeout(90), working(database, sender, clock=clock, working=calm):
                await until(lambda: count(database, "sent") > 150)
                await asyncio.to_thread(tg.stop)
                await until(lambda: ("owed", "no_connection") in states(database).values())
                await asyncio.to_thread(tg.start)
                while count(database, "owed", "attempting"):
                    clock.jump(400)
                    await asyncio.sleep(0.1)

        asyncio.run(play())
        ended = states(database)
        assert len(ended) == 500
        assert {state for state, _ in ended.values()} == {"sent", "refused", "uncertain"}
        for key, number in address_of.items():
            texts = [message.text for message in tg.delivered(number)]
            state, code = ended[key]
            once = _kind(number) in {"notice", "bulletin"}
            assert texts == [key] * len(texts)
            assert len(texts) <= (1 if once else 3), key  # no doubles where doubles are not allowed
            if state == "sent":
                assert len(texts) >= 1, key  # nothing vanished
            elif state == "refused":
                assert (code, number in {2003, 2104}, texts) == ("blocked", True, []), key
            else:
                assert code in {"no_answer", "answer_unreadable", "server_error"}, key
        assert [message.text for message in tg.delivered(group.id)] == [f"part {number}" for number in range(10)]
    with database.transaction() as session:
        assert chat_at(session, channel="telegram", address=str(group.id)).state == "active"
        assert chat_at(session, channel="telegram", address="2003").state == "blocked"
        assert not session.scalars(
            select(Delivery).where(Delivery.state == "sent", Delivery.message_ref.is_(None))
        ).all()


def _kind(number: int) -> str:
    """Bulletins go one at a time; a few of them are enough."""
    return "bulletin" if number % 20 == 0 else ("invitation", "notice", "reminder")[number % 3]


def _five_hundred(database: Database, tg: TelegramDouble, clock: Clock) -> dict[str, int]:
    """Owe 490 messages to as many persons, two of whom have blocked the bot, and ten parts to the group -7."""
    with database.transaction() as session:
        see_chat(session, channel="telegram", address="-7", kind="group", title="绩效群", now=clock())
        see_chat(session, channel="telegram", address="2003", kind="private", title="x", now=clock())
    numbers = {f"p{number}": number for number in range(2000, 2490)}
    for key, number in numbers.items():
        person = tg.person(number, key)
        person.opens("/start")
        if number in {2003, 2104}:
            person.blocks_bot()
        owe(database, key, kind=_kind(number), address=str(number))
    part = None
    for number in range(10):
        part = owe(database, f"part {number}", kind="bulletin", address="-7", after=part)
    return numbers
