"""Who is a member in a period, and for how many of its days (rule 96). Both ends are inclusive: the day of joining and
the day of leaving count. PURE.

Knows calendar days. Refuses to know figures, and what a part of a period is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from consortium.periods import Period
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class Membership:
    """A unit's days as a member, of the days of a period."""

    days: int
    of_days: int

    @property
    def is_whole(self) -> bool:
        return self.days == self.of_days

    @property
    def share(self) -> Fraction:
        """Which part of the period."""
        return Fraction(self.days, self.of_days)


def membership(joined: date | None, left: date | None, period: Period) -> Membership:
    """The days of membership in a period of whoever joined and left then; None: before it all, or not at all."""
    first, last = days_of(period)
    begin, end = max(joined or first, first), min(left or last, last)
    return Membership(max((end - begin).days + 1, 0), (last - first).days + 1)


def together(parts: Iterable[Membership]) -> Membership:
    """Several periods as one."""
    whole = list(parts)
    return Membership(sum(part.days for part in whole), sum(part.of_days for part in whole))


def days_of(period: Period) -> tuple[date, date]:
    """The first and the last day of a period."""
    months = months_of(period)
    assert months[0].month is not None
    after = months[-1].next()
    assert after.month is not None
    return date(period.year, months[0].month, 1), date(after.year, after.month, 1) - timedelta(days=1)
