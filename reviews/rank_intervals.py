"""PURE: places and how sure they are: ranks, rank intervals from joint draws of all scores, and bands.

Rank 1 is the highest score. A band is given by the whole interval, not by the place: `upper` only where all of it lies
in the top half. Knows numbers in columns. Refuses to know where draws come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from reviews.severity_ballots import Floats, Indices

UPPER, MIDDLE, LOWER = "upper", "middle", "lower"

_ALIKE = 1e-9  # of the spread of the scores: nearer ones are equal, and differ by rounding only
_SURE = 1e-9  # what rounding may add to a number of draws


@dataclass(frozen=True, slots=True)
class Places:
    """For each unit, in their order: the place, the ends of its interval, and the band."""

    rank: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    band: tuple[str, ...]


def places(scores: Floats, draws: Floats | None, *, interval: float) -> Places:
    """Places of scores, with intervals that hold `interval` of the draws (a row a unit, a column a draw).

    Quantiles are places that were drawn (type 1), the same share cut off on both sides; the interval always holds the
    place itself. Without draws nothing tells the units apart, and every interval is the whole list.
    """
    number = len(scores)
    rank = ranks(scores)
    if draws is None:
        low, high = np.ones(number, dtype=np.intp), np.full(number, number, dtype=np.intp)
    else:
        drawn = drawn_ranks(draws)
        tail = (1.0 - interval) / 2.0
        low = np.minimum(quantile(drawn, tail), rank)
        high = np.maximum(quantile(drawn, 1.0 - tail), rank)
    bands = tuple(band(int(one), int(other), number) for one, other in zip(low, high, strict=True))
    return Places(_plain(rank), _plain(low), _plain(high), bands)


def ranks(scores: Floats) -> Indices:
    """The place of each score; equal ones share the better place."""
    order = np.argsort(-scores, kind="stable")
    falls = -np.diff(scores[order])
    spread = float(scores.max() - scores.min()) if len(scores) else 0.0
    is_new = np.concatenate(([True], falls > _ALIKE * spread))[: len(scores)]
    rank = np.empty(len(scores), dtype=np.intp)
    rank[order] = np.maximum.accumulate(np.where(is_new, np.arange(1, len(scores) + 1), 1))
    return rank


def drawn_ranks(draws: Floats) -> Indices:
    """The place of each unit in each draw."""
    units, number = draws.shape
    order = np.argsort(-draws.T, axis=1)
    drawn = np.empty((number, units), dtype=np.intp)
    np.put_along_axis(drawn, order, np.broadcast_to(np.arange(1, units + 1), (number, units)), axis=1)
    return drawn.T


def quantile(drawn: Indices, share: float) -> Indices:
    """The place of each unit that `share` of its draws do not exceed."""
    number = drawn.shape[1]
    at = min(max(ceil(share * number - _SURE), 1), number) - 1
    return np.partition(drawn, at, axis=1)[:, at]


def band(low: int, high: int, number: int) -> str:
    """The band of an interval among `number` units; the middle one of an odd number lies in neither half."""
    if number >= 2 and 2 * high <= number:  # noqa: PLR2004 - two halves
        return UPPER
    return LOWER if number >= 2 and 2 * (number + 1 - low) <= number else MIDDLE  # noqa: PLR2004


def _plain(numbers: Indices) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers)
