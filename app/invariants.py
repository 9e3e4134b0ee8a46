"""What must hold in every installation, checked on the stored rows: `tongping doctor` names whatever does not.

Each domain knows its own invariants; here they are asked in turn, together with those of the database itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from bulletins.invariants import check_bulletins
from evaluation.invariants import check_evaluation
from locales.errors import Finding, explain
from outbox.invariants import check_outbox
from reviews.invariants import check_reviews
from reviews.panel_invariants import check_panels
from storage.database import Database
from surveys.audiences.invariants import check_audiences
from surveys.fielding.invariants import check_fielding
from surveys.honesty.invariants import check_honesty
from surveys.invariants import check_surveys

DOMAINS: tuple[Callable[[Session], list[Finding]], ...] = (
    check_surveys,
    check_fielding,
    check_audiences,
    check_honesty,
    check_reviews,
    check_panels,
    check_evaluation,
    check_bulletins,
    check_outbox,
)
_FILE = "database"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Which engine carries the data, and what does not hold."""

    engine: str
    broken: tuple[Finding, ...]


def diagnose(database: Database) -> Diagnosis:
    """Check everything, in one reading."""
    broken: list[Finding] = []
    engine = "?"
    try:
        with database.transaction() as session:
            engine = _engine(session, database)
            broken += _database_faults(session, database)
            for check in DOMAINS:
                broken += check(session)
    except DatabaseError as error:  # a broken page: what was found so far, and this
        broken.append(Finding(_FILE, "database", "database_damaged", {"reason": type(error.orig).__name__}))
    return Diagnosis(engine, tuple(broken))


def diagnosis_lines(diagnosis: Diagnosis, language: str) -> list[str]:
    return [f"{finding.key}: {explain(language, finding)}" for finding in diagnosis.broken]


def _engine(session: Session, database: Database) -> str:
    if database.is_sqlite:
        version, journal = session.scalar(sql("select sqlite_version()")), session.scalar(sql("pragma journal_mode"))
        return f"SQLite {version}, journal {journal}"
    return f"PostgreSQL {session.scalar(sql('show server_version'))}"


def _database_faults(session: Session, database: Database) -> Iterator[Finding]:
    if not database.is_sqlite:
        return
    integrity = session.scalar(sql("pragma integrity_check"))
    if integrity != "ok":
        yield Finding(_FILE, "database", "database_damaged", {"reason": integrity})
    for row in session.execute(sql("pragma foreign_key_check")).all():
        yield Finding(_FILE, str(row[0]), "foreign_key_broken", {"row": row[1]})
