"""Schemes 考核方案 on record: applying a version, and finding the one that a year is scored by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evaluation.models import SchemeVersion, Settlement
from evaluation.scheme import Scheme, check_bounds, parse_scheme
from locales.errors import DomainError
from storage.audit import record
from storage.base import canonical
from storage.database import serialize, upsert

LOCK = "evaluation"  # imports, settlements and schemes wait for each other: what is frozen was whole


def apply_scheme(
    session: Session, *, document: Mapping[str, object], now: datetime, actor: str = "command_line"
) -> Scheme:
    """Load a scheme that keeps every bound (`scheme_refused` otherwise; `check` names each fault).

    The same version again changes nothing. A version that has settled a period cannot be changed
    (`scheme_version_used`), and an older one than the newest on record is refused (`scheme_version_older`): rule 27.
    """
    scheme = _checked(document)
    serialize(session, LOCK)
    newest = _newest(session, scheme.year)
    if newest is not None and scheme.version < newest.version:
        raise DomainError("scheme_version_older", year=scheme.year, version=scheme.version, newest=newest.version)
    digest = hashlib.sha256(canonical(document).encode()).hexdigest()
    if newest is not None and newest.version == scheme.version:
        if newest.digest == digest:
            return scheme
        if _has_settled(session, scheme):
            raise DomainError("scheme_version_used", year=scheme.year, version=scheme.version)
    content = {
        "digest": digest,
        "content": dict(document),
        "applied_at": now,
        "effective": scheme.effective,
        "state": "in_force",
    }
    upsert(
        session,
        SchemeVersion,
        {"year": scheme.year, "version": scheme.version, **content},
        conflict=["year", "version"],
        update=content,
    )
    record(
        session,
        actor=actor,
        action="apply_scheme",
        subject=f"{scheme.year}/{scheme.version}",
        now=now,
        details={"digest": digest},
    )
    return scheme


def scheme_for(session: Session, year: int) -> Scheme:
    """The newest version of the year's scheme, or `scheme_missing`."""
    found = _newest(session, year)
    if found is None:
        raise DomainError("scheme_missing", year=year)
    return _read(found)


def scheme_version(session: Session, *, year: int, version: int) -> Scheme:
    """One version as it stands on record, or `scheme_missing`."""
    found = session.get(SchemeVersion, (year, version))
    if found is None:
        raise DomainError("scheme_missing", year=year)
    return _read(found)


def first_scheme_after(session: Session, year: int) -> Scheme | None:
    """The newest version of the first year after `year` that has a scheme: it defines the figures of years before."""
    first = session.scalar(select(func.min(SchemeVersion.year)).where(SchemeVersion.year > year))
    return None if first is None else scheme_for(session, first)


def scheme_digest(session: Session, scheme: Scheme) -> str:
    """The digest of the document that `scheme` was read from."""
    return session.get_one(SchemeVersion, (scheme.year, scheme.version)).digest


def _checked(document: Mapping[str, object]) -> Scheme:
    scheme, findings = parse_scheme(document, file="scheme")
    if scheme is not None:
        findings = check_bounds(scheme, file="scheme")
    if scheme is None or findings:
        raise DomainError("scheme_refused", faults=len(findings), key=findings[0].key)
    return scheme


def _newest(session: Session, year: int) -> SchemeVersion | None:
    return session.scalars(
        select(SchemeVersion).where(SchemeVersion.year == year).order_by(SchemeVersion.version.desc()).limit(1)
    ).first()


def _has_settled(session: Session, scheme: Scheme) -> bool:
    return (
        session.scalars(
            select(Settlement.period)
            .where(Settlement.scheme_year == scheme.year, Settlement.scheme_version == scheme.version)
            .limit(1)
        ).first()
        is not None
    )


def _read(found: SchemeVersion) -> Scheme:
    """What was applied was checked then; a stored scheme that no longer reads is a fault of ours, and says so."""
    scheme, findings = parse_scheme(found.content, file=f"scheme {found.year}/{found.version}")
    if scheme is None:
        msg = f"stored scheme {found.year}/{found.version} cannot be read: {findings[0].key} {findings[0].code}"
        raise RuntimeError(msg)
    return scheme
