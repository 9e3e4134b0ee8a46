"""Staff do not answer for their own unit: who is known to work there is refused before anything is opened.

Known are people by their confirmed chat account, or by being signed in. Refuses to guess: a stranger is a patient.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.people import actor_of_account
from locales.errors import DomainError
from storage.audit import record
from surveys.audiences.blindness import STAFF_KINDS
from surveys.sittings import TEST, Sitting


def refuse_staff(
    session: Session,
    *,
    unit_code: str,
    channel: str | None = None,
    account: str | None = None,
    person_id: str | None = None,
) -> None:
    """Raise `staff_of_unit` if who would answer holds any role for the unit: by account in chat, or signed in."""
    if person_id is None and channel is not None and account is not None:
        actor = actor_of_account(session, channel=channel, account=account)
        person_id = actor.person_id if actor is not None else None
    if person_id is not None and _works_for(session, person_id, unit_code):
        raise DomainError("staff_of_unit")


def refuse_own_staff(
    session: Session,
    *,
    sitting: Sitting,
    channel: str | None = None,
    account: str | None = None,
    person_id: str | None = None,
) -> None:
    """The same for whatever a ticket leads to. Staff's own surveys are theirs, and a draft anybody may try."""
    is_for_staff = bool(STAFF_KINDS.intersection(sitting.questionnaire.kinds))
    if sitting.stream != TEST and not is_for_staff:
        refuse_staff(session, unit_code=sitting.unit_code, channel=channel, account=account, person_id=person_id)


def note_refused_staff(session: Session, *, unit_code: str, now: datetime) -> None:
    """That somebody of a unit tried, for the trail; not who. A transaction of its own: the attempt left nothing."""
    record(session, actor="staff", action="refuse_staff", subject=f"unit:{unit_code}", now=now)


def _works_for(session: Session, person_id: str, unit_code: str) -> bool:
    held = select(Role.id).join(Person).where(Role.person_id == person_id, Role.unit_code == unit_code, Person.active)
    return session.scalar(held.limit(1)) is not None
