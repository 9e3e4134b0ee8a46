"""Abnormal changes: flat series ring at most as often as is said, planted ones are found, small numbers are silent."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.change import (
    FALSE_ALARMS,
    FEWEST_MONTHS,
    HIGH,
    LOW,
    MINIMUM_CASES,
    MONTH,
    MOST_MONTHS,
    QUARTER,
    RUNNING,
    Figure,
    abnormal_change,
)
from tests.evaluation.flat_series import EITHER, FALL, RISE, SHAPES, false_alarms, power, rate, rates, scores, values


def of(*numbers: int | str) -> list[Figure]:
    return [Figure(Fraction(number)) for number in numbers]


def score(value: int, n: int = 100, error: float = 2.0) -> Figure:
    return Figure(Fraction(value), error=error, n=n)


STEADY = [rate(k, 200) for k in (98, 103, 100, 97, 104, 99, 101, 100, 96, 102, 105, 95)]


@pytest.mark.parametrize("shape", SHAPES)
def test_of_a_thousand_flat_series_at_most_one_in_a_hundred_rings(shape):
    assert false_alarms(shape) <= FALSE_ALARMS


def test_looking_again_and_again_while_a_month_runs_rings_no_more_often():
    assert false_alarms("rate 30 %, 200 cases, over-dispersed 3 ×", looks=12) <= FALSE_ALARMS


@pytest.mark.parametrize("shape", ["rate 30 %, 200 cases, over-dispersed 3 ×", "value, normal 50 ± 4"])
def test_a_short_history_rings_no_more_often(shape):
    assert false_alarms(shape, months=FEWEST_MONTHS) <= FALSE_ALARMS
    assert false_alarms(shape, months=FEWEST_MONTHS, sides=RISE) <= FALSE_ALARMS


def test_a_drop_of_a_third_is_found():
    assert power(rates(0.9, 200), rates(0.6, 200)) >= 0.99
    assert power(rates(0.5, 200), rates(1 / 3, 200)) >= 0.8
    assert power(rates(0.3, 600), rates(0.2, 600)) >= 0.9


def test_a_fall_of_ten_points_of_satisfaction_is_found():
    def fallen(random, series, months):
        return [[Figure(each.value - 10, error=each.error, n=each.n) for each in row]
                for row in scores(100)(random, series, months)]  # fmt: skip

    assert power(scores(100), fallen) >= 0.85


def test_half_as_many_events_are_found():
    many, half = (values(lambda random, n, m, mean=mean: random.poisson(mean, (n, m))) for mean in (150, 75))
    assert power(many, half, is_count=True) >= 0.9


def test_a_rise_is_found_where_less_is_better_and_not_where_more_is():
    risen = rate(140, 200)
    assert abnormal_change(risen, STEADY, sides=RISE).side == HIGH
    assert abnormal_change(risen, STEADY, sides=EITHER).side == HIGH
    assert abnormal_change(risen, STEADY, sides=FALL) is None
    assert abnormal_change(risen, STEADY, sides=frozenset()) is None


def test_what_is_told_is_the_units_own_history():
    found = abnormal_change(rate(60, 200), STEADY, sides=FALL)
    assert (found.side, found.usual, found.lowest, found.highest, found.months) == (
        LOW, 50, Fraction(95, 2), Fraction(105, 2), 12,
    )  # fmt: skip
    assert found.score > 4


@pytest.mark.parametrize(("months", "rings"), [(FEWEST_MONTHS - 1, False), (FEWEST_MONTHS, True)])
def test_fewer_than_six_months_are_silent(months, rings):
    assert (abnormal_change(rate(20, 200), STEADY[:months], sides=FALL) is not None) == rings


def test_only_the_last_twelve_months_count():
    long_ago = [rate(20, 200)] * 6
    assert abnormal_change(rate(60, 200), [*long_ago, *STEADY], sides=FALL).months == MOST_MONTHS


@pytest.mark.parametrize(("n", "rings"), [(MINIMUM_CASES - 1, False), (MINIMUM_CASES, True)])
def test_fewer_than_twenty_cases_are_silent(n, rings):
    large = [rate(k * 4, 800) for k in (180, 181, 179, 182, 180, 178)]
    assert (abnormal_change(rate(3, n), large, sides=FALL) is not None) == rings
    people = [score(80 + step, 100, 2) for step in (0, 1, -1, 2, 0, -2)]
    assert (abnormal_change(score(50, n, 4), people, sides=FALL) is not None) == rings


def test_fewer_than_five_on_the_side_that_makes_the_news_are_silent():
    """Complications: never more than one a month, then four (silent), then eight."""
    rare = [rate(k, 200) for k in (1, 0, 1, 0, 0, 1, 1, 0, 0, 1)]
    assert abnormal_change(rate(4, 200), rare, sides=RISE) is None
    assert abnormal_change(rate(8, 200), rare, sides=RISE).side == HIGH
    nearly_all = [rate(200 - k, 200) for k in (1, 0, 1, 0, 0, 1, 1, 0, 0, 1)]
    assert abnormal_change(rate(196, 200), nearly_all, sides=FALL) is None
    assert abnormal_change(rate(192, 200), nearly_all, sides=FALL).side == LOW


def test_few_events_are_silent_and_a_jump_of_them_is_not():
    few = of(0, 1, 0, 2, 1, 0, 1, 0)
    assert abnormal_change(of(4)[0], few, sides=RISE, is_count=True) is None
    assert abnormal_change(of(30)[0], few, sides=RISE, is_count=True).side == HIGH
    assert abnormal_change(of(0)[0], few, sides=FALL, is_count=True) is None


def test_one_odd_month_neither_rings_for_ever_nor_deafens():
    spring_festival = of(50, 51, 49, 12, 50, 52, 48, 50, 51, 49, 50, 51)
    assert abnormal_change(of(20)[0], spring_festival, sides=FALL).side == LOW
    assert abnormal_change(of(49)[0], spring_festival, sides=FALL) is None


def test_a_figure_that_never_moved_is_held_to_what_matters():
    always = of(*[100] * 8)
    assert abnormal_change(of(100)[0], always, sides=FALL) is None
    assert abnormal_change(of("98.5")[0], always, sides=FALL) is None  # less than 2 % of what is usual
    assert abnormal_change(of(60)[0], always, sides=FALL).usual == 100
    assert abnormal_change(of(0)[0], of(*[0] * 8), sides=RISE) is None
    assert abnormal_change(of(10)[0], of(*[0] * 8), sides=RISE).side == HIGH


def test_a_difference_without_weight_is_not_told_however_many_cases_it_has():
    huge = [rate(500_000 + step, 1_000_000) for step in (100, -100, 50, -50, 0, 20, -20, 10)]
    assert abnormal_change(rate(492_000, 1_000_000), huge, sides=FALL) is None
    assert abnormal_change(rate(480_000, 1_000_000), huge, sides=FALL).side == LOW


def test_answers_all_of_one_mind_claim_no_certainty():
    past = [score(80 + step, 30, 4) for step in (0, 3, -3, 2, -2, 1)]
    assert abnormal_change(score(75, 30, 0.0), past, sides=FALL) is None


def test_a_month_that_runs_is_held_to_more_and_half_a_months_events_are_no_months():
    now = rate(79, 200)
    assert abnormal_change(now, STEADY, sides=FALL, look=MONTH).side == LOW
    assert abnormal_change(now, STEADY, sides=FALL, look=RUNNING) is None
    assert abnormal_change(rate(60, 200), STEADY, sides=FALL, look=RUNNING).side == LOW
    assert abnormal_change(of(10)[0], of(*[100] * 12), sides=FALL, is_count=True, look=RUNNING) is None


def test_three_months_together_find_what_one_does_not():
    one, three = rate(84, 200), rate(252, 600)
    assert abnormal_change(one, STEADY, sides=FALL) is None
    assert abnormal_change(three, STEADY, sides=FALL, look=QUARTER, months=3).side == LOW


def test_counts_that_are_no_cases_among_cases_are_plain_values():
    """Hours of training a person: 320 hours of 40 people."""
    hours = [Figure(Fraction(k, 40), Fraction(k), Fraction(40)) for k in (320, 330, 310, 325, 315, 322, 318, 321)]
    assert not hours[0].is_rate
    assert abnormal_change(Figure(Fraction(5), Fraction(200), Fraction(40)), hours, sides=FALL).side == LOW
    assert abnormal_change(hours[2], hours, sides=FALL) is None
    assert not Figure(Fraction(1), Fraction(1), Fraction(0)).is_rate


def test_all_or_none_of_all_cases_are_figures_like_others():
    full, empty = [rate(200, 200)] * 8, [rate(0, 200)] * 8
    assert abnormal_change(rate(200, 200), full, sides=EITHER) is None
    assert abnormal_change(rate(0, 200), empty, sides=EITHER) is None
    assert abnormal_change(rate(150, 200), full, sides=EITHER).usual == 100
    assert abnormal_change(rate(50, 200), empty, sides=EITHER).usual == 0
