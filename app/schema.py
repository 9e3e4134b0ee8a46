"""All tables together: for Alembic's comparison, for tests, and for writing a new migration.

The only place that knows every domain's models. `python -m app.schema 0002 "what changes"` writes a migration by
comparing the tables with what the migrations so far make; read it before you commit it.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from storage.base import Base, Exact, Json, UtcDateTime
from storage.database import Database
from storage.upgrade import configuration, upgrade

MODELS = (
    "storage.audit", "outbox.models", "consortium.models", "consortium.office_models",
    "surveys.models", "surveys.fielding.models", "surveys.honesty.models", "surveys.audiences.models",
    "reviews.models", "reviews.panel_models",
    "evaluation.models", "evaluation.follow_up_models", "evaluation.office_models",
    "bulletins.models", "bulletins.honour_models", "scheduler.models", "bot.models",
)  # fmt: skip
_PLAIN = {UtcDateTime: "sa.DateTime(timezone=True)", Exact: "sa.Text()", Json: "sa.Text()"}


def metadata() -> MetaData:
    """The tables of all domains."""
    for module in MODELS:
        importlib.import_module(module)
    return Base.metadata


def differences(connection: Connection) -> list[Any]:
    """What a migrated database lacks or has beyond the models; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata()))


def write_revision(number: str, message: str) -> None:
    """A new migration file, `0002_what_changes.py`, for what the models have and the migrations do not make yet."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        upgrade(database)
        with database.engine.begin() as connection:
            config = configuration(connection)
            config.attributes["metadata"] = metadata()
            config.attributes["render_item"] = _plain_type
            command.revision(config, message=message, autogenerate=True, rev_id=number)
        database.close()


def _plain_type(kind: str, thing: object, _context: AutogenContext) -> str | bool:
    """Migrations import no model and no type of ours: they say what the database sees."""
    return _PLAIN.get(type(thing), False) if kind == "type" else False


if __name__ == "__main__":
    write_revision(sys.argv[1], sys.argv[2])
