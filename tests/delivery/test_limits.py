"""Never more than the share in any window, whatever comes when; and as much as the share when there is enough to send."""

from __future__ import annotations

import heapq
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.limits import SECOND, Share, account_wait, answered, flooded, new_clocks, resting_chats, start

MILLISECOND = SECOND // 1000


def ask(clocks, share, chat, now):
    return start(clocks, share, chat=chat, is_group=chat.startswith("-"), now=now)


def at_most(times: list[int], count: int, window: int) -> bool:
    """Whether no half-open window of that length holds more than `count` of the times."""
    return all(later - earlier >= window for earlier, later in zip(times, times[count:], strict=False))


def drain(share, queue, *, answer_after=0, stalls=(), late=lambda: 0, in_flight=10_000, begin=0):
    """Send a queue of chats as fast as the clocks allow; returns [(time, chat)]. Chats that rest are passed over."""
    clocks, now, sent, answers = new_clocks(share, begin), begin, [], []
    waiting, stalls = list(queue), list(stalls)
    while waiting:
        while answers and answers[0][0] <= now:
            when, chat = heapq.heappop(answers)
            clocks = answered(clocks, chat=chat, now=when)
        if stalls and now >= stalls[0][0]:
            now += stalls.pop(0)[1]
            continue
        busy = {chat for _, chat in answers}
        next_times = []
        for position, chat in enumerate(waiting):
            if chat in busy or len(answers) >= in_flight:
                continue
            clocks, wait = ask(clocks, share, chat, now)
            if wait == 0:
                sent.append((now, chat))
                heapq.heappush(answers, (now + answer_after, chat))
                del waiting[position]
                next_times = [now]
                break
            if account_wait(clocks, now) > 0:
                next_times.append(now + account_wait(clocks, now))
                break
            next_times.append(now + wait)
        if answers:
            next_times.append(answers[0][0])
        soonest = min(next_times)
        now = soonest if soonest <= now else soonest + late()
    return sent


CHATS = st.lists(st.sampled_from(["1", "2", "3", "4", "5", "-7", "-8"]), min_size=1, max_size=60)
SHARES = st.builds(
    Share,
    per_second=st.integers(1, 30),
    chat_gap=st.integers(1, 3 * SECOND),
    group_limit=st.integers(1, 20),
    group_window=st.integers(1, 60 * SECOND),
)


@settings(deadline=None, max_examples=150)
@given(
    share=SHARES,
    queue=CHATS,
    answer_after=st.integers(0, 2 * SECOND),
    stalls=st.lists(st.tuples(st.integers(0, 60 * SECOND), st.integers(1, 100 * SECOND)), max_size=3).map(sorted),
    begin=st.integers(0, 10**18),
    seed=st.integers(0, 999),
)
def test_share_is_kept_in_every_window_whatever_happens(*, share, queue, answer_after, stalls, begin, seed):
    lateness = random.Random(seed)
    sent = drain(share, queue, answer_after=answer_after, stalls=[(begin + a, b) for a, b in stalls],
                 late=lambda: lateness.choice([0, 0, MILLISECOND, 50 * MILLISECOND]), begin=begin)  # fmt: skip
    assert sorted(chat for _, chat in sent) == sorted(queue)
    assert at_most([when for when, _ in sent], share.per_second, SECOND)
    for chat in set(queue):
        times = [when for when, one in sent if one == chat]
        assert at_most(times, 1, share.chat_gap)
        if chat.startswith("-"):
            assert at_most(times, share.group_limit, share.group_window)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["1", "2", "-7"]), st.integers(0, 2 * SECOND), st.sampled_from(["ask", "ask", "ask", "answer", "flood"])),
                max_size=80))  # fmt: skip
def test_share_is_kept_through_any_sequence_of_events(events):
    share, clocks, now = Share(per_second=3, group_limit=4, group_window=20 * SECOND), None, 5
    clocks, sent, barred = new_clocks(share, now), {"1": [], "2": [], "-7": []}, {"1": 0, "2": 0, "-7": 0}
    for chat, passes, event in events:
        now += passes
        if event == "ask":
            clocks, wait = ask(clocks, share, chat, now)
            if wait == 0:
                assert now >= barred[chat]
                sent[chat].append(now)
            else:
                assert 0 < wait <= 200 * SECOND
                assert (ask(clocks, share, chat, now + wait - 1)[1] > 0) or clocks.rate < share.per_second
        elif event == "answer":
            clocks = answered(clocks, chat=chat, now=now)
        else:
            clocks = flooded(clocks, chat=chat, is_group=chat == "-7", pause=7 * SECOND, now=now)
            barred[chat] = now + 7 * SECOND
    assert at_most(sorted(when for times in sent.values() for when in times), 3, SECOND)
    assert all(at_most(times, 1, SECOND) for times in sent.values())
    assert at_most(sent["-7"], 4, 20 * SECOND)


def test_asking_after_the_named_wait_is_enough():
    share, clocks, now = Share(), new_clocks(Share(), 0), 0
    for _ in range(100):
        clocks, wait = ask(clocks, share, "-7", now)
        if wait:
            assert ask(clocks, share, "-7", now + wait - 1)[1] == 1
            now += wait
            clocks, wait = ask(clocks, share, "-7", now)
        assert wait == 0


def test_broadcast_to_many_chats_reaches_the_share_although_every_sleep_is_late():
    """Timers wake up to a millisecond and a half late, answers take 100 ms, four calls at a time: within 1 % of 25 a second."""
    lateness = random.Random(1)
    sent = drain(Share(), [str(number) for number in range(1, 1001)], answer_after=100 * MILLISECOND, in_flight=4,
                 late=lambda: lateness.randrange(3 * MILLISECOND // 2))  # fmt: skip
    seconds = (sent[-1][0] - sent[0][0]) / SECOND
    assert 999 / 25 <= seconds + 0.04 <= 999 / 25 * 1.01


def test_nothing_is_caught_up_after_a_stall():
    share, clocks, now, starts = Share(), new_clocks(Share(), 0), 100 * SECOND, []
    for number in range(10):
        clocks, wait = ask(clocks, share, str(number), now)
        now += wait
        clocks, _ = ask(clocks, share, str(number), now) if wait else (clocks, 0)
        starts.append(now)
    spaces = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert spaces == [0] + [40 * MILLISECOND] * 8  # one late space is made up, no more


def test_group_of_twenty_five_gets_twenty_in_a_minute_a_second_apart():
    sent = [when / SECOND for when, _ in drain(Share(), ["-7"] * 25)]
    assert sent == [*range(20), 60, 61, 62, 63, 64]


def test_chat_is_spaced_from_the_answer_not_from_the_start():
    sent = drain(Share(), ["1", "1", "1"], answer_after=700 * MILLISECOND)
    assert [when / SECOND for when, _ in sent] == [0, 1.7, 3.4]


def test_chats_do_not_wait_for_each_other():
    sent = drain(Share(), ["-7", "-7", "1", "2"])
    assert [chat for _, chat in sent] == ["-7", "1", "2", "-7"]


def test_flooded_chat_is_left_alone_then_written_to_more_slowly():
    share = Share()
    clocks, _ = ask(new_clocks(share, 0), share, "1", 0)
    clocks = flooded(clocks, chat="1", is_group=False, pause=7 * SECOND, now=SECOND)
    assert resting_chats(clocks, share, SECOND) == {"1": 7 * SECOND}
    assert ask(clocks, share, "2", SECOND)[1] == 0
    clocks, wait = ask(clocks, share, "1", 8 * SECOND)
    assert wait == 0
    assert ask(clocks, share, "1", 9 * SECOND)[1] == SECOND  # two seconds apart now
    clocks, wait = ask(clocks, share, "1", 10 * SECOND)
    assert wait == 0
    clocks, _ = ask(clocks, share, "1", 100 * SECOND)  # a minute later it is as it was
    assert ask(clocks, share, "1", 101 * SECOND)[1] == 0


def test_two_flooded_chats_mean_that_the_account_is_too_fast():
    share = Share()
    clocks = flooded(new_clocks(share, 0), chat="1", is_group=False, pause=9 * SECOND, now=0)
    assert account_wait(clocks, 0) == 0
    again = flooded(clocks, chat="1", is_group=False, pause=9 * SECOND, now=SECOND)
    assert account_wait(again, SECOND) == 0
    both = flooded(clocks, chat="2", is_group=False, pause=9 * SECOND, now=2 * SECOND)
    assert account_wait(both, 2 * SECOND) == 9 * SECOND
    assert ask(both, share, "3", 3 * SECOND)[1] == 8 * SECOND
    much_later = flooded(clocks, chat="2", is_group=False, pause=9 * SECOND, now=6 * SECOND)
    assert account_wait(much_later, 6 * SECOND) == 0


def test_rate_falls_by_a_quarter_once_for_a_bunch_and_comes_back_in_quiet_time():
    share = Share()
    clocks = new_clocks(share, 0)
    for number in range(4):
        clocks = flooded(clocks, chat=str(number), is_group=False, pause=SECOND, now=number * MILLISECOND)
    assert clocks.rate == 18
    clocks = flooded(clocks, chat="9", is_group=False, pause=SECOND, now=5 * SECOND)
    assert clocks.rate == 13
    rates = [ask(clocks, share, f"x{second}", second * SECOND)[0].rate for second in (14, 15, 25, 125, 9999)]
    assert rates == [13, 14, 15, 25, 25]


def test_rate_never_falls_below_one_a_second():
    clocks = new_clocks(Share(per_second=2), 0)
    for number in range(9):
        clocks = flooded(clocks, chat="1", is_group=False, pause=1, now=number * 2 * SECOND)
    assert clocks.rate == 1


def test_pause_is_never_shortened_by_a_later_one():
    share = Share()
    clocks = flooded(new_clocks(share, 0), chat="1", is_group=False, pause=60 * SECOND, now=0)
    clocks = flooded(clocks, chat="1", is_group=False, pause=SECOND, now=1)
    assert resting_chats(clocks, share, 1)["1"] == 60 * SECOND - 1


def test_memory_holds_only_what_still_counts():
    share, clocks = Share(), new_clocks(Share(), 0)
    for number in range(500):
        clocks, _ = ask(clocks, share, str(number), number * 80 * MILLISECOND)
        clocks, _ = ask(clocks, share, "-7", number * 80 * MILLISECOND + 40 * MILLISECOND)
    assert len(clocks.chats) <= 27
    assert len(clocks.starts) <= 25
    assert len(clocks.chats["-7"].times) <= 20
    clocks = answered(clocks, chat="long forgotten", now=99 * SECOND)
    clocks, _ = ask(clocks, share, "1", 200 * SECOND)
    assert set(clocks.chats) == {"1"}


@pytest.mark.parametrize("wrong", [{"per_second": 0}, {"chat_gap": 0}, {"group_limit": -1}, {"group_window": 0}])
def test_share_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        Share(**wrong)
