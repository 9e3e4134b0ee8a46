"""Forgetting a table of SQLite so that its bytes are gone from the files, and looking whether they are.

Three steps, each of which can be killed and repeated: `drop_table` takes the table away while nobody else is at the
file and leaves neither a log of changes nor a rollback journal with it; `rebuild` writes the whole file anew from what
lives, for when something was left behind; `find_traces` reads every file of the database in a process of its own.
Refuses to know what the table held. What lies below files (blocks that a file system has given up, the cells of an SSD,
snapshots, copies elsewhere) no program can reach.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from locales.errors import DomainError
from storage.database import Database

FRAGMENT = 16  # bytes; as in `storage.traces`, which only its own process loads: it needs numpy
_EVERY = 64  # characters from one fragment to the next
_ROOT = Path(__file__).parent.parent
_ENVIRONMENT = {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
_PATIENCE = 600.0  # seconds: a gigabyte takes a few
_OWN = ("", "-journal", "-wal", "-shm")
_ZEROS = bytes(1024 * 1024)


@dataclass(frozen=True, slots=True)
class Traces:
    """What was found in which file: `files` of the database that were looked through, `left` those of them that hold
    traces, `copies` the files beside it, named after it, that hold some.
    """

    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


def fragments_of(texts: Iterable[str], *, behind: int = 0) -> bytes:
    """Pieces from every part of each ASCII text, one behind the other; `behind` characters at the start, which they all
    share, are left out. What remains of a text for eighty characters in a row contains one.
    """
    pieces = bytearray()
    for text in texts:
        content = text.encode("ascii")
        last = len(content) - FRAGMENT
        for start in [*range(behind, last + 1, _EVERY), last]:
            if start >= behind:
                pieces += content[start : start + FRAGMENT]
    return bytes(pieces)


def drop_table(database: Database, name: str) -> None:
    """Take the table away, if it is there, and with it the log and the journal that hold its pages.

    `erasure_blocked` if another program does not let go of the file for ten seconds. SQLite only.
    """
    _change(database, f'drop table if exists "{name}"')


def rebuild(database: Database) -> None:
    """Write the file anew from what lives, so that nothing else is in it. `erasure_blocked` as above. SQLite only."""
    _change(database, "vacuum")


def find_traces(database: Database, *, fragments: bytes, mark: str, living: Iterable[str]) -> Traces:
    """Look for the fragments, and for texts that begin with `mark` and are not among the living, in every file.

    `living` are the first characters behind the mark of each text that may be there, 64 of them. Nobody should write
    meanwhile: call it in a transaction. `erasure_unchecked` if the files could not be read to their end. SQLite only;
    a database in memory has no files.
    """
    file = _file(database)
    if file is None:
        return Traces()
    own = [str(file) + ending for ending in _OWN]
    copies = [str(path) for path in sorted(file.parent.glob(f"{_literal(file.name)}*")) if path.is_file()]
    paths = [*own, *(path for path in copies if path not in own)]
    found = _searched({"paths": paths, "mark": mark, "living": list(living)}, fragments)
    return Traces(
        files=tuple(Path(path).name for path in own if found[path] is not None),
        left=tuple(Path(path).name for path in own if found[path]),
        copies=tuple(Path(path).name for path in paths if found[path] and path not in own),
    )


def _searched(asked: dict[str, Any], fragments: bytes) -> dict[str, int | None]:
    """The answer of the program that looks, which closes files that SQLite may have open in this process."""
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "storage.traces"],
            env=_ENVIRONMENT,
            cwd=_ROOT,
            input=json.dumps(asked).encode() + b"\n" + fragments,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise DomainError("erasure_unchecked") from None  # the cause would carry what was looked for
    answer: dict[str, int | None] = json.loads(ended.stdout)
    return answer


def _change(database: Database, statement: str) -> None:
    """One statement that lets go of pages, and afterwards nothing of them in the files beside the database.

    With a rollback journal the pages stand in the journal until the end: it is kept, overwritten while nobody else can
    use it, and only then deleted. With a write-ahead log they stand in the log until it is brought in and cut to
    nothing, for which no reader may be in it.
    """
    with blocked_is_told(), database.alone(), _connection(database) as connection:
        if _one(connection, "pragma journal_mode") == "wal":
            connection.execute(statement)
            is_busy = _one(connection, "pragma wal_checkpoint(truncate)")
            if is_busy:
                raise DomainError("erasure_blocked")
            return
        _one(connection, "pragma journal_mode=persist")
        connection.execute("begin exclusive")  # waited for with no lock in hand, so that nobody waits for us
        _one(connection, "pragma locking_mode=exclusive")
        connection.execute("commit")  # the lock stays
        connection.execute(statement)
        _overwrite_journal(database)
        _one(connection, "pragma locking_mode=normal")
        _one(connection, "select count(*) from sqlite_master")  # only now the lock goes
        _one(connection, "pragma journal_mode=delete")


@contextlib.contextmanager
def blocked_is_told() -> Iterator[None]:
    """A file that another program does not let go of is a refusal, `erasure_blocked`, and no fault."""
    try:
        yield
    except (sqlite3.OperationalError, OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise DomainError("erasure_blocked") from error


@contextlib.contextmanager
def _connection(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection that goes back to no pool, for what it is told here must not outlive its task."""
    pooled = database.engine.raw_connection()
    plain: Any = pooled.driver_connection
    is_alone = _one(plain, "pragma database_list", column=2) != ""
    if is_alone:  # the connection to a database in memory is the database
        pooled.detach()
        _one(plain, "pragma temp_store=memory")  # no copy of a page in a temporary file
    try:
        yield plain
    finally:
        pooled.close()


def _overwrite_journal(database: Database) -> None:
    """Zeros all over the rollback journal, on the disk. The caller holds the file for itself."""
    file = _file(database)
    if file is None:
        return
    with contextlib.suppress(FileNotFoundError), Path(f"{file}-journal").open("r+b", buffering=0) as journal:
        left = os.fstat(journal.fileno()).st_size
        while left > 0:
            left -= journal.write(_ZEROS[:left])
        os.fsync(journal.fileno())


def _file(database: Database) -> Path | None:
    """Where the database lies; None for one in memory."""
    name = database.engine.url.database
    return Path(name).absolute() if name and name != ":memory:" else None


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _one(connection: sqlite3.Connection, statement: str, *, column: int = 0) -> Any:
    row = connection.execute(statement).fetchone()
    return row[column] if row is not None else None
