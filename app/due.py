"""`tongping due`: the day on which something is due, by the official calendar. Needs no installation; where there is
one, its imported table counts.
"""

from __future__ import annotations

from app.answer import Answer
from app.installation import opened
from app.settings import read_settings, terminal_language
from consortium.workday_calendar import Calendar, built_in, due_date, written_date
from consortium.workdays import calendar_of
from locales.errors import DomainError
from locales.texts import text


def due(date: str, workdays: int) -> Answer:
    """The `workdays`-th working day after `date` (2026-10-09). Errors: `date_invalid`, those of `due_date`."""
    received = written_date(date)
    found = due_date(received, workdays, _calendar())
    key = "workdays.cli.provisional" if found.is_provisional else "workdays.cli.due"
    known = found.known_until.isoformat()
    document = {"date": found.date.isoformat(), "provisional": found.is_provisional, "known_until": known}
    return Answer(document, [text(terminal_language(), key, date=found.date.isoformat(), known_until=known)])


def _calendar() -> Calendar:
    """The installation's, or the one that comes with the program where nothing was applied yet."""
    try:
        with opened(read_settings()) as database, database.transaction() as session:
            return calendar_of(session)
    except DomainError as error:
        if error.code != "not_applied":
            raise
        return built_in()
