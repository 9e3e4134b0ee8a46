"""Approving figures that need evidence 佐证审核: until the office has agreed, such a figure earns nothing (rule 16).

Knows who may agree and what must be there. Refuses to look into files, and to say what a figure earns.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from evaluation.elements import Indicator
from evaluation.models import Reading, Settlement
from evaluation.reading_plans import scheme_if_any
from evaluation.reading_writing import seal, subject_of
from evaluation.schemes import LOCK, scheme_for
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize


def needs_approval(indicator: Indicator, reading: Reading) -> bool:
    """Whether this figure waits for approval: its indicator asks for evidence, and nobody has agreed to it yet."""
    return indicator.needs_evidence and reading.approved_at is None


def approve_reading(
    session: Session, *, scope: str, period: Period, indicator: str, actor: Actor, now: datetime
) -> None:
    """The office agrees to a figure with its evidence. Again, it changes nothing.

    Errors: `not_allowed`, `reading_unknown`, `already_settled`, `approval_not_needed`, `approval_without_evidence`.
    """
    require(may_run_season(actor))
    reading = _open_reading(session, scope, period, indicator)
    if not _definition(session, period, indicator).needs_evidence:
        raise DomainError("approval_not_needed")
    if reading.evidence is None:
        raise DomainError("approval_without_evidence")
    if reading.approved_at is not None:
        return
    reading.approved_at, reading.approved_by = now, actor.person_id
    _note(session, reading, "approve_reading", actor, now)


def take_back_approval(
    session: Session, *, scope: str, period: Period, indicator: str, actor: Actor, now: datetime
) -> None:
    """The figure waits again. Errors: `not_allowed`, `reading_unknown`, `already_settled`."""
    require(may_run_season(actor))
    reading = _open_reading(session, scope, period, indicator)
    if reading.approved_at is None:
        return
    reading.approved_at = reading.approved_by = None
    _note(session, reading, "take_back_approval", actor, now)


def waiting_for_approval(session: Session, period: Period) -> list[Reading]:
    """The figures of a period that wait for approval, by unit and indicator; none where there is no scheme."""
    scheme = scheme_if_any(session, period)
    asked = sorted(code for code, each in scheme.indicators.items() if each.needs_evidence) if scheme else []
    if not asked:
        return []
    statement = (
        select(Reading)
        .where(Reading.period == str(period), Reading.indicator.in_(asked), Reading.approved_at.is_(None))
        .where(Reading.unit_code.is_not(None))
        .order_by(Reading.scope, Reading.indicator)
    )
    return list(session.scalars(statement))


def _open_reading(session: Session, scope: str, period: Period, indicator: str) -> Reading:
    serialize(session, LOCK)
    key = (Reading.scope == scope) & (Reading.period == str(period)) & (Reading.indicator == indicator)
    found = session.scalars(select(Reading).where(key).execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise DomainError("reading_unknown")
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    return found


def _definition(session: Session, period: Period, indicator: str) -> Indicator:
    found = scheme_for(session, period).indicators.get(indicator)
    if found is None:
        raise DomainError("reading_unknown")
    return found


def _note(session: Session, reading: Reading, action: str, actor: Actor, now: datetime) -> None:
    seal(reading)
    session.flush()
    details = {"evidence": reading.evidence is not None}
    record(session, actor=actor.ref, action=action, subject=subject_of(reading), now=now, details=details)
