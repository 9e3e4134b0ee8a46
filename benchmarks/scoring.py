# ruff: noqa: T201, S311, S603 - a program that prints; made-up figures; it calls the command itself
"""What exactness costs: `python -m benchmarks.scoring`.

300 units, 56 indicators, a made-up month with every kind of curve. Scored by `score_units` in exact fractions, and by
the plainest loop in floats that gives the same totals to 1e-9, side by side in one process; and the whole command
`tongping scheme score` as a process of its own, files in and document out. Seconds are of the processor, so that what
else the machine does counts little.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from evaluation.curves import is_whole
from evaluation.elements import BAND, COUNT, DIMENSIONS, RELATIVE, STEPS, Curve, Scheme
from evaluation.figures import Input
from evaluation.scheme import parse_scheme
from evaluation.scoring import score_units

TIERS = ("tertiary", "secondary", "primary")
PROGRAM = Path(sys.executable).parent / "tongping"
_ENDS: tuple[dict[str, Any], ...] = (
    {"curve": "linear", "floor": 10, "target": 90},
    {"curve": "band", "band": [40, 60], "floor": 10, "ceiling": 95},
    {"curve": "steps", "steps": [[20, "0.2"], [50, "0.5"], [80, 1]]},
    {"curve": "relative", "against": "tier_median", "floor": -30, "target": 20},
    {"curve": "count", "target": 40, "unit": "count"},
    {"curve": "linear", "direction": "down", "floor": 90, "target": 20},
    {"curve": "checklist"},
)

_SAME = 1e-9

Month = dict[str, dict[str, tuple[int, int]]]
"""Unit → indicator → numerator and denominator."""


def main(words: Sequence[str] | None = None) -> None:
    """Score the month and print how long each way took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description=__doc__)
    for name, usual in (("units", 300), ("indicators", 56), ("runs", 7), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    found = measured(options.units, options.indicators, runs=options.runs, seed=options.seed)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{options.units} units × {options.indicators} indicators, median of {options.runs} runs")
    for name, value in found.items():
        print(f"{name:>24}: {value:.4g}")


def measured(units: int, indicators: int, *, runs: int, seed: int) -> dict[str, float]:
    """Seconds of each way, and how many times as long exactness takes."""
    document = scheme_document(indicators)
    scheme, findings = parse_scheme(document, file="scheme")
    assert scheme is not None, findings
    month = made_up(units, scheme, random.Random(seed))
    tiers = {unit: TIERS[place % len(TIERS)] for place, unit in enumerate(month)}
    figures = {
        unit: {code: _figure(scheme, code, *counts) for code, counts in of.items()} for unit, of in month.items()
    }
    floats = {unit: {code: float(each.value or 0) for code, each in of.items()} for unit, of in figures.items()}
    exact = score_units(scheme, tiers, figures)
    plain = float_totals(scheme, tiers, floats)
    assert all(abs(float(exact[unit].total or 0) - plain[unit]) < _SAME for unit in tiers)
    slow = _seconds(lambda: score_units(scheme, tiers, figures), runs)
    fast = _seconds(lambda: float_totals(scheme, tiers, floats), runs)
    whole = command_seconds(document, month, tiers, runs)
    return {
        "exact, seconds": slow,
        "floats, seconds": fast,
        "exact ÷ floats": slow / fast,
        "command, seconds": whole,
    }


def scheme_document(indicators: int) -> dict[str, Any]:
    """A scheme of three tiers with the same table, every kind of curve in turn."""
    table: dict[str, Any] = {}
    for place in range(indicators):
        usual = {
            "name": _both(f"i{place}"),
            "dimension": DIMENSIONS[place % 5],
            "party": ("peers", "patients")[place % 2],
        }
        table[f"i{place}"] = usual | {"direction": "up", "unit": "percent"} | _ENDS[place % len(_ENDS)]
    lines = {code: {"points": ("1.7", "1.9", "1.6")[place % 3]} for place, code in enumerate(table)}
    return {
        "scheme": {"year": 2026, "version": 1, "title": _both("benchmark")},
        "dimensions": {code: {"name": _both(code)} for code in DIMENSIONS},
        "parties": {code: {"name": _both(code)} for code in ("peers", "patients")},
        "indicators": table,
        "tiers": {tier: {"name": _both(tier), "indicators": lines} for tier in TIERS},
    }


def made_up(units: int, scheme: Scheme, chance: random.Random) -> Month:
    """A month in which two figures of a hundred are missing."""
    month: Month = {}
    for number in range(units):
        of_unit = month[f"u{number}"] = {}
        for code in scheme.indicators:
            denominator = chance.randrange(20, 2000)
            if chance.random() > 0.02:  # noqa: PLR2004 - two of a hundred
                of_unit[code] = chance.randrange(denominator), denominator
    return month


def float_totals(
    scheme: Scheme, tiers: Mapping[str, str], figures: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Totals, dimensions and parties as a spreadsheet would make them: floats, added one by one."""
    totals: dict[str, float] = {}
    for tier in set(tiers.values()):
        of_tier = [unit for unit in tiers if tiers[unit] == tier]
        lines = [(line, _floats(line.curve), float(line.points)) for line in scheme.tiers[tier].lines if line.curve]
        middles = {
            line.indicator: median(
                [figures[unit][line.indicator] for unit in of_tier if line.indicator in figures[unit]]
            )
            for line, _, _ in lines
            if line.curve is not None and line.curve.kind == RELATIVE
        }
        for unit in of_tier:
            earned = available = 0.0
            sums: dict[str, float] = {}
            for line, share, points in lines:
                value = figures[unit].get(line.indicator)
                if value is None:
                    continue
                got = share(value - middles.get(line.indicator, 0.0)) * points
                earned, available = earned + got, available + points
                indicator = scheme.indicators[line.indicator]
                for code in (indicator.dimension, indicator.party, indicator.aspect):
                    sums[code] = sums.get(code, 0.0) + got
            totals[unit] = 100 * earned / available
    return totals


def command_seconds(document: dict[str, Any], month: Month, tiers: Mapping[str, str], runs: int) -> float:
    """The whole command, start and document included."""
    from evaluation.scheme_writing import scheme_toml  # noqa: PLC0415 - only here

    rows = ["unit,period,indicator,numerator,denominator,value"]
    counted = {code for code, each in document["indicators"].items() if each["unit"] == "count"}
    for unit, of_unit in month.items():
        for code, (numerator, denominator) in of_unit.items():
            figure = f",,{numerator % 60}" if code in counted else f"{numerator},{denominator},"
            rows.append(f"{unit},2026-10,{code},{figure}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (
            ("scheme.toml", scheme_toml(document)),
            ("readings.csv", "\n".join(rows)),
            ("units.csv", "\n".join(["unit,tier", *(f"{unit},{tier}" for unit, tier in tiers.items())])),
        ):
            (folder / file).write_text(text, encoding="utf-8")
        called = [str(PROGRAM), "scheme", "score", "scheme.toml", "readings.csv", "--units", "units.csv", "--json"]
        return _seconds(lambda: subprocess.run(called, cwd=folder, check=True, stdout=subprocess.DEVNULL), runs)


def _figure(scheme: Scheme, code: str, numerator: int, denominator: int) -> Input:
    if scheme.indicators[code].unit == "count":
        return Input(Fraction(numerator % 60))
    return Input(Fraction(numerator * 100, denominator), Fraction(numerator), Fraction(denominator))


def _floats(curve: Curve | None) -> Callable[[float], float]:
    """A curve as a function of floats."""
    assert curve is not None
    assert is_whole(curve)
    if curve.kind == STEPS:
        steps = [(float(limit), float(share)) for limit, share in curve.steps]
        return lambda value: next((share for limit, share in reversed(steps) if value >= limit), 0.0)
    if curve.kind == BAND:
        low, high = map(float, curve.band or ())
        floor, ceiling = float(curve.floor or 0), float(curve.ceiling or 0)
        return lambda value: min(
            1.0, max(0.0, min((value - floor) / (low - floor), (ceiling - value) / (ceiling - high)))
        )
    floor, target = float(curve.floor or 0) if curve.kind != COUNT else 0.0, float(curve.target or 0)
    return lambda value: min(1.0, max(0.0, (value - floor) / (target - floor)))


def _seconds(work: Callable[[], object], runs: int) -> float:
    """Of the processor, here and in the processes that were called: the median of some runs."""
    taken = []
    for _ in range(runs):
        started = _spent()
        work()
        taken.append(_spent() - started)
    return median(taken)


def _spent() -> float:
    return time.process_time() + sum(os.times()[2:4])


def _both(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


if __name__ == "__main__":
    main()
