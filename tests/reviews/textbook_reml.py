"""The same model by the textbook: dense matrices, single scores, no profiling tricks; slow, short and independent.

The criterion is that of Bates et al. (2015), eq. 41, on every score by itself with a rater-by-unit term where asked. The
optimiser is the simplex of Nelder and Mead over relative standard deviations, whose sign means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reviews.severity_ballots import Ballots, ballots_of


@dataclass
class Textbook:
    """Scores one by one with the indicator matrices of raters, units and, where criteria are missing, ballots."""

    y: np.ndarray
    factors: list[np.ndarray]

    def criterion(self, theta: np.ndarray) -> float:
        n = len(self.y)
        covariance = self.covariance(theta)
        inverse = np.linalg.inv(covariance)
        information = inverse.sum()
        mu = (inverse @ self.y).sum() / information
        squares = (self.y - mu) @ inverse @ (self.y - mu)
        log_determinant = np.linalg.slogdet(covariance)[1]
        return log_determinant + np.log(information) + (n - 1) * (1 + np.log(2 * np.pi * squares / (n - 1)))

    def covariance(self, theta: np.ndarray) -> np.ndarray:
        parts = (one**2 * factor @ factor.T for one, factor in zip(theta, self.factors, strict=True))
        return np.eye(len(self.y)) + sum(parts)

    def effects(self, theta: np.ndarray) -> tuple[float, float, list[np.ndarray], np.ndarray]:
        """mu, sigma, the predicted effects of each factor, and the posterior covariance of the units'."""
        n = len(self.y)
        inverse = np.linalg.inv(self.covariance(theta))
        ones = inverse.sum(axis=1)
        projection = inverse - np.outer(ones, ones) / ones.sum()
        mu = ones @ self.y / ones.sum()
        sigma2 = self.y @ projection @ self.y / (n - 1)
        effects = [one**2 * factor.T @ projection @ self.y for one, factor in zip(theta, self.factors, strict=True)]
        units = self.factors[1]
        ratio = theta[1] ** 2
        posterior = ratio * np.eye(units.shape[1]) - ratio**2 * units.T @ projection @ units
        return mu, np.sqrt(sigma2), effects, sigma2 * posterior

    def best(self) -> np.ndarray:
        """The relative standard deviations that fit best, from several starts."""
        terms = len(self.factors)
        starts = [
            np.full(terms, 1.0),
            np.full(terms, 0.2),
            np.array([2.0, 0.3, 1.0][:terms]),
            np.array([0.3, 2.0, 0.5][:terms]),
        ]
        ends = [simplex(self.criterion, start) for start in starts]
        return np.abs(min(ends, key=self.criterion))


def textbook(ballots: Ballots) -> Textbook:
    """The textbook's view of ballots: their means if every criterion is there, else their single scores."""
    if ballots.is_complete:
        return Textbook(ballots.mean, [_indicators(ballots.rater), _indicators(ballots.unit)])
    rater, unit = ballots.rater[ballots.of], ballots.unit[ballots.of]
    return Textbook(ballots.scores, [_indicators(rater), _indicators(unit), _indicators(ballots.of)])


def simplex(function: Callable[[np.ndarray], float], start: np.ndarray, *, steps: int = 4000) -> np.ndarray:
    """The lowest point that the simplex finds, started anew until it moves no more."""
    best = start
    for _ in range(4):
        moved = _descend(function, best, steps)
        if function(best) - function(moved) < 1e-11:
            return moved
        best = moved
    return best


def _descend(function: Callable[[np.ndarray], float], start: np.ndarray, steps: int) -> np.ndarray:
    corners = [start, *(start + 0.25 * (1 + abs(start)) * side for side in np.eye(len(start)))]
    values = [function(corner) for corner in corners]
    for _ in range(steps):
        order = np.argsort(values)
        corners, values = [corners[at] for at in order], [values[at] for at in order]
        if values[-1] - values[0] < 1e-13 * abs(values[0]) and max(np.abs(corners[-1] - corners[0])) < 1e-9:
            break
        middle = np.mean(corners[:-1], axis=0)
        reflected = middle + (middle - corners[-1])
        tried = [(function(reflected), reflected)]
        if tried[0][0] < values[0]:
            stretched = middle + 2 * (middle - corners[-1])
            tried.append((function(stretched), stretched))
        elif tried[0][0] >= values[-2]:
            nearer = middle + 0.5 * (reflected - middle if tried[0][0] < values[-1] else corners[-1] - middle)
            tried.append((function(nearer), nearer))
        value, corner = min(tried, key=lambda each: each[0])
        if value < values[-1]:
            corners[-1], values[-1] = corner, value
        else:
            corners = [corners[0], *(corners[0] + 0.5 * (corner - corners[0]) for corner in corners[1:])]
            values = [values[0], *(function(corner) for corner in corners[1:])]
    return corners[int(np.argmin(values))]


def _indicators(groups: np.ndarray) -> np.ndarray:
    return (groups[:, None] == np.arange(groups.max() + 1)).astype(float)


def round_of_scores(
    seed: int,
    raters: int = 26,
    units: int = 26,
    *,
    criteria: int = 5,
    share: float = 0.9,
    missing: float = 0.0,
    sd_rater: float = 0.36,
    sd_unit: float = 0.45,
    sd_ballot: float = 0.35,
    sd_score: float = 0.45,
    steps: bool = True,
) -> tuple[dict[tuple[str, str, str], dict[str, float]], dict[str, float]]:
    """A made-up round and the true worth of its units. Where there are as many raters as units, they are the same."""
    random = np.random.default_rng(seed)
    worth = sd_unit * random.standard_normal(units)
    severity = sd_rater * random.standard_normal(raters)
    scores: dict[tuple[str, str, str], dict[str, float]] = {}
    for rater in range(raters):
        for unit in range(units):
            if (rater == unit and raters == units) or (random.random() > share and rater != (unit + 1) % raters):
                continue
            view = 3.8 + worth[unit] + severity[rater] + sd_ballot * random.standard_normal()
            values = view + sd_score * random.standard_normal(criteria)
            values = np.clip(np.rint(values), 1, 5) if steps else values
            held = {f"c{at}": float(value) for at, value in enumerate(values) if random.random() >= missing}
            name = f"u{rater}" if raters == units else f"r{rater}"
            scores[name, f"u{unit}", ""] = held
    return scores, {f"u{unit}": float(worth[unit]) for unit in range(units)}


def some_ballots(seed: int, raters: int = 26, units: int = 26, **world: object) -> Ballots:
    """Ballots of a made-up round."""
    return ballots_of(round_of_scores(seed, raters, units, **world)[0])  # type: ignore[arg-type]


def agreement(true: np.ndarray, estimated: np.ndarray) -> float:
    """Kendall's tau."""
    one, other = np.triu_indices(len(true), 1)
    return float(np.mean(np.sign(true[one] - true[other]) * np.sign(estimated[one] - estimated[other])))
