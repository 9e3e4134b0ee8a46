"""Places, intervals and bands from numbers alone."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.rank_intervals import LOWER, MIDDLE, UPPER, band, drawn_ranks, places, quantile, ranks


def test_rank_one_is_the_highest_and_equals_share_a_place() -> None:
    assert ranks(np.array([3.0, 5.0, 4.0])).tolist() == [3, 1, 2]
    assert ranks(np.array([5.0, 5.0, 4.0, 4.0, 1.0])).tolist() == [1, 1, 3, 3, 5]
    assert ranks(np.array([2.0])).tolist() == [1]
    assert ranks(np.array([])).tolist() == []


def test_scores_that_differ_by_rounding_only_are_equal() -> None:
    assert ranks(np.array([0.1 + 0.2, 0.3, 0.9])).tolist() == [2, 2, 1]
    assert ranks(1e-30 * np.array([1.0, 2.0])).tolist() == [2, 1]


def test_drawn_ranks_count_from_the_top_of_each_draw() -> None:
    draws = np.array([[1.0, 9.0], [2.0, 8.0], [3.0, 7.0]])
    assert drawn_ranks(draws).tolist() == [[3, 1], [2, 2], [1, 3]]


@pytest.mark.parametrize(
    ("share", "place"), [(0.05, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.9, 9), (0.95, 10), (1.0, 10)]
)
def test_quantile_is_a_place_that_was_drawn(share: float, place: int) -> None:
    assert quantile(np.array([[10, 2, 3, 4, 5, 6, 7, 8, 9, 1]]), share).tolist() == [place]


def test_quantiles_of_a_thousand_draws_are_the_fiftieth_and_the_nine_hundred_and_fiftieth() -> None:
    drawn = np.arange(1, 1001)[None, :]
    assert (quantile(drawn, (1 - 0.9) / 2).tolist(), quantile(drawn, 1 - (1 - 0.9) / 2).tolist()) == ([50], [950])


def test_interval_always_holds_the_place() -> None:
    scores = np.array([3.0, 2.0, 1.0])
    against = np.tile(np.array([[1.0], [2.0], [3.0]]), 20)
    found = places(scores, against, interval=0.9)
    assert (found.rank, found.low, found.high) == ((1, 2, 3), (1, 2, 1), (3, 2, 3))


def test_wider_interval_holds_the_narrower() -> None:
    random = np.random.default_rng(1)
    scores = random.standard_normal(12)
    draws = scores[:, None] + 0.4 * random.standard_normal((12, 800))
    narrow, wide = places(scores, draws, interval=0.5), places(scores, draws, interval=0.95)
    assert all(one <= other for one, other in zip(wide.low, narrow.low, strict=True))
    assert all(one >= other for one, other in zip(wide.high, narrow.high, strict=True))
    assert wide.rank == narrow.rank


def test_without_draws_every_interval_is_the_whole_list() -> None:
    found = places(np.zeros(4), None, interval=0.9)
    assert (found.rank, found.low, found.high, found.band) == ((1,) * 4, (1,) * 4, (4,) * 4, (MIDDLE,) * 4)


@pytest.mark.parametrize(
    ("low", "high", "number", "expected"),
    [
        (1, 13, 26, UPPER), (1, 14, 26, MIDDLE), (14, 26, 26, LOWER), (13, 26, 26, MIDDLE),
        (1, 2, 5, UPPER), (3, 3, 5, MIDDLE), (4, 5, 5, LOWER), (1, 3, 5, MIDDLE),
        (1, 1, 2, UPPER), (2, 2, 2, LOWER), (1, 2, 2, MIDDLE), (1, 1, 1, MIDDLE),
    ],
)  # fmt: skip
def test_band_asks_for_the_whole_interval(low: int, high: int, number: int, expected: str) -> None:
    assert band(low, high, number) == expected


def test_bands_are_the_same_seen_from_below() -> None:
    turned = {UPPER: LOWER, LOWER: UPPER, MIDDLE: MIDDLE}
    for number in range(1, 8):
        for low in range(1, number + 1):
            for high in range(low, number + 1):
                assert band(low, high, number) == turned[band(number + 1 - high, number + 1 - low, number)]
