"""Honours 评优 (rule 48): those that a month's bulletin gives, what a poster shows, and the list of all.

Reads only. An award is barred by a veto (rule 36) even after it was decided: whoever is vetoed since then is left out
of whatever is drawn from here. Refuses to know how people nominate, vote and decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.honour_models import Honour
from bulletins.parts import HonourGiven, Wording
from bulletins.poster_drawing import Poster
from consortium.models import Unit
from consortium.periods import Period
from consortium.units import installation
from evaluation.models import Veto
from evaluation.vetoed import IN_FORCE
from locales.errors import DomainError
from surveys.shown import months_of

UNIT, PERSON = "unit", "person"
NOMINATING, VOTING, DECIDED, CANCELLED = STATES = ("nominating", "voting", "decided", "cancelled")


def honours_given(session: Session, period: Period) -> tuple[HonourGiven, ...]:
    """The honours whose decision said that this month's bulletin tells of them, in the order of deciding.

    One of which nobody is left is not told.
    """
    found = [each for each in honours(session, DECIDED) if result_of(each).get("told_in") == str(period)]
    given = [HonourGiven(name=each.name, winners=_winners(session, each)) for each in reversed(found)]
    return tuple(each for each in given if each.winners)


def poster_of(session: Session, honour_id: int) -> Poster:
    """What the poster shows. `honour_unknown`, and `honour_not_decided` before there is a result or where nobody is
    left to have it.
    """
    found = honour(session, honour_id)
    winners = _winners(session, found) if found.state == DECIDED else ()
    if not winners:
        raise DomainError("honour_not_decided")
    return Poster(installation(session).name, found.name, found.period, winners)


def honour(session: Session, honour_id: int) -> Honour:
    """One honour as it stands now, or `honour_unknown`."""
    found = session.get(Honour, honour_id, populate_existing=True)
    if found is None:
        raise DomainError("honour_unknown")
    return found


def honours(session: Session, *states: str) -> list[Honour]:
    """Honours in these states (in any, without one), the newest first."""
    rows = select(Honour).where(Honour.state.in_(states or STATES)).order_by(Honour.id.desc())
    return list(session.scalars(rows))


def result_of(found: Honour) -> Mapping[str, Any]:
    """What was decided; nothing before."""
    return found.result or {}


def periods_within(period: Period) -> tuple[str, ...]:
    """The period itself and every shorter one inside it: a veto for one of them bars the award."""
    if period.is_month:
        return (str(period),)
    months = [str(month) for month in months_of(period)]
    quarters = [f"{period.year}-Q{number}" for number in range(1, 5)] if period.quarter is None else []
    return (str(period), *quarters, *months)


def vetoed_within(session: Session, period: Period) -> frozenset[str]:
    """The units with a veto in force for the period or any part of it."""
    rows = select(Veto.unit_code).where(Veto.state == IN_FORCE, Veto.period.in_(periods_within(period)))
    return frozenset(session.scalars(rows))


def _winners(session: Session, found: Honour) -> tuple[tuple[str, Wording], ...]:
    """Who has it, without units vetoed since."""
    listed = result_of(found).get("winners", [])
    vetoed = vetoed_within(session, Period.parse(found.period))
    names = {unit.code: unit.name for unit in session.scalars(select(Unit))}
    return tuple(
        (str(each["candidate"]), names[each["unit"]])
        for each in listed
        if each["unit"] not in vetoed and each["unit"] in names
    )
