"""Alerts, missing feeds and written explanations: what is raised once, what is silent, and who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import delete, select, update

from consortium.models import Person, Role, Unit
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.abnormal_changes import look_for_changes
from evaluation.alerts import CHANGE, FEED, RANGE, arrived, give_reason, mark_all_seen, mark_seen, open_alerts
from evaluation.feeds import look_for_missing_feeds
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.models import Reading, Scorecard, ScoreLine, Settlement
from evaluation.range_explanations import (
    accept_explanation,
    ask_for_explanations,
    explanation_mark,
    explanations,
    give_explanation,
    is_late,
    is_outside,
    is_overdue,
    return_explanation,
)
from evaluation.reading_digests import reading_digest
from evaluation.schemes import apply_scheme
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import changed, example

NOVEMBER_20 = datetime(2026, 11, 20, 2, tzinfo=UTC)  # a Friday; October is over, November runs
MONTHS = [
    f"{2025 + (month > 12)}-{(month - 1) % 12 + 1:02d}" for month in range(10, 22)
]  # October 2025 – September 2026
BEFORE = dict(zip(MONTHS, (81, 83, 80, 82, 79, 81, 80, 84, 78, 82, 81, 80), strict=True))


@pytest.fixture
def town(season):
    season.is_set_up(document=changed(example(), "indicators.down_referral.range", [10, 25]))
    for person, role, unit in (("chen", "office", None), ("zhao", "office", None), ("li", "representative", "jia"),
                               ("wang", "representative", "yi")):  # fmt: skip
        season.session.add(Person(id=person, name=person.title(), language="zh", active=True))
        season.session.flush()
        season.session.add(Role(person_id=person, role=role, unit_code=unit))
    season.session.flush()
    return season


def reads(session, unit, indicator, figures):
    """Period → (numerator, denominator), a value, or None for a denominator of 0."""
    for period, figure in figures.items():
        numerator, denominator = figure if isinstance(figure, tuple) else (None, None)
        value = (
            Fraction(100 * numerator, denominator) if denominator else None if denominator == 0 else Fraction(figure)
        )
        values = {
            "scope": unit, "unit_code": unit, "period": period, "indicator": indicator, "value": value,
            "numerator": None if numerator is None else Fraction(numerator),
            "denominator": None if denominator is None else Fraction(denominator), "origin": "imported",
            "recorded_at": NOVEMBER_20, "recorded_by": "person:chen",
        }  # fmt: skip
        session.add(Reading(**values, digest=reading_digest(values)))
    session.flush()


def settled(session, unit, indicator, figures, *, n=100, width=Fraction(784, 100), definition="linear-0-100"):
    """Frozen figures of a survey: period → score, with a standard error of 2."""
    for number, (period, value) in enumerate(figures.items(), start=1):
        if session.get(Settlement, period) is None:
            session.add(
                Settlement(period=period, sequence=number, settled_at=NOVEMBER_20, settled_by="schedule", scheme_year=2026,
                           scheme_version=1, digest="d", previous_digest=None if number == 1 else "d")
            )  # fmt: skip
            session.flush()
        session.add(
            Scorecard(period=period, unit_code=unit, position=0, tier="tertiary", complete=True, raters=0, rank_of=0,
                      unranked_reason="not_ranked", responses=n)
        )  # fmt: skip
        session.flush()
        session.add(
            ScoreLine(period=period, unit_code=unit, indicator=indicator, position=0, dimension="patient_experience",
                      party="patients", scheme_points=Fraction(10), value=Fraction(value), share=Fraction(1),
                      points=Fraction(10), available=Fraction(10), n=n, definition=definition,
                      low=value - width / 2, high=value + width / 2)
        )  # fmt: skip
    session.flush()


def survey() -> str:
    """The first indicator of the example that comes from a survey."""
    return next(code for code, each in example()["indicators"].items() if each.get("input") == "survey")


def look(session, now=NOVEMBER_20):
    return [(each.kind, each.unit_code, each.indicator, each.period)
            for each in look_for_changes(session, actor="schedule", now=now)]  # fmt: skip


def asked(session, now=NOVEMBER_20):
    return [(each.unit_code, each.indicator, each.period)
            for each in ask_for_explanations(session, actor="schedule", now=now)]  # fmt: skip


def person(session, name):
    return actor_of(session, name)


def refused(code, work, *arguments, **more):
    with pytest.raises(DomainError) as refusal:
        work(*arguments, **more)
    assert refusal.value.code == code


def test_a_fall_is_raised_once_whatever_becomes_of_it(town):
    session = town.session
    reads(session, "jia", "down_referral", {month: (each, 600) for month, each in BEFORE.items()})
    reads(session, "jia", "down_referral", {"2026-10": (30, 600)})
    assert look(session) == [(CHANGE, "jia", "down_referral", "2026-10")]
    assert look(session, NOVEMBER_20 + timedelta(days=1)) == []
    session.execute(
        update(Reading).where(Reading.period == "2026-10").values(numerator=Fraction(3), value=Fraction(1, 2))
    )
    assert look(session, NOVEMBER_20 + timedelta(days=2)) == []
    found = session.scalars(select(Alert)).one()
    assert (found.details["side"], found.details["months"], found.details["look"]) == ("low", 12, "month")
    assert "value" not in found.details
    assert session.scalars(select(AuditRow.action).where(AuditRow.action == "raise_alert")).all() == ["raise_alert"]


def test_a_rise_of_what_should_rise_is_no_news_and_of_what_should_fall_is(town):
    session = town.session
    reads(session, "jia", "down_referral", {month: (each, 600) for month, each in BEFORE.items()})
    reads(session, "jia", "down_referral", {"2026-10": (180, 600)})
    reads(session, "jia", "readmission", {month: (20 + number % 3, 600) for number, month in enumerate(MONTHS)})
    reads(session, "jia", "readmission", {"2026-10": (60, 600)})
    assert look(session) == [(CHANGE, "jia", "readmission", "2026-10")]


def test_the_month_that_runs_is_looked_at_too_and_its_month_is_told_once(town):
    session = town.session
    reads(session, "jia", "down_referral", {month: (each, 600) for month, each in BEFORE.items()})
    reads(session, "jia", "down_referral", {"2026-10": (81, 600), "2026-11": (10, 400)})
    assert look(session) == [(CHANGE, "jia", "down_referral", "2026-11")]
    assert look(session, NOVEMBER_20 + timedelta(days=20)) == []


def test_small_numbers_and_short_histories_are_silent(town):
    session = town.session
    reads(session, "jia", "down_referral", {month: (each, 600) for month, each in list(BEFORE.items())[-5:]})
    reads(session, "jia", "down_referral", {"2026-10": (0, 600)})
    reads(session, "jia", "core_systems", dict.fromkeys(MONTHS, (19, 20)))
    reads(session, "jia", "core_systems", {"2026-10": (1, 4)})
    assert look(session) == []


def test_a_quarter_is_pooled_unless_a_month_of_it_has_rung(town):
    session, january = town.session, datetime(2027, 1, 20, 2, tzinfo=UTC)
    months = [f"2025-{month:02d}" for month in (10, 11, 12)] + [f"2026-{month:02d}" for month in range(1, 10)]
    reads(session, "jia", "down_referral", {month: (BEFORE[month], 600) for month in months})
    reads(session, "jia", "down_referral", {"2026-10": (63, 600), "2026-11": (62, 600), "2026-12": (62, 600)})
    assert look(session, january) == [(CHANGE, "jia", "down_referral", "2026-Q4")]
    session.execute(delete(Alert))
    session.add(Alert(kind=CHANGE, unit_code="jia", indicator="down_referral", period="2026-11", details={},
                      raised_at=NOVEMBER_20))  # fmt: skip
    session.flush()
    assert look(session, january) == []
    session.execute(delete(Alert))
    assert look(session, datetime(2027, 2, 3, 2, tzinfo=UTC)) == []  # the quarter is looked at in January


def test_satisfaction_of_the_running_month_is_held_against_settled_months_only(town):
    session, code = town.session, survey()
    settled(session, "jia", code, {month: 85 + number % 3 for number, month in enumerate(MONTHS)})
    town.answers("jia", fives=20, threes=80, period=Period(2026, 11))  # 60
    assert look(session) == [(CHANGE, "jia", code, "2026-11")]
    found = session.scalars(select(Alert)).one()
    assert sorted(found.details) == ["highest", "look", "lowest", "months", "side", "usual"]


def test_figures_of_another_definition_are_another_story(town):
    session, code = town.session, survey()
    settled(session, "jia", code, {month: 85 + number % 3 for number, month in enumerate(MONTHS)})
    other = changed(changed(example(), f"indicators.{code}.definition", "topbox"), "scheme.version", 2)
    apply_scheme(session, document=changed(other, "scheme.effective", "2026-12"), now=NOVEMBER_20)
    town.answers("jia", fives=20, threes=80, period=Period(2026, 12))
    assert look(session, datetime(2026, 12, 20, 2, tzinfo=UTC)) == []


@pytest.mark.parametrize(("left", "joined", "rings"), [(date(2026, 9, 30), None, False), (date(2026, 10, 1), None, True),
                                                     (None, date(2026, 10, 31), True), (None, date(2026, 11, 1), False)])  # fmt: skip
def test_who_is_no_member_is_not_looked_at(town, left, joined, rings):
    session = town.session
    reads(session, "jia", "down_referral", {month: (each, 600) for month, each in BEFORE.items()})
    reads(session, "jia", "down_referral", {"2026-10": (30, 600)})
    session.execute(update(Unit).where(Unit.code == "jia").values(left_on=left, joined_on=joined))
    assert bool(look(session)) == rings


def test_missing_feeds_ring_from_the_day_they_are_due_and_settle_when_they_come(town):
    session = town.session
    town.reads("jia,2026-10,down_referral,81,600,", "jia,2026-10,core_systems,0,0,")

    def missing(now):
        return [(each.unit_code, each.indicator) for each in look_for_missing_feeds(session, actor="schedule", now=now)]

    assert missing(datetime(2026, 11, 7, 15, 59, tzinfo=UTC)) == []  # the 7th, a minute to midnight in Shanghai
    first = missing(datetime(2026, 11, 7, 16, 0, tzinfo=UTC))  # the 8th
    assert ("jia", "readmission") in first
    assert ("jia", "down_referral") not in first
    assert ("jia", "core_systems") not in first  # known to be missing: its denominator is 0
    assert missing(NOVEMBER_20) == []
    alert = session.scalars(select(Alert).where(Alert.unit_code == "jia", Alert.indicator == "readmission")).one()
    assert (alert.kind, alert.period, alert.details) == (FEED, "2026-10", {"due_on": "2026-11-08"})
    assert arrived(session, [alert]) == set()
    reads(session, "jia", "readmission", {"2026-10": (3, 100)})
    assert arrived(session, [alert]) == {alert.id}
    assert alert.id not in {each.id for each in open_alerts(session)}


def test_the_office_marks_what_it_has_seen_and_nothing_that_came_since(town):
    session, chen = town.session, person(town.session, "chen")
    for number, (kind, indicator) in enumerate(((CHANGE, "a"), (FEED, "b"), (FEED, "c"), (CHANGE, "d"))):
        session.add(Alert(kind=kind, unit_code="jia", indicator=indicator, period="2026-10", details={},
                          raised_at=NOVEMBER_20 + timedelta(minutes=number)))  # fmt: skip
        session.flush()
    seen = {"actor": chen, "now": NOVEMBER_20}
    assert mark_seen(session, kind=FEED, unit_code="jia", period="2026-10", indicator=None, **seen) == 2
    assert mark_seen(session, kind=FEED, unit_code="jia", period="2026-10", indicator=None, **seen) == 0
    assert [each.indicator for each in open_alerts(session)] == ["a", "d"]
    first = open_alerts(session)[0].id
    assert mark_all_seen(session, until=first, **seen) == 1
    assert [(each.indicator, each.seen_by) for each in open_alerts(session)] == [("d", None)]
    refused("not_allowed", mark_all_seen, session, actor=person(session, "li"), now=NOVEMBER_20, until=99)
    assert len(open_alerts(session)) == 1


def test_a_unit_says_what_lies_behind_its_own_alerts(town):
    session, li = town.session, person(town.session, "li")
    for kind in (CHANGE, RANGE):
        session.add(
            Alert(kind=kind, unit_code="jia", indicator="a", period="2026-10", details={}, raised_at=NOVEMBER_20)
        )
    session.flush()
    change, outside = session.scalars(select(Alert.id).order_by(Alert.id)).all()
    found = give_reason(session, alert_id=change, words=" 春节停诊\u202e ", actor=li, now=NOVEMBER_20)
    assert (found.reason, found.reason_by) == ("春节停诊", "li")
    for alert, actor in ((change, "wang"), (change, "chen"), (outside, "li"), (99, "li")):
        refused(
            "alert_unknown",
            give_reason,
            session,
            alert_id=alert,
            words="x",
            actor=person(session, actor),
            now=NOVEMBER_20,
        )
    refused(
        "explanation_words_missing", give_reason, session, alert_id=change, words="\u200b ", actor=li, now=NOVEMBER_20
    )
    assert "春节" not in str([row.details for row in session.scalars(select(AuditRow))])


@pytest.mark.parametrize(("value", "outside"), [("14.99", True), ("15.00", False), ("25.00", False), ("25.01", True)])
def test_both_edges_of_a_range_are_inside(value, outside):
    assert is_outside(Fraction(value), Fraction(15), Fraction(25)) is outside


@pytest.mark.parametrize(("counts", "is_asked"), [((1499, 10000), True), ((1500, 10000), False), ((2500, 10000), False),
                                                  ((2501, 10000), True), ((0, 0), False)])  # fmt: skip
def test_a_figure_outside_its_range_is_to_be_explained_in_ten_working_days(season, counts, is_asked):
    season.is_set_up(document=changed(example(), "indicators.down_referral.range", [15, 25]))
    reads(season.session, "jia", "down_referral", {"2026-10": counts})
    assert asked(season.session) == ([("jia", "down_referral", "2026-10")] if is_asked else [])
    assert asked(season.session, NOVEMBER_20 + timedelta(days=1)) == []
    rows = season.session.scalars(select(WrittenExplanation)).all()
    assert [(row.due_on, row.is_provisional, row.state) for row in rows] == [
        (date(2026, 12, 4), False, "asked")
    ] * is_asked
    assert [each.kind for each in season.session.scalars(select(Alert))] == [RANGE] * is_asked


def test_half_a_month_is_not_judged_and_only_the_tiers_own_units_are_asked(town):
    session = town.session
    reads(session, "jia", "down_referral", {"2026-11": (0, 100)})
    reads(session, "yi", "down_referral", {"2026-10": (0, 100)})  # not in the secondary tier's table
    assert asked(session) == []
    assert asked(session, datetime(2026, 12, 3, 2, tzinfo=UTC)) == [("jia", "down_referral", "2026-11")]


def test_figures_that_are_no_readings_are_judged_once_settled(season):
    code = survey()
    season.is_set_up(document=changed(example(), f"indicators.{code}.range", [70, 100]))
    season.answers("jia", fives=0, threes=100)
    assert asked(season.session) == []
    settled(season.session, "jia", code, {"2026-10": 50})
    assert asked(season.session) == [("jia", code, "2026-10")]


@pytest.fixture
def owed(town):
    reads(town.session, "jia", "down_referral", {"2026-10": (30, 600)})
    assert asked(town.session) == [("jia", "down_referral", "2026-10")]
    return town.session.scalars(select(WrittenExplanation)).one()


def test_the_unit_explains_the_office_returns_and_accepts(town, owed):
    session, li, chen = town.session, person(town.session, "li"), person(town.session, "chen")
    given = give_explanation(session, explanation_id=owed.id, words="设备检修。", actor=li, now=NOVEMBER_20)
    first = explanation_mark(given)
    refused("explanation_answer_missing", return_explanation, session, explanation_id=owed.id, mark=first, answer=" ",
            actor=chen, now=NOVEMBER_20)  # fmt: skip
    late = datetime(2026, 12, 3, 2, tzinfo=UTC)  # a day before it was due
    returned = return_explanation(
        session, explanation_id=owed.id, mark=first, answer="请写改进措施", actor=chen, now=late
    )
    assert (returned.state, returned.due_on, returned.answer) == ("returned", date(2026, 12, 10), "请写改进措施")
    again = give_explanation(session, explanation_id=owed.id, words="设备检修,已修好。", actor=li, now=late)
    assert (again.state, again.decided_at, again.answer) == ("given", None, "请写改进措施")
    refused(
        "explanation_decided", accept_explanation, session, explanation_id=owed.id, mark=first, actor=chen, now=late
    )
    done = accept_explanation(session, explanation_id=owed.id, mark=explanation_mark(again), actor=chen, now=late)
    assert (done.state, done.decided_by, done.answer) == ("accepted", "chen", None)
    refused("explanation_not_waiting", give_explanation, session, explanation_id=owed.id, words="x", actor=li, now=late)
    refused("explanation_decided", accept_explanation, session, explanation_id=owed.id, mark=explanation_mark(again),
            actor=person(session, "zhao"), now=late)  # fmt: skip
    trail = list(session.scalars(select(AuditRow).where(AuditRow.subject == f"explanation:{owed.id}")))
    assert [row.action for row in trail] == [
        "ask_for_explanation", "give_explanation", "return_explanation", "give_explanation", "accept_explanation",
    ]  # fmt: skip
    assert "检修" not in str([row.details for row in trail])


def test_a_return_early_keeps_the_due_date(town, owed):
    session = town.session
    given = give_explanation(session, explanation_id=owed.id, words="一", actor=person(session, "li"), now=NOVEMBER_20)
    back = return_explanation(session, explanation_id=owed.id, mark=explanation_mark(given), answer="少",
                              actor=person(session, "chen"), now=NOVEMBER_20)  # fmt: skip
    assert back.due_on == date(2026, 12, 4)


def test_late_words_are_taken_and_the_same_words_change_nothing(town, owed):
    session, li = town.session, person(town.session, "li")
    assert is_overdue(owed, date(2026, 12, 5))
    assert not is_overdue(owed, date(2026, 12, 4))
    on_the_fifth = datetime(2026, 12, 4, 16, tzinfo=UTC)
    given = give_explanation(session, explanation_id=owed.id, words="晚了", actor=li, now=on_the_fifth)
    assert is_late(given, date(2026, 12, 5))
    assert not is_late(given, date(2026, 12, 4))
    again = give_explanation(session, explanation_id=owed.id, words="晚了 ", actor=li, now=on_the_fifth + timedelta(1))
    assert again.given_at == on_the_fifth
    assert [row.details["late"] for row in session.scalars(select(AuditRow)) if row.action == "give_explanation"] == [
        True
    ]


def test_who_may_not_is_told_so(town, owed):
    session = town.session
    for name in ("wang", "chen"):
        refused("explanation_unknown", give_explanation, session, explanation_id=owed.id, words="x",
                actor=person(session, name), now=NOVEMBER_20)  # fmt: skip
    li = person(session, "li")
    for words, code in (("", "explanation_words_missing"), ("字" * 1001, "explanation_words_too_long"),
                        ("\ud800", "explanation_words_missing")):  # fmt: skip
        refused(code, give_explanation, session, explanation_id=owed.id, words=words, actor=li, now=NOVEMBER_20)
    given = give_explanation(session, explanation_id=owed.id, words="字" * 1000, actor=li, now=NOVEMBER_20)
    mark = explanation_mark(given)
    refused("not_allowed", accept_explanation, session, explanation_id=owed.id, mark=mark, actor=li, now=NOVEMBER_20)
    session.add(Role(person_id="chen", role="staff", unit_code="jia"))
    session.flush()
    refused("explanation_own_unit", accept_explanation, session, explanation_id=owed.id, mark=mark,
            actor=person(session, "chen"), now=NOVEMBER_20)  # fmt: skip
    assert [each.state for each in explanations(session)] == ["given"]
