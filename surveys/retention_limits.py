"""How long what is only kept for a time is kept: one line each, from which the nightly run and the page follow. PURE.

What stands here is removed by `retention`; docs/privacy.md says the same in words, which a test compares. What stands
nowhere here stays until somebody deletes it, and the page says that too. Refuses to know what time it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from consortium.periods import Period

DELETED: Final = "deleted"
"""The row is gone."""

BLANKED: Final = "blanked"
"""The row stays for the counts, without what could lead to a person."""


DAYS: Final = "days"
MONTHS: Final = "months"
"""Counted from month to month: everything of a month goes together, on the first day of the month, so that it never
lies longer than that and the day on which something vanishes does not tell the day on which it came.
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So long after what `since` names, the thing is `then` deleted or blanked."""

    length: int
    since: str
    then: str
    unit: str = DAYS

    def reached(self, now: datetime) -> datetime:
        """What happened at this moment or before has been kept long enough. For limits in days."""
        if self.unit != DAYS:
            msg = "a limit in months is reached by whole months"
            raise ValueError(msg)
        return now - timedelta(days=self.length)

    def reached_month(self, this: Period) -> Period:
        """What is of this month or an earlier one has been kept long enough, in the month `this`. In months."""
        if self.unit != MONTHS or this.month is None:
            msg = "a limit in days is reached by moments"
            raise ValueError(msg)
        months = 12 * this.year + this.month - 1 - self.length
        return Period(months // 12, months % 12 + 1)


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "own_words": Limit(12, "sending", BLANKED, MONTHS),  # every answer in own words, whatever the question
        "visits": Limit(90, "end of the window", BLANKED),  # of invitations: number, tickets, times, person
        "undrawn_visits": Limit(90, "end of the window", BLANKED),  # of a visit that a wave passed over
        "drafts": Limit(7, "end of the window", DELETED),  # never sent: answers, account and all
        "senders": Limit(60, "end of the month", DELETED),  # or once the month is settled
        "chats": Limit(90, "first word", DELETED),  # private ones of people who are nobody here
        "reminders": Limit(30, "delivery", DELETED),  # to patients, in the outbox
        "handled_updates": Limit(7, "handling", DELETED),
        "set_aside": Limit(90, "handling", DELETED),
        "sign_in_links": Limit(30, "expiry", DELETED),  # used or not
        "web_sessions": Limit(1, "expiry", DELETED),
        "poster_days": Limit(90, "the day", DELETED),
        "third_party_imports": Limit(1, "expiry", DELETED),  # put aside and never confirmed
        "evidence": Limit(24, "the month", DELETED, MONTHS),  # files that units put before the expert panel
    }
)
