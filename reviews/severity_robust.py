"""PURE: the fit that counts: extreme mutual pairs set aside, Huber weights on the rest, then the model as it stands.

Setting aside takes a pair that lies beyond |S| 3 out of the fit, both ballots, and says nothing about it: in an honest
round of 26 units one pair does. A weight below 1 halves the pull of a ballot that lies twice as far off as the bound.
What would tear the ballots into parts is not set aside. Knows ballots. Refuses to publish weights: they name pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reviews.severity import Fit, fit_model, require_one_part
from reviews.severity_ballots import Ballots, Floats, Indices, Truths, is_connected, sums_by, without
from reviews.severity_likelihood import Solved, solve_at
from reviews.severity_model import Model, lay_out
from reviews.severity_pairs import (
    Mutual,
    by_cell,
    cells_to_ballots,
    has_everybody,
    mutual_pairs,
    pair_statistics,
    reciprocity,
    standardise,
)
from reviews.severity_search import LARGE, Progress, guess

SET_ASIDE = 3.0
"""|S| beyond which a mutual pair does not count."""

HUBER = 2.0
"""z up to which a ballot counts in full."""

_ROUNDS, _ROUNDS_OF_LARGE = 12, 2
_SWEEPS, _SETTLED = 60, 1e-4


@dataclass(frozen=True, slots=True)
class Effects:
    """The mean and both kinds of effects, in the scale of a model."""

    mu: float
    eliminated: Floats
    kept: Floats


@dataclass(frozen=True, slots=True)
class RobustFit:
    """The fit, and for each ballot its weight (0 if set aside) and its z, in units of `spread`, a robust one.

    `mutual` and `rho` are the pairs of the round and how much they return, as they were found.
    """

    fit: Fit
    weights: Floats
    z: Floats
    spread: float
    mutual: Mutual
    rho: float

    @property
    def set_aside(self) -> Truths:
        return np.equal(self.weights, 0.0)


def robust_fit(ballots: Ballots, *, progress: Progress | None = None) -> RobustFit:
    """Fit, set aside, weigh, fit again until nothing moves. Errors: those of `plain_fit`."""
    require_one_part(ballots)
    mutual = mutual_pairs(ballots)
    model = lay_out(ballots)
    ones = np.ones(len(ballots))
    if not model.scale:
        return RobustFit(
            fit_model(model, ballots.raters, ballots.units), ones, np.zeros(len(ballots)), 0.0, mutual, 0.0
        )
    ratios = guess(model)
    solved = solve_at(model, ratios)
    left = model.y - fitted(model, Effects(solved.mu, solved.eliminated, solved.kept))
    z, _ = standardise(ballots, left, spreads(model, ratios), ones)
    aside = _without_breach(ballots, mutual, extreme_pairs(mutual, z))
    fewer = without(ballots, aside)
    rest = lay_out(fewer)
    solved = solve_at(rest, ratios)
    weights = np.ones(len(fewer))
    rounds = _ROUNDS_OF_LARGE if min(model.sides) >= LARGE else _ROUNDS
    for turn in range(rounds):
        before = weights
        weights = _weigh(fewer, rest, solved, weights)
        weighted = weigh(rest, weights)
        is_last = turn == rounds - 1
        fit = fit_model(
            weighted, ballots.raters, ballots.units, start=solved.ratios, progress=progress, rough=not is_last
        )
        assert fit.solved is not None
        solved = fit.solved
        if np.abs(weights - before).max() < _SETTLED:
            break
    every = np.zeros(len(ballots))
    every[~aside] = weights
    off = ballots.mean - fit.mu - fit.severity[ballots.rater] - fit.effect[ballots.unit]
    z, spread = standardise(ballots, off, spreads(model, solved.ratios), every)
    return RobustFit(fit, every, z, spread, mutual, reciprocity(mutual, by_cell(mutual, z)))


def weigh(model: Model, weights: Floats) -> Model:
    """The model with a weight for each ballot."""
    return replace(model, fixed=model.fixed / weights, free=None if model.free is None else model.free / weights)


def spreads(model: Model, ratios: Floats) -> Floats:
    """How the standard deviations of the errors of ballots relate."""
    return np.sqrt(model.fixed if model.free is None else model.fixed + ratios[2] * model.free)


def extreme_pairs(mutual: Mutual, z: Floats) -> Indices:
    """The pairs beyond |S| 3, the most extreme first."""
    of_cell = by_cell(mutual, z)
    statistic = np.abs(pair_statistics(mutual, of_cell, reciprocity(mutual, of_cell)))
    extreme = np.flatnonzero(statistic > SET_ASIDE)
    return extreme[np.argsort(-statistic[extreme], kind="stable")]


def _without_breach(ballots: Ballots, mutual: Mutual, extreme: Indices) -> Truths:
    """The ballots of extreme pairs, but for those without whom the rest would fall apart."""
    aside = cells_to_ballots(mutual, extreme)
    if not aside.any() or _holds(ballots, aside):
        return aside
    chosen: Indices = extreme[:0]
    for pair in extreme:
        tried = np.append(chosen, pair)
        if _holds(ballots, cells_to_ballots(mutual, tried)):
            chosen = tried
    return cells_to_ballots(mutual, chosen)


def _holds(ballots: Ballots, aside: Truths) -> bool:
    fewer = without(ballots, aside)
    return has_everybody(fewer) and is_connected(fewer)


def _weigh(ballots: Ballots, model: Model, solved: Solved, weights: Floats) -> Floats:
    """Huber weights at given ratios: effects and weights in turn until the weights settle."""
    spread = spreads(model, solved.ratios)
    effects = Effects(solved.mu, solved.eliminated, solved.kept)
    full = np.ones(len(ballots))
    for _ in range(_SWEEPS):
        left = model.y - fitted(model, effects)
        before, weights = weights, huber(standardise(ballots, left, spread, full)[0])
        if np.abs(weights - before).max() < _SETTLED:
            break
        effects = swept(model, model.y, weights / np.square(spread), effects, solved.ratios)
    return weights


def huber(z: Floats) -> Floats:
    """The weight of each ballot by its z."""
    return np.minimum(1.0, HUBER / np.maximum(np.abs(z), HUBER))


def fitted(model: Model, effects: Effects) -> Floats:
    """What the effects let expect of each ballot."""
    return effects.mu + effects.eliminated[model.eliminated] + effects.kept[model.kept]


def swept(model: Model, y: Floats, pull: Floats, effects: Effects, ratios: Floats) -> Effects:
    """The effects after one turn: the mean, the eliminated and the kept ones, each given the others."""
    mu = effects.mu + float(pull @ (y - fitted(model, effects))) / float(pull.sum())
    left = pull * (y - mu - effects.kept[model.kept])
    out = _shrunk(left, pull, model.eliminated, model.sides[0], ratios[0])
    left = pull * (y - mu - out[model.eliminated])
    return Effects(mu, out, _shrunk(left, pull, model.kept, model.sides[1], ratios[1]))


def _shrunk(left: Floats, pull: Floats, groups: Indices, number: int, ratio: float) -> Floats:
    return ratio * sums_by(groups, left, number) / (1.0 + ratio * sums_by(groups, pull, number))
