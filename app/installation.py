"""Opening what a command works on: the database of this installation, migrated, with a configuration in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, DatabaseError

from app.settings import Settings, sqlite_file
from locales.errors import DomainError
from storage.database import Database
from storage.upgrade import is_current, upgrade


@contextmanager
def opened(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The database, closed at the end. `create` makes and migrates it; otherwise it must be there and current."""
    database = open_database(settings, create=create)
    try:
        yield database
    finally:
        database.close()


def open_database(settings: Settings, *, create: bool = False) -> Database:
    """The database of the settings. Errors: `database_unreachable`, `not_applied`, `database_outdated`."""
    file = sqlite_file(settings.database_url)
    if file is not None and not create and not file.exists():
        raise DomainError("not_applied")
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url)
    except (ArgumentError, OSError) as error:
        raise DomainError("database_unreachable", reason=type(error).__name__) from error
    try:
        if create:
            upgrade(database)
        is_usable = create or is_current(database)
    except (DatabaseError, OSError) as error:
        database.close()
        raise DomainError("database_unreachable", reason=type(error).__name__) from error
    if not is_usable:
        database.close()
        raise DomainError("database_outdated")
    return database
