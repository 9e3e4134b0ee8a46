"""Fixtures of the pages' tests: a founded town on both databases, a quick one on SQLite, browsers that close themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from storage.database import Database
from tests.web.browser import Browser
from tests.web.cast import Town


@pytest.fixture
def town(database: Database) -> Town:
    """The consortium, on SQLite and on PostgreSQL in turn: for whatever reads or writes rows."""
    return Town(database).is_founded()


@pytest.fixture(scope="session")
def founded(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The consortium as a file, made once."""
    path = tmp_path_factory.mktemp("hamlet") / "hamlet.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    Town(database).is_founded()
    database.close()
    return path.read_bytes()


@pytest.fixture
def hamlet(founded: bytes, tmp_path: Path) -> Iterator[Town]:
    """The same on SQLite alone: for what does not depend on the database."""
    path = tmp_path / "hamlet.sqlite3"
    path.write_bytes(founded)
    database = Database(f"sqlite:///{path}")
    yield Town(database)
    database.close()


@pytest.fixture
def browse() -> Iterator[Callable[..., Browser]]:
    """Start a fresh browser on a site."""
    with ExitStack() as open_browsers:

        def start(site: FastAPI, **more: str) -> Browser:
            return open_browsers.enter_context(Browser(site, **more))

        yield start
