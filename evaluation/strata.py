"""Strata of a reading 分组: parts by the group of their cases, which add up to the figure exactly (rule 119). PURE.

Knows how parts become one figure. Refuses to know what a group is, and where parts are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import COUNT, SUM, Indicator
from evaluation.figures import rate

Counts = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Numerator, denominator and value of a figure."""

_ADDED = frozenset({"count", "visits", "hours", "days", "yuan"})  # of which parts make a whole without a denominator


@dataclass(frozen=True, slots=True)
class Part:
    """One group's part of a figure."""

    code: str
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None


def is_summed(indicator: Indicator) -> bool:
    """Whether values of several months without counts are added up: what is counted, and not a level."""
    return indicator.over_time == SUM or (indicator.over_time is None and indicator.curve.kind == COUNT)


def added_up(parts: Sequence[Part], indicator: Indicator) -> Counts | str:
    """The figure of all parts; else the code of what is wrong: parts of two kinds, or levels that have no sum."""
    with_counts = [part for part in parts if part.numerator is not None]
    if with_counts and len(with_counts) < len(parts):
        return "reading_strata_mixed"
    if with_counts:
        numerator, denominator = _total(part.numerator for part in parts), _total(part.denominator for part in parts)
        return numerator, denominator, rate(numerator, denominator, indicator.unit)
    if indicator.unit not in _ADDED and not is_summed(indicator):
        return "reading_strata_without_counts"
    return None, None, _total(part.value for part in parts)


def _total(numbers: Iterable[Fraction | None]) -> Fraction:
    return sum((number for number in numbers if number is not None), Fraction(0))
