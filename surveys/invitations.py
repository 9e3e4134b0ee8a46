"""Invitations 邀请: one per visit, with tickets that open it. The ticket itself is never stored, only its hash."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.links import token_hash
from consortium.units import unit
from locales.errors import DomainError
from locales.texts import LANGUAGES
from storage.audit import record
from storage.database import insert_new
from surveys.models import Invitation, Response, Ticket
from surveys.questionnaires import in_use

WINDOW = timedelta(days=42)
"""How long after discharge a patient may answer: the six weeks of the strictest public surveys."""

AHEAD = timedelta(days=1)
"""How far a discharge may lie ahead: clocks differ and discharges are planned, but not by years."""

LONGEST_VISIT = 64


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation; `is_new` is False for a visit that was invited before (its ticket is then not taken)."""

    invitation_id: str
    expires_at: datetime
    is_new: bool


def invite(
    session: Session,
    *,
    unit_code: str,
    visit: str,
    kind: str,
    discharged_at: datetime,
    language: str,
    ticket: str,
    new_id: str,
    actor: str,
    now: datetime,
) -> Invited:
    """Invite the patient of one visit, once: the same unit and visit again gives the first invitation, unchanged.

    Errors: `unit_unknown`, `visit_invalid`, `invitation_language`, `kind_without_questionnaire`, `discharge_ahead`.
    A discharge longer ago than the window makes an invitation that has expired already; the caller sees it.
    """
    unit(session, unit_code)
    _refuse_odd_visit(visit)
    if language not in LANGUAGES:
        raise DomainError("invitation_language", value=language[:20])
    questionnaire = in_use(session, kind)
    if questionnaire is None:
        raise DomainError("kind_without_questionnaire", kind=kind[:40])
    if discharged_at > now + AHEAD:
        raise DomainError("discharge_ahead", discharged_at=discharged_at.isoformat())
    values = {
        "id": new_id,
        "unit_code": unit_code,
        "visit": visit,
        "kind": kind,
        "discharged_at": discharged_at,
        "language": language,
        "questionnaire_id": questionnaire[0],
        "questionnaire_version": questionnaire[1],
        "created_at": now,
        "expires_at": discharged_at + WINDOW,
    }
    if not insert_new(session, Invitation, values, ["unit_code", "visit"]):
        stored = session.execute(
            select(Invitation.id, Invitation.expires_at).where(
                Invitation.unit_code == unit_code, Invitation.visit == visit
            )
        ).one()
        return Invited(stored.id, stored.expires_at, is_new=False)
    _store_ticket(session, new_id, ticket, now)
    record(
        session,
        actor=actor,
        action="invite",
        subject=f"invitation:{new_id}",
        now=now,
        details={"unit": unit_code, "kind": kind},
    )
    return Invited(new_id, discharged_at + WINDOW, is_new=True)


def add_ticket(session: Session, *, invitation_id: str, ticket: str, now: datetime, actor: str = "patient") -> None:
    """One more ticket for an invitation that can still be answered; the earlier ones stay good.

    Errors: `invitation_unknown`, `ticket_used`, `ticket_expired`.
    """
    found = session.execute(
        select(Invitation.expires_at, Response.state)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(Invitation.id == invitation_id)
    ).one_or_none()
    if found is None:
        raise DomainError("invitation_unknown")
    if found.state == "sent":
        raise DomainError("ticket_used")
    if now >= found.expires_at:
        raise DomainError("ticket_expired")
    _store_ticket(session, invitation_id, ticket, now)
    record(session, actor=actor, action="add_ticket", subject=f"invitation:{invitation_id}", now=now)


def _store_ticket(session: Session, invitation_id: str, ticket: str, now: datetime) -> None:
    """A ticket that exists already opens something else: with 128 random bits that is a fault of the caller."""
    values = {"hash": token_hash(ticket), "invitation_id": invitation_id, "created_at": now}
    if not insert_new(session, Ticket, values, ["hash"]):
        raise DomainError("ticket_repeated")


def _refuse_odd_visit(visit: str) -> None:
    """A visit is the hospital's opaque reference: short, visible, one way to write it."""
    is_plain = all(unicodedata.category(character)[0] not in "CZ" or character == " " for character in visit)
    if not (
        1 <= len(visit) <= LONGEST_VISIT
        and is_plain
        and visit == visit.strip()
        and unicodedata.is_normalized("NFC", visit)
    ):
        raise DomainError("visit_invalid", limit=LONGEST_VISIT)
