"""How a survey goes: for each unit what has come of its invitations, and the response rate.

Counts only, never an answer. What is small enough to point at somebody is hidden by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from surveys.fielding.models import Fielded, UndrawnVisit
from surveys.fielding.steps import COMPLETE, DISPOSITIONS, EXPIRED, INELIGIBLE, OPEN
from surveys.models import Invitation


@dataclass(frozen=True, slots=True)
class Progress:
    """What came of a unit's invitations ("" for all units together). Every disposition stands in `counts`."""

    unit_code: str
    counts: Mapping[str, int]
    undrawn: int = 0

    @property
    def invited(self) -> int:
        """All invitations, whatever came of them."""
        return sum(self.counts.values())

    @property
    def eligible(self) -> int:
        """The denominator of the response rate: everybody invited but those found ineligible."""
        return self.invited - self.counts[INELIGIBLE]

    @property
    def reported(self) -> int:
        """All visits that were reported, drawn or not."""
        return self.invited + self.undrawn

    @property
    def response_rate(self) -> Fraction | None:
        """Complete ÷ (invited - ineligible); None where nobody could answer."""
        return Fraction(self.counts[COMPLETE], self.eligible) if self.eligible else None


def progress(
    session: Session,
    *,
    now: datetime,
    unit_code: str | None = None,
    wave_id: str | None = None,
    period: Period | None = None,
    kind: str | None = None,
    stream: str = "visit",
) -> dict[str, Progress]:
    """By unit, for one wave, or for a month of discharges, or for one kind of visit, or for everything.

    An invitation whose time is over counts as expired from that moment on, whenever the schedule notes it.
    """
    seen = case(
        (Fielded.disposition.in_(OPEN) & (Invitation.expires_at <= now), EXPIRED), else_=Fielded.disposition
    ).label("seen")
    statement = (
        select(Invitation.unit_code, seen, func.count())
        .join(Fielded, Fielded.invitation_id == Invitation.id)
        .where(Invitation.stream == stream)
        .group_by(Invitation.unit_code, seen)
    )
    passed_over = select(UndrawnVisit.unit_code, func.count()).group_by(UndrawnVisit.unit_code)
    if unit_code is not None:
        statement = statement.where(Invitation.unit_code == unit_code)
        passed_over = passed_over.where(UndrawnVisit.unit_code == unit_code)
    if wave_id is not None:
        statement = statement.where(Fielded.wave_id == wave_id)
        passed_over = passed_over.where(UndrawnVisit.wave_id == wave_id)
    if kind is not None:
        statement = statement.where(Invitation.kind == kind)
        passed_over = passed_over.where(UndrawnVisit.kind == kind)
    if period is not None:
        start, end = period.bounds(zone(session))
        statement = statement.where(Invitation.discharged_at >= start, Invitation.discharged_at < end)
        passed_over = passed_over.where(UndrawnVisit.discharged_at >= start, UndrawnVisit.discharged_at < end)
    counts: dict[str, dict[str, int]] = {}
    for code, disposition, number in session.execute(statement):
        counts.setdefault(code, _nothing())[disposition] = number
    undrawn: dict[str, int] = dict(session.execute(passed_over).all()) if stream == "visit" else {}
    units = sorted(counts.keys() | undrawn.keys())
    return {code: Progress(code, counts.get(code, _nothing()), undrawn.get(code, 0)) for code in units}


def together(parts: Iterable[Progress]) -> Progress:
    """Several units as one."""
    counts, undrawn = _nothing(), 0
    for part in parts:
        undrawn += part.undrawn
        for disposition, number in part.counts.items():
            counts[disposition] += number
    return Progress("", counts, undrawn)


def nobody(unit_code: str) -> Progress:
    """A unit that has invited nobody."""
    return Progress(unit_code, _nothing())


def _nothing() -> dict[str, int]:
    return dict.fromkeys(DISPOSITIONS, 0)
