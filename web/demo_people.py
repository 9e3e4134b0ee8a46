"""Whom one can be in the simulator, and visits that one can have been on: what start page and simulator both need.

Everything here is open only where the simulator is: whoever reaches it holds the machine already. A visit is made by
the same use case as the hospital's. Draws ids and tickets from the system's random source.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.wording import one_line
from consortium.links import new_token
from consortium.models import Chat, Person, Role
from consortium.people import LOCAL
from consortium.permissions import OFFICE, REPRESENTATIVE, ROLES
from consortium.units import all_units
from locales.errors import DomainError
from locales.texts import pick
from surveys.fielding.versions import versions
from surveys.invitations import invite
from surveys.questionnaires import in_use

OUTPATIENT = "outpatient"
SOME_TIME_AGO = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class SomebodyView:
    """A person one can be: the first of their roles, and for whom they hold it."""

    id: str
    name: str
    role: str
    unit: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A local group one can look into."""

    address: str
    title: str
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A fresh visit's ticket, and the unit it was at."""

    ticket: str
    unit: str


def everybody(session: Session, language: str) -> list[SomebodyView]:
    """The people of the consortium: the office first, then the representatives in the order of the units."""
    units = {unit.code: (place, pick(unit.name, language)) for place, unit in enumerate(all_units(session))}
    order = (OFFICE, REPRESENTATIVE, *ROLES)
    ranked: dict[str, tuple[tuple[int, int, str], SomebodyView]] = {}
    rows = session.execute(select(Person, Role.role, Role.unit_code).join(Role).where(Person.active))
    for person, role, code in rows:
        place, unit_name = units.get(code or "", (0, ""))
        key = (order.index(role), place, person.id)
        if person.id not in ranked or key < ranked[person.id][0]:
            ranked[person.id] = (key, SomebodyView(person.id, one_line(person.name), role, unit_name))
    return [somebody for _, somebody in sorted(ranked.values(), key=lambda pair: pair[0])]


def local_groups(session: Session) -> list[GroupView]:
    """The groups that live on this machine."""
    found = session.scalars(
        select(Chat).where(Chat.channel == LOCAL, Chat.kind == "group", Chat.state == "active").order_by(Chat.id)
    )
    return [GroupView(each.address, one_line(each.title) or each.address, each.purpose) for each in found]


def fresh_visit(session: Session, *, language: str, now: datetime) -> Visit:
    """A visit that has just ended at one of the units, with its ticket; `no_questionnaire` without a questionnaire."""
    units, kind = all_units(session), _kind_of_visit(session)
    if not units or kind is None:
        raise DomainError("no_questionnaire")
    unit, ticket = secrets.choice(units), new_token()
    invite(
        session,
        unit_code=unit.code,
        visit=f"simulator-{secrets.token_hex(6)}",
        kind=kind,
        discharged_at=now - SOME_TIME_AGO,
        language=language,
        ticket=ticket,
        new_id=new_token(),
        actor="simulator",
        now=now,
    )
    return Visit(ticket, pick(unit.name, language))


def _kind_of_visit(session: Session) -> str | None:
    """What can happen at any unit: an outpatient visit, where that is asked about, else the first kind that is."""
    if in_use(session, OUTPATIENT) is not None:
        return OUTPATIENT
    served = (each for each in versions(session) if not each.questionnaire.is_blind)
    return next((kind for each in served for kind in each.serves), None)
