"""The figures of a round, from a process of its own with one thread for its arithmetic, so that nobody waits for it.

Marks go to it through a pipe and into nothing else: no argument, no file, no log, no exception holds one. Knows how to
hand over and take back. Refuses to compute.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from consortium.confined import Limits, read_confined
from locales.errors import DomainError
from reviews.figures import Mark, RoundFigures
from reviews.figures_exchange import figures_from, request_of

PROGRAM = "reviews.figures_program"
ROUND, QUARTER = "round", "quarter"

_LIMITS = Limits(seconds=180.0, megabytes=6144)  # 3,000 units and 60,000 ballots take 20 seconds and 1.2 GB


def figures_of_round(
    marks: Sequence[Mark],
    *,
    units: Sequence[str],
    criteria: Sequence[str],
    tiers: Mapping[str, str],
    unranked: Collection[str],
    thresholds: Mapping[str, int],
    seed: int,
) -> RoundFigures:
    """`reviews.figures.round_figures` in a child process; blocks until it ends. `fit_failed` if it does not succeed."""
    asked = request_of(
        marks, units=units, criteria=criteria, tiers=tiers, unranked=unranked, thresholds=thresholds, seed=seed
    )
    return figures_from(ask(asked, ROUND))


def ask(asked: Any, what: str) -> Any:
    """The child's answer to a JSON value. `fit_failed` with the reason's code alone."""
    found, fault = read_confined(PROGRAM, json.dumps(asked).encode(), limits=_LIMITS, arguments=[what])
    if fault:
        raise DomainError("fit_failed", reason=fault)
    return found
