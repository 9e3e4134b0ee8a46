# ruff: noqa: T201, E402, PLC0415 - a program that prints; threads are limited before numpy is loaded; foreign ones may lack
"""How long the severity model takes, beside others in the same run: `python -m benchmarks.peer_speed`.

Rounds of 26, 300 and 3,000 units in whole marks. Beside the plain fit and the fit that counts (with flags) stand lme4,
where `Rscript` is on the path, statsmodels, where it can be imported, and the dense textbook fit for small rounds; each
must agree with the plain fit to 1e-4.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy is loaded, below

import numpy as np

from benchmarks.peer_worlds import world
from reviews.collusion import watch
from reviews.severity import Fit, place_units, plain_fit
from reviews.severity_ballots import Ballots, ballots_of
from reviews.severity_robust import robust_fit

SHAPES: dict[str, dict[str, Any]] = {
    "26 units": {"units": 26},
    "60 units, 16 raters": {"units": 60, "raters": 16},
    "300 units, 20 raters": {"units": 300, "raters": 20},
    "3,000 units, 22 raters": {"units": 3000, "raters": 22},
}
LARGEST_TEXTBOOK, LARGEST_STATSMODELS = 900, 6000
"""Ballots: beyond these the others take hours."""

Spreads = tuple[float, float, float]
"""Of raters, units and ballots."""

_R = """
suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
t <- system.time(f <- lmer(y ~ 1 + (1|rater) + (1|unit), d))
v <- as.data.frame(VarCorr(f)); s <- setNames(v$sdcor, v$grp)
cat(sprintf("%.6f %.10f %.10f %.10f", t[["elapsed"]], s[["rater"]], s[["unit"]], s[["Residual"]]))
"""


def main(words: Sequence[str] | None = None) -> None:
    """Fit the rounds and print how long each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer_speed", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    rows = [measured(name, ballots_of(world(options.seed, **make).scores)) for name, make in SHAPES.items()]
    if options.json:
        json.dump(rows, sys.stdout)
        return
    print("| round | ballots | plain | counts | flags, places | lme4 | statsmodels | textbook |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = [row["round"], f"{row['ballots']:,}", *(_seconds(row[name]) for name in list(row)[2:])]
        print(f"| {' | '.join(cells)} |")


def measured(name: str, ballots: Ballots) -> dict[str, Any]:
    """Seconds by program, None where one is not there or the round is too large for it."""
    fit, plain = _timed(lambda: plain_fit(ballots))
    robust, counts = _timed(lambda: robust_fit(ballots))

    def rest() -> None:
        watch(ballots, robust, np.random.default_rng(1))
        place_units(robust.fit, interval=0.9, draws=1000, random=np.random.default_rng(1))

    _, looked = _timed(rest)
    own = {"round": name, "ballots": len(ballots), "plain": plain, "counts": counts, "rest": looked}
    return own | {other.__name__.strip("_"): _beside(other, ballots, fit) for other in (_lme4, _statsmodels, _textbook)}


def _beside(other: Callable[[Ballots], tuple[Spreads, float] | None], ballots: Ballots, fit: Fit) -> float | None:
    found = other(ballots)
    if found is None:
        return None
    spreads, seconds = found
    own = (fit.sd_rater, fit.sd_unit, fit.sd_residual)
    if max(abs(one - theirs) for one, theirs in zip(own, spreads, strict=True)) > 1e-4:  # noqa: PLR2004 - the bar
        msg = f"{other.__name__} finds {spreads}, the plain fit {own}"
        raise ArithmeticError(msg)
    return seconds


def _lme4(ballots: Ballots) -> tuple[Spreads, float] | None:
    program = shutil.which("Rscript")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "ballots.csv"
        lines = zip(ballots.rater.tolist(), ballots.unit.tolist(), ballots.mean.tolist(), strict=True)
        table.write_text("rater,unit,y\n" + "".join(f"r{r},u{u},{y!r}\n" for r, u, y in lines), encoding="utf-8")
        ended = subprocess.run([program, "-e", _R, str(table)], capture_output=True, text=True, check=False)  # noqa: S603 - the benchmark's own words
    if ended.returncode:
        return None  # R without lme4
    seconds, *spreads = map(float, ended.stdout.split())
    return (spreads[0], spreads[1], spreads[2]), seconds


def _statsmodels(ballots: Ballots) -> tuple[Spreads, float] | None:
    if len(ballots) > LARGEST_STATSMODELS:
        return None
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec  # type: ignore[import-not-found]
    except ImportError:
        return None
    sides = ((ballots.rater, "rater"), (ballots.unit, "unit"))
    matrices = [[(each[:, None] == np.unique(each)).astype(float)] for each, _ in sides]
    names = [name for _, name in sides]
    spec = VCSpec(names, [[[str(at) for at in range(each[0].shape[1])]] for each in matrices], matrices)
    ones = np.ones(len(ballots))
    fit, seconds = _timed(lambda: MixedLM(ballots.mean, ones[:, None], ones, exog_vc=spec).fit(reml=True))
    rater, unit = np.sqrt(fit.vcomp)
    return (float(rater), float(unit), float(np.sqrt(fit.scale))), seconds


def _textbook(ballots: Ballots) -> tuple[Spreads, float] | None:
    if len(ballots) > LARGEST_TEXTBOOK:
        return None
    from tests.reviews.textbook_reml import simplex, textbook

    book = textbook(ballots)
    theta, seconds = _timed(lambda: np.abs(simplex(book.criterion, np.full(2, 0.7))))
    sigma = float(book.effects(theta)[1])
    return (float(theta[0]) * sigma, float(theta[1]) * sigma, sigma), seconds


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begun


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


if __name__ == "__main__":
    main()
