"""PURE: who scores whom, from who worked with whom (rule 21).

Knows pairs of units. Refuses to know marks, districts or tiers. For now everyone who cooperated scores everyone they
cooperated with, both ways; the order is that of the codes, so the same pairs always give the same list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RaterAndTarget:
    """One scoring task: the unit `rater` scores the unit `target`."""

    rater: str
    target: str


def assign(pairs: Iterable[tuple[str, str]]) -> tuple[RaterAndTarget, ...]:
    """Both directions of every pair, each once, sorted by rater and target; never a unit for itself.

    A pair may come in either order and several times. ValueError on a unit paired with itself: such a record of
    cooperation must have been refused at the door.
    """
    tasks: set[RaterAndTarget] = set()
    for one, other in pairs:
        if one == other:
            msg = f"unit {one} cannot be its own rater"
            raise ValueError(msg)
        tasks.add(RaterAndTarget(one, other))
        tasks.add(RaterAndTarget(other, one))
    return tuple(sorted(tasks))


def raters_per_unit(tasks: Iterable[RaterAndTarget]) -> dict[str, int]:
    """How many raters each unit can expect, for every unit that rates or is rated, in the order of the codes."""
    raters: dict[str, int] = {}
    for task in sorted(set(tasks)):
        raters.setdefault(task.rater, 0)
        raters[task.target] = raters.get(task.target, 0) + 1
    return dict(sorted(raters.items()))


def units_with_few_raters(tasks: Iterable[RaterAndTarget], minimum: int = 5) -> tuple[str, ...]:
    """The units that cannot reach a score even if everybody votes: fewer than `minimum` expected raters."""
    return tuple(unit for unit, raters in raters_per_unit(tasks).items() if raters < minimum)
