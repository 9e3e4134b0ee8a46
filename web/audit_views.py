"""The audit trail for people: who did what to what and when, in words. Searched by person, action, subject and day.

Nothing is searched that is not shown: details are neither, and of patients' rows there is only that there was one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import Session

from bulletins.wording import one_line
from consortium.models import Person
from consortium.units import unit_names
from locales.errors import DomainError
from locales.texts import catalogue, text
from scheduler.timetable import JOB_NAMES
from storage.audit import AuditRow

PAGE = 50
MOST_EXPORTED = 200_000
OF_PATIENTS = ("response", "invitation", "patient")
"""Kinds of subjects whose names are those of rows about patients."""

_LONGEST = 120
_ACTION = "audit.action."
_MOST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "" and None: everything. `before` is the row before which the page begins."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @property
    def fields(self) -> dict[str, str]:
        """As the form names them; what is empty is left out."""
        written = {"actor": self.actor, "action": self.action, "subject": self.subject}
        written |= {name: day.isoformat() for name, day in (("since", self.since), ("until", self.until)) if day}
        return {name: value for name, value in written.items() if value}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One row as it is read."""

    id: int
    at: datetime
    who: str
    action: str
    what: str
    subject: str


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """What a form asks for; `audit_search_unreadable` for a day that is none or a text that is too long."""
    values = {name: given.get(name, "").strip() for name in ("actor", "action", "subject", "since", "until", "before")}
    if any(len(value) > _LONGEST or "\0" in value for value in values.values()):
        raise DomainError("audit_search_unreadable")
    try:
        days = [date.fromisoformat(values[name]) if values[name] else None for name in ("since", "until")]
        before = int(values["before"]) if values["before"] else None
    except ValueError:
        raise DomainError("audit_search_unreadable") from None
    if before is not None and not 0 < before < _MOST_ID:
        raise DomainError("audit_search_unreadable")
    return Wanted(values["actor"], values["action"], values["subject"], days[0], days[1], before)


def audit_lines(session: Session, wanted: Wanted, *, zone: ZoneInfo, language: str, most: int) -> Iterator[AuditLine]:
    """What was found, newest first."""
    people = {row.id: row.name for row in session.execute(select(Person.id, Person.name))}
    units, known = unit_names(session, language), catalogue("zh", "audit")
    for row in session.scalars(_found(wanted, zone).order_by(AuditRow.id.desc()).limit(most)):
        yield AuditLine(
            id=row.id,
            at=row.at,
            who=_actor(row.actor, people, known, language),
            action=row.action,
            what=_said(_ACTION + row.action, row.action, known, language),
            subject=_subject(row.subject, people, units, known, language),
        )


def choices(session: Session, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Everybody who may have acted, and every action that has a name: codes and words, by the words."""
    known = catalogue("zh", "audit")
    people = [(f"person:{code}", one_line(name)) for code, name in session.execute(select(Person.id, Person.name))]
    parts = [(key.rpartition(".")[2], text(language, key)) for key in known if key.startswith("audit.actor.")]
    actions = [(key.removeprefix(_ACTION), text(language, key)) for key in known if key.startswith(_ACTION)]
    return [*sorted(people, key=itemgetter(1)), *sorted(parts, key=itemgetter(1))], sorted(actions, key=itemgetter(1))


def _found(wanted: Wanted, zone: ZoneInfo) -> Select[AuditRow]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        within = AuditRow.actor.startswith(f"{wanted.actor}:", autoescape=True)
        conditions.append(or_(AuditRow.actor == wanted.actor, within))
    if wanted.action:
        conditions.append(AuditRow.action == wanted.action)
    if wanted.subject:
        hidden = (AuditRow.subject.startswith(f"{kind}:") for kind in OF_PATIENTS)
        conditions += [AuditRow.subject.startswith(wanted.subject, autoescape=True), *map(not_, hidden)]
    if wanted.since is not None:
        conditions.append(AuditRow.at >= datetime.combine(wanted.since, time(), zone))
    if wanted.until is not None:
        conditions.append(AuditRow.at < datetime.combine(wanted.until, time(), zone) + timedelta(days=1))
    if wanted.before is not None:
        conditions.append(AuditRow.id < wanted.before)
    return select(AuditRow).where(and_(True, *conditions))


def _actor(actor: str, people: Mapping[str, str], known: Mapping[str, str], language: str) -> str:
    kind, _, rest = actor.partition(":")
    if kind == "person":
        return one_line(people.get(rest, "")) or rest
    said = _said(f"audit.actor.{kind}", kind, known, language)
    return f"{said} {one_line(rest)}" if kind == "api" and rest else said


def _subject(
    subject: str, people: Mapping[str, str], units: Mapping[str, str], known: Mapping[str, str], language: str
) -> str:
    kind, _, rest = subject.partition(":")
    said = _said(f"audit.subject.{kind}", kind, known, language)
    if kind in OF_PATIENTS:
        return said
    if kind == "person":
        return one_line(people.get(rest, "")) or rest
    if (rest or kind) in units and kind in {"unit", rest or kind}:
        return units[rest or kind]
    if kind in JOB_NAMES:
        said = text(language, f"scheduler.job.{kind}")
    return f"{said} {one_line(rest)}".rstrip()


def _said(key: str, otherwise: str, known: Mapping[str, str], language: str) -> str:
    return text(language, key) if key in known else otherwise
