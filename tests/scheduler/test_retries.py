"""Limits of lateness and repetition, on, just before and just after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.retries import (
    GRACE,
    LONGEST_WAIT,
    MOST_FAILURES,
    PATIENCE,
    is_given_up,
    is_too_late,
    is_waited_out,
    wait_after_failure,
    wait_for_others,
)

DUE = datetime(2026, 10, 25, 2, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("late", "after", "is_late"), [
    ("skip", GRACE, False), ("skip", GRACE + MOMENT, True), ("run", GRACE * 1000, False), ("skip", -GRACE, False),
])  # fmt: skip
def test_too_late_is_more_than_the_grace_and_only_where_the_line_says_so(late, after, is_late):
    assert is_too_late(late=late, due_at=DUE, now=DUE + after) is is_late


def test_given_up_after_the_last_failure_or_past_the_grace():
    assert not is_given_up(failures=MOST_FAILURES - 1, late="run", due_at=DUE, now=DUE + PATIENCE)
    assert is_given_up(failures=MOST_FAILURES, late="run", due_at=DUE, now=DUE)
    assert is_given_up(failures=1, late="skip", due_at=DUE, now=DUE + GRACE + MOMENT)
    assert not is_given_up(failures=1, late="skip", due_at=DUE, now=DUE + GRACE)


def test_waiting_ends_with_patience_or_with_the_grace():
    assert not is_waited_out(late="run", due_at=DUE, now=DUE + PATIENCE)
    assert is_waited_out(late="run", due_at=DUE, now=DUE + PATIENCE + MOMENT)
    assert is_waited_out(late="skip", due_at=DUE, now=DUE + GRACE + MOMENT)


def test_waits_double_up_to_an_hour_however_many_failures():
    assert [wait_after_failure(number) // timedelta(minutes=1) for number in range(1, 9)] == [
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
    ]
    assert wait_after_failure(10**6) == LONGEST_WAIT


def test_looking_again_is_quick_at_first_and_slow_later():
    assert wait_for_others(due_at=DUE, now=DUE) == timedelta(minutes=1)
    assert wait_for_others(due_at=DUE, now=DUE + timedelta(minutes=10)) == timedelta(minutes=10)
