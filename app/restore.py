"""`tongping restore FILE`: a backup becomes the database of this installation, and nothing goes out of it by itself.

The copy is unpacked, checked, brought to the present tables and stopped (`scheduler.restoring`) beside the database; it
takes the database's place in one step at the very end. Killed at any moment there is the database of before, or the
restored one with everything held. A database that holds a consortium is replaced only on demand, and kept.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.answer import Answer
from app.backup import POSTGRESQL, SQLITE, settle_journal
from app.backup_file import Header, private_part, read_header, sync_folder, unpack
from app.postgres_copies import load
from app.serving_lock import refuse_while_served
from app.settings import Settings, read_settings, sqlite_file, terminal_language
from consortium.models import Installation
from locales.errors import DomainError
from locales.texts import text
from scheduler.restoring import Held, hold_everything
from storage.database import Database
from storage.upgrade import changing_tables, configuration

ACTOR = "command_line"
_SHOWN_RUNS = 20
_BESIDE = ("-journal", "-wal", "-shm")


def restore(source: Path, *, replace: bool = False) -> Answer:
    """Put the backup in place. Errors: those of the file (`backup_foreign`, `backup_truncated`, `backup_altered`,
    `backup_newer`, `backup_other_engine`), `restore_not_empty`, `server_is_running`, `backup_damaged`.
    """
    settings, language = read_settings(), terminal_language()
    header, file, now = read_header(source), sqlite_file(settings.database_url), settings.clock.now()
    _refuse_header(header, SQLITE if file is not None else POSTGRESQL)
    if file is not None:
        held, kept = _restore_file(source, header, file, replace=replace, now=now)
    else:
        held, kept = _restore_server(source, header, settings, replace=replace, now=now), None
    lines = [text(language, "running.restore.done", made=header.made_at)]
    lines += [text(language, "running.restore.kept", file=kept)] if kept is not None else []
    lines += [text(language, "running.restore.held", count=held.deliveries)]
    lines += _run_lines(held, language)
    lines += [text(language, "running.restore.next")]
    document = {
        "made_at": header.made_at,
        "kept": str(kept) if kept is not None else None,
        "held": held.deliveries,
        "skipped": [{"job": job, "due_at": due.isoformat(), "period": period} for job, due, period in held.runs],
        "sessions_ended": held.sessions,
    }
    has_key = file is None or settings.secret_key is not None or file.with_suffix(".key").exists()
    return Answer(document, lines, warnings=[] if has_key else [text(language, "running.restore.no_key")])


def _run_lines(held: Held, language: str) -> list[str]:
    shown = [
        text(language, "running.restore.run", job=text(language, f"scheduler.job.{job}"), period=period, due=due)
        for job, due, period in ((job, f"{due:%Y-%m-%d %H:%M} UTC", period) for job, due, period in held.runs)
    ]
    return [text(language, "running.restore.skipped", count=len(held.runs)), *shown[-_SHOWN_RUNS:]] if shown else []


def _refuse_header(header: Header, engine: str) -> None:
    known = {each.revision for each in ScriptDirectory(str(_migrations())).walk_revisions()}
    if header.revision not in known:
        raise DomainError("backup_newer", program=header.program)
    if header.engine != engine:
        raise DomainError("backup_other_engine", engine=header.engine)


def _migrations() -> Path:
    import storage  # noqa: PLC0415 - only its folder is wanted

    return Path(str(storage.__file__)).parent / "migrations"


def _restore_file(
    source: Path, header: Header, file: Path, *, replace: bool, now: datetime
) -> tuple[Held, Path | None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with refuse_while_served(file):
        has_one = file.exists() and _holds_a_consortium(file)
        if has_one and not replace:
            raise DomainError("restore_not_empty")
        with private_part(file, "restoring") as (part, opened):
            unpack(source, header, opened)
            with contextlib.closing(Database(f"sqlite:///{part.absolute()}")) as database:
                held = _bring_to_rest(database, header, now)
            settle_journal(part)
            kept = _keep(file, now, is_wanted=has_one)
            part.replace(file)
            sync_folder(file.parent)
    return held, kept


def _restore_server(source: Path, header: Header, settings: Settings, *, replace: bool, now: datetime) -> Held:
    with contextlib.closing(Database(settings.database_url)) as database:
        if replace or inspect(database.engine).get_table_names():
            raise DomainError("restore_needs_new_database")
        with private_part(Path(source), "unpacked") as (archive, opened), private_part(source, "list") as (listing, _):
            unpack(source, header, opened)
            load(database, archive, listing)
        return _bring_to_rest(database, header, now)


def _bring_to_rest(database: Database, header: Header, now: datetime) -> Held:
    """Newest tables, and nothing that goes on by itself: together, in one transaction."""
    try:
        with changing_tables(database) as connection:
            if not database.is_sqlite:
                connection.execute(sql("insert into alembic_version values (:revision)"), {"revision": header.revision})
            elif (damage := connection.execute(sql("pragma integrity_check")).scalar_one()) != "ok":
                raise DomainError("backup_damaged", reason=str(damage)[:80])
            command.upgrade(configuration(connection), "head")
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                held = hold_everything(session, made_at=header.made_at, actor=ACTOR, now=now)
                session.commit()
    except DatabaseError as error:
        raise DomainError("backup_damaged", reason=type(error.orig).__name__) from error
    return held


def _holds_a_consortium(file: Path) -> bool:
    """Whether something has been applied there; a file that is no database is never thrown away either."""
    if file.stat().st_size == 0:
        return False
    with contextlib.closing(Database(f"sqlite:///{file.absolute()}")) as database:
        try:
            with database.transaction() as session:
                return "installation" in inspect(session.connection()).get_table_names() and (
                    session.get(Installation, 1) is not None
                )
        except DatabaseError:
            return True


def _keep(file: Path, now: datetime, *, is_wanted: bool) -> Path | None:
    """The database of before under another name, with what lies beside it: a journal left there would spoil the new."""
    kept = file.with_name(f"{file.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    if kept.exists():
        raise DomainError("file_exists", file=str(kept))
    for ending in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{file}{ending}").rename(f"{kept}{ending}")
    if not is_wanted:
        file.unlink(missing_ok=True)
        return None
    file.rename(kept)
    return kept
