"""PURE: what an auditor should look at: pairs, rings, brigades, and raters who do not tell units apart.

Every threshold is the larger of two: one that grows with the number of pairs, and what honest rounds of the same make
reach once in fifty or a hundred. A flag opens a talk and is no verdict: taste and old partnerships look alike. Flags
are sealed for the auditor and stand in no bulletin. Knows a fitted round. Refuses to change a score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log10
from statistics import NormalDist

import numpy as np

from reviews.collusion_rounds import Figures, Honest, Round, own_figures, round_of
from reviews.severity_ballots import Ballots, Floats
from reviews.severity_robust import RobustFit

INFLATED_PAIR, RETALIATING_PAIR, RING = "inflated_pair", "retaliating_pair", "ring"
BRIGADE, STRAIGHT_LINE, ONE_VALUE = "brigade", "straight_line", "one_value"
KINDS = (INFLATED_PAIR, RETALIATING_PAIR, RING, BRIGADE, STRAIGHT_LINE, ONE_VALUE)

KEPT = 2.5
"""|S| from which a pair is kept, sealed, to be compared with later rounds."""

ROUNDS_KEPT, ROUNDS_OF_A_HABIT = 4, 3

_EXPECTED = {INFLATED_PAIR: 0.06, RETALIATING_PAIR: 0.004}  # pairs a round beyond the growing threshold, were z normal
_ALLOWED = dict.fromkeys(KINDS, 0.01) | {INFLATED_PAIR: 0.02, RETALIATING_PAIR: 0.02}  # honest flags a round
_LEAST_RING, _LEAST_BRIGADE, _MOST_LINE, _LEAST_SHARE = 4.2, 3.0, 0.5, 0.9
_SHARE_GROWS = 0.04
_LINE_MARGIN = 0.85  # who does not tell units apart lies far below any honest rater
_BELONGS = -2.0  # z below which a rater belongs to a brigade
_FEWEST_ROUNDS, _MOST_ROUNDS, _SCORES_IN_ALL = 60, 400, 6_000_000
_TOP = 4  # the most extreme figures that are kept of each honest round


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at: the members by name, a brigade's victim first; the figure and the threshold it passed."""

    kind: str
    members: tuple[str, ...]
    statistic: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What figures must pass in one round; `line` from above, all others from below."""

    inflated: float
    retaliating: float
    ring: float
    brigade: float
    line: float
    share: float


def watch(
    ballots: Ballots, robust: RobustFit, random: np.random.Generator, *, progress: Callable[[], object] | None = None
) -> tuple[Flag, ...]:
    """The flags of a round, by kind and weight. A round without any spread has none."""
    if robust.fit.solved is None or not robust.fit.sd_residual:
        return ()
    seen = round_of(ballots, robust)
    own = own_figures(seen)
    limits = calibrate(seen, random, progress=progress)
    flags = [*_pairs(seen, own, limits), *_rings(seen, own, limits), *_brigades(seen, own, limits)]
    return (*flags, *_raters(seen, own, limits))


def calibrate(seen: Round, random: np.random.Generator, *, progress: Callable[[], object] | None = None) -> Thresholds:
    """The thresholds of a round, from honest rounds of the same make."""
    honest = Honest(seen)
    rounds = []
    for _ in range(honest_rounds(seen.ballots)):
        rounds.append(_extremes(honest.round(random, ring_from=_LEAST_RING)))
        if progress is not None:
            progress()
    pairs = max(1, len(seen.robust.mutual))
    reached = {kind: _reached([each[kind] for each in rounds], _ALLOWED[kind]) for kind in KINDS}
    return Thresholds(
        inflated=max(grown(pairs, _EXPECTED[INFLATED_PAIR]), reached[INFLATED_PAIR]),
        retaliating=max(grown(pairs, _EXPECTED[RETALIATING_PAIR]), reached[RETALIATING_PAIR]),
        ring=max(_LEAST_RING, reached[RING]),
        brigade=max(_LEAST_BRIGADE, reached[BRIGADE]),
        line=min(_MOST_LINE, -_LINE_MARGIN * reached[STRAIGHT_LINE]),
        share=max(least_share(len(seen.ballots.raters)), reached[ONE_VALUE]),
    )


def honest_rounds(ballots: Ballots) -> int:
    """How many honest rounds a round is compared with."""
    return min(max(_SCORES_IN_ALL // max(1, len(ballots.scores)), _FEWEST_ROUNDS), _MOST_ROUNDS)


def grown(pairs: int, expected: float) -> float:
    """The threshold that `expected` of so many normal figures pass: 3.5 for 260 pairs and 0.06, 4.0 for 2,400."""
    return NormalDist().inv_cdf(1.0 - min(expected / pairs, 0.5))


def least_share(raters: int) -> float:
    """The share of one value from which a rater is looked at: 0.9 up to a hundred raters, 0.94 for a thousand.

    Of a thousand honest ones a few see nothing but excellence, which nobody among twenty-six does.
    """
    return min(_LEAST_SHARE + _SHARE_GROWS * max(log10(raters / 100.0), 0.0), 1.0)


def kept_pairs(ballots: Ballots, robust: RobustFit) -> tuple[tuple[str, str, float], ...]:
    """The pairs beyond |S| 2.5 with their S, by name: what is kept sealed for four rounds."""
    own = own_figures(round_of(ballots, robust))
    mutual, units = robust.mutual, ballots.units
    return tuple(
        (units[mutual.one[at]], units[mutual.other[at]], float(own.pairs[at]))
        for at in np.flatnonzero(np.abs(own.pairs) > KEPT).tolist()
    )


def habits(rounds: Sequence[Iterable[tuple[str, str, float]]]) -> dict[tuple[str, str], str]:
    """The pairs that were kept in three of the last four rounds, to the same side: pair → kind."""
    sides: dict[tuple[str, str], list[bool]] = {}
    for kept in rounds[-ROUNDS_KEPT:]:
        for one, other, statistic in kept:
            pair = (one, other) if one < other else (other, one)
            sides.setdefault(pair, []).append(statistic > 0)
    kinds: Mapping[bool, str] = {True: INFLATED_PAIR, False: RETALIATING_PAIR}
    return {
        pair: kinds[side]
        for pair, found in sides.items()
        for side in (True, False)
        if found.count(side) >= ROUNDS_OF_A_HABIT
    }


def _extremes(figures: Figures) -> dict[str, list[float]]:
    """The figures of each kind that come nearest to a flag, highest first."""
    return {
        INFLATED_PAIR: _top(figures.pairs),
        RETALIATING_PAIR: _top(-figures.pairs),
        RING: [statistic for statistic, _ in figures.triangles[:1]],
        BRIGADE: _top(figures.brigade),
        STRAIGHT_LINE: _top(-figures.line),
        ONE_VALUE: _top(figures.one_value),
    }


def _top(values: Floats) -> list[float]:
    values = values[~np.isnan(values)]
    return sorted(
        values.tolist() if len(values) <= _TOP else np.partition(values, -_TOP)[-_TOP:].tolist(), reverse=True
    )


def _reached(rounds: Sequence[list[float]], allowed: float) -> float:
    """What honest rounds pass `allowed` times a round."""
    pooled = sorted((value for each in rounds for value in each), reverse=True)
    at = int(allowed * len(rounds))
    return pooled[at] if at < len(pooled) else float("-inf")


def _pairs(seen: Round, own: Figures, limits: Thresholds) -> list[Flag]:
    mutual, units = seen.robust.mutual, seen.ballots.units
    flags = []
    for kind, sign, limit in ((INFLATED_PAIR, 1.0, limits.inflated), (RETALIATING_PAIR, -1.0, limits.retaliating)):
        passed = np.flatnonzero(sign * own.pairs > limit)
        for at in passed[np.argsort(-sign * own.pairs[passed], kind="stable")].tolist():
            members = (units[mutual.one[at]], units[mutual.other[at]])
            flags.append(Flag(kind, members, float(own.pairs[at]), sign * limit))
    return flags


def _rings(seen: Round, own: Figures, limits: Thresholds) -> list[Flag]:
    """Rings of three that share two members grow into one, as long as all of it hang together in the same way.

    A ring carries the figure of its strongest three.
    """
    together = {frozenset(members) for _, members in own.triangles}
    rings: list[tuple[float, set[int]]] = []
    for statistic, members in own.triangles:
        if statistic <= limits.ring:
            break
        known = next((each for _, each in rings if len(each.intersection(members)) >= 2), None)  # noqa: PLR2004
        if known is None:
            rings.append((statistic, set(members)))
        elif all(frozenset(three) in together for three in combinations(sorted(known.union(members)), 3)):
            known.update(members)
    units = seen.ballots.units
    return [Flag(RING, tuple(units[at] for at in sorted(ring)), statistic, limits.ring) for statistic, ring in rings]


def _brigades(seen: Round, own: Figures, limits: Thresholds) -> list[Flag]:
    ballots, mutual = seen.ballots, seen.robust.mutual
    cell_raters = np.zeros(len(mutual.counts), dtype=np.intp)
    cell_raters[mutual.cell] = ballots.rater
    passed = np.flatnonzero(np.nan_to_num(own.brigade, nan=0.0) > limits.brigade)
    flags = []
    for unit in passed[np.argsort(-own.brigade[passed], kind="stable")].tolist():
        cells = np.flatnonzero(seen.cell_units == unit)
        cells = cells[np.argsort(own.of_cell[cells], kind="stable")]
        belongs = cells[own.of_cell[cells] < _BELONGS].tolist()
        members = (ballots.units[unit], *(ballots.raters[cell_raters[cell]] for cell in belongs))
        flags.append(Flag(BRIGADE, members, float(own.brigade[unit]), limits.brigade))
    return flags


def _raters(seen: Round, own: Figures, limits: Thresholds) -> list[Flag]:
    raters = seen.ballots.raters
    lines = np.flatnonzero(np.nan_to_num(own.line, nan=np.inf) < limits.line).tolist()
    shares = np.nan_to_num(own.one_value, nan=0.0)
    least = least_share(len(raters))
    ones = np.flatnonzero((shares >= least) & ((shares > limits.share) | (limits.share <= least))).tolist()
    return [
        *(Flag(STRAIGHT_LINE, (raters[at],), float(own.line[at]), limits.line) for at in lines),
        *(Flag(ONE_VALUE, (raters[at],), float(own.one_value[at]), limits.share) for at in ones),
    ]
