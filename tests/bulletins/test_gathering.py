"""What a bulletin draws from a settled month, and what small numbers hide."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import update

from bulletins.gathering import gather
from consortium.models import Unit
from consortium.periods import Period
from evaluation.indicators import import_readings
from evaluation.models import Scorecard
from evaluation.scorecards import scorecards
from surveys.models import Tally
from surveys.tallies import satisfaction
from tests.bulletins.cast import MORNING, Desk, refused
from tests.evaluation.cast import OCTOBER, Season, example


def rows_of(content):
    return {row.code: row for tier in content.tiers for row in tier.units}


def test_a_month_that_is_not_settled_has_no_bulletin(session):
    Season(session).has_a_full_month()
    with refused("not_settled"):
        gather(session, period=OCTOBER, edition=1)


def test_totals_and_ranks_are_those_of_the_scorecards_unrounded(desk):
    rows = rows_of(gather(desk.session, period=OCTOBER, edition=1))
    cards = {card.unit_code: card for card in scorecards(desk.session, OCTOBER)}
    assert {code: (row.total, row.rank) for code, row in rows.items()} == {
        code: (card.total, card.rank) for code, card in cards.items()
    }
    assert rows["jia"].total == cards["jia"].total != round(cards["jia"].total, 2)


def test_tiers_stand_in_the_order_of_the_scheme_and_units_by_rank(desk):
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert [(tier.code, tier.rank_of, [row.code for row in tier.units]) for tier in content.tiers] == [
        ("tertiary", 0, ["jia"]),
        ("secondary", 2, ["ding", "yi"]),
        ("primary", 1, ["bing", "wu"]),
    ]


def test_marks_say_why_there_is_no_rank_and_what_is_missing(desk):
    rows = rows_of(gather(desk.session, period=OCTOBER, edition=1))
    assert {code: row.marks for code, row in rows.items()} == {
        "jia": ("tier_of_one",),
        "yi": ("incomplete",),
        "ding": ("incomplete", "no_peer_score"),
        "bing": ("incomplete", "no_peer_score"),
        "wu": ("too_few_responses", "incomplete", "no_peer_score"),
    }
    assert {code: row.raters for code, row in rows.items()} == {
        "jia": "5-9", "yi": "10-19", "ding": None, "bing": None, "wu": None,
    }  # fmt: skip


def test_satisfaction_is_that_of_the_tallies_with_the_names_of_the_questionnaire(desk):
    content = gather(desk.session, period=OCTOBER, edition=1)
    tallied = satisfaction(desk.session, period=OCTOBER)
    for code, row in rows_of(content).items():
        assert (row.satisfaction.responses, row.satisfaction.score) == (tallied[code].n, tallied[code].score)
        assert dict(row.satisfaction.dimensions) == dict(tallied[code].dimensions)
    assert [code for code, _ in content.dimensions] == ["environment", "communication", "waiting", "continuity"]
    assert content.satisfaction_definition == "linear-0-100"
    assert content.peer_definition == "peer-severity-1"


def test_satisfaction_carries_its_interval_and_how_they_were_asked(desk):
    """Decision 3: the units' intervals are their own, the consortium's is that of all answers, so it is the narrowest."""
    content = gather(desk.session, period=OCTOBER, edition=1)
    figures = [row.satisfaction for row in rows_of(content).values()]
    overall = content.overall.satisfaction
    assert all(each.low <= each.score <= each.high for each in [*figures, overall])
    assert overall.high - overall.low < min(each.high - each.low for each in figures if each.score != 100)
    assert overall.responses == sum(each.responses for each in figures)
    assert overall.score == sum(each.responses * each.score for each in figures) / overall.responses
    assert (overall.invited, content.modes) == (0, ("page",))


@pytest.mark.parametrize(("responses", "is_shown"), [(4, False), (5, True)])
def test_fewer_than_five_responses_are_hidden_and_cannot_be_found_by_subtraction(session, responses, is_shown):
    desk = Desk(session)
    desk.season = Season(session).is_set_up()
    desk.season.answers("jia", fives=30, threes=0)
    desk.season.answers("yi", fives=0, threes=responses)
    desk.season.settles()
    content = gather(session, period=OCTOBER, edition=1)
    assert (rows_of(content)["yi"].satisfaction is not None) is is_shown
    assert rows_of(content)["ding"].satisfaction is None
    assert content.overall.units_shown == 1 + is_shown
    assert content.overall.units == 5
    assert content.overall.satisfaction.responses == 30 + responses * is_shown
    if not is_shown:
        assert content.overall.satisfaction.score == rows_of(content)["jia"].satisfaction.score


def test_answers_that_came_after_the_settlement_refuse_the_draft(desk):
    desk.session.execute(update(Tally).where(Tally.unit_code == "yi", Tally.question_id == "").values(count=31))
    with refused("bulletin_figures_moved"):
        gather(desk.session, period=OCTOBER, edition=1)


def test_history_is_that_of_watched_indicators_of_the_whole_consortium(session):
    season = Season(session).is_set_up()
    rows = [f"*,{2018 + n},history_satisfaction,,,{value}" for n, value in enumerate((65, 72.5, 92))]
    report = season.reads(*rows, "*,2018,history_referral,78,1000,")
    assert not isinstance(report, list), report
    season.settles()
    series = {each.code: each for each in gather(session, period=OCTOBER, edition=1).history}
    assert set(series) == {"history_satisfaction", "history_referral"}
    first, second = series["history_satisfaction"], series["history_referral"]
    assert (first.code, first.unit) == ("history_satisfaction", "percent")
    assert first.points == (("2018", Fraction(65)), ("2019", Fraction(145, 2)), ("2020", Fraction(92)))
    assert first.source["zh"] == "第三方调查报告"
    assert second.points == (("2018", Fraction(39, 5)),)


def test_history_keeps_out_what_a_single_unit_had(session):
    season = Season(session).is_set_up()
    assert not isinstance(season.reads("*,2018,history_satisfaction,,,65"), list)
    import_readings(session, content=b"", file="x", actor="x", now=MORNING)
    season.settles()
    assert [series.code for series in gather(session, period=OCTOBER, edition=1).history] == ["history_satisfaction"]


def test_everything_the_scheme_assumes_is_listed_with_its_place(desk):
    content = gather(desk.session, period=OCTOBER, edition=1)
    said = [wording["zh"] for wording in content.assumptions]
    assert "三级医院 · 平均住院日：5 分" in said
    noted = next(note for note in example()["indicators"].values() if note["name"]["zh"] == "平均住院日")["note"]
    assert f"平均住院日：{noted['zh']}" in said
    assert len(said) == len(set(said)) > 20
    assert all(set(wording) == {"zh", "en"} for wording in content.assumptions)


def test_the_head_is_the_installations_and_the_schemes(desk):
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert (content.consortium["zh"], content.aims["zh"]) == ("同城医联体", "目标")
    assert (content.scheme["zh"], content.scheme_year, content.scheme_version) == ("协同绩效考核方案", 2026, 1)
    assert len(content.digest) == 64
    assert (content.corrects, content.note) == (None, None)


def test_a_correction_names_the_edition_before(desk):
    content = gather(desk.session, period=OCTOBER, edition=3, note="更正")
    assert (content.edition, content.corrects, content.note) == (3, 2, "更正")


def test_a_unit_that_has_left_since_is_still_in_the_month_it_was_scored_in(desk):
    desk.session.execute(update(Unit).where(Unit.code == "yi").values(active=False))
    assert "yi" in rows_of(gather(desk.session, period=OCTOBER, edition=1))


def test_units_that_share_a_rank_stand_in_the_order_of_the_consortium(desk):
    desk.session.execute(
        update(Scorecard).where(Scorecard.unit_code.in_(["yi", "ding"])).values(rank=1, rank_low=1, rank_high=2)
    )
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert [(row.code, row.rank) for row in content.tiers[1].units] == [("yi", 1), ("ding", 1)]


def test_another_month_is_not_this_one(desk):
    with refused("not_settled"):
        gather(desk.session, period=Period(2026, 9), edition=1)
