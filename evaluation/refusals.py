"""What a period cannot be settled for, as far as its time and a month's blind round go.

Knows months, settlements and the state of a round. Refuses to know figures, and whether anybody waived a round.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.models import Settlement
from locales.errors import DomainError
from reviews.models import ReviewRound
from reviews.rounds import CLOSED, COUNTED, ERASED, OPEN


def refuse_month(session: Session, period: Period, now: datetime) -> None:
    """`settlement_not_month`, `already_settled` or `period_not_over`."""
    if not period.is_month:
        raise DomainError("settlement_not_month", period=str(period))
    refuse_period(session, period, now)


def refuse_period(session: Session, period: Period, now: datetime) -> None:
    """`already_settled` or `period_not_over`."""
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    if now < period.bounds(zone(session))[1]:
        raise DomainError("period_not_over", period=str(period))


def round_state(session: Session, period: Period, *, holds: bool = False) -> str | None:
    """Where the month's round stands; None without one. With `holds` it stays so until the transaction ends: a count
    that is being written is waited for, one that comes later waits.
    """
    statement = select(ReviewRound.state).where(ReviewRound.period == str(period))
    return session.scalar(statement.with_for_update() if holds else statement)


def is_counted(state: str | None) -> bool:
    """Whether the round has results."""
    return state in {COUNTED, ERASED}


def refuse_round(state: str | None, period: Period) -> None:
    """No score while marks may still be given, or are given and not counted (rule 21)."""
    if state == OPEN:
        raise DomainError("round_open", period=str(period))
    if state == CLOSED:
        raise DomainError("round_not_counted", period=str(period))
