"""Who serves an installation: each part that must not run twice holds a lock for as long as it runs.

A SQLite file is served by one process, and a restore waits until nobody serves it. On PostgreSQL the way in and the way
out of Telegram exist once; pages and schedule may run as often as wanted. The system lets go of every lock when its
process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from locales.errors import DomainError
from storage.database import Database

ONLY_ONCE = ("bot", "delivery")
_TRY = text("select pg_try_advisory_lock(hashtextextended(:key, 0))")


@contextmanager
def serving(database: Database, file: Path | None, *, parts: Collection[str]) -> Iterator[None]:
    """Serve these parts; `already_served` where somebody else does."""
    if file is not None:
        with _locked(file, code="already_served"):
            yield
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for part in sorted(set(parts) & set(ONLY_ONCE)):
            if not connection.execute(_TRY, {"key": f"tongping.serve.{part}"}).scalar_one():
                raise DomainError("already_served")
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock_all()"))  # the connection goes back to its pool


@contextmanager
def refuse_while_served(file: Path) -> Iterator[None]:
    """Nobody begins to serve this SQLite file meanwhile; `server_is_running` where somebody does already."""
    with _locked(file, code="server_is_running"):
        yield


@contextmanager
def _locked(file: Path, *, code: str) -> Iterator[None]:
    """The lock lies beside the database, for the database's own locks come and go with each transaction."""
    descriptor = os.open(file.with_suffix(".serving"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DomainError(code) from None
        yield
    finally:
        os.close(descriptor)
