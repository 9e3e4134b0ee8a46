"""Flood control: windows that never hold more than they may, on a clock given as an argument."""

from __future__ import annotations

from tests.telegram_double.limits import Limits, Meter, charge

ROOMY = Limits(overall_per_second=1_000, private_burst=1, group_per_minute=20)


def test_a_private_chat_takes_one_message_a_second() -> None:
    meter = Meter(ROOMY)
    assert [charge(meter, chat=1, count=1, now=now) for now in (0.0, 0.5, 0.99, 1.0)] == [0, 1, 1, 0]


def test_private_chats_do_not_hinder_each_other() -> None:
    meter = Meter(ROOMY)
    assert [charge(meter, chat=chat, count=1, now=0.0) for chat in range(1, 100)] == [0] * 99


def test_a_burst_is_paid_back() -> None:
    meter = Meter(Limits(1_000, private_burst=3))
    assert [charge(meter, chat=1, count=1, now=now) for now in (0.0, 0.1, 0.2, 0.3, 2.9, 3.0)] == [0, 0, 0, 3, 1, 0]


def test_a_group_takes_twenty_in_any_minute() -> None:
    meter = Meter(ROOMY)
    assert {charge(meter, chat=-1, count=1, now=float(second)) for second in range(20)} == {0}
    assert charge(meter, chat=-1, count=1, now=20.0) == 40
    assert charge(meter, chat=-1, count=1, now=60.0) == 0
    assert charge(meter, chat=-1, count=1, now=60.5) == 1


def test_everything_together_keeps_to_thirty_a_second() -> None:
    meter = Meter(Limits())
    assert [charge(meter, chat=chat, count=1, now=0.0) for chat in range(1, 32)] == [0] * 30 + [1]
    assert charge(meter, chat=99, count=1, now=1.0) == 0


def test_a_refused_message_does_not_count() -> None:
    meter = Meter(ROOMY)
    charge(meter, chat=1, count=1, now=0.0)
    assert [charge(meter, chat=1, count=1, now=0.9) for _ in range(5)] == [1] * 5
    assert charge(meter, chat=1, count=1, now=1.0) == 0


def test_an_album_counts_by_its_pictures() -> None:
    meter = Meter(ROOMY)
    assert charge(meter, chat=-1, count=10, now=0.0) == 0
    assert charge(meter, chat=-1, count=10, now=1.0) == 0
    assert charge(meter, chat=-1, count=1, now=2.0) == 58


def test_edits_count_only_if_told() -> None:
    lenient, strict = Meter(ROOMY), Meter(Limits(1_000, edits_count=True))
    assert [charge(lenient, chat=1, count=1, now=0.0, is_edit=True) for _ in range(3)] == [0, 0, 0]
    assert [charge(strict, chat=1, count=1, now=0.0, is_edit=True) for _ in range(3)] == [0, 1, 1]


def test_without_limits_nothing_is_held_back() -> None:
    meter = Meter()
    assert {charge(meter, chat=1, count=1, now=0.0) for _ in range(100)} == {0}
