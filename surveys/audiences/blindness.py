"""Which surveys are blind, which visits they have invited, and which tickets they have given out.

Whether somebody has answered is nowhere to be read from here: what is noted is noted when they are invited. How a
response loses its invitation is in `parting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, bindparam, false, select, tuple_
from sqlalchemy.orm import Session

from consortium.links import token_hash
from surveys.audiences.models import BLIND_TICKETS, BLIND_VISITS
from surveys.fielding.rows import chunks, insert_new_rows
from surveys.models import INVITATIONS, VERSIONS
from surveys.questionnaires import load, load_digest

STAFF_KINDS = frozenset(("staff", "trainee", "pulse"))
"""Kinds of survey that people who work in a unit, or learn there, are meant to answer about it."""

_KNOWN_TICKET = select(BLIND_TICKETS.c.hash).where(BLIND_TICKETS.c.hash == bindparam("hash"))


def blind_versions(session: Session) -> set[tuple[str, str]]:
    """(Id, version) of every questionnaire that is blind. Frozen content is parsed once."""
    rows = session.execute(select(VERSIONS.c.id, VERSIONS.c.version, VERSIONS.c.digest))
    return {(row.id, row.version) for row in rows if load_digest(session, row.id, row.version, row.digest).is_blind}


def blind_questionnaires(session: Session) -> set[str]:
    """The ids of questionnaires of which any version is blind."""
    return {id_ for id_, _ in blind_versions(session)}


def of_blind_survey(session: Session) -> ColumnElement[bool]:
    """For statements about invitations: whether one belongs to a blind survey."""
    found = sorted(blind_versions(session))
    version = tuple_(INVITATIONS.c.questionnaire_id, INVITATIONS.c.questionnaire_version)
    return version.in_(found) if found else false()


def note_blind_visits(session: Session, *, unit_code: str, visits: Sequence[str]) -> None:
    """These visits are being invited to a blind survey."""
    rows = [{"unit_code": unit_code, "visit": visit} for visit in visits]
    insert_new_rows(session, BLIND_VISITS, rows, conflict=["unit_code", "visit"], key="visit")


def blind_visits(session: Session, *, unit_code: str, visits: Sequence[str]) -> set[str]:
    """Those of the visits that a blind survey has invited before, answered or not."""
    found: set[str] = set()
    for some in chunks(visits):
        found |= set(
            session.scalars(
                select(BLIND_VISITS.c.visit).where(
                    BLIND_VISITS.c.unit_code == unit_code, BLIND_VISITS.c.visit.in_(some)
                )
            )
        )
    return found


def note_blind_tickets(session: Session, *, tickets: Iterable[tuple[str, str]]) -> None:
    """Of (invitation, ticket) pairs that were just made: remember the tickets that open a blind survey."""
    pairs = list(tickets)
    blind: set[str] = set()
    for some in chunks([invitation_id for invitation_id, _ in pairs]):
        rows = session.execute(
            select(INVITATIONS.c.id, INVITATIONS.c.questionnaire_id, INVITATIONS.c.questionnaire_version).where(
                INVITATIONS.c.id.in_(some)
            )
        ).all()
        is_blind = {version: load(session, *version).is_blind for version in {(row[1], row[2]) for row in rows}}
        blind |= {id_ for id_, questionnaire, version in rows if is_blind[questionnaire, version]}
    note_dead_tickets(session, tickets=[ticket for invitation_id, ticket in pairs if invitation_id in blind])


def note_dead_tickets(session: Session, *, tickets: Iterable[str]) -> None:
    """Tickets that open nothing once their invitation is gone: they will be known as used."""
    rows = [{"hash": token_hash(ticket)} for ticket in tickets]
    insert_new_rows(session, BLIND_TICKETS, rows, conflict=["hash"], key="hash")


def is_blind_ticket(session: Session, *, hash_: str) -> bool:
    """Whether a ticket was given out for a blind survey."""
    return session.execute(_KNOWN_TICKET, {"hash": hash_}).first() is not None
