"""What must hold of blind surveys at any time; each check names what it found, for `doctor`.

Looks for whatever could lead from an answer to a person: names a response by its random id, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from locales.errors import Finding
from storage.audit import AuditRow
from surveys.audiences.blindness import of_blind_survey
from surveys.audiences.models import BlindVisit
from surveys.fielding.models import DispositionChange, Fielded
from surveys.honesty.models import SenderTrace
from surveys.models import Invitation, Response, Ticket
from surveys.sittings import DRAFT, SENT, VISIT

_FILE = "database"


def blind_answers_are_parted(session: Session) -> list[Finding]:
    """No ticket, sender, visit, exact time or row of the audit trail leads to a blind response that was sent."""
    rows = session.execute(
        select(Response, Invitation, Fielded, BlindVisit.visit.is_not(None).label("has_known_visit"))
        .join(Invitation, Invitation.id == Response.invitation_id)
        .outerjoin(Fielded, Fielded.invitation_id == Invitation.id)
        .outerjoin(BlindVisit, (BlindVisit.unit_code == Invitation.unit_code) & (BlindVisit.visit == Invitation.visit))
        .where(of_blind_survey(session), Response.state == SENT)
        .order_by(Response.id)
    ).all()
    if not rows:  # also before anything was applied: then there is no time zone either
        return []
    place = zone(session)
    led_to = _led_to(session)
    findings = []
    for response, invitation, fielded, has_known_visit in rows:
        times: list[datetime | None] = [
            response.sent_at,
            response.touched_at,
            response.consented_at,
            response.text_consented_at,
        ]
        times += [invitation.created_at, invitation.discharged_at]
        if fielded is not None:
            times += [fielded.changed_at, fielded.contacted_at]
        times += session.scalars(
            select(DispositionChange.at).where(DispositionChange.invitation_id == invitation.id)
        ).all()
        is_exact = any(each is not None and each != Period.month_of(each, place).bounds(place)[0] for each in times)
        is_known = has_known_visit or invitation.person_key is not None
        if is_exact or is_known or response.id in led_to:
            findings.append(Finding(_FILE, f"response:{response.id}", "blind_response_not_parted"))
    return findings


def blind_visits_are_remembered(session: Session) -> list[Finding]:
    """Whoever is invited to a blind survey stands among those who were: nobody can be invited twice."""
    missing = session.scalars(
        select(Invitation.id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .outerjoin(BlindVisit, (BlindVisit.unit_code == Invitation.unit_code) & (BlindVisit.visit == Invitation.visit))
        .where(
            of_blind_survey(session),
            Invitation.stream == VISIT,
            Invitation.contact_removed_at.is_(None),
            BlindVisit.visit.is_(None),
            or_(Response.id.is_(None), Response.state == DRAFT),
        )
        .order_by(Invitation.id)
    )
    return [Finding(_FILE, f"invitation:{each}", "blind_visit_forgotten") for each in missing]


def _led_to(session: Session) -> set[str]:
    """The blind responses that were sent and to which a ticket, a sender or the audit trail still leads."""
    sent = (
        select(Response.id)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(of_blind_survey(session), Response.state == SENT)
    )
    ways = (
        sent.join(Ticket, Ticket.invitation_id == Response.invitation_id),
        sent.join(SenderTrace, SenderTrace.response_id == Response.id),
        sent.join(AuditRow, AuditRow.subject == literal("response:") + Response.id),
        sent.join(AuditRow, AuditRow.subject == literal("invitation:") + Response.invitation_id),
    )
    return {response_id for way in ways for response_id in session.scalars(way)}


def check_audiences(session: Session) -> list[Finding]:
    """Both, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (blind_answers_are_parted, blind_visits_are_remembered)
