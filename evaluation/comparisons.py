"""What a figure is held against: the median of its tier, the target, the figure of all units together. PURE.

Works on frozen lines, which never hold a figure of fewer than five people. Refuses to know who looks: what a single
unit may see of the others is decided by `may_show_median`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import COUNT, PEER, Indicator
from evaluation.freezing import Values
from evaluation.scoring import rate

FEWEST_FOR_UNITS = 5
"""From how many figures on a unit sees the median of its tier: of fewer, it could be solved for another unit's."""

POOLED, WEIGHTED, SUMMED, NOT_POOLED = "counts", "answers", "sum", "none"
"""How the figures of several units become one: from their counts, weighted by answers, added up, or not at all."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The median of an indicator over the units of a tier that have a figure, and how many those are."""

    median: Fraction
    figures: int


@dataclass(frozen=True, slots=True)
class Together:
    """Several units' figures as one, and beside it the plain mean of the units: two things, both named (rule 79)."""

    how: str
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    mean_of_units: Fraction | None
    units: int


def median(values: Iterable[Fraction]) -> Fraction | None:
    """The middle value; of an even number the mean of the two in the middle; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def yardsticks(rows: Iterable[tuple[str, Values]]) -> dict[tuple[str, str], Yardstick]:
    """(tier, indicator) → its yardstick, from pairs of tier and frozen line."""
    values: dict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for tier, row in rows:
        if row["value"] is not None:
            values[tier, row["indicator"]].append(row["value"])
    found = {place: (median(each), len(each)) for place, each in values.items()}
    return {place: Yardstick(middle, n) for place, (middle, n) in found.items() if middle is not None}


def may_show_median(yardstick: Yardstick, *, sees_all: bool) -> bool:
    """Whether the median may be shown: to those who see every unit where there are two, to a unit from five on."""
    return yardstick.figures >= (2 if sees_all else FEWEST_FOR_UNITS)


def is_met(row: Values) -> bool | None:
    """Whether a frozen line reached its target, on exact numbers; None where there is no figure or nothing to reach."""
    return None if row["share"] is None else bool(row["share"] == 1)


def together(indicator: Indicator, rows: Iterable[Values]) -> Together:
    """The figures of several units as one. Peer scores are never pooled: they are places among others."""
    known = [row for row in rows if row["value"] is not None]
    values = [row["value"] for row in known]
    mean = sum(values, Fraction(0)) / len(values) if values else None

    def made(how: str, value: Fraction | None, counts: tuple[Fraction, Fraction] | None = None) -> Together:
        numerator, denominator = counts if counts is not None else (None, None)
        return Together(how, value, numerator, denominator, mean, len(known))

    if not known or indicator.input == PEER:
        return made(NOT_POOLED, None)
    if all(row["denominator"] is not None for row in known):
        counts = _total(known, "numerator"), _total(known, "denominator")
        return made(POOLED, rate(*counts, indicator.unit), counts)
    if all(row["n"] and row["definition"] is not None for row in known) and _alike(known):
        weighed = sum((row["value"] * row["n"] for row in known), Fraction(0))
        return made(WEIGHTED, weighed / sum(row["n"] for row in known))
    if indicator.curve.kind == COUNT:
        return made(SUMMED, sum(values, Fraction(0)))
    return made(NOT_POOLED, None)


def gap(low: Mapping[str, Together], high: Mapping[str, Together]) -> dict[str, Fraction]:
    """Indicator → how far one tier is from another, in the indicator's own unit: 45 beside 70 are 25 points (51)."""
    both = {code for code in low if code in high}
    figures = {code: (_level(low[code]), _level(high[code])) for code in sorted(both)}
    return {code: there - here for code, (here, there) in figures.items() if here is not None and there is not None}


def _level(found: Together) -> Fraction | None:
    """What a tier stands at: pooled where that can be done, else the mean of its units; sums do not compare."""
    return found.value if found.how in {POOLED, WEIGHTED} else found.mean_of_units


def _total(rows: Iterable[Values], name: str) -> Fraction:
    return sum((row[name] for row in rows), Fraction(0))


def _alike(rows: Iterable[Values]) -> bool:
    return len({row["definition"] for row in rows}) == 1
