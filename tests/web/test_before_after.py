"""Before and after: earlier years beside our own months, said in points, percent or times; places with their field."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from sqlalchemy import select

from bulletins import editions
from bulletins.before_after import before_after
from bulletins.models import Bulletin, Retraction
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.growth import POINTS, TIMES
from locales.errors import Finding
from tests.bulletins.cast import Desk
from tests.evaluation.cast import OCTOBER, Season, changed, example
from tests.web.cast import signed_in

NOVEMBER = Period(2026, 11)
LATER = datetime(2027, 1, 5, tzinfo=UTC)
EARLIER = (
    "*,2018,record_sharing,,,35", "*,2025,record_sharing,,,85",  # 50 points
    "*,2022,new_techniques,,,5", "*,2025,new_techniques,,,32",  # 6.4 times
    "*,2018,history_satisfaction,,,65", "*,2025,history_satisfaction,,,92",
    "*,2025-10,referrals_received,,,30", "*,2025-12,referrals_received,,,500",  # October against October
    "*,2020,joint_projects,,,3",  # a number that is not told
)  # fmt: skip


def takes(session, *readings: str) -> None:
    report = Season(session).reads(*readings)
    assert not isinstance(report, list), [(each.code, each.details) for each in report if isinstance(each, Finding)]


def releases(session, period, now=LATER) -> Bulletin:
    bulletin = editions.draft(session, period=period, actor="schedule", now=now)
    editions.propose(session, actor=actor_of(session, "chen"), bulletin_id=bulletin.id, now=now)
    editions.release(session, actor=actor_of(session, "zhao"), bulletin_id=bulletin.id,
                     content_hash=bulletin.content_hash, now=now)  # fmt: skip
    return bulletin


@pytest.fixture
def told(session):
    """October is released; of November there is more, and it is settled and not released yet."""
    desk = Desk(session).is_ready()
    takes(session, *EARLIER, "jia,2026-11,down_referral,140,600,", "yi,2026-11,referrals_received,,,130",
          "jia,2026-11,readmission,3,100,")  # fmt: skip
    releases(session, OCTOBER)
    for unit in ("jia", "yi", "ding"):
        desk.season.answers(unit, fives=20, threes=10, period=NOVEMBER)
    desk.season.settles(NOVEMBER, now=LATER)
    return session


def by_code(session):
    return {each.indicator.code: each for each in before_after(session).indicators}


def test_earlier_years_stand_beside_our_own_months(told) -> None:
    found = by_code(told)
    sharing, techniques = found["record_sharing"], found["new_techniques"]
    assert (sharing.imported.growth.kind, sharing.imported.growth.by) == (POINTS, 50)
    assert (techniques.imported.growth.kind, techniques.imported.growth.by) == (TIMES, Fraction(32, 5))
    assert [each.period for each in found["history_satisfaction"].imported.figures] == ["2018", "2025"]
    assert found["history_satisfaction"].own.figures == ()
    assert "readmission" not in found  # one month alone has nothing to be held against


def test_a_month_is_held_against_the_same_month_only(told) -> None:
    """December 2025 had 500: October stands against October."""
    found = by_code(told)["referrals_received"].same_months
    assert (found.months.year, found.months.against, found.months.months) == (2026, 2025, (10,))
    assert (found.months.before, found.months.after, found.growth.by) == (30, 45, 50)
    assert found.months.is_partial


def test_months_that_are_not_released_are_not_told(told) -> None:
    assert [each.period for each in before_after(told).satisfaction] == ["2026-10"]
    assert "down_referral" not in by_code(told)
    assert before_after(told).places == ()
    releases(told, NOVEMBER)
    overview = before_after(told)
    found = {each.indicator.code: each for each in overview.indicators}["down_referral"].own
    assert [(each.period, each.value) for each in found.figures] == [
        ("2026-10", Fraction(27, 2)),
        ("2026-11", Fraction(70, 3)),
    ]
    assert not found.is_noise
    assert [each.period for each in overview.satisfaction] == ["2026-10", "2026-11"]
    [(tier, _, placed)] = overview.places
    assert tier == "secondary"
    assert {(each.code, each.climb.before_of, each.climb.after_of) for each in placed} == {("yi", 2, 2), ("ding", 2, 2)}


def test_a_month_whose_bulletin_was_taken_back_is_not_told(told) -> None:
    bulletin = releases(told, NOVEMBER)
    told.add(
        Retraction(bulletin_id=bulletin.id, reason="数字录反了，另行发布。", state="done", proposed_by="chen", proposed_at=LATER,
                   expires_at=LATER, agreed_by="zhao", agreed_at=LATER)
    )  # fmt: skip
    told.flush()
    assert [each.period for each in before_after(told).satisfaction] == ["2026-10"]
    assert "down_referral" not in by_code(told)


def test_small_numbers_are_not_told(told) -> None:
    joint = by_code(told)["joint_projects"]
    assert [(each.period, each.value) for each in joint.imported.figures] == [("2020", None)]
    assert joint.own.figures == ()  # two projects in October


def test_before_the_first_release_there_is_nothing(session) -> None:
    Desk(session).is_ready()
    takes(session, *EARLIER)
    assert before_after(session).indicators == ()


def test_a_figure_that_is_made_otherwise_is_another_one(session) -> None:
    """From November on the rate is one of a whole of 1: October is not held against it."""
    desk = Desk(session).is_ready()
    releases(session, OCTOBER)
    otherwise = changed(example(), "indicators.down_referral.unit", "share")
    desk.season.is_scored_by(otherwise, version=2, effective="2026-11")
    takes(session, "jia,2026-11,down_referral,140,600,", "yi,2026-11,referrals_received,,,130")
    desk.season.answers("jia", fives=20, threes=10, period=NOVEMBER)
    desk.season.settles(NOVEMBER, now=LATER)
    releases(session, NOVEMBER)
    found = by_code(session)
    assert "down_referral" not in found
    assert [each.period for each in found["referrals_received"].own.figures] == ["2026-10", "2026-11"]


def test_page_says_points_percent_and_times(town, browse) -> None:
    browser = browse(town.site())
    assert "还没有可以对照的数字" in browser.opens("/before-after").text
    town.has_a_season()
    with town.database.transaction() as session:
        takes(session, *EARLIER)
    assert "还没有可以对照的数字" in browser.opens("/before-after").text  # nothing is released
    town.has_released()
    page = browser.opens("/before-after")
    said = page.text
    assert "2018 35 % → 2025 85 % +50.0 个百分点" in said
    assert "2022 5 → 2025 32 为原来的 6.4 倍，3 年间平均每年 +85.7 %" in said
    assert "2018 65 % → 2025 92 % +27.0 个百分点" in said
    assert "2026 年 10 月与 2025 年同期（不是全年） 30 → 45 +50.0 %" in said
    assert "不足 5，不公布" in said
    assert page.every("script") == []
    english = browser.opens("/before-after?language=en").text
    assert "2018: 35 % → 2025: 85 % +50.0 percentage points" in english
    assert "October 2026 against the same months of 2025 (part of a year)" in english
    assert not any("\u4e00" <= each <= "\u9fff" for each in english.replace("中文", "").replace("评", ""))


def test_everybody_may_read_it(town, browse) -> None:
    town.has_a_season().has_released()
    site = town.site()
    for person in (None, "li", "he", "gao", "chen"):
        browser = browse(site) if person is None else signed_in(browse(site), town, person)
        assert browser.get("/before-after").status_code == 200
    with town.database.transaction() as session:
        assert session.scalars(select(Bulletin)).one().state == "released"
