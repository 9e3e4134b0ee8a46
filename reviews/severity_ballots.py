"""PURE: the ballots that the severity model is fitted to, in columns: who scored whom, and what each ballot held.

A ballot is what one rater gave one unit in one round: one score for each criterion, some perhaps missing. Raters and
units are two name spaces: one member unit stands in both. Knows scores of any numeric scale. Refuses to know where they
came from; it is the count, or the table of an analyst, that brings them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Truths = NDArray[np.bool_]

BallotKey = tuple[str, str, str]
"""(rater, unit, round)."""


@dataclass(frozen=True, slots=True)
class Ballots:
    """Ballots by their number; `rater` and `unit` are places in `raters` and `units`.

    `mean` is the mean score of a ballot and `count` how many scores it holds; `of` says to which ballot each of
    `scores` belongs, in the order of the ballots. `is_complete`: every ballot holds every criterion.
    """

    raters: tuple[str, ...]
    units: tuple[str, ...]
    rater: Indices
    unit: Indices
    mean: Floats
    count: Indices
    scores: Floats
    of: Indices
    is_complete: bool

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def within(self) -> float:
        """The sum of squares of the scores around the mean of their ballot."""
        return float(np.square(self.scores - self.mean[self.of]).sum())


class Size(NamedTuple):
    """How many ballots somebody gave or got."""

    given: Indices
    got: Indices


def ballots_of(scores: Mapping[BallotKey, Mapping[str, float]]) -> Ballots:
    """Ballots from the scores of each by criterion; one without any score is no ballot. Names keep their order."""
    keys = [key for key, held in scores.items() if held]
    held = [tuple(scores[key].values()) for key in keys]
    criteria = set(chain.from_iterable(scores[key] for key in keys))
    raters, rater = _numbered(key[0] for key in keys)
    units, unit = _numbered(key[1] for key in keys)
    count = np.array([len(each) for each in held], dtype=np.intp)
    flat = np.fromiter(chain.from_iterable(held), dtype=np.float64, count=int(count.sum()))
    of = np.repeat(np.arange(len(keys), dtype=np.intp), count)
    sums = sums_by(of, flat, len(keys))
    is_complete = bool((count == len(criteria)).all())
    return Ballots(raters, units, rater, unit, sums / count, count, flat, of, is_complete)


def without(ballots: Ballots, left_out: Truths) -> Ballots:
    """The same raters and units with some ballots left out."""
    kept = ~left_out
    kept_scores = kept[ballots.of]
    numbers = np.cumsum(kept) - 1
    return replace(
        ballots,
        rater=ballots.rater[kept],
        unit=ballots.unit[kept],
        mean=ballots.mean[kept],
        count=ballots.count[kept],
        scores=ballots.scores[kept_scores],
        of=numbers[ballots.of[kept_scores]].astype(np.intp),
    )


def sizes(ballots: Ballots) -> Size:
    """How many ballots each rater gave and each unit got."""
    return Size(
        np.bincount(ballots.rater, minlength=len(ballots.raters)),
        np.bincount(ballots.unit, minlength=len(ballots.units)),
    )


def sums_by(groups: Indices, values: Floats, number: int) -> Floats:
    """The sums of values by group, for `number` groups."""
    return np.asarray(np.bincount(groups, weights=values, minlength=number), dtype=np.float64)


def raw_means(ballots: Ballots) -> Floats:
    """The mean of the ballot means of each unit."""
    sums = sums_by(ballots.unit, ballots.mean, len(ballots.units))
    return sums / sizes(ballots).got


def raters_per_unit(ballots: Ballots) -> Indices:
    """How many different raters scored each unit; in several rounds one rater counts once."""
    pairs = np.unique(ballots.unit * len(ballots.raters) + ballots.rater)
    return np.bincount(pairs // len(ballots.raters), minlength=len(ballots.units))


def is_connected(ballots: Ballots) -> bool:
    """Whether raters on one side and units on the other, joined by ballots, are one part; nobody is left alone."""
    return bool((_parts(ballots) == 0).all())


def by_part(ballots: Ballots) -> tuple[Ballots, ...]:
    """The ballots of each connected part by itself, in the order of their first raters; names keep their order.

    A rater or a unit without any ballot belongs to no part.
    """
    part = _parts(ballots)[: len(ballots.raters)]
    return tuple(_only(ballots, part[ballots.rater] == number) for number in np.unique(part[ballots.rater]))


def _parts(ballots: Ballots) -> Indices:
    """For raters, then units, the lowest number among all whom ballots join with them, raters counting first."""
    raters = len(ballots.raters)
    units = ballots.unit + raters
    part = np.arange(raters + len(ballots.units))
    while True:
        before = part.copy()
        lower = np.minimum(part[ballots.rater], part[units])
        np.minimum.at(part, ballots.rater, lower)
        np.minimum.at(part, units, lower)
        part = part[part]
        if (part == before).all():
            return part


def _only(ballots: Ballots, chosen: Truths) -> Ballots:
    """Some ballots with those raters and units only who have one."""
    some = without(ballots, ~chosen)
    raters, rater = np.unique(some.rater, return_inverse=True)
    units, unit = np.unique(some.unit, return_inverse=True)
    names = tuple(ballots.raters[at] for at in raters), tuple(ballots.units[at] for at in units)
    return replace(some, raters=names[0], units=names[1], rater=rater, unit=unit)


def _numbered(names: Iterable[str]) -> tuple[tuple[str, ...], Indices]:
    places: dict[str, int] = {}
    numbers = [places.setdefault(name, len(places)) for name in names]
    return tuple(places), np.array(numbers, dtype=np.intp)
