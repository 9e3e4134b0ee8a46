"""Bringing a database to the newest version of the tables, all migrations in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run what is missing. Killed in between, the database is as it was before."""
    with database.engine.begin() as connection:
        command.upgrade(configuration(connection), revision)


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
