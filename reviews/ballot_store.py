"""The sealed ballots of one round: a table of their own, made when the round opens and dropped when it is erased.

A row is a random id and a sealed text, nothing else. On SQLite the table has no rowid, so that it lies in the order of
the ids; but a text takes a page of its own besides, and pages are given out in the order of arrival. Hence with every
cast some others are taken out and put back, all in an order drawn by lot from the operating system's randomness: the
file does not say which of them came last. On PostgreSQL what is written together is written in the order of the ids.
Knows where sealed texts lie. Refuses to know what is in them, and which step of a round it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Column, MetaData, String, Table, Text, delete, func, inspect, select
from sqlalchemy.orm import Session

PREFIX = "ballots_"
"""How the names of these tables begin; no other table's name does."""

STIRRED = 32
"""How many ballots that lie there change their places with every cast."""


def store_name(period: str, *, panel: bool = False) -> str:
    """The name of the table: `ballots_2026_10`, or `ballots_panel_2026_10` for the marks of experts."""
    return f"{PREFIX}{'panel_' if panel else ''}{period.replace('-', '_')}"


def make_store(session: Session, name: str) -> None:
    """An empty table for a round's ballots."""
    _table(name).create(session.connection())


def has_store(session: Session, name: str) -> bool:
    """Whether the table stands; it does from opening to erasing."""
    return inspect(session.connection()).has_table(name)


def stores(session: Session) -> list[str]:
    """The names of all such tables, sorted."""
    return sorted(name for name in inspect(session.connection()).get_table_names() if name.startswith(PREFIX))


def put_ballots(session: Session, name: str, sealed: Mapping[str, str]) -> None:
    """Store sealed texts by their random ids, and nothing of the order in which they came."""
    rows = [{"id": id_, "sealed": sealed[id_]} for id_ in sorted(sealed)]
    if not rows:
        return
    table = _table(name)
    if session.get_bind().dialect.name == "sqlite":
        rows += _taken_out(session, table)
        secrets.SystemRandom().shuffle(rows)
    session.execute(table.insert(), rows)


def stored_ballots(session: Session, name: str) -> list[str]:
    """All sealed texts, in the order of their ids; none where the table is gone."""
    if not has_store(session, name):
        return []
    table = _table(name)
    return list(session.scalars(select(table.c.sealed).order_by(table.c.id)))


def count_ballots(session: Session, name: str) -> int:
    """How many there are; none where the table is gone."""
    if not has_store(session, name):
        return 0
    return session.scalar(select(func.count()).select_from(_table(name))) or 0


def drop_store(session: Session, name: str) -> int:
    """Drop the table, if it stands; how many ballots went with it."""
    ballots = count_ballots(session, name)
    _table(name).drop(session.connection(), checkfirst=True)
    return ballots


def _taken_out(session: Session, table: Table) -> list[dict[str, str]]:
    """Some ballots that lay side by side, beginning anywhere; all of them if there are not more."""
    start = secrets.token_urlsafe(32)
    rows: list[dict[str, str]] = []
    for side in (table.c.id >= start, table.c.id < start):
        some = select(table).where(side).order_by(table.c.id).limit(STIRRED - len(rows))
        rows += [{"id": id_, "sealed": sealed} for id_, sealed in session.execute(some)]
    session.execute(delete(table).where(table.c.id.in_([row["id"] for row in rows])))
    return rows


@cache
def _table(name: str) -> Table:
    return Table(
        name,
        MetaData(),
        Column("id", String(43), primary_key=True),
        Column("sealed", Text, nullable=False),
        sqlite_with_rowid=False,
    )
