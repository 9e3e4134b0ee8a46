"""Settled periods as they lie in the tables: reading their rows, and writing a settlement as the end of the chain.

Knows that what a correction replaced stays in the chain. Refuses to compute a score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation import follow_up_models  # noqa: F401 - a replaced settlement may point to its objection there
from evaluation.digests import Frozen, frozen_digest
from evaluation.elements import Scheme
from evaluation.freezing import Values
from evaluation.models import Scorecard, ScoreLine, Settlement, SupersededSettlement
from evaluation.schemes import scheme_digest
from evaluation.verification import readings_digest_of
from locales.errors import DomainError
from storage.base import Base


@dataclass(frozen=True, slots=True)
class Rows:
    """What a settlement freezes of all units: scorecards and their lines."""

    cards: list[Values]
    lines: list[Values]


def settlement_of(session: Session, period: Period) -> Settlement:
    """How and when a period was settled, or `not_settled`."""
    found = session.get(Settlement, str(period))
    if found is None:
        raise DomainError("not_settled", period=str(period))
    return found


def settlements(session: Session) -> list[Settlement]:
    """Every settlement that stands, in the order of settling."""
    return list(session.scalars(select(Settlement).order_by(Settlement.sequence)))


def frozen_cards(session: Session, period: str) -> list[Values]:
    """The scorecards of a period as they stand in the table, by column name."""
    found = session.scalars(select(Scorecard).where(Scorecard.period == period).order_by(Scorecard.position))
    return [by_column(row) for row in found]


def frozen_lines(session: Session, period: str) -> list[Values]:
    """The lines of a period as they stand in the table, by column name, in the order of each table."""
    found = session.scalars(select(ScoreLine).where(ScoreLine.period == period).order_by(ScoreLine.position))
    return [by_column(row) for row in found]


def lines_by_unit(rows: Sequence[Values]) -> dict[str, list[Values]]:
    """The lines of each unit, in their order."""
    found: dict[str, list[Values]] = defaultdict(list)
    for row in rows:
        found[row["unit_code"]].append(row)
    return found


def by_column(row: Base) -> Values:
    """A row by the names of its columns."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def freeze(session: Session, *, scheme: Scheme, period: Period, rows: Rows, actor: str, now: datetime) -> Settlement:
    """Write a period that has not been settled as the end of the chain."""
    settlement = Settlement(period=str(period), revision=1)
    _seal(session, settlement, scheme, rows, actor=actor, now=now)
    session.add(settlement)
    session.flush()
    _write(session, rows)
    return settlement


def replace(
    session: Session,
    *,
    period: Period,
    scheme: Scheme,
    rows: Rows,
    objection: str | None,
    actor: str,
    now: datetime,
) -> Settlement:
    """Put other rows in the place of a settled period's: a revision more, and a new end of the chain.

    Everything that stood is kept whole as a `SupersededSettlement`, with its own place in the chain.
    """
    settlement = settlement_of(session, period)
    document = {
        "settlement": by_column(settlement),
        "cards": frozen_cards(session, str(period)),
        "lines": frozen_lines(session, str(period)),
    }
    session.add(
        SupersededSettlement(
            period=settlement.period,
            revision=settlement.revision,
            sequence=settlement.sequence,
            digest=settlement.digest,
            previous_digest=settlement.previous_digest,
            document=_document(document),
            objection=objection,
            superseded_at=now,
            superseded_by=actor,
        )
    )
    session.flush()
    for table in (ScoreLine, Scorecard):
        session.execute(delete(table).where(table.period == str(period)).execution_options(synchronize_session=False))
    session.expire_all()
    _seal(session, settlement, scheme, rows, actor=actor, now=now)
    settlement.revision += 1
    session.flush()
    _write(session, rows)
    return settlement


def end_of_chain(session: Session) -> tuple[int, str | None]:
    """The sequence and digest of the newest link, which always stands: a correction is itself the end of the chain.
    (0, None) of no chain.
    """
    newest = session.execute(
        select(Settlement.sequence, Settlement.digest).order_by(Settlement.sequence.desc()).limit(1)
    )
    found = newest.first()
    return (0, None) if found is None else (found.sequence, found.digest)


def _seal(session: Session, settlement: Settlement, scheme: Scheme, rows: Rows, *, actor: str, now: datetime) -> None:
    """Make a settlement the end of the chain: its digest covers the rows, the readings and the digest before."""
    with session.no_autoflush:
        sequence, previous = end_of_chain(session)
        frozen = Frozen(
            period=settlement.period,
            scheme_year=scheme.year,
            scheme_version=scheme.version,
            scheme_digest=scheme_digest(session, scheme),
            previous_digest=previous,
            readings_digest=readings_digest_of(session, Period.parse(settlement.period)),
        )
    settlement.sequence = sequence + 1
    settlement.settled_at, settlement.settled_by = now, actor
    settlement.scheme_year, settlement.scheme_version = scheme.year, scheme.version
    settlement.digest = frozen_digest(frozen, rows.cards, rows.lines)
    settlement.previous_digest, settlement.readings_digest = previous, frozen.readings_digest


def _write(session: Session, rows: Rows) -> None:
    if rows.cards:
        session.execute(insert(Scorecard), rows.cards)
    if rows.lines:
        session.execute(insert(ScoreLine), rows.lines)


def _document(value: object) -> object:
    """Rows as they go into a document: numbers and moments as text, in one way on both databases."""
    if isinstance(value, dict):
        return {name: _document(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_document(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
