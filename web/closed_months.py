"""Which months may be looked at: before its settlement nobody sees a figure of a month.

A month of a year without a scheme is never settled; it is closed once it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.schemes import has_scheme_for
from evaluation.scorecards import settlements
from surveys.results import months_with_answers
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class Months:
    """`closed` are the months with answers that may be looked at, in time; `unfinished` those that are not closed yet,
    to the end of this year: what holds one of them has no figure.
    """

    closed: tuple[Period, ...]
    unfinished: frozenset[Period]


def months_to_look_at(session: Session, now: datetime) -> Months:
    """Every month with answers, closed or not, and those that are still to come this year."""
    answered = months_with_answers(session)
    settled = {each.period for each in settlements(session)}
    this_month = Period.month_of(now, zone(session))
    has_scheme = {month: has_scheme_for(session, month) for month in answered}
    closed = tuple(
        month for month in answered if str(month) in settled or (month < this_month and not has_scheme[month])
    )
    to_come = {month for month in months_of(Period(this_month.year)) if month >= this_month}
    return Months(closed, frozenset((to_come | set(answered)) - set(closed)))


def closed_months(session: Session, now: datetime) -> list[Period]:
    """The closed months with answers, in time."""
    return list(months_to_look_at(session, now).closed)


def is_closed(session: Session, month: Period, now: datetime) -> bool:
    """Whether a month may be looked at, whether it has answers or not."""
    if str(month) in {each.period for each in settlements(session)}:
        return True
    return month < Period.month_of(now, zone(session)) and not has_scheme_for(session, month)
