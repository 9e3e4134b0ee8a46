"""What follows from each end of an attempt, for each kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from outbox.policy import KINDS, Next, accepts, after_attempt, backoff

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=37)


def test_backoff_doubles_from_two_seconds_to_five_minutes():
    waits = [backoff(attempt).total_seconds() for attempt in range(1, 11)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert backoff(10**9).total_seconds() == 300


@pytest.mark.parametrize("kind", KINDS)
def test_certain_ends_are_the_same_for_every_kind(kind):
    def after(outcome):
        return after_attempt(outcome, kind=kind, attempt=3, doubts=1, now=NOON)

    assert after(Sent("55")) == Next("sent", None, 1)
    assert after(Refused("blocked")) == Next("refused", "blocked", 1)
    assert after(RetryAt(LATER, "flood")) == Next("owed", "flood", 1, LATER)
    assert after(NotSent("no_connection")) == Next("owed", "no_connection", 1, NOON + timedelta(seconds=8))


@pytest.mark.parametrize("kind", ["bulletin", "notice"])
def test_doubt_about_a_bulletin_or_notice_waits_for_a_person(kind):
    following = after_attempt(Uncertain("no_answer"), kind=kind, attempt=1, doubts=0, now=NOON)
    assert following == Next("uncertain", "no_answer", 1)


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
def test_doubt_about_an_invitation_is_repeated_until_the_third(kind):
    ends = [after_attempt(Uncertain("no_answer"), kind=kind, attempt=9, doubts=doubts, now=NOON) for doubts in range(4)]
    assert [(end.state, end.doubts) for end in ends] == [("owed", 1), ("owed", 2), ("uncertain", 3), ("uncertain", 4)]
    assert [end.not_before for end in ends] == [NOON + timedelta(minutes=5)] * 2 + [None, None]


def test_state_takes_only_the_ends_that_can_still_be_true():
    ends = (Sent("1"), Refused("gone"), RetryAt(LATER, "flood"), NotSent("no_connection"), Uncertain("no_answer"))
    taken = {
        state: [type(end).__name__ for end in ends if accepts(state, end)]
        for state in ("owed", "attempting", "sent", "refused", "uncertain", "held")
    }
    assert taken == {
        "owed": ["Sent"],
        "attempting": ["Sent", "Refused", "RetryAt", "NotSent", "Uncertain"],
        "sent": [],
        "refused": ["Sent"],
        "uncertain": ["Sent", "Refused", "RetryAt", "NotSent"],
        "held": [],
    }
