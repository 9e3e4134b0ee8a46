"""Opening an installation: made and migrated by `apply` and `serve`, refused in plain words by the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from app.installation import open_database, opened
from app.settings import Settings, read_settings
from locales.errors import DomainError
from storage.upgrade import is_current
from tests.app.command_line import CommandLine
from tests.app.small_group import OPENED, found, play_october


def settings_for(url: str) -> Settings:
    return read_settings({"TONGPING_DATABASE_URL": url})


def refused(url: str, *, create: bool = False) -> str:
    with pytest.raises(DomainError) as caught:
        open_database(settings_for(url), create=create)
    return caught.value.code


def test_database_is_made_with_its_folder_and_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/tongping.sqlite3"
    with opened(settings_for(url), create=True) as database:
        assert is_current(database)
    with opened(settings_for(url)) as database:
        assert is_current(database)


def test_nothing_applied_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    assert refused(f"sqlite:///{tmp_path}/tongping.sqlite3") == "not_applied"
    assert list(tmp_path.iterdir()) == []


def test_relative_address_means_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(settings_for("sqlite:///tongping.sqlite3"), create=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["tongping.sqlite3"]


def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.sqlite3"
    file.write_text("my notes\n" * 100, encoding="utf-8")
    for create in (False, True):
        assert refused(f"sqlite:///{file}", create=create) == "database_unreachable"
    assert file.read_text(encoding="utf-8") == "my notes\n" * 100


@pytest.mark.parametrize("create", [False, True])
def test_place_where_no_database_can_be_is_refused(tmp_path: Path, *, create: bool) -> None:
    (tmp_path / "folder.sqlite3").mkdir()
    assert refused(f"sqlite:///{tmp_path}/folder.sqlite3", create=create) == "database_unreachable"
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refused(f"sqlite:///{tmp_path}/file/tongping.sqlite3", create=create) in (
        "database_unreachable",
        "not_applied",
    )


def test_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("create table mine (a)")
    connection.close()
    assert refused(f"sqlite:///{file}") == "database_outdated"


def test_older_database_is_refused_until_it_is_upgraded(october: CommandLine) -> None:
    with sqlite3.connect(october.database) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
    connection.close()
    assert october.run("doctor", "--json").refusal == "database_outdated"


def test_server_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    url = "postgresql://tongping@127.0.0.1:1/tongping?connect_timeout=2"
    assert refused(url) == "database_unreachable"
    assert refused(url, create=True) == "database_unreachable"


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    """A database of its own on the tests' PostgreSQL, without any table."""
    admin = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("drop database if exists commands"))
        connection.execute(text("create database commands"))
    yield make_url(postgres).set(database="commands").render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text("drop database commands with (force)"))
    admin.dispose()


def test_whole_month_by_commands_on_postgresql(
    empty_postgres: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From nothing to the bulletin, the same commands and figures as on SQLite; only the secret must be given."""
    if request.config.getoption("--database") == "sqlite":
        pytest.skip("SQLite alone was asked for")
    shell = CommandLine(tmp_path, {"TONGPING_DATABASE_URL": empty_postgres, "TONGPING_SECRET_KEY": "k" * 32})
    assert shell.run("doctor", "--json").refusal == "database_outdated"
    folder = found(shell)
    shell.done("review", "open-round", "2026-10", "--cooperation", folder / "cooperation.csv", CLOCK=OPENED)
    play_october(shell)
    document = shell.done("explain", "jia", "2026-10", "--json").document
    assert (document["earned"], document["available"], document["raters"]) == (28.5, 35, "5-9")
    diagnosis = shell.done("doctor", "--json").document
    assert (diagnosis["engine"].partition(" ")[0], diagnosis["broken"]) == ("PostgreSQL", [])
    with opened(settings_for(empty_postgres)) as database:
        assert "alembic_version" in inspect(database.engine).get_table_names()
    assert list(tmp_path.glob("*.sqlite3")) == []
