"""PURE: the peer score of definition `peer-mean-1` (rules 21, 22 and decision D6), exact.

Knows sets of marks for one unit. Refuses to know whose they are. 100 × (mean of ballot means − 1) ÷ 4: all ones give
0, all fives give 100. "No dealings" is a missing ballot, never a middle one; below five raters there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from consortium.disclosure import MINIMUM_RATERS
from reviews.criteria import MARKS, no_dealings

DEFINITION = "peer-mean-1"

_LOWEST, _HIGHEST = int(MARKS[0]), int(MARKS[-1])


@dataclass(frozen=True, slots=True)
class PeerScore:
    """A unit's score, 0–100 and unrounded, or None; `raters` is exact and is shown as `disclosure.rater_band` only."""

    score: Fraction | None
    raters: int
    definition: str = DEFINITION


def ballot_mean(marks: str) -> Fraction | None:
    """The mean mark of one ballot, 1–5; None for "no dealings"."""
    if marks == no_dealings(len(marks)):
        return None
    return Fraction(sum(int(mark) for mark in marks), len(marks))


def peer_score(ballots: Iterable[str]) -> PeerScore:
    """The score of the unit that got these ballots, one a rater."""
    means = [mean for mean in map(ballot_mean, ballots) if mean is not None]
    if len(means) < MINIMUM_RATERS:
        return PeerScore(score=None, raters=len(means))
    mean = sum(means, Fraction(0)) / len(means)
    return PeerScore(score=100 * (mean - _LOWEST) / (_HIGHEST - _LOWEST), raters=len(means))
