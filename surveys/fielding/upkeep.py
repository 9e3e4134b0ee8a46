"""What time does to invitations: they expire, chats can no longer be reached, lists and test links are over, and what
has been kept long enough goes (`surveys.retention`).

Run by the schedule every day; each of these finds what is to be done, so a day left out is made good by the next.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from consortium.models import Chat
from storage.audit import record
from surveys.fielding import dispositions
from surveys.fielding.models import CHANGES, FIELDED, Fielded, VisitList
from surveys.fielding.steps import EXPIRED, OPEN, PARTIAL, STARTED, UNREACHABLE
from surveys.models import Invitation, Response
from surveys.retention import remove_overdue
from surveys.trials import erase_trial

_ACTOR = "schedule"


def expire_invitations(session: Session, *, now: datetime) -> int:
    """Every open invitation whose time is over becomes `expired`; the reason is how far it had come."""
    overdue = select(Invitation.id).where(Invitation.expires_at <= now)
    expired = session.execute(
        update(FIELDED)
        .where(FIELDED.c.disposition.in_(OPEN), FIELDED.c.invitation_id.in_(overdue))
        .values(disposition=EXPIRED, reason=FIELDED.c.disposition, changed_at=now, changes=FIELDED.c.changes + 1)
        .returning(FIELDED.c.invitation_id, FIELDED.c.changes, FIELDED.c.reason)
    ).all()
    if expired:
        steps = [
            {"invitation_id": row.invitation_id, "number": row.changes, "disposition": EXPIRED, "reason": row.reason,
             "at": now}
            for row in expired
        ]  # fmt: skip
        session.execute(insert(CHANGES), steps)
        record(session, actor=_ACTOR, action="expire_invitations", subject="invitations", now=now,
               details={"count": len(expired)})  # fmt: skip
    return len(expired)


def note_unreachable(session: Session, *, now: datetime) -> int:
    """Surveys begun in a chat that has blocked us or is gone: their patients can be reached by a link only."""
    lost = session.execute(
        select(Fielded.invitation_id, Chat.state)
        .join(Response, Response.invitation_id == Fielded.invitation_id)
        .join(Chat, (Chat.channel == Response.channel) & (Chat.address == Response.account))
        .where(Chat.state != "active", Response.state == "draft", Fielded.disposition.in_((STARTED, PARTIAL)))
        .order_by(Fielded.invitation_id)
    ).all()
    for invitation_id, state in lost:
        dispositions.note(
            session, invitation_id=invitation_id, disposition=UNREACHABLE, reason=f"chat_{state}", now=now
        )
    if lost:
        record(session, actor=_ACTOR, action="note_unreachable", subject="invitations", now=now,
               details={"count": len(lost)})  # fmt: skip
    return len(lost)


def remove_leftovers(session: Session, *, now: datetime, settled: Collection[str] = ()) -> int:
    """Test links that are over, with everything that came of them, and lists of visits nobody fetches any more; how
    many of both. And whatever has reached its limit; `settled` are the months that are settled.
    """
    gone = session.execute(
        select(Invitation.id, Response.id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(Invitation.stream == "test", Invitation.expires_at <= now)
    ).all()
    for invitation_id, response_id in gone:
        erase_trial(session, response_id=response_id or "", invitation_id=invitation_id)
    lists = session.scalars(delete(VisitList).where(VisitList.expires_at <= now).returning(VisitList.id)).all()
    if gone or lists:
        record(session, actor=_ACTOR, action="remove_leftovers", subject="invitations", now=now,
               details={"tests": len(gone), "lists": len(lists)})  # fmt: skip
    remove_overdue(session, now=now, settled=settled)
    return len(gone) + len(lists)
