"""A stand-in for the fit that anyone can work out by hand: plain means, unrounded, and no places.

What is tested with it is everything around the fit: reading, opening, writing, publishing, erasing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from consortium.disclosure import band_floor
from reviews.figures import Mark, RoundFigures, UnitFigure

PLAIN = "plain-mean"


def plain_figures(
    marks: Sequence[Mark],
    *,
    units: Sequence[str],
    criteria: Sequence[str],
    tiers: Mapping[str, str],
    unranked: Collection[str],
    thresholds: Mapping[str, int],
    seed: int,
) -> RoundFigures:
    """As `reviews.figures.round_figures`: the mean of all marks, 0–100; the residue holds what was asked."""
    given = {unit: [mark.marks for mark in marks if mark.target == unit and "-" not in mark.marks] for unit in units}
    figures = tuple(_figure(unit, given[unit], criteria, thresholds) for unit in units)
    fit = {"units": list(units), "scores": [None if each.score is None else str(each.score) for each in figures]}
    asked = {"marks": len(marks), "tiers": dict(tiers), "unranked": sorted(unranked), "seed": seed}
    return RoundFigures(PLAIN, figures, (fit,), json.dumps(asked))


def _figure(unit: str, given: list[str], criteria: Sequence[str], thresholds: Mapping[str, int]) -> UnitFigure:
    raters = len(given)
    has_score = raters >= thresholds["raters"]
    shown = criteria if raters >= thresholds["criterion"] else ()
    return UnitFigure(
        unit=unit,
        raters=band_floor(raters) if has_score else 0,
        score=_mean("".join(given)) if has_score else None,
        rank=None,
        rank_low=None,
        rank_high=None,
        band=None,
        criteria={code: _mean("".join(each[place] for each in given)) for place, code in enumerate(shown)},
        takes_comments=raters >= thresholds["comments"],
    )


def _mean(marks: str) -> Fraction:
    return 100 * (Fraction(sum(map(int, marks)), len(marks)) - 1) / 4
