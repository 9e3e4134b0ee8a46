"""Lists of visits that people send in: looked over, kept for two hours, invited all together or not at all.

The same steps for a page and a chat: `preview_visits` says what would happen and changes nothing, `keep_list` puts the
rows aside, `invite_visits` invites; `list_links` makes the links. Which visits a wave draws is not in the preview: who
sends a list must not learn it before it is settled. The file itself is never stored, and persons only as keyed hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from consortium.permissions import OFFICE, Actor, require
from consortium.units import unit
from locales.errors import DomainError, Finding
from storage.audit import record
from storage.database import serialize
from surveys.fielding.applied import settings_of
from surveys.fielding.models import VisitList
from surveys.fielding.settings import FieldingSettings
from surveys.fielding.visit_files import MOST_FINDINGS, VisitRow
from surveys.fielding.visits import KNOWN, NEW, Reported, known_visits, person_key, report_visits
from surveys.fielding.waves import wave_among, waves, window_of
from surveys.invitations import NewVisit, odd_visit
from surveys.questionnaires import in_use

LIFETIME = timedelta(hours=2)
_COLUMNS = {"visit_invalid": "visit", "discharge_ahead": "discharged_at", "invitation_language": "language"}
REPEATED: Final = "repeated"
"""The outcome of a row that stands in the list twice, word for word: it counts once."""


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """A row that can be invited. `outcome` is `new`, `known` (by an earlier list) or `repeated` (in this one) before;
    afterwards what came of it, with the invitation of a `new` one.
    """

    line: int
    visit: str
    kind: str
    discharged_at: datetime
    language: str
    person_key: str | None
    outcome: str
    invitation_id: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a list would do. With findings it does nothing, and there are no rows."""

    rows: tuple[ListedVisit, ...]
    findings: tuple[Finding, ...]

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)


def may_field(actor: Actor, unit_code: str) -> bool:
    """Whether a person may send in lists and fetch links for a unit: the office, and those who represent it."""
    return OFFICE in actor.roles or unit_code in actor.units


def preview_visits(
    session: Session,
    *,
    unit_code: str,
    visits: Sequence[VisitRow],
    file: str,
    secret: bytes,
    now: datetime,
    faults: Sequence[Finding] = (),
) -> Preview:
    """Look the rows over against what is known. Every fault is named by row and column; changes nothing.

    `faults` is what reading the file has found already: all of them are told at once.
    """
    unit(session, unit_code)
    settings = settings_of(session)
    rows: list[ListedVisit] = []
    findings = list(faults)
    seen: dict[str, VisitRow] = {}
    reported = known_visits(session, unit_code=unit_code, visits=[visit.visit for visit in visits])
    rules = _Rules(session, settings, now)
    for visit in visits:
        fault = rules.fault(visit, seen.get(visit.visit))
        if fault is not None:
            findings.append(Finding(file, f"line {visit.line}, {fault[0]}", fault[1], fault[2]))
            continue
        key = None
        if visit.person is not None:
            key = person_key(secret, settings, unit_code=unit_code, person=visit.person)
        outcome = REPEATED
        if visit.visit not in seen:
            outcome = KNOWN if visit.visit in reported else NEW
            seen[visit.visit] = visit
        rows.append(
            ListedVisit(
                visit.line, visit.visit, visit.kind, visit.discharged_at, visit.language, key, outcome,
                group=visit.group,
            )
        )  # fmt: skip
    if not findings:
        return Preview(tuple(rows), ())
    return Preview((), tuple(sorted(findings, key=_line_of)[:MOST_FINDINGS]))


def keep_list(
    session: Session, *, unit_code: str, rows: Sequence[ListedVisit], actor: Actor, new_id: str, now: datetime
) -> VisitList:
    """Put a looked-over list aside for `LIFETIME`; an earlier one of the same person and unit gives way to it."""
    require(may_field(actor, unit_code))
    session.execute(
        delete(VisitList).where(
            VisitList.made_by == actor.person_id, VisitList.unit_code == unit_code, VisitList.invited_at.is_(None)
        )
    )
    kept = VisitList(
        id=new_id,
        unit_code=unit_code,
        made_by=actor.person_id,
        rows=[_to_json(row) for row in rows],
        created_at=now,
        expires_at=now + LIFETIME,
        invited_at=None,
    )
    session.add(kept)
    session.flush()
    record(session, actor=actor.ref, action="keep_visit_list", subject=f"unit:{unit_code}", now=now,
           details={"rows": len(rows)})  # fmt: skip
    return kept


def kept_list(session: Session, *, list_id: str, actor: Actor, now: datetime) -> tuple[VisitList, list[ListedVisit]]:
    """A list that was put aside, for whoever made it, or the office: `visit_list_gone` otherwise and after its time."""
    found = session.get(VisitList, list_id, with_for_update=True)
    is_theirs = found is not None and (found.made_by == actor.person_id or OFFICE in actor.roles)
    if found is None or not is_theirs or not may_field(actor, found.unit_code) or now >= found.expires_at:
        raise DomainError("visit_list_gone")
    return found, [_from_json(row) for row in found.rows]


def drop_list(session: Session, *, list_id: str, actor: Actor, now: datetime) -> VisitList:
    """Think better of a list that waits: it is gone, and nobody was invited. One that was invited stays as it is.

    Error: `visit_list_gone`.
    """
    found, rows = kept_list(session, list_id=list_id, actor=actor, now=now)
    if found.invited_at is None:
        session.delete(found)
        session.flush()
        record(session, actor=actor.ref, action="drop_visit_list", subject=f"unit:{found.unit_code}", now=now,
               details={"rows": len(rows)})  # fmt: skip
    return found


def invite_visits(
    session: Session, *, list_id: str, actor: Actor, token: Callable[[], str], now: datetime
) -> list[ListedVisit]:
    """Invite a list that was put aside, all of it or nothing; again changes nothing. `token` makes ids.

    Errors: `visit_list_gone`, and whatever a row meanwhile breaks, as `visits.report_visit`.
    """
    found, rows = kept_list(session, list_id=list_id, actor=actor, now=now)
    if found.invited_at is not None:
        return rows
    serialize(session, f"visits:{found.unit_code}")  # two lists with the same visits in another order would block
    fresh = [_new_visit(row, token()) for row in rows if row.outcome != REPEATED]
    unit(session, found.unit_code)
    for visit in fresh:
        refused = odd_visit(visit=visit.visit, discharged_at=visit.discharged_at, language=visit.language, now=now)
        if refused is not None:
            raise refused
    reported = report_visits(session, unit_code=found.unit_code, visits=fresh, now=now)
    came_of = {visit.visit: outcome for visit, outcome in zip(fresh, reported, strict=True)}
    done = [row if row.outcome == REPEATED else _with_outcome(row, came_of[row.visit]) for row in rows]
    found.rows = [_to_json(row) for row in done]
    found.invited_at = now
    session.flush()
    record(session, actor=actor.ref, action="invite_visit_list", subject=f"unit:{found.unit_code}", now=now,
           details={"rows": len(done), "invited": sum(row.outcome == NEW for row in done)})  # fmt: skip
    return done


def _new_visit(row: ListedVisit, new_id: str) -> NewVisit:
    return NewVisit(row.visit, row.kind, row.discharged_at, row.language, new_id, None, row.person_key, row.group)


def _with_outcome(row: ListedVisit, reported: Reported) -> ListedVisit:
    is_new = reported.outcome == NEW
    return replace(row, outcome=reported.outcome, invitation_id=reported.invitation_id if is_new else None)


def _line_of(finding: Finding) -> int:
    """For putting findings in the order of the file; what names no line comes first."""
    words = finding.key.replace(",", " ").split()
    return int(words[1]) if len(words) > 1 and words[0] == "line" and words[1].isdecimal() else 0


class _Rules:
    """What a row must keep to; what rows have in common is looked up once."""

    def __init__(self, session: Session, settings: FieldingSettings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._waves = waves(session)
        self._has_questionnaire = cache(lambda kind: in_use(session, kind) is not None)

    def fault(self, row: VisitRow, earlier: VisitRow | None) -> tuple[str, str, dict[str, object]] | None:
        """(column, code, details) of what keeps a row from being invited, or None."""
        refused = odd_visit(visit=row.visit, discharged_at=row.discharged_at, language=row.language, now=self._now)
        if refused is not None:
            return _COLUMNS[refused.code], refused.code, dict(refused.details)
        if earlier is not None:
            is_same = replace(row, line=0) == replace(earlier, line=0)
            return None if is_same else ("visit", "visit_twice", {"first": earlier.line})
        wave = wave_among(self._waves, kind=row.kind, discharged_at=row.discharged_at)
        if wave is None and not self._has_questionnaire(row.kind):
            return "kind", "kind_without_questionnaire", {"kind": row.kind}
        window = window_of(self._settings, wave, row.kind)
        if row.discharged_at + window.length <= self._now:
            return "discharged_at", "discharge_long_ago", {"days": window.length.days}
        return None


def _to_json(row: ListedVisit) -> list[object]:
    return [row.line, row.visit, row.kind, row.discharged_at.isoformat(), row.language, row.person_key, row.outcome,
            row.invitation_id, row.group]  # fmt: skip


def _from_json(values: list[object]) -> ListedVisit:
    line, visit, kind, discharged_at, language, key, outcome, invitation_id, *more = values
    group = more[0] if more else None  # lists that were kept before groups were known
    assert isinstance(line, int)
    return ListedVisit(
        line,
        str(visit),
        str(kind),
        datetime.fromisoformat(str(discharged_at)),
        str(language),
        str(key) if key is not None else None,
        str(outcome),
        str(invitation_id) if invitation_id is not None else None,
        str(group) if group is not None else None,
    )
