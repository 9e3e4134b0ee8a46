"""What is news from one period to the next and what is chance, and that small numbers are never told."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from evaluation.elements import BAND, COUNT, LINEAR, READING, Curve, Indicator
from evaluation.noise import Counted, counted, is_better, is_news, is_sum, may_be_told, together_counted

FLAT_SERIES = 20_000


def rate(over: int, under: int) -> Counted:
    return Counted(Fraction(100 * over, under), Fraction(over), Fraction(under))


def score(value: int, half: int, n: int = 40) -> Counted:
    return Counted(Fraction(value), half=Fraction(half), n=n)


def indicator(direction: str = "up", unit: str | None = "percent", kind: str = LINEAR) -> Indicator:
    return Indicator(
        code="x", name={"zh": "某率"}, dimension="collaboration", party="committee", direction=direction, unit=unit,
        unit_wording=None, source=None, owner=None, flags=(), input=READING, questionnaire=None, measure=None,
        curve=Curve(kind),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (rate(100, 1000), rate(150, 1000), True),  # z = 3.4
        (rate(100, 1000), rate(140, 1000), False),  # z = 2.75: not even that
        (rate(900, 1000), rate(950, 1000), True),
        (rate(10, 19), rate(19, 19), False),  # fewer than twenty
        (rate(0, 20), rate(20, 20), True),
        (rate(100, 1000), rate(100, 1000), False),
        (rate(500_000, 1_000_000), rate(505_000, 1_000_000), False),  # sure, and no more than 1 %
        (rate(500_000, 1_000_000), rate(515_000, 1_000_000), True),
    ],
)
def test_rates_are_held_against_chance(before, after, news) -> None:
    assert is_news(before, after, is_count=False) is news


def test_the_limit_lies_where_it_is_said_to() -> None:
    """100 of 1000 against k of 1000: the first k whose two-sided test is below one in a thousand is 148."""
    first = next(k for k in range(101, 300) if is_news(rate(100, 1000), rate(k, 1000), is_count=False))
    p = Fraction(100 + first, 2000)
    z = (Fraction(first - 100, 1000) ** 2 / (p * (1 - p) * Fraction(2, 1000))) ** Fraction(1, 2)
    assert 3.29 < float(z) < 3.36


@pytest.mark.parametrize(
    ("before", "after", "news"), [(100, 153, True), (100, 152, False), (8, 11, False), (0, 19, False), (0, 21, True)]
)
def test_events_scatter_as_their_number(before, after, news) -> None:
    figures = Counted(Fraction(before)), Counted(Fraction(after))
    assert is_news(*figures, is_count=True) is news
    assert is_news(*figures, is_count=False) is False  # any other value tells nothing of its noise


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [(score(80, 3), score(88, 3), True), (score(80, 3), score(87, 3), False), (score(80, 3, 19), score(90, 3), False)],
)
def test_scores_are_held_against_their_intervals(before, after, news) -> None:
    assert is_news(before, after, is_count=False) is news


def test_of_flat_series_one_in_a_thousand_rings() -> None:
    """As often as the docstring says, on rates that never change."""
    draw = random.Random(7)
    rung = 0
    for _ in range(FLAT_SERIES):
        p = draw.uniform(0.15, 0.85)
        a, b = (max(0, min(400, round(draw.gauss(400 * p, (400 * p * (1 - p)) ** 0.5)))) for _ in range(2))
        rung += is_news(rate(a, 400), rate(b, 400), is_count=False)
    assert rung <= 2 * FLAT_SERIES / 1000


@pytest.mark.parametrize(
    ("figure", "is_count", "told"),
    [
        (rate(4, 100), False, False), (rate(95, 100), False, True), (rate(96, 100), False, False),
        (rate(0, 100), False, True), (rate(100, 100), False, True), (rate(2, 4), False, False),
        (score(80, 3, 4), False, False), (score(80, 3, 5), False, True), (Counted(Fraction(4)), True, False),
        (Counted(Fraction(0)), True, True), (Counted(Fraction(5)), True, True), (Counted(Fraction(4)), False, True),
    ],
)  # fmt: skip
def test_no_number_from_one_to_four_is_told(figure, is_count, told) -> None:
    assert may_be_told(figure, is_count=is_count) is told


def test_better_is_where_the_scheme_says() -> None:
    up, down, watch = (indicator(each) for each in ("up", "down", "watch"))
    before, after = Fraction(10), Fraction(12)
    assert [is_better(each, before, after) for each in (up, down, watch)] == [True, False, None]
    assert is_better(up, after, before) is False
    assert is_better(up, before, before) is None
    assert is_better(indicator(kind=BAND), before, after) is None
    assert [is_sum(each) for each in (up, indicator(unit="visits"), indicator(unit="hours", kind=COUNT))] == [
        False, True, True,
    ]  # fmt: skip


def test_units_together_are_one_figure() -> None:
    pooled = together_counted([rate(10, 100), rate(30, 100)], Fraction(20))
    assert (pooled.value, pooled.numerator, pooled.denominator) == (20, 40, 200)
    joined = together_counted([score(80, 4, 100), score(80, 4, 100)], Fraction(80))
    assert joined.n == 200
    assert abs(joined.half - Fraction(28284271, 10**7)) < Fraction(1, 10**5)  # 4 ÷ √2
    assert together_counted([Counted(Fraction(3)), rate(1, 2)], Fraction(5)) == Counted(Fraction(5))
    row = {"value": None, "low": None, "high": None, "numerator": None, "denominator": None, "n": None}
    assert counted(row) is None
    assert counted(row | {"value": Fraction(3), "low": Fraction(1), "high": Fraction(5), "n": 30}) == Counted(
        Fraction(3), None, None, Fraction(2), 30
    )
