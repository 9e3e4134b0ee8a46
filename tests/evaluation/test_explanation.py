"""Why 83.4: every input is there, as a document and in words, and no exact number of raters."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.elements import UNITS_OF_MEASURE
from evaluation.explaining import explain
from evaluation.explanation import Explanation
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text, figure_text, rank_text, raters_text, reason_text
from evaluation.ranking import UNRANKED_REASONS
from evaluation.scoring import REASONS, linear_share
from locales.texts import LANGUAGES
from tests.evaluation.cast import BING, JIA, OCTOBER, YI, Season, wording


@pytest.fixture
def month(season: Season) -> Season:
    season.has_a_full_month().settles()
    return season


def of(season: Season, unit: str) -> Explanation:
    return explain(season.session, unit_code=unit, period=OCTOBER)


def indicators(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in document["indicators"]}


@pytest.mark.parametrize("unit", [JIA, YI, BING])
def test_explanation_is_enough_to_compute_the_total_by_hand(month: Season, unit: str) -> None:
    document = explanation_document(of(month, unit))
    earned = available = Fraction(0)
    for entry in document["indicators"]:
        if entry["value"] is None:
            assert entry["reason"] is not None
            continue
        share = linear_share(entry["value"], floor=entry["floor"], target=entry["target"])
        earned += share * entry["scheme_points"]
        available += entry["scheme_points"]
    assert document["total"] == 100 * earned / available
    assert (document["earned"], document["available"]) == (earned, available)


def test_document_names_every_input_of_a_line(month: Season) -> None:
    entry = indicators(explanation_document(of(month, JIA)))["down_referral"]
    assert entry == {
        "code": "down_referral",
        "name": {"zh": "下转率", "en": "Down-referral rate"},
        "dimension": "collaboration",
        "party": "committee",
        "direction": "up",
        "unit": "percent",
        "numerator": 81,
        "denominator": 600,
        "n": None,
        "raters": None,
        "value": Fraction("13.5"),
        "floor": 0,
        "target": 15,
        "share": Fraction("0.9"),
        "points": Fraction("13.5"),
        "available": 15,
        "scheme_points": 15,
        "reason": None,
        "curve": {"kind": "linear", "floor": "0", "target": "15"},
        "reference": None,
        "bonus": False,
        "origin": "imported",
        "of": [],
        "source": {"zh": "医院信息系统转诊标记", "en": "Referral mark in the hospital system"},
        "owner": {"zh": "双向转诊办公室", "en": "Referral office"},
    }


def test_document_of_a_missing_line_has_no_points(month: Season) -> None:
    entry = indicators(explanation_document(of(month, YI)))["record_sharing"]
    assert (entry["value"], entry["share"], entry["points"], entry["available"], entry["reason"]) == (
        None, None, None, 0, "zero_denominator",
    )  # fmt: skip
    assert (entry["numerator"], entry["denominator"], entry["scheme_points"]) == (0, 0, 5)


def test_document_adds_up_and_names_scheme_and_digest(month: Season) -> None:
    document = explanation_document(of(month, YI))
    for axis in ("dimensions", "parties"):
        assert sum(part for part in document[axis].values() if part is not None) == document["total"]
    assert document["scheme"] == {"year": 2026, "version": 1}
    assert len(document["digest"]) == 64
    assert (document["rank"], document["rank_of"], document["unranked_reason"]) == (2, 2, None)


def test_number_of_raters_is_a_band_only(month: Season) -> None:
    """Seventeen units rated Yi, four Bing: neither number is anywhere."""
    entry = indicators(explanation_document(of(month, YI)))["peer_score"]
    assert (entry["n"], entry["raters"]) == (None, "10-19")
    few = indicators(explanation_document(of(month, BING)))["peer_score"]
    assert (few["n"], few["raters"], few["reason"]) == (None, None, "too_few_raters")
    assert not [part for part in explanation_text(of(month, YI), "en").split() if part.strip("().,;:") == "17"]


def test_notes_are_those_of_the_whole_scheme_and_of_this_tier(month: Season) -> None:
    notes = of(month, BING).notes
    assert {note.tier for note in notes} == {None, "primary"}
    lines = {line.code for line in of(month, BING).lines}
    assert {note.indicator for note in notes} <= lines | {None}


def test_text_tells_total_lines_and_reasons_in_chinese(month: Season) -> None:
    told = explanation_text(of(month, YI), "zh").splitlines()
    assert told[3].startswith("总分 90% 区间 58.41–59.92；名次稳定在第 2 名（90%）")
    assert [*told[:3], told[4]] == [
        "二院 · 二级医院 · 2026-10",
        "总分 59.91（得 56.92 分，可得 95 分；有指标缺数，不计入）",
        "层级内第 2 名，共 2 家",
        "答卷 30 份；互评单位 10-19 个",
    ]
    assert "· 术后并发症率：2.5 %（1 ÷ 40）；4 为 0 分、1 为满分，达成 50.00 %，得 5.00 / 10 分" in told
    assert "· 电子病历共享率：分母为 0，无法计算，5 分不计入" in told
    assert "· 门诊患者满意度：95 分（答卷 30 份）；50 为 0 分、95 为满分，达成 100.00 %，得 12.00 / 12 分" in told
    assert (
        "· 成员单位互评得分：60 分（3.4 / 5，互评单位 10-19 个）；0 为 0 分、100 为满分，达成 60.00 %，得 12.00 / 20 分"
        in told
    )
    assert "协同程度 17.11" in told


def test_text_is_complete_in_english(month: Season) -> None:
    told = explanation_text(of(month, BING), "en")
    assert "Total 65.38 (52.30 points of 80; what is missing is left out)" in told
    assert "· Score from the blind round: fewer than 5 units rated it; its 20 points are left out" in told
    assert "Operating efficiency no figure" in told
    assert not [character for character in told if "\u4e00" <= character <= "\u9fff"]


def test_text_names_what_the_scheme_assumes(month: Season) -> None:
    """Decision 2: every report prints the unstated remainders and their defaults."""
    told = explanation_text(of(month, YI), "en")
    assert "The 5 of 30 collaboration points left open." in told
    points = next(row for row in told.splitlines() if row.endswith("The points are set by this scheme."))
    assert points.startswith("Assumed (left open by the source documents) · ")
    assert "Outpatient satisfaction; " in points
    assert "Referred patients received" not in points
    assert told.count("Floor and target are set by this scheme.") == 1


def test_text_of_a_unit_without_any_figure_says_so(season: Season) -> None:
    season.is_set_up().settles()
    told = explanation_text(of(season, BING), "zh").splitlines()
    assert told[1:4] == ["没有总分：没有一项计分指标有数值", "不排名：没有总分", "答卷 0 份；互评单位不足 5 个"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words(language: str) -> None:
    told = [reason_text(reason, language) for reason in REASONS]
    told += [rank_text(None, 0, reason, language) for reason in UNRANKED_REASONS]
    told += [figure_text(Fraction(1), unit, None, language) for unit in UNITS_OF_MEASURE]
    told += [raters_text(None, language), raters_text("5-9", language)]
    assert all(words and "{" not in words for words in told)


def test_figure_of_a_worded_unit_carries_the_wording() -> None:
    assert figure_text(Fraction("8.5"), None, wording("元/人次"), "zh") == "8.5 元/人次"
