"""The life of an attempt: who may begin it, what its end does, and what is left when nobody comes back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from outbox.deliveries import claim, recover_interrupted, settle
from outbox.models import Delivery
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from tests.outbox.cast import LEASE, NOON, at, audited, owe, row, state, take


def end(session, delivery: int, outcome, *, attempt: int = 1, seconds: float = 1) -> bool:
    return settle(session, delivery_id=delivery, attempt=attempt, outcome=outcome, now=at(seconds))


def test_claim_writes_the_attempt_down_before_anything_is_sent(session):
    delivery = owe(session, "a", address="77")
    [one] = take(session, seconds=5)
    assert (one.id, one.attempt, one.channel, one.address, one.kind) == (delivery, 1, "telegram", "77", "invitation")
    assert one.message.text == "text of a"
    stored = row(session, delivery)
    assert (stored.state, stored.attempts, stored.lease_until) == ("attempting", 1, at(5) + LEASE)
    assert take(session, seconds=6) == []


def test_claim_serves_notices_then_bulletins_then_the_many(session):
    order = [owe(session, kind, kind=kind) for kind in ("reminder", "invitation", "bulletin", "notice")]
    assert [one.id for one in take(session, limit=3)] == [order[3], order[2], order[1]]
    assert [one.id for one in take(session)] == [order[0]]


def test_claim_takes_the_oldest_first_and_no_more_than_asked(session):
    deliveries = [owe(session, str(number)) for number in range(7)]
    assert [one.id for one in take(session, limit=3)] == deliveries[:3]
    assert [one.id for one in take(session, limit=10)] == deliveries[3:]
    assert take(session, limit=0) == []


def test_claim_knows_its_channel(session):
    owe(session, "a", channel="feishu")
    assert take(session) == []
    assert [one.channel for one in take(session, channel="feishu")] == ["feishu"]


def test_claim_takes_one_for_an_address_and_none_for_those_to_avoid(session):
    first, _, notice = (
        owe(session, "1", address="77"),
        owe(session, "2", address="77"),
        owe(session, "3", address="78", kind="notice"),
    )
    owe(session, "4", address="78")
    owe(session, "5", address="79")
    assert [one.id for one in take(session, avoid=("79", "80"))] == [notice, first]


def test_many_messages_to_one_address_do_not_hide_the_others(session):
    crowd = [owe(session, f"crowd {number}", address="-5") for number in range(20)]
    other = owe(session, "other", address="77")
    assert [one.id for one in take(session, limit=2)] == crowd[:1]
    assert [one.id for one in take(session, limit=2, avoid=("-5",))] == [other]


def test_what_is_withheld_stays_owed_and_hides_nothing_else(session):
    resting = [owe(session, f"resume:{number}", kind="reminder") for number in range(9)]
    raters = owe(session, "remind:2026-10", kind="reminder")
    assert [one.id for one in take(session, limit=2, withheld="resume:")] == [raters]
    assert take(session, withheld="resume:") == []
    assert [state(session, one) for one in resting] == [("owed", None)] * 9
    assert [one.id for one in take(session)] == resting


def test_what_was_called_off_under_way_takes_only_the_news_that_it_arrived(session):
    first, second = owe(session, "1", kind="reminder"), owe(session, "2", kind="reminder")
    take(session)
    session.execute(update(Delivery).values(state="refused", code="opted_out", settled_at=at(1), lease_until=None))
    assert not end(session, first, RetryAt(at(9), "flood"), seconds=2)
    assert state(session, first) == ("refused", "opted_out")
    assert end(session, second, Sent("8"), seconds=2)
    assert (state(session, second), row(session, second).message_ref) == (("sent", None), "8")
    assert take(session, seconds=3600) == []


def test_bulletins_are_under_way_one_at_a_time(session):
    first, second, invitation = (
        owe(session, "甲", kind="bulletin"),
        owe(session, "乙", kind="bulletin"),
        owe(session, "Mei"),
    )
    assert [one.id for one in take(session)] == [first, invitation]
    assert take(session) == []
    end(session, first, Uncertain("no_answer"))
    assert [one.id for one in take(session)] == [second]


def test_parts_wait_until_the_one_before_is_sent(session):
    first = owe(session, "part 1", kind="bulletin")
    second = owe(session, "part 2", kind="bulletin", after=first)
    third = owe(session, "part 3", kind="bulletin", after=second)
    sequence = []
    for seconds in range(3):
        [one] = take(session, seconds=seconds)
        sequence.append(one.id)
        end(session, one.id, Sent(str(one.id)))
    assert sequence == [first, second, third]


@pytest.mark.parametrize("outcome", [Uncertain("no_answer"), NotSent("no_connection"), RetryAt(at(900), "flood")])
def test_parts_wait_while_the_one_before_is_not_settled(session, outcome):
    first = owe(session, "part 1", kind="bulletin", address="77")
    owe(session, "part 2", kind="bulletin", address="78", after=first)
    take(session)
    assert [one.id for one in take(session)] == []
    end(session, first, outcome)
    assert take(session, seconds=2) == []


def test_refusal_takes_all_later_parts_along_and_no_other(session):
    first = owe(session, "1/1", kind="bulletin")
    second = owe(session, "1/2", kind="bulletin", after=first)
    third = owe(session, "1/3", kind="bulletin", after=second)
    other = owe(session, "2/1", kind="bulletin")
    take(session)
    end(session, first, Refused("blocked"), seconds=8)
    assert state(session, first) == ("refused", "blocked")
    for part in (second, third):
        assert (state(session, part), row(session, part).settled_at) == (("refused", "predecessor_refused"), at(8))
    assert state(session, other) == ("owed", None)
    codes = [details["code"] for _, details in audited(session, "settle_delivery")]
    assert codes == ["blocked", "predecessor_refused", "predecessor_refused"]


def test_sent_keeps_the_reference_and_ends_the_delivery(session):
    delivery = owe(session, "a")
    take(session)
    assert end(session, delivery, Sent("4711"), seconds=2)
    stored = row(session, delivery)
    assert (stored.state, stored.message_ref, stored.settled_at, stored.lease_until) == ("sent", "4711", at(2), None)
    assert audited(session, "settle_delivery") == [
        ("outbox", {"channel": "telegram", "kind": "invitation", "state": "sent", "attempt": 1, "code": ""})
    ]
    for late in (Sent("1"), Refused("gone"), Uncertain("no_answer"), NotSent("no_connection")):
        assert not end(session, delivery, late)
    assert row(session, delivery).message_ref == "4711"


def test_flood_answer_is_obeyed_to_the_second(session):
    delivery = owe(session, "a", kind="bulletin")
    take(session)
    end(session, delivery, RetryAt(at(37), "flood"))
    assert (state(session, delivery), row(session, delivery).not_before) == (("owed", "flood"), at(37))
    assert take(session, seconds=36.999) == []
    assert [one.attempt for one in take(session, seconds=37)] == [2]


def test_failure_before_sending_is_repeated_for_ever_with_growing_waits(session):
    delivery = owe(session, "a", kind="bulletin")
    seconds, waits = 0.0, []
    for attempt in range(1, 12):
        assert [one.attempt for one in take(session, seconds=seconds)] == [attempt]
        end(session, delivery, NotSent("no_connection"), attempt=attempt, seconds=seconds)
        wait = (row(session, delivery).not_before - at(seconds)).total_seconds()
        waits.append(wait)
        assert take(session, seconds=seconds + wait - 0.001) == []
        seconds += wait
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_doubt_about_an_invitation_is_repeated_twice_then_waits_for_a_person(session):
    delivery = owe(session, "a")
    states = []
    for attempt in (1, 2, 3):
        take(session, seconds=attempt * 400)
        end(session, delivery, Uncertain("no_answer"), attempt=attempt, seconds=attempt * 400)
        states.append(state(session, delivery)[0])
    assert states == ["owed", "owed", "uncertain"]
    assert take(session, seconds=9999) == []


def test_connection_failures_do_not_use_up_the_doubts(session):
    delivery = owe(session, "a")
    for attempt in range(1, 6):
        take(session, seconds=attempt * 400)
        end(session, delivery, NotSent("no_connection"), attempt=attempt, seconds=attempt * 400)
    take(session, seconds=6 * 400)
    end(session, delivery, Uncertain("no_answer"), attempt=6, seconds=6 * 400)
    assert state(session, delivery) == ("owed", "no_answer")


def test_interrupted_bulletin_is_uncertain_and_interrupted_invitation_owed_again(session):
    bulletin, invitation = owe(session, "a", kind="bulletin"), owe(session, "b")
    take(session)
    assert recover_interrupted(session, now=at(59.9)) == 0
    assert recover_interrupted(session, now=at(60)) == 2
    assert state(session, bulletin) == ("uncertain", "interrupted")
    assert (state(session, invitation), row(session, invitation).not_before) == (("owed", "interrupted"), at(62))
    assert recover_interrupted(session, now=at(61)) == 0


def test_recovery_leaves_alone_what_is_not_under_way(session):
    owe(session, "a")
    sent = owe(session, "b", kind="notice")
    take(session, limit=1)
    end(session, sent, Sent("1"))
    assert recover_interrupted(session, now=at(9999)) == 0


def test_stale_attempt_says_nothing(session):
    delivery = owe(session, "a")
    take(session)
    recover_interrupted(session, now=at(60))
    assert [one.attempt for one in take(session, seconds=62)] == [2]
    for outcome in (Sent("1"), Refused("blocked"), Uncertain("no_answer"), NotSent("x"), RetryAt(at(99), "flood")):
        assert not end(session, delivery, outcome, attempt=1, seconds=63)
    assert not end(session, delivery, Sent("1"), attempt=3, seconds=63)
    assert not end(session, delivery + 1000, Sent("1"), seconds=63)
    assert (row(session, delivery).state, row(session, delivery).attempts) == ("attempting", 2)


@pytest.mark.parametrize("kind", ["bulletin", "invitation"])
def test_worker_that_wakes_up_after_its_lease_may_still_say_that_it_arrived(session, kind):
    delivery = owe(session, "a", kind=kind)
    take(session)
    recover_interrupted(session, now=at(60))
    assert end(session, delivery, Sent("4711"), seconds=90)
    assert (state(session, delivery), row(session, delivery).message_ref) == (("sent", None), "4711")
    assert take(session, seconds=9999) == []


def test_late_doubt_changes_nothing(session):
    bulletin, invitation = owe(session, "a", kind="bulletin"), owe(session, "b")
    take(session)
    recover_interrupted(session, now=at(60))
    assert not end(session, bulletin, Uncertain("no_answer"), seconds=90)
    assert not end(session, invitation, Uncertain("no_answer"), seconds=90)
    assert (row(session, bulletin).doubts, row(session, invitation).doubts) == (1, 1)


def test_stored_message_that_cannot_be_read_is_refused_with_its_parts(session):
    broken = owe(session, "a", kind="bulletin")
    following = owe(session, "b", kind="bulletin", after=broken)
    session.execute(text("""update delivery set message = '{"words": 1}' where dedupe_key = 'a'"""))
    good = owe(session, "c")
    assert [one.id for one in take(session)] == [good]
    assert state(session, broken) == ("refused", "message_unreadable")
    assert state(session, following) == ("refused", "predecessor_refused")


def test_two_workers_never_begin_the_same_delivery(database):
    with database.transaction() as session:
        for number in range(60):
            owe(session, str(number), kind="bulletin" if number % 10 == 0 else "invitation")
    start, lock, seen = threading.Barrier(4), threading.Lock(), []

    def work() -> None:
        start.wait(timeout=20)
        for _ in range(40):
            with database.transaction() as session:
                taken = claim(session, now=NOON, lease=timedelta(seconds=60), limit=2, channel="telegram")
                under_way = select(Delivery.id).where(Delivery.state == "attempting", Delivery.kind == "bulletin")
                assert len(session.scalars(under_way).all()) <= 1
            with database.transaction() as session:
                for one in taken:
                    assert settle(session, delivery_id=one.id, attempt=one.attempt, outcome=Sent(str(one.id)), now=NOON)
            with lock:
                seen.extend(one.id for one in taken)

    with ThreadPoolExecutor(4) as pool:
        for running in [pool.submit(work) for _ in range(4)]:
            running.result(timeout=60)
    assert len(seen) == len(set(seen)) == 60
    with database.transaction() as session:
        assert {tuple(row) for row in session.execute(select(Delivery.state, Delivery.attempts))} == {("sent", 1)}


ENDS = st.sampled_from(["sent", "refused", "later", "not_sent", "uncertain", "crash"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(st.sampled_from(["bulletin", "notice", "invitation", "reminder"]), min_size=1, max_size=4),
       ends=st.lists(ENDS, max_size=25))  # fmt: skip
def test_whatever_happens_nothing_doubles_and_nothing_vanishes(session, kinds, ends):
    """A model beside the rows: a call may arrive only in attempts that ended so or in doubt; each end is on record."""
    savepoint = session.begin_nested()
    kind_of = {owe(session, str(number), kind=kind): kind for number, kind in enumerate(kinds)}
    arrivals = dict.fromkeys(kind_of, 0)  # how often the message may be in the chat
    sure = dict.fromkeys(kind_of, 0)  # how often it certainly is
    seconds = 0.0
    for ending in ends:
        seconds += 400
        recover_interrupted(session, now=at(seconds))
        for one in take(session, seconds=seconds, limit=1):
            if ending in {"sent", "uncertain", "crash"}:
                arrivals[one.id] += 1
            sure[one.id] += ending == "sent"
            outcome = {"sent": Sent("1"), "refused": Refused("gone"), "later": RetryAt(at(seconds + 5), "flood"),
                       "not_sent": NotSent("no_connection"), "uncertain": Uncertain("no_answer"), "crash": None}[ending]  # fmt: skip
            if outcome is not None:
                assert end(session, one.id, outcome, attempt=one.attempt, seconds=seconds)
    recover_interrupted(session, now=at(seconds + 400))
    for delivery, kind in kind_of.items():
        ended = row(session, delivery).state
        assert arrivals[delivery] <= (1 if kind in {"bulletin", "notice"} else 3)
        assert sure[delivery] == (ended == "sent")
        if arrivals[delivery] and kind in {"bulletin", "notice"}:
            assert ended in {"sent", "uncertain"}
        assert ended != "attempting"
    savepoint.rollback()
