"""What a table of readings would do: which figures are new, which correct others, which come late, what is wrong.

Knows what is on record. Changes nothing; writing is `evaluation.reading_writing`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.imports import Row
from consortium.periods import Period
from consortium.units import all_units
from evaluation.elements import Scheme
from evaluation.late_readings import LateChange, known_late, late_change
from evaluation.models import Reading, ReadingStratum, SchemeVersion, Settlement
from evaluation.readings import Definitions, Entry, Key, Known, named_periods, read_entries
from evaluation.schemes import first_scheme_after, scheme_for
from evaluation.strata import Counts, Part
from locales.errors import DomainError, Finding

NEW, CORRECTED, UNCHANGED, LATE = OUTCOMES = ("new", "corrected", "unchanged", "late")

_PERSON = "person:"  # how the audit trail names people


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record for one figure; `corrected_by`: who corrected it last, if anybody did."""

    reading_id: int
    counts: Counts
    strata: tuple[Part, ...] = ()
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one figure would do: `new`, `corrected` (with what stands), `unchanged`, `late` (with where it counts)."""

    entry: Entry
    outcome: str
    before: Standing | None = None
    late: LateChange | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of a table in its order, of `rows` rows. With findings it is not carried out."""

    rows: int
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        return self.counted.get(outcome, 0)

    def of(self, outcome: str) -> list[Change]:
        return [change for change in self.changes if change.outcome == outcome]


def plan_rows(session: Session, rows: Sequence[Row], *, file: str) -> Plan:
    """Hold the rows of a table against the schemes and what is on record; every finding is told, not only the first."""
    if not rows:
        return Plan(0, findings=(Finding(file, "file", "readings_empty"),))
    known = known_for(session, named_periods(rows))
    entries, findings = read_entries(rows, file=file, known=known)
    if findings:
        return Plan(len(rows), findings=tuple(findings))
    return plan_entries(session, entries, known=known, file=file, rows=len(rows))


def plan_entries(session: Session, entries: Sequence[Entry], *, known: Known, file: str, rows: int = 1) -> Plan:
    """The same for figures that have been read."""
    standing = standing_figures(session, {entry.period for entry in entries})
    closed = {entry.key for entry in entries if entry.period in known.settled}
    late = known_late(session, closed) if closed else {}
    changes: list[Change] = []
    findings: list[Finding] = []
    for entry in entries:
        before = standing.get(entry.key)
        if entry.key not in closed:
            changes.append(Change(entry, _outcome(entry, before), before))
            continue
        found = late_change(
            entry,
            known.periods[entry.period].scheme.indicators[entry.indicator],
            settled_figure=None if before is None else before.counts,
            known=late.get(entry.key),
            settled=known.settled,
        )
        if isinstance(found, str):
            details = {"value": entry.period, "counted_in": late[entry.key].counted_in}
            findings.append(Finding(file, entry.place, found, details))
        else:
            changes.append(Change(entry, UNCHANGED if found is None else LATE, before, found))
    if findings:
        return Plan(rows, findings=tuple(findings))
    return Plan(rows, tuple(changes), (), Counter(change.outcome for change in changes))


def known_for(session: Session, periods: Iterable[Period]) -> Known:
    """What rows of these periods are held against."""
    first = session.scalar(select(func.min(SchemeVersion.year)))
    found = {str(period): each for period in periods if (each := _definitions(session, period, first)) is not None}
    return Known(
        units=frozenset(unit.code for unit in all_units(session)),
        periods=found,
        settled=frozenset(session.scalars(select(Settlement.period))),
    )


def standing_figures(session: Session, periods: Collection[str]) -> dict[Key, Standing]:
    """All figures on record of these periods, with their strata."""
    strata: dict[int, list[Part]] = {}
    wanted = sorted(periods)
    parts = select(ReadingStratum).join(Reading, Reading.id == ReadingStratum.reading_id)
    for row in session.scalars(parts.where(Reading.period.in_(wanted)).order_by(ReadingStratum.stratum)):
        part = Part(row.stratum, row.numerator, row.denominator, row.value)
        strata.setdefault(row.reading_id, []).append(part)
    columns = (Reading.id, Reading.scope, Reading.period, Reading.indicator)
    figures = (Reading.numerator, Reading.denominator, Reading.value, Reading.corrected_by)
    found = session.execute(select(*columns, *figures).where(Reading.period.in_(wanted)))
    return {
        (scope, period, indicator): Standing(id_, (numerator, denominator, value), tuple(strata.get(id_, ())), by)
        for id_, scope, period, indicator, numerator, denominator, value, by in found
    }


def corrected_by_hand(plan: Plan, *, file: str) -> list[Finding]:
    """The figures of a plan that would undo what a person has corrected: no system may, or it would every night."""
    return [
        Finding(file, change.entry.place, "reading_corrected_by_hand", {"indicator": change.entry.indicator})
        for change in plan.of(CORRECTED)
        if change.before is not None and (change.before.corrected_by or "").startswith(_PERSON)
    ]


def figure_of(entry: Entry) -> Counts:
    """What an entry says, without where it stands."""
    return entry.numerator, entry.denominator, entry.value


def scheme_if_any(session: Session, period: Period) -> Scheme | None:
    """The scheme that a period is scored by; None where there is none."""
    try:
        return scheme_for(session, period)
    except DomainError as error:
        if error.code != "scheme_missing":
            raise
    return None


def _outcome(entry: Entry, before: Standing | None) -> str:
    if before is None:
        return NEW
    is_same = figure_of(entry) == before.counts
    if is_same and (not entry.strata or _in_order(entry.strata) == _in_order(before.strata)):
        return UNCHANGED
    return CORRECTED


def _in_order(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.code)


def _definitions(session: Session, period: Period, first: int | None) -> Definitions | None:
    """The scheme that a period is read by; before the first one the first one, for what is only watched."""
    scheme = scheme_if_any(session, period)
    if scheme is not None:
        return Definitions(scheme, is_before_first=False)
    if first is None or first < period.year:
        return None
    scheme = first_scheme_after(session, period.year - 1)
    return None if scheme is None else Definitions(scheme, is_before_first=True)
