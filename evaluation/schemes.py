"""Schemes 考核方案 on record: applying a version, finding the one that a period is scored by, and moving the loop on.

A month of which anything is on record keeps the version that scores it (`evaluation.open_months`): what people have
worked by does not change under them (rule 27). Refuses to know what a scheme says beyond that it keeps the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.lints import check_scheme
from evaluation.loop import START, Course, states_due
from evaluation.models import SchemeVersion, Settlement
from evaluation.open_months import latest_open_month, time_zone
from evaluation.scheme import Scheme, parse_scheme
from locales.errors import DomainError
from storage.audit import record
from storage.base import canonical
from storage.database import serialize, upsert

LOCK = "evaluation"  # imports, settlements and schemes wait for each other: what is frozen was whole

_MONTHS, _MONTHS_OF_A_QUARTER = 12, 3


@dataclass(frozen=True, slots=True)
class Standing:
    """A version on record, without its content: the first month that it scores, and its state in the loop."""

    year: int
    version: int
    effective: Period
    state: str


def apply_scheme(
    session: Session, *, document: Mapping[str, object], now: datetime, actor: str = "command_line"
) -> Scheme:
    """Load a scheme that keeps every bound (`scheme_refused` otherwise; `check` names each fault).

    The same version again changes nothing. No month that is open gets another scheme: neither by changing the version
    that scores it (`scheme_version_used`), nor by a new one (`scheme_month_open`); both name the first month that is
    still free, or there is none left (`scheme_year_open`). An older version than the newest is `scheme_version_older`.
    """
    scheme = _checked(document)
    serialize(session, LOCK)
    newest = _newest(session, scheme.year)
    if newest is not None and scheme.version < newest.version:
        raise DomainError("scheme_version_older", year=scheme.year, version=scheme.version, newest=newest.version)
    digest = hashlib.sha256(canonical(document).encode()).hexdigest()
    if newest is not None and newest.version == scheme.version and newest.digest == digest:
        move_schemes(session, actor=actor, now=now)
        return scheme
    _refuse_open_months(session, scheme, newest)
    content = {
        "digest": digest,
        "content": dict(document),
        "applied_at": now,
        "effective": scheme.effective,
        "state": START,
    }
    upsert(
        session,
        SchemeVersion,
        {"year": scheme.year, "version": scheme.version, **content},
        conflict=["year", "version"],
        update=content,
    )
    if newest is not None:
        session.refresh(newest)
    record(
        session,
        actor=actor,
        action="apply_scheme",
        subject=f"{scheme.year}/{scheme.version}",
        now=now,
        details={"digest": digest, "effective": scheme.effective},
    )
    move_schemes(session, actor=actor, now=now)
    return scheme


def scheme_for(session: Session, period: Period) -> Scheme:
    """What a period is scored by: the newest version in effect in its last month, or `scheme_missing`."""
    number = _version_for(session, period)
    if number is None:
        raise DomainError("scheme_missing", year=period.year)
    return _read(session.get_one(SchemeVersion, (period.year, number)))


def has_scheme_for(session: Session, period: Period) -> bool:
    """Whether there is one, without reading it."""
    return _version_for(session, period) is not None


def scheme_version(session: Session, *, year: int, version: int) -> Scheme:
    """One version as it stands on record, or `scheme_missing`."""
    found = session.get(SchemeVersion, (year, version))
    if found is None:
        raise DomainError("scheme_missing", year=year)
    return _read(found)


def scheme_versions(session: Session) -> list[Standing]:
    """Every version on record, by year and version."""
    columns = (SchemeVersion.year, SchemeVersion.version, SchemeVersion.effective, SchemeVersion.state)
    found = session.execute(select(*columns).order_by(SchemeVersion.year, SchemeVersion.version))
    return [Standing(year, version, Period.parse(effective), state) for year, version, effective, state in found]


def first_scheme_after(session: Session, year: int) -> Scheme | None:
    """The newest version of the first year after `year` that has a scheme: it defines the figures of years before."""
    first = session.scalar(select(func.min(SchemeVersion.year)).where(SchemeVersion.year > year))
    return None if first is None else scheme_for(session, Period(first))


def scheme_digest(session: Session, scheme: Scheme) -> str:
    """The digest of the document that `scheme` was read from."""
    return session.get_one(SchemeVersion, (scheme.year, scheme.version)).digest


def last_month(period: Period) -> Period:
    """The month in which a period ends; of a month that month itself."""
    if period.is_month:
        return period
    return Period(period.year, month=_MONTHS if period.quarter is None else period.quarter * _MONTHS_OF_A_QUARTER)


def move_schemes(session: Session, *, actor: str, now: datetime) -> int:
    """Take every version on through the loop as far as things have come (rule 2); how many steps that were."""
    serialize(session, LOCK)
    versions = scheme_versions(session)
    settled = set(session.scalars(select(Settlement.period)))
    this_month = Period.month_of(now, time_zone(session))
    steps = 0
    for place, version in enumerate(versions):
        course = _course(session, versions, place, settled=settled, this_month=this_month)
        before = version.state
        for state in states_due(before, course):
            _note_state(session, version, state, before=before, actor=actor, now=now)
            before, steps = state, steps + 1
    return steps


def _course(
    session: Session, versions: Sequence[Standing], place: int, *, settled: set[str], this_month: Period
) -> Course:
    """What has happened to one of all versions."""
    version = versions[place]
    later = [each for each in versions[place + 1 :] if each.year == version.year]
    until = min((each.effective for each in later), default=None)  # from this month on another one scores
    following = [each for each in versions[place + 1 :] if each.year > version.year][:1] if until is None else later
    last = Period(version.year) if until is None else until.previous()
    return Course(
        has_begun=_has_begun(session, version.effective, this_month),
        is_settled=str(last) in settled,
        is_followed=any(_has_begun(session, each.effective, this_month) for each in following),
        scores_nothing=until is not None and until <= version.effective,
    )


def _has_begun(session: Session, month: Period, this_month: Period) -> bool:
    """Whether a month has come, or is open before its time."""
    if month <= this_month:
        return True
    latest = latest_open_month(session, month.year)
    return latest is not None and latest >= month


def _note_state(session: Session, version: Standing, state: str, *, before: str, actor: str, now: datetime) -> None:
    row = session.get_one(SchemeVersion, (version.year, version.version), populate_existing=True)
    row.state = state
    session.flush()
    record(
        session,
        actor=actor,
        action="move_scheme",
        subject=f"{version.year}/{version.version}",
        now=now,
        details={"before": before, "after": state},
    )


def _refuse_open_months(session: Session, scheme: Scheme, newest: SchemeVersion | None) -> None:
    """Every month that would get another scheme must be free; the first scheme of a year changes none."""
    if newest is None:
        return
    is_change = newest.version == scheme.version
    first = min(newest.effective, scheme.effective) if is_change else scheme.effective
    latest = latest_open_month(session, scheme.year)
    if latest is None or str(latest) < first:
        return
    free = latest.next()
    if free.year != scheme.year:
        raise DomainError("scheme_year_open", year=scheme.year, next=free.year)
    code = "scheme_version_used" if is_change else "scheme_month_open"
    raise DomainError(code, year=scheme.year, version=scheme.version, month=str(latest), free=str(free))


def _checked(document: Mapping[str, object]) -> Scheme:
    scheme, findings = parse_scheme(document, file="scheme")
    if scheme is not None:
        findings = check_scheme(scheme, file="scheme")
    if scheme is None or findings:
        raise DomainError("scheme_refused", faults=len(findings), key=findings[0].key)
    return scheme


def _version_for(session: Session, period: Period) -> int | None:
    return session.scalar(
        select(func.max(SchemeVersion.version)).where(
            SchemeVersion.year == period.year, SchemeVersion.effective <= str(last_month(period))
        )
    )


def _newest(session: Session, year: int) -> SchemeVersion | None:
    return session.scalars(
        select(SchemeVersion)
        .where(SchemeVersion.year == year)
        .order_by(SchemeVersion.version.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()


def _read(found: SchemeVersion) -> Scheme:
    """What was applied was checked then; a stored scheme that no longer reads is a fault of ours, and says so."""
    scheme, findings = parse_scheme(found.content, file=f"scheme {found.year}/{found.version}")
    if scheme is None:
        msg = f"stored scheme {found.year}/{found.version} cannot be read: {findings[0].key} {findings[0].code}"
        raise RuntimeError(msg)
    return scheme
