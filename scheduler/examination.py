"""Examining 核查: a month's answers are looked through every night, and once more before its figures are taken.

Knows which months may still change and cuts the work into parts, one for each unit, so that nobody waits long behind
it. What is doubted, and why, is `surveys.honesty`'s to say. Whoever settles a month does these parts first, each in a
transaction of its own; done twice they find nothing new.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.indicators import readings_of
from evaluation.models import Settlement
from evaluation.schemes import LOCK
from evaluation.scorecards import refuse_settlement
from locales.errors import DomainError
from storage.database import serialize
from surveys.fielding.applied import settings_of
from surveys.honesty.gathering import Common, gather_common
from surveys.honesty.holds import examine_unit, has_answers

Part = Callable[[Session, datetime], None]
"""One piece of the work, at this moment, in a transaction of its own."""


def is_settled(session: Session, period: Period) -> bool:
    """Whether nothing of the month moves any more, as it stands until this transaction ends: no settlement comes in
    between.
    """
    serialize(session, LOCK)
    return session.get(Settlement, str(period)) is not None


def months_to_examine(session: Session, *, now: datetime) -> tuple[Period, ...]:
    """The month that runs and, while it is not settled, the one before it."""
    running = Period.month_of(now, zone(session))
    return tuple(month for month in (running.previous(), running) if session.get(Settlement, str(month)) is None)


def examination(session: Session, *, months: Iterable[Period]) -> Sequence[Part]:
    """What is to be done for these months: reads what their units share, and changes nothing yet."""
    parts: list[Part] = []
    for month in months:
        if has_answers(session, period=month):
            common, visits = gather_common(session, period=month), _counted_visits(session, month)
            parts += [
                partial(_examine_unit, common=common, unit_code=code, visits=visits.get(code)) for code in common.units
            ]
    return parts


def examination_before_settling(session: Session, *, period: Period, now: datetime) -> Sequence[Part]:
    """The same for the month that is about to be settled; nothing where it cannot be: settling itself says why."""
    try:
        refuse_settlement(session, period=period, now=now)
    except DomainError:
        return ()
    return examination(session, months=(period,))


def _examine_unit(session: Session, now: datetime, *, common: Common, unit_code: str, visits: int | None) -> None:
    if not is_settled(session, common.period):  # somebody may have settled it since
        examine_unit(session, common=common, unit_code=unit_code, is_settled=False, now=now, visits=visits)


def _counted_visits(session: Session, period: Period) -> dict[str, int]:
    """By unit, the visits that another source counted in the month, where `[surveys]` names their indicator."""
    indicator = settings_of(session).visits
    if not indicator:
        return {}
    counted = {unit: readings.get(indicator) for unit, readings in readings_of(session, period).items()}
    return {
        unit: math.floor(reading.value)
        for unit, reading in counted.items()
        if reading is not None and reading.value is not None
    }
