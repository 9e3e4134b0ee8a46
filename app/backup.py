"""`tongping backup FILE`: everything the database holds, in one file, while the server runs.

The copy is looked through before it counts as one: pages, references and what must hold in every installation. The
secret key that lies beside a SQLite file is not in it, and neither is the key that opens ballots.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from app.answer import FOUND, Answer, findings_document
from app.backup_file import private_part, write_backup
from app.installation import opened
from app.invariants import Diagnosis, diagnose, diagnosis_lines
from app.postgres_copies import dump
from app.settings import Settings, read_settings, sqlite_file, terminal_language
from locales.errors import DomainError
from locales.texts import text
from storage.database import Database
from storage.upgrade import is_current, newest

SQLITE, POSTGRESQL = "sqlite", "postgresql"
DAMAGED = "database_damaged"
_PATIENCE = 60.0  # seconds to wait for a writer to let go
_PAUSE = 0.02  # seconds between two tries
_STEP = 4096  # pages
STEPWISE_FOR = 20.0
"""Seconds in which the copy is tried without making anybody wait."""

_CHUNK = 4 * 1024 * 1024


def backup(target: Path) -> Answer:
    """Make the file. Errors: `file_exists`, `file_not_writable`, `backup_damaged`, and those of pg_dump.

    Exit 1 where the copy is whole, but something in the installation does not hold: each by name, as `doctor` says it.
    """
    settings, language = read_settings(), terminal_language()
    if target.exists():
        raise DomainError("file_exists", file=str(target))
    file, now = sqlite_file(settings.database_url), settings.clock.now()
    with private_part(target, "copy") as (copy, _):
        found = _copied_server(settings, copy) if file is None else _copied_file(file, copy)
        damage = next((finding for finding in found.broken if finding.code == DAMAGED), None)
        if damage is not None:
            raise DomainError("backup_damaged", reason=str(damage.details.get("reason", "")))
        header = write_backup(
            copy,
            target,
            program=version("tongping"),
            revision=str(newest()),
            engine=POSTGRESQL if file is None else SQLITE,
            made_at=now.isoformat(timespec="seconds"),
        )
    lines = [text(language, "running.backup.done", file=target, size=_megabytes(header.size), digest=header.sha256)]
    warnings = diagnosis_lines(found, language)
    warnings += [text(language, "running.backup.key_apart")] if settings.secret_key is None else []
    document = {"file": str(target)} | asdict(header) | {"broken": findings_document(found.broken, language)}
    return Answer(document, lines, FOUND if found.broken else 0, warnings=warnings)


def _copied_server(settings: Settings, copy: Path) -> Diagnosis:
    with opened(settings) as database:
        found = diagnose(database)
        dump(database, copy)
    return found


def _copied_file(file: Path, copy: Path) -> Diagnosis:
    """The live file is only read: to open it as commands do would wait for whoever writes."""
    if not file.exists():
        raise DomainError("not_applied")
    copy_sqlite(file, copy)
    try:
        with contextlib.closing(Database(f"sqlite:///{copy.absolute()}")) as copied:
            if not is_current(copied):
                raise DomainError("database_outdated")
            found = diagnose(copied)
        settle_journal(copy)
    except DatabaseError as error:
        raise DomainError("backup_damaged", reason=type(error).__name__) from error
    return found


def copy_sqlite(source: Path, copy: Path) -> None:
    """The state of one moment, however many write.

    In small steps first, between which commits go through; each of another process begins the copy anew. If that has
    not come to an end in time, in one step, during which commits wait. The pages are read once before, so that they
    are in memory then.
    """
    with source.open("rb", buffering=0) as file:
        while file.read(_CHUNK):
            pass
    address = f"{source.absolute().as_uri()}?mode=ro"
    deadline = time.monotonic() + STEPWISE_FOR

    def in_time(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise _TooBusyError

    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as live,
        contextlib.closing(sqlite3.connect(copy)) as made,
    ):
        made.execute("pragma journal_mode=off")  # whatever breaks off is thrown away
        made.execute("pragma synchronous=off")
        try:
            live.backup(made, pages=_STEP, progress=in_time, sleep=_PAUSE)
        except _TooBusyError:
            live.backup(made, pages=-1, sleep=_PAUSE)
    with copy.open("rb") as written:
        os.fsync(written.fileno())


class _TooBusyError(Exception):
    """Others write so often that small steps never come to an end."""


def settle_journal(file: Path) -> None:
    """Everything in the one file: no log and no journal beside it."""
    with contextlib.closing(sqlite3.connect(file)) as made:
        made.execute("pragma journal_mode=delete").fetchall()


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
