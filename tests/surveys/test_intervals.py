"""Intervals: Wilson's own figures, what agreement and few answers do, how often the truth is inside."""

from __future__ import annotations

import random
from decimal import getcontext, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.intervals import Interval, composite, estimate, interval, pooled_estimate

PERCENT = (0, 100)
NET = (-100, 100)


def ends(answers, bounds=PERCENT):
    """Both ends of the interval of `{worth: count}`."""
    found = interval(estimate([(Fraction(value), count) for value, count in answers.items()], bounds))
    return str(float(found.low)), str(float(found.high))


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [
        (8, 10, ("49.01", "94.34")),  # Wilson: 0.4902 to 0.9433
        (20, 20, ("83.88", "100.0")),  # 0.8389
        (0, 20, ("0.0", "16.12")),  # 0.1611
        (50, 100, ("40.38", "59.62")),  # 0.4038 to 0.5962
        (1, 10, ("1.78", "40.42")),  # 0.0179 to 0.4042
    ],
)
def test_a_share_has_wilsons_interval_rounded_outwards(hits, n, expected):
    assert ends({100: hits, 0: n - hits}) == expected


def test_half_a_quantity_needs_four_times_the_answers():
    few, many = (interval(estimate([(Fraction(100), 30 * k), (Fraction(50), 70 * k)], PERCENT)) for k in (1, 4))
    assert 1.9 < (few.high - few.low) / (many.high - many.low) < 2.1


def test_answers_that_agree_claim_no_certainty():
    assert ends({75: 5}) == ("58.82", "86.31")
    assert ends({100: 5}) == ("56.55", "100.0")
    assert ends({75: 500})[0] < "75.0" < ends({75: 500})[1]


def test_the_net_promoter_scores_variance_is_that_of_its_three_shares():
    found = estimate([(Fraction(100), 600), (Fraction(0), 300), (Fraction(-100), 100)], NET)
    shares = 0.6 + 0.1 - (0.6 - 0.1) ** 2
    assert float(found.variance) == pytest.approx(shares * 100**2 / 1000, rel=0.01)
    assert ends({100: 100, 0: 30, -100: 80}, NET) == ("-2.99", "21.74")  # Wald: -2.93 to 21.97


def test_no_answers_have_no_estimate():
    assert estimate([], PERCENT) is None
    assert estimate([(Fraction(100), 0)], PERCENT) is None
    assert composite([]) is None
    assert composite([None, None]) is None
    assert pooled_estimate([]) is None
    assert pooled_estimate([(5, None), (0, estimate([(Fraction(1), 1)], PERCENT))]) is None


def test_questions_of_the_same_people_bring_no_certainty():
    one = estimate([(Fraction(100), 12), (Fraction(75), 13)], PERCENT)
    assert interval(composite([one, one, None])) == interval(one)


def test_other_people_bring_certainty():
    one = estimate([(Fraction(100), 12), (Fraction(75), 13)], PERCENT)
    both = interval(pooled_estimate([(25, one), (25, one)]))
    alone = interval(one)
    assert (both.high - both.low) / (alone.high - alone.low) == pytest.approx(2**-0.5, abs=0.01)


def test_pooling_weighs_by_responses():
    west = pooled_estimate(
        [
            (526, estimate([(Fraction(100), 72), (Fraction(0), 28)], NET)),
            (91, estimate([(Fraction(100), 59), (Fraction(0), 41)], NET)),
        ]
    )
    assert west.value == Fraction(526 * 72 + 91 * 59, 617)


def test_the_callers_way_of_counting_changes_nothing():
    expected = ends({100: 1, 50: 1, 25: 4})
    with localcontext() as context:
        context.prec = 4
        assert ends({100: 1, 50: 1, 25: 4}) == expected
    assert getcontext().prec != 30


@given(
    st.dictionaries(st.sampled_from([0, 25, 50, 75, 100]), st.integers(0, 10**9), min_size=1).filter(
        lambda answers: sum(answers.values())
    )
)
def test_the_figure_is_inside_and_the_ends_are_possible(answers):
    found = estimate([(Fraction(value), count) for value, count in answers.items()], PERCENT)
    both = interval(found)
    assert isinstance(both, Interval)
    assert 0 <= both.low <= found.value <= both.high <= 100
    assert both.low < both.high
    assert (100 * both.low).denominator == (100 * both.high).denominator == 1


@pytest.mark.parametrize(
    ("worths", "weights", "bounds"),
    [
        ((0, 25, 50, 75, 100), (1, 2, 5, 20, 72), PERCENT),  # a ceiling, as satisfaction has it
        ((0, 25, 50, 75, 100), (5, 10, 30, 35, 20), PERCENT),
        ((75, 100), (1, 1), PERCENT),
        ((0, 100), (1, 19), PERCENT),
        ((-100, 0, 100), (10, 30, 60), NET),
        (tuple(range(0, 101, 10)), (1, 1, 1, 1, 1, 3, 4, 8, 20, 25, 35), PERCENT),
    ],
)
@pytest.mark.parametrize("n", [5, 10, 25, 100])
def test_the_truth_is_inside_about_as_often_as_promised(worths, weights, bounds, n):
    generator = random.Random(20261)
    truth = Fraction(sum(a * b for a, b in zip(worths, weights, strict=True)), sum(weights))
    times = 600
    inside = 0
    for _ in range(times):
        drawn = generator.choices(worths, weights, k=n)
        found = interval(estimate([(Fraction(value), drawn.count(value)) for value in set(drawn)], bounds))
        inside += found.low <= truth <= found.high
    assert inside / times > 0.90
