"""Evidence behind figures 佐证材料: a file for a figure on record, until its month is settled (rule 16).

Files are kept as those that a unit puts before the panel are (`reviews.panel_evidence`). A new file, like a new figure,
has to be approved anew. Refuses to look into files.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.entries import may_enter, reading_of, refuse_other_units
from evaluation.models import Reading, Settlement
from evaluation.reading_writing import seal, subject_of
from evaluation.schemes import LOCK
from locales.errors import DomainError
from reviews.panel_evidence import keep_evidence
from storage.audit import record
from storage.database import serialize

MOST_FILES = 100
"""Of one unit and month; of each figure the last one is its evidence, the others stay on record."""


def attach_evidence(
    session: Session,
    *,
    actor: Actor,
    unit_code: str,
    period: Period,
    indicator: str,
    name: str,
    content: bytes,
    new_id: str,
    now: datetime,
) -> None:
    """Keep a file as the evidence of a figure on record. The same file again changes nothing.

    Errors: `unit_unknown` (also for another's unit), `evidence_without_figure`, `already_settled`, and those of
    `reviews.panel_evidence.keep_evidence`.
    """
    refuse_other_units(session, actor, unit_code)
    serialize(session, LOCK)
    try:
        reading = reading_of(session, unit_code, period, indicator)
    except DomainError:
        raise DomainError("evidence_without_figure") from None
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    kept = keep_evidence(
        session, actor=actor, period=period, unit_code=unit_code, indicator=indicator, name=name, content=content,
        new_id=new_id, now=now, most=MOST_FILES,
    )  # fmt: skip
    if reading.evidence == kept:
        return
    reading.evidence = kept
    reading.approved_at = reading.approved_by = None
    seal(reading)
    session.flush()
    record(session, actor=actor.ref, action="attach_evidence", subject=subject_of(reading), now=now)


def refuse_attached(session: Session, *, actor: Actor, evidence_id: str) -> None:
    """`evidence_attached` while a figure rests on this file; nothing is said of another unit's."""
    scopes = session.scalars(select(Reading.scope).where(Reading.evidence == evidence_id))
    if any(may_enter(actor, scope) for scope in scopes):
        raise DomainError("evidence_attached")
