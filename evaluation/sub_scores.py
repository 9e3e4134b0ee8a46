"""A frozen total from every side: dimensions, parties, synergies, national aspects (rules 3, 11, 19, 124). PURE.

Synergies add up to the collaboration dimension, all others to the total, by one and the same factor.
Frozen lines do not carry flags: the indicators they were scored by say which line serves what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from evaluation.elements import COLLABORATION, SYNERGIES, Indicator
from evaluation.freezing import Values
from evaluation.scoring import FULL_SCORE, OTHER

SubScores = Mapping[str, Fraction | None]
"""Scaled points by code; None where nothing was available."""


def synergies(indicators: Mapping[str, Indicator], lines: Iterable[Values]) -> SubScores:
    """Points of the collaboration dimension by synergy; a line that serves two counts half for each."""

    def served(row: Values) -> Sequence[str]:
        if row["dimension"] != COLLABORATION:
            return ()
        flags = indicators[row["indicator"]].flags
        return [code for code in SYNERGIES if code in flags] or [OTHER]

    return sums(lines, served)


def aspects(indicators: Mapping[str, Indicator], lines: Iterable[Values]) -> SubScores:
    """Points of the whole total by national aspect."""
    return sums(lines, lambda row: [indicators[row["indicator"]].aspect])


def sums(lines: Iterable[Values], codes_of: Callable[[Values], Sequence[str]]) -> dict[str, Fraction | None]:
    """Scaled points by code, on the scale of the total; a line with several codes counts for each in equal parts."""
    counted = [row for row in lines if row["scheme_points"] > 0]
    available = sum((row["available"] for row in counted), Fraction(0))
    earned = sum((row["points"] for row in counted if row["points"] is not None), Fraction(0))
    factor = FULL_SCORE / max(available, earned) if available else None
    found: dict[str, Fraction | None] = {}
    for row in counted:
        codes = codes_of(row)
        for code in codes:
            found.setdefault(code, None)
            if factor is not None and row["points"] is not None and (row["available"] or row["points"]):
                found[code] = (found[code] or Fraction(0)) + factor * row["points"] / len(codes)
    return found
