"""Dispositions 处置状态: what has come of each invitation, one at a time, with the whole history behind it.

Knows which may follow which; a step that makes no sense, or repeats, changes nothing. The history is its own record, so
no audit row is written: whatever causes a step writes one. Reasons are codes; nothing says who the patient is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from surveys.fielding.models import CHANGES, FIELDED, DispositionChange
from surveys.fielding.rows import chunks, insert_new_rows
from surveys.fielding.steps import (
    COMPLETE,
    DELIVERED,
    DISPOSITIONS,
    EXPIRED,
    FOLLOWS,
    INELIGIBLE,
    INVITED,
    PARTIAL,
    REFUSED,
    STARTED,
    UNREACHABLE,
    WITHDRAWN,
)
from surveys.models import INVITATIONS

__all__ = [  # what others need to note what has come of an invitation
    "COMPLETE",
    "DELIVERED",
    "EXPIRED",
    "INELIGIBLE",
    "INVITED",
    "PARTIAL",
    "REFUSED",
    "STARTED",
    "UNREACHABLE",
    "WITHDRAWN",
    "Beginning",
    "begin",
    "history",
    "note",
    "note_all",
]

_REASON = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_STEP = {
    disposition: (
        update(FIELDED)
        .where(FIELDED.c.invitation_id == bindparam("invitation"), FIELDED.c.disposition.in_(before))
        .values(
            disposition=disposition,
            reason=bindparam("why"),
            changed_at=bindparam("now"),
            changes=FIELDED.c.changes + 1,
        )
        .returning(FIELDED.c.changes)
    )
    for disposition, before in FOLLOWS.items()
    if before
}
_HISTORY = insert(CHANGES)
_KNOWN = select(FIELDED.c.disposition).where(FIELDED.c.invitation_id == bindparam("invitation"))
_CREATED = select(INVITATIONS.c.created_at).where(INVITATIONS.c.id == bindparam("invitation"))


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the history of a new invitation begins: invited, and perhaps at once something more (disposition, reason)."""

    invitation_id: str
    wave_id: str | None = None
    poster_code: str | None = None
    then: tuple[str, str | None] | None = None


def begin(session: Session, *, beginnings: Sequence[Beginning], now: datetime) -> None:
    """The histories of new invitations begin, many at once. One that has begun already stays as it is."""
    rows = [_first_row(each, now) for each in beginnings]
    begun = insert_new_rows(session, FIELDED, rows, conflict=["invitation_id"], key="invitation_id")
    steps = []
    for each in beginnings:
        if each.invitation_id in begun:
            steps.append(_history_row(each.invitation_id, 0, INVITED, None, now))
            if each.then is not None:
                steps.append(_history_row(each.invitation_id, 1, *each.then, now))
    if steps:
        session.execute(_HISTORY, steps)


def note(session: Session, *, invitation_id: str, disposition: str, now: datetime, reason: str | None = None) -> None:
    """Something has come of an invitation. What cannot follow what it is now, or repeats it, changes nothing.

    An unknown disposition or a reason that is no code is a fault of ours: ValueError.
    """
    if disposition not in DISPOSITIONS or not (reason is None or _REASON.fullmatch(reason)):
        msg = "no disposition, or a reason that is no code"
        raise ValueError(msg)
    if disposition == INVITED:
        _adopt(session, invitation_id)
        return
    if not _step(session, invitation_id, disposition, reason, now) and _adopt(session, invitation_id):
        _step(session, invitation_id, disposition, reason, now)


def note_all(
    session: Session, *, invitation_ids: Sequence[str], disposition: str, now: datetime, reason: str | None = None
) -> int:
    """The same for many that have a history; how many it changed."""
    steps = []
    for some in chunks(invitation_ids):
        changed = session.execute(
            update(FIELDED)
            .where(FIELDED.c.invitation_id.in_(some), FIELDED.c.disposition.in_(FOLLOWS[disposition]))
            .values(disposition=disposition, reason=reason, changed_at=now, changes=FIELDED.c.changes + 1)
            .returning(FIELDED.c.invitation_id, FIELDED.c.changes)
        )
        steps += [_history_row(row.invitation_id, row.changes, disposition, reason, now) for row in changed]
    if steps:
        session.execute(_HISTORY, steps)
    return len(steps)


def history(session: Session, *, invitation_id: str) -> list[DispositionChange]:
    """Every step of an invitation, the first one first."""
    return list(
        session.scalars(
            select(DispositionChange)
            .where(DispositionChange.invitation_id == invitation_id)
            .order_by(DispositionChange.number)
        )
    )


def _step(session: Session, invitation_id: str, disposition: str, reason: str | None, now: datetime) -> bool:
    given = {"invitation": invitation_id, "why": reason, "now": now}
    number = session.execute(_STEP[disposition], given).scalar_one_or_none()
    if number is None:
        return False
    session.execute(_HISTORY, _history_row(invitation_id, number, disposition, reason, now))
    return True


def _adopt(session: Session, invitation_id: str) -> bool:
    """Begin the history of an invitation that has none, as of its making; False if it has one or does not exist."""
    if session.execute(_KNOWN, {"invitation": invitation_id}).first() is not None:
        return False
    created_at = session.execute(_CREATED, {"invitation": invitation_id}).scalar_one_or_none()
    if created_at is None:
        return False
    begin(session, beginnings=[Beginning(invitation_id)], now=created_at)
    return True


def _first_row(beginning: Beginning, now: datetime) -> dict[str, Any]:
    disposition, reason = beginning.then or (INVITED, None)
    return {
        "invitation_id": beginning.invitation_id,
        "wave_id": beginning.wave_id,
        "poster_code": beginning.poster_code,
        "disposition": disposition,
        "reason": reason,
        "changes": 0 if beginning.then is None else 1,
        "changed_at": now,
        "reminders": 0,
    }


def _history_row(
    invitation_id: str, number: int, disposition: str, reason: str | None, now: datetime
) -> dict[str, Any]:
    return {"invitation_id": invitation_id, "number": number, "disposition": disposition, "reason": reason, "at": now}
