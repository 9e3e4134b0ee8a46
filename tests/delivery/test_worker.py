"""The worker delivers each message once, keeps parts in order, and loses nothing when stopped, killed or starved."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from consortium.chats import chat_at, see_chat
from delivery import handover
from delivery.outgoing import Moved
from delivery.worker import Working, run
from outbox.deliveries import resolve_uncertain
from outbox.message import Button, Message, decode_action
from outbox.models import Delivery
from outbox.outcomes import NotSent, Refused, RetryAt, Uncertain
from tests.delivery.stage import QUICK, SECRET, Clock, FakeChannel, count, no_pictures, owe, states, until, working

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[2]


def test_everything_owed_arrives_once_a_few_calls_at_a_time(database):
    clock = Clock()
    channel = FakeChannel(clock, lambda outgoing, number: None)
    for number in range(40):
        owe(database, f"m{number}")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 40)

    asyncio.run(play())
    assert sorted(channel.arrived) == sorted((f"to m{number}", f"m{number}") for number in range(40))
    assert (channel.most_under_way <= 4, channel.broken_rules, channel.closed) == (True, [], True)


def test_poke_wakes_the_worker_that_would_look_much_later(database):
    clock, poke = Clock(), asyncio.Event()
    channel = FakeChannel(clock)

    async def play():
        async with working(database, channel, clock=clock, poke=poke, working=Working(poll=3600)):
            await asyncio.sleep(0.05)
            await database.run(lambda session: None)
            owe(database, "a")
            poke.set()
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert channel.arrived == [("to a", "a")]


def test_without_a_poke_the_worker_looks_by_itself(database):
    clock = Clock()
    channel = FakeChannel(clock)

    async def play():
        async with working(database, channel, clock=clock):
            owe(database, "a")
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert channel.arrived == [("to a", "a")]


def test_parts_of_a_bulletin_arrive_in_order_one_bulletin_at_a_time(database):
    clock = Clock()
    channel = FakeChannel(clock)
    for group in ("-1", "-2", "-3"):
        part = None
        for number in range(1, 4):
            part = owe(database, f"{group}/{number}", kind="bulletin", address=group, after=part)

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 9)

    asyncio.run(play())
    for group in ("-1", "-2", "-3"):
        assert [text for address, text in channel.arrived if address == group] == [
            f"{group}/{part}" for part in (1, 2, 3)
        ]
    assert (channel.most_bulletins, channel.broken_rules) == (1, [])


def test_part_that_fails_stops_its_own_chat_only(database):
    """Part 2 of 3 is in doubt in one group and refused in another; the third group is not affected."""
    clock = Clock()
    ends = {"-1/2": Uncertain("no_answer"), "-2/2": Refused("blocked")}
    channel = FakeChannel(clock, lambda outgoing, number: ends.get(outgoing.text))
    parts = {}
    for group in ("-1", "-2", "-3"):
        part = None
        for number in range(1, 4):
            part = parts[f"{group}/{number}"] = owe(
                database, f"{group}/{number}", kind="bulletin", address=group, after=part
            )

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 5)
            assert states(database)["-1/2"] == ("uncertain", "no_answer")
            ends.clear()
            with database.transaction() as session:
                resolve_uncertain(
                    session, delivery_id=parts["-1/2"], actor="person:chen", decision="send_again", now=clock()
                )
            await until(lambda: count(database, "sent") == 7)

    asyncio.run(play())
    assert states(database) == {
        "-1/1": ("sent", None), "-1/2": ("sent", None), "-1/3": ("sent", None),
        "-2/1": ("sent", None), "-2/2": ("refused", "blocked"), "-2/3": ("refused", "predecessor_refused"),
        "-3/1": ("sent", None), "-3/2": ("sent", None), "-3/3": ("sent", None),
    }  # fmt: skip
    assert [text for address, text in channel.arrived if address == "-1"] == ["-1/1", "-1/2", "-1/3"]


def test_second_message_to_a_chat_waits_for_the_first(database):
    clock = Clock()
    may_end = asyncio.Event()

    async def slow(outgoing):
        await may_end.wait()
        return channel.arrives(outgoing)

    channel = FakeChannel(clock, lambda outgoing, number: slow(outgoing))
    for key, address in (("first", "77"), ("second", "77"), ("other", "78")):
        owe(database, key, address=address)

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: channel.under_way.total() == 2)
            await asyncio.sleep(0.1)  # several looks
            assert [one.text for one in channel.calls] == ["first", "other"]
            may_end.set()
            await until(lambda: count(database, "sent") == 3)

    asyncio.run(play())
    assert channel.broken_rules == []


def test_buttons_are_signed_for_the_chat_they_go_to_when_they_go(database):
    clock = Clock()
    channel = FakeChannel(clock)
    rows = ((Button("发布", ("o", "rel", "17", "abc")), Button("网页", url="https://pingjia.example")),)
    owe(database, "a", address="77", kind="notice", message=Message("请发布", rows))

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    [[release, page]] = channel.calls[0].buttons
    assert decode_action(SECRET, "77", release.data) == ("o", "rel", "17", "abc")
    assert (release.url, page.data, page.url) == (None, None, "https://pingjia.example")


def test_picture_is_drawn_by_its_key_when_it_is_sent(database):
    clock = Clock()
    channel = FakeChannel(clock)
    asked = []

    async def picture(key: str) -> bytes:
        asked.append(key)
        return b"png of " + key.encode()

    owe(database, "a", message=Message("简报", picture="bulletin:17:zh", alt="排名图"))
    owe(database, "b", message=Message("no picture"))

    async def play():
        async with working(database, channel, clock=clock, picture=picture):
            await until(lambda: count(database, "sent") == 2)

    asyncio.run(play())
    assert asked == ["bulletin:17:zh"]
    assert {(one.text, one.picture, one.alt) for one in channel.calls} == {
        ("简报", b"png of bulletin:17:zh", "排名图"),
        ("no picture", None, ""),
    }


def test_picture_that_cannot_be_drawn_leaves_the_message_owed(database, monkeypatch):
    monkeypatch.setattr(handover, "PICTURE_LIMIT", 0.05)
    clock = Clock()
    channel = FakeChannel(clock)

    async def picture(key: str) -> bytes:
        if key == "slow":
            await asyncio.sleep(60)
        raise RuntimeError(key)

    owe(database, "slow", message=Message("a", picture="slow"))
    owe(database, "broken", message=Message("b", picture="broken"))

    async def play():
        async with working(database, channel, clock=clock, picture=picture):
            await until(lambda: {code for _, code in states(database).values()} == {"picture_failed"})

    asyncio.run(play())
    assert {state for state, _ in states(database).values()} == {"owed"}
    assert channel.calls == []


def test_refusals_of_a_chat_are_noted_with_the_chat(database):
    clock = Clock()
    ends = {"77": Refused("blocked"), "78": Refused("gone"), "79": Refused("bad_request"), "-5": Moved("-1005")}
    channel = FakeChannel(clock, lambda outgoing, number: ends.get(outgoing.address))
    with database.transaction() as session:
        for address in ends:
            kind = "group" if address.startswith("-") else "private"
            see_chat(session, channel="telegram", address=address, kind=kind, title=address, now=clock())
    for address in ends:
        owe(database, address, address=address)
    owe(database, "later", address="-5", kind="reminder")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "owed", "attempting") == 0)

    asyncio.run(play())
    with database.transaction() as session:
        chats = {
            address: chat_at(session, channel="telegram", address=address).state
            for address in ("77", "78", "79", "-1005")
        }
    assert chats == {"77": "blocked", "78": "gone", "79": "active", "-1005": "active"}
    assert sorted(channel.arrived) == [("-1005", "-5"), ("-1005", "later")]
    assert channel.broken_rules == []


def test_chat_that_moved_gets_buttons_signed_for_its_new_address(database):
    clock = Clock()
    channel = FakeChannel(clock, lambda outgoing, number: Moved("-1005") if outgoing.address == "-5" else None)
    owe(database, "a", address="-5", message=Message("a", ((Button("x", ("m",)),),)))

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert decode_action(SECRET, "-1005", channel.calls[-1].buttons[0][0].data) == ("m",)


def test_flood_answer_is_waited_out(database):
    clock = Clock()
    channel = FakeChannel(
        clock, lambda outgoing, number: RetryAt(clock() + timedelta(seconds=37), "flood") if number == 1 else None
    )
    owe(database, "a", kind="bulletin")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: states(database)["a"] == ("owed", "flood"))
            clock.jump(30)
            await asyncio.sleep(0.1)  # several looks
            assert len(channel.calls) == 1
            clock.jump(8)
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert channel.arrived == [("to a", "a")]


def test_addresses_that_rest_are_passed_over(database):
    clock = Clock()
    channel = FakeChannel(clock)
    channel.resting = {"-5": 0.05}
    for number in range(20):
        owe(database, f"g{number}", address="-5")
    owe(database, "mei")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 1)
            assert channel.arrived == [("to mei", "mei")]
            channel.resting = {}
            await until(lambda: count(database, "sent") == 21)

    asyncio.run(play())
    assert [text for address, text in channel.arrived if address == "-5"] == [f"g{number}" for number in range(20)]
    assert channel.broken_rules == []


def test_channel_that_pauses_is_not_claimed_for(database):
    clock = Clock()
    channel = FakeChannel(clock)
    channel.pause = 30.0
    owe(database, "a")

    async def play():
        async with working(database, channel, clock=clock):
            await asyncio.sleep(0.1)
            assert states(database)["a"] == ("owed", None)
            channel.pause = 0.0
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert len(channel.calls) == 1


def test_channel_without_a_way_out_is_tried_by_one_call_at_a_time(database):
    """A thousand owed messages do not become a thousand attempts while nobody listens."""
    clock = Clock()
    is_down = True
    channel = FakeChannel(clock, lambda outgoing, number: NotSent("no_connection") if is_down else None)
    for number in range(100):
        owe(database, f"m{number}")

    async def play():
        nonlocal is_down
        async with working(database, channel, clock=clock, working=Working(poll=0.02, first_quiet=1.0, in_flight=10)):
            await until(lambda: count(database, "attempting") == 0 and len(channel.calls) >= 10)
            assert len(channel.calls) <= 13  # those that were under way together, and no more
            known = len(channel.calls)
            await until(lambda: len(channel.calls) == known + 1)  # one tries the way
            await asyncio.sleep(0.5)
            assert len(channel.calls) == known + 1  # and the next wait is longer
            is_down = False
            await until(lambda: count(database, "sent") >= 80)  # the few that failed wait for their own time
            clock.jump(10)
            await until(lambda: count(database, "sent") == 100)

    asyncio.run(play())
    assert sorted(channel.arrived) == sorted((f"to m{number}", f"m{number}") for number in range(100))


def test_sender_that_raises_or_hangs_leaves_a_doubt_and_harms_no_other(database):
    clock = Clock()

    async def hangs():
        await asyncio.sleep(3600)

    ends = {"raises": RuntimeError("secret text"), "hangs": hangs}
    channel = FakeChannel(
        clock, lambda outgoing, number: ends[outgoing.text]() if outgoing.text == "hangs" else ends.get(outgoing.text)
    )
    channel.longest_call = 0.2
    for key in ("raises", "hangs", "fine"):
        owe(database, key, kind="notice")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "attempting", "owed") == 0)

    with structlog.testing.capture_logs() as lines:
        asyncio.run(play())
    assert states(database) == {
        "raises": ("uncertain", "sender_fault"),
        "hangs": ("uncertain", "too_slow"),
        "fine": ("sent", None),
    }
    assert "secret" not in str(lines)


def test_stop_lets_calls_under_way_finish(database):
    clock = Clock()
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(outgoing):
        begun.set()
        await may_end.wait()
        return channel.arrives(outgoing)

    channel = FakeChannel(clock, lambda outgoing, number: slow(outgoing))
    owe(database, "a", kind="bulletin")
    owe(database, "b", kind="bulletin")

    async def play():
        worker = asyncio.create_task(
            run(database, [channel], clock, secret=SECRET, picture=no_pictures, poke=asyncio.Event(), working=QUICK)
        )
        await begun.wait()
        worker.cancel()
        await asyncio.sleep(0.05)
        assert not worker.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await worker

    asyncio.run(play())
    assert states(database) == {"a": ("sent", None), "b": ("owed", None)}
    assert (channel.arrived, channel.closed) == ([("to a", "a")], True)


def test_call_that_does_not_finish_in_time_is_put_in_doubt_at_the_stop(database):
    clock = Clock()

    async def hangs():
        await asyncio.sleep(3600)

    channel = FakeChannel(clock, lambda outgoing, number: hangs())
    owe(database, "bulletin", kind="bulletin")
    owe(database, "invitation")

    async def play():
        quick = Working(poll=0.02, stop_within=0.1)
        async with working(database, channel, clock=clock, working=quick):
            await until(lambda: channel.under_way.total() == 2)

    asyncio.run(play())
    assert states(database) == {"bulletin": ("uncertain", "stopped"), "invitation": ("owed", "stopped")}


def test_stop_while_drawing_a_picture_leaves_the_message_owed_not_doubted(database):
    clock = Clock()
    drawing = asyncio.Event()

    async def picture(key: str) -> bytes:
        drawing.set()
        await asyncio.sleep(3600)
        return b""

    channel = FakeChannel(clock)
    owe(database, "bulletin", kind="bulletin", message=Message("a", picture="k"))

    async def play():
        async with working(
            database, channel, clock=clock, picture=picture, working=Working(poll=0.02, stop_within=0.1)
        ):
            await drawing.wait()

    asyncio.run(play())
    assert states(database) == {"bulletin": ("owed", "stopped")}
    assert channel.calls == []


def test_stop_at_any_moment_leaves_no_attempt_behind(database):
    """Cancelled in the middle of claiming, sending or settling: nothing stays `attempting`, nothing doubles."""
    clock, lots = Clock(), random.Random(3)
    channel_calls: list[tuple[str, str]] = []
    for number in range(30):
        owe(database, f"m{number}", kind="bulletin" if number % 5 == 0 else "invitation")

    async def play():
        while count(database, "sent") < 30:
            channel = FakeChannel(clock)
            async with working(database, channel, clock=clock):
                await asyncio.sleep(lots.choice([0, 0.001, 0.003, 0.01, 0.02]))
            assert count(database, "attempting", "uncertain") == 0
            assert channel.broken_rules == []
            channel_calls.extend(channel.arrived)

    asyncio.run(play())
    assert len(channel_calls) == len(set(channel_calls)) == 30


def test_killed_worker_leaves_doubts_and_the_next_one_finishes(database, database_url):
    """SIGKILL with four calls under way: the bulletin and the notice wait for a person, the others are repeated."""
    for key in ("bulletin", "notice", "invitation", "reminder"):
        owe(database, key, kind=key)
    owe(database, "next bulletin", kind="bulletin")
    command = [sys.executable, "-m", "tests.delivery.doomed_worker", database_url, "4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as doomed:
        arrived = list(iter(lambda: doomed.stdout.readline().strip(), "."))
        doomed.kill()
    assert arrived == ["bulletin", "invitation", "notice", "reminder"]
    assert count(database, "attempting") == 4
    clock = Clock()
    channel = FakeChannel(clock)

    async def takes_over():
        async with working(database, channel, clock=clock):
            await asyncio.sleep(0.1)  # several looks: the leases still run, and with them the one place for bulletins
            assert channel.calls == []
            clock.jump(61)
            await until(lambda: count(database, "attempting") == 0)
            clock.jump(5)
            await until(lambda: count(database, "sent") == 3)

    asyncio.run(takes_over())
    assert states(database) == {
        "bulletin": ("uncertain", "interrupted"), "notice": ("uncertain", "interrupted"),
        "invitation": ("sent", None), "reminder": ("sent", None), "next bulletin": ("sent", None),
    }  # fmt: skip
    assert sorted(text for _, text in channel.arrived) == ["invitation", "next bulletin", "reminder"]


def test_worker_that_slept_through_its_lease_does_not_double(database):
    """SIGSTOP in the middle: the row is in doubt by then; what the sleeper still learns counts, a new call is not made."""
    clock = Clock()
    asleep, wakes = asyncio.Event(), asyncio.Event()

    async def sleeps(outgoing):
        asleep.set()
        await wakes.wait()
        return sleeper.arrives(outgoing)

    sleeper = FakeChannel(clock, lambda outgoing, number: sleeps(outgoing))
    owe(database, "bulletin", kind="bulletin")

    async def play():
        async with working(database, sleeper, clock=clock, working=Working(poll=0.02, recover_every=3600)):
            await asleep.wait()
            clock.jump(90)
            other = FakeChannel(clock)
            async with working(database, other, clock=clock):
                await until(lambda: count(database, "uncertain") == 1)
            wakes.set()
            await until(lambda: count(database, "sent") == 1)
            return other.calls

    assert asyncio.run(play()) == []
    assert sleeper.arrived == [("to bulletin", "bulletin")]


def test_call_whose_lease_is_nearly_over_gets_a_time_it_must_not_start_after(database):
    clock = Clock()
    channel = FakeChannel(clock)
    owe(database, "a")

    async def play():
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 1)

    before = clock()
    asyncio.run(play())
    room = channel.calls[0].start_by - before
    assert timedelta(seconds=39) < room <= timedelta(seconds=45)  # the lease of 60 without the longest call of 20


def test_database_that_is_away_is_waited_for(database, monkeypatch):
    clock = Clock()
    channel = FakeChannel(clock)
    owe(database, "a")
    honest, failures = database.run, []

    async def moody(work):
        if len(failures) < 6:
            failures.append(1)
            raise OperationalError("select secret", {}, Exception("gone"))
        return await honest(work)

    async def play():
        monkeypatch.setattr(database, "run", moody)
        async with working(database, channel, clock=clock):
            await until(lambda: len(failures) == 6 and count(database, "sent") == 1)

    with structlog.testing.capture_logs() as lines:
        asyncio.run(play())
    assert channel.arrived == [("to a", "a")]
    assert "secret" not in str(lines)


def test_end_that_cannot_be_written_at_first_is_written_later_without_another_call(database, monkeypatch):
    clock = Clock()
    failures = []
    honest = database.run

    async def moody(work):
        if channel.calls and len(failures) < 3:
            failures.append(1)
            raise OperationalError("update", {}, Exception("gone"))
        return await honest(work)

    channel = FakeChannel(clock)
    owe(database, "a", kind="bulletin")

    async def play():
        monkeypatch.setattr(database, "run", moody)
        async with working(database, channel, clock=clock):
            await until(lambda: count(database, "sent") == 1)

    asyncio.run(play())
    assert (len(channel.calls), channel.arrived) == (1, [("to a", "a")])


def test_defect_in_the_worker_itself_is_not_swallowed(database):
    clock = Clock()
    owe(database, "a")

    def broken_clock():
        raise ZeroDivisionError

    async def play():
        await run(
            database,
            [FakeChannel(clock)],
            broken_clock,
            secret=SECRET,
            picture=no_pictures,
            poke=asyncio.Event(),
            working=QUICK,
        )

    with pytest.raises(ZeroDivisionError):
        asyncio.run(play())


def test_lease_shorter_than_a_call_is_refused(database):
    clock = Clock()
    channel = FakeChannel(clock)

    async def play():
        await run(
            database,
            [channel],
            clock,
            secret=SECRET,
            picture=no_pictures,
            poke=asyncio.Event(),
            working=Working(lease=39.0),
        )

    with pytest.raises(ValueError, match="lease"):
        asyncio.run(play())


def test_five_hundred_messages_with_a_tenth_of_faults_neither_double_nor_vanish(database):
    """Every way of failing at random; the stage knows what truly arrived, the outbox must know it too or say it doubts."""
    clock, lots = Clock(), random.Random(20)
    really: dict[str, int] = {}
    repeatable = {f"m{number}": number % 3 > 0 for number in range(500)}

    def fate(outgoing, number):
        if lots.random() > 0.10:
            really[outgoing.text] = really.get(outgoing.text, 0) + 1
            return None
        fault = lots.choice(["down", "flood", "lost", "lost_before", "blocked", "moved", "raises", "server"])
        if fault in {"lost", "raises"}:
            really[outgoing.text] = really.get(outgoing.text, 0) + 1
        return {
            "down": NotSent("no_connection"), "flood": RetryAt(clock() + timedelta(seconds=3), "flood"),
            "lost": Uncertain("no_answer"), "lost_before": Uncertain("no_answer"), "server": Uncertain("server_error"),
            "blocked": Refused("blocked"), "moved": Moved(outgoing.address + "+"), "raises": RuntimeError("x"),
        }[fault]  # fmt: skip

    channel = FakeChannel(clock, fate)
    for key, may_repeat in repeatable.items():
        owe(database, key, kind="invitation" if may_repeat else "notice")

    async def play():
        async with working(database, channel, clock=clock, working=Working(poll=0.02, lease=1e6, in_flight=10)):
            while count(database, "owed", "attempting"):
                clock.jump(400)
                await asyncio.sleep(0.05)

    asyncio.run(play())
    assert channel.broken_rules == []
    ended = {key: state for key, (state, _) in states(database).items()}
    assert set(ended.values()) == {"sent", "refused", "uncertain"}
    for key, may_repeat in repeatable.items():
        times = really.get(key, 0)
        assert times <= (3 if may_repeat else 1), key
        assert times >= (ended[key] == "sent"), key  # nothing vanished in silence
        if times and ended[key] == "refused":
            assert may_repeat, key  # arrived in a doubtful attempt, refused in the next
    with database.transaction() as session:
        rows = session.execute(select(Delivery.state, Delivery.settled_at, Delivery.message_ref, Delivery.code)).all()
    assert all((row.state == "sent") == (row.message_ref is not None) for row in rows)
    assert all(row.code for row in rows if row.state != "sent")
