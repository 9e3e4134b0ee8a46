"""Whether a figure has changed from one period to the next by more than chance explains. PURE and exact.

Knows three kinds of frozen lines: a rate with its counts (binomial), a number of events (Poisson), and a survey's score
with its interval of 95 %. Many units are looked at in many indicators at once, so the limit is that of 99.9 %: of 26
units with ten indicators in which nothing changed, one is told of in four months. Of anything else, and of small
numbers, nothing is said. `evaluation.change` judges a month against a year; this, against the period before alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from consortium.disclosure import MINIMUM_SHOWN
from evaluation.change import MINIMUM_CASES
from evaluation.elements import BAND, COUNT, DOWN, UP, Indicator

_LIMIT = Fraction(1083, 100)  # 3.29², the two-sided 99.9 % of a normal figure
_OF_HALF = _LIMIT / Fraction(38416, 10000)  # the same for the half of an interval of 95 %, 1.96² = 3.8416
_RELEVANT = Fraction(1, 50)  # a change of less than 2 % is none
_EVENTS = ("count", "visits")


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure with what is known of its making; several units' figures together are one too."""

    value: Fraction
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    half: Fraction | None = None  # of its interval, for a score of n people
    n: int | None = None


def counted(row: Mapping[str, Any]) -> Counted | None:
    """A frozen line as such a figure; None without a value."""
    if row["value"] is None:
        return None
    low, high = row["low"], row["high"]
    half = (high - low) / 2 if low is not None and high is not None else None
    return Counted(row["value"], row["numerator"], row["denominator"], half, row["n"])


def is_sum(indicator: Indicator) -> bool:
    """Whether an indicator counts events, so that several units' figures add up."""
    return indicator.curve.kind == COUNT or indicator.unit in _EVENTS


def is_better(indicator: Indicator, before: Fraction, after: Fraction) -> bool | None:
    """Whether a change is one for the better; None where neither direction is, and where there is none."""
    if indicator.curve.kind == BAND or indicator.direction not in (UP, DOWN) or before == after:
        return None
    return (after > before) == (indicator.direction == UP)


def is_news(before: Counted, after: Counted, *, is_count: bool) -> bool:
    """Whether the change is more than noise, and made of numbers that may be told."""
    difference = after.value - before.value
    if difference == 0 or abs(difference) < _RELEVANT * abs(before.value):
        return False
    if all(_is_rate(each) for each in (before, after)):
        return _rates_differ(before, after)
    if all(each.half is not None for each in (before, after)):
        return _scores_differ(before, after)
    return is_count and _events_differ(before.value, after.value)


def may_be_told(figure: Counted, *, is_count: bool) -> bool:
    """Whether no number from one to four stands behind a figure, on neither side of a rate nor as the figure itself."""
    if figure.numerator is not None and figure.denominator is not None:
        rest = figure.denominator - figure.numerator
        return figure.denominator >= MINIMUM_SHOWN and all(_is_open(part) for part in (figure.numerator, rest))
    if figure.n is not None:
        return figure.n >= MINIMUM_SHOWN
    return _is_open(figure.value) if is_count else True


def together_counted(figures: Iterable[Counted], value: Fraction) -> Counted:
    """Several units' figures as one whose value was pooled: counts added, intervals joined by their people."""
    parts = list(figures)
    if parts and all(_is_rate(each) for each in parts):
        over = sum((each.numerator or Fraction() for each in parts), Fraction())
        return Counted(value, over, sum((each.denominator or Fraction() for each in parts), Fraction()))
    if parts and all(each.half is not None and each.n for each in parts):
        people = sum(each.n or 0 for each in parts)
        squared = sum((((each.n or 0) * (each.half or Fraction())) ** 2 for each in parts), Fraction()) / people**2
        return Counted(value, half=_root(squared), n=people)
    return Counted(value)


def _is_open(part: Fraction) -> bool:
    return part <= 0 or part >= MINIMUM_SHOWN


def _is_rate(figure: Counted) -> bool:
    over, under = figure.numerator, figure.denominator
    return over is not None and under is not None and 0 <= over <= under and under > 0


def _rates_differ(before: Counted, after: Counted) -> bool:
    """Two shares against what both together say, as in the usual test of two proportions."""
    (a, m), (b, n) = ((each.numerator or Fraction(), each.denominator or Fraction(1)) for each in (before, after))
    if min(m, n) < MINIMUM_CASES:
        return False
    share = (a + b) / (m + n)
    return (b / n - a / m) ** 2 > _LIMIT * share * (1 - share) * (1 / m + 1 / n)


def _scores_differ(before: Counted, after: Counted) -> bool:
    if min(before.n or 0, after.n or 0) < MINIMUM_CASES:
        return False
    squares = sum(((each.half or Fraction()) ** 2 for each in (before, after)), Fraction())
    return (after.value - before.value) ** 2 > _OF_HALF * squares


def _events_differ(before: Fraction, after: Fraction) -> bool:
    """Two numbers of events scatter as their sum does."""
    if min(before, after) < 0 or before + after < MINIMUM_CASES:
        return False
    return (after - before) ** 2 > _LIMIT * (before + after)


def _root(square: Fraction) -> Fraction:
    """A root to six places, upwards: an interval is never made narrower."""
    scaled = square * 10**12
    return Fraction(isqrt(-(-scaled.numerator // scaled.denominator)) + 1, 10**6)
