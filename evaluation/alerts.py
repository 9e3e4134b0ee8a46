"""Alerts 预警: an abnormal change, a figure outside its range, one that has not come. Each is raised once (rule 28).

Knows who has seen one, and what the unit says about it. Refuses to know when one is to be raised: that is for
`abnormal_changes`, `range_explanations` and `feeds` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, Actor, may_run_season, require
from evaluation.follow_up_models import Alert
from evaluation.models import LateReading, Reading
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new
from surveys.plain_text import clean_text, is_blank

CHANGE, RANGE, FEED = KINDS = ("change", "range", "feed")
LONGEST_WORDS = 1000
"""Characters of a reason, and of an explanation."""


def raise_alert(
    session: Session,
    *,
    kind: str,
    unit_code: str,
    indicator: str,
    period: Period,
    details: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> Alert | None:
    """Raise it, unless it has been: then None, whatever has become of the figure since."""
    values = {
        "kind": kind, "unit_code": unit_code, "indicator": indicator, "period": str(period), "details": dict(details),
        "raised_at": now,
    }  # fmt: skip
    if not insert_new(session, Alert, values, ["kind", "unit_code", "indicator", "period"]):
        return None
    found = session.scalars(
        select(Alert).where(
            Alert.kind == kind, Alert.unit_code == unit_code, Alert.indicator == indicator, Alert.period == str(period)
        )
    ).one()
    subject = f"{kind}/{unit_code}/{period}/{indicator}"
    record(session, actor=actor, action="raise_alert", subject=f"alert:{found.id}", now=now, details={"what": subject})
    return found


def open_alerts(session: Session, *, unit_code: str | None = None) -> list[Alert]:
    """The alerts that nobody of the office has marked as seen, and whose figure has not come since; newest first."""
    rows = select(Alert).where(Alert.seen_at.is_(None)).order_by(Alert.period.desc(), Alert.id)
    if unit_code is not None:
        rows = rows.where(Alert.unit_code == unit_code)
    found = list(session.scalars(rows.execution_options(populate_existing=True)))
    come = arrived(session, found)
    return [each for each in found if each.id not in come]


def recent_alerts(session: Session, *, unit_code: str | None = None, limit: int = 60) -> list[Alert]:
    """Alerts seen or not, the newest first."""
    rows = select(Alert).order_by(Alert.period.desc(), Alert.id.desc()).limit(limit)
    if unit_code is not None:
        rows = rows.where(Alert.unit_code == unit_code)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def arrived(session: Session, alerts: Iterable[Alert]) -> set[int]:
    """Of alerts about figures that had not come, the ids of those whose figure is here now: they are settled."""
    waiting = {(each.unit_code, each.indicator, each.period): each.id for each in alerts if each.kind == FEED}
    periods = sorted({period for _, _, period in waiting})
    come: set[int] = set()
    for model in (Reading, LateReading):
        rows = select(model.unit_code, model.indicator, model.period).where(model.period.in_(periods))
        come |= {waiting[key] for row in session.execute(rows) if (key := tuple(row)) in waiting}
    return come


def mark_seen(
    session: Session, *, actor: Actor, now: datetime, kind: str, unit_code: str, period: str, indicator: str | None
) -> int:
    """One of the office has seen a unit's alerts of a kind and period (or the one about an indicator); how many."""
    require(may_run_season(actor))
    same = [Alert.kind == kind, Alert.unit_code == unit_code, Alert.period == period]
    return _see(session, actor, now, [*same, Alert.indicator == indicator] if indicator is not None else same)


def mark_all_seen(session: Session, *, actor: Actor, now: datetime, until: int) -> int:
    """The same of all alerts up to an id: what was on the screen, and nothing that was raised since."""
    require(may_run_season(actor))
    return _see(session, actor, now, [Alert.id <= until])


def give_reason(session: Session, *, alert_id: int, words: str, actor: Actor, now: datetime) -> Alert:
    """A representative of the unit says what lies behind it; what was said before is replaced. Nobody has to.

    A figure outside its range is explained instead (`range_explanations`). Errors: `alert_unknown` (also for whoever is
    not of the unit, and of a range), `explanation_words_missing`, `explanation_words_too_long`.
    """
    found = alert_of(session, alert_id)
    if found.kind == RANGE or not may_explain(actor, found.unit_code):
        raise DomainError("alert_unknown")
    values = {"reason": tidy_words(words), "reason_by": actor.person_id, "reason_at": now}
    session.execute(
        update(Alert).where(Alert.id == alert_id).values(**values).execution_options(synchronize_session=False)
    )
    record(session, actor=actor.ref, action="give_reason", subject=f"alert:{alert_id}", now=now)
    return alert_of(session, alert_id)


def may_explain(actor: Actor, unit_code: str) -> bool:
    """Whether this person speaks for the unit: gives reasons and explanations."""
    return REPRESENTATIVE in actor.roles and unit_code in actor.units


def tidy_words(words: str, *, missing: str = "explanation_words_missing") -> str:
    """What was written, as it may be kept; `missing` or `explanation_words_too_long`."""
    written = clean_text(words) or ""
    if is_blank(written):
        raise DomainError(missing)
    if len(written) > LONGEST_WORDS:
        raise DomainError("explanation_words_too_long", length=len(written), most=LONGEST_WORDS)
    return written


def alert_of(session: Session, alert_id: int) -> Alert:
    """One alert, or `alert_unknown`."""
    found = session.get(Alert, alert_id, populate_existing=True)
    if found is None:
        raise DomainError("alert_unknown")
    return found


def _see(session: Session, actor: Actor, now: datetime, conditions: Sequence[Any]) -> int:
    seen = session.scalars(
        update(Alert)
        .where(Alert.seen_at.is_(None), *conditions)
        .values(seen_by=actor.person_id, seen_at=now)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    ).all()
    if seen:
        record(
            session, actor=actor.ref, action="see_alerts", subject="alerts", now=now, details={"alerts": sorted(seen)}
        )
    return len(seen)
