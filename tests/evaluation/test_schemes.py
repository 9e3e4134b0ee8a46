"""Schemes on record: versions that are loaded, replaced, refused; years that have one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.models import Reading, SchemeVersion, Settlement
from evaluation.open_months import latest_open_month
from evaluation.schemes import (
    apply_scheme,
    first_scheme_after,
    move_schemes,
    scheme_digest,
    scheme_for,
    scheme_version,
    scheme_versions,
)
from evaluation.settled import frozen_cards, frozen_lines, settlement_of
from locales.errors import DomainError
from reviews.panel_models import EvidenceFile, Panel
from storage.audit import AuditRow
from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from surveys.models import Invitation
from tests.evaluation.cast import (
    CHEN,
    IN_OCTOBER,
    OCTOBER,
    OCTOBER_IS_OVER,
    Season,
    assert_told,
    changed,
    example,
    parsed,
)

HIGHER = ("tiers.tertiary.indicators.down_referral.target", 20)


def apply(session: Session, document: dict[str, Any]) -> None:
    apply_scheme(session, document=document, now=IN_OCTOBER)


def version(number: int, **more: Any) -> dict[str, Any]:
    document = changed(example(), "scheme.version", number)
    for path, value in more.items():
        document = changed(document, path, value)
    return document


def effective_in(month: str, document: dict[str, Any]) -> dict[str, Any]:
    return changed(document, "scheme.effective", month)


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
    assert scheme_for(session, Period(2026)) == parsed(example())
    assert audited(session) == ["2026/1"]


def test_apply_scheme_again_changes_nothing(session: Session) -> None:
    apply(session, example())
    apply(session, example())
    assert audited(session) == ["2026/1"]


def test_scheme_for_takes_the_newest_version(session: Session) -> None:
    apply(session, example())
    apply(session, changed(version(2), *HIGHER))
    assert scheme_for(session, Period(2026)).version == 2
    assert scheme_version(session, year=2026, version=1) == parsed(example())


def test_version_of_months_that_are_free_may_be_changed(session: Session) -> None:
    apply(session, example())
    before = scheme_digest(session, scheme_for(session, Period(2026)))
    apply(session, changed(example(), *HIGHER))
    line = scheme_for(session, Period(2026)).tiers["tertiary"].lines
    assert next(row.target for row in line if row.indicator == "down_referral") == 20
    assert scheme_digest(session, scheme_for(session, Period(2026))) != before
    assert audited(session) == ["2026/1", "2026/1"]


# ── frozen once a period has opened ──


def a_reading(season: Season) -> None:
    season.reads("jia,2026-10,down_referral,81,600,")


def a_round(season: Season) -> None:
    season.round_is("open")


def a_panel(season: Season) -> None:
    season.session.add(
        Panel(
            period="2026-10", state="open", public_key="{}", criteria=[], minimums={}, tables={}, opened_at=IN_OCTOBER
        )
    )


def evidence(season: Season) -> None:
    season.session.add(Person(id="li", name="李代表", language="zh", active=True))
    season.session.flush()
    season.session.add(
        EvidenceFile(
            id="e1", period="2026-10", unit_code="jia", indicator="core_systems", name="a.pdf", kind="pdf", size=4,
            digest="d" * 64, content=b"%PDF", handed_in_by="li", handed_in_at=IN_OCTOBER,
        )
    )  # fmt: skip


def an_answer(season: Season) -> None:
    season.answers("jia", fives=1, threes=0)


def an_invitation(season: Season, stream: str = "visit", moment: datetime = IN_OCTOBER) -> None:
    season.session.add(
        Invitation(
            id=f"i-{stream}", stream=stream, unit_code="jia", visit="v1", kind="outpatient", discharged_at=moment,
            language="zh", questionnaire_id="outpatient", questionnaire_version="1", created_at=moment,
            expires_at=moment + timedelta(days=14),
        )
    )  # fmt: skip


def a_third_party(season: Season) -> None:
    season.session.add(
        ThirdPartyImport(id="t1", file_digest="d" * 64, rows=[], created_at=IN_OCTOBER, expires_at=OCTOBER_IS_OVER,
                         made_by=CHEN)
    )  # fmt: skip
    season.session.flush()
    season.session.add(
        ThirdPartyResult(unit_code="jia", period="2026-10", source="省调查队", definition="~满意率", score=Fraction(90),
                         n=50, import_id="t1")
    )  # fmt: skip


def a_settlement(season: Season) -> None:
    season.settles()


TRACES = (a_reading, a_round, a_panel, evidence, an_answer, an_invitation, a_third_party, a_settlement)


@pytest.mark.parametrize("trace", TRACES)
def test_anything_on_record_opens_a_month_and_freezes_its_scheme(
    season: Season, trace: Callable[[Season], None]
) -> None:
    """Rule 27: nobody is scored by rules that came after the work was done."""
    season.is_set_up()
    session = season.session
    assert latest_open_month(session, 2026) is None
    trace(season)
    session.flush()
    assert latest_open_month(session, 2026) == OCTOBER
    same = refusal(session, changed(example(), *HIGHER))
    assert (same.code, same.details["month"], same.details["free"]) == ("scheme_version_used", "2026-10", "2026-11")
    later = refusal(session, effective_in("2026-12", example()))  # October would lose its scheme
    assert (later.code, later.details["free"]) == ("scheme_version_used", "2026-11")
    for effective in ("2026-01", "2026-10"):
        new = refusal(session, effective_in(effective, version(2)))
        assert (new.code, new.details["month"], new.details["free"]) == ("scheme_month_open", "2026-10", "2026-11")
    apply(session, example())  # the same again is no change
    apply(session, effective_in("2026-11", changed(version(2), *HIGHER)))
    assert [scheme_for(session, Period(2026, month=month)).version for month in (1, 10, 11, 12)] == [1, 1, 2, 2]


def test_a_trial_opens_no_month_and_neither_do_other_years(season: Season) -> None:
    season.is_set_up()
    session = season.session
    an_invitation(season, stream="test")
    session.add_all(
        Reading(scope="*", unit_code=None, period=period, indicator="history_referral", value=Fraction(8), origin="typed",
                recorded_at=IN_OCTOBER, recorded_by=CHEN, digest="d" * 64)
        for period in ("2025-12", "2027-01", "2026", "2026-Q4")
    )  # fmt: skip
    session.flush()
    assert [latest_open_month(session, year) for year in (2024, 2025, 2026, 2027)] == [
        None, Period(2025, month=12), None, Period(2027, month=1),
    ]  # fmt: skip
    apply(session, changed(example(), *HIGHER))


@pytest.mark.parametrize(
    ("moment", "year", "month"),
    [("2025-12-31T15:59:59", 2025, 12), ("2025-12-31T16:00:00", 2026, 1), ("2026-12-31T15:59:59", 2026, 12)],
)
def test_months_of_invitations_begin_by_the_clock_of_the_consortium(
    season: Season, moment: str, year: int, month: int
) -> None:
    season.is_set_up()
    an_invitation(season, moment=datetime.fromisoformat(f"{moment}+00:00"))
    season.session.flush()
    assert latest_open_month(season.session, year) == Period(year, month=month)


def test_the_first_scheme_of_a_year_scores_months_that_are_open(season: Season) -> None:
    """Nothing scored them yet."""
    season.is_set_up()
    season.round_is("open", Period(2027, month=2))
    apply(season.session, changed(changed(example(), "scheme.year", 2027), "scheme.effective", "2027-01"))
    assert scheme_for(season.session, Period(2027, month=1)).year == 2027
    assert (
        refusal(season.session, changed(changed(version(2), "scheme.year", 2027), *HIGHER)).code == "scheme_month_open"
    )


def test_a_year_that_is_open_to_its_end_gets_no_other_scheme(season: Season) -> None:
    season.is_set_up()
    season.round_is("open", Period(2026, month=12))
    for document in (version(2), effective_in("2026-12", version(2)), changed(example(), *HIGHER)):
        refused = refusal(season.session, document)
        assert (refused.code, refused.details) == ("scheme_year_open", {"year": 2026, "next": 2027})


def test_a_version_to_come_may_move_but_not_over_an_open_month(season: Season) -> None:
    season.is_set_up()
    session = season.session
    a_reading(season)
    apply(session, effective_in("2026-12", version(2)))
    apply(session, effective_in("2026-11", version(2)))
    assert refusal(session, effective_in("2026-10", version(2))).code == "scheme_version_used"
    apply(session, effective_in("2026-12", version(3)))
    versions = [scheme_for(session, Period(2026, month=month)).version for month in (10, 11, 12)]
    assert versions == [1, 2, 3]
    apply(session, effective_in("2026-11", version(4)))  # takes all the months of 2 and 3
    assert [scheme_for(session, Period(2026, month=month)).version for month in (10, 11, 12)] == [1, 4, 4]


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2026-06", 1), ("2026-07", 2), ("2026-Q2", 1), ("2026-Q3", 2), ("2026", 3), ("2026-Q4", 3), ("2026-09", 2)],
)
def test_a_period_is_scored_by_the_version_of_its_last_month(session: Session, period: str, expected: int) -> None:
    apply(session, example())
    apply(session, effective_in("2026-07", version(2)))
    apply(session, effective_in("2026-10", version(3)))
    assert scheme_for(session, Period.parse(period)).version == expected


def test_months_before_the_first_version_have_no_scheme(session: Session) -> None:
    apply(session, effective_in("2026-07", example()))
    assert scheme_for(session, Period(2026, month=7)).version == 1
    with pytest.raises(DomainError, match="scheme_missing") as refused:
        scheme_for(session, Period(2026, month=6))
    assert_told(refused.value)
    assert scheme_for(session, Period(2026, quarter=3)).version == 1


def test_settled_months_stay_as_they_are_bit_for_bit(season: Season) -> None:
    """Rule 27: the old scores do not change when the next version comes, and the new month goes by it."""
    season.has_a_full_month().settles()
    session = season.session
    before = frozen(session)
    document = effective_in("2026-11", changed(version(2), *HIGHER))
    apply(session, changed(document, "tiers.tertiary.indicators.down_referral", {"points": 15, "target": 20}))
    november = Period(2026, month=11)
    season.reads("jia,2026-11,down_referral,81,600,", now=OCTOBER_IS_OVER)
    season.round_is("counted", november)
    season.settles(november, datetime(2026, 12, 3, tzinfo=UTC))
    assert frozen(session) == before
    lines = [explain(session, unit_code="jia", period=period).lines for period in (OCTOBER, november)]
    referral = [next(line for line in table if line.code == "down_referral") for table in lines]
    assert [(line.value, line.target, line.points) for line in referral] == [
        (Fraction("13.5"), Fraction(15), Fraction("13.5")),
        (Fraction("13.5"), Fraction(20), Fraction("10.125")),
    ]
    assert [settlement_of(session, period).scheme_version for period in (OCTOBER, november)] == [1, 2]


def frozen(session: Session) -> list[dict[str, object]]:
    return frozen_cards(session, "2026-10") + frozen_lines(session, "2026-10")


# ── the loop ──


def states(session: Session) -> dict[str, str]:
    return {f"{each.year}/{each.version}": each.state for each in scheme_versions(session)}


def moved(session: Session) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(AuditRow.subject, AuditRow.details).where(AuditRow.action == "move_scheme").order_by(AuditRow.id)
    )
    return [(subject, details["before"], details["after"]) for subject, details in rows]


def at(year: int, month: int) -> datetime:
    return datetime(year, month, 2, tzinfo=UTC)


def test_a_scheme_is_planned_until_its_first_month(session: Session) -> None:
    apply_scheme(session, document=effective_in("2026-03", example()), now=at(2026, 1))
    assert states(session) == {"2026/1": "planned"}
    assert move_schemes(session, actor="schedule", now=at(2026, 2)) == 0
    assert move_schemes(session, actor="schedule", now=at(2026, 3)) == 1
    assert move_schemes(session, actor="schedule", now=at(2026, 3)) == 0
    assert states(session) == {"2026/1": "in_force"}
    assert moved(session) == [("2026/1", "planned", "in_force")]


def test_a_month_that_opens_before_its_time_brings_its_scheme_into_force(season: Season) -> None:
    season.is_set_up(document=effective_in("2026-12", example()))
    assert states(season.session) == {"2026/1": "planned"}
    season.round_is("open", Period(2026, month=12))
    move_schemes(season.session, actor="schedule", now=IN_OCTOBER)
    assert states(season.session) == {"2026/1": "in_force"}


def settled(season: Season, *periods: str) -> None:
    last = season.session.scalar(select(func.max(Settlement.sequence))) or 1
    for sequence, period in enumerate(periods, last + 1):
        season.session.add(
            Settlement(period=period, sequence=sequence, settled_at=IN_OCTOBER, settled_by=CHEN,
                       scheme_year=2026, scheme_version=1, digest="d" * 64, previous_digest="e" * 64, revision=1)
        )  # fmt: skip
    season.session.flush()


def test_a_scheme_goes_round_the_loop_with_its_year(season: Season) -> None:
    season.is_set_up()
    session = season.session
    assert states(session) == {"2026/1": "in_force"}
    settled(season, "2026-12")
    move_schemes(session, actor="schedule", now=at(2027, 1))
    assert states(session) == {"2026/1": "in_force"}  # the year itself is not settled yet
    apply_scheme(session, document=changed(example(), "scheme.year", 2027), now=at(2027, 1))
    assert states(session) == {"2026/1": "in_force", "2027/1": "in_force"}
    settled(season, "2026")
    assert move_schemes(session, actor="schedule", now=at(2027, 2)) == 2
    assert states(session) == {"2026/1": "revised", "2027/1": "in_force"}
    assert moved(session)[-2:] == [("2026/1", "in_force", "evaluated"), ("2026/1", "evaluated", "revised")]


def test_a_year_without_a_next_one_stays_evaluated(season: Season) -> None:
    season.is_set_up()
    settled(season, "2026")
    move_schemes(season.session, actor="schedule", now=at(2027, 2))
    assert states(season.session) == {"2026/1": "evaluated"}
    apply_scheme(season.session, document=changed(example(), "scheme.year", 2028), now=at(2027, 2))
    assert states(season.session) == {"2026/1": "evaluated", "2028/1": "planned"}


def test_a_version_in_the_middle_of_the_year_follows_the_one_before(season: Season) -> None:
    season.is_set_up()
    session = season.session
    apply_scheme(session, document=effective_in("2026-11", version(2)), now=IN_OCTOBER)
    assert states(session) == {"2026/1": "in_force", "2026/2": "planned"}
    move_schemes(session, actor="schedule", now=at(2026, 11))
    assert states(session) == {"2026/1": "in_force", "2026/2": "in_force"}  # October is still to be settled
    settled(season, "2026-10")
    move_schemes(session, actor="schedule", now=at(2026, 11))
    assert states(session) == {"2026/1": "revised", "2026/2": "in_force"}


def test_a_version_that_never_scored_is_revised_at_once(session: Session) -> None:
    for number in (1, 2):
        apply_scheme(session, document=effective_in("2026-07", version(number)), now=at(2026, 1))
    assert states(session) == {"2026/1": "revised", "2026/2": "planned"}
    apply_scheme(session, document=effective_in("2026-06", version(2)), now=at(2026, 6))
    assert states(session) == {"2026/1": "revised", "2026/2": "in_force"}


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
            scheme_for(session, Period(year))
        assert (refused.value.code, refused.value.details) == ("scheme_missing", {"year": year})
        assert_told(refused.value)


def test_first_scheme_after_is_the_nearest_year(session: Session) -> None:
    apply(session, changed(example(), "scheme.year", 2028))
    apply(session, example())
    first = first_scheme_after(session, 2018)
    assert first is not None
    assert first.year == 2026
    assert first_scheme_after(session, 2028) is None
