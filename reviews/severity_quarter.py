"""PURE: three rounds as one, from what each published: estimates and their joint covariance.

Each round's information is what it knows beyond its prior; information adds up. But a rater who thinks well of a unit
in one month does so in the next: views of one pair in two months are taken to be alike by `alike`, so that k rounds are
worth k / (1 + (k − 1) alike). Knows published figures only. Refuses to know ballots, which are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reviews.rank_intervals import Places, places
from reviews.severity import Fit, unit_covariance
from reviews.severity_ballots import Floats
from reviews.severity_pairs import MONTHS_ALIKE


@dataclass(frozen=True, slots=True)
class Published:
    """What a count publishes of one round, or a quarter of three: effects around mu, and their posterior covariance."""

    units: tuple[str, ...]
    mu: float
    effect: Floats
    covariance: Floats
    sd_unit: float

    @property
    def score(self) -> Floats:
        return self.mu + self.effect


def published(fit: Fit) -> Published:
    """The publishable part of a fit."""
    return Published(fit.units, fit.mu, fit.effect, unit_covariance(fit), fit.sd_unit)


def combine(rounds: Sequence[Published], *, alike: float = MONTHS_ALIKE) -> Published:
    """Rounds as one; units in the order in which they first appear. ValueError without any round.

    `alike`, from 0 (each month a new view) to 1 (nothing new), is an assumption and is printed beside the result. A
    round that saw no difference between units counts like the others, with no difference.
    """
    if not rounds:
        msg = "no rounds to combine"
        raise ValueError(msg)
    units = tuple(dict.fromkeys(unit for each in rounds for unit in each.units))
    mu = float(np.mean([each.mu for each in rounds]))
    variance = float(np.mean([each.sd_unit**2 for each in rounds]))
    telling = [each for each in rounds if each.sd_unit > 0.0]
    if not telling:
        return Published(units, mu, np.zeros(len(units)), np.zeros((len(units), len(units))), 0.0)
    place = {unit: at for at, unit in enumerate(units)}
    information, pull, times = np.zeros((len(units), len(units))), np.zeros(len(units)), np.zeros(len(units))
    for each in telling:
        at = np.array([place[unit] for unit in each.units])
        precision = np.linalg.inv(each.covariance)
        pull[at] += precision @ each.effect
        information[np.ix_(at, at)] += precision - np.eye(len(at)) / each.sd_unit**2
        times[at] += 1.0
    information *= len(rounds) / len(telling)
    times *= len(rounds) / len(telling)
    seen = _levelled(information, pull)
    worth = 1.0 / np.sqrt(1.0 + np.maximum(times - 1.0, 0.0) * alike)
    information = worth[:, None] * information * worth
    inverse = np.linalg.inv(information + np.eye(len(units)) / variance)
    covariance = np.asarray((inverse + inverse.T) / 2.0, dtype=np.float64)
    return Published(units, mu, covariance @ (information @ seen), covariance, float(np.sqrt(variance)))


def place_quarter(quarter: Published, *, interval: float, draws: int, random: np.random.Generator) -> Places:
    """Ranks of the units of a quarter, with intervals from that many joint draws, and bands."""
    if not quarter.sd_unit:
        return places(quarter.effect, None, interval=interval)
    lower = np.linalg.cholesky(quarter.covariance)
    drawn = quarter.effect[:, None] + lower @ random.standard_normal((len(quarter.units), draws))
    return places(quarter.effect, drawn, interval=interval)


def _levelled(information: Floats, pull: Floats) -> Floats:
    """What the rounds saw before any prior; their common level, of which they know nothing, is 0."""
    number = len(pull)
    typical = float(np.trace(information)) / number
    level = np.full((number, number), typical / number) + 1e-9 * typical * np.eye(number)
    return np.asarray(np.linalg.solve(information + level, pull), dtype=np.float64)
