"""What happened to one figure: handed in, corrected with what stood before and why, proved, approved (rule 34).

Read from the reading and the audit trail, oldest first. Refuses to know words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.models import Reading
from evaluation.reading_writing import subject_of
from evaluation.strata import Counts
from storage.audit import AuditRow

RECORDED = "recorded"
CORRECTED, APPROVED, TAKEN_BACK, ATTACHED = ACTIONS = (
    "correct_reading", "approve_reading", "take_back_approval", "attach_evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `before` and `after` of a correction, `reason` where one was given."""

    action: str
    at: datetime
    by: str
    before: Counts | None = None
    after: Counts | None = None
    reason: str = ""


def events_of(session: Session, reading: Reading) -> list[Event]:
    """From the first figure on."""
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.subject == subject_of(reading), AuditRow.action.in_(ACTIONS))
        .order_by(AuditRow.id)
    )
    found = [Event(RECORDED, reading.recorded_at, reading.recorded_by)]
    for row in rows:
        before, after = (_counts(row.details.get(name)) for name in ("before", "after"))
        found.append(Event(row.action, row.at, row.actor, before, after, str(row.details.get("reason") or "")))
    return found


def _counts(told: object) -> Counts | None:
    """A figure as the trail has it: exact numbers as text."""
    if not isinstance(told, Mapping):
        return None
    numerator, denominator, value = (
        None if told.get(name) is None else Fraction(str(told[name])) for name in ("numerator", "denominator", "value")
    )
    return numerator, denominator, value
