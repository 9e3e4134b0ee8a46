"""Opening what a command works on: the database of this installation, migrated, with a configuration in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from app.settings import Settings
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
    try:
        database = Database(settings.database_url)
        if create:
            _make_folder(settings.database_url)
            upgrade(database)
        elif database.is_sqlite and not _file_exists(settings.database_url):
            raise DomainError("not_applied")
        elif not is_current(database):
            raise DomainError("database_outdated")
    except (OperationalError, ArgumentError, OSError) as error:
        raise DomainError("database_unreachable", reason=type(error).__name__) from error
    return database


def _make_folder(url: str) -> None:
    path = make_url(url).database
    if url.startswith("sqlite") and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _file_exists(url: str) -> bool:
    path = make_url(url).database
    return not path or path == ":memory:" or Path(path).exists()
