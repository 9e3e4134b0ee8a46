"""What a settled month shows of its round: coarse, by band, with intervals; arrows and criteria only from enough raters."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import update

from consortium.disclosure import score_of_mark
from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from evaluation.models import Settlement
from evaluation.peer_standing import PeerStanding
from evaluation.peer_wording import peer_lines, places_text, standing_parts
from evaluation.peers import peer_standings
from reviews.models import PeerCriterion, PeerResult, ReviewRound
from tests.evaluation.cast import JIA, OCTOBER, OCTOBER_IS_OVER, YI, Season

SEPTEMBER = Period(2026, month=9)


def has(season: Season, unit: str, mark: str, raters: int, period: Period = OCTOBER, **more: Any) -> None:
    """A result of the count: a mark 1–5 from so many raters, at the low end of their band."""
    season.session.add(
        PeerResult(period=str(period), unit_code=unit, raters=raters, score=score_of_mark(Fraction(mark)),
                   definition="peer-severity-1", **more)
    )  # fmt: skip
    season.session.flush()


def counted(season: Season, *, before: bool = False) -> Season:
    """October is counted without any result yet; September too, if asked, and settled."""
    season.is_set_up()
    if before:
        season.round_is("erased", SEPTEMBER)
        season.session.add(Settlement(period="2026-09", sequence=1, settled_at=OCTOBER_IS_OVER, settled_by="schedule",
                                      scheme_year=2026, scheme_version=1, digest="0" * 64))  # fmt: skip
    season.round_is("erased")
    season.answers(JIA, fives=15, threes=10)
    return season


def shown(season: Season) -> dict[str, PeerStanding]:
    season.settles() if season.session.get(Settlement, "2026-10") is None else None
    return peer_standings(season.session, OCTOBER)


def standing(mark: str = "4.3", **more: Any) -> PeerStanding:
    values: dict[str, Any] = {
        "score": score_of_mark(Fraction(mark)), "rater_band": "10-19", "band": "upper", "rank_low": 3, "rank_high": 9,
        "rank_of": 12, "criteria": (), "arrow": None, "definition": "peer-severity-1",
    }  # fmt: skip
    return PeerStanding(**values | more)


def test_a_unit_reads_mark_band_places_and_raters_as_a_band(season: Season) -> None:
    counted(season)
    has(season, YI, "4.3", 10, rank=1, rank_low=1, rank_high=2, band="upper")
    has(season, "ding", "3.1", 5, rank=2, rank_low=1, rank_high=2, band="middle")
    found = shown(season)
    assert found[YI] == PeerStanding(Fraction("82.5"), "10-19", "upper", 1, 2, 2, (), None, "peer-severity-1")
    told = explanation_text(explain(season.session, unit_code=YI, period=OCTOBER), "zh").splitlines()
    assert "互评 4.3（1–5 分），上档，第 1–2 名，共 2 家，10-19 家评分" in told
    assert [line for line in told if "宽严适中的单位会给的分" in line]


def test_the_document_has_nothing_finer_than_the_page(season: Season) -> None:
    counted(season)
    has(season, YI, "5", 20, rank=1, rank_low=1, rank_high=1, band="upper")
    season.settles()
    document = explanation_document(explain(season.session, unit_code=YI, period=OCTOBER))
    assert document["peer"] == {
        "score": 100, "top_class": True, "definition": "peer-severity-1", "raters": "20+", "band": "upper",
        "rank_low": 1, "rank_high": 1, "rank_of": 1, "arrow": None, "criteria": [],
    }  # fmt: skip
    assert "rank" not in document["peer"]
    line = next(each for each in document["indicators"] if each["code"] == "peer_score")
    assert (line["n"], line["raters"], line["value"]) == (None, "20+", 100)
    told = explanation_text(explain(season.session, unit_code=YI, period=OCTOBER), "en")
    assert "≥ 4.8" in told
    assert "5.0" not in told


def test_criteria_are_named_as_they_were_frozen_and_only_where_the_count_left_them(season: Season) -> None:
    counted(season)
    has(season, YI, "4.3", 10)
    has(season, JIA, "4.3", 5)
    codes = [each["code"] for each in season.session.get_one(ReviewRound, "2026-10").criteria]
    for code, mark in zip(codes, ("4.5", "3", "1.5", "4", "3.5"), strict=False):
        score = score_of_mark(Fraction(mark))
        season.session.add(PeerCriterion(period="2026-10", unit_code=YI, criterion=code, score=score))
    season.session.flush()
    found = shown(season)
    assert (len(found[YI].criteria), found[JIA].criteria) == (min(len(codes), 5), ())
    [line] = [line for line in peer_lines(found[YI], "en") if line.startswith("By criterion")]
    assert "≥ 4.5" in line
    assert "≤ 1.5" in line
    assert "3.0" in line


@pytest.mark.parametrize(
    ("before", "now", "raters", "arrow"),
    [
        ("4.2", "4.3", (20, 20), "up"), ("4.3", "4.2", (20, 20), "down"), ("4.3", "4.3", (20, 20), "same"),
        ("4.2", "4.3", (10, 20), None), ("4.2", "4.3", (20, 10), None), ("4.2", "4.3", (5, 5), None),
    ],
)  # fmt: skip
def test_an_arrow_needs_twenty_raters_in_both_months(
    season: Season, before: str, now: str, raters: tuple[int, int], arrow: str | None
) -> None:
    counted(season, before=True)
    has(season, YI, before, raters[0], SEPTEMBER)
    has(season, YI, now, raters[1])
    assert shown(season)[YI].arrow == arrow


def test_there_is_no_arrow_to_another_definition_or_a_month_not_settled_from_its_round(season: Season) -> None:
    counted(season, before=True)
    has(season, YI, "4.2", 20, SEPTEMBER)
    has(season, YI, "4.3", 20)
    assert shown(season)[YI].arrow == "up"
    session = season.session
    session.execute(update(PeerResult).where(PeerResult.period == "2026-09").values(definition="peer-mean-1"))
    assert shown(season)[YI].arrow is None
    session.execute(update(PeerResult).values(definition="peer-severity-1"))
    late = OCTOBER_IS_OVER + timedelta(days=3)
    session.execute(update(ReviewRound).where(ReviewRound.period == "2026-09").values(counted_at=late))
    session.expire_all()
    assert shown(season)[YI].arrow is None


def test_below_five_raters_there_is_nothing(season: Season) -> None:
    counted(season)
    season.session.add(PeerResult(period="2026-10", unit_code=JIA, raters=0, score=None, definition="peer-severity-1"))
    season.session.flush()
    assert shown(season) == {}
    told = explanation_text(explain(season.session, unit_code=JIA, period=OCTOBER), "zh")
    assert "宽严" not in told
    assert "互评单位不足 5 个" in told


def test_a_month_shows_its_round_only_once_it_is_settled(season: Season) -> None:
    counted(season)
    has(season, YI, "4.3", 10)
    assert peer_standings(season.session, OCTOBER) == {}


def test_a_round_counted_after_the_settlement_is_not_the_months(season: Season) -> None:
    season.is_set_up()
    season.settles()
    season.round_is("erased")
    has(season, YI, "4.3", 10)
    late = OCTOBER_IS_OVER + timedelta(seconds=1)
    season.session.execute(update(ReviewRound).values(counted_at=late))
    season.session.expire_all()
    assert peer_standings(season.session, OCTOBER) == {}


def test_what_is_scored_is_what_is_shown(season: Season) -> None:
    """No total depends on a finer figure: the points follow from the coarse score alone."""
    counted(season)
    has(season, JIA, "4.3", 10)
    season.settles()
    line = next(
        each for each in explain(season.session, unit_code=JIA, period=OCTOBER).lines if each.code == "peer_score"
    )
    assert (line.value, line.share, line.n) == (Fraction("82.5"), Fraction("0.825"), None)


def test_places_are_an_interval_and_one_place_is_one() -> None:
    assert places_text(standing(), "zh") == "第 3–9 名，共 12 家"
    assert places_text(standing(), "en") == "place 3–9 of 12"
    assert places_text(standing(rank_low=1, rank_high=1), "zh") == "第 1 名，共 12 家"
    assert places_text(standing(rank_low=None, rank_high=None), "zh") == ""


def test_words_in_both_languages() -> None:
    assert standing_parts(standing("5", arrow="up"), "zh") == [
        "互评 4.8 或以上（1–5 分）", "上档", "第 3–9 名，共 12 家", "10-19 家评分", "高于上月",
    ]  # fmt: skip
    assert standing_parts(standing("1.2", band=None, rank_low=None, rank_high=None), "en") == [
        "peer mark ≤ 1.2 of 5", "10-19 raters",
    ]  # fmt: skip
    assert peer_lines(None, "zh") == []


def test_each_definition_is_explained_as_what_it_is() -> None:
    assert "an average rater would have given" in peer_lines(standing(), "en")[-1]
    assert "the mean of the raters' marks" in peer_lines(standing(definition="peer-mean-1"), "en")[-1]
