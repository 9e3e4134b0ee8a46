"""The links of an invited list: a fresh one in each row that has somebody to write to, each time they are asked for.

Refuses to know in which file and by which way they travel. Tickets are stored as hashes only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.permissions import Actor
from locales.errors import DomainError
from storage.audit import record
from surveys.audiences.blindness import note_dead_tickets
from surveys.fielding.applied import settings_of
from surveys.fielding.contacts import contact_from, note_links
from surveys.fielding.models import Fielded
from surveys.fielding.rows import chunks
from surveys.fielding.visit_lists import ListedVisit, kept_list
from surveys.fielding.visits import NEW
from surveys.fielding.waves import wave_among, waves, window_of
from surveys.invitations import store_tickets
from surveys.models import Invitation, Response


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A row of the file that comes back. `ticket` is None where there is nobody to write to (`outcome` says why)."""

    visit: ListedVisit
    ticket: str | None
    send_from: datetime | None
    send_until: datetime | None


def links_of(session: Session, *, list_id: str, actor: Actor, token: Callable[[], str], now: datetime) -> list[LinkRow]:
    """The rows of an invited list with a fresh link for each patient it invited who has not answered yet.

    Handing them out counts as writing to the patients, as soon as they may be written to. Error: `visit_list_gone`.
    """
    found, rows = kept_list(session, list_id=list_id, actor=actor, now=now)
    if found.invited_at is None:
        raise DomainError("visit_list_gone")
    ids = [row.invitation_id for row in rows if row.outcome == NEW and row.invitation_id is not None]
    begins, open_until = contact_from(session, invitation_ids=ids), _open(session, ids, now)
    parted = _parted(session, rows, ids, now)
    dead: list[str] = []
    shown = []
    contacts: list[tuple[str, datetime]] = []
    for row in rows:
        if row.invitation_id in parted:  # looks like the others: who has answered a blind survey is not told
            dead.append(token())
            send_from, expires_at = parted[row.invitation_id]
            shown.append(LinkRow(row, dead[-1], max(send_from, now), expires_at))
            continue
        if row.invitation_id is None or row.invitation_id not in open_until:
            shown.append(LinkRow(row, None, None, None))
            continue
        expires_at, contacted_at = open_until[row.invitation_id]
        send_from = max(begins[row.invitation_id], now)
        if contacted_at is None:
            contacts.append((row.invitation_id, send_from))
        shown.append(LinkRow(row, token(), send_from, expires_at))
    alive = [(row.visit.invitation_id or "", row.ticket) for row in shown if row.ticket and row.ticket not in dead]
    store_tickets(session, alive, now)
    note_dead_tickets(session, tickets=dead)
    note_links(session, contacts=contacts, is_reminder=False, now=now)
    record(session, actor=actor.ref, action="hand_out_links", subject=f"unit:{found.unit_code}", now=now,
           details={"count": len(open_until) + len(dead)})  # fmt: skip
    return shown


def _open(session: Session, ids: Sequence[str], now: datetime) -> dict[str, tuple[datetime, datetime | None]]:
    """(until when it may be answered, when its patient was written to) of those that may still be answered."""
    found: dict[str, tuple[datetime, datetime | None]] = {}
    for some in chunks(ids):
        rows = session.execute(
            select(Invitation.id, Invitation.expires_at, Fielded.contacted_at)
            .join(Fielded, Fielded.invitation_id == Invitation.id)
            .outerjoin(Response, Response.invitation_id == Invitation.id)
            .where(
                Invitation.id.in_(some),
                Invitation.expires_at > now,
                Response.id.is_(None) | (Response.state == "draft"),
            )
        )
        found |= {row.id: (row.expires_at, row.contacted_at) for row in rows}
    return found


def _parted(
    session: Session, rows: Sequence[ListedVisit], ids: Sequence[str], now: datetime
) -> dict[str | None, tuple[datetime, datetime]]:
    """Of invitations to blind surveys that are gone because they were answered: from and until when they would be
    written to, as for all others.
    """
    left: set[str] = set()
    for some in chunks(ids):
        left |= set(session.scalars(select(Invitation.id).where(Invitation.id.in_(some))))
    settings = settings_of(session)
    known = waves(session)
    found: dict[str | None, tuple[datetime, datetime]] = {}
    for row in rows:
        if row.outcome == NEW and row.invitation_id not in left:
            wave = wave_among(known, kind=row.kind, discharged_at=row.discharged_at)
            window = window_of(settings, wave, row.kind)
            if row.discharged_at + window.length > now:
                found[row.invitation_id] = row.discharged_at + window.contact_after, row.discharged_at + window.length
    return found
