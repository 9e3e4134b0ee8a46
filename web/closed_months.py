"""Which months may be looked at: before its settlement nobody sees a figure of a month.

A month of a year without a scheme is never settled; it is closed once it is over.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.schemes import scheme_for
from evaluation.scorecards import settlements
from locales.errors import DomainError
from surveys.results import months_with_answers


def closed_months(session: Session, now: datetime) -> list[Period]:
    """The closed months with answers, in time."""
    settled = {each.period for each in settlements(session)}
    this_month = Period.month_of(now, zone(session))
    return [
        month
        for month in months_with_answers(session)
        if str(month) in settled or (month < this_month and not _has_scheme(session, month.year))
    ]


def _has_scheme(session: Session, year: int) -> bool:
    try:
        scheme_for(session, year)
    except DomainError:
        return False
    return True
