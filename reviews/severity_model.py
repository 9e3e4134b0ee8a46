"""PURE: the crossed mixed model, laid out for fitting: y = mu + rater + unit + error, raters and units random.

Per ballot mean the error has variance sigma² (fixed + eta · free): for complete ballots 1 and 0; where criteria are
missing a ballot of m scores has 1/m and 1, eta being the variance of the rater-by-unit term over that of one score. A
weight divides both. The larger of the two factors is *eliminated* (its block is diagonal), the smaller one is *kept*
(its block is dense). Knows sums and patterns. Refuses to know which of the two are raters, once it is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from locales.errors import DomainError
from reviews.severity_ballots import Ballots, Floats, Indices

LARGEST_KEPT = 6000
"""The largest smaller factor: its dense matrix takes 290 MB."""

_DENSE_CELLS = 30_000_000
_PAIR_COST, _FLOP_COST = 1.0e-8, 5.0e-11  # seconds: a gathered pair, one multiplication in a dense product


@dataclass(frozen=True, slots=True)
class Pattern:
    """Who is joined with whom. A cell is one pair of an eliminated and a kept level; several rounds share it.

    Without `first`, `second` and `place` products go through a dense matrix; with them, through the pairs of cells of
    each eliminated level: cells `first` and `second` meet at `place` = kept of first × side + kept of second.
    """

    cell: Indices
    eliminated: Indices
    kept: Indices
    first: Indices | None
    second: Indices | None
    place: Indices | None


@dataclass(frozen=True, slots=True)
class Model:
    """A model that waits for its variances. `y` is centred and scaled: the scores are `centre` + `scale` · y.

    `extra` is a sum of squares that no effect explains (inside ballots, or what margins leave over), `observations`
    how many scores stand behind all, `constant` what the criterion adds for the scale and the ballots' sizes.
    """

    eliminated: Indices
    kept: Indices
    sides: tuple[int, int]
    y: Floats
    fixed: Floats
    free: Floats | None
    extra: float
    observations: int
    constant: float
    centre: float
    scale: float
    units_are_kept: bool
    pattern: Pattern

    @property
    def has_ballot_term(self) -> bool:
        return self.free is not None


def lay_out(ballots: Ballots, weights: Floats | None = None) -> Model:
    """The model of some ballots: of their means if no criterion is missing, else of their single scores.

    Scores that are all equal give `scale` 0, and nothing can be fitted. `severity_too_large` if both factors are.
    """
    by_score = not ballots.is_complete and bool((ballots.count > 1).any())
    ones = np.ones(len(ballots))
    count = ballots.count.astype(np.float64)
    fixed, free = (1.0 / count, ones) if by_score else (ones, None)
    if weights is not None:
        fixed, free = fixed / weights, None if free is None else free / weights
    observations = len(ballots.scores) if by_score else len(ballots)
    within = ballots.within if by_score else 0.0
    return model_of(
        ballots.rater,
        ballots.unit,
        (len(ballots.raters), len(ballots.units)),
        ballots.mean,
        fixed=fixed,
        free=free,
        extra=within,
        observations=observations,
        constant=float(np.log(count).sum()) if by_score else 0.0,
    )


def model_of(
    rater: Indices,
    unit: Indices,
    sides: tuple[int, int],
    y: Floats,
    *,
    fixed: Floats,
    free: Floats | None,
    extra: float,
    observations: int,
    constant: float,
) -> Model:
    """The model of numbers in columns. `extra` is in squares of the scale of y."""
    if min(sides) > LARGEST_KEPT:
        raise DomainError("severity_too_large", limit=LARGEST_KEPT)
    centre = float(y.mean())
    y = y - centre
    spread = float(np.sqrt((np.square(y).sum() + extra) / observations))
    scale = spread if spread > 1e-12 * max(1e-300, abs(centre)) else 0.0
    units_are_kept = sides[1] <= sides[0]
    eliminated, kept = (rater, unit) if units_are_kept else (unit, rater)
    ordered = sides if units_are_kept else (sides[1], sides[0])
    return Model(
        eliminated,
        kept,
        ordered,
        y / scale if scale else y,
        fixed,
        free,
        extra / scale**2 if scale else 0.0,
        observations,
        constant + 2.0 * (observations - 1) * float(np.log(scale)) if scale else constant,
        centre,
        scale,
        units_are_kept,
        _pattern(eliminated, kept, ordered),
    )


def _pattern(eliminated: Indices, kept: Indices, sides: tuple[int, int]) -> Pattern:
    cells, cell = np.unique(eliminated * sides[1] + kept, return_inverse=True)
    of_eliminated, of_kept = cells // sides[1], cells % sides[1]
    degrees = np.bincount(of_eliminated, minlength=sides[0])
    pairs = int(np.square(degrees).sum())
    dense = sides[0] * sides[1]
    if dense <= _DENSE_CELLS and (dense <= 4096 or dense * sides[1] * _FLOP_COST < pairs * _PAIR_COST):  # noqa: PLR2004
        return Pattern(cell, of_eliminated, of_kept, None, None, None)
    first = np.repeat(np.arange(len(cells)), degrees[of_eliminated])
    starts = np.cumsum(degrees) - degrees
    ends = np.cumsum(degrees[of_eliminated])
    within = np.arange(pairs) - np.repeat(ends - degrees[of_eliminated], degrees[of_eliminated])
    second = starts[of_eliminated[first]] + within
    place = of_kept[first] * sides[1] + of_kept[second]
    return Pattern(cell, of_eliminated, of_kept, first, second, place)
