"""How often one address may open a poster's survey."""

from __future__ import annotations

from web.openings import BURST, MOST_CLIENTS, SECONDS_FOR_ONE, Openings


def test_a_burst_is_allowed_and_then_one_after_another():
    openings = Openings()
    assert [openings.take("a", 0.0) for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert openings.take("a", SECONDS_FOR_ONE - 0.1) is False
    assert openings.take("a", SECONDS_FOR_ONE) is True
    assert openings.take("a", SECONDS_FOR_ONE) is False


def test_addresses_have_buckets_of_their_own_and_refill_no_further_than_full():
    openings = Openings()
    for _ in range(BURST):
        openings.take("a", 0.0)
    assert openings.take("b", 0.0) is True
    assert [openings.take("a", 1e9) for _ in range(BURST + 1)] == [True] * BURST + [False]


def test_buckets_do_not_grow_without_end_and_the_emptiest_are_kept():
    openings = Openings()
    for _ in range(BURST):
        openings.take("busy", 0.0)
    for number in range(MOST_CLIENTS):
        openings.take(str(number), 0.0)
    assert len(openings._buckets) <= MOST_CLIENTS
    assert openings.take("busy", 0.0) is False
