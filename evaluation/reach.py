"""What shares a curve can give at all, over every value that an indicator can take. PURE and exact.

Every curve goes one way between two edges, so its highest and lowest share lie at an edge or at an end of what is
possible. Refuses to know what any unit has reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from evaluation.curves import is_whole, share_of
from evaluation.elements import BY_SHARE, MEAN, PEER, PERCENT, RELATIVE, SHARE, SURVEY, Curve, Indicator
from surveys.scoring import DEFINITIONS, NPS

_FULL = {PERCENT: Fraction(100), SHARE: Fraction(1)}
_NOT_NEGATIVE = frozenset({"count", "visits", "hours", "days", "score"})
_HUNDRED = Fraction(100)
_CHANGE = re.compile(
    r"增|减|降|升|变化|变动|差|偏离|\b(?:growth|changes?|increases?|decreases?|rise|falls?|differences?|deviation)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Range:
    """The values that are possible; None: without an end."""

    low: Fraction | None
    high: Fraction | None

    def holds(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def possible_values(indicator: Indicator) -> Range:
    """What values an indicator can take, by its source and unit of measure; a change may be below 0 or above 100 %."""
    if indicator.definition in DEFINITIONS and indicator.input != MEAN:
        return Range(-_HUNDRED if indicator.definition == NPS else Fraction(0), _HUNDRED)
    if indicator.input in {PEER, SURVEY}:
        return Range(Fraction(0), _HUNDRED)
    full = _FULL.get(indicator.unit or "")
    if indicator.input == MEAN and indicator.by == BY_SHARE:
        return Range(Fraction(0), full or _HUNDRED)
    if full is not None:
        is_change = any(_CHANGE.search(name) for name in indicator.name.values())
        return Range(-full, None) if is_change else Range(Fraction(0), full)
    return Range(Fraction(0) if indicator.unit in _NOT_NEGATIVE else None, None)


def shares_within_reach(indicator: Indicator, curve: Curve) -> frozenset[Fraction]:
    """The shares of a curve at every edge within reach; one alone: every value gets it. Empty without its ends."""
    if not is_whole(curve):
        return frozenset()
    reach = possible_values(indicator)
    if curve.kind == RELATIVE:  # a value less its reference, both within reach
        width = None if reach.low is None or reach.high is None else reach.high - reach.low
        reach = Range(None if width is None else -width, width)
    return frozenset(share_of(curve, value, reference=Fraction(0)) for value in _looked_at(curve, reach))


def _looked_at(curve: Curve, reach: Range) -> Iterator[Fraction]:
    """Every edge within reach and both ends of what is possible; beyond all edges where there is no end."""
    edges = [edge for edge in (curve.floor, curve.target, curve.ceiling, *(curve.band or ())) if edge is not None]
    edges += [limit for limit, _ in curve.steps]
    yield from (edge for edge in edges if reach.holds(edge))
    yield min([*edges, Fraction(0)]) - 1 if reach.low is None else reach.low
    yield max([*edges, Fraction(0)]) + 1 if reach.high is None else reach.high
