"""The report of a year: by hand under both rules, preliminary until it is settled, everything that happened in its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from consortium.models import Person, Unit
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.follow_up_models import Alert, Objection, WrittenExplanation
from evaluation.models import Scorecard, Settlement, Veto
from evaluation.year_notes import LONGEST_WORDS, write_year_note, year_notes
from evaluation.year_report import EMPTY, NOT_SETTLED, RUNNING, SETTLED, reported_years, year_report
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import Season, assert_told, indicator, small

F = Fraction
CHEN = Actor("chen", "陈静", "zh", frozenset({"office"}), frozenset())
GAO = Actor("gao", "高文博", "zh", frozenset({"auditor"}), frozenset())
OCTOBER, NOVEMBER, DECEMBER = (Period(2026, month) for month in (10, 11, 12))
IN_DECEMBER, OVER = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
UNITS = {"a": ("甲", "only"), "b": ("乙", "only"), "c": ("丙", "only")}


def scheme(**head: Any) -> dict[str, Any]:
    """50 points for a rate to 50 %, 30 for 24 visits a year, 20 for a level to 100; one watched; a bonus of 5."""
    watched = indicator(direction="watch", dimension="capacity")
    del watched["target"]
    document = small(
        {
            "rate": indicator(flags=["service"], aspect="quality"),
            "visits": indicator(unit="visits", curve="count", target=24, per="year", flags=["resource"], over_time="sum"),
            "level": indicator(unit="score", target=100, dimension="capacity", aspect="development"),
            "seen": watched,
            "plus": indicator(unit="count", target=1, bonus=True, dimension="capacity"),
        },
        {"rate": {"points": 50}, "visits": {"points": 30}, "level": {"points": 20}, "seen": {"points": 0},
         "plus": {"points": 5}},
    )  # fmt: skip
    document["watching"] = {"below": 60, "periods": 2}
    return document | {"scheme": document["scheme"] | head}


def autumn(season: Season, **head: Any) -> Season:
    """A scheme from October on; a is good, b misses, c hands in little. October and November are settled."""
    season.is_set_up(UNITS).is_scored_by(scheme(**head), effective="2026-10")
    season.session.add(Person(id="chen", name="陈静", language="zh", active=True))
    season.reads(
        "a,2026-10,rate,50,100,", "a,2026-11,rate,30,50,", "a,2026-12,rate,60,100,",
        "a,2026-10,visits,,,2", "a,2026-11,visits,,,2", "a,2026-12,visits,,,2",
        "a,2026-10,level,,,100", "a,2026-11,level,,,100", "a,2026-12,level,,,100", "a,2026-10,plus,,,1",
        "b,2026-10,rate,10,100,", "b,2026-11,rate,20,100,", "b,2026-12,rate,30,100,",
        "b,2026-10,visits,,,1", "b,2026-11,visits,,,1", "b,2026-12,visits,,,3",
        "b,2026-10,level,,,50", "b,2026-11,level,,,50", "b,2026-12,level,,,50",
        "c,2026-12,rate,50,100,", "c,2026-12,seen,,,9",
    )  # fmt: skip
    for month in (OCTOBER, NOVEMBER):
        season.settles(month, OVER)
    return season


@pytest.fixture
def running(season: Season) -> Season:
    return autumn(season)


def met(report):
    return {(each.unit_code, each.indicator): each.is_met for each in report.completed}


def test_a_running_year_puts_its_months_together_and_says_so(running):
    report = year_report(running.session, year=2026, now=IN_DECEMBER)
    assert (report.state, report.months) == (RUNNING, (OCTOBER, NOVEMBER))
    values = {(each.unit_code, each.indicator): each.value for each in report.completed}
    assert values["a", "rate"] == F(80 * 100, 150)  # pooled from counts
    assert values["b", "visits"] == 2
    curve = next(each.curve for each in report.completed if (each.unit_code, each.indicator) == ("b", "visits"))
    assert curve.target == 4  # 24 a year, for two months
    assert met(report) == {
        ("a", "rate"): True, ("a", "visits"): True, ("a", "level"): True, ("a", "seen"): None, ("a", "plus"): None,
        ("b", "rate"): False, ("b", "visits"): False, ("b", "level"): False, ("b", "seen"): None, ("b", "plus"): None,
        ("c", "rate"): None, ("c", "visits"): None, ("c", "level"): None, ("c", "seen"): None, ("c", "plus"): None,
    }  # fmt: skip
    totals = {each.unit_code: (each.total, each.rank, each.unranked_reason) for each in report.units}
    assert totals == {"a": (100, None, None), "b": (15 + 15 + 10, None, None), "c": (None, None, None)}
    assert running.session.get(Settlement, "2026") is None


def test_a_year_that_is_over_and_not_settled_says_that(running):
    assert year_report(running.session, year=2026, now=OVER).state == NOT_SETTLED
    assert year_report(running.session, year=2025, now=OVER).state == EMPTY
    assert reported_years(running.session) == [2026]


def test_a_settled_year_shows_its_own_figures_by_hand(running):
    for period in (DECEMBER, Period(2026)):
        running.settles(period, OVER)
    report = year_report(running.session, year=2026, now=OVER)
    assert report.state == SETTLED
    frozen = {
        each.unit_code: each.total
        for each in running.session.scalars(select(Scorecard).where(Scorecard.period == "2026"))
    }
    assert {each.unit_code: each.total for each in report.units} == frozen
    b = {each.indicator: each for each in report.completed if each.unit_code == "b"}
    assert (b["rate"].value, b["rate"].points, b["rate"].is_met) == (20, 20, False)  # 60 of 300
    assert (b["visits"].value, b["visits"].curve.target, b["visits"].points) == (5, 6, 25)
    assert frozen["b"] == 20 + 25 + 10
    c = {each.indicator: each.is_met for each in report.completed if each.unit_code == "c"}
    assert c["rate"] is True  # exactly 50 of 50
    assert [each.rank for each in report.units] == [None, None, None]  # too few patients answered
    assert {each.unranked_reason for each in report.units} == {"too_few_responses"}


def test_sub_scores_add_up_to_the_total_and_to_collaboration(running):
    for period in (DECEMBER, Period(2026)):
        running.settles(period, OVER)
    b = next(each for each in year_report(running.session, year=2026, now=OVER).units if each.unit_code == "b")
    assert dict(b.synergies) == {"service": 20, "resource": 25}
    assert sum(each for each in b.aspects.values() if each is not None) == b.total
    a = next(each for each in year_report(running.session, year=2026, now=OVER).units if each.unit_code == "a")
    assert sum(each for each in a.aspects.values() if each is not None) == a.total == 100  # with a bonus, and capped


def test_a_year_made_of_months_is_held_against_its_targets_too(season):
    autumn(season, year_rule="mean_of_months")
    for period in (DECEMBER, Period(2026)):
        season.settles(period, OVER)
    report = year_report(season.session, year=2026, now=OVER)
    b = {each.indicator: each for each in report.completed if each.unit_code == "b"}
    assert (b["visits"].value, b["visits"].curve.target, b["visits"].is_met) == (5, 6, False)
    assert b["visits"].reason is None
    assert b["visits"].points == F(15 + 15 + 30, 3)
    a = {each.indicator: each.is_met for each in report.completed if each.unit_code == "a"}
    assert (a["rate"], a["visits"]) == (True, True)


@pytest.mark.parametrize(("total", "failures"), [("85", ()), ("84.995", ((2026, "below_standard"),))])
def test_two_years_are_read_unrounded(running, total, failures):
    for period in (DECEMBER, Period(2026)):
        running.settles(period, OVER)
    session = running.session
    found = session.get_one(Scorecard, ("2026", "a"))
    found.total = F(total)
    before = {"2025": F(90)}
    scheme_key = session.get_one(Settlement, "2026")
    session.add(Settlement(period="2025", sequence=99, settled_at=OVER, settled_by="x", scheme_year=scheme_key.scheme_year,
                           scheme_version=scheme_key.scheme_version, digest="0" * 64, previous_digest="0" * 64, revision=1))  # fmt: skip
    session.flush()
    session.add(Scorecard(period="2025", unit_code="a", position=0, tier="only", total=before["2025"], complete=True,
                          responses=0, raters=0, rank=None, rank_of=0, unranked_reason="no_total"))  # fmt: skip
    session.flush()
    standards = {each.unit_code: each.standard for each in year_report(session, year=2026, now=OVER).units}
    assert standards["a"].failures == failures
    assert (2025, "missing_year") in standards["b"].failures


def test_who_stayed_below_is_listed_from_the_second_month_on(running):
    report = year_report(running.session, year=2026, now=IN_DECEMBER)
    assert [(each.unit_code, each.length) for each in report.below] == [("b", 2)]
    assert report.below[0].lowest == F(10 + 15 + 10)
    running.settles(DECEMBER, OVER)  # b: 30 + 30 + 10
    assert [each.length for each in year_report(running.session, year=2026, now=OVER).below] == [2]
    assert year_report(running.session, year=2027, now=OVER).below == ()


def test_everything_that_happened_stands_with_its_unit_and_indicator(running):
    session = running.session
    session.add(Person(id="li", name="李", language="zh", active=True))
    session.flush()
    session.add_all([
        Alert(kind="change", unit_code="a", indicator="rate", period="2026-10", details={}, raised_at=OVER),
        WrittenExplanation(unit_code="b", indicator="rate", period="2026-11", value=F(10), low=F(15), high=F(25),
                           state="given", asked_at=OVER, due_on=date(2027, 1, 9), is_provisional=False, words="设备停机。",
                           given_by="li", given_at=OVER),
        Objection(number="2026-001", unit_code="b", period="2026-10", indicator=None, words="不对", state="open",
                  raised_by="li", raised_at=OVER, received_on=date(2027, 1, 5), due_on=date(2027, 1, 26), is_provisional=False),
        Objection(number="2025-001", unit_code="b", period="2025-12", indicator=None, words="不对", state="open",
                  raised_by="li", raised_at=OVER, received_on=date(2027, 1, 5), due_on=date(2027, 1, 26), is_provisional=False),
        Veto(period="2026-10", unit_code="c", state="proposed", reason="数据造假", evidence="抽查", proposed_by="li", proposed_at=OVER),
    ])  # fmt: skip
    session.flush()
    found = {each.subject: each for each in year_report(session, year=2026, now=OVER).troubles}
    assert found["a/rate"].missed is None
    assert [each.kind for each in found["a/rate"].alerts] == ["change"]
    assert found["b/rate"].missed is not None
    assert [each.words for each in found["b/rate"].explanations] == ["设备停机。"]
    assert [each.number for each in found["b"].objections] == ["2026-001"]
    assert [each.state for each in found["c"].vetoes] == ["proposed"]
    assert set(found) == {"a/rate", "b", "b/rate", "b/visits", "b/level", "c"}


# ── notes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def writes(session, subject="b/rate", cause="人手不足", measure="增派专家", *, year=2026, actor=CHEN):
    write_year_note(session, year=year, subject=subject, cause=cause, measure=measure, actor=actor, now=OVER)


def test_notes_are_written_changed_and_taken_away(running):
    session = running.session
    writes(session)
    writes(session, "", "全年\n平稳", "")
    writes(session, "b", measure="约谈")
    assert [(each.subject, each.cause, each.measure) for each in year_notes(session, 2026).values()] == [
        ("", "全年 平稳", ""), ("b", "人手不足", "约谈"), ("b/rate", "人手不足", "增派专家"),
    ]  # fmt: skip
    writes(session, cause="设备停机")
    assert year_notes(session, 2026)["b/rate"].cause == "设备停机"
    writes(session, cause=" ", measure="")
    writes(session, "a/rate", cause="", measure="")  # there was none
    assert set(year_report(session, year=2026, now=OVER).notes) == {"", "b"}
    actions = list(
        session.scalars(select(AuditRow.action).where(AuditRow.subject == "year:2026/b/rate").order_by(AuditRow.id))
    )
    assert actions == ["write_year_note", "write_year_note", "remove_year_note"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": GAO}, "not_allowed"),
        ({"subject": "nobody/rate"}, "year_note_subject"),
        ({"subject": "b/Rate"}, "year_note_subject"),
        ({"subject": "b/"}, "year_note_subject"),
        ({"subject": "b/rate\n"}, "year_note_subject"),
        ({"cause": "长" * (LONGEST_WORDS + 1)}, "year_note_length"),
        ({"year": 1999}, "year_unknown"),
    ],
)
def test_a_note_that_cannot_be_is_refused(running, change, code):
    with pytest.raises(DomainError) as refusal:
        writes(running.session, **change)
    assert refusal.value.code == code
    assert_told(refusal.value)
    assert year_notes(running.session, 2026) == {}


def test_a_unit_that_joined_late_is_held_against_its_part_of_a_target(season):
    season.is_set_up(UNITS).is_scored_by(scheme(), effective="2026-10")
    season.session.get_one(Unit, "c").joined_on = date(2026, 11, 16)
    season.reads("c,2026-11,visits,,,1", "a,2026-10,visits,,,2")
    for month in (OCTOBER, NOVEMBER):
        season.settles(month, OVER)
    report = year_report(season.session, year=2026, now=IN_DECEMBER)
    c = next(each for each in report.completed if (each.unit_code, each.indicator) == ("c", "visits"))
    assert (c.curve.target, c.is_met) == (1, True)  # half a month of 24 a year
