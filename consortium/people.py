"""People 人员 and their roles: who speaks, who holds a role, where somebody can be reached."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Account, Chat, Person, Role
from consortium.permissions import HEAD, REPRESENTATIVE, Actor
from locales.errors import DomainError

LOCAL = "local"
_LOCAL_PERSON = "person:"  # a local account of a person is this and their id


@dataclass(frozen=True, slots=True)
class Reach:
    """A chat in which a person can be told something."""

    channel: str
    address: str
    language: str


def actor_of(session: Session, person_id: str) -> Actor:
    """The person with the roles held now; `person_unknown` if there is none or they have left."""
    person = session.get(Person, person_id)
    if person is None or not person.active:
        raise DomainError("person_unknown", person=person_id)
    held = session.execute(select(Role.role, Role.unit_code).where(Role.person_id == person_id)).all()
    return Actor(
        person_id=person.id,
        name=person.name,
        language=person.language,
        roles=frozenset(role for role, _ in held),
        units=frozenset(code for role, code in held if role == REPRESENTATIVE and code is not None),
        leads=frozenset(code for role, code in held if role == HEAD and code is not None),
    )


def actor_of_account(session: Session, *, channel: str, account: str) -> Actor | None:
    """Who speaks from this account, or None for somebody we do not know (a patient, a stranger).

    Local accounts are the simulator's and the terminal's; both are open only to who already holds the machine.
    """
    if channel == LOCAL:
        person_id = account.removeprefix(_LOCAL_PERSON) if account.startswith(_LOCAL_PERSON) else None
    else:
        person_id = session.scalar(
            select(Account.person_id).where(
                Account.channel == channel, Account.account == account, Account.confirmed_at.is_not(None)
            )
        )
    person = session.get(Person, person_id) if person_id is not None else None
    return actor_of(session, person.id) if person is not None and person.active else None


def people_with_role(session: Session, role: str, unit_code: str | None = None) -> list[Person]:
    """Active people who hold `role` (for `unit_code`, if given), by name."""
    statement = select(Person).join(Role).where(Person.active, Role.role == role).order_by(Person.id).distinct()
    if unit_code is not None:
        statement = statement.where(Role.unit_code == unit_code)
    return list(session.scalars(statement))


def representatives(session: Session, unit_code: str) -> list[Person]:
    """The people who may cast ballots for a unit."""
    return people_with_role(session, REPRESENTATIVE, unit_code)


def unit_people(session: Session, unit_code: str) -> list[Person]:
    """Who answers for a unit: its head and its representatives, by id; each once."""
    statement = select(Person).join(Role).where(Person.active, Role.role.in_((HEAD, REPRESENTATIVE)))
    return list(session.scalars(statement.where(Role.unit_code == unit_code).order_by(Person.id).distinct()))


def units_of(session: Session, person_id: str) -> list[str]:
    """The units that somebody belongs to in any role, by code."""
    rows = select(Role.unit_code).where(Role.person_id == person_id, Role.unit_code.is_not(None)).distinct()
    return sorted(code for code in session.scalars(rows) if code is not None)


def reach(session: Session, person_id: str) -> list[Reach]:
    """The private chats in which the person has spoken to us and has not blocked us."""
    person = session.get(Person, person_id)
    if person is None or not person.active:
        return []
    rows = session.execute(
        select(Chat.channel, Chat.address, Chat.language)
        .where(Chat.person_id == person_id, Chat.kind == "private", Chat.state == "active")
        .order_by(Chat.id)
    )
    return [Reach(channel, address, language or person.language) for channel, address, language in rows]
