"""Settling a month: what is refused, what is frozen, who is ranked, and that nothing moves it afterwards."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import delete, func, select, update

from consortium.models import Unit
from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.indicators import ImportReport
from evaluation.models import Reading, Scorecard, ScoreLine, Settlement
from evaluation.schemes import apply_scheme
from evaluation.scorecards import Card, scorecards, settlement_of, settlements
from locales.errors import DomainError
from reviews.models import ReviewRound
from storage.audit import AuditRow
from surveys.models import Tally
from tests.evaluation.cast import (
    BING,
    CHEN,
    JIA,
    JIA_READINGS,
    OCTOBER,
    OCTOBER_IS_OVER,
    YI,
    Season,
    assert_told,
    changed,
    example,
)

NOVEMBER = Period(2026, month=11)
Q3 = Period(2026, quarter=3)
NOVEMBER_IS_OVER = OCTOBER_IS_OVER + timedelta(days=30)
SIX_PRIMARY = {f"c{number}": (f"社区{number}", "primary") for number in range(6)}


def cards(season: Season, period: Period = OCTOBER) -> dict[str, Card]:
    return {card.unit_code: card for card in scorecards(season.session, period)}


def line(season: Season, unit: str, indicator: str) -> ScoreLine:
    return season.session.get_one(ScoreLine, ("2026-10", unit, indicator))


def test_totals_of_three_tiers_are_those_of_the_hand(season: Season) -> None:
    """Rules 68–70, from readings, answers and peer results as they lie in the database."""
    season.has_a_full_month().settles()
    found = cards(season)
    assert {code: found[code].total for code in (JIA, YI, BING)} == {
        JIA: Fraction(4573, 60),
        YI: Fraction(3415, 57),
        BING: Fraction("65.375"),
    }
    assert {code: found[code].complete for code in (JIA, YI, BING)} == {JIA: True, YI: False, BING: False}


def test_card_says_what_stands_behind_the_total(season: Season) -> None:
    season.has_a_full_month().settles()
    card = cards(season)[YI]
    assert (card.unit_name["zh"], card.tier, card.responses, card.rater_band) == ("二院", "secondary", 30, "10-19")
    assert sum(part for part in card.dimensions.values() if part is not None) == card.total
    assert sum(part for part in card.parties.values() if part is not None) == card.total
    assert cards(season)[BING].rater_band is None


def test_cards_stand_in_the_order_of_the_units(season: Season) -> None:
    season.has_a_full_month().settles()
    assert [card.unit_code for card in scorecards(season.session, OCTOBER)] == ["jia", "yi", "ding", "bing", "wu"]


def test_rank_is_within_the_tier_and_only_for_those_who_take_one(season: Season) -> None:
    season.has_a_full_month().settles()
    assert {card.unit_code: (card.rank, card.rank_of, card.unranked_reason) for card in cards(season).values()} == {
        "jia": (None, 0, "tier_of_one"),
        "ding": (1, 2, None),
        "yi": (2, 2, None),
        "bing": (1, 1, None),
        "wu": (None, 1, "too_few_responses"),  # 24 answers: scored, marked, not ranked
    }
    assert cards(season)["wu"].total is not None


def test_ties_share_a_rank(season: Season) -> None:
    season.is_set_up(SIX_PRIMARY)
    for number, fives in enumerate((30, 30, 15, 20, 15, 30)):
        season.answers(f"c{number}", fives=fives, threes=30 - fives)
    season.settles()
    assert [card.rank for card in cards(season).values()] == [1, 1, 5, 4, 5, 1]


@pytest.mark.parametrize(
    ("responses", "rank", "reason"), [(24, None, "too_few_responses"), (25, 1, None), (26, 1, None)]
)
def test_twenty_five_responses_are_enough_to_be_ranked(
    season: Season, responses: int, rank: int | None, reason: str | None
) -> None:
    season.is_set_up().answers("bing", fives=responses, threes=0)
    season.settles()
    assert (cards(season)["bing"].rank, cards(season)["bing"].unranked_reason) == (rank, reason)


def test_partner_is_scored_and_not_ranked(season: Season) -> None:
    """Rule 126."""
    season.is_set_up({"lab": ("检验中心", "partner"), "scan": ("影像中心", "partner"), "jia": ("人民医院", "tertiary")})
    season.reads("lab,2026-10,result_recognition,60,80,")
    season.answers("lab", fives=40, threes=0)
    season.settles()
    card = cards(season)["lab"]
    assert (card.total, card.rank, card.unranked_reason) == (
        Fraction(Fraction("18.75") + 10) * 100 / 30, None, "not_ranked_tier",
    )  # fmt: skip


def test_unit_without_any_figure_has_no_total(season: Season) -> None:
    season.is_set_up().settles()
    card = cards(season)["bing"]
    assert (card.total, card.rank, card.unranked_reason, card.complete) == (None, None, "no_total", False)
    assert set(card.dimensions.values()) == {None}


def test_every_missing_line_says_why(season: Season) -> None:
    season.has_a_full_month().settles()
    assert line(season, YI, "record_sharing").reason == "zero_denominator"
    assert (line(season, BING, "peer_score").reason, line(season, BING, "peer_score").n) == ("too_few_raters", 0)
    assert line(season, "ding", "joint_projects").reason == "not_collected"
    assert line(season, "ding", "peer_score").reason == "too_few_raters"


def test_month_without_round_or_answers_says_so(season: Season) -> None:
    season.is_set_up().reads(*JIA_READINGS)
    season.settles()
    assert (line(season, JIA, "peer_score").reason, line(season, JIA, "peer_score").n) == ("no_round", 0)
    assert (line(season, JIA, "outpatient_satisfaction").reason, line(season, JIA, "outpatient_satisfaction").n) == (
        "no_responses", 0,
    )  # fmt: skip


def test_answers_that_cannot_be_scored_are_no_figure(season: Season) -> None:
    season.is_set_up()
    for option, count in (("", 5), ("page", 5)):
        season.session.add(Tally(stream="visit", period="2026-10", unit_code=JIA, questionnaire_id="outpatient",
                                 questionnaire_version="1", question_id="", option_code=option, count=count))  # fmt: skip
    season.session.flush()
    season.settles()
    found = line(season, JIA, "outpatient_satisfaction")
    assert (found.reason, found.n, found.value) == ("nothing_applied", 5, None)


@pytest.mark.parametrize(
    ("measure", "value"), [("score", 80), ("communication", 80), ("waiting", None), ("overall", None)]
)
def test_survey_indicator_takes_the_measure_it_names(season: Season, measure: str, value: int | None) -> None:
    document = changed(example(), "indicators.outpatient_satisfaction.measure", measure)
    season.is_set_up(document=document).answers(JIA, fives=15, threes=10)
    season.settles()
    assert line(season, JIA, "outpatient_satisfaction").value == value


def test_survey_indicator_takes_its_own_questionnaire_only(season: Season) -> None:
    """Decision 3: figures of two questionnaires are never averaged."""
    document = changed(example(), "indicators.outpatient_satisfaction.questionnaire", "inpatient")
    season.is_set_up(document=document).answers(JIA, fives=15, threes=10)
    season.settles()
    assert line(season, JIA, "outpatient_satisfaction").reason == "no_responses"
    assert cards(season)[JIA].responses == 25


def test_line_keeps_its_inputs(season: Season) -> None:
    season.has_a_full_month().settles()
    found = line(season, JIA, "down_referral")
    assert (found.numerator, found.denominator, found.value, found.floor, found.target, found.share) == (
        81, 600, Fraction("13.5"), 0, 15, Fraction(9, 10),
    )  # fmt: skip
    assert (found.points, found.available, found.scheme_points, found.reason) == (Fraction("13.5"), 15, 15, None)
    survey = line(season, JIA, "outpatient_satisfaction")
    assert (survey.value, survey.n, survey.numerator) == (80, 25, None)


def test_nothing_that_comes_later_moves_a_settled_month(season: Season) -> None:
    season.has_a_full_month()
    digest = season.settles().digest
    before = [scorecards(season.session, OCTOBER), explain(season.session, unit_code=JIA, period=OCTOBER)]
    session = season.session
    session.execute(update(Reading).values(value=Fraction(1)))
    session.execute(update(ReviewRound).values(state="erased", erased_at=OCTOBER_IS_OVER))
    session.execute(delete(Tally))
    document = changed(example(), "scheme.version", 2)
    document = changed(document, "tiers.tertiary.indicators.down_referral.target", 99)
    document = changed(document, "scheme.effective", "2026-11")
    apply_scheme(session, document=document, now=OCTOBER_IS_OVER)
    session.get_one(Unit, "wu").active = False
    session.flush()
    session.expire_all()
    assert [scorecards(session, OCTOBER), explain(session, unit_code=JIA, period=OCTOBER)] == before
    assert settlement_of(session, OCTOBER).digest == digest


@pytest.mark.parametrize("state", ["open", "closed"])
def test_round_that_is_not_counted_stops_the_settlement(season: Season, state: str) -> None:
    season.is_set_up().round_is(state)
    season.is_refused("round_open" if state == "open" else "round_not_counted")


@pytest.mark.parametrize("state", ["counted", "erased"])
def test_round_that_is_counted_is_no_hindrance(season: Season, state: str) -> None:
    season.is_set_up().round_is(state, jia=(75, 5))
    season.settles()
    assert line(season, JIA, "peer_score").value == 75


def test_round_of_another_month_is_no_hindrance(season: Season) -> None:
    season.is_set_up().round_is("open", NOVEMBER)
    assert season.settles().period == "2026-10"


def test_month_must_be_over_in_the_consortium(season: Season) -> None:
    """Midnight in Shanghai, not in Greenwich."""
    season.is_set_up()
    season.is_refused("period_not_over", now=OCTOBER_IS_OVER - timedelta(microseconds=1))
    season.settles(now=OCTOBER_IS_OVER)


@pytest.mark.parametrize(("period", "code"), [(Period(2026), "period_not_over"), (Q3, "span_months_missing")])
def test_quarter_or_year_needs_its_end_and_its_months(season: Season, period: Period, code: str) -> None:
    season.is_set_up().is_refused(code, period)


def test_month_is_settled_once(season: Season) -> None:
    season.is_set_up().settles()
    season.is_refused("already_settled")


def test_year_needs_a_scheme(season: Season) -> None:
    season.is_set_up().is_refused("scheme_missing", Period(2025, month=12))


def test_every_tier_needs_a_table(season: Season) -> None:
    document = example()
    for code in ("result_recognition", "report_on_time", "report_agreement", "external_quality"):
        del document["indicators"][code]
    del document["tiers"]["partner"]
    season.is_set_up({"lab": ("检验中心", "partner")}, document).is_refused("tier_without_scheme")


def test_refused_settlement_writes_nothing(season: Season) -> None:
    season.has_a_full_month().is_refused("period_not_over", now=OCTOBER_IS_OVER - timedelta(seconds=1))
    for model in (Settlement, Scorecard, ScoreLine):
        assert season.session.scalar(select(func.count()).select_from(model)) == 0


def test_settlement_is_audited_without_figures(season: Season) -> None:
    settled = season.has_a_full_month().settles()
    row = season.session.scalars(select(AuditRow).where(AuditRow.action == "settle_period")).one()
    assert (row.actor, row.subject, row.details) == (
        CHEN, "2026-10", {"units": 5, "scheme": "2026/1", "digest": settled.digest},
    )  # fmt: skip


def test_settlements_are_chained(season: Season) -> None:
    first = season.has_a_full_month().settles()
    second = season.settles(NOVEMBER, NOVEMBER_IS_OVER)
    assert [(row.sequence, row.previous_digest) for row in settlements(season.session)] == [
        (1, None), (2, first.digest),
    ]  # fmt: skip
    assert second.digest != first.digest


def test_unit_that_left_before_is_not_scored(season: Season) -> None:
    """Rule 96."""
    season.is_set_up()
    season.session.get_one(Unit, "wu").active = False
    season.session.flush()
    season.settles()
    assert "wu" not in cards(season)
    assert cards(season)["bing"].unranked_reason == "tier_of_one"


@pytest.mark.parametrize("ask", [scorecards, settlement_of])
def test_month_that_is_not_settled_shows_nothing(season: Season, ask: object) -> None:
    season.is_set_up()
    with pytest.raises(DomainError) as refused:
        ask(season.session, OCTOBER)  # type: ignore[operator]
    assert refused.value.code == "not_settled"
    assert_told(refused.value)


def test_explain_of_nobody_is_refused(season: Season) -> None:
    season.is_set_up().settles()
    with pytest.raises(DomainError) as refused:
        explain(season.session, unit_code="ghost", period=OCTOBER)
    assert refused.value.code == "scorecard_missing"
    assert_told(refused.value)


def test_same_month_gives_the_same_digest_whoever_settles_it_when(season: Season) -> None:
    """Rule 74: settled, undone, settled again."""
    first = season.has_a_full_month().settles().digest
    for model in (ScoreLine, Scorecard, Settlement):
        season.session.execute(delete(model))
    season.session.expire_all()
    assert season.settles(now=OCTOBER_IS_OVER + timedelta(days=3)).digest == first


def test_total_of_many_long_fractions_is_kept_whole(season: Season) -> None:
    """Denominators without common factors multiply: a total may be hundreds of digits long, and is still exact."""
    season.is_set_up()
    whole = 10**17 + 3
    shares = {"down_referral": 7, "readmission": 3, "complications": 2, "core_systems": 91}
    rows = [
        f"jia,2026-10,{code},{percent * whole // 100},{whole + 2 * place},"
        for place, (code, percent) in enumerate(shares.items())
    ]
    rows += [
        f"jia,2026-10,teaching_satisfaction,{80 * whole // 100 * 10},{whole // 10 + 7},",
        f"jia,2026-10,average_stay,{whole},{whole // 9},",
    ]
    report = season.reads(*rows)
    assert isinstance(report, ImportReport)
    season.settles()
    card = cards(season)[JIA]
    assert card.total is not None
    assert len(str(card.total)) > 160
    season.session.expire_all()
    assert sum(part for part in cards(season)[JIA].dimensions.values() if part is not None) == card.total
