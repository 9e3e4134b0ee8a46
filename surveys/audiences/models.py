"""Tables of other audiences: what a blind survey remembers instead of who answered, and results of third parties.

The two tables of blind surveys are written when somebody is invited, never when they answer: neither a time, nor an id,
nor an order of rows (they have none but that of their keys) leads from a visit or a ticket to an answer.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Exact, Json, UtcDateTime


class BlindVisit(Base):
    """A visit (a number of staff, a serial) that was invited to a blind survey once, and never again.

    Its invitation exists until the response is sent; then nothing else knows the visit.
    """

    __tablename__ = "blind_visit"
    __table_args__ = ({"sqlite_with_rowid": False},)

    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    visit: Mapped[str] = mapped_column(String(64), primary_key=True)


class BlindTicket(Base):
    """The hash of a ticket to a blind survey: it is still known as used when its invitation is gone."""

    __tablename__ = "blind_ticket"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class ThirdPartyImport(Base):
    """One file of results that somebody else has found: looked over, and then imported or forgotten.

    The file itself is not kept. Its rows stand here only while they wait for a yes.
    """

    __tablename__ = "third_party_import"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lifetime"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    file_digest: Mapped[str] = mapped_column(String(64))  # SHA-256
    rows: Mapped[list[list[Any]]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ThirdPartyResult(Base):
    """One result of somebody else's survey about one unit: a stream of its own, never averaged with ours.

    `definition` is one of ours by its id, or, after a `~`, the third party's own words for it.
    """

    __tablename__ = "third_party_result"
    __table_args__ = (
        CheckConstraint("n > 0", name="n"),
        CheckConstraint("(low is null) = (high is null)", name="interval"),
        Index("ix_third_party_result_period", "period", "source"),
    )

    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    definition: Mapped[str] = mapped_column(String(60), primary_key=True)
    score: Mapped[Fraction] = mapped_column(Exact)
    n: Mapped[int]
    low: Mapped[Fraction | None] = mapped_column(Exact)
    high: Mapped[Fraction | None] = mapped_column(Exact)
    import_id: Mapped[str] = mapped_column(ForeignKey("third_party_import.id"))


BLIND_VISITS = cast("Table", BlindVisit.__table__)
BLIND_TICKETS = cast("Table", BlindTicket.__table__)
