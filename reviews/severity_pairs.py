"""PURE: how far each ballot lies from what its rater and its unit let expect, and pairs who do so for each other.

z is a residual over its robust spread; S joins the two z of a mutual pair and is near standard normal in an honest
round, whose own reciprocity `rho` is taken out. One member unit is a rater and a unit by the same name. Knows ballots
and effects. Refuses to accuse: what an extreme pair means is said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reviews.severity_ballots import Ballots, Floats, Indices, Truths, sizes, sums_by

CERTAIN = 1.4826
"""The median deviation of a normal variable, times this, is its standard deviation."""

MONTHS_ALIKE = 0.5
"""How much one rater's views of one unit in two rounds are taken to be alike."""

_LEAST_SHARE = 0.1  # of its error that shows in the residual of a ballot whose rater gave very few
_CLIPPED, _MOST_ALIKE, _FEWEST_PAIRS, _EXTREME = 2.0, 0.9, 10, 3.0
_LEAD = 1.5  # z


@dataclass(frozen=True, slots=True)
class Mutual:
    """Pairs of member units that scored each other: `cell` is that of each ballot among (rater, unit) pairs.

    `there` and `back` are the cells of each pair, `one` and `other` the places of its two in the units.
    """

    cell: Indices
    counts: Indices
    there: Indices
    back: Indices
    one: Indices
    other: Indices

    def __len__(self) -> int:
        return len(self.there)


def mutual_pairs(ballots: Ballots) -> Mutual:
    """All pairs of one name each on both sides."""
    units = len(ballots.units)
    place = {unit: at for at, unit in enumerate(ballots.units)}
    as_unit = np.array([place.get(rater, -1) for rater in ballots.raters], dtype=np.intp)
    keys, cell = np.unique(ballots.rater * units + ballots.unit, return_inverse=True)
    giver, getter = as_unit[keys // units], keys % units
    at_unit = np.full(units, -1, dtype=np.intp)  # the rater of each unit's name
    at_unit[as_unit[as_unit >= 0]] = np.flatnonzero(as_unit >= 0)
    backwards = at_unit[getter] * units + giver
    found = np.minimum(np.searchsorted(keys, backwards), len(keys) - 1)
    is_pair = (giver >= 0) & (giver < getter) & (at_unit[getter] >= 0) & (keys[found] == backwards)
    there = np.flatnonzero(is_pair)
    return Mutual(cell, np.bincount(cell), there, found[there], giver[there], getter[there])


def standardise(ballots: Ballots, residual: Floats, spread: Floats, weights: Floats) -> tuple[Floats, float]:
    """The z of each ballot, and the robust spread they are measured by.

    `spread` is how the standard deviations of the errors relate. A ballot draws the fit to itself as its weight allows,
    so what is left of it is less than its error; one without weight lies off by the errors of others too.
    """
    given = sums_by(ballots.rater, weights, len(ballots.raters))[ballots.rater]
    got = sums_by(ballots.unit, weights, len(ballots.units))[ballots.unit]
    lever = 1.0 / np.maximum(given, 1.0) + 1.0 / np.maximum(got, 1.0)
    share = np.maximum(1.0 + lever * (1.0 - 2.0 * weights), _LEAST_SHARE)
    scaled = residual / (spread * np.sqrt(share))
    sigma = robust_spread(scaled[weights > 0.0])
    return (scaled / sigma if sigma else np.zeros_like(scaled)), sigma


def robust_spread(values: Floats) -> float:
    """The median deviation as a standard deviation; where half of all are 0, the plain one."""
    median = CERTAIN * float(np.median(np.abs(values)))
    return median if median > 1e-9 * float(np.abs(values).max()) else float(np.sqrt(np.square(values).mean()))


def by_cell(mutual: Mutual, z: Floats) -> Floats:
    """The z of each (rater, unit): over several rounds their sum, by the spread that views much alike give it."""
    counts = mutual.counts
    return sums_by(mutual.cell, z, len(counts)) / np.sqrt(counts * (1.0 + MONTHS_ALIKE * (counts - 1)))


def reciprocity(mutual: Mutual, of_cell: Floats) -> float:
    """How much honest pairs return what they get: the correlation of their z, clipped, without the extreme pairs."""
    there, back = of_cell[mutual.there], of_cell[mutual.back]
    ordinary = np.abs(there + back) <= _EXTREME * np.sqrt(2.0)  # a few friends in a small round pass for a custom
    if int(ordinary.sum()) < _FEWEST_PAIRS:
        return 0.0
    there, back = (np.clip(side[ordinary], -_CLIPPED, _CLIPPED) for side in (there, back))
    squares = float((np.square(there) + np.square(back)).sum()) / 2.0
    return min(max(float(there @ back) / squares, 0.0), _MOST_ALIKE) if squares else 0.0


def pair_statistics(mutual: Mutual, of_cell: Floats, rho: float) -> Floats:
    """S of each pair; 0 where its two ballots do not both lie off by more than 1, to the same side."""
    there, back = of_cell[mutual.there], of_cell[mutual.back]
    both = (np.minimum(np.abs(there), np.abs(back)) > 1.0) & (there * back > 0.0)
    return np.where(both, (there + back) / np.sqrt(2.0 * (1.0 + rho)), 0.0)


def leaning(mutual: Mutual, of_cell: Floats, rho: float) -> Floats:
    """S as it is watched: the stronger z counts for at most 1.5 more than the weaker; spite of one side is no deal."""
    there, back = of_cell[mutual.there], of_cell[mutual.back]
    weaker = np.minimum(np.abs(there), np.abs(back))
    stronger = np.minimum(np.maximum(np.abs(there), np.abs(back)), weaker + _LEAD)
    both = (weaker > 1.0) & (there * back > 0.0)
    return np.where(both, np.sign(there) * (weaker + stronger) / np.sqrt(2.0 * (1.0 + rho)), 0.0)


def cells_to_ballots(mutual: Mutual, pairs: Indices) -> Truths:
    """The ballots of some pairs, both ways."""
    chosen = np.zeros(len(mutual.counts), dtype=bool)
    chosen[mutual.there[pairs]] = True
    chosen[mutual.back[pairs]] = True
    return chosen[mutual.cell]


def has_everybody(ballots: Ballots) -> bool:
    """Whether every rater and every unit still has a ballot."""
    given, got = sizes(ballots)
    return bool(given.all() and got.all())
