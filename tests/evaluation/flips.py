"""Changing one stored value of one row behind the product's back, as somebody with the database file could."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Column, Table, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evaluation.models import (
    LateReading,
    Reading,
    ReadingStratum,
    SchemeVersion,
    Scorecard,
    ScoreLine,
    Settlement,
    SupersededSettlement,
)
from storage.base import Exact, Json, UtcDateTime

MODELS = (
    Settlement, SupersededSettlement, Scorecard, ScoreLine, SchemeVersion, Reading, LateReading, ReadingStratum,
)  # fmt: skip


def unguarded(session: Session) -> None:
    """Keys and checks hold nobody back who has the file; PostgreSQL still has its own word."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("pragma ignore_check_constraints = on"))
        session.execute(text("pragma defer_foreign_keys = on"))


@contextmanager
def flipped(session: Session, chance: random.Random) -> Iterator[str]:
    """One value changed, for as long as this lasts; says which. What the database itself refuses is drawn again."""
    while True:
        table = chance.choice(MODELS).__table__
        assert isinstance(table, Table)
        columns = list(table.columns)
        names = ", ".join(f'"{column.key}"' for column in columns)
        rows = session.execute(text(f'select {names} from "{table.name}" order by {_order(table)}')).mappings().all()
        row, column = chance.choice(rows), chance.choice(columns)
        value = _other(chance, column, row[column.key])
        nested = session.begin_nested()
        try:
            _write(session, table, row, column, value)
        except DBAPIError:
            nested.rollback()
            continue
        yield f"{table.name} {[row[key.key] for key in table.primary_key]} {column.key}: {row[column.key]} → {value}"
        nested.rollback()
        return


def _order(table: Table) -> str:
    return ", ".join(f'"{column.key}"' for column in table.primary_key)


def _write(session: Session, table: Table, row: Any, column: Column[Any], value: object) -> None:
    where = " and ".join(f'"{key.key}" = :key_{key.key}' for key in table.primary_key)
    statement = text(f'update "{table.name}" set "{column.key}" = :value where {where}').bindparams(bindparam("value"))
    values = {"value": value} | {f"key_{key.key}": row[key.key] for key in table.primary_key}
    changed = session.execute(statement, values)
    assert changed.rowcount == 1  # type: ignore[attr-defined]


def _other(chance: random.Random, column: Column[Any], value: Any) -> Any:
    """Another value of the same kind; now and then none, or one where there was none."""
    if value is not None and column.nullable and chance.random() < 0.15:
        return None
    kind = column.type
    if isinstance(kind, Exact):
        return str(Fraction(value or 0) + chance.choice([1, -1, Fraction(1, 100), Fraction(1, 1000)]))
    if isinstance(kind, UtcDateTime):
        return _later(value, chance)
    if isinstance(value, bool) or kind.python_type is bool:
        return not value
    if kind.python_type is int:
        return (value or 0) + chance.choice([1, 2, 17])
    return _nudged(value, chance) if value else '{"a":1}' if isinstance(kind, Json) else "x"


def _later(value: Any, chance: random.Random) -> Any:
    """Another moment, written as the database writes it."""
    seconds = timedelta(seconds=chance.choice([1, 60, 86400]))
    if isinstance(value, str):
        moment = datetime.fromisoformat(value) + seconds
        return moment.isoformat(sep=" ", timespec="microseconds")
    return "2026-10-01 00:00:00.000000" if value is None else value + seconds


def _nudged(written: str, chance: random.Random) -> str:
    """One letter or digit another."""
    places = [place for place, sign in enumerate(written) if sign.isalnum()] or [0]
    place = chance.choice(places)
    other = chance.choice([sign for sign in "123456789abcxyz" if sign != written[place]])
    return written[:place] + other + written[place + 1 :]
