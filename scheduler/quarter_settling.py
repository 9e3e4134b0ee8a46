"""The quarter is settled after its third month: by itself, where all its months are.

Knows when a quarter is whole. The fit of its peer figures takes a process and some seconds, so it is worked out before,
outside of any transaction, and remembered. A quarter that cannot be settled never holds its month back: people settle
it with `tongping settle`. Refuses to settle a year: that is the committee's moment.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.models import Settlement
from evaluation.scorecards import settle_period
from evaluation.span_months import months_with_scheme
from locales.errors import DomainError
from reviews.quarters import figure_quarter, read_quarter
from storage.database import Database

_MONTHS = 3

_log = structlog.get_logger(__name__)


def quarter_ending(month: Period) -> Period | None:
    """The quarter whose third month this is, or None."""
    if month.month is None or month.month % _MONTHS:
        return None
    return Period(month.year, quarter=month.month // _MONTHS)


def figure_peers(database: Database, quarter: Period | None) -> bool:
    """Work out a quarter's peer figures; whether there was anything to do. Nothing for another period, or none."""
    if quarter is None or quarter.quarter is None:
        return False
    with database.transaction() as session:
        rounds = read_quarter(session, quarter)
    if rounds is None:
        return False
    try:
        figure_quarter(rounds)
    except DomainError as error:  # the settlement meets it again, and says so
        _log.warning("quarter.peers_failed", quarter=str(quarter), code=error.code)
    return True


def settle_quarter(session: Session, *, month: Period, actor: str, now: datetime) -> bool | None:
    """Settle the quarter that the month ends, if it is whole and not settled; False where it ends none or some month is
    not settled, None where it could not be done.
    """
    quarter = quarter_ending(month)
    if quarter is None or session.get(Settlement, str(quarter)) is not None:
        return False
    try:
        months = months_with_scheme(session, quarter)
        if any(session.get(Settlement, str(each)) is None for each in months):
            return False
        with session.begin_nested():
            settle_period(session, period=quarter, actor=actor, now=now)
    except DomainError as error:
        _log.warning("quarter.not_settled", quarter=str(quarter), code=error.code)
        return None
    return True
