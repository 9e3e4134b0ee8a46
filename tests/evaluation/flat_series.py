"""Flat random series of several shapes, and planted changes: what false alarms and power are counted on.

Each is history (twelve months, or fewer) and a quarter after it, drawn by a fixed seed; numbers are drawn at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from evaluation.abnormal_changes import pooled_figure
from evaluation.change import HIGH, LOW, MONTH, QUARTER, RUNNING, Figure, abnormal_change

Series = Sequence[Figure]
Draw = Callable[[Generator, int, int], "np.ndarray"]
Shape = Callable[[Generator, int, int], list[Series]]

QUARTERS = 3
FALL, RISE, EITHER = frozenset((LOW,)), frozenset((HIGH,)), frozenset((LOW, HIGH))


def rates(share: float, n: int, scatter: float = 0.0) -> Shape:
    """`n` cases a month; `scatter` is the correlation within a month of a beta-binomial (0: binomial)."""

    def draw(random: Generator, series: int, months: int) -> list[Series]:
        if scatter:
            whole = 1 / scatter - 1
            shares = random.beta(share * whole, (1 - share) * whole, (series, months))
        else:
            shares = np.full((series, months), share)
        return [[rate(int(k), n) for k in row] for row in random.binomial(n, shares)]

    return draw


def scores(n: int, spread: float = 20.0, between: float = 0.0) -> Shape:
    """Means of `n` answers around 80; `between` is the standard deviation of the months themselves."""

    def draw(random: Generator, series: int, months: int) -> list[Series]:
        error = spread / n**0.5
        found = 80 + random.normal(0, error, (series, months)) + between * random.normal(0, 1, (series, months))
        return [[Figure(plain(value), error=error, n=n) for value in row] for row in found]

    return draw


def values(draw_them: Draw) -> Shape:
    """Plain values without counts."""

    def draw(random: Generator, series: int, months: int) -> list[Series]:
        return [[Figure(plain(value)) for value in row] for row in draw_them(random, series, months)]

    return draw


SHAPES: Mapping[str, tuple[Shape, bool]] = {
    "rate 30 %, 20 cases": (rates(0.3, 20), False),
    "rate 30 %, 200 cases": (rates(0.3, 200), False),
    "rate 50 %, 2,000 cases": (rates(0.5, 2000), False),
    "rate 3 %, 200 cases": (rates(0.03, 200), False),
    "rate 95 %, 200 cases": (rates(0.95, 200), False),
    "rate 30 %, 200 cases, over-dispersed 3 ×": (rates(0.3, 200, 0.01), False),
    "rate 10 %, 200 cases, over-dispersed 11 ×": (rates(0.1, 200, 0.05), False),
    "rate 30 %, 1,000 cases, over-dispersed 3 ×": (rates(0.3, 1000, 0.002), False),
    "score, 25 people": (scores(25), False),
    "score, 100 people, months differ by 2": (scores(100, between=2), False),
    "score, 400 people, months differ by 5": (scores(400, between=5), False),
    "count, Poisson 6": (values(lambda random, n, m: random.poisson(6, (n, m))), True),
    "count, Poisson 100": (values(lambda random, n, m: random.poisson(100, (n, m))), True),
    "count 30, over-dispersed 3 ×": (values(lambda random, n, m: random.poisson(random.gamma(15, 2, (n, m)))), True),
    "value, normal 50 ± 4": (values(lambda random, n, m: random.normal(50, 4, (n, m))), False),
    "value, normal 9 ± 0.15, in tenths": (values(lambda random, n, m: random.normal(9, 0.15, (n, m)).round(1)), False),
    "value, log-normal": (values(lambda random, n, m: np.exp(random.normal(3, 0.3, (n, m)))), False),
}
"""Name → how it is drawn, and whether it is a number of events."""


def rate(k: int, n: int) -> Figure:
    """So many of n, in percent."""
    return Figure(Fraction(100 * k, n), Fraction(k), Fraction(n))


def plain(value: float) -> Fraction:
    return Fraction(round(float(value) * 1000), 1000)


def rings(
    series: Series, months: int, sides: frozenset[str], *, is_count: bool, ends_quarter: bool, half: Series
) -> bool:
    """Whether the month after the history rings at any look: while it runs (`half`), when it is over, or its quarter."""
    before, now = series[:months], series[months]
    looks = [*((each, RUNNING, 1) for each in half), (now, MONTH, 1)]
    if ends_quarter:
        looks.append((pooled_figure(series[months : months + QUARTERS]), QUARTER, QUARTERS))
    return any(
        abnormal_change(figure, before, sides=sides, is_count=is_count, look=look, months=span) is not None
        for figure, look, span in looks
    )


def so_far(random: Generator, whole: Figure, looks: int) -> Series:
    """What so many looks find of a rate while its month runs: cases drawn from those of the whole month."""
    if not whole.is_rate or whole.numerator is None or whole.denominator is None:
        return ()
    k, n = int(whole.numerator), int(whole.denominator)
    parts = [n * number // (looks + 1) for number in range(1, looks + 1)]
    return [rate(int(random.hypergeometric(k, n - k, part)), part) for part in parts if part]


def false_alarms(
    shape: str, *, months: int = 12, sides: frozenset[str] = EITHER, series: int = 1000, seed: int = 1, looks: int = 1
) -> Fraction:
    """The share of flat series of a shape that ring; every third ends a quarter, `looks` are taken while it runs."""
    draw, is_count = SHAPES[shape]
    random = np.random.default_rng(seed)
    drawn = draw(random, series, months + QUARTERS)
    rung = [
        rings(each, months, sides, is_count=is_count, ends_quarter=number % QUARTERS == 0,
              half=so_far(random, each[months], looks))
        for number, each in enumerate(drawn)
    ]  # fmt: skip
    return Fraction(sum(rung), series)


def power(before: Shape, after: Shape,
          *, months: int = 12, sides: frozenset[str] = FALL, is_count: bool = False, series: int = 400) -> float:  # fmt: skip
    """The share of planted changes that are found in the month in which they come."""
    random = np.random.default_rng(7)
    past, now = before(random, series, months), after(random, series, 1)
    found = [abnormal_change(b[0], a, sides=sides, is_count=is_count) for a, b in zip(past, now, strict=True)]
    return sum(each is not None for each in found) / series
