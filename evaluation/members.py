"""The units that are members in a period, in the order of the configuration (rule 96)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.units import all_units
from evaluation.membership import Membership, membership


def members(session: Session, period: Period) -> list[tuple[Unit, Membership]]:
    """Who is a member on at least one day of the period, and for how many days."""
    found = [(unit, membership(unit.joined_on, unit.left_on, period)) for unit in all_units(session)]
    return [(unit, days) for unit, days in found if days.days > 0]
