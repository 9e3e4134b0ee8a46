"""Every picture in words: each unit, each figure, nothing that the picture does not show."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bulletins.alternatives import alternative, series_in_words
from bulletins.charts import HEAT, HISTORY, KINDS, RANKING, TRENDS
from bulletins.parts import History
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import season, tier, unit_row


def lines(kind, language="zh", **changed):
    return alternative(full_group(**changed), language, kind).split("\n")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", [RANKING, TRENDS, HEAT])
def test_every_unit_of_every_tier_is_named_once(kind, language):
    content = full_group()
    said = alternative(content, language, kind).split("\n")
    assert len(said) == 1 + len(content.tiers)
    for line, each in zip(said[1:], content.tiers, strict=True):
        colon = "：" if language == "zh" else ": "
        assert [line.count(f"{row.name[language]}{colon}") for row in each.units] == [1] * len(each.units)


def test_ranking_says_place_score_interval_band_and_arrow():
    assert lines(RANKING)[2].startswith(
        "二级医院：城东医院：86.39 分（90% 区间 84.64–87.89），第 1 名（可能在 1–3 名），中档，↑ 较上期上升；"
        "城西医院：84.66 分（90% 区间 82.91–86.16），第 2 名（可能在 1–3 名），中档；"
    )
    assert lines(RANKING)[1] == "三级医院：市人民医院：86.42 分，本层级仅此一家，不排名。"
    assert lines(RANKING, "en")[2].startswith(
        "Secondary hospitals: Hospital 1: score 86.39 (90 % interval 84.64–87.89), place 1 (as likely 1–3), middle band,"
    )
    assert "计不了票" in lines(RANKING, peers_waived="计不了票")[1]


def test_trends_name_breaks_and_leave_out_what_is_not_there():
    first = lines(TRENDS)[1]
    assert "2025-11" in first
    assert "2026-01" not in first  # the month that is missing
    assert "2026-05 起口径有变" in first
    without = season(tier("a", "甲", "A", unit_row("u1", "一", "One", Fraction(80), 1)))
    assert alternative(without, "zh", TRENDS).split("\n")[1] == "甲：一：没有以前的得分。"


def test_heat_says_every_cell_as_it_is_printed():
    said = lines(HEAT)[3]
    assert said.startswith(
        "社区卫生服务中心：东湖社区卫生服务中心：责任共担 82，服务协同 85，资源共享 88，能力提升 91，满意度 —；"
    )
    rounded = full_group().tiers[0].units[0]
    content = season(
        tier("a", "甲", "A", replace(rounded, shares=(("x", Fraction(169, 2)),))), groups=(("x", {"zh": "项"}),)
    )
    assert alternative(content, "zh", HEAT).endswith("项 85。")  # half up


def test_history_says_its_points():
    series = History(
        "h", {"zh": "满意度", "en": "Satisfaction"}, "percent", None, None, (("2018", Fraction(65)), ("2019", None))
    )
    assert series_in_words(series, "zh") == "满意度：2018 65 %，2019 —。"
    assert len(lines(HISTORY)) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_an_edition_without_anything_has_words_all_the_same(kind):
    assert alternative(season(history=()), "en", kind)
