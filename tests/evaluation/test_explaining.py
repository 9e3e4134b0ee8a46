"""Why a unit has its score, in periods of every kind: each line with its curve, what was corrected, sums that add up."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from consortium.periods import Period
from evaluation.bounds import BoundSum
from evaluation.elements import Override
from evaluation.explaining import explain
from evaluation.explanation import Certainty, Explanation
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text, line_text
from evaluation.scorecards import scorecards
from locales.texts import LANGUAGES
from tests.evaluation.cast import Season, wording
from tests.evaluation.every_kind import DECEMBER, NOVEMBER, OCTOBER, OVER, QUARTER, has_three_months


@pytest.fixture
def winter(season: Season) -> Season:
    return has_three_months(season)


def of(season: Season, unit: str, period: Period = OCTOBER) -> Explanation:
    return explain(season.session, unit_code=unit, period=period)


def told(explanation: Explanation, language: str = "en") -> list[str]:
    return explanation_text(explanation, language).splitlines()


def test_every_line_tells_its_curve(winter: Season) -> None:
    """Points by hand: 40.5 of 50 × 10; 7 inside the band; 4 days reach the 60 % step; and so on."""
    by_code = {line.code: line for line in of(winter, "jia").lines}
    assert {code: by_code[code].points for code in ("referral", "stay", "waits", "growth", "cost", "records", "sessions")} == {
        "referral": Fraction("8.1"), "stay": 10, "waits": 6, "growth": 5, "cost": 5,
        "records": 5 * Fraction("19.5") / 30, "sessions": Fraction(30, 4),
    }  # fmt: skip
    assert {code: by_code[code].points for code in ("rules", "steady", "level", "kept", "papers")} == {
        "rules": Fraction("4.75"), "steady": 4, "level": 5 * Fraction("67.75") / 80, "kept": 5 * Fraction(70, 90), "papers": 3,
    }  # fmt: skip
    assert by_code["away"].curve is None
    assert by_code["sessions"].curve is not None
    assert by_code["sessions"].curve.target == 4  # twelve a quarter: four a month


def test_text_of_each_kind_stands_in_both_languages(winter: Season) -> None:
    chinese, english = (explanation_text(of(winter, "jia"), language) for language in ("zh", "en"))
    for phrase in ("6–8 之内（含两端）为满分", "不高于 6 得 60 %", "对照区域数值 6，持平或更低为满分", "对照层级中位数 300",
                   "目标 4，按完成比例计分", "（加分项）", "（由 rate；rate 算出）"):  # fmt: skip
        assert phrase in chinese, phrase
    for phrase in ("all from 6 to 8", "60 % up to 6", "against the region's figure 6", "against the tier's median 300",
                   "by the share of the target 4", "(bonus)", "(from rate; rate)"):  # fmt: skip
        assert phrase in english, phrase
    assert "{" not in chinese + english


def test_sub_scores_add_up(winter: Season) -> None:
    """Rules 3, 11, 19 and 124, in a month, with a bonus and with missing figures."""
    for unit in ("jia", "yi", "bing"):
        found = of(winter, unit)
        sums = {name: sum((part for part in getattr(found, name).values() if part is not None), Fraction(0))
                for name in ("dimensions", "parties", "aspects", "synergies")}  # fmt: skip
        assert sums["dimensions"] == sums["parties"] == sums["aspects"] == found.total
        assert sums["synergies"] == found.dimensions["collaboration"]
        card = next(card for card in scorecards(winter.session, OCTOBER) if card.unit_code == unit)
        assert (found.dimensions, found.parties) == (card.dimensions, card.parties)
    assert any(line.startswith("Four kinds of synergy") for line in told(of(winter, "jia")))
    assert any(line.startswith("The four national aspects") for line in told(of(winter, "jia")))


def test_corrected_month_tells_what_changed(winter: Season) -> None:
    found = of(winter, "jia", NOVEMBER)
    (replaced,) = found.replaced
    assert (found.revision, replaced.revision, replaced.objection) == (2, 1, None)
    assert replaced.after == (found.total, found.rank)
    assert {line.code: (line.before[0], line.after[0]) for line in replaced.lines} == {
        "rules": (Fraction(95), Fraction(90)),
        "level": (Fraction(68), Fraction("65.5")),
    }
    lines = told(found)
    assert "This is settlement 2 of the period, a corrected one" in lines
    assert "· rate: 95.00 → 90.00, points 4.75 → 4.50" in lines
    assert of(winter, "yi", NOVEMBER).replaced[0].lines == ()
    assert of(winter, "jia", OCTOBER).replaced == ()


def test_quarter_and_year_are_explained_too(season: Season) -> None:
    has_three_months(season, effective="2026-10", year_rule="mean_of_months")
    season.settles(QUARTER, OVER[QUARTER])
    season.settles(Period(2026), OVER[QUARTER])
    quarter, year = of(season, "jia", QUARTER), of(season, "jia", Period(2026))
    assert next(line.curve.target for line in quarter.lines if line.code == "sessions" and line.curve) == 12
    assert (quarter.is_mean_of_months, year.is_mean_of_months) == (False, True)
    assert "The total of the year is the mean of its months" in told(year)
    months = [of(season, "jia", month).total or Fraction(0) for month in (OCTOBER, NOVEMBER, DECEMBER)]
    assert year.total == sum(months) / 3
    for language in LANGUAGES:
        assert all("{" not in explanation_text(each, language) for each in (quarter, year))


def test_document_keeps_its_keys_and_has_new_ones(winter: Season) -> None:
    document = explanation_document(of(winter, "jia", NOVEMBER))
    assert {
        "period",
        "scheme",
        "digest",
        "unit",
        "total",
        "rank",
        "dimensions",
        "parties",
        "indicators",
        "notes",
    } <= set(document)
    assert {
        "rank_low",
        "total_low",
        "days",
        "veto",
        "synergies",
        "aspects",
        "overrides",
        "revision",
        "replaced",
    } <= set(document)
    entry = next(each for each in document["indicators"] if each["code"] == "growth")
    assert (entry["curve"]["against"], entry["reference"], entry["bonus"]) == ("region", 6, False)
    assert next(each["of"] for each in document["indicators"] if each["code"] == "level") == ["referral", "rules"]


def test_what_stands_around_a_result_is_told(winter: Season) -> None:
    """A veto, part of a month, a bound that the scheme breaks with its reason, an interval."""
    bound = BoundSum("peers", "only", Fraction(15), Fraction(20), Fraction(30), ("peers",))
    reason = {"zh": "第一年先少评一些，明年补足。", "en": "Fewer in the first year."}
    found = dataclasses.replace(
        of(winter, "jia"), veto="falsified figures", days=(10, 30), overrides=((bound, Override("peers", None, reason)),),
        tier_names={"only": wording("only tier")}, certainty=Certainty(2, 5, "middle", Fraction(80), Fraction(84)),
    )  # fmt: skip
    lines = told(found)
    assert "The committee has made this result void: no total, no rank. Reason: falsified figures" in lines
    assert "A member on 10 of 30 days; targets of counts are cut to that" in lines
    interval = "90 % interval of the total 80.00–84.00; between ranks 2 and 5 (90 %); Band: "
    assert any(line.startswith(interval) for line in lines)
    assert (
        "A bound that the scheme breaks · peers (only tier): it is 15, the bound is at least 20, at most 30. "
        "Reason: Fewer in the first year."
    ) in lines
    assert any("cut to the time as a member" in line for line in lines)


def test_void_result_is_not_told_as_missing(winter: Season) -> None:
    found = dataclasses.replace(of(winter, "jia"), veto="作假", total=None, rank=None, unranked_reason="vetoed")
    lines = told(found, "zh")
    assert lines[1:3] == ["一票否决，得分作废", next(line for line in lines if line.startswith("总分 90%"))]
    assert "本期成绩经委员会否决，不计总分、不排名。理由：作假" in lines
    assert not [line for line in lines if line.startswith("没有总分")]


def test_lines_that_earn_nothing_say_why(winter: Season) -> None:
    by_code = {line.code: line for line in of(winter, "jia").lines}
    waiting = dataclasses.replace(by_code["rules"], reason="not_approved", share=Fraction(0), points=Fraction(0))
    assert (
        line_text(waiting, "zh")
        == "· rate：95 %（19 ÷ 20）；按达成比例，0 为 0 分、100 为满分；未经审核认可，暂计 0 分，得 0.00 / 5 分"
    )
    alone = dataclasses.replace(by_code["growth"], reason="no_reference", share=None, points=None, reference=None)
    assert line_text(alone, "zh") == "· rate：5 %；没有可对照的数值，5 分不计入"
    again = dataclasses.replace(by_code["papers"], reason="bonus_paid", share=Fraction(0), points=Fraction(0))
    assert "本年度已加过分" in line_text(again, "zh")
    missing = dataclasses.replace(by_code["papers"], reason="not_collected", value=None, share=None, points=None)
    assert line_text(missing, "zh") == "· rate（加分项）：未采集，不加分"
