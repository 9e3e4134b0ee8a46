"""Copies of a PostgreSQL database by PostgreSQL's own programs, `pg_dump` and `pg_restore`.

Knows how they are called and which versions fit. Passwords go through the environment, never onto a command line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import text as sql
from sqlalchemy.engine import make_url

from locales.errors import DomainError
from storage.database import Database

_VERSION = re.compile(r"\(PostgreSQL\) ([0-9]+)")
_MARK = "TABLE DATA public alembic_version "
_PATIENCE = 6 * 3600.0


def dump(database: Database, target: Path) -> None:
    """Write an archive of everything in the database. Errors: `pg_tool_missing`, `pg_tool_older`, `pg_tool_failed`."""
    _refuse_older(database, "pg_dump")
    _call(database, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def load(database: Database, archive: Path, listing: Path) -> None:
    """Fill an empty database, in one transaction, with all but the row that says which tables these are.

    Without that row no server starts on it: the caller writes it once nothing can go out by itself any more.
    """
    _refuse_older(database, "pg_restore")
    contents = _call(None, "pg_restore", "--list", str(archive))
    listing.write_text("".join(line for line in contents.splitlines(keepends=True) if _MARK not in line))
    _call(
        database, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
        f"--use-list={listing}", str(archive),
    )  # fmt: skip


def _refuse_older(database: Database, tool: str) -> None:
    with database.engine.connect() as connection:
        server = int(str(connection.execute(sql("show server_version_num")).scalar_one())) // 10000
    found = _VERSION.search(_call(None, tool, "--version"))
    own = int(found[1]) if found else 0
    if own < server:
        raise DomainError("pg_tool_older", tool=tool, own=own, server=server)


def _call(database: Database | None, tool: str, *arguments: str) -> str:
    program = shutil.which(tool)
    if program is None:
        raise DomainError("pg_tool_missing", tool=tool)
    environment, address = dict(os.environ), list[str]()
    if database is not None:
        url = make_url(database.url)
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
        plain = url.set(drivername="postgresql")._replace(password=None).render_as_string(hide_password=False)
        address.append(f"--dbname={plain}")
    words = [program, *address, *arguments]
    try:
        ended = subprocess.run(  # noqa: S603 - a program of PostgreSQL, and no word of anybody else
            words,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DomainError("pg_tool_failed", tool=tool, reason=type(error).__name__) from None
    if ended.returncode != 0:
        reason = (ended.stderr.strip().splitlines() or ["?"])[0][:200]
        raise DomainError("pg_tool_failed", tool=tool, reason=reason)
    return ended.stdout
