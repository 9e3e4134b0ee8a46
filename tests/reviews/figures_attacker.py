"""An attacker who solves what a round publishes for single ballots, knowing more than anybody really does.

It knows who had dealings with whom, the ballots of its fellows, and how the figures are made: each estimate is a weighted
sum of ballot means, blurred by its step. It takes ballots for normal around their unit and their rater, and gives each
unknown one the mean that fits everything best (least squares), and how sure that is. Two months may share their ballots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reviews.figures_fit import HUNDREDTHS, known_beyond_prior

Cell = tuple[str, str, int]
"""(rater, unit, version): a ballot that is the same in two months is one cell."""

SPREADS = (0.36, 0.45, 0.45)
"""Of raters, units and ballots, where nothing else is published."""


@dataclass(frozen=True)
class Month:
    """What one month publishes, and whose ballots stand behind it."""

    cells: Sequence[Cell]
    fits: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Guess:
    """The best guess of each unknown ballot mean, and its spread."""

    cells: list[Cell]
    mean: np.ndarray
    spread: np.ndarray


def attack(months: Sequence[Month], known: Mapping[Cell, float], *, blur: float = 1.0) -> Guess:
    """Guess every ballot of the published units that is not known. `blur` 0: the estimates are exact."""
    cells = list(dict.fromkeys(cell for month in months for cell in month.cells))
    at = {cell: place for place, cell in enumerate(cells)}
    level = np.mean([unit["estimate"] for month in months for fit in month.fits for unit in fit["units"]]) / HUNDREDTHS
    prior = _prior(cells)
    rows, seen, noise = [], [], []
    for month in months:
        for fit in month.fits:
            own = _published_cells(month.cells, fit)
            weights = estimator(own, [unit["unit"] for unit in fit["units"]], fit)
            row = np.zeros((len(weights), len(cells)))
            row[:, [at[cell] for cell in own]] = weights
            rows.append(row)
            seen += [unit["estimate"] / HUNDREDTHS - level for unit in fit["units"]]
            noise += [(blur * unit["width"] / HUNDREDTHS) ** 2 / 12 + 1e-6 for unit in fit["units"]]
    given = [cell for cell in cells if cell in known]
    told = np.zeros((len(given), len(cells)))
    told[np.arange(len(given)), [at[cell] for cell in given]] = 1.0
    matrix = np.concatenate([*rows, told])
    values = np.array([*seen, *(known[cell] - level for cell in given)])
    carried = prior @ matrix.T
    inner = matrix @ carried + np.diag([*noise, *([1e-6] * len(given))])
    gain = np.linalg.solve(inner, carried.T).T
    left = np.diag(prior) - np.einsum("ij,ij->i", gain, carried)
    published = {unit["unit"] for month in months for fit in month.fits for unit in fit["units"]}
    wanted = [place for place, cell in enumerate(cells) if cell not in known and cell[1] in published]
    mean = level + gain @ values
    return Guess([cells[place] for place in wanted], mean[wanted], np.sqrt(np.maximum(left[wanted], 0.0)))


def estimator(cells: Sequence[Cell], units: Sequence[str], fit: Mapping[str, Any]) -> np.ndarray:
    """The weights with which the model makes estimates of ballots, at the published spreads: a row a unit."""
    sd_rater, sd_unit, sd_ballot = (
        fit[name] / HUNDREDTHS or usual
        for name, usual in zip(("sd_rater", "sd_unit", "sd_residual"), SPREADS, strict=True)
    )
    raters = {rater: place for place, rater in enumerate(dict.fromkeys(cell[0] for cell in cells))}
    rater = np.array([raters[cell[0]] for cell in cells])
    unit = np.array([units.index(cell[1]) for cell in cells])
    if len(units) == 1 or not fit["sd_unit"]:
        return np.full((len(units), len(cells)), 1.0 / len(cells))  # one mean for all
    ratio = sd_rater / sd_ballot
    dense = np.zeros((len(raters), len(units)))
    dense[rater, unit] = 1.0
    shrink = ratio**2 / (1.0 + ratio**2 * dense.sum(axis=1))
    pull = np.zeros((len(units), len(cells)))
    pull[unit, np.arange(len(cells))] = 1.0
    pull -= (shrink[:, None] * dense)[rater].T  # what an average rater would have given
    information = pull @ np.eye(len(units))[unit]
    of_level = information.sum(axis=1)
    told = known_beyond_prior(rater, unit, np.ones(len(cells)), dense.shape, ratio)
    centred = pull - np.outer(of_level, pull.sum(axis=0)) / of_level.sum()
    effects = np.linalg.solve(told + np.eye(len(units)) * (sd_ballot / sd_unit) ** 2, centred)
    mu = (pull.sum(axis=0) - of_level @ effects) / of_level.sum()
    return effects + mu


def _published_cells(cells: Sequence[Cell], fit: Mapping[str, Any]) -> list[Cell]:
    units = {unit["unit"] for unit in fit["units"]}
    return [cell for cell in cells if cell[1] in units]


def _prior(cells: Sequence[Cell]) -> np.ndarray:
    """How alike ballots are taken to be: of one unit, of one rater, and for the rest not at all."""
    sd_rater, sd_unit, sd_ballot = SPREADS
    raters, units = (np.unique([cell[side] for cell in cells], return_inverse=True)[1] for side in (0, 1))
    same_rater, same_unit = raters[:, None] == raters, units[:, None] == units
    return sd_unit**2 * same_unit + sd_rater**2 * same_rater + sd_ballot**2 * np.eye(len(cells))
