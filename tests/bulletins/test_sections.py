"""What a bulletin tells besides scores: in both languages, in the right words, and whatever people write."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulletins.content import Change, CollaborationFigure, History, HonourGiven, Improved, StoryTold
from bulletins.growth_words import climb_text, growth_text, months_text, signed, yearly_text
from bulletins.rendering import bulletin_text
from bulletins.sections import (
    LONGEST_STORY,
    climbs_over,
    collaboration_lines,
    honour_lines,
    improved_lines,
    series_lines,
    story_lines,
)
from evaluation.growth import Climb, Growth, SameMonths, growth
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import group_of_26

EAST = {"zh": "东湖中心", "en": "East Lake"}
MOTHER = (
    "母亲出院以后，社区医生第二天就上门量血压，还和医院的主管医生通了电话，把药重新理了一遍。"
    " 以前总要往大医院跑，现在心里踏实多了。"
)
THURSDAY = (
    "Every Thursday two of us see patients at the centre together with its family doctors."
    " We send fewer people across town, and we learn who they are."
)
GOLDEN = {
    "zh": """
■ 进步最大
各层级升幅最大、且超出误差的单位

【社区卫生服务中心】
建设社区卫生服务中心　+7.41 分
　　78.00 → 85.41，第 14 → 第 7 名，共 18 家
""",
    "en": """
■ Improved the most
In each tier the unit that rose the most, by more than noise

[Community centres]
Community Centre 7 — +7.41 points
    78.00 → 85.41, place 14 → 7 of 18
""",
}
COLLABORATION = {
    "zh": """
■ 协同进展
全医联体合计；只标出超出随机波动的变化

下转率　16.3 %
　　上期 14.2 %，目标 15 %，26 家
　　· 东湖社区卫生服务中心　9 % → 14 %　↑ 好转
　　· 城东医院　21 % → 12 %　↓ 变差

检查结果互认率　98 %
　　25 家
""",
    "en": """
■ Collaboration
All units together; only changes that are more than noise are marked

Referred down: 16.3 %
    before 14.2 %, target 15 %, 26 units
    · Community Centre 1: 9 % → 14 % ↑ better
    · Hospital 1: 21 % → 12 % ↓ worse

Test results recognised: 98 %
    25 units
""",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_improvement_and_collaboration_read_like_this(language) -> None:
    written = bulletin_text(full_group(), language)
    assert GOLDEN[language] in written
    assert COLLABORATION[language] in written


def test_honours_and_stories_read_like_this() -> None:
    written = bulletin_text(full_group(), "zh")
    part = written[written.index("■ 表彰") : written.index("■ 往年对照")].rstrip()
    assert part.split("\n") == [
        "■ 表彰", "", "【协同标兵单位】", "城东医院", "", "【协同之星】", "王芳（东湖社区卫生服务中心）",
        "刘伟（城西医院）", "", "", "■ 医患故事", "",
        f"“{MOTHER}”",
        "　　——一位患者，东湖社区卫生服务中心", "",
        f"“{THURSDAY}”",
        "　　——Dr Zhou，城东医院",
    ]  # fmt: skip


def test_a_month_without_any_of_it_has_no_empty_headings() -> None:
    for language, headings in (
        ("zh", "进步最大 协同进展 表彰 医患故事"),
        ("en", "Improved Collaboration Honours Stories"),
    ):
        written = bulletin_text(group_of_26(), language)
        assert not [each for each in headings.split() if f"■ {each}" in written]


def test_a_falling_rate_of_something_bad_is_better() -> None:
    figure = CollaborationFigure(
        "r", {"zh": "重复检查率", "en": "Repeat tests"}, "percent", Fraction(6), Fraction(10), 5, None,
        (Change("c1", EAST, Fraction(20), Fraction(12), is_better=True),), is_better=True,
    )  # fmt: skip
    [line] = collaboration_lines(group_of_26(collaboration=(figure,)), "zh")
    assert (line.value, line.before, line.target, line.word, line.is_better) == ("6 %", "10 %", "", "↓ 好转", True)
    assert [(each.unit, each.before, each.after, each.word) for each in line.changes] == [
        ("东湖中心", "20 %", "12 %", "↓ 好转")
    ]
    [still] = collaboration_lines(group_of_26(collaboration=(replace(figure, is_better=None),)), "zh")
    assert (still.word, still.is_better) == ("", None)


def test_a_unit_of_the_schemes_own_is_said_with_the_figure() -> None:
    figure = CollaborationFigure(
        "d", EAST, None, Fraction(1, 3), None, 2, None, unit_wording={"zh": "例/千人", "en": "per 1,000"}
    )
    assert collaboration_lines(group_of_26(collaboration=(figure,)), "zh")[0].value == "0.3 例/千人"


def test_a_unit_alone_in_its_tier_has_improved_more_than_nobody() -> None:
    alone = Improved("tertiary", "h1", EAST, Fraction(70), Fraction(80), None, None)
    gone = replace(alone, tier="closed")
    assert improved_lines(group_of_26(improved=(alone, gone)), "zh") == ()
    [same] = improved_lines(
        group_of_26(improved=(Improved("primary", "c1", EAST, Fraction(70), Fraction(80), 4, 4),)), "zh"
    )
    assert (same.by, same.places) == ("+10.00", "")


HOSTILE = (
    "<b>x</b> & {{ 7 * 7 }} {name}", "第一行\n■ 综合得分与排名\n1　冒名医院　99.99", "\u202e倒\u202c\u2066文", "a\u2028b\x00c\x1b[31m",
    "\ud800", "”\n　　——院长", "长" * 5000, "👨‍👩‍👧" * 400,
)  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_a_story_is_one_paragraph_between_quotation_marks_whatever_it_says(words) -> None:
    content = group_of_26(stories=(StoryTold("patient", {"zh": words}, words, words, "zh"),))
    for language in ("zh", "en"):
        written = bulletin_text(content, language)
        heading = "■ 医患故事" if language == "zh" else "■ Stories"
        lines = written[written.index(heading) :].split("\n")
        told, by = lines[2], lines[3]
        assert told[0] + told[-1] == "“”"
        assert len(told) <= LONGEST_STORY + 2
        assert by.startswith("　　——" if language == "zh" else "    — ")
        assert written.count("■ 综合得分与排名\n") <= 1
        assert lines[4] == ""
        written.encode()


@settings(max_examples=40)
@given(st.text(max_size=800))
def test_no_story_adds_a_line(words) -> None:
    usual, strange = (group_of_26(stories=(StoryTold("doctor", None, each, None, "zh"),)) for each in ("好", words))
    [*told] = story_lines(strange, "zh", LONGEST_STORY)
    assert len(told) <= 1
    if told:
        assert bulletin_text(strange, "zh").count("\n") == bulletin_text(usual, "zh").count("\n")


def test_a_story_of_nothing_that_is_seen_is_not_told() -> None:
    content = group_of_26(stories=(StoryTold("doctor", None, "\u200b\u3164 ", None, "zh"),))
    assert story_lines(content, "zh") == ()
    assert "医患故事" not in bulletin_text(content, "zh")


def test_who_tells_is_said_as_far_as_it_may_be() -> None:
    stories = (
        StoryTold("doctor", EAST, "甲", None, "zh"), StoryTold("patient", None, "乙", None, "en"),
        StoryTold("doctor", EAST, "丙", "王 芳\n", "xx"), StoryTold("robot", None, "丁", "", "zh"),
    )  # fmt: skip
    told = story_lines(group_of_26(stories=stories), "zh")
    assert [(each.words, each.by, each.language) for each in told] == [
        ("甲", "一位医务人员，东湖中心", "zh"), ("乙", "一位患者", "en"), ("丙", "王 芳，东湖中心", "zh"), ("丁", "一位患者", "zh"),
    ]  # fmt: skip
    assert story_lines(group_of_26(stories=stories), "en")[0].by == "a member of staff, East Lake"


def test_an_honour_names_persons_with_their_unit_and_units_alone() -> None:
    honour = HonourGiven({"zh": "协同之星", "en": "Star"}, (("王芳\n■", EAST), ("", EAST)))
    [line] = honour_lines(group_of_26(honours=(honour,)), "zh")
    assert (line.name, line.winners) == ("协同之星", ("王芳 ■（东湖中心）", "东湖中心"))


def series(*points: tuple[str, Fraction | None], unit: str | None = "percent") -> History:
    return History(
        "x", {"zh": "某指标", "en": "Something"}, unit, None if unit else {"zh": "项", "en": "items"}, None, points
    )


@pytest.mark.parametrize(
    ("history", "zh", "en"),
    [
        (series(("2022", Fraction(35)), ("2025", Fraction(85))),
         "2022 年 35 % → 2025 年 85 %，+50.0 个百分点", "2022: 35 % → 2025: 85 %, +50.0 percentage points"),
        (series(("2022", Fraction(5)), ("2024", None), ("2025", Fraction(32)), unit="count"),
         "2022 年 5 → 2025 年 32，为原来的 6.4 倍，3 年间平均每年 +85.7 %", "2022: 5 → 2025: 32, 6.4 times as much, +85.7 % a year over 3 years"),
        (series(("2024", Fraction(100)), ("2025", Fraction(60)), unit="count"), "2024 年 100 → 2025 年 60，−40.0 %", "2024: 100 → 2025: 60, −40.0 %"),
        (series(("2025", Fraction(60))), "", ""),
        (series(("2024", Fraction(0)), ("2025", Fraction(6)), unit=None), "", ""),
        (series(("2018-01", Fraction(10)), ("2019-05", Fraction(60))), "", ""),  # months are not whole years
    ],
)  # fmt: skip
def test_earlier_years_are_summed_up_in_points_percent_or_times(history, zh, en) -> None:
    content = group_of_26(history=(history,))
    assert [series_lines(content, language)[0].summary for language in ("zh", "en")] == [zh, en]


def test_growth_is_said_in_its_own_words() -> None:
    assert growth_text(growth(Fraction(12), Fraction(28), unit="percent"), "zh") == "+16.0 个百分点"
    assert growth_text(growth(Fraction(1000), Fraction(1365), unit="count"), "en") == "+36.5 %"
    assert yearly_text(Growth(Fraction(1), Fraction(2460375, 10**6), "times", Fraction(2460375, 10**6)), 3, "zh") == (
        "3 年间平均每年 +35.0 %"
    )
    assert yearly_text(growth(Fraction(35), Fraction(85), unit="percent"), 3, "zh") == ""
    assert [signed(Fraction(each)) for each in ("0", "1/30", "-1/30", "-1/2")] == ["±0.0", "±0.0", "±0.0", "−0.5"]


def test_a_part_of_a_year_is_called_one() -> None:
    found = SameMonths(2019, 2018, (1, 2, 3, 4, 5), Fraction(1000), Fraction(1137))
    assert months_text(found, "zh") == "2019 年 1 月至5 月与 2018 年同期（不是全年）"
    assert months_text(found, "en") == "January to May 2019 against the same months of 2018 (part of a year)"
    assert (
        months_text(replace(found, months=(1, 3)), "en")
        == "January, March 2019 against the same months of 2018 (part of a year)"
    )
    assert months_text(replace(found, months=tuple(range(1, 13))), "zh") == "2019 年与 2018 年"


@pytest.mark.parametrize(
    ("climb", "zh", "en"),
    [
        (Climb(39, 120, 22, 120), "由第 39 名到第 22 名，上升 17 名，共 120 家", "from place 39 to 22: up 17 places, of 120"),
        (Climb(39, 120, 22, 131), "由 120 家中的第 39 名到 131 家中的第 22 名，上升 17 名，家数不同", "from place 39 of 120 to 22 of 131: up 17 places, in another field"),
        (Climb(2, 20, 5, 20), "由第 2 名到第 5 名，下降 3 名，共 20 家", "from place 2 to 5: down 3 places, of 20"),
        (Climb(2, 20, 2, 19), "名次仍为第 2 名，家数由 20 变为 19", "still place 2, of 19 instead of 20"),
    ],
)  # fmt: skip
def test_a_place_is_said_with_its_field(climb, zh, en) -> None:
    assert (climb_text(climb, "zh"), climb_text(climb, "en")) == (zh, en)


def test_a_unit_climbs_from_its_first_place_to_its_latest_one() -> None:
    first = group_of_26()
    secondary = first.tiers[1]
    turned = replace(secondary, rank_of=4, units=tuple(replace(row, rank=6 - row.rank) for row in secondary.units))
    second = replace(first, period="2026-11", tiers=(first.tiers[0], turned, first.tiers[2]))
    found = climbs_over([first, second])
    assert found["secondary", "h2"] == ("2026-10", "2026-11", Climb(1, 5, 5, 4))
    assert found["primary", "c3"][2].by == 0
    assert ("tertiary", "h1") not in found  # alone in its tier: no place
    assert climbs_over([first]) == {}
