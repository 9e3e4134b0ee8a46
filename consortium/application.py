"""Applying `consortium.toml`: units, people, roles, accounts and groups become as the file says.

A person or unit that is no longer named stays in the history and is inactive. Accounts and groups that were bound in
chat stay. Replacing a representative keeps the unit's ballots, for the rater is the unit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from consortium import honour_kinds
from consortium.channels import apply_channels
from consortium.definition import ConsortiumDefinition, PersonDefinition
from consortium.duties import apply_duties
from consortium.models import Account, Chat, Installation, Person, Role, Unit
from consortium.permissions import UNIT_ROLES
from locales.errors import DomainError
from storage.audit import record
from storage.database import upsert


def apply_consortium(
    session: Session,
    *,
    definition: ConsortiumDefinition,
    schedule: dict[str, Any],
    folder: str,
    actor: str,
    now: datetime,
) -> None:
    """Make the stored consortium equal to the definition."""
    _apply_installation(session, definition, schedule, folder, now)
    _apply_units(session, definition)
    _apply_people(session, definition, now)
    _apply_chats(session, definition, now)
    apply_channels(session, channels=definition.channels, actor=actor, now=now)
    apply_duties(session, definition.duties)
    record(
        session,
        actor=actor,
        action="apply_consortium",
        subject="consortium",
        now=now,
        details={"units": len(definition.units), "people": len(definition.people)},
    )


def _apply_installation(
    session: Session, definition: ConsortiumDefinition, schedule: dict[str, Any], folder: str, now: datetime
) -> None:
    values: dict[str, Any] = {
        "name": dict(definition.name),
        "aims": dict(definition.aims),
        "time_zone": definition.time_zone,
        "review": {
            "public_key": definition.public_key,
            "key_file": definition.key_file,
            "auditor_key": definition.auditor_key,
            "raters": definition.raters,
        }
        | {"patients": {"chat": definition.patients_may_chat}, "honours": honour_kinds.to_stored(definition.honours)}
        | {"audit": {"keep_days": definition.audit_days}},
        "schedule": schedule,
        "folder": folder,
        "applied_at": now,
    }
    if definition.bot_name:
        values["bot_name"] = definition.bot_name
    upsert(session, Installation, values | {"id": 1, "first_applied_at": now}, ["id"], values)
    session.expire_all()


def _apply_units(session: Session, definition: ConsortiumDefinition) -> None:
    for position, unit in enumerate(definition.units):
        values = {
            "name": dict(unit.name),
            "tier": unit.tier,
            "district": unit.district,
            "ownership": unit.ownership,
            "joined_on": unit.joined,
            "left_on": unit.left,
            "position": position,
            "active": True,
        }
        upsert(session, Unit, values | {"code": unit.code}, ["code"], values)
    named = [unit.code for unit in definition.units]
    session.execute(update(Unit).where(Unit.code.not_in(named)).values(active=False))


def _apply_people(session: Session, definition: ConsortiumDefinition, now: datetime) -> None:
    for person in definition.people:
        values = {"name": person.name, "active": True}
        upsert(session, Person, values | {"id": person.id, "language": person.language}, ["id"], values)
    named = [person.id for person in definition.people]
    session.execute(update(Person).where(Person.id.not_in(named)).values(active=False))
    session.execute(delete(Role))
    session.add_all(
        Role(person_id=person.id, role=role, unit_code=unit)
        for person in definition.people
        for role in person.roles
        for unit in (person.units if role in UNIT_ROLES else (None,))
    )
    for person in definition.people:
        if person.telegram is not None:
            _apply_account(session, person, person.telegram, now)
    session.flush()


def _apply_account(session: Session, person: PersonDefinition, account: str, now: datetime) -> None:
    row = session.scalar(select(Account).where(Account.channel == "telegram", Account.account == account))
    if row is not None and row.person_id != person.id:
        raise DomainError("account_bound_to_other", account=account, person=person.id)
    session.execute(
        delete(Account).where(Account.channel == "telegram", Account.person_id == person.id, Account.account != account)
    )
    if row is None:
        row = Account(
            channel="telegram", account=account, person_id=person.id, display_name=person.name, requested_at=now
        )
        session.add(row)
    row.confirmed_at = row.confirmed_at or now
    session.flush()
    session.execute(
        update(Chat)
        .where(Chat.channel == "telegram", Chat.address == account, Chat.kind == "private")
        .values(person_id=person.id)
    )


def _apply_chats(session: Session, definition: ConsortiumDefinition, now: datetime) -> None:
    for chat in definition.chats:
        values = {
            "kind": "group",
            "title": chat.title or chat.address,
            "purpose": chat.purpose,
            "unit_code": chat.unit_code,
            "language": chat.language,
        }
        key = {"channel": chat.channel, "address": chat.address, "state": "active", "seen_at": now}
        upsert(session, Chat, values | key, ["channel", "address"], values)
