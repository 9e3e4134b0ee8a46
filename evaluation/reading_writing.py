"""Writing readings down: new ones in bulk, corrections with what stood before, strata, and the digest of each.

Knows columns. Refuses to know why a figure changes and whether it may: that is the callers'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from evaluation.late_readings import keep_late
from evaluation.models import Reading, ReadingStratum
from evaluation.reading_digests import DIGESTED, reading_digest
from evaluation.reading_plans import CORRECTED, LATE, NEW, Change, Plan, figure_of
from evaluation.readings import WHOLE_CONSORTIUM, Entry
from evaluation.strata import Counts, Part
from storage.audit import record, record_all

AUTO, IMPORTED, TYPED = "auto", "imported", "typed"
Progress = Callable[[int, int], None]
"""How much is done, of how much."""

_AT_ONCE = 500
_T = TypeVar("_T")


def carry_out(
    session: Session, plan: Plan, *, origin: str, actor: str, now: datetime, progress: Progress | None = None
) -> None:
    """Write everything of a plan without findings. The caller holds the lock and writes the row of the whole."""
    new, corrected, late = plan.of(NEW), plan.of(CORRECTED), plan.of(LATE)
    whole, done = len(new) + len(corrected) + len(late), 0
    for chunk in _chunks(new):
        session.execute(insert(Reading), [_values(change.entry, origin, actor, now) for change in chunk])
        done += len(chunk)
        if progress is not None:
            progress(done, whole)
    _write_new_strata(session, [change.entry for change in new if change.entry.strata])
    for chunk in _chunks(corrected):
        _correct_all(session, chunk, origin=origin, actor=actor, now=now)
        done += len(chunk)
        if progress is not None:
            progress(done, whole)
    for change in late:
        assert change.late is not None
        keep_late(session, change.entry, change.late, origin=origin, actor=actor, now=now)
    if progress is not None and late:
        progress(whole, whole)


def correct(
    session: Session,
    reading: Reading,
    figure: Counts,
    *,
    origin: str,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Put other figures in place of a reading's; what was approved was another figure. The audit trail keeps the old.

    They are figures of a unit, not of a person.
    """
    before = reading.numerator, reading.denominator, reading.value
    reading.numerator, reading.denominator, reading.value = figure
    reading.origin, reading.corrected_at, reading.corrected_by = origin, now, actor
    reading.approved_at = reading.approved_by = None
    seal(reading)
    session.execute(delete(ReadingStratum).where(ReadingStratum.reading_id == reading.id))
    details: dict[str, object] = {"before": told(before), "after": told(figure)}
    details |= {} if reason is None else {"reason": reason}
    record(session, actor=actor, action="correct_reading", subject=subject_of(reading), now=now, details=details)


def seal(reading: Reading) -> None:
    """Set the digest over what the reading says now."""
    reading.digest = reading_digest({name: getattr(reading, name) for name in DIGESTED})


def subject_of(reading: Reading) -> str:
    """How the audit trail names a figure."""
    return f"{reading.scope}/{reading.period}/{reading.indicator}"


def told(counts: Counts) -> dict[str, object]:
    """A figure as the audit trail keeps it."""
    return dict(zip(("numerator", "denominator", "value"), counts, strict=True))


def _correct_all(session: Session, changes: Sequence[Change], *, origin: str, actor: str, now: datetime) -> None:
    """`correct` for many at once: a file may correct every figure of a year."""
    ids = {change.before.reading_id: change for change in changes if change.before is not None}
    columns = (Reading.id, *(getattr(Reading, name) for name in DIGESTED))
    rows: list[dict[str, Any]] = []
    told_of: list[tuple[str, Mapping[str, object]]] = []
    for found in session.execute(select(*columns).where(Reading.id.in_(ids))).mappings():
        change = ids[found["id"]]
        numerator, denominator, value = after = figure_of(change.entry)
        changed = {
            "numerator": numerator, "denominator": denominator, "value": value, "origin": origin, "corrected_at": now,
            "corrected_by": actor, "approved_at": None, "approved_by": None,
        }  # fmt: skip
        rows.append({"id": found["id"], **changed, "digest": reading_digest({**found, **changed})})
        assert change.before is not None
        subject = f"{found['scope']}/{found['period']}/{found['indicator']}"
        told_of.append((subject, {"before": told(change.before.counts), "after": told(after)}))
    session.execute(update(Reading), rows)
    for known in list(session.identity_map.values()):
        if isinstance(known, Reading):
            session.expire(known)
    gone = [id_ for id_, change in ids.items() if change.before is not None and change.before.strata]
    session.execute(delete(ReadingStratum).where(ReadingStratum.reading_id.in_(gone)))
    strata = [row for id_, change in ids.items() for row in _strata_rows(id_, change.entry.strata)]
    if strata:
        session.execute(insert(ReadingStratum), strata)
    record_all(session, actor=actor, action="correct_reading", now=now, changes=told_of)


def _write_new_strata(session: Session, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    keys = {entry.key: entry for entry in entries}
    periods = sorted({entry.period for entry in entries})
    columns = (Reading.id, Reading.scope, Reading.period, Reading.indicator)
    rows: list[Mapping[str, object]] = []
    for number, *key in session.execute(select(*columns).where(Reading.period.in_(periods))):
        entry = keys.get((key[0], key[1], key[2]))
        rows += _strata_rows(number, entry.strata) if entry is not None else []
    for chunk in _chunks(rows):
        session.execute(insert(ReadingStratum), chunk)


def _strata_rows(reading_id: int, strata: Iterable[Part]) -> list[Mapping[str, object]]:
    return [
        {"reading_id": reading_id, "stratum": part.code, "numerator": part.numerator, "denominator": part.denominator,
         "value": part.value}
        for part in strata
    ]  # fmt: skip


def _values(entry: Entry, origin: str, actor: str, now: datetime) -> dict[str, object]:
    whole = entry.scope == WHOLE_CONSORTIUM
    values: dict[str, object] = {
        "scope": entry.scope,
        "unit_code": None if whole else entry.scope,
        "period": entry.period,
        "indicator": entry.indicator,
        "numerator": entry.numerator,
        "denominator": entry.denominator,
        "value": entry.value,
        "origin": origin,
        "recorded_at": now,
        "recorded_by": actor,
    }
    return values | {"digest": reading_digest(values)}


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
