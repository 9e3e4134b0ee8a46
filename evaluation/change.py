"""Is the newest figure abnormal against the unit's own history? PURE (rule 28).

Up to twelve months are the history; with fewer than six nothing is said, nor about fewer than twenty people or cases,
nor where fewer than five stand on the side that would make the news. Three kinds of figures:

- a rate with its counts: quasi-binomial. What the months scatter more than chance allows is added to the variance (as
  in Laney's p′ chart), and once it is estimated, Student's distribution with months − 1 degrees takes the place of the
  normal one. Continuity and skewness are corrected for (Wilson and Hilferty), so small shares do not ring on their own;
- a score with its standard error: the same with the errors in place of the counts (random effects between months);
- a value without either: trimmed mean and winsorised spread (one month left out at each end, so that one odd month
  neither rings nor deafens), Student's with months − 3 degrees; a number of events scatters at least as Poisson's do.

What is found is a normal score. **False alarms: of flat series at most 1 % a month and indicator**, all looks at the
month and at its quarter together; tests hold every shape against that, and `benchmarks/watching.py` prints them. A
change of less than 2 % of what is usual is never told. Not known are trends and seasons: a month is held against the
twelve before it. Floats are used: nothing here earns or costs a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LOW, HIGH = "low", "high"
MONTH, RUNNING, QUARTER = "month", "running", "quarter"
"""Looks: at a month that is over, at the one that runs, at a quarter that is over."""

FEWEST_MONTHS, MOST_MONTHS = 6, 12
MINIMUM_CASES = 20  # people or cases behind the figure that is looked at
MINIMUM_ON_SIDE = 5  # of those that make the difference
FALSE_ALARMS = Fraction(1, 100)  # at most, of flat series a month and indicator
RELEVANT = 0.02  # of what is usual

_LIMITS = {MONTH: 2.6, RUNNING: 3.3, QUARTER: 3.0}
"""Normal scores beyond which a figure is abnormal, for one side; a month that runs is looked at again every day."""

_BOTH_SIDES = 0.35  # more, where either side would be news
_SHORT_HISTORY, _IS_SHORT = 0.35, 9  # more, where fewer months than this tell how much is usual
_PLAIN_VALUE = 0.4  # more, where nothing but the values themselves tells: they may have long tails
_NO_SKEWNESS = 1e-6
_LEAST_SPREAD = 0.01  # of what is usual: figures that never moved, or were rounded
_SPREADS = {6: 1.757, 7: 1.586, 8: 1.469, 9: 1.392, 10: 1.334, 11: 1.291, 12: 1.260}
"""By months: the error of prediction ÷ the winsorised standard deviation, of normal figures (4 million draws)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what is known of its making: the counts of a rate, or the standard error of a score of n people."""

    value: Fraction
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    error: float | None = None
    n: int | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the counts are those of so many among so many."""
        over, under = self.numerator, self.denominator
        return over is not None and under is not None and under > 0 and 0 <= over <= under


@dataclass(frozen=True, slots=True)
class Change:
    """An abnormal change: on which side, how far (a normal score, positive), and what was usual in how many months."""

    side: str
    score: float
    usual: Fraction
    lowest: Fraction
    highest: Fraction
    months: int


def abnormal_change(
    now: Figure,
    before: Sequence[Figure],
    *,
    sides: frozenset[str],
    is_count: bool = False,
    look: str = MONTH,
    months: int = 1,
) -> Change | None:
    """Whether `now` is abnormal against the months `before` it (in time, the newest last), on one of `sides`.

    `is_count`: a value without counts is a number of events. `months`: how many `now` is made of; a rate or score is
    pooled over them, any other value is their mean. A month that runs is looked at only where it is a rate or a score:
    half a month's events are no month's. None: nothing to tell, or too little known to say.
    """
    known = list(before)[-MOST_MONTHS:]
    if len(known) < FEWEST_MONTHS or not sides:
        return None
    more = _SHORT_HISTORY if len(known) < _IS_SHORT else 0.0
    if now.is_rate and all(each.is_rate for each in known):
        score, usual = _rate(now, known, months)
    elif now.error is not None and all(each.error is not None for each in known):
        score, usual = _score(now, known, months)
    elif look == RUNNING:
        return None
    else:
        score, usual = _value(now, known, months, is_count=is_count)
        more = _PLAIN_VALUE
    side = LOW if score < 0 else HIGH
    limit = _LIMITS[look] + more + (_BOTH_SIDES if len(sides) > 1 else 0)
    if side not in sides or abs(score) <= limit or abs(now.value - usual) < RELEVANT * abs(usual):
        return None
    values = [each.value for each in known]
    return Change(side, abs(score), usual, min(values), max(values), len(known))


def _rate(now: Figure, known: Sequence[Figure], months: int) -> tuple[float, Fraction]:
    """The normal score of a rate, and the pooled rate before, in the units of the value."""
    k, n = _counts(now)
    counts = [_counts(each) for each in known]
    over, under = sum(pair[0] for pair in counts), sum(pair[1] for pair in counts)
    usual = _pooled_rate(known)
    expected = over / under
    if n < MINIMUM_CASES or not _enough_on_side(k, n, expected):
        return 0.0, usual
    share = (over + 0.5) / (under + 1)  # never 0 or 1: nothing was ever certain
    spread = share * (1 - share)
    scatter = sum((a - b * share) ** 2 / (b * spread) for a, b in counts) / (len(counts) - 1)
    between = max(scatter - 1, 0.0) * spread * len(counts) / under
    variance = spread / n + spread / under + between * (1 / months + 1 / len(counts))
    distance = k / n - share
    distance = math.copysign(max(abs(distance) - 0.5 / n, 0.0), distance)
    third = spread / n**2 + 3 * between / (n * months) + 2 * between**2 / (spread * months**2)  # of a beta-binomial
    skewness = (1 - 2 * share) * third / variance**1.5
    return _normal(distance / math.sqrt(variance), len(counts) - 1 if between else None, skewness), usual


def _score(now: Figure, known: Sequence[Figure], months: int) -> tuple[float, Fraction]:
    """The normal score of a mean with a standard error, and the mean before, by precision."""
    if (now.n or 0) < MINIMUM_CASES:
        return 0.0, now.value
    variances = [max(each.error or 0.0, 1e-9) ** 2 for each in known]
    weights = [1 / each for each in variances]
    usual = sum(w * float(each.value) for w, each in zip(weights, known, strict=True)) / sum(weights)
    scatter = sum(w * (float(each.value) - usual) ** 2 for w, each in zip(weights, known, strict=True))
    m = len(known)
    between = max(scatter / (m - 1) - 1, 0.0) * m / sum(weights)
    own = max((now.error or 0.0) ** 2, _single_variance(known, variances) / (now.n or 1))
    variance = own + 1 / sum(weights) + between * (1 / months + 1 / m)
    score = _normal((float(now.value) - usual) / math.sqrt(variance), m - 1 if between else None)
    return score, Fraction(usual).limit_denominator(10**6)


def _value(now: Figure, known: Sequence[Figure], months: int, *, is_count: bool) -> tuple[float, Fraction]:
    """The normal score of a plain value, and the trimmed mean before."""
    ordered = sorted(each.value for each in known)
    m = len(ordered)
    usual = sum(ordered[1:-1], Fraction()) / (m - 2)
    distance = float(now.value - usual)
    if distance == 0 or (is_count and max(usual, now.value) < MINIMUM_ON_SIDE):
        return 0.0, usual
    held = [float(each) for each in (ordered[1], *ordered[1:-1], ordered[-2])]
    mean = sum(held) / m
    spread = max(math.sqrt(sum((each - mean) ** 2 for each in held) / (m - 1)), _LEAST_SPREAD * abs(float(usual)))
    longer = math.sqrt((1 + 1 / m) / (1 / months + 1 / m))  # a mean of several months lies closer
    far = (
        _normal(distance / (_SPREADS[m] * spread) * longer, m - 3) if spread > 0 else math.copysign(math.inf, distance)
    )
    return (min(far, _events(distance, float(usual), m, months), key=abs) if is_count else far), usual


def _events(distance: float, usual: float, m: int, months: int) -> float:
    """The normal score of a number of events, were there nothing between the months but chance."""
    mean = max(usual, 1.0)
    variance = mean * (1 / months + 1 / m)
    nearer = math.copysign(max(abs(distance) - 0.5 / months, 0.0), distance)
    return _normal(nearer / math.sqrt(variance), None, mean / months**2 / variance**1.5)


def _normal(score: float, degrees: int | None, skewness: float = 0.0) -> float:
    """The normal score of a Student's one (Wallace's approximation), then of a skew one (Wilson and Hilferty's)."""
    if degrees is not None:
        root = math.sqrt(degrees * math.log1p(score * score / degrees))
        score = math.copysign((8 * degrees + 1) / (8 * degrees + 3) * root, score)
    if abs(skewness) < _NO_SKEWNESS:
        return score
    root = math.cbrt(max(1 + skewness * score / 2, 0.0))
    return 6 / skewness * (root - 1) + skewness / 6


def _enough_on_side(k: float, n: float, expected: float) -> bool:
    """Whether at least five make the news: of a rise those counted now, of a fall those that were to be expected."""
    if k > n * expected:
        return k >= MINIMUM_ON_SIDE and n * (1 - expected) >= MINIMUM_ON_SIDE
    return n - k >= MINIMUM_ON_SIDE and n * expected >= MINIMUM_ON_SIDE


def _counts(figure: Figure) -> tuple[float, float]:
    assert figure.numerator is not None
    assert figure.denominator is not None
    return float(figure.numerator), float(figure.denominator)


def _pooled_rate(known: Sequence[Figure]) -> Fraction:
    """Σ numerators ÷ Σ denominators, in the units of the values (percent, or a share of 1)."""
    over = sum((each.numerator or Fraction() for each in known), Fraction())
    under = sum((each.denominator or Fraction() for each in known), Fraction())
    full = next(
        (each.value * (each.denominator or 1) / each.numerator for each in known if each.numerator), Fraction(1)
    )
    return full * over / under


def _single_variance(known: Sequence[Figure], variances: Sequence[float]) -> float:
    """The variance of one person's answer, over all months: what a month of few, all of one mind, is given as well."""
    people = [each.n or 0 for each in known]
    if not all(people):
        return 0.0
    return sum(n * n * variance for n, variance in zip(people, variances, strict=True)) / sum(people)
