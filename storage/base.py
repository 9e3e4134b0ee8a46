"""The base of all tables, and the column types whose values must not bend on the way: times, exact numbers, JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is refused: nobody knows which hour it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without a zone cannot be stored"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Exact(TypeDecorator[Fraction]):
    """A rational number without loss, as the text `a/b`: SQLite's numbers are floats, money must not be.

    Of any length: the denominators of several rates multiply.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | Decimal | int | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if isinstance(value, float):
            msg = "a float is not exact"
            raise TypeError(msg)
        return str(Fraction(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Fraction | None:
        return None if value is None else Fraction(value)


class Json(TypeDecorator[Any]):
    """A JSON value as canonical text: sorted keys, no float tricks, equal values are equal bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        return None if value is None else json.loads(value, parse_float=Decimal)


def canonical(value: Any) -> str:
    """The one way a value is written as JSON, for storing and for digests; Decimal and Fraction become strings."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_exact_text
    )


def _exact_text(value: object) -> str:
    if isinstance(value, Decimal | Fraction):
        return str(value)
    msg = f"{type(value).__name__} has no JSON form here"
    raise TypeError(msg)
