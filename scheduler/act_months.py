"""Which months wait for a step of the office: to be settled, to be drafted.

Knows settlements and editions. Refuses to know whether the step can be taken: that is `act_plans`' to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.models import Bulletin
from consortium.periods import Period
from consortium.units import installation, zone
from evaluation.models import Settlement


def months_to_settle(session: Session, now: datetime) -> list[Period]:
    """The months since the beginning that are over and not settled, the oldest first."""
    place = zone(session)
    running = Period.month_of(now, place)
    month = Period.month_of(installation(session).first_applied_at, place)
    settled = set(session.scalars(select(Settlement.period)))
    found = []
    while month < running:
        if str(month) not in settled:
            found.append(month)
        month = month.next()
    return found


def months_to_draft(session: Session) -> list[Period]:
    """The settled months that have no bulletin in whatever state, the newest first."""
    drafted = select(Bulletin.period)
    found = session.scalars(select(Settlement.period).where(Settlement.period.not_in(drafted)))
    return sorted((month for month in map(Period.parse, found) if month.is_month), reverse=True)
