"""PURE: the figures by which a round is watched, and honest rounds of the same make to compare them with.

An honest round has the same raters, units and missing scores, the effects that were found, the round's own reciprocity,
errors of the size that was found, and scores on the same steps between the same ends. It is fitted at the variances of
the round, with the weights of the round. Knows one fit. Refuses to say what is too much: `collusion` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reviews.severity_ballots import Ballots, Floats, Indices, sizes, sums_by
from reviews.severity_model import lay_out
from reviews.severity_pairs import by_cell, cells_to_ballots, leaning, reciprocity, standardise
from reviews.severity_robust import Effects, RobustFit, extreme_pairs, fitted, huber, spreads, swept

FEWEST_BALLOTS = 8
"""Below this many ballots nothing is said about how a rater spreads them."""

_BRIGADE = 3
_RING_SIDE = 1.25  # S that each pair of a ring has by itself
_MOST_OF_SIDE = 3.0  # S that a pair counts for at most: one pair and a bystander are no ring
_STRONG_EDGES = 60  # a ring's strongest pair is among the strongest of all
_MOST_STEPS = 400  # a scale with more different scores has no steps
_PILOTS, _MOST_WIDENED = 3, 1.5
_TURNS = 4  # of effects and weights, from the truth
_LINE = 5  # raters that a typical spread is taken from


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round shows. Pairs as in `mutual`; a triangle is three units and the sum of its six z over its spread.

    `brigade` by unit: how low its third lowest z lies. `line` by rater: the spread of its ballots over that of the
    median rater; `one_value`: the share of its commonest score. NaN where there is too little to say.
    """

    of_cell: Floats
    pairs: Floats
    triangles: tuple[tuple[float, tuple[int, int, int]], ...]
    brigade: Floats
    line: Floats
    one_value: Floats


@dataclass(frozen=True, slots=True)
class Round:
    """A fitted round with what all its figures need."""

    ballots: Ballots
    robust: RobustFit
    cell_units: Indices
    neighbours: tuple[tuple[int, ...], ...]
    pair_of: dict[tuple[int, int], int]


def round_of(ballots: Ballots, robust: RobustFit) -> Round:
    """A round, ready to be watched."""
    mutual = robust.mutual
    cell_units = np.zeros(len(mutual.counts), dtype=np.intp)
    cell_units[mutual.cell] = ballots.unit
    pair_of = {
        (one, other): at for at, (one, other) in enumerate(zip(mutual.one.tolist(), mutual.other.tolist(), strict=True))
    }
    joined: list[set[int]] = [set() for _ in ballots.units]
    for one, other in pair_of:
        joined[one].add(other)
        joined[other].add(one)
    return Round(ballots, robust, cell_units, tuple(tuple(sorted(each)) for each in joined), pair_of)


def figures_of(seen: Round, z: Floats, means: Floats, scores: Floats, *, ring_from: float = 0.0) -> Figures:
    """The figures of a round from its z, ballot means and single scores; of triangles those beyond `ring_from`."""
    mutual = seen.robust.mutual
    of_cell = by_cell(mutual, z)
    rho = reciprocity(mutual, of_cell)
    pairs = leaning(mutual, of_cell, rho)
    return Figures(
        of_cell,
        pairs,
        _triangles(seen, of_cell, rho, ring_from),
        _lowest(seen, of_cell),
        _lines(seen.ballots, means),
        _one_values(seen.ballots, scores),
    )


def own_figures(seen: Round) -> Figures:
    """The figures of the round itself."""
    return figures_of(seen, seen.robust.z, seen.ballots.mean, seen.ballots.scores)


class Honest:
    """Honest rounds of the same make, one at a time."""

    def __init__(self, seen: Round) -> None:
        ballots, fit = seen.ballots, seen.robust.fit
        assert fit.solved is not None
        self._seen = seen
        self._ratios = fit.solved.ratios
        self._model = lay_out(ballots)
        self._spread = spreads(self._model, self._ratios)
        units, raters = _spread_to(fit.effect, fit.sd_unit), _spread_to(fit.severity, fit.sd_rater)
        self._expected = fit.mu + units[ballots.unit] + raters[ballots.rater]
        scale = self._model.scale
        pair = (raters / scale, units / scale) if self._model.units_are_kept else (units / scale, raters / scale)
        self._true = Effects((fit.mu - self._model.centre) / scale, *pair)
        typical = len(ballots) / float((1.0 / ballots.count).sum())
        if fit.sd_ballot is None:
            self._sd_score = float(np.sqrt(ballots.within / max(1, len(ballots.scores) - len(ballots))))
            beyond = fit.sd_residual**2 - self._sd_score**2 / typical
            self._sd_ballot = float(np.sqrt(max(beyond, 0.0)))
        else:
            self._sd_ballot, self._sd_score = fit.sd_ballot, fit.sd_residual
        self._rho = _own_rho(seen.robust.rho, self._sd_ballot, self._sd_score, typical)
        self._step = _step(ballots.scores)
        self._ends = (float(ballots.scores.min()), float(ballots.scores.max()))
        self._widen()

    def round(self, random: np.random.Generator, *, ring_from: float = 0.0) -> Figures:
        """The figures of one honest round."""
        means, scores = self._scores(random)
        return figures_of(self._seen, self._z(means)[0], means, scores, ring_from=ring_from)

    def _scores(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Ballot means and single scores of an honest round, on the steps and between the ends of the scale."""
        ballots = self._seen.ballots
        latent = self._expected + self._sd_ballot * self._halo(random)
        scores = latent[ballots.of] + self._sd_score * random.standard_normal(len(ballots.scores))
        if self._step:
            scores = self._ends[0] + self._step * np.rint((scores - self._ends[0]) / self._step)
        scores = np.clip(scores, *self._ends)
        return sums_by(ballots.of, scores, len(ballots)) / ballots.count, scores

    def _widen(self) -> None:
        """Views as far apart as makes the scores, cut off at the ends of the scale, as far apart as the round's."""
        ballots, random = self._seen.ballots, np.random.default_rng(0)
        wanted = self._seen.robust.spread
        for _ in range(_PILOTS):
            means, scores = self._scores(random)
            within = float(np.square(scores - means[ballots.of]).sum())
            if within and ballots.within:
                self._sd_score *= min(float(np.sqrt(ballots.within / within)), _MOST_WIDENED)
            found = self._z(means)[1] * self._model.scale
            if found and wanted:
                self._sd_ballot *= min(wanted / found, _MOST_WIDENED)

    def _halo(self, random: np.random.Generator) -> Floats:
        """One number a ballot, alike in both ballots of a mutual pair as the round's reciprocity says."""
        mutual = self._seen.robust.mutual
        of_cell = random.standard_normal(len(mutual.counts))
        shared = random.standard_normal(len(mutual))
        for cells in (mutual.there, mutual.back):
            of_cell[cells] = np.sqrt(self._rho) * shared + np.sqrt(1.0 - self._rho) * of_cell[cells]
        return of_cell[mutual.cell]

    def _z(self, means: Floats) -> tuple[Floats, float]:
        """The z of a simulated round and their spread, found as the round's own were, by setting aside and weighing."""
        ballots, model = self._seen.ballots, self._model
        y = (means - model.centre) / model.scale
        weights = np.ones(len(y))
        precision = 1.0 / np.square(self._spread)
        effects = self._true
        for _ in range(_TURNS):
            effects = swept(model, y, precision, effects, self._ratios)
        z, spread = standardise(ballots, y - fitted(model, effects), self._spread, weights)
        aside = cells_to_ballots(self._seen.robust.mutual, extreme_pairs(self._seen.robust.mutual, z))
        for _ in range(_TURNS):
            weights = np.where(aside, 0.0, huber(z))
            effects = swept(model, y, weights * precision, effects, self._ratios)
            z, spread = standardise(ballots, y - fitted(model, effects), self._spread, weights)
        return z, spread


def _spread_to(effects: Floats, spread: float) -> Floats:
    """Estimated effects lie closer together than true ones; these are as far apart as the fit says they are."""
    own = float(np.sqrt(np.square(effects).mean()))
    return effects * (spread / own) if own else effects


def _own_rho(rho: float, sd_ballot: float, sd_score: float, count: float) -> float:
    """The reciprocity of views that shows as `rho` in ballot means, which single scores blur."""
    seen = sd_ballot**2
    return min(rho * (seen + sd_score**2 / count) / seen, 0.95) if seen else 0.0


def _step(scores: Floats) -> float:
    """The step of the scale, 0 where there is none."""
    different = np.unique(scores)
    if not 2 <= len(different) <= _MOST_STEPS:  # noqa: PLR2004 - one score has no step
        return 0.0
    step = float(np.diff(different).min())
    places = (different - different[0]) / step
    return step if float(np.abs(places - np.rint(places)).max()) < 1e-6 else 0.0  # noqa: PLR2004 - rounding


def _triangles(
    seen: Round, of_cell: Floats, rho: float, least_ring: float
) -> tuple[tuple[float, tuple[int, int, int]], ...]:
    """The strongest rings of three, strongest first: through each strong pair the best third."""
    mutual = seen.robust.mutual
    if len(mutual) < 3:  # noqa: PLR2004 - a triangle has three sides
        return ()
    width = float(np.sqrt(6.0 * (1.0 + rho)))
    side = float(np.sqrt(2.0 * (1.0 + rho)))
    sums = np.minimum(of_cell[mutual.there] + of_cell[mutual.back], _MOST_OF_SIDE * side)
    strong = np.argsort(-sums, kind="stable")[:_STRONG_EDGES]
    least = _RING_SIDE * side
    found: dict[tuple[int, int, int], float] = {}
    one, other = mutual.one.tolist(), mutual.other.tolist()
    for pair in strong.tolist():
        if sums[pair] <= max(least, least_ring * width / 3.0):
            break
        for third in _common(seen.neighbours[one[pair]], seen.neighbours[other[pair]]):
            sides = sums[_pair(seen, one[pair], third)], sums[_pair(seen, other[pair], third)]
            if min(sides) > least:
                first, second, last = sorted((one[pair], other[pair], third))
                found[first, second, last] = float(sums[pair] + sum(sides)) / width
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return tuple((statistic, members) for members, statistic in ordered[: 4 * _STRONG_EDGES])


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> set[int]:
    return set(one).intersection(other)


def _pair(seen: Round, one: int, other: int) -> int:
    return seen.pair_of[(one, other) if one < other else (other, one)]


def _lowest(seen: Round, of_cell: Floats) -> Floats:
    """How low the third lowest z of each unit lies: one sworn enemy, or a pair at odds, does not move it."""
    number = len(seen.ballots.units)
    order = np.lexsort((of_cell, seen.cell_units))
    counts = np.bincount(seen.cell_units, minlength=number)
    starts = np.cumsum(counts) - counts
    enough = counts > 2 * _BRIGADE
    depth = np.full(number, np.nan)
    depth[enough] = -of_cell[order[starts[enough] + _BRIGADE - 1]]
    return depth


def _lines(ballots: Ballots, means: Floats) -> Floats:
    given = sizes(ballots).given
    number = len(ballots.raters)
    average = sums_by(ballots.rater, means, number) / given
    squares = sums_by(ballots.rater, np.square(means - average[ballots.rater]), number)
    spread = np.sqrt(squares / np.maximum(given - 1, 1))
    enough = given >= FEWEST_BALLOTS
    typical = float(np.median(spread[enough])) if int(enough.sum()) >= _LINE else 0.0
    return np.where(enough, spread / typical, np.nan) if typical else np.full(number, np.nan)


def _one_values(ballots: Ballots, scores: Floats) -> Floats:
    """The share of each rater's commonest score; a scale without steps has none."""
    lowest, step = float(scores.min()), _step(scores)
    if not step:
        return np.full(len(ballots.raters), np.nan)
    value = np.rint((scores - lowest) / step).astype(np.intp)
    width = int(value.max()) + 1
    counts = np.bincount(ballots.rater[ballots.of] * width + value, minlength=len(ballots.raters) * width)
    most = counts.reshape(len(ballots.raters), width).max(axis=1)
    total = np.bincount(ballots.rater, weights=ballots.count, minlength=len(ballots.raters))
    return np.where(sizes(ballots).given >= FEWEST_BALLOTS, most / total, np.nan)
