"""Figures that people enter by hand 人工填报 on a page or in chat, and what the office corrects.

A unit's representatives enter for their unit, the office for every unit. What a system or a file handed in only the
office changes, and says why. Knows who may; what a late figure does is `evaluation.late_readings`' to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.one_line import one_line
from consortium.periods import Period
from consortium.permissions import Actor, may_hand_in_evidence, may_run_season, require
from consortium.units import unit, zone
from evaluation.elements import Indicator, Scheme
from evaluation.late_readings import known_late
from evaluation.missing_readings import Asked, asked_of_tier
from evaluation.models import Reading, Settlement
from evaluation.reading_plans import CORRECTED, LATE, UNCHANGED, known_for, plan_entries
from evaluation.reading_writing import TYPED, carry_out, correct, subject_of
from evaluation.readings import Entry
from evaluation.schemes import LOCK, scheme_for
from evaluation.strata import Counts
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize

SHORTEST_REASON, LONGEST_REASON = 5, 300


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of it: `new`, `corrected`, `unchanged` or `late`, then with the month in which it counts."""

    outcome: str
    counted_in: str | None = None


def may_enter(actor: Actor, unit_code: str) -> bool:
    """Enter figures of a unit: its representatives, and the office."""
    return may_hand_in_evidence(actor, unit_code)


def refuse_other_units(session: Session, actor: Actor, unit_code: str) -> Unit:
    """The unit; another's does not exist: `unit_unknown`."""
    if not may_enter(actor, unit_code):
        raise DomainError("unit_unknown", unit=unit_code)
    return unit(session, unit_code)


def collecting_month(session: Session, now: datetime) -> Period:
    """The month whose figures are collected now: the last one until it is settled, then the running one."""
    running = Period.month_of(now, zone(session))
    last = running.previous()
    return running if session.get(Settlement, str(last)) is not None else last


def asked_of_unit(session: Session, scheme: Scheme, unit_code: str) -> tuple[Asked, ...]:
    """What a unit hands in under a scheme."""
    return asked_of_tier(scheme, unit(session, unit_code).tier)


def asked_indicator(session: Session, *, unit_code: str, period: Period, indicator: str) -> Indicator:
    """An indicator that this unit hands in for this month; `scheme_missing`, `entry_not_asked`."""
    asked = asked_of_unit(session, scheme_for(session, period), unit_code)
    found = next((each.indicator for each in asked if each.indicator.code == indicator), None)
    if found is None:
        raise DomainError("entry_not_asked")
    return found


def enter_reading(
    session: Session,
    *,
    actor: Actor,
    unit_code: str,
    period: Period,
    indicator: str,
    figure: Counts,
    now: datetime,
    reason: str | None = None,
) -> Entered:
    """Keep a figure of a month that has begun. The same figure again changes nothing.

    Errors: `unit_unknown` (also for another's unit), `entry_not_month`, `entry_ahead`, `scheme_missing`,
    `entry_not_asked`, `entry_of_system`, `entry_reason_missing`, `reading_late_counted`.
    """
    refuse_other_units(session, actor, unit_code)
    serialize(session, LOCK)
    _refuse_period(session, period, now)
    asked_indicator(session, unit_code=unit_code, period=period, indicator=indicator)
    entry = Entry(1, unit_code, str(period), indicator, *figure)
    return _entered(session, entry, actor=actor, now=now, reason=reason)


def correct_reading(
    session: Session,
    *,
    actor: Actor,
    scope: str,
    period: Period,
    indicator: str,
    figure: Counts,
    reason: str,
    now: datetime,
) -> Entered:
    """The office puts another figure in the place of one on record, of a unit or of the region, and says why.

    Errors: `not_allowed`, `reading_unknown`, `already_settled`, `entry_reason_missing`.
    """
    require(may_run_season(actor))
    serialize(session, LOCK)
    reading = reading_of(session, scope, period, indicator)
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    if figure == (reading.numerator, reading.denominator, reading.value):
        return Entered(UNCHANGED)
    correct(session, reading, figure, origin=TYPED, actor=actor.ref, now=now, reason=tidy_reason(reason))
    session.flush()
    return Entered(CORRECTED)


def reading_of(session: Session, scope: str, period: Period, indicator: str) -> Reading:
    """One reading on record, or `reading_unknown`."""
    key = (Reading.scope == scope) & (Reading.period == str(period)) & (Reading.indicator == indicator)
    found = session.scalars(select(Reading).where(key).execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise DomainError("reading_unknown")
    return found


def tidy_reason(written: str | None) -> str:
    """A reason on one line; `entry_reason_missing` unless it says something."""
    reason = one_line(written or "")
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise DomainError("entry_reason_missing", low=SHORTEST_REASON, high=LONGEST_REASON)
    return reason


def _entered(session: Session, entry: Entry, *, actor: Actor, now: datetime, reason: str | None) -> Entered:
    period = Period.parse(entry.period)
    plan = plan_entries(session, [entry], known=known_for(session, [period]), file="entry")
    if plan.findings:
        finding = plan.findings[0]
        raise DomainError(finding.code, **dict(finding.details))
    [change] = plan.changes
    if change.outcome == UNCHANGED:
        return Entered(UNCHANGED)
    if not may_run_season(actor):
        _refuse_figure_of_system(session, entry)
    if change.outcome == CORRECTED:
        reading = reading_of(session, entry.scope, period, entry.indicator)
        said = tidy_reason(reason) if may_run_season(actor) else (one_line(reason)[:LONGEST_REASON] if reason else None)
        figure = entry.numerator, entry.denominator, entry.value
        correct(session, reading, figure, origin=TYPED, actor=actor.ref, now=now, reason=said)
        session.flush()
        return Entered(CORRECTED)
    carry_out(session, plan, origin=TYPED, actor=actor.ref, now=now)
    session.flush()
    if change.outcome == LATE:
        return Entered(LATE, change.late.counted_in if change.late is not None else None)
    reading = reading_of(session, entry.scope, period, entry.indicator)
    record(session, actor=actor.ref, action="enter_reading", subject=subject_of(reading), now=now)
    return Entered(change.outcome)


def _refuse_figure_of_system(session: Session, entry: Entry) -> None:
    """What a system or a file brought is not for a unit to change, nor by waiting until its month is settled."""
    key = (Reading.scope == entry.scope) & (Reading.period == entry.period) & (Reading.indicator == entry.indicator)
    origins = [*session.scalars(select(Reading.origin).where(key))]
    origins += [late.origin for late in known_late(session, {entry.key}).values()]
    if any(origin != TYPED for origin in origins):
        raise DomainError("entry_of_system")


def _refuse_period(session: Session, period: Period, now: datetime) -> None:
    if not period.is_month:
        raise DomainError("entry_not_month", period=str(period))
    if period.start(zone(session)) > now:
        raise DomainError("entry_ahead", period=str(period))
