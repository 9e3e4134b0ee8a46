"""Changing a round that is open: its closing time moves to a later one (rules 2 and 21).

Knows when a closing time may move, and how often it has. Refuses to open what is closed, to move a closing time back,
and to know who is told of it and how many people have to want it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import DomainError
from reviews.models import ReviewRound
from reviews.rounds import OPEN, local_time, refused, round_of, subject
from storage.audit import AuditRow, record

LONGEST_EXTENSION = timedelta(days=31)
"""How far a closing time may move at once: what is meant for longer is another round."""

_ACTION = "extend_round"


def extend_round(session: Session, *, period: Period, closes_at: datetime, actor: str, now: datetime) -> ReviewRound:
    """Move the closing time of the open round to a later one. Errors: those of `refuse_extension`.

    The condition stands in the UPDATE: of two who move it at once, one is refused as `round_moved`.
    """
    standing = refuse_extension(session, period=period, closes_at=closes_at, now=now)
    moved = session.scalar(
        update(ReviewRound)
        .where(
            ReviewRound.period == str(period), ReviewRound.state == OPEN, ReviewRound.closes_at == standing.closes_at
        )
        .values(closes_at=closes_at)
        .returning(ReviewRound.period)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise DomainError("round_moved", period=str(period))
    assert standing.closes_at is not None
    details = {"from": standing.closes_at.isoformat(), "to": closes_at.isoformat()}
    record(session, actor=actor, action=_ACTION, subject=subject(str(period)), now=now, details=details)
    return session.get_one(ReviewRound, str(period), populate_existing=True)


def refuse_extension(session: Session, *, period: Period, closes_at: datetime, now: datetime) -> ReviewRound:
    """The round, if its closing time may move to `closes_at`; it may have passed, as long as the round is open.

    Errors: `round_unknown` or `round_is_…`, `round_without_end`, `closing_in_the_past`, `closing_not_later`,
    `closing_too_far`.
    """
    round_ = round_of(session, period)
    if round_ is None or round_.state != OPEN:
        raise refused(session, str(period))
    if round_.closes_at is None:
        raise DomainError("round_without_end", period=str(period))
    if closes_at <= now:
        raise DomainError("closing_in_the_past", closes_at=local_time(session, closes_at))
    if closes_at <= round_.closes_at:
        raise DomainError("closing_not_later", closes_at=local_time(session, round_.closes_at))
    if closes_at - max(round_.closes_at, now) > LONGEST_EXTENSION:
        raise DomainError("closing_too_far", days=LONGEST_EXTENSION.days)
    return round_


def extensions_of(session: Session, period: Period) -> int:
    """How often the closing time of the month's round has moved."""
    counted = select(func.count()).where(AuditRow.action == _ACTION, AuditRow.subject == subject(str(period)))
    return session.scalars(counted).one()
