"""What a unit may expect: sums over slots and ages, hours, units that differ, and the tail of Poisson."""

from __future__ import annotations

import pytest

from surveys.honesty.bursts import tail
from surveys.honesty.rhythm import AGES, SLOT, Moment, age_of, audience, expectation, learn_rhythm

HOUR, DAY = 3600.0, 86400.0
HOURS = [int(slot * SLOT % DAY // HOUR) for slot in range(int(30 * DAY // SLOT))]


@pytest.mark.parametrize(
    ("age", "place"), [(0, 0), (600, 0), (601, 1), (HOUR, 2), (DAY, 7), (59 * DAY, 11), (400 * DAY, 11)]
)
def test_ages_of_a_contact(age, place):
    assert age_of(Moment(age, 0, 0.0)) == place


def test_people_stand_at_one_age_or_on_the_border_of_two():
    reached = audience([-40 * DAY, -3600.0, 0.0, 5 * DAY], HOURS)
    for slot in (0, 1, 2, 7, 100, 1439, 1440, 5700):
        assert sum(people[slot] for people in reached.people) == (3 if slot < 1440 else 4)
    assert [reached.people[place][0] for place in range(len(AGES))] == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert reached.people[0][1440:1443] == (1, 1, 0)
    between = audience([100.0], HOURS)
    assert between.people[0][:4] == (1, 1, 1, 0)
    assert between.people[1][:8] == (0, 0, 1, 1, 1, 1, 1, 0)


def test_nobody_written_to_expects_nothing():
    reached = audience([], HOURS)
    expected = expectation(learn_rhythm([(reached, [])]), reached, 0)
    assert sum(expected.between(0, 30 * DAY)) == 0
    assert expected.share(Moment(DAY, 0, 0.0)) == expected.rate(Moment(DAY, 0, 0.0)) == 0


def _unit(answering: int):
    contacts = [day * DAY + 9 * HOUR for day in range(29) for _ in range(20)]
    moments = [
        Moment(day * DAY + 9 * HOUR + 60 * n, 9, day * DAY + 9 * HOUR) for day in range(29) for n in range(answering)
    ]
    return audience(contacts, HOURS), moments


def test_what_was_learned_gives_back_what_came():
    reached, moments = _unit(6)
    expected = expectation(learn_rhythm([(reached, moments)]), reached, len(moments))
    assert sum(expected.between(0, 30 * DAY)) == pytest.approx(len(moments), rel=0.05)
    wave = sum(expected.between(10 * DAY + 9 * HOUR, 10 * DAY + 9 * HOUR + 600))
    night = sum(expected.between(10 * DAY + 2 * HOUR, 10 * DAY + 4 * HOUR))
    assert wave > 4
    assert night < 0.1


def test_a_unit_is_held_against_its_own_rate():
    eager, lazy = _unit(9), _unit(3)
    rhythm = learn_rhythm([eager, lazy])
    sums = [sum(expectation(rhythm, reached, len(came)).between(0, 30 * DAY)) for reached, came in (eager, lazy)]
    assert sums[0] == pytest.approx(261, rel=0.1)
    assert sums[1] == pytest.approx(87, rel=0.2)


def test_times_outside_the_month_are_cut():
    reached, moments = _unit(6)
    expected = expectation(learn_rhythm([(reached, moments)]), reached, len(moments))
    assert expected.between(-DAY, 0) == [0.0] * len(AGES)
    assert expected.between(30 * DAY, 99 * DAY) == [0.0] * len(AGES)
    assert expected.rate(Moment(99 * DAY, 0, 98 * DAY)) == expected.rate(Moment(30 * DAY - 1, 0, 29 * DAY - 1))


@pytest.mark.parametrize(
    ("least", "mean", "chance"),
    [(1, 1.0, 1.0), (0, 0.5, 1.0), (3, 1.0, 0.080301), (5, 0.5, 0.000172), (40, 10.0, 1.2e-12), (2, 1e-6, 5e-13)],
)
def test_the_tail_of_poisson(least, mean, chance):
    assert tail(least, mean) == pytest.approx(chance, rel=0.1)
