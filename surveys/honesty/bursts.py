"""Bursts: more answers in a short time than a unit's patients give of themselves. PURE.

A batch of links brings a wave of answers, and that is honest. So a stretch of time is held against what the people
written to at each time were likely to bring in it (`rhythm`), and of a stretch that holds far too many, only those are
doubted whose share of it nothing explains: a patient who answers minutes after the link came is left alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from surveys.honesty.rhythm import Expectation, Moment, age_of

SPANS = (5 * 60, 30 * 60, 2 * 3600)  # seconds
FEWEST = 4  # answers that make a burst
LIKELY, SURE = 0.1, 0.01  # chance of one such stretch in a unit's whole month, among honest answers
EXPLAINED = 0.1  # likelihood of being honest from which on an answer is left alone

_FAMILIES = 1.5  # people answer in pairs: what is expected is taken half as much again
_ALWAYS = 0.05  # answers that any stretch may hold
_SHORTEST = 60.0  # seconds: of what comes all at once


def burst_members(moments: Sequence[Moment], expected: Expectation) -> dict[int, bool]:
    """Places of doubted answers in `moments` (one unit's, in order) → whether it is sure or only likely."""
    found: dict[int, bool] = {}
    stretches = max(len(SPANS) * len(moments), 1)
    for span in SPANS:
        last = 0
        for first, moment in enumerate(moments):
            last = max(last, first)
            while last + 1 < len(moments) and moments[last + 1].at <= moment.at + span:
                last += 1
            if last - first + 1 < FEWEST:
                continue
            usual = sum(expected.between(moment.at, moment.at + span))
            chance = stretches * tail(last - first + 1, _FAMILIES * usual + _ALWAYS)
            if chance < LIKELY:
                for place in _unexplained(moments, first, last, usual, expected):
                    found[place] = found.get(place, False) or chance < SURE
    return found


def tail(least: int, mean: float) -> float:
    """Chance of at least so many of a Poisson number."""
    if least <= mean:
        return 1.0
    term = math.exp(least * math.log(mean) - mean - math.lgamma(least + 1))
    total, number = 0.0, least
    while term > total * 1e-12:
        total += term
        number += 1
        term *= mean / number
    return min(total, 1.0)


def _unexplained(moments: Sequence[Moment], first: int, last: int, usual: float, expected: Expectation) -> list[int]:
    """Places in a stretch that are hardly honest: who fills in a heap of links takes them as they lie, mostly old."""
    counts = Counter(age_of(moments[place]) for place in range(first, last + 1))
    length = max(moments[last].at - moments[first].at, _SHORTEST)
    excess = max(last - first + 1 - usual, 0.0)
    found = []
    for place in range(first, last + 1):
        moment = moments[place]
        honest = expected.rate(moment) * length
        beyond_chance = counts[age_of(moment)] - (honest + 2 * math.sqrt(honest) + 1)
        others = max(excess * expected.share(moment), beyond_chance)
        if honest < EXPLAINED * (honest + others):
            found.append(place)
    return found
