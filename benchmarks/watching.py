# ruff: noqa: T201 - a program that prints
"""False alarms and power of the watching: flat random series by shape, and planted changes.

    python -m benchmarks.watching [--series 20000]

Prints, for six, nine and twelve months of history, how many of a hundred flat series ring at any look (once half of the
month is over, or on 28 days of it; the month; its quarter), where a fall, a rise or either is news; then how many
planted changes are found in the month in which they come. Also how a heavy-tailed shape does, which is not promised
anything.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from numpy.random import Generator

from evaluation.change import FALSE_ALARMS, Figure
from tests.evaluation import flat_series as flat


def fallen(points: int, **of: float) -> flat.Shape:
    """Scores of 100 people that fell by so many points."""

    def draw(random: Generator, series: int, months: int) -> list[flat.Series]:
        drawn = flat.scores(100, **of)(random, series, months)
        return [[Figure(each.value - points, error=each.error, n=each.n) for each in row] for row in drawn]

    return draw


def events(mean: float) -> flat.Shape:
    """Numbers of events."""
    return flat.values(lambda random, series, months: random.poisson(mean, (series, months)))


PLANTED = {
    "rate 30 % → 20 %, 200 cases": (flat.rates(0.3, 200), flat.rates(0.2, 200), False),
    "rate 50 % → 33 %, 200 cases": (flat.rates(0.5, 200), flat.rates(1 / 3, 200), False),
    "rate 70 % → 47 %, 200 cases": (flat.rates(0.7, 200), flat.rates(0.7 * 2 / 3, 200), False),
    "rate 90 % → 60 %, 200 cases": (flat.rates(0.9, 200), flat.rates(0.6, 200), False),
    "score − 10 points, 100 people": (flat.scores(100), fallen(10), False),
    "score − 10 points, 100 people, months differ by 2": (flat.scores(100, between=2), fallen(10, between=2), False),
    "events 50 → 25": (events(50), events(25), True),
    "events 100 → 50": (events(100), events(50), True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=5000)
    series = parser.parse_args().series
    flat.SHAPES["value, Student's with 3 degrees (not promised)"] = (
        flat.values(lambda random, n, m: 50 + random.standard_t(3, (n, m))), False,
    )  # fmt: skip
    print(f"false alarms in % of flat series a month and indicator, promised {float(100 * FALSE_ALARMS):g}")
    print(f"{'shape':48s} months   fall   rise either")
    for shape in flat.SHAPES:
        for months in (6, 9, 12):
            rung = [
                float(100 * flat.false_alarms(shape, months=months, sides=sides, series=series))
                for sides in (flat.FALL, flat.RISE, flat.EITHER)
            ]
            print(f"{shape:48s} {months:6d} " + " ".join(f"{each:6.2f}" for each in rung), flush=True)
    print("\nthe same of rates looked at on 28 days of the month that runs, 12 months of history")
    for shape in (each for each in flat.SHAPES if each.startswith("rate")):
        daily = float(100 * flat.false_alarms(shape, series=series, looks=28))
        print(f"{shape:48s} {'':6s} {'':6s} {'':6s} {daily:6.2f}", flush=True)
    print(f"\nfound in % of planted falls\n{'change':52s}      6      9     12 months")
    for name, (before, after, is_count) in PLANTED.items():
        found = [flat.power(before, after, months=m, is_count=is_count, series=2000) for m in (6, 9, 12)]
        print(f"{name:52s} " + " ".join(f"{100 * each:6.1f}" for each in found), flush=True)


if __name__ == "__main__":
    main()
