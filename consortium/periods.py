"""Periods of evaluation 考核周期: a month, a quarter or a year of the consortium's own calendar. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from locales.errors import DomainError

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(20[0-9]{2})-Q([1-4])")
_YEAR = re.compile(r"(20[0-9]{2})")
_DECEMBER = 12


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`2026-10`, `2026-Q4` or `2026`; at most one of `month` and `quarter` is set."""

    year: int
    month: int | None = None
    quarter: int | None = None

    @classmethod
    def parse(cls, written: str) -> Period:
        """Read a period; anything else raises `period_invalid`."""
        if found := _MONTH.fullmatch(written):
            return cls(int(found[1]), month=int(found[2]))
        if found := _QUARTER.fullmatch(written):
            return cls(int(found[1]), quarter=int(found[2]))
        if found := _YEAR.fullmatch(written):
            return cls(int(found[1]))
        raise DomainError("period_invalid", period=written[:20])

    @classmethod
    def month_of(cls, moment: datetime, zone: ZoneInfo) -> Period:
        """The month in which `moment` lies on the consortium's calendar."""
        local = moment.astimezone(zone)
        return cls(local.year, month=local.month)

    @property
    def is_month(self) -> bool:
        return self.month is not None

    def __str__(self) -> str:
        if self.month is not None:
            return f"{self.year}-{self.month:02d}"
        return f"{self.year}-Q{self.quarter}" if self.quarter is not None else str(self.year)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """First moment and the first moment after the end, in UTC."""
        return self.start(zone), self.next().start(zone)

    def start(self, zone: ZoneInfo) -> datetime:
        """The first moment, in UTC."""
        first = self.month or (3 * self.quarter - 2 if self.quarter is not None else 1)
        return datetime(self.year, first, 1, tzinfo=zone).astimezone(UTC)

    def next(self) -> Period:
        if self.month is not None:
            return Period(self.year + 1, month=1) if self.month == _DECEMBER else Period(self.year, self.month + 1)
        if self.quarter is not None:
            return Period(self.year + 1, quarter=1) if self.quarter == 4 else Period(self.year, None, self.quarter + 1)  # noqa: PLR2004 - four quarters
        return Period(self.year + 1)

    def previous(self) -> Period:
        if self.month is not None:
            return Period(self.year - 1, month=_DECEMBER) if self.month == 1 else Period(self.year, self.month - 1)
        if self.quarter is not None:
            return Period(self.year - 1, quarter=4) if self.quarter == 1 else Period(self.year, None, self.quarter - 1)
        return Period(self.year - 1)
