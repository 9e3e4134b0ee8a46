"""The audit trail: who did what to what, when. One row with every change, in the transaction of the change.

Refuses to know contents: never a mark, an answer, a token or free text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import String, Table, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from storage.base import Base, Json, UtcDateTime


class AuditRow(Base):
    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(160))
    details: Mapped[dict[str, Any]] = mapped_column(Json)


_QUIET = {"synchronize_session": False}
_INSERT = insert(cast("Table", AuditRow.__table__))  # built once: the trail is written with every change


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write one row. `actor` is `person:<id>`, `command_line`, `schedule`, `patient` or `api:<key name>`."""
    row = {"at": now, "actor": actor, "action": action, "subject": subject, "details": dict(details or {})}
    session.execute(_INSERT, row)


def record_all(
    session: Session, *, actor: str, action: str, now: datetime, changes: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """The same for many changes of one kind at once: the subject and the details of each."""
    rows = [
        {"at": now, "actor": actor, "action": action, "subject": subject, "details": dict(details)}
        for subject, details in changes
    ]
    if rows:
        session.execute(_INSERT, rows)


def remove_older(session: Session, *, than: datetime, but: Collection[str], most: int) -> int:
    """Take away rows from before `than`, the oldest first, at most so many, but none of these actions; how many."""
    old = select(AuditRow.id).where(AuditRow.at < than, AuditRow.action.not_in(but)).order_by(AuditRow.id).limit(most)
    removed = session.scalars(
        delete(AuditRow).where(AuditRow.id.in_(old)).returning(AuditRow.id), execution_options=_QUIET
    )
    return len(removed.all())
