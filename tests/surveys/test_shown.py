"""Nothing that is shown, taken together and over time, tells the figure of fewer than five people.

An attacker writes down every figure ever shown, each as a sum of what they do not know: one unknown for each dimension
and month, one column of a matrix. What they can work out is exactly what lies in the row space.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from consortium.periods import Period
from surveys.shown import measures_shown, months_of, shown_periods

MONTHS = tuple(Period(2026, month) for month in range(1, 13))
DIMENSIONS = ("a", "b", "c")
SCORE = "score"
WEIGHT = {"a": 2, "b": 3, "c": 1}  # questions of each dimension


def reduced(rows):
    """The rows in echelon form, by their leading column."""
    leading: dict[int, list[Fraction]] = {}
    for row in rows:
        left = remainder(leading, row)
        first = next((place for place, value in enumerate(left) if value), None)
        if first is not None:
            leading[first] = [value / left[first] for value in left]
    return leading


def remainder(leading, row):
    left = list(row)
    for place in range(len(left)):
        if left[place] and place in leading:
            factor = left[place]
            left = [value - factor * other for value, other in zip(left, leading[place], strict=True)]
    return left


def gives_away(leading, row):
    return not any(remainder(leading, row))


def unknown(measure, month):
    """The figure of a dimension, or of the score, in a month: which unknowns it is made of."""
    row = [Fraction()] * (len(DIMENSIONS) * len(MONTHS))
    for place, dimension in enumerate(DIMENSIONS):
        if measure in (dimension, SCORE):
            row[place * len(MONTHS) + MONTHS.index(month)] = Fraction(WEIGHT[dimension] if measure == SCORE else 1)
    return row


def pooled(measure, months, responses):
    rows = [[responses[month] * value for value in unknown(measure, month)] for month in months if responses.get(month)]
    return [sum(column) for column in zip(*rows, strict=True)] if rows else None


def written_down(responses, bases):
    """Every figure that an attacker sees who looks at the end of each month: what is closed by then."""
    rows = []
    for count in range(1, len(MONTHS) + 1):
        closed = MONTHS[:count]
        now = {month: n for month, n in responses.items() if month in closed}
        then = {name: {month: n for month, n in counts.items() if month in closed} for name, counts in bases.items()}
        shown = measures_shown(now, then, score=SCORE, dimensions=DIMENSIONS)
        periods = [*closed, *(Period(2026, None, quarter) for quarter in (1, 2, 3, 4)), Period(2026)]
        for period in periods:
            if months_of(period)[-1] not in closed:
                continue  # a quarter or year that is not over has no figure
            for measure in (*DIMENSIONS, SCORE):
                if str(period) in shown.get(measure, ()):
                    row = pooled(measure, months_of(period), now)
                    rows += [row] if row is not None else []
    return reduced(rows)


def drawn(random):
    responses, bases = {}, {name: {} for name in (*DIMENSIONS, SCORE)}
    for month in MONTHS:
        responses[month] = n = random.choice((0, 1, 3, 4, 5, 6, 8, 9, 12))
        for name in DIMENSIONS:
            bases[name][month] = random.choice((n, n, n, min(n, 2), min(n, 4), 0))
        bases[SCORE][month] = max(bases[name][month] for name in DIMENSIONS)
    return responses, bases


@pytest.mark.parametrize("seed", range(60))
def test_an_attacker_who_keeps_everything_learns_nothing_of_few(seed):
    responses, bases = drawn(Random(seed))
    leading = written_down(responses, bases)
    for month in MONTHS:
        for name in (*DIMENSIONS, SCORE):
            if 0 < bases[name][month] < 5:
                assert not gives_away(leading, unknown(name, month)), (seed, str(month), name)
        if 0 < responses[month] < 5:
            assert not gives_away(leading, unknown(SCORE, month)), (seed, str(month))


def test_with_enough_answers_everything_is_shown():
    responses = dict.fromkeys(MONTHS, 9)
    shown = measures_shown(
        responses, dict.fromkeys((*DIMENSIONS, SCORE), responses), score=SCORE, dimensions=DIMENSIONS
    )
    assert {len(periods) for periods in shown.values()} == {17}


def test_a_dimension_of_few_takes_the_next_along():
    month = MONTHS[0]
    bases = {"a": {month: 2}, "b": {month: 9}, "c": {month: 7}, SCORE: {month: 9}}
    shown = measures_shown({month: 9}, bases, score=SCORE, dimensions=DIMENSIONS)
    assert {name for name, periods in shown.items() if "2026-01" in periods} == {"b", SCORE}
    without = measures_shown({month: 9}, bases | {"a": {month: 0}}, score=SCORE, dimensions=DIMENSIONS)
    assert "2026-01" in without["c"]


def test_a_score_of_few_is_hidden_however_many_answered():
    month = MONTHS[0]
    bases = {"a": {month: 1}, "b": {month: 1}, "c": {}, SCORE: {month: 1}}
    shown = measures_shown({month: 30}, bases, score=SCORE, dimensions=DIMENSIONS)
    assert not any(shown.values())


def test_a_month_once_shown_stays_shown_and_the_quarter_gives_way():
    answered = {MONTHS[0]: 9, MONTHS[1]: 4}
    assert shown_periods({MONTHS[0]: 9}) >= {"2026-01"}
    assert shown_periods(answered) == {"2026-01"}
    assert shown_periods(answered | {MONTHS[2]: 4}) == {"2026-01", "2026-Q1", "2026"}
    assert shown_periods(answered | {MONTHS[4]: 3}) == {"2026-01", "2026"}  # the year adds four and three
    assert shown_periods({MONTHS[0]: 4, MONTHS[1]: 1}) == {"2026-Q1", "2026"}


def test_what_is_secret_hides_whatever_holds_it():
    answered = dict.fromkeys(MONTHS[:6], 9)
    secret = {MONTHS[1]}
    assert shown_periods(answered, secret=secret) == {"2026-01", "2026-03", "2026-04", "2026-05", "2026-06", "2026-Q2"}
    assert shown_periods(answered, secret={Period(2026, None, 1)}) >= {"2026-02", "2026-Q2"}
    assert "2026" not in shown_periods(answered, secret={Period(2026, None, 1)})
