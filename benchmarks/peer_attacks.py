# ruff: noqa: T201, E402, PLR2004 - a program that prints; threads are limited before numpy is loaded
"""What attacks on a peer review gain, and whether they are seen: `python -m benchmarks.peer_attacks`.

Each world of `peer_worlds` is played many times; raw mean, trimmed mean, the plain model and the model that counts are
compared by Kendall's tau with the true order, places that ring members gain and victims lose against the same round
without the attack, and how often 90 % rank intervals hold the true place. Then the flags: right ones by kind, false
ones by round.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy is loaded, below

import numpy as np

from benchmarks.peer_worlds import World, brigade, lines, pair_at_war, ring, sabotage, together, world
from reviews.collusion import Flag, watch
from reviews.rank_intervals import ranks
from reviews.severity import Fit, place_units, plain_fit
from reviews.severity_ballots import Ballots, ballots_of, raw_means
from reviews.severity_quarter import combine, place_quarter, published
from reviews.severity_robust import robust_fit

ESTIMATORS = ("raw", "trimmed", "plain", "robust")
WORLDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "clean": (None, {}),
    "clean, reciprocity 0.3": (None, {"reciprocity": 0.3}),
    "ring of 3 + pair at war": (together(ring(3), pair_at_war), {}),
    "the same, 0-100": (together(ring(3), pair_at_war), {"hundred": True}),
    "ring + pair + reciprocity 0.3": (together(ring(3), pair_at_war), {"reciprocity": 0.3}),
    "sabotage": (sabotage, {}),
    "brigade of 3": (brigade, {}),
    "ring + pair + brigade": (together(ring(3), pair_at_war, brigade), {}),
    "ring of 5 + pair at war": (together(ring(5), pair_at_war), {}),
    "8 raters, ring + pair + brigade": (together(ring(3), pair_at_war, brigade), {"raters": 8}),
    "straight lines": (lines, {}),
}
LARGE: dict[str, tuple[Any, dict[str, Any]]] = {
    "300 units, clean": (None, {"units": 300, "raters": 20}),
    "300 units, ring + pair": (together(ring(3), pair_at_war), {"units": 300, "raters": 20}),
    "300 units in districts": (None, {"units": 300, "raters": 20, "districts": True}),
}


@dataclass
class Tally:
    """What the runs of one world came to."""

    tau: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ESTIMATORS})
    gained: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ESTIMATORS})
    lost: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ESTIMATORS})
    cover: dict[str, list[float]] = field(default_factory=lambda: {"plain": [], "robust": []})
    width: list[float] = field(default_factory=list)
    false: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    guilty: Counter[str] = field(default_factory=Counter)
    rounds: int = 0


def main(words: Sequence[str] | None = None) -> None:
    """Play the worlds and print what came of them."""
    options = _options(words)
    tallies: dict[str, Tally] = {}
    begun = time.monotonic()
    for worlds, runs in ((WORLDS, options.runs), (LARGE, options.large)):
        for name, (attack, make) in worlds.items():
            tally = tallies[name] = Tally()
            for run in range(runs):
                if sys.stderr.isatty():
                    print(f"\r{name}: {run + 1}/{runs} ({time.monotonic() - begun:.0f} s) ", end="", file=sys.stderr)
                _play(tally, options.seed + run, attack, make, is_watched=not options.quick)
    quarter = _quarter(options.seed, max(4, options.runs // 2))
    if options.json:
        print(json.dumps({"worlds": {name: _document(tally) for name, tally in tallies.items()}, "quarter": quarter}))
        return
    _print(tallies, quarter)


def trimmed_means(ballots: Ballots) -> np.ndarray:
    """The mean of each unit's ballots without the highest and the lowest."""
    means = []
    for unit in range(len(ballots.units)):
        own = np.sort(ballots.mean[ballots.unit == unit])
        means.append(own[1:-1].mean() if len(own) > 2 else own.mean())
    return np.array(means)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Kendall's tau."""
    above = np.triu_indices(len(one), 1)
    alike = np.sign(np.subtract.outer(one, one)) * np.sign(np.subtract.outer(other, other))
    return float(alike[above].mean())


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer_attacks", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="rounds of each world of 26 units")
    parser.add_argument("--large", type=int, default=1, help="rounds of each world of 300 units")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without flags, which take most of the time")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


def _play(tally: Tally, seed: int, attack: Any, make: dict[str, Any], *, is_watched: bool) -> None:
    played = world(seed, attack, **make)
    ballots = ballots_of(played.scores)
    robust = robust_fit(ballots)
    fits = {"plain": plain_fit(ballots), "robust": robust.fit}
    scores = _scores(ballots, fits)
    true = np.array([played.worth[unit] for unit in ballots.units])
    for name in ESTIMATORS:
        tally.tau[name].append(agreement(true, scores[name]))
    for name, fit in fits.items():
        held, width = _covered(fit, true, seed)
        tally.cover[name].append(held)
    tally.width.append(width)
    if played.gainers or played.losers:
        _moves(tally, played, ballots, scores, world(seed, None, **make))
    tally.rounds += 1
    if is_watched:
        _judge(tally, played, watch(ballots, robust, np.random.default_rng(seed)))


def _scores(ballots: Ballots, fits: dict[str, Fit]) -> dict[str, np.ndarray]:
    own = {"raw": raw_means(ballots), "trimmed": trimmed_means(ballots)}
    return own | {name: fit.effect for name, fit in fits.items()}


def _covered(fit: Fit, true: np.ndarray, seed: int) -> tuple[float, float]:
    places = place_units(fit, interval=0.9, draws=1000, random=np.random.default_rng(seed))
    place = ranks(true)
    held = (np.array(places.low) <= place) & (place <= np.array(places.high))
    return float(held.mean()), float(np.mean(np.subtract(places.high, places.low)))


def _moves(tally: Tally, played: World, ballots: Ballots, scores: dict[str, np.ndarray], honest: World) -> None:
    """Places gained by ring members and lost by victims, against the round without the attack."""
    before = ballots_of(honest.scores)
    honest_scores = _scores(before, {"plain": plain_fit(before), "robust": robust_fit(before).fit})
    for name in ESTIMATORS:
        now = dict(zip(ballots.units, ranks(scores[name]).tolist(), strict=True))
        then = dict(zip(before.units, ranks(honest_scores[name]).tolist(), strict=True))
        for who, column, sign in ((played.gainers, tally.gained, 1), (played.losers, tally.lost, -1)):
            if who:
                column[name].append(float(np.mean([sign * (then[unit] - now[unit]) for unit in who])))


def _judge(tally: Tally, played: World, flags: tuple[Flag, ...]) -> None:
    """A flag is right if its members belong to one attack and it is of its kind; the pairs of a ring are right too."""
    found: set[frozenset[str]] = set()
    tally.guilty.update(played.guilty.values())
    for flag in flags:
        members = frozenset(flag.members)
        for guilty, kind in played.guilty.items():
            fits = {
                "ring": members <= guilty,
                "brigade": flag.members[0] in played.losers and flag.kind == "brigade" and bool(members & guilty),
            }.get(kind, members == guilty)
            if fits:
                found.update([guilty] if flag.kind == kind or kind != "ring" else [])
                break
        else:
            tally.false[flag.kind] += 1
    tally.found.update(played.guilty[guilty] for guilty in found)


def _quarter(seed: int, runs: int) -> dict[str, float]:
    """Coverage and width of one month's and a quarter's intervals, half of each rater's views staying the same."""
    random = np.random.default_rng(seed)
    single: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for _ in range(runs):
        worth, severity = random.standard_normal(26), 0.8 * random.standard_normal(26)
        lasting = random.standard_normal((26, 26))
        months = []
        for _ in range(3):
            fresh = random.standard_normal((26, 26))
            view = 0.9 * np.sqrt(0.5) * (lasting + fresh)
            marks = worth[None, :] + severity[:, None] + view
            there = random.random((26, 26)) >= 0.1
            scores = {
                (f"u{rater}", f"u{unit}", ""): {"c": float(marks[rater, unit])}
                for rater in range(26)
                for unit in range(26)
                if rater != unit and there[rater, unit]
            }
            months.append(published(plain_fit(ballots_of(scores))))
        for rounds, column in ((months[:1], single), (months, whole)):
            quarter = combine(rounds)
            place = ranks(np.array([worth[int(unit[1:])] for unit in quarter.units]))
            places = place_quarter(quarter, interval=0.9, draws=1000, random=random)
            held = (np.array(places.low) <= place) & (place <= np.array(places.high))
            column.append((float(held.mean()), float(np.mean(np.subtract(places.high, places.low)))))
    (month_cover, month_width), (cover, width) = np.mean(single, axis=0), np.mean(whole, axis=0)
    figures = {"alike": 0.5, "month_cover": month_cover, "month_width": month_width, "cover": cover, "width": width}
    return {name: float(value) for name, value in figures.items()}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _means(column: dict[str, list[float]]) -> dict[str, float | None]:
    return {name: _mean(values) for name, values in column.items()}


def _document(tally: Tally) -> dict[str, Any]:
    return {
        "rounds": tally.rounds,
        "tau": _means(tally.tau),
        "gained": _means(tally.gained),
        "lost": _means(tally.lost),
        "cover": _means(tally.cover),
        "width": _mean(tally.width),
        "false_flags": {kind: number / tally.rounds for kind, number in tally.false.items()},
        "power": {kind: tally.found[kind] / number for kind, number in tally.guilty.items()},
    }


def _print(tallies: dict[str, Tally], quarter: dict[str, float]) -> None:
    columns = ("world", f"tau {' / '.join(ESTIMATORS)}", "ring gains", "victim loses", "cover plain / robust, width")
    print(f"| {' | '.join((*columns, 'false flags a round', 'power'))} |")
    print("|---|---|---|---|---|---|---|")
    for name, tally in tallies.items():
        if not tally.rounds:
            continue
        document = _document(tally)
        cells = [
            name,
            " / ".join(f"{document['tau'][each]:.3f}" for each in ESTIMATORS),
            *(_moved(document[column]) for column in ("gained", "lost")),
            f"{document['cover']['plain']:.3f} / {document['cover']['robust']:.3f}, {document['width']:.1f}",
            ", ".join(f"{kind} {value:.2f}" for kind, value in sorted(document["false_flags"].items())) or "0",
            ", ".join(f"{kind} {value:.2f}" for kind, value in sorted(document["power"].items())) or "-",
        ]
        print(f"| {' | '.join(cells)} |")
    print(
        f"\nquarter of three months, views alike {quarter['alike']:.1f}: cover {quarter['cover']:.3f}, "
        f"width {quarter['width']:.1f} (one month {quarter['month_cover']:.3f}, {quarter['month_width']:.1f})"
    )


def _moved(column: dict[str, float | None]) -> str:
    if column["raw"] is None:
        return "-"
    return " / ".join(f"{column[each]:.1f}" for each in ESTIMATORS)


if __name__ == "__main__":
    main()
