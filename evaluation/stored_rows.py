"""Rows as they lie in the tables, read with suspicion: a value that no program of ours could have written is named.

What is read elsewhere is trusted; here a number in another form, a moment that is none, or a document that is broken
becomes a finding and not a fault. Refuses to know what the values mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, Table
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from evaluation.freezing import Values
from locales.errors import Finding
from storage.base import Base, Exact, Json, UtcDateTime, canonical

FILE = "database"
_KEPT = 1 << 16  # different numbers and documents that are remembered; most come many times

_Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a table holds: its rows by column name, and what could not be read. An unreadable value is None there."""

    rows: list[Values]
    findings: list[Finding]


def stored_rows(session: Session, model: type[Base]) -> Stored:
    """All rows of a table, in the order of its key."""
    table = model.__table__
    assert isinstance(table, Table)
    columns = list(table.columns)
    places = [place for place, column in enumerate(columns) if column.primary_key]
    names = ", ".join(f'"{column.key}"' for column in columns)
    found = session.execute(sql(f'select {names} from "{table.name}"')).all()  # noqa: S608 - names of ours
    readers = [_reader(column) for column in columns]
    rows, findings = [], []
    for raw in sorted(found, key=lambda row: str([row[place] for place in places])):
        row, wrong = _read(raw, columns, readers)
        rows.append(row)
        key = "/".join(str(raw[place]) for place in places)
        findings += [_unreadable(f"{table.name} {key}", name) for name in wrong]
    return Stored(rows, findings)


def _read(raw: Sequence[Any], columns: Sequence[Column[Any]], readers: Sequence[_Reader]) -> tuple[Values, list[str]]:
    """One row, and the columns whose values are none that we write."""
    row: Values = {}
    wrong: list[str] = []
    for column, reader, value in zip(columns, readers, raw, strict=True):
        try:
            row[column.key] = None if value is None else reader(value)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            row[column.key] = None
            wrong.append(column.key)
        if value is None and not column.nullable:
            wrong.append(column.key)
    return row, wrong


def _unreadable(key: str, column: str) -> Finding:
    return Finding(FILE, key, "stored_value_unreadable", {"column": column})


def _reader(column: Column[Any]) -> _Reader:
    """How the value of a column is read back, and held against how it is written."""
    return next((reader for kind, reader in _READERS if isinstance(column.type, kind)), _text)


@lru_cache(maxsize=_KEPT)
def _exact(written: str) -> Fraction:
    number = Fraction(written)
    if str(number) != written:
        raise ValueError(written)
    return number


@lru_cache(maxsize=_KEPT)
def _document(written: str) -> Any:
    value = json.loads(written, parse_float=Decimal)
    if canonical(value) != written:
        raise ValueError(written)
    return value


def _moment(stored: str | datetime) -> datetime:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _day(stored: str | date) -> date:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def _truth(stored: bool | int) -> bool:  # noqa: FBT001 - SQLite keeps a truth as 0 or 1
    if stored not in {0, 1}:
        raise ValueError(stored)
    return bool(stored)


def _whole(stored: int) -> int:
    if not isinstance(stored, int) or isinstance(stored, bool):
        raise TypeError(stored)
    return stored


def _text(stored: str) -> str:
    if not isinstance(stored, str):
        raise TypeError(stored)
    return stored


_READERS: tuple[tuple[type, _Reader], ...] = (
    (Exact, _exact),
    (Json, _document),
    (UtcDateTime, _moment),
    (Date, _day),
    (Boolean, _truth),
    (Integer, _whole),
    (LargeBinary, bytes),
)
