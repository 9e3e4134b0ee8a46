"""PURE: the marks of a round, part by part: the fit that counts where there is one, the mean of ballot means elsewhere.

A part is what common raters join; one unit alone, or one in which all ballots agree, has nothing to fit. Ballots for
units without a score are not here: they move nothing that is published. Knows single marks, in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from reviews.figures_fit import Found
from reviews.severity import FEWEST
from reviews.severity_ballots import Ballots, ballots_of, by_part, raters_per_unit
from reviews.severity_robust import RobustFit, robust_fit

Single = tuple[str, str, str]
"""(rater, unit, marks), one mark a criterion."""

_DIGITS = 9  # beyond these, machines differ


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its ballots, what was found, and the fit behind it (None where nothing was fitted)."""

    ballots: Ballots
    found: Found
    robust: RobustFit | None


def fitted_parts(marks: Sequence[Single]) -> list[Part]:
    """The parts of some ballots, in the order of their first units, and units by code: an order that says nothing."""
    scores = {
        (rater, unit, ""): {str(at): float(mark) for at, mark in enumerate(each)} for rater, unit, each in sorted(marks)
    }
    parts = [_fitted(part) for part in by_part(ballots_of(scores))] if scores else []
    return sorted(parts, key=lambda part: part.found.units)


def _fitted(ballots: Ballots) -> Part:
    robust = robust_fit(ballots) if min(len(ballots.raters), len(ballots.units)) >= FEWEST else None
    if robust is None or robust.fit.solved is None:
        return Part(ballots, _found(ballots, _means(ballots), None), None)
    fit = robust.fit
    marks = tuple(Fraction(str(round(mark, _DIGITS))) for mark in fit.score.tolist())
    return Part(ballots, _found(ballots, marks, (fit.sd_rater, fit.sd_unit, fit.sd_residual)), robust)


def _found(ballots: Ballots, marks: Sequence[Fraction], spreads: tuple[float, float, float] | None) -> Found:
    rows = sorted(zip(ballots.units, raters_per_unit(ballots).tolist(), marks, strict=True))
    units, raters, ordered = zip(*rows, strict=True)
    return Found(units, raters, ordered, spreads, len(ballots))


def _means(ballots: Ballots) -> tuple[Fraction, ...]:
    """The mean of the ballot means of each unit, exact."""
    sums = [Fraction(0)] * len(ballots.units)
    counts = [0] * len(ballots.units)
    for score, ballot in zip(ballots.scores.tolist(), ballots.of.tolist(), strict=True):
        unit = int(ballots.unit[ballot])
        sums[unit] += Fraction(score) / int(ballots.count[ballot])
    for unit in ballots.unit.tolist():
        counts[unit] += 1
    return tuple(total / count for total, count in zip(sums, counts, strict=True))
