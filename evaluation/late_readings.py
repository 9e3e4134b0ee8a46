"""Late figures 迟到数据: what came after its month was settled is neither refused nor slipped in (rules 46, 74).

What counts is the part that the settlement did not know: all of it where there was nothing, else the difference to what
was settled. Counts join those of the next month that is not settled, what is summed joins its sum; a bare level is kept
and shown, and scores nowhere. A month without a figure of its own stays without one (decision 10): what is late waits
for the next month that has one. Refuses to change anything of a settled month.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import Indicator, Scheme
from evaluation.figures import rate
from evaluation.models import LateReading, Reading
from evaluation.reading_digests import LATE_DIGESTED, reading_digest
from evaluation.readings import Entry, Key
from evaluation.strata import Counts, is_summed
from storage.audit import record


@dataclass(frozen=True, slots=True)
class LateChange:
    """What a late figure does: the part of it that counts, and in which month. `is_new`: none was on record before."""

    part: Counts
    counted_in: str
    is_new: bool


def late_change(
    entry: Entry,
    indicator: Indicator,
    *,
    settled_figure: Counts | None,
    known: LateReading | None,
    settled: Collection[str],
) -> LateChange | str | None:
    """What an entry of a settled month does; None where it says nothing new.

    A code, `reading_late_counted`, where another late figure of the same has been counted and settled since: only a
    correction of that settlement can mend it now.
    """
    figure = entry.numerator, entry.denominator, entry.value
    part = _beyond(figure, settled_figure, indicator)
    if known is not None:
        before = known.numerator, known.denominator, known.value
        if before == part:
            return None
        if known.counted_in in settled:
            return "reading_late_counted"
        return LateChange(part, known.counted_in, is_new=False)
    if settled_figure is not None and figure == settled_figure:
        return None
    month = Period.parse(entry.period).next()
    while str(month) in settled:
        month = month.next()
    return LateChange(part, str(month), is_new=True)


def known_late(session: Session, keys: Collection[Key]) -> dict[Key, LateReading]:
    """Late figures on record for these scopes, months and indicators."""
    periods = sorted({period for _, period, _ in keys})
    found = session.scalars(select(LateReading).where(LateReading.period.in_(periods))) if periods else ()
    return {key: row for row in found if (key := (row.unit_code, row.period, row.indicator)) in keys}


def keep_late(session: Session, entry: Entry, change: LateChange, *, origin: str, actor: str, now: datetime) -> None:
    """Write a late figure down; the audit trail keeps it as it was handed in, and what stood before."""
    numerator, denominator, value = change.part
    key = (LateReading.unit_code == entry.scope) & (LateReading.period == entry.period)
    row = session.scalars(select(LateReading).where(key, LateReading.indicator == entry.indicator)).one_or_none()
    before = None if row is None else _told((row.numerator, row.denominator, row.value))
    if row is None:
        row = LateReading(period=entry.period, unit_code=entry.scope, indicator=entry.indicator)
        session.add(row)
    row.counted_in, row.origin, row.recorded_at, row.recorded_by = change.counted_in, origin, now, actor
    row.numerator, row.denominator, row.value = numerator, denominator, value
    row.digest = reading_digest({name: getattr(row, name) for name in LATE_DIGESTED}, columns=LATE_DIGESTED)
    details = {
        "handed_in": _told((entry.numerator, entry.denominator, entry.value)),
        "counts": _told(change.part),
        "in": change.counted_in,
    } | ({} if before is None else {"before": before})
    subject = f"{entry.scope}/{entry.period}/{entry.indicator}"
    record(session, actor=actor, action="keep_late_reading", subject=subject, now=now, details=details)


def late_readings(
    session: Session, *, counted_in: Period | None = None, unit_code: str | None = None
) -> list[LateReading]:
    """Late figures as they are shown: of a month in which they are to count, of a unit, or all; the newest first."""
    statement = select(LateReading).order_by(LateReading.recorded_at.desc(), LateReading.id.desc())
    if counted_in is not None:
        statement = statement.where(LateReading.counted_in == str(counted_in))
    if unit_code is not None:
        statement = statement.where(LateReading.unit_code == unit_code)
    return list(session.scalars(statement))


def counting_late(session: Session, period: Period) -> list[LateReading]:
    """The late figures that count in a month: those meant for it, and those that no month since could take."""
    if not period.is_month:
        return []
    waiting = list(session.scalars(select(LateReading).where(LateReading.counted_in <= str(period))))
    if not waiting:
        return []
    first = min(row.counted_in for row in waiting)
    taken = session.execute(
        select(Reading.scope, Reading.indicator, Reading.period).where(
            Reading.period >= first, Reading.period < str(period), Reading.scope.in_({row.unit_code for row in waiting})
        )
    )
    months: dict[tuple[str, str], list[str]] = {}
    for scope, indicator, month in taken:
        if Period.parse(month).is_month:
            months.setdefault((scope, indicator), []).append(month)
    return [
        row
        for row in waiting
        if not any(month >= row.counted_in for month in months.get((row.unit_code, row.indicator), ()))
    ]


def with_late(
    readings: Mapping[str, Mapping[str, Reading]], late: Iterable[LateReading], scheme: Scheme
) -> dict[str, dict[str, Reading]]:
    """A month's readings with what came late: copies that stand in no session; what is on record is not touched."""
    joined = {unit: dict(of_unit) for unit, of_unit in readings.items()}
    for row in late:
        own, indicator = joined.get(row.unit_code, {}).get(row.indicator), scheme.indicators.get(row.indicator)
        if own is not None and indicator is not None and does_count(row, indicator):
            joined[row.unit_code][row.indicator] = _joined(own, row, indicator)
    return joined


def does_count(row: LateReading, indicator: Indicator) -> bool:
    """Whether a late figure can count at all: counts do, and what is summed; a bare level does not, nor does what has
    to be proved: nobody has looked at the evidence of what came late.
    """
    return not indicator.needs_evidence and (row.numerator is not None or is_summed(indicator))


def _joined(own: Reading, row: LateReading, indicator: Indicator) -> Reading:
    """A copy of a reading with a late one added, where both can be added."""
    made = Reading(**{column.key: getattr(own, column.key) for column in Reading.__table__.columns})
    if own.numerator is not None and own.denominator is not None:
        if row.numerator is None or row.denominator is None:
            return own
        made.numerator, made.denominator = own.numerator + row.numerator, own.denominator + row.denominator
        made.value = rate(made.numerator, made.denominator, indicator.unit) if made.denominator > 0 else None
        return made
    if not is_summed(indicator) or row.numerator is not None or own.value is None or row.value is None:
        return own
    made.value = own.value + row.value
    return made


def _beyond(figure: Counts, settled: Counts | None, indicator: Indicator) -> Counts:
    """The part of a figure that the settlement did not know. Of a level there are no parts: it stays as it is."""
    if settled is None:
        return figure
    numerator, denominator, value = figure
    was_numerator, was_denominator, was_value = settled
    if None not in {numerator, denominator, was_numerator, was_denominator}:
        assert numerator is not None
        assert denominator is not None
        assert was_numerator is not None
        assert was_denominator is not None
        more, over = numerator - was_numerator, denominator - was_denominator
        return more, over, rate(more, over, indicator.unit)
    if numerator is None and was_numerator is None and is_summed(indicator):
        return None, None, None if value is None or was_value is None else value - was_value
    return None, None, value


def _told(counts: Counts) -> dict[str, str | None]:
    names = ("numerator", "denominator", "value")
    return {name: None if each is None else str(each) for name, each in zip(names, counts, strict=True)}
