"""Bringing a database to the newest version of the tables, all migrations in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run what is missing. Killed in between, the database is as it was before."""
    with changing_tables(database) as connection:
        command.upgrade(configuration(connection), revision)


@contextlib.contextmanager
def changing_tables(database: Database) -> Iterator[Connection]:
    """One transaction in which tables may be copied and replaced.

    On SQLite a table is changed by copying it, and others refer to it all the while: references are not enforced inside
    and are all checked before the end.
    """
    with database.engine.connect() as connection:
        plain: Any = connection.connection.driver_connection
        if database.is_sqlite:  # outside a transaction, or it would have no effect
            plain.execute("pragma foreign_keys=off")
        try:
            with connection.begin():
                yield connection
                if database.is_sqlite and connection.exec_driver_sql("pragma foreign_key_check").first() is not None:
                    msg = "a migration left rows that refer to nothing"
                    raise RuntimeError(msg)
        finally:
            if database.is_sqlite:
                plain.execute("pragma foreign_keys=on")


def is_current(database: Database) -> bool:
    """Whether the tables are those that this version of the program expects."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest()


def newest() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
