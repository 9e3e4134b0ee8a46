"""PURE: what is published of the fit of one part of a round, and the places that follow from it.

A document holds whole numbers only: estimates in hundredths of a mark on the coarse step, spreads on a coarse grid, and
a covariance that is worked out anew from those spreads, from bands of raters, and from who cast a ballot for whom, "no
dealings" or not; where nearly everybody did, as if everybody had. So neither weights nor missing dealings can be read
from it. The mean of all is that of the estimates. Knows coarse figures. Refuses to know a mark: `Found` is as fine as
it gets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from consortium.disclosure import BOTTOM_MARK, MARK_ENDS, TOP_MARK, band_floor, coarse_mark, on_step, peer_step
from reviews.rank_intervals import Places, places, ranks
from reviews.severity_ballots import Floats, Indices

HUNDREDTHS = 100
"""Estimates, widths and spreads are in hundredths of a mark."""

COVARIANCE_PARTS = 100_000
"""The covariance is in this part of a squared mark."""

INTERVAL, DRAWS = 90, 1000
"""Per cent of the draws inside an interval of places, and how many draws."""

FEWEST_IN_BANDS = 3
"""Units of a tier from which halves mean something."""

Place = tuple[int, int, int, str | None]
"""(rank, low, high, band)."""

_TYPICAL = {5: 6, 10: 12, 20: 21}  # raters that a band is taken for: sooner too few than too many
_NEARLY_ALL = 0.6  # of all pairs; from here on all are taken to be there, so that not even a ballot not cast shows
_MANY_BALLOTS = 100  # from here on one ballot cannot move a spread by a fine step
_FINE_GRID, _COARSE_GRID = Fraction(1, 20), Fraction(1, 5)
_CLASS_MIDDLE = Fraction(1, 10)  # how far inside the scale a class at its end is taken to lie


@dataclass(frozen=True, slots=True)
class Found:
    """A part as it was fitted: units with exact numbers of raters and mean marks as fine as they were found.

    `spreads` are those of raters, units and ballots, None where there was nothing to fit.
    """

    units: tuple[str, ...]
    raters: tuple[int, ...]
    marks: tuple[Fraction, ...]
    spreads: tuple[float, float, float] | None
    ballots: int


def fit_document(
    found: Found,
    cast: Sequence[tuple[str, str]],
    *,
    tiers: Mapping[str, str],
    unranked: Collection[str],
    seed: int,
    part: int,
    definition: str,
) -> dict[str, Any]:
    """What is published of a part. `cast` are the (rater, unit) of all its ballots, "no dealings" among them."""
    units: list[dict[str, Any]] = [
        {
            "unit": unit,
            "tier": tiers[unit],
            "raters": band_floor(raters),
            "step": int((peer_step(raters) or 0) * HUNDREDTHS),
            "estimate": int(estimate_of(mark, raters) * HUNDREDTHS),
            "width": int(width_of(mark, raters) * HUNDREDTHS),
        }
        for unit, raters, mark in zip(found.units, found.raters, found.marks, strict=True)
    ]
    spreads = _coarse_spreads(found)
    total = sum(unit["estimate"] for unit in units)
    return {
        "definition": definition,
        "part": part,
        "units": units,
        "mu": int(on_step(Fraction(total, len(units)), Fraction(1))),
        "sd_rater": spreads[0],
        "sd_unit": spreads[1],
        "sd_residual": spreads[2],
        "covariance": _covariance(units, cast, spreads),
        "interval": INTERVAL,
        "draws": DRAWS,
        "seed": seed,
        "unranked": sorted(unranked),
    }


def estimate_of(mark: Fraction, raters: int) -> Fraction:
    """A mean mark on its step; what belongs to a class at an end of the scale lies within it."""
    coarse = coarse_mark(mark, raters)
    assert coarse is not None
    if coarse >= TOP_MARK:
        return MARK_ENDS[1] - _CLASS_MIDDLE
    return MARK_ENDS[0] + _CLASS_MIDDLE if coarse <= BOTTOM_MARK else coarse


def width_of(mark: Fraction, raters: int) -> Fraction:
    """How wide the marks lie that are shown as this one is."""
    step, coarse = peer_step(raters), coarse_mark(mark, raters)
    assert step is not None
    assert coarse is not None
    if coarse >= TOP_MARK:
        return MARK_ENDS[1] - TOP_MARK + step / 2
    return BOTTOM_MARK - MARK_ENDS[0] + step / 2 if coarse <= BOTTOM_MARK else step


def covariance_of(document: Mapping[str, Any]) -> Floats | None:
    """The covariance of the estimates of a document, without that of their steps; None if nothing tells them apart."""
    rows = document["covariance"]
    if rows is None:
        return None
    covariance = np.zeros((len(rows), len(rows)))
    covariance[np.tril_indices(len(rows))] = [value for row in rows for value in row]
    covariance += np.tril(covariance, -1).T
    return covariance / COVARIANCE_PARTS


def estimates_of(document: Mapping[str, Any]) -> Floats:
    """The estimates of a document, in marks."""
    return np.array([float(unit["estimate"]) for unit in document["units"]]) / HUNDREDTHS


def step_variance(document: Mapping[str, Any]) -> Floats:
    """What the steps add to the variance of each estimate."""
    widths = np.array([float(unit["width"]) for unit in document["units"]]) / HUNDREDTHS
    return widths**2 / 12.0


def places_in(document: Mapping[str, Any]) -> dict[str, Place]:
    """(rank, low, high, band) of the units of each ranked tier: what anybody can work out from the document."""
    covariance = covariance_of(document)
    if covariance is None:
        return {}
    random = np.random.default_rng([document["seed"], document["part"]])
    drawn = joint_draws(estimates_of(document), covariance + np.diag(step_variance(document)), random)
    tiers = {unit["unit"]: unit["tier"] for unit in document["units"]}
    return tier_places(tiers, estimates_of(document), drawn, document["unranked"])


def joint_draws(estimates: Floats, covariance: Floats, random: np.random.Generator) -> Floats:
    """Draws around estimates, a row a unit and a column a draw."""
    lower = np.linalg.cholesky(covariance)
    drawn: Floats = estimates[:, None] + lower @ random.standard_normal((len(estimates), DRAWS))
    return drawn


def tier_places(
    tiers: Mapping[str, str], estimates: Floats, drawn: Floats, unranked: Collection[str]
) -> dict[str, Place]:
    """Places within each tier that is ranked and has two units; bands where it has three. Units in their order."""
    units = list(tiers)
    found: dict[str, Place] = {}
    for tier in dict.fromkeys(tiers.values()):
        at = np.array([place for place, unit in enumerate(units) if tiers[unit] == tier], dtype=np.intp)
        if tier in unranked or len(at) < 2:  # noqa: PLR2004 - one is no ranking
            continue
        own: Places = places(estimates[at], drawn[at], interval=INTERVAL / 100)
        assert own.rank == tuple(ranks(estimates[at]).tolist())
        bands = own.band if len(at) >= FEWEST_IN_BANDS else (None,) * len(at)
        rows = zip(own.rank, own.low, own.high, bands, strict=True)
        found.update(zip([units[place] for place in at.tolist()], rows, strict=True))
    return found


def _coarse_spreads(found: Found) -> tuple[int, int, int]:
    """Spreads of raters, units and ballots on a grid, in hundredths."""
    if found.spreads is None:
        return 0, 0, 0
    grid = _FINE_GRID if found.ballots >= _MANY_BALLOTS else _COARSE_GRID
    rater, unit, ballot = (on_step(Fraction(str(round(each, 9))), grid) for each in found.spreads)
    return int(rater * HUNDREDTHS), int(unit * HUNDREDTHS), int(max(ballot, grid) * HUNDREDTHS)


def _covariance(
    units: Sequence[Mapping[str, Any]], cast: Sequence[tuple[str, str]], spreads: tuple[int, int, int]
) -> list[list[int]] | None:
    """The lower half of the covariance of units at coarse spreads, each with as many ballots as its band says."""
    sd_rater, sd_unit, sd_residual = (each / HUNDREDTHS for each in spreads)
    if not sd_unit or len(units) < 2:  # noqa: PLR2004 - one unit differs from nobody
        return None
    places_of = {unit["unit"]: at for at, unit in enumerate(units)}
    raters = {rater: at for at, rater in enumerate(sorted({rater for rater, _ in cast}))}
    if len(cast) >= _NEARLY_ALL * len(raters) * len(units):
        cast = [(rater, unit) for rater in raters for unit in places_of if rater != unit]
    rater = np.array([raters[each] for each, _ in cast], dtype=np.intp)
    unit = np.array([places_of[each] for _, each in cast], dtype=np.intp)
    worth = np.array([_TYPICAL[each["raters"]] for each in units]) / np.bincount(unit, minlength=len(units))
    information = known_beyond_prior(rater, unit, worth[unit], (len(raters), len(units)), sd_rater / sd_residual)
    covariance = np.linalg.inv(information / sd_residual**2 + np.eye(len(units)) / sd_unit**2)
    rounded = np.rint(COVARIANCE_PARTS * (covariance + covariance.T) / 2.0).astype(np.int64)
    return [rounded[at, : at + 1].tolist() for at in range(len(units))]


def known_beyond_prior(rater: Indices, unit: Indices, weights: Floats, sides: tuple[int, int], ratio: float) -> Floats:
    """What ballots tell of the differences between units, in squares of their spread; raters random, the mean free.

    `ratio` is the spread of raters over that of ballots.
    """
    dense = np.zeros(sides)
    np.add.at(dense, (rater, unit), weights)
    shrink = ratio**2 / (1.0 + ratio**2 * dense.sum(axis=1))
    information = -(dense.T @ (shrink[:, None] * dense))
    information[np.diag_indices(sides[1])] += dense.sum(axis=0)
    of_level = information.sum(axis=1)
    told: Floats = information - np.outer(of_level, of_level) / of_level.sum()
    return told
