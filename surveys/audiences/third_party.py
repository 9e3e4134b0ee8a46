"""What third parties have found 第三方: looked over, imported all together or not at all, shown with their names.

Their results are a stream of their own: no figure here is ever averaged with ours (rule 97, decision 3). The same
result again with other figures is a correction, whose former figures stay in the audit trail. Which months are settled,
and so take nothing any more, is the caller's to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import all_units
from locales.errors import DomainError, Finding
from storage.audit import record
from storage.database import serialize
from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from surveys.audiences.third_party_files import Result, read_results
from surveys.results import Window
from surveys.shown import months_of

LIFETIME = timedelta(hours=2)
NEW, CORRECTED, UNCHANGED = "new", "corrected", "unchanged"
_LOCK = "third_party"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, row by row with `new`, `corrected` or `unchanged`. With findings it does nothing."""

    rows: tuple[tuple[Result, str], ...]
    findings: tuple[Finding, ...]

    def count(self, outcome: str) -> int:
        return sum(each == outcome for _, each in self.rows)


def preview_results(session: Session, *, content: bytes, file: str, settled: Collection[str]) -> Preview:
    """Look a file over against what is on record; changes nothing."""
    units = {each.code for each in all_units(session)}
    results, findings = read_results(content, file=file, units=units, settled=settled)
    return Preview(() if findings else _outcomes(session, results), tuple(findings))


def keep_results(
    session: Session, *, content: bytes, rows: Sequence[Result], new_id: str, actor: str, now: datetime
) -> None:
    """Put looked-over rows aside for `LIFETIME`; earlier ones of the same person that were not imported give way."""
    gone = (ThirdPartyImport.made_by == actor) | (ThirdPartyImport.expires_at <= now)
    session.execute(delete(ThirdPartyImport).where(gone, ThirdPartyImport.imported_at.is_(None)))
    session.add(
        ThirdPartyImport(
            id=new_id,
            file_digest=hashlib.sha256(content).hexdigest(),
            rows=[_to_json(row) for row in rows],
            created_at=now,
            expires_at=now + LIFETIME,
            made_by=actor,
            imported_at=None,
        )
    )
    session.flush()
    record(session, actor=actor, action="keep_third_party", subject=f"third_party:{new_id}", now=now,
           details={"rows": len(rows)})  # fmt: skip


def kept_results(session: Session, *, import_id: str, actor: str, now: datetime) -> Preview:
    """What was put aside, held against what is on record now. Error: `third_party_gone`."""
    kept = _kept(session, import_id, actor, now)
    return Preview(_outcomes(session, [_from_json(row) for row in kept.rows]), ())


def import_results(session: Session, *, import_id: str, settled: Collection[str], actor: str, now: datetime) -> Preview:
    """Import what was put aside: all of it, or nothing. Again, nothing is left to import: `third_party_gone`.

    Error besides: `third_party_settled`, when a month was settled in between.
    """
    serialize(session, _LOCK)
    kept = _kept(session, import_id, actor, now)
    results = [_from_json(row) for row in kept.rows]
    closed = next((each.period for each in results if each.period in settled), None)
    if closed is not None:
        raise DomainError("third_party_settled", period=closed)
    outcomes = _outcomes(session, results)
    for each, outcome in outcomes:
        if outcome == UNCHANGED:
            continue
        if outcome == CORRECTED:
            _note_former(session, each, actor, now)
        session.merge(
            ThirdPartyResult(
                unit_code=each.unit_code, period=each.period, source=each.source, definition=each.definition,
                score=each.score, n=each.n, low=each.low, high=each.high, import_id=import_id,
            )
        )  # fmt: skip
    kept.rows, kept.imported_at = [], now
    session.flush()
    done = Preview(outcomes, ())
    details = {"new": done.count(NEW), "corrected": done.count(CORRECTED), "digest": kept.file_digest}
    record(session, actor=actor, action="import_third_party", subject=f"third_party:{import_id}", now=now,
           details=details)  # fmt: skip
    return done


def third_party_results(session: Session, *, period: Period) -> dict[str, list[ThirdPartyResult]]:
    """By unit, the results of exactly this period, in the order of their sources and definitions."""
    found: dict[str, list[ThirdPartyResult]] = {}
    rows = session.scalars(
        select(ThirdPartyResult)
        .where(ThirdPartyResult.period == str(period))
        .order_by(ThirdPartyResult.unit_code, ThirdPartyResult.source, ThirdPartyResult.definition)
    )
    for row in rows:
        found.setdefault(row.unit_code, []).append(row)
    return found


def unit_results(session: Session, *, unit_code: str | None = None, limit: int = 200) -> list[ThirdPartyResult]:
    """The newest results, of one unit or of all."""
    statement = select(ThirdPartyResult).order_by(
        ThirdPartyResult.period.desc(),
        ThirdPartyResult.source,
        ThirdPartyResult.unit_code,
        ThirdPartyResult.definition,
    )
    if unit_code is not None:
        statement = statement.where(ThirdPartyResult.unit_code == unit_code)
    return list(session.scalars(statement.limit(limit)))


def of_window(session: Session, window: Window, *, unit_code: str | None = None) -> list[ThirdPartyResult]:
    """The results of a window and of the periods in it, by unit; those of no window of ours are in no list of these."""
    own = {str(month) for month in window.months}
    if not window.is_rolling:
        period = Period.parse(window.name)
        own |= {window.name, *(str(each) for each in _inner(period))}
    statement = (
        select(ThirdPartyResult)
        .where(ThirdPartyResult.period.in_(sorted(own)))
        .order_by(
            ThirdPartyResult.unit_code,
            ThirdPartyResult.period,
            ThirdPartyResult.source,
            ThirdPartyResult.definition,
        )
    )
    if unit_code is not None:
        statement = statement.where(ThirdPartyResult.unit_code == unit_code)
    return list(session.scalars(statement))


def _inner(period: Period) -> list[Period]:
    """The quarters and months of a period."""
    quarters = [Period(period.year, None, each) for each in (1, 2, 3, 4)] if period == Period(period.year) else []
    return [*quarters, *months_of(period)]


def _kept(session: Session, import_id: str, actor: str, now: datetime) -> ThirdPartyImport:
    kept = session.get(ThirdPartyImport, import_id[:40], with_for_update=True)
    if kept is None or kept.made_by != actor or kept.imported_at is not None or now >= kept.expires_at:
        raise DomainError("third_party_gone")
    return kept


def _outcomes(session: Session, results: Sequence[Result]) -> tuple[tuple[Result, str], ...]:
    periods = {each.period for each in results}
    standing = {
        (row.unit_code, row.period, row.source, row.definition): (row.score, row.n, row.low, row.high)
        for row in session.scalars(select(ThirdPartyResult).where(ThirdPartyResult.period.in_(sorted(periods))))
    }
    return tuple(
        (each, NEW if each.key not in standing else UNCHANGED if standing[each.key] == each.figures else CORRECTED)
        for each in results
    )


def _note_former(session: Session, result: Result, actor: str, now: datetime) -> None:
    """The figures that a correction replaces: they are figures of a unit, not of a person."""
    before = session.get_one(ThirdPartyResult, result.key)
    details = {"period": before.period, "source": before.source, "definition": before.definition,
               "score": str(before.score), "n": before.n}  # fmt: skip
    record(session, actor=actor, action="correct_third_party", subject=f"unit:{before.unit_code}", now=now,
           details=details)  # fmt: skip


def _to_json(row: Result) -> list[Any]:
    low, high = (None if each is None else str(each) for each in (row.low, row.high))
    return [row.line, row.unit_code, row.period, row.source, row.definition, str(row.score), row.n, low, high]


def _from_json(values: Sequence[Any]) -> Result:
    line, unit_code, period, source, definition, score, n, low, high = values
    return Result(
        line, unit_code, period, source, definition, Fraction(score), n,
        None if low is None else Fraction(low), None if high is None else Fraction(high),
    )  # fmt: skip
