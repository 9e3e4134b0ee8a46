"""The list of duties 权责清单 with the evidence of each year (rule 99); who of the office is on duty 值班 (rule 30).

Every duty of the configuration belongs to a party (authority, group, lead or member) and to a person who says in words
what was done for it. Of the log of duty the newest line counts. Refuses to judge evidence, and to know how people are
told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.duty_definitions import DutyDefinition
from consortium.models import Person
from consortium.office_models import Duty, DutyEvidence, OnDuty
from consortium.one_line import one_line
from consortium.people import actor_of
from consortium.permissions import Actor, may_be_on_duty, may_give_evidence, require
from consortium.units import zone
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize, upsert

LONGEST_EVIDENCE = 1000
MOST_EVIDENCE = 50
"""Of one duty in one year."""

_LOCK = "on_duty"


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty with what was done for it in a year; `owner` is a name, None where nobody owns it."""

    duty: Duty
    owner: str | None
    evidence: tuple[tuple[DutyEvidence, str], ...]

    @property
    def is_shown(self) -> bool:
        """Whether there is evidence."""
        return bool(self.evidence)


def apply_duties(session: Session, definitions: Sequence[DutyDefinition]) -> None:
    """Make the list equal to the configuration; a duty that is no longer named keeps its evidence and is inactive."""
    for position, each in enumerate(definitions):
        values = {
            "name": dict(each.name), "party": each.party, "owner_id": each.owner, "unit_code": each.unit,
            "position": position, "active": True,
        }  # fmt: skip
        upsert(session, Duty, values | {"code": each.code}, ["code"], values)
    named = [each.code for each in definitions]
    session.execute(update(Duty).where(Duty.code.not_in(named)).values(active=False))


def duties(session: Session, *, year: int, owner: str | None = None) -> list[DutyLine]:
    """The list in its order, with the evidence of a year; only what `owner` owns, if given."""
    rows = select(Duty).where(Duty.active).order_by(Duty.position)
    if owner is not None:
        rows = rows.where(Duty.owner_id == owner)
    found = list(session.scalars(rows.execution_options(populate_existing=True)))
    names = dict(session.execute(select(Person.id, Person.name)).all())
    shown: dict[str, list[tuple[DutyEvidence, str]]] = {}
    evidence = select(DutyEvidence).where(DutyEvidence.year == year).order_by(DutyEvidence.id)
    for each in session.scalars(evidence):
        shown.setdefault(each.duty_code, []).append((each, names.get(each.given_by, each.given_by)))
    return [
        DutyLine(duty, names.get(duty.owner_id) if duty.owner_id is not None else None, tuple(shown.get(duty.code, ())))
        for duty in found
    ]


def duty(session: Session, code: str) -> Duty:
    """One duty of the list, or `duty_unknown`."""
    found = session.get(Duty, code, populate_existing=True)
    if found is None or not found.active:
        raise DomainError("duty_unknown")
    return found


def give_evidence(session: Session, *, code: str, year: int, words: str, actor: Actor, now: datetime) -> DutyEvidence:
    """Its owner says what was done for a duty in this year or the last. The same words again are the same evidence.

    Errors: `duty_unknown`, `not_allowed`, `duty_year_closed`, `duty_evidence_missing`, `duty_evidence_too_long`,
    `duty_evidence_full`.
    """
    found = duty(session, code)
    require(may_give_evidence(actor, found.owner_id))
    this_year = now.astimezone(zone(session)).year
    if year not in {this_year, this_year - 1}:
        raise DomainError("duty_year_closed", year=year)
    written = one_line(words)
    if not written:
        raise DomainError("duty_evidence_missing")
    if len(written) > LONGEST_EVIDENCE:
        raise DomainError("duty_evidence_too_long", length=len(written), limit=LONGEST_EVIDENCE)
    serialize(session, f"duty:{code}")
    given = list(session.scalars(select(DutyEvidence).where(DutyEvidence.duty_code == code, DutyEvidence.year == year)))
    same = next((each for each in given if each.words == written), None)
    if same is not None:
        return same
    if len(given) >= MOST_EVIDENCE:
        raise DomainError("duty_evidence_full", most=MOST_EVIDENCE)
    made = DutyEvidence(duty_code=code, year=year, words=written, given_by=actor.person_id, given_at=now)
    session.add(made)
    session.flush()
    details = {"year": year, "length": len(written)}
    record(session, actor=actor.ref, action="give_duty_evidence", subject=f"duty:{code}", now=now, details=details)
    return made


def on_duty_now(session: Session) -> tuple[Person, datetime] | None:
    """Who of the office is on duty and since when; None: nobody, or somebody who left the office since."""
    newest = _newest(session)
    if newest is None or newest.person_id is None:
        return None
    person = session.get(Person, newest.person_id)
    if person is None or not person.active or not may_be_on_duty(actor_of(session, person.id)):
        return None
    return person, newest.since


def take_duty(session: Session, *, actor: Actor, now: datetime) -> str | None:
    """Be on duty from now on; who was before (an id), None for nobody. Already on duty, nothing changes.

    Errors: `not_allowed`.
    """
    require(may_be_on_duty(actor))
    return _change(session, actor.person_id, actor=actor, now=now, action="take_duty")


def hand_over_duty(session: Session, *, to: str, actor: Actor, now: datetime) -> None:
    """Whoever is on duty hands it to another of the office. Errors: `not_allowed`, `duty_not_yours`,
    `person_unknown`, `duty_not_of_the_office`.
    """
    require(may_be_on_duty(actor))
    serialize(session, _LOCK)
    _refuse_others(session, actor)
    if not may_be_on_duty(actor_of(session, to)):
        raise DomainError("duty_not_of_the_office")
    _change(session, to, actor=actor, now=now, action="hand_over_duty")


def end_duty(session: Session, *, actor: Actor, now: datetime) -> None:
    """Whoever is on duty ends it; nobody is then. Errors: `not_allowed`, `duty_not_yours`."""
    require(may_be_on_duty(actor))
    serialize(session, _LOCK)
    _refuse_others(session, actor)
    _change(session, None, actor=actor, now=now, action="end_duty")


def duty_log(session: Session, *, most: int) -> list[tuple[OnDuty, str | None]]:
    """The newest lines of the log with the names of who was on duty (None: nobody), the newest first."""
    names = dict(session.execute(select(Person.id, Person.name)).all())
    rows = session.scalars(select(OnDuty).order_by(OnDuty.id.desc()).limit(most))
    return [(each, names.get(each.person_id) if each.person_id is not None else None) for each in rows]


def owners_lacking(lines: Iterable[DutyLine]) -> dict[str, list[DutyLine]]:
    """By owner, the duties that lack evidence."""
    lacking: dict[str, list[DutyLine]] = {}
    for each in lines:
        if not each.is_shown and each.duty.owner_id is not None:
            lacking.setdefault(each.duty.owner_id, []).append(each)
    return lacking


def _refuse_others(session: Session, actor: Actor) -> None:
    standing = on_duty_now(session)
    if standing is None or standing[0].id != actor.person_id:
        raise DomainError("duty_not_yours")


def _change(session: Session, person_id: str | None, *, actor: Actor, now: datetime, action: str) -> str | None:
    """Write a line of the log, unless it would say what the newest says; who was on duty before."""
    serialize(session, _LOCK)
    standing = on_duty_now(session)
    before = standing[0].id if standing is not None else None
    if before == person_id:
        return before
    session.add(OnDuty(person_id=person_id, since=now, noted_by=actor.ref))
    session.flush()
    details = {"before": before, "after": person_id}
    record(session, actor=actor.ref, action=action, subject="on_duty", now=now, details=details)
    return before


def _newest(session: Session) -> OnDuty | None:
    return session.scalars(select(OnDuty).order_by(OnDuty.id.desc()).limit(1)).first()
