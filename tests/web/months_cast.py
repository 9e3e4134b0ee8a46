"""A unit's months for the pages of history: three months settled, told by the figures of October, each a bit better."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from consortium.periods import Period
from evaluation.schemes import apply_scheme
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, YI_READINGS, Season, example
from tests.web.cast import LONG_AGO, Town

MONTHS = tuple(Period(2026, month=month) for month in (8, 9, 10))
NEXT = {
    8: datetime(2026, 9, 2, tzinfo=UTC),
    9: datetime(2026, 10, 2, tzinfo=UTC),
    10: datetime(2026, 11, 2, tzinfo=UTC),
}
REFERRALS = {8: 60, 9: 72, 10: 81}  # of 600 at Jia: 10, 12 and 13.5 %


def has_three_months(town: Town, october: Sequence[str] = ()) -> Town:
    """August to October, settled one by one; in September nobody was taught, so nobody could say how well.

    `october`: more rows of readings of that month.
    """
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
        season = Season(session)
        for period in MONTHS:
            month = period.month or 0
            rows = [
                row.replace("2026-10", str(period)).replace("81,600", f"{REFERRALS[month]},600")
                for row in (*JIA_READINGS, *YI_READINGS, *BING_READINGS)
                if not (month == 9 and "teaching_satisfaction" in row)
            ]
            season.reads(*rows, *(october if month == MONTHS[-1].month else ()), now=NEXT[month])
            for unit, (fives, threes) in {"jia": (15, 10), "yi": (27, 3), "bing": (9, 16)}.items():
                season.answers(unit, fives=fives + month, threes=threes, period=period)
            season.round_is("erased", period, jia=(70 + month, 5), yi=(60, 12), bing=(None, 4))
            season.settles(period, now=NEXT[month])
    return town
