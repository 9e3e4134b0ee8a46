"""Quiet hours on the way out: which messages that are owed must wait at this moment.

A reminder is owed outside quiet hours, but may be late: the channel said "later", the program was down, a clock was
moved. So whoever delivers asks again, with each claim. Refuses to know how anything is sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consortium.units import zone
from locales.errors import DomainError
from surveys.fielding.applied import settings_of
from surveys.fielding.optouts import REMINDER_KEYS
from surveys.fielding.windows import is_quiet

ON_THE_WAY = timedelta(minutes=1)
"""What is taken up is with its patient within this time: so long before the quiet hours nothing is begun any more."""


def resting_keys(session: Session, *, now: datetime) -> str:
    """How the dedupe keys of what must wait now begin: reminders to patients in their quiet hours; else "".

    While the settings cannot be read, nobody is disturbed; everything else is delivered all the same.
    """
    try:
        quiet, place = settings_of(session).quiet, zone(session)
    except DomainError:
        return REMINDER_KEYS
    return REMINDER_KEYS if is_quiet(now, quiet, place) or is_quiet(now + ON_THE_WAY, quiet, place) else ""
