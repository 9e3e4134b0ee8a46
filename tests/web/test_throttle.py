"""Buckets of failures, without a clock."""

from __future__ import annotations

from web.throttle import FAILURES, MOST_CLIENTS, SECONDS_FOR_ONE, Throttle


def fails(throttle: Throttle, client: str, times: int, moment: float = 0.0) -> None:
    for _ in range(times):
        throttle.failed(client, moment)


def test_bucket_is_empty_after_so_many_failures_and_fills_again():
    throttle = Throttle()
    fails(throttle, "a", FAILURES - 1)
    assert throttle.allows("a", 0)
    fails(throttle, "a", 1)
    assert not throttle.allows("a", 0)
    assert not throttle.allows("a", SECONDS_FOR_ONE / 2)
    assert throttle.allows("a", SECONDS_FOR_ONE)
    assert throttle.allows("b", 0)


def test_failing_on_never_digs_a_deeper_hole():
    throttle = Throttle()
    fails(throttle, "a", 10 * FAILURES)
    assert throttle.allows("a", SECONDS_FOR_ONE)


def test_waiting_long_never_gives_more_than_a_full_bucket():
    throttle = Throttle()
    fails(throttle, "a", 1)
    fails(throttle, "a", FAILURES, moment=1e9)
    assert not throttle.allows("a", 1e9)


def test_memory_is_bounded_and_the_worst_are_remembered():
    throttle = Throttle()
    fails(throttle, "worst", FAILURES)
    for number in range(3 * MOST_CLIENTS):
        throttle.failed(f"client {number}", 0.0)
    assert len(throttle._buckets) <= MOST_CLIENTS
    assert not throttle.allows("worst", 0)
