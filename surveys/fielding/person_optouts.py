"""Who is not invited any more, whatever visit comes next: by the keyed hash of a hospital's reference, kept for good.

Where a hospital gives no reference of the person, an invitation can be closed and nothing more: nobody is known again.
Refuses to know chats (`optouts`) and by which door somebody said so (`patient_optouts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.database import serialize
from surveys.fielding import dispositions
from surveys.fielding.models import PersonOptOut
from surveys.fielding.rows import chunks, insert_new_rows
from surveys.models import INVITATIONS

OPTED_OUT = "opted_out"
"""Why an invitation counts as refused, why a later visit is not eligible, why an owed reminder was not sent."""

_TABLE = PersonOptOut.metadata.tables[PersonOptOut.__tablename__]


def close_for_persons(session: Session, *, invitation_ids: Sequence[str], now: datetime) -> set[str]:
    """Refuse these invitations and all others of the same persons, for good; the keys of persons who are out by it."""
    keys = keys_of(session, invitation_ids=invitation_ids)
    bar_persons(session, person_keys=keys, now=now)
    dispositions.note_all(
        session, invitation_ids=invitation_ids, disposition=dispositions.REFUSED, reason=OPTED_OUT, now=now
    )
    return keys


def bar_persons(session: Session, *, person_keys: Iterable[str], now: datetime) -> None:
    """Invite these persons no more; what they are invited to already counts as refused. Again changes nothing."""
    keys = sorted(person_keys)
    for key in keys:
        serialize(session, person_lock(key))
    rows = [{"person_key": key, "since": now} for key in keys]
    insert_new_rows(session, _TABLE, rows, conflict=["person_key"], key="person_key")
    for some in chunks(keys):
        theirs = session.scalars(
            select(INVITATIONS.c.id).where(INVITATIONS.c.person_key.in_(some)).order_by(INVITATIONS.c.id)
        ).all()
        dispositions.note_all(
            session, invitation_ids=theirs, disposition=dispositions.REFUSED, reason=OPTED_OUT, now=now
        )


def readmit_persons(session: Session, *, invitation_ids: Sequence[str]) -> None:
    """The persons of these invitations want to be invited again."""
    keys = keys_of(session, invitation_ids=invitation_ids)
    for some in chunks(sorted(keys)):
        session.execute(delete(_TABLE).where(_TABLE.c.person_key.in_(some)))


def person_lock(person_key: str) -> str:
    """What those wait for who invite a person or let them go."""
    return f"person:{person_key}"


def barred_persons(session: Session, *, person_keys: Iterable[str]) -> set[str]:
    """Those of the keys whose persons are not to be invited."""
    found: set[str] = set()
    for some in chunks(sorted(set(person_keys))):
        found |= set(session.scalars(select(_TABLE.c.person_key).where(_TABLE.c.person_key.in_(some))))
    return found


def keys_of(session: Session, *, invitation_ids: Sequence[str]) -> set[str]:
    """The persons of invitations, as far as the hospital has told them apart."""
    found: set[str] = set()
    for some in chunks(invitation_ids):
        found |= {
            key
            for key in session.scalars(select(INVITATIONS.c.person_key).where(INVITATIONS.c.id.in_(some)))
            if key is not None
        }
    return found
