"""Trials 试答 of a draft questionnaire: once sent, nothing of them is left.

Erased is the response with its answers, its invitation and tickets, and whatever other domains keep about them: found
by their foreign keys, so that no table is forgotten and none has to be known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from storage.base import Base
from surveys.fielding.rows import chunks
from surveys.models import INVITATIONS, RESPONSES


def erase_trial(session: Session, *, response_id: str, invitation_id: str) -> None:
    """Delete one trial as a whole. The audit trail keeps that it was sent, never what was answered."""
    erase(session, RESPONSES, [response_id])
    erase(session, INVITATIONS, [invitation_id])


def erase(session: Session, table: Table, row_ids: Sequence[str]) -> None:
    """The rows of those ids, and before them every row that refers to one."""
    referring = [
        (other, constraint.columns.values()[0])
        for other in reversed(Base.metadata.sorted_tables)
        for constraint in other.foreign_key_constraints
        if constraint.referred_table is table and [each.column.name for each in constraint.elements] == ["id"]
    ]
    for some in chunks(row_ids):
        for other, refers in referring:
            session.execute(delete(other).where(refers.in_(some)))
        session.execute(delete(table).where(table.c.id.in_(some)))
