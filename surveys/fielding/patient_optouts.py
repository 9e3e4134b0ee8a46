"""A patient who was reached by a link says no for good: on the survey's page, to the hospital, or to the office.

Their invitation and all others of the same person count as refused, a chat that one of them was opened in is written to
no more, and no later visit invites them. Every door ends here. Refuses to know who the patient is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from locales.errors import DomainError
from storage.audit import record
from surveys.fielding import dispositions
from surveys.fielding.optouts import opt_out
from surveys.fielding.person_optouts import bar_persons, close_for_persons
from surveys.invitations import BLIND, known_invitations
from surveys.models import Response
from surveys.sittings import VISIT, Sitting, view_ticket

DECLINED = "declined"


def decline(session: Session, *, ticket: str, is_for_good: bool, now: datetime) -> bool:
    """No to this survey, or to all of them. True if later invitations can be kept away too: if the person is known.

    The ticket stays good until the invitation expires: people may change their mind. Errors: those of `view_ticket`,
    `ticket_unknown` for what nobody was invited to (a poster, a test link) and for blind surveys.
    """
    sitting = view_ticket(session, ticket=ticket, now=now)
    if not may_decline(sitting):
        raise DomainError("ticket_unknown")
    if is_for_good:
        return opt_out_invitation(session, invitation_id=sitting.invitation_id, actor="patient", now=now)
    dispositions.note(
        session, invitation_id=sitting.invitation_id, disposition=dispositions.REFUSED, reason=DECLINED, now=now
    )
    return False


def may_decline(sitting: Sitting) -> bool:
    """Whether somebody was invited to it, and it is still open."""
    return sitting.stream == VISIT and not sitting.sent and not sitting.questionnaire.is_blind


def opt_out_invitation(session: Session, *, invitation_id: str, actor: str, now: datetime) -> bool:
    """Whoever this invitation is for wants no more. True if the person is known: then later visits are covered."""
    keys = close_for_persons(session, invitation_ids=[invitation_id], now=now)
    accounts = session.execute(
        select(Response.channel, Response.account).where(Response.invitation_id == invitation_id)
    ).all()
    for channel, account in accounts:
        if channel is not None and account is not None:
            opt_out(session, channel=channel, account=account, now=now)
    record(session, actor=actor, action="opt_out_patient", subject=f"invitation:{invitation_id}", now=now)
    return bool(keys)


def opt_out_visit(session: Session, *, unit_code: str, visit: str, actor: str, now: datetime) -> bool:
    """The same by the visit, as hospital and office know it. Error: `visit_unknown`, also for one of a blind survey."""
    found = known_invitations(session, unit_code, [visit]).get(visit)
    if found is None or found.invitation_id == BLIND:
        raise DomainError("visit_unknown", visit=visit[:40])
    return opt_out_invitation(session, invitation_id=found.invitation_id, actor=actor, now=now)


def opt_out_person(session: Session, *, person_key: str, actor: str, now: datetime) -> None:
    """The same by the hospital's own reference of the person, hashed: also before any visit of theirs was reported."""
    bar_persons(session, person_keys=[person_key], now=now)
    record(session, actor=actor, action="opt_out_patient", subject="person", now=now)
