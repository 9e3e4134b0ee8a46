"""The loop that a scheme goes through (rule 2): planned, in force, evaluated, revised; then the next version. PURE.

Knows which step may follow which, and which steps are due by what has happened. Refuses to know versions on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from locales.errors import DomainError

PLANNED, IN_FORCE, EVALUATED, REVISED = "planned", "in_force", "evaluated", "revised"
STATES = (PLANNED, IN_FORCE, EVALUATED, REVISED)
START = PLANNED  # of every version

STEPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        PLANNED: frozenset({IN_FORCE, REVISED}),
        IN_FORCE: frozenset({EVALUATED, REVISED}),
        EVALUATED: frozenset({REVISED}),
        REVISED: frozenset(),
    }
)
"""What may follow each state. From `planned` and `in_force` a version is revised only where it scores nothing."""


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a version: its first month has come; what it scores is settled, the year's last one with the
    year; the version after it has begun. `scores_nothing`: a later version took all its months before one was open.
    """

    has_begun: bool
    is_settled: bool
    is_followed: bool
    scores_nothing: bool = False


def move(state: str, to: str) -> str:
    """The state after a step; one that the loop does not have is refused as `scheme_step_refused`."""
    if to not in STEPS.get(state, frozenset()):
        raise DomainError("scheme_step_refused", before=state, after=to)
    return to


def states_due(state: str, course: Course) -> tuple[str, ...]:
    """The states that a version passes through now, in order; none where it stays."""
    passed: list[str] = []
    while (to := _next(passed[-1] if passed else state, course)) is not None:
        passed.append(move(passed[-1] if passed else state, to))
    return tuple(passed)


def _next(state: str, course: Course) -> str | None:
    if state in {PLANNED, IN_FORCE} and course.scores_nothing:
        return REVISED
    if state == PLANNED and course.has_begun:
        return IN_FORCE
    if state == IN_FORCE and course.is_settled:
        return EVALUATED
    return REVISED if state == EVALUATED and course.is_followed else None
