"""Which figures a unit has to hand in for a month, until when, and which have not come (rules 16, 77).

Asked for is what the unit's tier is scored by or watches, and what a computed indicator of it is made of. Knows
membership: a unit owes nothing for a month in which it was no member. Refuses to take what is missing for zero.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.units import all_units
from evaluation.elements import READING, Indicator, Scheme
from evaluation.membership import membership
from evaluation.models import Reading
from evaluation.reading_plans import scheme_if_any


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator that a tier's units hand in; `points` 0: watched, or part of a computed one."""

    indicator: Indicator
    points: Fraction
    is_part: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether its absence leaves a hole: in the score, or in what is watched with a range."""
        return self.points > 0 or self.is_part or self.indicator.range is not None or self.indicator.is_bonus


@dataclass(frozen=True, slots=True)
class MissingReading:
    """A figure that has not come; `due_on` is the last day for it."""

    unit_code: str
    indicator: str
    due_on: date


def asked_of_tier(scheme: Scheme, tier: str) -> tuple[Asked, ...]:
    """What the units of a tier hand in, in the order of its table; parts of a computed indicator stand behind it."""
    found: dict[str, Asked] = {}
    for line in scheme.tiers[tier].lines if tier in scheme.tiers else ():
        indicator = scheme.indicators[line.indicator]
        if indicator.input == READING:
            known = found.get(indicator.code)
            found[indicator.code] = Asked(indicator, line.points, is_part=known is not None and known.is_part)
        for part in _parts(scheme, indicator):
            known = found.get(part.code)
            found[part.code] = Asked(part, known.points if known is not None else Fraction(0), is_part=True)
    return tuple(found.values())


def due_on(scheme: Scheme, period: Period) -> date:
    """The last day on which a month's figures are in time."""
    following = period.next()
    month = following.month or 1
    last = calendar.monthrange(following.year, month)[1]
    return date(following.year, month, min(scheme.watching.readings_due, last))


def is_member(unit: Unit, period: Period) -> bool:
    """Whether a unit was a member on at least one day of a period."""
    return membership(unit.joined_on, unit.left_on, period).days > 0


def missing_readings(session: Session, period: Period, *, units: Iterable[Unit] | None = None) -> list[MissingReading]:
    """What has not come for a month, by unit and in the order of the tables; nothing where there is no scheme."""
    scheme = scheme_if_any(session, period)
    if scheme is None or not period.is_month:
        return []
    members = [unit for unit in (all_units(session) if units is None else units) if is_member(unit, period)]
    statement = select(Reading.scope, Reading.indicator).where(Reading.period == str(period))
    found = session.execute(statement.where(Reading.scope.in_([unit.code for unit in members])))
    there = {(scope, indicator) for scope, indicator in found}
    asked = {tier: asked_of_tier(scheme, tier) for tier in scheme.tiers}
    until = due_on(scheme, period)
    return [
        MissingReading(unit.code, each.indicator.code, until)
        for unit in members
        for each in asked.get(unit.tier, ())
        if each.is_owed and (unit.code, each.indicator.code) not in there
    ]


def _parts(scheme: Scheme, indicator: Indicator) -> list[Indicator]:
    """The readings that a computed indicator is made of, through others that are computed too."""
    found: list[Indicator] = []
    seen: set[str] = set()
    waiting = list(indicator.of)
    while waiting:
        code = waiting.pop(0)
        part = scheme.indicators.get(code)
        if part is None or code in seen:
            continue
        seen.add(code)
        if part.input == READING:
            found.append(part)
        waiting += part.of
    return found
