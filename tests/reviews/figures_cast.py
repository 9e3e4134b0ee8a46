"""Rounds for tests of published figures: made-up marks, and the call with everything it takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from reviews.figures import Mark, RoundFigures, UnitFigure, round_figures

CRITERIA = ("a", "b", "c", "d", "e")
THRESHOLDS = {"raters": 5, "criterion": 8, "comments": 10}
NO_DEALINGS = "-----"


def some_marks(seed: int, units: int = 12, *, share: float = 1.0, no_dealings: float = 0.0) -> list[Mark]:
    """Everybody's marks for everybody else; some missing, some without dealings."""
    random = np.random.default_rng(seed)
    worth, severity = 3.6 + 0.45 * random.standard_normal(units), 0.36 * random.standard_normal(units)
    view = worth + severity[:, None] + 0.35 * random.standard_normal((units, units))
    given = np.clip(np.rint(view[..., None] + 0.45 * random.standard_normal((units, units, 5))), 1, 5).astype(int)
    there, dealt = random.random((units, units)) < share, random.random((units, units)) >= no_dealings
    return [
        Mark(f"u{one}", f"u{other}", "".join(map(str, given[one, other])) if dealt[one, other] else NO_DEALINGS)
        for one in range(units)
        for other in range(units)
        if one != other and there[one, other]
    ]


def asked(marks: Iterable[Mark], **changed: Any) -> dict[str, Any]:
    """The arguments of `round_figures` for these marks: all in one tier."""
    units = sorted({name for mark in marks for name in (mark.rater, mark.target)})
    usual = {"units": units, "criteria": CRITERIA, "tiers": dict.fromkeys(units, "secondary"), "unranked": ()}
    return usual | {"thresholds": THRESHOLDS, "seed": 7} | changed


def figures(marks: list[Mark], **changed: Any) -> RoundFigures:
    return round_figures(marks, **asked(marks, **changed))


def by_code(found: RoundFigures) -> dict[str, UnitFigure]:
    return {unit.unit: unit for unit in found.units}


def marked(target: str, *given: str) -> list[Mark]:
    """One unit's ballots, by r0, r1, …"""
    return [Mark(f"r{at}", target, marks) for at, marks in enumerate(given)]
