"""When patients answer: how long after they were written to, and at which hour. PURE.

Learned from all units of the consortium together, so that one unit's oddity does not make itself the rule. From it
follows how many answers a unit may expect in a stretch of time from the people it has written to: many in the hour
after a batch of links went out, few at night, few from those who were written to long ago. Times are seconds since the
month began. Floats will do: these are likelihoods, not scores.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
SLOT = 5 * _MINUTE
AGES = (
    10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 16 * _HOUR, _DAY, 2 * _DAY, 4 * _DAY, 8 * _DAY,
    60 * _DAY,
)  # fmt: skip
"""Where one stretch of time since the last contact ends and the next begins."""

_USUAL = (0.06, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005, 0.01, 0.005, 0.005, 0.005)
_USUAL_PEOPLE = 100
"""Before a consortium has a rhythm of its own: so many people, of whom these shares answer at each age."""

_SMALLEST_HOUR = 0.1  # nights are quiet, not empty
_STEADY = 10  # answers at the common rate that every hour and unit is thought to have besides its own


@dataclass(frozen=True, slots=True)
class Moment:
    """When one answer came, its hour on the consortium's calendar, and when its patient had been written to."""

    at: float
    hour: int
    contact_at: float


@dataclass(frozen=True, slots=True)
class Audience:
    """The people whom one unit wrote to: how many there are at each age of the contact, in every slot of the month."""

    people: tuple[tuple[int, ...], ...]
    hours: tuple[int, ...]  # of each slot, on the consortium's calendar


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Answers a second for each person, by age of the contact; and how the hours of the day differ from that."""

    rates: tuple[float, ...]
    hours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many answers one unit may expect, by age of the contact: running sums over the slots, and of all people."""

    sums: tuple[tuple[float, ...], ...]
    people: tuple[tuple[int, ...], ...]

    def between(self, start: float, end: float) -> list[float]:
        """Expected answers from `start` to `end`, by age of the contact."""
        return [_at(sums, end) - _at(sums, start) for sums in self.sums]

    def rate(self, moment: Moment) -> float:
        """Expected answers a second, at that moment, from people written to as long before as this one."""
        slot, sums = self._slot(moment.at), self.sums[age_of(moment)]
        return (sums[slot + 1] - sums[slot]) / SLOT

    def share(self, moment: Moment) -> float:
        """Which part of all the people, at that moment, was written to as long before as this one."""
        slot = self._slot(moment.at)
        return self.people[age_of(moment)][slot] / max(sum(people[slot] for people in self.people), 1)

    def _slot(self, at: float) -> int:
        return min(max(int(at // SLOT), 0), len(self.people[0]) - 1)


def age_of(moment: Moment) -> int:
    """Into which stretch the age of a contact falls."""
    return min(bisect_left(AGES, moment.at - moment.contact_at), len(AGES) - 1)


def audience(contacts: Iterable[float], hours: Sequence[int]) -> Audience:
    """From when people were written to (also before the month), and the hour of each slot of the month."""
    slots = len(hours)
    steps = [[0] * (slots + 1) for _ in AGES]
    for contact in contacts:
        begin = contact
        for place, age in enumerate(AGES):
            first = min(max(int(begin // SLOT), 0), slots)
            last = min(max(int(-(-(contact + age) // SLOT)), 0), slots)  # a slot that is touched counts whole
            steps[place][first] += 1
            steps[place][last] -= 1
            begin = contact + age
    return Audience(tuple(tuple(accumulate(step[:-1])) for step in steps), tuple(hours))


def learn_rhythm(units: Sequence[tuple[Audience, Sequence[Moment]]]) -> Rhythm:
    """From every unit's audience and answers of the month."""
    widths = [end - begin for begin, end in zip((0, *AGES[:-1]), AGES, strict=True)]
    ages = [_USUAL_PEOPLE * share for share in _USUAL]
    times = [float(_USUAL_PEOPLE * width) for width in widths]
    for reached, moments in units:
        for moment in moments:
            ages[age_of(moment)] += 1
        for place, people in enumerate(reached.people):
            times[place] += SLOT * sum(people)
    rates = tuple(count / time for count, time in zip(ages, times, strict=True))
    came, due = [0.0] * 24, [0.0] * 24
    for reached, moments in units:
        for moment in moments:
            came[moment.hour] += 1
        for slot, hour in enumerate(reached.hours):
            due[hour] += SLOT * sum(rate * people[slot] for rate, people in zip(rates, reached.people, strict=True))
    hours = tuple(max((a + _STEADY) / (b + _STEADY), _SMALLEST_HOUR) for a, b in zip(came, due, strict=True))
    return Rhythm(rates, hours)


def expectation(rhythm: Rhythm, reached: Audience, answers: int) -> Expectation:
    """For one unit, which has `answers` in the month: the common rhythm, raised or lowered to the unit's own rate."""
    by_slot = [
        [SLOT * rate * rhythm.hours[hour] * count for hour, count in zip(reached.hours, people, strict=True)]
        for rate, people in zip(rhythm.rates, reached.people, strict=True)
    ]
    factor = (answers + _STEADY) / (sum(sum(row) for row in by_slot) + _STEADY)
    sums = tuple(tuple(accumulate((factor * each for each in row), initial=0.0)) for row in by_slot)
    return Expectation(sums, reached.people)


def _at(sums: Sequence[float], moment: float) -> float:
    """A running sum at a moment within or between slots."""
    place = min(max(moment / SLOT, 0.0), len(sums) - 1.0)
    slot = min(int(place), len(sums) - 2)
    return sums[slot] + (place - slot) * (sums[slot + 1] - sums[slot])
