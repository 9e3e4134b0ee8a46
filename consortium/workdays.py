"""The official calendar of this installation: what comes with the program, and the table imported on top of it.

Knows the stored table; how days are counted is `consortium.workday_calendar`, whose names are given here too. Refuses
to recompute what was promised by an older table: `scheduler.due_dates` does, and tells whom it concerns.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from consortium.models import Installation, WorkdayException
from consortium.units import installation, zone
from consortium.workday_calendar import (
    Calendar,
    Due,
    WorkdayTable,
    built_in,
    due_date,
    lacks_next_year,
    merged,
    read_workdays,
    workdays_left,
)
from storage.audit import record

__all__ = [
    "FILE", "Calendar", "Due", "WorkdayTable", "apply_workdays", "built_in", "calendar_of", "due_date",
    "lacks_next_year", "local_date", "merged", "read_workdays", "workdays_left",
]  # fmt: skip

FILE = "workdays.csv"
"""The imported table's name in the configuration directory."""


def calendar_of(session: Session) -> Calendar:
    """The calendar as it is known here; where nothing was applied or imported, the built-in one."""
    until = session.scalar(select(Installation.workdays_until))
    days = {
        row.day: row.is_workday for row in session.execute(select(WorkdayException.day, WorkdayException.is_workday))
    }
    return merged(built_in(), days, until)


def local_date(session: Session, moment: datetime) -> date:
    """The day of a moment on the consortium's own calendar: what is received on it, what is due."""
    return moment.astimezone(zone(session)).date()


def apply_workdays(session: Session, *, table: WorkdayTable | None, actor: str, now: datetime) -> bool:
    """Make the stored table equal to the imported one (None: there is none any more); whether that changed anything."""
    days = dict(table.days) if table is not None else {}
    until = table.until if table is not None else None
    standing = {
        row.day: row.is_workday for row in session.execute(select(WorkdayException.day, WorkdayException.is_workday))
    }
    if standing == days and installation(session).workdays_until == until:
        return False
    session.execute(delete(WorkdayException))
    if days:
        rows = [{"day": day, "is_workday": is_workday} for day, is_workday in sorted(days.items())]
        session.execute(insert(WorkdayException), rows)
    session.execute(update(Installation).values(workdays_until=until))
    session.expire_all()
    details = {"days": len(days), "until": until.isoformat() if until is not None else None}
    record(session, actor=actor, action="apply_workdays", subject="workdays", now=now, details=details)
    return True
