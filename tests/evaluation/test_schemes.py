"""Schemes on record: versions that are loaded, replaced, refused; years that have one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.models import SchemeVersion
from evaluation.schemes import apply_scheme, first_scheme_after, scheme_digest, scheme_for, scheme_version
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import IN_OCTOBER, Season, assert_told, changed, example, parsed

HIGHER = ("tiers.tertiary.indicators.down_referral.target", 20)


def apply(session: Session, document: dict[str, Any]) -> None:
    apply_scheme(session, document=document, now=IN_OCTOBER)


def version(number: int, **more: Any) -> dict[str, Any]:
    document = changed(example(), "scheme.version", number)
    for path, value in more.items():
        document = changed(document, path, value)
    return document


def refusal(session: Session, document: dict[str, Any]) -> DomainError:
    with pytest.raises(DomainError) as refused:
        apply(session, document)
    assert_told(refused.value)
    return refused.value


def audited(session: Session) -> list[str]:
    return list(session.scalars(select(AuditRow.subject).where(AuditRow.action == "apply_scheme")))


def test_apply_scheme_keeps_it_as_it_was(session: Session) -> None:
    apply(session, example())
    session.expire_all()
    assert scheme_for(session, 2026) == parsed(example())
    assert audited(session) == ["2026/1"]


def test_apply_scheme_again_changes_nothing(session: Session) -> None:
    apply(session, example())
    apply(session, example())
    assert audited(session) == ["2026/1"]


def test_scheme_for_takes_the_newest_version(session: Session) -> None:
    apply(session, example())
    apply(session, changed(version(2), *HIGHER))
    assert scheme_for(session, 2026).version == 2
    assert scheme_version(session, year=2026, version=1) == parsed(example())


def test_version_that_settled_nothing_may_be_changed(session: Session) -> None:
    apply(session, example())
    before = scheme_digest(session, scheme_for(session, 2026))
    apply(session, changed(example(), *HIGHER))
    session.expire_all()
    line = scheme_for(session, 2026).tiers["tertiary"].lines
    assert next(row.target for row in line if row.indicator == "down_referral") == 20
    assert scheme_digest(session, scheme_for(session, 2026)) != before
    assert audited(session) == ["2026/1", "2026/1"]


def test_version_that_settled_a_month_is_fixed(season: Season) -> None:
    """Rule 27: old scores stay what they are; a change is a new version."""
    season.is_set_up().settles()
    assert refusal(season.session, changed(example(), *HIGHER)).code == "scheme_version_used"
    apply(season.session, example())
    apply(season.session, changed(version(2), *HIGHER))
    assert scheme_for(season.session, 2026).version == 2


def test_older_version_than_the_newest_is_refused(session: Session) -> None:
    apply(session, version(3))
    refused = refusal(session, version(2))
    assert (refused.code, refused.details["newest"]) == ("scheme_version_older", 3)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("tiers.primary.indicators.first_visit.points", "19.99", "tiers.primary.indicators"),
        ("tiers.primary.indicators.first_visit.points", 20.0, "tiers.primary.indicators.first_visit.points"),
        ("indicators.first_visit.party", "nobody", "indicators.first_visit.party"),
    ],
)
def test_scheme_with_a_fault_is_not_loaded(session: Session, path: str, value: object, key: str) -> None:
    refused = refusal(session, changed(example(), path, value))
    assert (refused.code, refused.details["key"]) == ("scheme_refused", key)
    assert session.scalars(select(SchemeVersion)).all() == []


def test_year_without_a_scheme_is_named(session: Session) -> None:
    apply(session, example())
    for year in (2025, 2027):
        with pytest.raises(DomainError) as refused:
            scheme_for(session, year)
        assert (refused.value.code, refused.value.details) == ("scheme_missing", {"year": year})
        assert_told(refused.value)


def test_first_scheme_after_is_the_nearest_year(session: Session) -> None:
    apply(session, changed(example(), "scheme.year", 2028))
    apply(session, example())
    first = first_scheme_after(session, 2018)
    assert first is not None
    assert first.year == 2026
    assert first_scheme_after(session, 2028) is None
