"""Many rows with few statements: lists of visits are long, and everybody waits while one is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

T = TypeVar("T")
CHUNK = 500


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts that fit one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def insert_new_rows(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, conflict: list[str], key: str
) -> set[Any]:
    """Insert those rows whose `conflict` columns no other row has; the `key` of each that was made."""
    if not rows:
        return set()
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=conflict).returning(table.c[key])
    return set(session.execute(statement, list(rows)).scalars())
