"""`tongping review score`: any CSV of scores in, fair scores with rank intervals out. Needs no installation.

Knows a file and options. Refuses to know how a model is fitted, and to say whose score was weighed down.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.answer import Answer, refused_findings
from app.foreign_file import read_file
from app.settings import terminal_language
from locales.errors import DomainError
from locales.texts import text

if TYPE_CHECKING:
    from reviews.collusion import Flag
    from reviews.rank_intervals import Places
    from reviews.severity import Fit
    from reviews.severity_ballots import Ballots

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_LONG = 150_000  # scores, or
_MANY = 400  # raters and units, from which a fit takes seconds


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored table: the fit, the places, and what there is to look at (None where nobody looked)."""

    ballots: Ballots
    fit: Fit
    places: Places
    flags: tuple[Flag, ...] | None
    unscored: tuple[str, ...]


def score(file: Path, *, plain: bool, interval: float, draws: int, seed: int) -> Answer:
    """Score a table of scores. Errors: `severity_interval` and those of the fit; faults of the file by line."""
    if not 0.0 < interval < 1.0:
        raise DomainError("severity_interval", value=str(interval))
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")  # two threads take five times as long; read when numpy is loaded, below
    from reviews.severity_table import LARGEST_FILE, read_scores  # noqa: PLC0415 - numpy is heavy

    language = terminal_language()
    table = read_scores(read_file(file, largest=LARGEST_FILE), file=file.name)
    if isinstance(table, list):
        return refused_findings(table, language)
    scored = _score(table.scores, table.units, plain=plain, interval=interval, draws=draws, seed=seed)
    return Answer(_document(scored), _lines(scored, language))


def _score(
    scores: dict[tuple[str, str, str], dict[str, float]],
    units: dict[str, None],
    *,
    plain: bool,
    interval: float,
    draws: int,
    seed: int,
) -> Scored:
    import numpy as np  # noqa: PLC0415 - heavy

    from reviews.collusion import honest_rounds, watch  # noqa: PLC0415 - numpy is heavy
    from reviews.severity import place_units, plain_fit  # noqa: PLC0415 - the same
    from reviews.severity_ballots import ballots_of  # noqa: PLC0415 - the same
    from reviews.severity_robust import robust_fit  # noqa: PLC0415 - the same

    ballots = ballots_of(scores)
    for_places, for_watching = (np.random.default_rng([seed, purpose]) for purpose in range(2))
    is_long = len(ballots.scores) >= _LONG or min(len(ballots.raters), len(ballots.units)) >= _MANY
    flags = None
    if plain:
        with _bar("severity.fitting", None, is_long=is_long) as step:
            fit = plain_fit(ballots, progress=step)
    else:
        with _bar("severity.fitting", None, is_long=is_long) as step:
            robust = robust_fit(ballots, progress=step)
        with _bar("severity.watching", honest_rounds(ballots), is_long=is_long) as step:
            flags = watch(ballots, robust, for_watching, progress=step)
        fit = robust.fit
    places = place_units(fit, interval=interval, draws=draws, random=for_places)
    known = set(ballots.units)
    return Scored(ballots, fit, places, flags, tuple(unit for unit in units if unit not in known))


def _document(scored: Scored) -> dict[str, Any]:
    document: dict[str, Any] = {"model": _model(scored), "units": _units(scored)}
    if scored.flags is None:
        severities = zip(scored.fit.raters, scored.fit.severity.tolist(), strict=True)
        return document | {"raters": [{"rater": rater, "severity": severity} for rater, severity in severities]}
    flags = [
        {"kind": flag.kind, "members": list(flag.members), "statistic": flag.statistic, "threshold": flag.threshold}
        for flag in scored.flags
    ]
    return document | {"flags": flags}


def _model(scored: Scored) -> dict[str, Any]:
    fit = scored.fit
    spreads = {"sd_rater": fit.sd_rater, "sd_unit": fit.sd_unit, "sd_residual": fit.sd_residual}
    if fit.sd_ballot is not None:
        spreads["sd_ballot"] = fit.sd_ballot
    counts = {"components": 1, "observations": len(scored.ballots)}
    return {"mu": fit.mu, **spreads, "reml_criterion": fit.reml_criterion, **counts}


def _units(scored: Scored) -> list[dict[str, Any]]:
    from reviews.severity_ballots import raters_per_unit, raw_means  # noqa: PLC0415 - numpy is heavy

    places = scored.places
    columns = {
        "unit": scored.fit.units,
        "raters": raters_per_unit(scored.ballots).tolist(),
        "raw_mean": raw_means(scored.ballots).tolist(),
        "score": scored.fit.score.tolist(),
        "rank": places.rank,
        "rank_low": places.low,
        "rank_high": places.high,
        "band": places.band,
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    nothing = dict.fromkeys(columns)
    return rows + [nothing | {"unit": unit, "raters": 0} for unit in scored.unscored]


def _lines(scored: Scored, language: str) -> list[str]:
    """For people: the spreads, the units by place, then raters or what there is to look at."""
    fit = scored.fit
    spreads = {"mu": fit.mu, "rater": fit.sd_rater, "unit": fit.sd_unit, "residual": fit.sd_residual}
    written = {name: _short(value) for name, value in spreads.items()}
    lines = [text(language, "severity.model", **written, observations=len(scored.ballots))]
    if fit.sd_ballot is not None:
        lines.append(text(language, "severity.ballot", ballot=_short(fit.sd_ballot)))
    units = _units(scored)
    ranked = sorted((unit for unit in units if unit["rank"] is not None), key=lambda unit: int(unit["rank"]))
    lines += [_unit_line(unit, language) for unit in ranked]
    lines += [text(language, "severity.unscored", unit=unit) for unit in scored.unscored]
    if scored.flags is None:
        severities = zip(fit.raters, fit.severity.tolist(), strict=True)
        return lines + [
            text(language, "severity.rater", rater=rater, severity=_short(severity)) for rater, severity in severities
        ]
    if not scored.flags:
        return [*lines, text(language, "severity.no_flags")]
    return lines + [_flag_line(flag, language) for flag in scored.flags]


def _unit_line(unit: dict[str, Any], language: str) -> str:
    return text(
        language,
        "severity.unit",
        rank=unit["rank"],
        unit=unit["unit"],
        score=_short(unit["score"]),
        low=unit["rank_low"],
        high=unit["rank_high"],
        band=text(language, f"severity.band.{unit['band']}"),
        raters=unit["raters"],
        raw=_short(unit["raw_mean"]),
    )


def _flag_line(flag: Flag, language: str) -> str:
    return text(
        language,
        "severity.flag",
        kind=text(language, f"severity.kind.{flag.kind}"),
        members=", ".join(flag.members),
        statistic=f"{flag.statistic:.2f}",
        threshold=f"{flag.threshold:.2f}",
    )


def _short(value: float) -> str:
    """Three decimals, or as many figures as a number far from 1 needs."""
    return f"{value:.3f}" if 1e-2 <= abs(value) < 1e6 or not value else f"{value:.4g}"  # noqa: PLR2004 - for reading


@contextmanager
def _bar(key: str, total: int | None, *, is_long: bool) -> Iterator[Callable[[], object] | None]:
    """A progress bar on stderr where the work is long."""
    if not is_long:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(text(terminal_language(), key), total=total)
        yield lambda: progress.advance(task)
