"""A unit's score put together from its lines: the total, and every projection that adds up to it. PURE and exact.

total = 100 × points earned ÷ points available, 100 at most where a bonus is among them; dimensions, parties, synergies
and aspects are scaled by the same factor (decision 6, rules 3, 11 and 19). Sums are taken over one common denominator:
adding fractions one by one would look for a greatest divisor each time. Refuses to know values and curves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from evaluation.elements import COLLABORATION, SYNERGIES, Curve, Indicator

FULL_SCORE = Fraction(100)
OTHER = "other"  # of the collaboration dimension, and none of the four synergies
_PARTS = math.lcm(*range(1, len(SYNERGIES) + 1))  # a whole number of these can be cut in halves, thirds, quarters

Sums = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line scored: `share` is 0–1, `points` = share × the scheme's points, `available` = the scheme's points.

    Missing: share and points None, available 0 and a reason. Watched: the value, and no points. A bonus: its points,
    and nothing available. `curve` as it was applied, a count's target for the whole period.
    """

    code: str
    value: Fraction | None
    share: Fraction | None
    points: Fraction | None
    available: Fraction
    reason: str | None
    curve: Curve | None = None
    reference: Fraction | None = None
    is_bonus: bool = False


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit's score. A dimension or party of which nothing was available is None; the others add up to `total`.

    `synergies` add up to the collaboration dimension, `aspects` to the total.
    """

    total: Fraction | None
    complete: bool
    earned: Fraction
    available: Fraction
    dimensions: Mapping[str, Fraction | None]
    parties: Mapping[str, Fraction | None]
    lines: tuple[LineScore, ...]
    synergies: Mapping[str, Fraction | None] = field(default_factory=dict)
    aspects: Mapping[str, Fraction | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What a line contributes to one projection: the code of its dimension or party, points earned and available."""

    code: str
    points: Fraction | None
    available: Fraction


def scaled(points: Fraction, available: Fraction) -> Fraction | None:
    """`points` on the scale on which everything available is 100, 100 at most; None when nothing is available."""
    return min(FULL_SCORE * points / available, FULL_SCORE) if available else None


def projection(parts: Iterable[Part], available: Fraction) -> dict[str, Fraction | None]:
    """Scaled points by dimension, party, …; None for one of which nothing was available.

    `parts` are all that the total is made of: their sum is the total again, also where a bonus would exceed 100.
    """
    rows = list(parts)
    common = _common(row.points for row in rows)
    sums: Sums = {}
    for row in rows:
        _add(sums, row.code, _whole(row.points, row.available, common))
    return _scaled_sums(sums, _scale(exact_sum(row.points for row in rows), available, common))


def put_together(
    lines: tuple[LineScore, ...], counted: Sequence[tuple[LineScore, Indicator]], *, is_complete: bool
) -> UnitScore:
    """A unit's score from its lines; `counted` are those that have points in the scheme."""
    earned, available = exact_sum(line.points for line in lines), exact_sum(line.available for line in lines)
    common = _common(line.points for line, _ in counted) * _PARTS
    dimensions, parties, synergies, aspects = Sums(), Sums(), Sums(), Sums()
    for line, of in counted:
        points = _whole(line.points, line.available, common)
        _add(dimensions, of.dimension, points)
        _add(parties, of.party, points)
        _add(aspects, of.aspect, points)
        if of.dimension == COLLABORATION:  # one that serves two synergies counts half for each
            codes = [code for code in SYNERGIES if code in of.flags] or [OTHER]
            for code in codes:
                _add(synergies, code, None if points is None else points // len(codes))
    scale = _scale(earned, available, common)
    return UnitScore(
        total=scaled(earned, available),
        complete=is_complete,
        earned=earned,
        available=available,
        dimensions=_scaled_sums(dimensions, scale),
        parties=_scaled_sums(parties, scale),
        lines=lines,
        synergies=_scaled_sums(synergies, scale),
        aspects=_scaled_sums(aspects, scale),
    )


def exact_sum(numbers: Iterable[Fraction | None]) -> Fraction:
    """The sum of those that are there."""
    there = [number for number in numbers if number is not None]
    common = _common(there)
    return Fraction(sum(number.numerator * (common // number.denominator) for number in there), common)


def _common(numbers: Iterable[Fraction | None]) -> int:
    return math.lcm(*(number.denominator for number in numbers if number is not None))


def _whole(points: Fraction | None, available: Fraction, common: int) -> int | None:
    """Points as a whole number of `common` parts; None where there was nothing to be earned."""
    if points is None or not (available or points):
        return None
    return points.numerator * (common // points.denominator)


def _add(sums: Sums, code: str, points: int | None) -> None:
    if points is not None:
        sums[code] = (sums.get(code) or 0) + points
    else:
        sums.setdefault(code, None)


def _scale(earned: Fraction, available: Fraction, common: int) -> Fraction | None:
    """What one of `common` parts is worth on the scale of the total."""
    return FULL_SCORE / max(earned, available) / common if available else None


def _scaled_sums(sums: Sums, scale: Fraction | None) -> dict[str, Fraction | None]:
    return {code: None if each is None or scale is None else each * scale for code, each in sums.items()}
