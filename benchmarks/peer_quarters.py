# ruff: noqa: T201, E402 - a program that prints; threads are limited before numpy is loaded
"""How often a month's and a quarter's 90 % intervals hold the true place: `python -m benchmarks.peer_quarters`.

Made-up rounds in whole marks, published as a count publishes them (coarse estimates, a covariance from bands, spreads
on a grid) and joined from that alone. A rater's views of one unit in two months are truly alike by 0, 0.5 or 0.8; the
quarter always assumes 0.5. Worth does not change.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy is loaded, below

import numpy as np

from benchmarks.peer_worlds import CRITERIA, MISSING, PROFILE, SEVERITY, SINGLE, VIEW, WORTH
from consortium.disclosure import MINIMUM_RATERS
from reviews.figures import Mark
from reviews.figures_fit import places_in
from reviews.figures_parts import fitted_parts
from reviews.figures_quarter import quarter_of_months
from reviews.figures_round import published_fits
from reviews.rank_intervals import ranks

ALIKE = (0.0, 0.5, 0.8)
SHAPES: dict[str, tuple[int, int | None]] = {
    "26 units, everybody": (26, None),
    "26 units, 8 raters": (26, 8),
    "60 units, 16 raters": (60, 16),
    "9 units, everybody": (9, None),
}
MONTHS = ("2026-10", "2026-11", "2026-12")

Places = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Held:
    """The share of true places inside their intervals, and how wide these are in places."""

    cover: float
    width: float


def main(words: Sequence[str] | None = None) -> None:
    """Play the quarters and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer_quarters", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="quarters of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    found = {
        (shape, alike): played(options.runs, options.seed, units, raters, alike)
        for shape, (units, raters) in SHAPES.items()
        for alike in ALIKE
    }
    if options.json:
        rows = [
            {"shape": shape, "alike": alike, **{name: vars(held) for name, held in each.items()}}
            for (shape, alike), each in found.items()
        ]
        json.dump(rows, sys.stdout)
        return
    print("| round | views truly alike | month: cover, width | quarter: cover, width |")
    print("|---|---|---|---|")
    for (shape, alike), each in found.items():
        cells = [f"{held.cover:.3f}, {held.width:.1f}" for held in (each["month"], each["quarter"])]
        print(f"| {shape} | {alike} | {' | '.join(cells)} |")


def played(runs: int, seed: int, units: int, raters: int | None, alike: float) -> dict[str, Held]:
    """Coverage and width of months and quarters over some runs."""
    month, quarter = [], []
    for run in range(runs):
        random = np.random.default_rng([seed, run])
        worth = random.standard_normal(units)
        documents = months(random, worth, raters, alike)
        single: dict[str, tuple[int, int]] = {}
        for document in documents[0]:
            single |= {unit: (low, high) for unit, (_, low, high, _) in places_in(document).items()}
        joined = quarter_of_months("2026-Q4", dict(zip(MONTHS, documents, strict=True)))
        whole = {
            unit.unit: (unit.rank_low, unit.rank_high)
            for unit in joined.units
            if unit.rank_low is not None and unit.rank_high is not None
        }
        for places, column in ((single, month), (whole, quarter)):
            if places:
                column.append(held(places, worth))
    return {"month": mean(month), "quarter": mean(quarter)}


def months(random: np.random.Generator, worth: np.ndarray, raters: int | None, alike: float) -> list[Sequence[Any]]:
    """The documents of three months; severity lasts, views of units partly."""
    units = len(worth)
    severity = SEVERITY * random.standard_normal(units)
    lasting = random.standard_normal((units, units))
    published = []
    for number in range(len(MONTHS)):
        fresh = random.standard_normal((units, units))
        view = VIEW * (np.sqrt(alike) * lasting + np.sqrt(1.0 - alike) * fresh)
        profile = PROFILE * random.standard_normal((1, units, CRITERIA))
        latent = worth[None, :, None] + severity[:, None, None] + view[:, :, None]
        latent = latent + profile - profile.mean(axis=2, keepdims=True)
        latent = latent + SINGLE * random.standard_normal((units, units, CRITERIA))
        marks = np.clip(np.rint(3.8 + WORTH * latent), 1, 5).astype(int)
        there = random.random((units, units)) >= MISSING
        if raters is not None:
            there &= _drawn(random, units, raters)
        np.fill_diagonal(there, val=False)
        published.append(_published(marks, there, number))
    return published


def held(places: Places, worth: np.ndarray) -> Held:
    """How many of the places that are shown hold the true one among those that are shown."""
    units = list(places)
    true = ranks(np.array([worth[int(unit[1:])] for unit in units]))
    low, high = (np.array([places[unit][end] for unit in units]) for end in (0, 1))
    return Held(float(((low <= true) & (true <= high)).mean()), float((high - low).mean()))


def mean(column: Sequence[Held]) -> Held:
    """The mean of some runs."""
    return Held(float(np.mean([each.cover for each in column])), float(np.mean([each.width for each in column])))


def _drawn(random: np.random.Generator, units: int, raters: int) -> np.ndarray:
    """So many raters a unit, by chance."""
    given = np.zeros((units, units), dtype=bool)
    for unit in range(units):
        given[random.choice(np.delete(np.arange(units), unit), raters, replace=False), unit] = True
    return given


def _published(marks: np.ndarray, there: np.ndarray, seed: int) -> Sequence[Any]:
    given = [
        Mark(f"u{one}", f"u{other}", "".join(map(str, marks[one, other])))
        for one, other in zip(*np.nonzero(there), strict=True)
    ]
    raters = Counter(mark.target for mark in given)
    dealt = [(mark.rater, mark.target, mark.marks) for mark in given if raters[mark.target] >= MINIMUM_RATERS]
    tiers = {mark.target: "t" for mark in given}
    return published_fits(fitted_parts(dealt), given, tiers=tiers, unranked=(), seed=seed)


if __name__ == "__main__":
    main()
