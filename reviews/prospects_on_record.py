"""Whether the consortium is large enough for blindness, from its units and the newest cooperation on record."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.definition import TIERS
from consortium.periods import Period
from consortium.units import all_units
from locales.texts import pick, text
from reviews.cooperation import cooperating_pairs
from reviews.models import Cooperation
from reviews.prospects import prospect_lines, prospects


def blindness_lines(session: Session, language: str) -> list[str]:
    """What people have to know of it, in sentences; none where every unit can have everything."""
    units = all_units(session)
    newest = session.scalar(select(func.max(Cooperation.period)))
    found = prospects(
        {unit.code: unit.tier for unit in units},
        cooperating_pairs(session, Period.parse(newest)) if newest is not None else None,
    )
    names = {unit.code: pick(unit.name, language) for unit in units}
    return prospect_lines(found, names=names, tiers=tier_names(language), language=language)


def tier_names(language: str) -> dict[str, str]:
    """The tiers 层级 by code."""
    return {tier: text(language, f"consortium.tier.{tier}") for tier in TIERS}
