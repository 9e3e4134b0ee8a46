"""Settled periods prove themselves: any change of a frozen row is found and named."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import update

from evaluation.invariants import check_evaluation
from evaluation.models import SchemeVersion, Scorecard, ScoreLine, Settlement
from tests.evaluation.cast import JIA, YI, Season, assert_told
from tests.evaluation.test_scorecards import NOVEMBER, NOVEMBER_IS_OVER


@pytest.fixture
def month(season: Season) -> Season:
    season.has_a_full_month().settles()
    season.settles(NOVEMBER, NOVEMBER_IS_OVER)
    return season


def found(season: Season) -> list[tuple[str, str]]:
    season.session.expire_all()
    findings = check_evaluation(season.session)
    for finding in findings:
        assert_told(finding)
    return [(finding.key, finding.code) for finding in findings]


def test_untouched_settlements_hold(month: Season) -> None:
    assert found(month) == []


def test_nothing_settled_is_nothing_wrong(season: Season) -> None:
    season.is_set_up()
    assert found(season) == []


def test_changed_total_is_named(month: Season) -> None:
    month.session.execute(
        update(Scorecard).where(Scorecard.period == "2026-10", Scorecard.unit_code == YI).values(total=Fraction(99))
    )
    assert found(month) == [
        ("scorecard 2026-10/yi", "frozen_total_disagrees"),
        ("settlement 2026-10", "settlement_digest_differs"),
    ]


def test_changed_points_are_named_by_line_and_total(month: Season) -> None:
    row = (ScoreLine.period == "2026-10") & (ScoreLine.unit_code == JIA) & (ScoreLine.indicator == "down_referral")
    month.session.execute(update(ScoreLine).where(row).values(points=Fraction(15)))
    assert found(month) == [
        ("score_line 2026-10/jia/down_referral", "frozen_line_disagrees"),
        ("scorecard 2026-10/jia", "frozen_total_disagrees"),
        ("settlement 2026-10", "settlement_digest_differs"),
    ]


@pytest.mark.parametrize("column", ["value", "floor", "target", "share", "available", "scheme_points"])
def test_each_figure_of_a_line_is_bound_to_the_others(month: Season, column: str) -> None:
    row = (ScoreLine.period == "2026-10") & (ScoreLine.unit_code == JIA) & (ScoreLine.indicator == "down_referral")
    month.session.execute(update(ScoreLine).where(row).values({column: Fraction(7)}))
    assert ("score_line 2026-10/jia/down_referral", "frozen_line_disagrees") in found(month)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (ScoreLine, {"numerator": Fraction(82)}),
        (ScoreLine, {"n": 999}),
        (ScoreLine, {"dimension": "capacity"}),
        (ScoreLine, {"party": "authority"}),
        (Scorecard, {"responses": 31}),
        (Scorecard, {"raters": 6}),
        (Scorecard, {"complete": False}),
    ],
)
def test_any_other_change_breaks_the_digest(month: Season, model: type, values: dict[str, object]) -> None:
    row = (model.period == "2026-10") & (model.unit_code == JIA)  # type: ignore[attr-defined]
    if model is ScoreLine:
        row &= ScoreLine.indicator == "down_referral"
    month.session.execute(update(model).where(row).values(values))
    assert found(month) == [("settlement 2026-10", "settlement_digest_differs")]


def test_exchanged_ranks_break_the_digest(month: Season) -> None:
    month.session.execute(
        update(Scorecard)
        .where(Scorecard.period == "2026-10", Scorecard.unit_code == YI)
        .values(rank=1, rank_low=1, rank_high=2)
    )
    assert ("settlement 2026-10", "settlement_digest_differs") in found(month)


def test_another_scheme_digest_breaks_the_settlements_of_it(month: Season) -> None:
    month.session.execute(update(SchemeVersion).values(digest="0" * 64))
    assert found(month) == [
        ("settlement 2026-10", "settlement_digest_differs"),
        ("settlement 2026-11", "settlement_digest_differs"),
    ]


def test_broken_chain_is_named(month: Season) -> None:
    month.session.execute(update(Settlement).where(Settlement.period == "2026-11").values(previous_digest="0" * 64))
    assert ("settlement 2026-11", "settlement_chain_broken") in found(month)
