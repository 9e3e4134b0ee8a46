"""PURE: the bare model from sums alone, so that it can be checked after the ballots are destroyed.

What rater sums, unit sums, one sum of squares and who scored whom leave open does not move the fit: 53 numbers at 26
units. Weights are not among them, for one below 1 names a pair. Any ballots with these sums will do; the ones made up
here are the smoothest, and what squares they lack is error. Knows sums. Refuses to know a ballot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from locales.errors import DomainError
from reviews.severity import Fit, fit_model
from reviews.severity_ballots import Ballots, Floats, Indices, sums_by
from reviews.severity_model import model_of


@dataclass(frozen=True, slots=True)
class Margins:
    """What is kept: sums of ballot means by rater and by unit, their squares around the mean of all, and the pairs.

    `rater` and `unit` are the places of each pair that was scored, `times` in how many rounds.
    """

    raters: tuple[str, ...]
    units: tuple[str, ...]
    rater: Indices
    unit: Indices
    times: Indices
    rater_sums: Floats
    unit_sums: Floats
    squares: float


def margins_of(ballots: Ballots) -> Margins:
    """The margins of complete ballots. `severity_margins` where criteria are missing: sums do not hold what counts."""
    if not ballots.is_complete:
        raise DomainError("severity_margins")
    keys, times = np.unique(ballots.rater * len(ballots.units) + ballots.unit, return_counts=True)
    return Margins(
        ballots.raters,
        ballots.units,
        keys // len(ballots.units),
        keys % len(ballots.units),
        times,
        sums_by(ballots.rater, ballots.mean, len(ballots.raters)),
        sums_by(ballots.unit, ballots.mean, len(ballots.units)),
        float(np.square(ballots.mean - ballots.mean.mean()).sum()),
    )


def refit(margins: Margins) -> Fit:
    """The plain fit of the ballots that the margins are of."""
    observations = int(margins.times.sum())
    times = margins.times.astype(np.float64)
    smooth = _smoothest(margins, times)
    centre = float(times @ smooth) / observations
    missing = margins.squares - float(times @ np.square(smooth - centre))
    every = np.repeat(np.arange(len(times)), margins.times)
    model = model_of(
        margins.rater[every],
        margins.unit[every],
        (len(margins.raters), len(margins.units)),
        smooth[every],
        fixed=np.ones(observations),
        free=None,
        extra=max(missing, 0.0),
        observations=observations,
        constant=0.0,
    )
    return fit_model(model, margins.raters, margins.units)


def _smoothest(margins: Margins, times: Floats) -> Floats:
    """A value for each pair, a rater's part and a unit's, that has these sums."""
    raters, units = len(margins.raters), len(margins.units)
    given, got = sums_by(margins.rater, times, raters), sums_by(margins.unit, times, units)
    counts = np.zeros((raters, units))
    counts[margins.rater, margins.unit] = times
    block = np.diag(got) - counts.T @ (counts / given[:, None]) + 1.0 / units  # the last term fixes their common level
    of_units = np.linalg.solve(block, margins.unit_sums - counts.T @ (margins.rater_sums / given))
    of_raters = (margins.rater_sums - counts @ of_units) / given
    smooth: Floats = of_raters[margins.rater] + of_units[margins.unit]
    return smooth
