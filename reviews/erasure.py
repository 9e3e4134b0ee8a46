"""Erasing the ballots of a counted round, or panel, so that nobody can bring them back (rule 21).

On SQLite a round is "erased" only when every file of the database was read and none holds a trace of a ballot. On
PostgreSQL the table is dropped, and what the server keeps below it nobody here can see: there the promise is the
destroyed key. Killed at any point it can be run again: what is done stays done, and a round whose table is gone but
which is not "erased" has its file written anew and looked through for anything that was ever sealed.
Knows sealed texts and never opens one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Text, column, func, select, table, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import DomainError, Finding
from reviews.ballot_store import drop_store, has_store, store_name, stores
from reviews.models import Assignment, PeerResidue, ReviewRound
from reviews.panel_models import Panel, PanelTask
from reviews.panel_rounds import panel_subject
from reviews.rounds import COUNTED, ERASED, advance, refused, subject
from reviews.sealing import HEADER
from storage.audit import AuditRow, record
from storage.database import Database
from storage.erasing import Traces, blocked_is_told, drop_table, find_traces, fragments_of, rebuild

Round = ReviewRound | Panel

_MARK = base64.urlsafe_b64encode(json.dumps(HEADER, separators=(",", ":")).encode()).rstrip(b"=").decode() + "."
_BEHIND_MARK = 64  # characters that tell one sealed text from another
_AT_ONCE = 1000
_SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: how many ballots, which files were found clean (none on PostgreSQL), and which copies beside
    the database still hold sealed ballots and are for somebody to delete. Of a round that was erased before: nothing.
    """

    ballots: int = 0
    files: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


def erase_round(
    database: Database, *, period: Period, actor: str, now: datetime, of: type[Round] = ReviewRound
) -> Erased:
    """Drop the ballots of a counted round and the key of their tokens, see that they are gone, and only then say so.

    Takes the file for itself: never within a transaction. Nothing is left to do for an erased round. Errors:
    `round_unknown`, `round_is_open`, `round_is_closed` (`panel_…`), `erasure_blocked` (another program holds the
    file), `erasure_incomplete` (traces in these files: run it again), `erasure_unchecked`; the round stays "counted".
    """
    if not database.is_sqlite:
        with database.transaction() as session:
            return Erased(erase_ballots(session, period=period, actor=actor, now=now, of=of))
    name = _store(period, of)
    with blocked_is_told(), database.alone():
        with database.transaction() as session:
            if not _is_erasable(session, period, of):
                return Erased()
            is_there = has_store(session, name)
            fragments = _forget_token_key(session, period, of) + (_fragments(session, name) if is_there else b"")
        if is_there:
            drop_table(database, name)
        else:  # somebody was interrupted, and what to look for is gone
            rebuild(database)
        with database.transaction() as session:
            found = _traces(database, session, fragments)
            if found.left:
                raise DomainError("erasure_incomplete", files=", ".join(found.left))
            ballots = erase_ballots(session, period=period, actor=actor, now=now, of=of)
    return Erased(ballots, found.files, found.copies)


def erase_ballots(session: Session, *, period: Period, actor: str, now: datetime, of: type[Round] = ReviewRound) -> int:
    """Drop the ballots and note that they are erased, in the caller's transaction; how many there were by the record.

    What stays of them in files and logs is not looked at: that is `erase_round`. Errors as there.
    """
    if not _is_erasable(session, period, of):
        return 0
    drop_store(session, _store(period, of))
    advance(session, period=str(period), to=ERASED, values={"erased_at": now, "token_key": None}, of=of)
    ballots = _casts(session, period, of)
    action, name = ("erase_panel", panel_subject(str(period))) if of is Panel else ("erase_round", subject(str(period)))
    record(session, actor=actor, action=action, subject=name, now=now, details={"ballots": ballots})
    return ballots


def counted_rounds_are_erased(session: Session) -> list[Finding]:
    """A day after a count its ballots are gone. What time it is the audit trail tells: its newest row."""
    latest = session.scalar(select(func.max(AuditRow.at)))
    if latest is None:
        return []
    kinds = ((ReviewRound, subject, "round_not_erased"), (Panel, panel_subject, "panel_not_erased"))
    return [
        Finding("database", named(period), code, {"period": period})
        for of, named, code in kinds
        for period in session.scalars(
            select(of.period).where(of.state == COUNTED, of.counted_at < latest - _SOON).order_by(of.period)
        )
    ]


def _is_erasable(session: Session, period: Period, of: type[Round]) -> bool:
    """Whether there is something to erase; the round is locked until the transaction ends."""
    state = session.scalar(select(of.state).where(of.period == str(period)).with_for_update())
    if state not in (COUNTED, ERASED):
        raise refused(session, str(period), of=of)
    return state == COUNTED


def _forget_token_key(session: Session, period: Period, of: type[Round]) -> bytes:
    """Pieces of the key of the tokens, which from here on is nowhere."""
    this = of.period == str(period)
    token_key = session.scalar(select(of.token_key).where(this))
    session.execute(update(of).where(this).values(token_key=None))
    return fragments_of([token_key] if token_key is not None else [])


def _casts(session: Session, period: Period, of: type[Round]) -> int:
    task = PanelTask if of is Panel else Assignment
    return session.scalar(select(func.sum(task.casts)).where(task.period == str(period))) or 0


def _fragments(session: Session, store: str) -> bytes:
    """What to look for once the table is gone: pieces of every id and of every part of every sealed text."""
    return fragments_of(_column(session, store, "id")) + fragments_of(
        _column(session, store, "sealed"), behind=len(_MARK)
    )


def _traces(database: Database, session: Session, fragments: bytes) -> Traces:
    """What is left in the files. Other sealed texts may live there: of an open round, and what is kept for auditors."""
    return find_traces(database, fragments=fragments, mark=_MARK, living=_living(session))


def _living(session: Session) -> list[str]:
    """How all sealed texts begin, behind the mark, that are to be there."""
    living = list(session.scalars(select(func.substr(PeerResidue.sealed, len(_MARK) + 1, _BEHIND_MARK))))
    for name in stores(session):
        beginning = func.substr(column("sealed", Text), len(_MARK) + 1, _BEHIND_MARK)
        living += session.scalars(select(beginning).select_from(table(name)))
    return living


def _column(session: Session, store: str, name: str) -> Iterator[str]:
    yield from session.scalars(
        select(column(name, Text)).select_from(table(store)).execution_options(yield_per=_AT_ONCE)
    )


def _store(period: Period, of: type[Round]) -> str:
    return store_name(str(period), panel=of is Panel)
