"""Which months are open: anything of them is on record, so how they are scored no longer changes (rule 27).

Knows where a month leaves traces: readings, a blind round, a panel and its evidence, answers, invitations, results of
third parties, a settlement. Refuses to know schemes.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from consortium.models import Installation
from consortium.periods import Period
from evaluation.models import LateReading, Reading, Settlement
from reviews.models import ReviewRound
from reviews.panel_models import EvidenceFile, Panel
from surveys.audiences.models import ThirdPartyResult
from surveys.models import Invitation, Tally
from surveys.sittings import TEST

DEFAULT_ZONE = "Asia/Shanghai"
_DECEMBER = 12
_TRACES: tuple[InstrumentedAttribute[str], ...] = (
    Reading.period,
    LateReading.counted_in,
    ReviewRound.period,
    Panel.period,
    EvidenceFile.period,
    Tally.period,
    ThirdPartyResult.period,
    Settlement.period,
)


def latest_open_month(session: Session, year: int) -> Period | None:
    """The last month of the year of which anything is on record; None where the whole year is still free."""
    return max(_traces(session, year), default=None)


def time_zone(session: Session) -> ZoneInfo:
    """By which months begin and end; the usual one before anything was applied."""
    found = session.get(Installation, 1)
    return ZoneInfo(DEFAULT_ZONE if found is None else found.time_zone)


def _traces(session: Session, year: int) -> Iterator[Period]:
    first, last = Period(year, month=1), Period(year, month=_DECEMBER)
    for column in _TRACES:  # written as text, months of a year lie between these two, its quarters and itself do not
        if (found := session.scalar(select(func.max(column)).where(column.between(str(first), str(last))))) is not None:
            yield Period.parse(found)
    zone = time_zone(session)
    invited = session.scalar(
        select(func.max(Invitation.created_at)).where(
            Invitation.stream != TEST,
            Invitation.created_at >= first.start(zone),
            Invitation.created_at < last.next().start(zone),
        )
    )
    if invited is not None:
        yield Period.month_of(invited, zone)
