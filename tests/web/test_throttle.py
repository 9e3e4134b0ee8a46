"""Buckets of failures and of openings, without a clock."""

from __future__ import annotations

import pytest

from web.throttle import (
    FAILURES,
    MOST_CLIENTS,
    OPENINGS,
    SECONDS_FOR_ONE_FAILURE,
    SECONDS_FOR_ONE_OPENING,
    Throttle,
)

KINDS = pytest.mark.parametrize(
    ("most", "seconds_for_one"),
    [(FAILURES, SECONDS_FOR_ONE_FAILURE), (OPENINGS, SECONDS_FOR_ONE_OPENING), (1, 0.5)],
    ids=["failures", "openings", "one"],
)


def counts(throttle: Throttle, client: str, times: int, moment: float = 0.0) -> None:
    for _ in range(times):
        throttle.count(client, moment)


@KINDS
def test_bucket_is_empty_after_so_many_and_fills_again(most: int, seconds_for_one: float) -> None:
    throttle = Throttle(most, seconds_for_one)
    counts(throttle, "a", most - 1)
    assert throttle.allows("a", 0)
    counts(throttle, "a", 1)
    assert not throttle.allows("a", 0)
    assert not throttle.allows("a", seconds_for_one * 0.9)
    assert throttle.allows("a", seconds_for_one)
    counts(throttle, "a", 1, moment=seconds_for_one)
    assert not throttle.allows("a", seconds_for_one)


@KINDS
def test_clients_have_buckets_of_their_own(most: int, seconds_for_one: float) -> None:
    throttle = Throttle(most, seconds_for_one)
    counts(throttle, "a", most)
    assert (throttle.allows("a", 0), throttle.allows("b", 0)) == (False, True)


@KINDS
def test_going_on_never_digs_a_deeper_hole(most: int, seconds_for_one: float) -> None:
    throttle = Throttle(most, seconds_for_one)
    counts(throttle, "a", 10 * most)
    assert throttle.allows("a", seconds_for_one)


@KINDS
def test_waiting_long_never_gives_more_than_a_full_bucket(most: int, seconds_for_one: float) -> None:
    throttle = Throttle(most, seconds_for_one)
    counts(throttle, "a", 1)
    counts(throttle, "a", most, moment=1e9)
    assert not throttle.allows("a", 1e9)


@KINDS
def test_memory_is_bounded_and_the_worst_are_remembered(most: int, seconds_for_one: float) -> None:
    throttle = Throttle(most, seconds_for_one)
    counts(throttle, "worst", most + 1)
    counts(throttle, "worst", 1)
    for number in range(3 * MOST_CLIENTS):
        throttle.count(f"client {number}", 0.0)
    assert len(throttle._buckets) <= MOST_CLIENTS
    assert not throttle.allows("worst", 0)
