"""Evidence 佐证材料: files that units put before the panel, for one indicator and month (rule 18).

Handed in by a unit's representatives or by the office until the month's panel closes, taken back until it opens. Knows
files as bytes and who may have them: experts who are not of the unit, the office, the unit itself. Refuses to look
into them. The audit names a file by its digest, never by its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import column, delete, func, select, table
from sqlalchemy.orm import Session

from consortium.models import Person, Unit
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, may_hand_in_evidence, may_mark_units, require
from locales.errors import DomainError
from reviews.panel_evidence_types import evidence_kind, evidence_name
from reviews.panel_models import EvidenceFile, Panel
from reviews.panel_rounds import PANEL_LOCK, belongs_to_unit
from reviews.rounds import takes_ballots
from storage.audit import record
from storage.database import insert_new, serialize

LARGEST_EVIDENCE = 10 * 1024 * 1024
MOST_FILES = 20
"""Of one unit in one month."""

_READING = table("reading", column("evidence"))  # of a domain above: a figure keeps what it rests on


@dataclass(frozen=True, slots=True)
class Evidence:
    """One file as lists show it."""

    id: str
    period: str
    unit_code: str
    indicator: str
    name: str
    kind: str
    size: int
    handed_in_by: str
    handed_in_at: datetime


def hand_in_evidence(
    session: Session,
    *,
    actor: Actor,
    period: Period,
    unit_code: str,
    indicator: str,
    name: str,
    content: bytes,
    new_id: str,
    now: datetime,
    among: Collection[str] | None = None,
) -> None:
    """Keep one file for the month's panel. The caller knows that the indicator is one that experts mark for this unit.

    Errors: `unit_unknown` (also for another's unit), `evidence_late`, and those of `keep_evidence`.
    """
    refuse_other_units(actor, unit_code)
    serialize(session, PANEL_LOCK)
    if not may_still_hand_in(session, period, now):
        raise DomainError("evidence_late", period=str(period))
    keep_evidence(
        session, actor=actor, period=period, unit_code=unit_code, indicator=indicator, name=name, content=content,
        new_id=new_id, now=now,
        among=among,
    )  # fmt: skip


def keep_evidence(
    session: Session,
    *,
    actor: Actor,
    period: Period,
    unit_code: str,
    indicator: str,
    name: str,
    content: bytes,
    new_id: str,
    now: datetime,
    most: int | None = None,
    among: Collection[str] | None = None,
) -> str:
    """Keep one file and return its id. The same content again for the same indicator changes nothing. No more than
    `most` files (None: `MOST_FILES`) of the unit and month, counted among these indicators (None: among all).

    Errors: `unit_unknown` (also for another's unit), `evidence_empty`, `evidence_too_large`, `evidence_type_unknown`,
    `evidence_too_many`.
    """
    refuse_other_units(actor, unit_code)
    if session.get(Unit, unit_code) is None:
        raise DomainError("unit_unknown", unit=unit_code)
    if not content:
        raise DomainError("evidence_empty")
    if len(content) > LARGEST_EVIDENCE:
        raise DomainError("evidence_too_large", limit=LARGEST_EVIDENCE // 1024**2)
    kind = evidence_kind(content)
    if kind is None:
        raise DomainError("evidence_type_unknown")
    of_unit = (EvidenceFile.period == str(period)) & (EvidenceFile.unit_code == unit_code)
    of_unit = of_unit if among is None else of_unit & EvidenceFile.indicator.in_(among)
    digest = hashlib.sha256(content).hexdigest()
    values = {
        "id": new_id,
        "period": str(period),
        "unit_code": unit_code,
        "indicator": indicator,
        "name": evidence_name(name, kind),
        "kind": kind,
        "size": len(content),
        "digest": digest,
        "content": content,
        "handed_in_by": actor.person_id,
        "handed_in_at": now,
    }
    unique = ["period", "unit_code", "indicator", "digest"]
    if not insert_new(session, EvidenceFile, values, unique):
        same = (EvidenceFile.indicator == indicator) & (EvidenceFile.digest == digest)
        return session.scalars(select(EvidenceFile.id).where(of_unit, same)).one()
    limit = MOST_FILES if most is None else most
    if (session.scalar(select(func.count()).where(of_unit)) or 0) > limit:
        raise DomainError("evidence_too_many", limit=limit)
    _note(session, "hand_in_evidence", values, actor=actor, now=now)
    return new_id


def take_back_evidence(session: Session, *, actor: Actor, evidence_id: str, now: datetime) -> None:
    """Delete a file that no expert can have seen yet, and that no figure rests on.

    Errors: `evidence_unknown` (also for another's), `evidence_frozen`, `evidence_of_figure`.
    """
    serialize(session, PANEL_LOCK)
    file = session.get(EvidenceFile, evidence_id, populate_existing=True)
    if file is None or not may_hand_in_evidence(actor, file.unit_code):
        raise DomainError("evidence_unknown")
    if _panel(session, file.period) is not None:
        raise DomainError("evidence_frozen", period=file.period)
    if session.scalar(select(func.count()).select_from(_READING).where(_READING.c.evidence == evidence_id)):
        raise DomainError("evidence_of_figure", period=file.period)
    session.execute(delete(EvidenceFile).where(EvidenceFile.id == evidence_id))
    values = {"period": file.period, "unit_code": file.unit_code, "indicator": file.indicator, "digest": file.digest}
    _note(session, "take_back_evidence", values, actor=actor, now=now)


def evidence_of(session: Session, *, period: Period, unit_code: str) -> list[Evidence]:
    """A unit's files of a month, by indicator, in the order in which they came. For those who may see them."""
    rows = session.execute(
        select(EvidenceFile, Person.name)
        .join(Person, Person.id == EvidenceFile.handed_in_by)
        .where(EvidenceFile.period == str(period), EvidenceFile.unit_code == unit_code)
        .order_by(EvidenceFile.indicator, EvidenceFile.handed_in_at, EvidenceFile.id)
    )
    return [
        Evidence(
            file.id,
            file.period,
            file.unit_code,
            file.indicator,
            file.name,
            file.kind,
            file.size,
            person,
            file.handed_in_at,
        )
        for file, person in rows
    ]


def evidence_content(session: Session, *, actor: Actor, evidence_id: str) -> tuple[str, bytes]:
    """Name and content of a file; `evidence_unknown` if there is none for this actor."""
    row = session.execute(
        select(EvidenceFile.unit_code, EvidenceFile.name, EvidenceFile.content).where(EvidenceFile.id == evidence_id)
    ).one_or_none()
    if row is None or not may_see_evidence(session, actor, row.unit_code):
        raise DomainError("evidence_unknown")
    return row.name, row.content


def may_see_evidence(session: Session, actor: Actor, unit_code: str) -> bool:
    """The office, the unit's representatives, and experts who do not belong to the unit."""
    if may_hand_in_evidence(actor, unit_code):
        return True
    return may_mark_units(actor) and not belongs_to_unit(session, actor.person_id, unit_code)


def may_still_hand_in(session: Session, period: Period, now: datetime) -> bool:
    """Whether the month's panel has not closed yet."""
    panel = _panel(session, str(period))
    return panel is None or takes_ballots(panel, now)


def may_still_take_back(session: Session, period: Period) -> bool:
    """Whether the month's panel has not opened yet."""
    return _panel(session, str(period)) is None


def refuse_other_units(actor: Actor, unit_code: str) -> None:
    """Another unit does not exist for a representative: `unit_unknown`. `not_allowed` for whoever hands in nothing."""
    require(OFFICE in actor.roles or bool(actor.units))
    if not may_hand_in_evidence(actor, unit_code):
        raise DomainError("unit_unknown", unit=unit_code)


def _panel(session: Session, period: str) -> Panel | None:
    return session.get(Panel, period, populate_existing=True)


def _note(session: Session, action: str, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    details = {"unit": values["unit_code"], "indicator": values["indicator"], "digest": values["digest"]}
    subject = f"evidence:{values['period']}"
    record(session, actor=actor.ref, action=action, subject=subject, now=now, details=details)
