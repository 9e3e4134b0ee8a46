"""Missing feeds: figures that have not come by the day on which they were due (rule 77).

A figure that is missing is an alert for unit and office, never a zero: the scorecard says that it is incomplete. When
it comes after all, the alert counts as settled. Refuses to know which figures a unit owes: `missing_readings` does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import installation, zone
from consortium.workdays import local_date
from evaluation.alerts import FEED, raise_alert
from evaluation.follow_up_models import Alert
from evaluation.missing_readings import due_on, missing_readings
from evaluation.models import LateReading, Reading
from evaluation.reading_plans import scheme_if_any


def look_for_missing_feeds(session: Session, *, actor: str, now: datetime) -> list[Alert]:
    """From the day on which last month's figures are due: an alert for each that is not here; the new ones, by unit.

    A month that was over before the consortium was set up here, and of which nobody has handed in anything, is not
    looked at.
    """
    month = Period.month_of(now, zone(session)).previous()
    scheme = scheme_if_any(session, month)
    if scheme is None or local_date(session, now) < due_on(scheme, month) or not _is_begun(session, month):
        return []
    late = {
        tuple(row)
        for row in session.execute(
            select(LateReading.unit_code, LateReading.indicator).where(LateReading.period == str(month))
        )
    }
    raised = []
    for each in missing_readings(session, month):
        if (each.unit_code, each.indicator) in late:
            continue
        alert = raise_alert(
            session, kind=FEED, unit_code=each.unit_code, indicator=each.indicator, period=month,
            details={"due_on": each.due_on.isoformat()}, actor=actor, now=now,
        )  # fmt: skip
        raised += [alert] if alert is not None else []
    return raised


def _is_begun(session: Session, month: Period) -> bool:
    """Whether the month was still running when the consortium was set up, or has figures all the same."""
    if installation(session).first_applied_at < month.bounds(zone(session))[1]:
        return True
    return session.scalar(select(Reading.id).where(Reading.period == str(month)).limit(1)) is not None
