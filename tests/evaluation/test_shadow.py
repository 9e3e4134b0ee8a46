"""Shadow runs: the same figures by another scheme, every difference found, and nothing stored changes."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.elements import LINEAR
from evaluation.follow_up_models import SchemeDraft
from evaluation.freezing import Standing, UnitInputs, card_values, line_values
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.scheme_drafts import keep_draft
from evaluation.scoring import Input, score_units
from evaluation.settled import by_column
from evaluation.shadow import NO_TIER, FrozenUnit, shadow_run
from evaluation.shadow_runs import run_shadow, shadow_periods
from locales.errors import DomainError
from storage.base import Base
from tests.evaluation import every_kind
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER, changed, example, indicator, parsed, small, without

OFFICE = Actor("chen", "陈静", "zh", frozenset({"office"}), frozenset())
F = Fraction


def frozen(scheme, figures, *, responses=30, months=1, paid=None, vetoed=(), region=None, tier="only"):
    """Units settled by a scheme, as their rows stand in the tables."""
    scores = score_units(
        scheme, dict.fromkeys(figures, tier), figures, months=months, paid=paid or {}, region=region or {}
    )
    standings = [
        Standing(code, tier, UnitInputs(figures[code], responses, 0), scores[code], code in vetoed) for code in figures
    ]
    cards = card_values("2026-10", scheme, standings)
    return [
        FrozenUnit(card, line_values("2026-10", scheme, standing), {})
        for card, standing in zip(cards, standings, strict=True)
    ]


def run(old, new, units, **more):
    return shadow_run(old, new, units, **({"months": 1, "region": {}} | more))


OLD = parsed(small({"one": indicator(), "two": indicator()}, {"one": {"points": 60}, "two": {"points": 40}}))
UNITS = {
    "jia": {"one": Input(F(25), F(25), F(100)), "two": Input(F(50))},  # 30 + 40
    "yi": {"one": Input(F(50)), "two": Input(F(0))},  # 60 + 0
    "bing": {"one": Input(F(50)), "two": Input(None, reason="zero_denominator")},  # 100 of 60
}


def test_the_same_scheme_differs_in_nothing():
    for each in run(OLD, OLD, frozen(OLD, UNITS)):
        assert each.before == each.after
        assert each.lines == ()
        assert each.change == 0


def test_other_points_move_totals_and_places_and_every_line_is_named():
    new = parsed(small({"one": indicator(), "two": indicator()}, {"one": {"points": 20}, "two": {"points": 80}}))
    found = {each.unit_code: each for each in run(OLD, new, frozen(OLD, UNITS))}
    assert [(each.before.total, each.before.rank) for each in found.values()] == [(70, 2), (60, 3), (100, 1)]
    assert [(each.after.total, each.after.rank, each.after.rank_of) for each in found.values()] == [
        (90, 2, 3), (20, 3, 3), (100, 1, 3),
    ]  # fmt: skip
    assert [each.change for each in found.values()] == [20, -40, 0]
    jia = {each.indicator: (each.before.points, each.after.points) for each in found["jia"].lines}
    assert jia == {"one": (30, 10), "two": (40, 80)}
    assert {each.indicator: each.after.of for each in found["bing"].lines} == {"one": 20, "two": 80}


def test_lines_that_come_and_go_stand_on_one_side():
    new = parsed(small({"one": indicator(), "new": indicator()}, {"one": {"points": 60}, "new": {"points": 40}}))
    units = frozen(OLD, UNITS)
    units[0] = FrozenUnit(units[0].card, units[0].lines, {"new": Input(F(50))})
    jia, yi, _ = run(OLD, new, units)
    sides = {each.indicator: (each.before is None, each.after is None) for each in jia.lines}
    assert sides == {"two": (False, True), "new": (True, False)}
    assert (jia.after.total, yi.after.total) == (70, 100)
    assert next(each.after.reason for each in yi.lines if each.indicator == "new") == "not_collected"


def test_a_figure_measured_otherwise_is_not_the_same_figure():
    for change in ({"unit": "score"}, {"input": "peer", "unit": "score"}, {"input": "mean", "of": ["two"]}):
        new = parsed(
            small({"one": indicator(**change), "two": indicator()}, {"one": {"points": 60}, "two": {"points": 40}})
        )
        jia = run(OLD, new, frozen(OLD, UNITS))[0]
        after = next(each.after for each in jia.lines if each.indicator == "one")
        expected = 50 if change.get("input") == "mean" else None  # a mean is made anew, of what is there
        assert after.value == expected, change


def test_membership_counts_bonus_and_region_go_along():
    lines = {"one": {"points": 100}, "plus": {"points": 5}}
    count = {"curve": "count", "unit": "count", "target": 12, "per": "year"}
    relative = {"curve": "relative", "against": "region", "target": 0}
    old = parsed(small({"one": indicator(**count), "plus": indicator(bonus=True, **relative)}, lines))
    figures = {"jia": {"one": Input(F(1)), "plus": Input(F(7))}, "yi": {"one": Input(F(1)), "plus": Input(F(9))}}
    units = frozen(
        old, figures, months={"jia": F(1, 3), "yi": F(1)}, paid={"yi": {"plus"}}, region={"plus": Input(F(7))}
    )
    units[0].card.update(days=10, of_days=30)
    same = run(old, old, units)
    assert [each.lines for each in same] == [(), ()]
    assert [each.after.total for each in same] == [100, 100]
    doubled = parsed(
        small({"one": indicator(**count | {"target": 24}), "plus": indicator(bonus=True, **relative)}, lines)
    )
    jia, yi = run(old, doubled, units)
    assert [each.indicator for each in yi.lines] == ["one"]
    assert (yi.after.total, yi.lines[0].after.share) == (50, F(1, 2))
    assert jia.lines[0].after.curve.target == F(2, 3)
    assert jia.after.total == 100


def test_whoever_took_no_place_takes_none_by_the_other_scheme():
    units = frozen(OLD, UNITS, vetoed={"bing"})
    units[1].card["responses"] = 3
    units[1].card.update(unranked_reason="too_few_responses", rank=None)
    new = parsed(small({"one": indicator()}, {"one": {"points": 100}}))
    jia, yi, bing = run(OLD, new, units)
    assert (bing.after.total, bing.after.unranked_reason) == (None, "vetoed")
    assert (yi.after.rank, yi.after.unranked_reason) == (None, "too_few_responses")
    assert (jia.after.rank, jia.after.rank_of) == (1, 1)
    assert bing.change is None


def test_a_tier_that_is_gone_is_said():
    new = parsed(
        small({"one": indicator()}, {})
        | {"tiers": {"other": {"name": {"zh": "别", "en": "other"}, "indicators": {"one": {"points": 100}}}}}
    )
    jia = run(OLD, new, frozen(OLD, UNITS))[0]
    assert (jia.after.total, jia.after.unranked_reason) == (None, NO_TIER)
    assert [each.after for each in jia.lines] == [None, None]


def test_a_watched_line_that_is_counted_now_differs_from_what_it_was():
    watched = indicator(direction="watch")
    del watched["target"]
    old = parsed(small({"one": indicator(), "two": watched}, {"one": {"points": 100}, "two": {"points": 0}}))
    jia = run(old, OLD, frozen(old, UNITS))[0]
    two = next(each for each in jia.lines if each.indicator == "two")
    assert (two.before.reason, two.before.of, two.after.points) == ("watched", 0, 40)
    assert two.after.curve.kind == LINEAR


# ── on record ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(session):
    """Everything that a shadow run must leave as it is: the whole database but the drafts themselves."""
    tables = [each for each in Base.metadata.sorted_tables if each.name != "scheme_draft"]
    return {each.name: [tuple(row) for row in session.execute(select(each))] for each in tables}


@pytest.fixture
def settled(season, session):
    season.has_a_full_month()
    season.settles()
    session.add(Person(id="chen", name="陈静", language="zh", active=True))
    session.flush()
    return session


def drafted(session, document):
    return keep_draft(session, document=document, note="", actor=OFFICE, now=OCTOBER_IS_OVER)


def test_a_copy_of_the_scheme_finds_no_difference_in_a_real_month(settled):
    shadow = run_shadow(settled, draft=drafted(settled, example()), period=OCTOBER)
    assert [each.lines for each in shadow.units] == [()] * 5
    assert all(each.before == each.after for each in shadow.units)
    assert (shadow.old.year, shadow.new.year) == (2026, 2026)
    assert shadow_periods(settled) == [OCTOBER]


def test_nothing_on_record_changes_bit_for_bit(settled):
    document = changed(example(), "tiers.tertiary.indicators.down_referral.points", 5)
    draft = drafted(settled, document)
    before = rows_of(settled)
    shadow = run_shadow(settled, draft=draft, period=OCTOBER)
    settled.flush()
    assert rows_of(settled) == before
    assert sum(len(each.lines) for each in shadow.units) == 1
    assert not settled.dirty
    cards = [by_column(each) for each in settled.scalars(select(Scorecard).order_by(Scorecard.position))]
    assert [each.before.total for each in shadow.units] == [each["total"] for each in cards]
    assert settled.scalars(select(Settlement)).one().digest
    assert settled.scalars(select(ScoreLine).limit(1)).one().period == "2026-10"


def test_a_reading_without_a_line_is_used_where_the_draft_asks_for_it(season, session):
    season.has_a_full_month()
    season.reads("jia,2026-10,first_visit,30,100,")  # no line of the tertiary table
    season.settles()
    session.add(Person(id="chen", name="陈静", language="zh", active=True))
    session.flush()
    document = without(example(), "tiers.tertiary.indicators.new_techniques")
    document["tiers"]["tertiary"]["indicators"]["first_visit"] = {"points": 6}
    shadow = run_shadow(session, draft=drafted(session, document), period=OCTOBER)
    jia = next(each for each in shadow.units if each.unit_code == "jia")
    sides = {each.indicator: (each.before, each.after) for each in jia.lines}
    assert set(sides) == {"new_techniques", "first_visit"}
    assert sides["first_visit"][0] is None
    assert (sides["first_visit"][1].value, sides["first_visit"][1].points) == (30, 6)
    assert sides["new_techniques"][1] is None


def test_what_was_not_settled_cannot_be_tried(settled):
    with pytest.raises(DomainError) as refusal:
        run_shadow(settled, draft=drafted(settled, example()), period=Period(2026, month=9))
    assert refusal.value.code == "not_settled"
    assert settled.scalars(select(SchemeDraft)).one().made_by == "chen"


def test_every_kind_of_curve_and_figure_scores_the_same_again(season, session):
    """Months, one of them corrected, and a quarter; by the very scheme that settled them nothing may differ."""
    every_kind.has_three_months(season)
    session.add(Person(id="chen", name="陈静", language="zh", active=True))
    session.flush()
    season.settles(every_kind.QUARTER, every_kind.OVER[every_kind.QUARTER] + timedelta(days=2))
    draft = drafted(session, every_kind.document())
    assert [str(each) for each in shadow_periods(session)] == ["2026-Q4", "2026-12", "2026-11", "2026-10"]
    for period in shadow_periods(session):
        shadow = run_shadow(session, draft=draft, period=period)
        assert [(each.unit_code, each.lines) for each in shadow.units] == [
            (each.unit_code, ()) for each in shadow.units
        ]
        assert all(each.before == each.after for each in shadow.units), period
