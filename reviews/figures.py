"""PURE: from the marks of a round to the figures that may be published, and the residue that only the auditor opens.

Everything published comes from four things: coarse scores, half marks by criterion, bands of raters, and spreads on a
coarse grid; places and intervals are computed from these again, so that they tell nothing more. "No dealings" is a
missing ballot. Knows single marks, in memory. Refuses to let a finer figure out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

DEFINITION = "peer-severity-1"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one unit gave another: one of 1–5 a criterion, or `reviews.criteria.no_dealings`."""

    rater: str
    target: str
    marks: str


@dataclass(frozen=True, slots=True)
class UnitFigure:
    """What is published of one unit. `raters` is the low end of its band, 0 below the threshold: then there is nothing.

    `score` and `criteria` are 0–100 and coarse; places are within the tier, None where it has no ranking.
    """

    unit: str
    raters: int
    score: Fraction | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    band: str | None
    criteria: Mapping[str, Fraction]
    takes_comments: bool


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """The figures of a round: a figure a unit, a document a part for `PeerFit`, and the auditor's JSON text."""

    definition: str
    units: tuple[UnitFigure, ...]
    fits: tuple[dict[str, Any], ...]
    residue: str


@dataclass(frozen=True, slots=True)
class QuarterUnit:
    """One unit over a quarter: in how many of its months it had a score, and what they come to together.

    `score` is 0–100 and coarse; places are within the tier, among the `ranked` units that have one there.
    """

    unit: str
    tier: str
    months: int
    score: Fraction
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    band: str | None
    ranked: int


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """The figures of a quarter, the months it joins, and what was assumed: `alike` and `interval` are per cent."""

    quarter: str
    definition: str
    months: tuple[str, ...]
    alike: int
    interval: int
    draws: int
    units: tuple[QuarterUnit, ...]


def round_figures(
    marks: Sequence[Mark],
    *,
    units: Sequence[str],
    criteria: Sequence[str],
    tiers: Mapping[str, str],
    unranked: Collection[str],
    thresholds: Mapping[str, int],
    seed: int,
) -> RoundFigures:
    """The figures of a round.

    `marks` holds "no dealings" too, one entry a pair, in any order; `units` are all of the round, `tiers` knows each of
    them, `unranked` are tiers without a ranking. ValueError for marks that are no ballots of these units.
    """
    from reviews.figures_round import figures_of  # noqa: PLC0415 - numpy is heavy, and who reads figures needs none

    return figures_of(
        marks, units=units, criteria=criteria, tiers=tiers, unranked=unranked, thresholds=thresholds, seed=seed
    )
