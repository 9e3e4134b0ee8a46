"""Who may have an honour: the gate in front of it, and why somebody does not pass. PURE.

Compares unrounded totals (rules 44, 45 and 48): exactly the minimum passes, what is only shown as the minimum does not.
What is not known never lets anybody through. Refuses to know where figures come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from consortium.periods import Period
from evaluation.standings import FAILURES, MISSING_YEAR, Standard

NOT_SETTLED, NOT_SCORED, VETOED, NO_TOTAL, BELOW_MINIMUM, LEFT = (
    "not_settled", "not_scored", "vetoed", "no_total", "below_minimum", "left",
)  # fmt: skip
STANDARD = "standard_"
BARS = (
    NOT_SETTLED, NOT_SCORED, VETOED, NO_TOTAL, BELOW_MINIMUM, LEFT, *(f"{STANDARD}{failure}" for failure in FAILURES),
)  # fmt: skip
"""Why somebody is barred; each has its sentence (`honours.bar.*`)."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What an honour asks for: a score of at least `minimum` in its period (None: any), and, where `two_years`, the
    standard of rule 45. A veto bars every honour (rule 36): that is no choice.
    """

    minimum: Fraction | None
    two_years: bool


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is on record of a unit for the period of an honour. `standard` is None where the honour asks for none."""

    is_member: bool
    is_settled: bool
    has_scorecard: bool
    is_vetoed: bool
    total: Fraction | None
    standard: Standard | None = None


def bar_of(gate: Gate, facts: UnitFacts) -> str | None:
    """Why a unit may not have the honour, the gravest reason first; None if it may."""
    if not facts.is_member:
        return LEFT
    if facts.is_vetoed:
        return VETOED
    failed = _below(gate.minimum, facts) if gate.minimum is not None else None
    if failed is not None or not gate.two_years:
        return failed
    if facts.standard is None:
        return STANDARD + MISSING_YEAR
    return None if facts.standard.is_met else STANDARD + facts.standard.failures[0][1]


def _below(minimum: Fraction, facts: UnitFacts) -> str | None:
    if not facts.is_settled:
        return NOT_SETTLED
    if not facts.has_scorecard:
        return NOT_SCORED
    if facts.total is None:
        return NO_TOTAL
    return BELOW_MINIMUM if facts.total < minimum else None


def gate_to_json(gate: Gate) -> dict[str, Any]:
    """The gate as it is stored with an honour, so that a changed configuration moves no honour that is open."""
    return {"minimum": None if gate.minimum is None else str(gate.minimum), "two_years": gate.two_years}


def gate_from_json(stored: Mapping[str, Any]) -> Gate:
    """Read back what `gate_to_json` wrote."""
    minimum = None if stored["minimum"] is None else Fraction(stored["minimum"])
    return Gate(minimum, two_years=bool(stored["two_years"]))


def standard_year(period: Period) -> int:
    """The later of the two years of the standard: the year of an honour for a year, else the last one that is over."""
    return period.year if period.month is None and period.quarter is None else period.year - 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nomination with its votes, for the list of the result."""

    nomination: int
    unit_code: str
    candidate: str
    votes: int


def places(candidates: list[Candidate], *, places: int) -> tuple[tuple[Candidate, int], ...]:
    """Who has a place, best first, with the place: equal votes share one, and the next is as many further on.

    A tie at the last place is shared too, so there may be more winners than places. Nobody wins without a vote.
    """
    ranked = sorted(candidates, key=lambda each: (-each.votes, each.unit_code, each.candidate))
    found = [(each, 1 + sum(other.votes > each.votes for other in candidates)) for each in ranked if each.votes > 0]
    return tuple((each, place) for each, place in found if place <= places)
