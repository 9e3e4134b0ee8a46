"""How fresh figures are and how they came in (rules 34, 60): by a system, in a file, by hand, corrected; who and when.

Refuses to judge how fresh is fresh enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.periods import Period
from evaluation.late_readings import counting_late
from evaluation.models import Reading
from evaluation.reading_writing import AUTO, IMPORTED, TYPED

CORRECTED = "corrected"
ORIGINS = (AUTO, IMPORTED, TYPED, CORRECTED)


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the newest part of a figure came, how, and from whom (as the audit trail names them)."""

    recorded_at: datetime
    origin: str
    recorded_by: str


def freshness(session: Session, period: Period) -> dict[tuple[str, str], Freshness]:
    """By scope (a unit's code, or `*`) and indicator."""
    found: dict[tuple[str, str], Freshness] = {}
    for reading in session.scalars(select(Reading).where(Reading.period == str(period))):
        found[reading.scope, reading.indicator] = freshness_of(reading)
    for late in counting_late(session, period):
        place = late.unit_code, late.indicator
        if place in found and late.recorded_at > found[place].recorded_at:
            found[place] = Freshness(late.recorded_at, found[place].origin, late.recorded_by)
    return found


def freshness_of(reading: Reading) -> Freshness:
    """The newest moment of one reading."""
    if reading.corrected_at is not None and reading.corrected_by is not None:
        return Freshness(reading.corrected_at, CORRECTED, reading.corrected_by)
    return Freshness(reading.recorded_at, reading.origin, reading.recorded_by)


def origin_of(reading: Reading) -> str:
    """One of `ORIGINS`."""
    return freshness_of(reading).origin


def automatic_share(counts: Counter[str]) -> Fraction | None:
    """The share of figures, 0–1, that a system handed in and nobody had to touch; None where there is none at all."""
    return Fraction(counts[AUTO], counts.total()) if counts.total() else None


def names_of(session: Session) -> dict[str, str]:
    """How people are named who have handed figures in, by what the audit trail calls them."""
    return {f"person:{code}": name for code, name in session.execute(select(Person.id, Person.name))}
