"""How far a figure may lie from what all patients would have said: an interval of 95 % with every score. PURE.

One method for all definitions, the score interval of Wilson (1927; Brown, Cai and DasGupta 2001) with an effective
number of answers, as for proportions from complex samples (Kish; Korn and Graubard 1998): a mean of answers between two
ends behaves like a proportion from n ÷ (variance ÷ variance of a proportion) answers. For top box and percent positive
that is Wilson's own interval with n. The net promoter score is the mean of −100, 0 and 100, so its variance is
(promoters + detractors − (promoters − detractors)²) · 100². The variance, never the score, is taken with a quarter of
an answer added at each end, so that five answers that happen to agree do not claim certainty. In simulations with 5 to
100 answers these intervals hold the truth in 92 to 99 % of cases.

What several questions say of the same people hangs together, and counts do not tell how much: their mean is given the
variance of full agreement, the largest there can be. It is therefore rather too wide. Different people are independent.

Scores stay exact. Only here are square roots taken, in decimals of 30 digits that are the same on every machine; the
ends are rounded outwards to hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction

_Z = Decimal("1.959963984540054")  # of the normal distribution, two-sided
_AT_EACH_END = Fraction(1, 4)
_CONTEXT = Context(prec=30)
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and how sure it is. `center` and `variance` are the smoothed ones, for the interval only."""

    value: Fraction
    center: Decimal
    variance: Decimal
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends, in hundredths."""

    low: Fraction
    high: Fraction


def estimate(answers: Iterable[tuple[Fraction, int]], ends: tuple[int, int]) -> Estimate | None:
    """From what each answer is worth and how many gave it; None without answers."""
    given = [(value, count) for value, count in answers if count > 0]
    n = sum(count for _, count in given)
    if n == 0:
        return None
    lowest, highest = ends
    weight = n + 2 * _AT_EACH_END
    total = sum((value * count for value, count in given), Fraction())
    squares = sum((value * value * count for value, count in given), Fraction())
    center = (total + _AT_EACH_END * (lowest + highest)) / weight
    variance = (squares + _AT_EACH_END * (lowest**2 + highest**2)) / weight - center * center
    return Estimate(total / n, _decimal(center), _decimal(variance / n), lowest, highest)


def composite(estimates: Iterable[Estimate | None]) -> Estimate | None:
    """The plain mean of what the same people said to several questions; None if none of them has a figure."""
    known = [each for each in estimates if each is not None]
    if not known:
        return None
    with localcontext(_CONTEXT):
        deviation = sum((each.variance.sqrt() for each in known), Decimal()) / len(known)
        center = sum((each.center for each in known), Decimal()) / len(known)
        return Estimate(
            value=sum((each.value for each in known), Fraction()) / len(known),
            center=center,
            variance=deviation * deviation,
            lowest=known[0].lowest,
            highest=known[0].highest,
        )


def pooled_estimate(parts: Iterable[tuple[int, Estimate | None]]) -> Estimate | None:
    """Several groups of people as one, each weighted by its responses; None if none has a figure."""
    known = [(weight, each) for weight, each in parts if each is not None and weight > 0]
    weights = sum(weight for weight, _ in known)
    if not known:
        return None
    with localcontext(_CONTEXT):
        return Estimate(
            value=sum((weight * each.value for weight, each in known), Fraction()) / weights,
            center=sum((weight * each.center for weight, each in known), Decimal()) / weights,
            variance=sum((weight * weight * each.variance for weight, each in known), Decimal()) / (weights * weights),
            lowest=known[0][1].lowest,
            highest=known[0][1].highest,
        )


def interval(found: Estimate) -> Interval:
    """Wilson's interval with the effective number of answers; never outside what the definition can give."""
    with localcontext(_CONTEXT):
        lowest, span = Decimal(found.lowest), Decimal(found.highest - found.lowest)
        share = (_decimal(found.value) - lowest) / span
        center = (found.center - lowest) / span
        square = _Z * _Z
        answers = center * (1 - center) * span * span / found.variance
        middle = (share + square / (2 * answers)) / (1 + square / answers)
        half = _Z / (1 + square / answers) * (share * (1 - share) / answers + square / (4 * answers * answers)).sqrt()
        low = max(Decimal(found.lowest), (lowest + span * (middle - half)).quantize(_HUNDREDTH, ROUND_FLOOR))
        high = min(Decimal(found.highest), (lowest + span * (middle + half)).quantize(_HUNDREDTH, ROUND_CEILING))
        return Interval(Fraction(low), Fraction(high))


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
