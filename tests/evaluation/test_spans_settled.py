"""Settling quarters and years: by hand under both rules, cut where the scheme changes, pro rata where units come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select, update

from consortium.models import Unit
from consortium.periods import Period
from evaluation.freezing import card_agrees, frozen_projection, line_agrees
from evaluation.invariants import check_evaluation
from evaluation.models import Scorecard, ScoreLine
from evaluation.scorecards import frozen_cards, frozen_lines, rolling_quarter, scorecards
from evaluation.settled import lines_by_unit
from locales.errors import DomainError
from tests.evaluation.cast import Season, assert_told, indicator, small, wording

Q3, YEAR = Period(2026, quarter=3), Period(2026)
JULY, AUGUST, SEPTEMBER = (Period(2026, month) for month in (7, 8, 9))
OVER = datetime(2027, 1, 5, tzinfo=UTC)
UNITS = {"a": ("甲", "only"), "b": ("乙", "only"), "c": ("丙", "only")}


def scheme(**more: Any) -> dict[str, Any]:
    """40 points for a pooled rate, 20 for a count to 10 a month, 20 for a level, 20 for what patients say."""
    return small(
        {
            "rate": indicator(),
            "visits": indicator(unit="visits", curve="count", target=10),
            "level": indicator(unit="score", target=100, dimension="capacity"),
            "heard": indicator(
                unit="score", target=100, input="survey", questionnaire="outpatient", measure="score",
                party="patients", dimension="medical_quality",
            ),
        },
        {"rate": {"points": 40}, "visits": {"points": 20}, "level": {"points": 20}, "heard": {"points": 20}},
        **more,
    )  # fmt: skip


def year_scheme(**head: Any) -> dict[str, Any]:
    document = scheme()
    return document | {"scheme": document["scheme"] | head}


@pytest.fixture
def summer(season: Season) -> Season:
    """Three months of a, b and c, not settled yet."""
    season.is_set_up(UNITS).is_scored_by(scheme(), effective="2026-07")
    season.reads(
        "a,2026-07,rate,10,100,", "a,2026-08,rate,20,50,", "a,2026-09,rate,30,100,",
        "a,2026-07,visits,,,10", "a,2026-08,visits,,,5", "a,2026-09,visits,,,0",
        "a,2026-07,level,,,60", "a,2026-08,level,,,90",
        "b,2026-07,rate,50,100,", "b,2026-08,rate,0,0,", "b,2026-09,rate,25,100,",
        "c,2026-08,visits,,,5", "c,2026-09,visits,,,10",
    )  # fmt: skip
    season.answers("a", fives=5, threes=0, period=JULY)
    season.answers("a", fives=20, threes=20, period=AUGUST)
    return season


def settled(season: Season, *periods: Period) -> Season:
    for period in periods:
        season.settles(period, now=OVER)
    return season


def totals(season: Season, period: Period) -> dict[str, Fraction | None]:
    return {card.unit_code: card.total for card in scorecards(season.session, period)}


def line(season: Season, period: Period, unit: str, code: str) -> ScoreLine:
    return season.session.get_one(ScoreLine, (str(period), unit, code))


def assert_adds_up(season: Season, period: Period) -> None:
    """Every line follows from itself, every total from its lines, and both projections add up to it; `doctor` agrees."""
    assert check_evaluation(season.session) == []
    lines = lines_by_unit(frozen_lines(season.session, str(period)))
    for card in frozen_cards(season.session, str(period)):
        own = lines[card["unit_code"]]
        assert all(map(line_agrees, own))
        assert card_agrees(card, own)
        for axis in ("dimension", "party"):
            parts = frozen_projection(own, axis).values()
            assert sum((part for part in parts if part is not None), Fraction(0)) == (card["total"] or 0)


def test_quarter_has_figures_of_its_own(summer: Season) -> None:
    """60 ÷ 250 = 24 % → 0.48 × 40; 15 of 30 visits; (60 + 90) ÷ 2 → 0.75 × 20; 3500 ÷ 45 → × 0.2."""
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    assert totals(summer, Q3)["a"] == Fraction("19.2") + 10 + 15 + Fraction(3500, 45) / 5
    rate = line(summer, Q3, "a", "rate")
    assert (rate.numerator, rate.denominator, rate.value) == (60, 250, 24)
    assert line(summer, Q3, "a", "visits").target == 30
    assert (line(summer, Q3, "a", "heard").n, line(summer, Q3, "a", "level").value) == (45, 75)
    assert totals(summer, Q3)["b"] == Fraction(75, 200) * 100 * 2  # 37.5 % of the 50 that are all; nothing else came
    cards = {card.unit_code: card for card in scorecards(summer.session, Q3)}
    assert (cards["a"].complete, cards["a"].responses, cards["a"].rank) == (False, 45, 1)
    assert_adds_up(summer, Q3)


def test_months_of_a_quarter_are_scored_by_themselves(summer: Season) -> None:
    settled(summer, JULY, AUGUST, SEPTEMBER)
    assert totals(summer, JULY)["a"] == 8 + 20 + 12 + 20
    assert totals(summer, AUGUST)["a"] == 32 + 10 + 18 + 15
    assert totals(summer, SEPTEMBER)["a"] == Fraction(100 * 24, 60)


def test_year_is_the_mean_of_its_months_where_the_scheme_says_so(summer: Season) -> None:
    """60, 75 and 40; of each line the mean of its points, on the scale of its month."""
    summer.is_scored_by(year_scheme(year_rule="mean_of_months"), effective="2026-07")
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    for month in (10, 11, 12):
        settled(summer, Period(2026, month))
    settled(summer, YEAR)
    assert totals(summer, YEAR)["a"] == Fraction(60 + 75 + 40, 3)
    found = line(summer, YEAR, "a", "rate")
    assert found.points == (8 + 32 + Fraction(100 * 24, 60)) / 3
    assert (found.reason, found.value, found.curve) == ("mean_of_months", 24, None)
    assert_adds_up(summer, YEAR)


def test_year_has_its_own_figures_unless_the_scheme_says_otherwise(summer: Season) -> None:
    settled(summer, JULY, AUGUST, SEPTEMBER)
    for month in (10, 11, 12):
        settled(summer, Period(2026, month))
    settled(summer, YEAR)
    visits = line(summer, YEAR, "a", "visits")
    assert (visits.value, visits.target, visits.points) == (15, 60, 5)  # six months with a scheme
    assert totals(summer, YEAR)["a"] == Fraction("19.2") + 5 + 15 + Fraction(3500, 45) / 5


def test_scheme_that_changes_cuts_the_quarter(summer: Season) -> None:
    """Two months under 40–20–20–20, one under 80–20: each by its own, weighted by 62 and 30 days."""
    later = scheme(
        tiers={"only": {"name": wording("only"), "indicators": {"rate": {"points": 80}, "visits": {"points": 20}}}}
    )
    summer.is_scored_by(later, version=2, effective="2026-09")
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    first = 100 * (Fraction(30, 150) * 2 * 40 + 15 + 15 + 20 * Fraction(3500, 4500)) / 100
    assert totals(summer, Q3)["a"] == (62 * first + 30 * Fraction(48)) / 92
    assert line(summer, Q3, "a", "rate").reason == "by_version"
    assert line(summer, Q3, "a", "level").scheme_points == Fraction(62 * 20, 92)
    assert_adds_up(summer, Q3)


@pytest.mark.parametrize(
    ("joined", "days", "target"),
    [
        (date(2026, 8, 1), None, 10),
        (date(2026, 8, 16), 16, Fraction(160, 31)),
        (date(2026, 8, 31), 1, Fraction(10, 31)),
    ],
)
def test_count_is_for_the_days_as_a_member(
    summer: Season, joined: date, days: int | None, target: Fraction | int
) -> None:
    """Rule 96, at the very date: 5 visits in what is left of the month."""
    summer.session.execute(update(Unit).where(Unit.code == "c").values(joined_on=joined))
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    assert [card.unit_code for card in scorecards(summer.session, JULY)] == ["a", "b"]
    card = summer.session.get_one(Scorecard, ("2026-08", "c"))
    assert (card.days, card.of_days) == ((days, 31) if days else (None, None))
    found = line(summer, AUGUST, "c", "visits")
    assert (found.target, found.share) == (target, min(Fraction(5) / target, 1))
    assert line(summer, Q3, "c", "visits").target == target + 10
    whole = summer.session.get_one(Scorecard, ("2026-Q3", "c"))
    assert (whole.days, whole.of_days) == ((days or 31) + 30, 92)


@pytest.mark.parametrize(
    ("left", "months"), [(date(2026, 7, 31), ["2026-07"]), (date(2026, 8, 1), ["2026-07", "2026-08"])]
)
def test_who_leaves_is_scored_until_the_very_day(summer: Season, left: date, months: list[str]) -> None:
    summer.session.execute(update(Unit).where(Unit.code == "a").values(left_on=left))
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    found = summer.session.scalars(select(Scorecard.period).where(Scorecard.unit_code == "a")).all()
    assert sorted(found) == [*months, "2026-Q3"]


def test_every_month_must_be_settled(summer: Season) -> None:
    settled(summer, JULY, SEPTEMBER)
    with pytest.raises(DomainError) as refused:
        settled(summer, Q3)
    assert (refused.value.code, refused.value.details["months"]) == ("span_months_missing", "2026-08")
    assert_told(refused.value)
    summer.is_refused("period_not_over", Q3, now=datetime(2026, 9, 30, 15, tzinfo=UTC))
    settled(summer, AUGUST, Q3)
    summer.is_refused("already_settled", Q3, now=OVER)


def test_quarter_tells_nothing_of_a_month_that_few_answered(summer: Season) -> None:
    """What the quarter adds to its shown months is of nobody, or of five."""
    summer.answers("b", fives=10, threes=0, period=JULY)
    summer.answers("b", fives=0, threes=3, period=AUGUST)
    summer.answers("c", fives=3, threes=0, period=JULY)
    summer.answers("c", fives=0, threes=3, period=AUGUST)
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    alone, several = line(summer, Q3, "b", "heard"), line(summer, Q3, "c", "heard")
    assert (alone.n, alone.value) == (10, 100)  # not 13: three would be told
    assert (several.n, several.value) == (6, 75)
    cards = {card.unit_code: card.responses for card in scorecards(summer.session, Q3)}
    assert cards == {"a": 45, "b": 10, "c": 6}


def test_peers_of_a_quarter_without_a_fit_are_the_mean_of_its_months(season: Season) -> None:
    peers = small(
        {"rate": indicator(), "peer": indicator(unit="score", target=100, input="peer", party="peers")},
        {"rate": {"points": 70}, "peer": {"points": 30}},
    )
    season.is_set_up(UNITS).is_scored_by(peers, effective="2026-07")
    season.round_is("counted", JULY, a=(80, 12), b=(60, 6))
    season.round_is("counted", AUGUST, a=(70, 25), b=(None, 3))
    settled(season, JULY, AUGUST, SEPTEMBER, Q3)
    found = line(season, Q3, "a", "peer")
    assert (found.value, found.n, found.definition) == (75, 10, "peer-mean-of-months-1")
    assert (line(season, Q3, "b", "peer").value, line(season, Q3, "b", "peer").definition) == (60, "peer-severity-1")


def test_rolling_three_months_are_looked_at_and_not_frozen(summer: Season) -> None:
    settled(summer, JULY, AUGUST)
    assert rolling_quarter(summer.session, AUGUST) is None
    settled(summer, SEPTEMBER)
    view = rolling_quarter(summer.session, SEPTEMBER)
    assert view is not None
    assert (view.name, view.cards[0].total) == (
        "2026-07–2026-09", Fraction("19.2") + 10 + 15 + Fraction(3500, 45) / 5,
    )  # fmt: skip
    assert summer.session.scalars(select(Scorecard.period).distinct()).all() == ["2026-07", "2026-08", "2026-09"]


def test_bonus_is_paid_once_a_year(season: Season) -> None:
    """Rule 58: 70 + 10 in August; in September the bonus is there, and was paid. The quarter has it once."""
    bonus = small(
        {"rate": indicator(), "clinic": indicator(unit="count", curve="count", per="year", target=1, bonus=True)},
        {"rate": {"points": 100}, "clinic": {"points": 10}},
    )
    season.is_set_up(UNITS).is_scored_by(bonus, effective="2026-07")
    season.reads(*(f"a,2026-{month:02},rate,35,100," for month in (7, 8, 9, 10)))
    season.reads("a,2026-08,clinic,,,1", "a,2026-09,clinic,,,1", "a,2026-10,clinic,,,1")
    settled(season, JULY, AUGUST, SEPTEMBER, Q3, Period(2026, 10))
    assert [totals(season, month)["a"] for month in (JULY, AUGUST, SEPTEMBER, Period(2026, 10))] == [70, 80, 70, 70]
    assert line(season, SEPTEMBER, "a", "clinic").reason == "bonus_paid"
    assert totals(season, Q3)["a"] == 80
    assert_adds_up(season, AUGUST)
    assert_adds_up(season, Q3)


def test_bonus_beyond_a_hundred_is_cut_in_its_month_and_so_in_the_mean(season: Season) -> None:
    """95 and 10 are 100 in July, 50 in August: the mean is 75, and its lines add up to it."""
    bonus = small(
        {
            "rate": indicator(target=100),
            "clinic": indicator(unit="count", curve="count", per="year", target=1, bonus=True),
        },
        {"rate": {"points": 100}, "clinic": {"points": 10}},
    )
    bonus["scheme"]["year_rule"] = "mean_of_months"
    season.is_set_up(UNITS).is_scored_by(bonus, effective="2026-11")
    season.reads("a,2026-11,rate,95,100,", "a,2026-12,rate,50,100,", "a,2026-11,clinic,,,1")
    settled(season, Period(2026, 11), Period(2026, 12), YEAR)
    assert totals(season, YEAR)["a"] == 75
    assert line(season, YEAR, "a", "clinic").points == Fraction(1000, 105) / 2
    assert_adds_up(season, YEAR)


def test_region_is_what_relative_curves_are_measured_against(season: Season) -> None:
    """A month against the region's month, a quarter against its pooled counts; a correction keeps what was measured."""
    document = small(
        {"stay": indicator(direction="down", unit="days", curve="relative", against="region", target=0)},
        {"stay": {"points": 100}},
    )
    season.is_set_up(UNITS).is_scored_by(document, effective="2026-07")
    season.reads(
        "*,2026-07,stay,80,10,", "*,2026-08,stay,270,30,",  # 8 and 9 days; together 8.75
        "a,2026-07,stay,,,8", "b,2026-07,stay,,,8.01",
        "a,2026-08,stay,,,9.5", "b,2026-08,stay,,,9",
    )  # fmt: skip
    settled(season, JULY, AUGUST, SEPTEMBER, Q3)
    assert [totals(season, month) for month in (JULY, AUGUST)] == [
        {"a": 100, "b": 0, "c": None},
        {"a": 0, "b": 100, "c": None},
    ]
    assert line(season, Q3, "a", "stay").reference == Fraction("8.75")
    assert totals(season, Q3) == {"a": 100, "b": 100, "c": None}  # 8.75 and 8.505 days
    assert_adds_up(season, Q3)


def test_parts_of_a_mean_are_frozen_with_it(season: Season) -> None:
    """What a computed line is made of has no line of its own, and still can be computed again."""
    document = small(
        {
            "one": indicator(), "other": indicator(),
            "both": indicator(input="mean", of=["one", "other"], target=100),
        },
        {"both": {"points": 100}},
    )  # fmt: skip
    season.is_set_up(UNITS).is_scored_by(document, effective="2026-07")
    season.reads("a,2026-07,one,40,100,", "a,2026-07,other,80,100,", "b,2026-07,one,40,100,")
    settled(season, JULY)
    assert totals(season, JULY) == {"a": 60, "b": 40, "c": None}
    parts = {row.indicator: (row.value, row.scheme_points, row.points) for row in season.session.scalars(
        select(ScoreLine).where(ScoreLine.unit_code == "a"))}  # fmt: skip
    assert parts == {"both": (60, 100, 60), "one": (40, 0, None), "other": (80, 0, None)}
    assert [card.complete for card in scorecards(season.session, JULY)] == [True, False, False]
    assert_adds_up(season, JULY)
