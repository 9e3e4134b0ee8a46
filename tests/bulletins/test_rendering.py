"""The text of a bulletin: what it says, what it hides, both languages, and names that mean harm."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulletins.alternatives import ranking_in_words
from bulletins.content import UnitRow
from bulletins.cutting import utf16_length
from bulletins.rendering import behind, bulletin_text, caption, history_alt_text, remarks, score
from bulletins.wording import edition_name, name_in, one_line, period_name, plain_text
from consortium.periods import Period
from tests.bulletins.samples import group_of_26, satisfaction_of, season, tier, unit_row

LANGUAGES = ("zh", "en")


def lines_of(content, language="zh") -> list[str]:
    return bulletin_text(content, language).split("\n")


def section(content, begins: str, language="zh") -> list[str]:
    """The lines of one section, without empty ones."""
    lines = lines_of(content, language)
    start = lines.index(begins)
    end = next((n for n in range(start + 1, len(lines)) if lines[n].startswith("■")), len(lines))
    return [line for line in lines[start + 1 : end] if line]


def test_the_head_says_who_when_why_and_by_which_scheme(content):
    assert lines_of(content)[:6] == [
        "某市医疗集团（示例）",
        "2026年10月协同简报",
        "━━━━━━━━━━━━━━",
        "",
        "宗旨：强基层，促健康，降成本。",
        "方案：2026 年度《协同绩效考核方案》第 1 版",
    ]
    assert lines_of(content, "en")[:6] == [
        "A City Medical Group (example)",
        "Collaboration bulletin, October 2026",
        "━━━━━━━━━━━━━━",
        "",
        "Aims: Stronger primary care, better health, lower cost.",
        "Scheme: Scheme of collaborative performance, 2026, version 1",
    ]


def test_the_ranking_is_one_line_a_unit_tier_by_tier(content):
    assert section(content, "■ 综合得分与排名")[:10] == [
        "满分 100 分，只在同层级内排名",
        "【三级医院】",
        "·　市人民医院　86.42",
        "　　本层级仅此一家，不排名",
        "【二级医院】5 家参加排名",
        "1　城东医院　86.39",
        "2　城西医院　84.66",
        "3　城南医院　82.93",
        "4　城北医院　81.20",
        "5　滨江医院　79.47",
    ]


def test_what_a_score_lacks_stands_under_it(content):
    assert section(content, "■ 综合得分与排名")[-4:] == [
        "·　太平社区卫生服务中心　70.11",
        "　　答卷不足 25 份，不参加排名",
        "·　福兴社区卫生服务中心　65.12",
        "　　答卷不足 25 份，不参加排名；部分指标未采集；评分单位不足 5 家，互评不计入",
    ]


def test_a_unit_with_few_responses_has_no_satisfaction_and_no_number(content):
    lines = section(content, "■ 患者满意度")
    assert lines[-1] == "福兴社区卫生服务中心　不足 5 份，不公布"
    assert lines[1] == "全医联体　80.56（79.56–81.56，775 份，50.0 %）"
    assert lines[2:6] == ["　　就医环境　77.56", "　　沟通态度　78.56", "　　等待时间　79.56", "　　连续性服务　80.56"]
    assert "· 全医联体满意度只汇总数字可公布的 25 个单位。" in lines_of(content)


def test_a_unit_that_nobody_answered_for_is_not_said_to_be_hidden(content):
    """That nobody answered is no secret; fewer than five is another thing."""
    [row, *others] = content.tiers[-1].units
    silent = replace(content.tiers[-1], units=(replace(row, satisfaction=None, is_unanswered=True), *others))
    changed = replace(content, tiers=(*content.tiers[:-1], silent))
    assert f"{row.name['zh']}　没有答卷" in section(changed, "■ 患者满意度")
    assert f"{row.name['en']}: no responses" in bulletin_text(changed, "en").splitlines()


def test_a_figure_without_interval_and_invited_says_what_it_has():
    """Editions from before these were noted, and months in which nobody was newly invited."""
    figures = replace(satisfaction_of(1, 40), low=None, high=None, invited=None)
    assert (behind(figures, "zh"), behind(figures, "en")) == ("40 份", "n = 40")
    assert behind(replace(figures, invited=0), "zh") == "40 份"
    assert behind(replace(figures, invited=30), "zh") == "40 份，133.3 %"  # a flow: answers to earlier visits


def test_earlier_years_stand_apart_with_their_source(content):
    assert section(content, "■ 往年对照") == [
        "历年数字另有口径，与本月得分不可直接比较",
        "患者满意度（第三方历史调查）（来源：第三方调查报告）",
        "2018 年 65 % → 2025 年 92 %，+27.0 个百分点",
        "双向转诊率（历史）",
        "2018 年 7.8 % → 2025 年 15.5 %，+7.7 个百分点",
    ]
    assert "■ 往年对照" not in lines_of(replace(content, history=()))


def test_the_number_of_raters_is_a_band_and_never_a_number():
    rows = [
        replace(unit_row(f"u{n}", f"单位{n}", f"Unit {n}", Fraction(80), n), raters=band)
        for n, band in enumerate(["5-9", "20+", "10-19", "20+", None], start=1)
    ]
    text = bulletin_text(season(tier("primary", "基层", "Primary", *rows)), "zh")
    assert "5-9 家评分的单位 1 个，10-19 家评分的单位 1 个，20+ 家评分的单位 2 个。" in text


def test_the_method_line_names_definitions_and_digest(content):
    assert (
        lines_of(content)[-2] == "· 口径：linear-0-100，peer-mean-1；患者作答方式：聊天，网页。结算摘要 0123456789ab。"
    )
    assert "0123456789ab." in bulletin_text(content, "en")


def test_a_correction_says_first_what_it_corrects():
    text = lines_of(group_of_26(edition=2, corrects=1, note="二院下转率更正\n由 12 % 改为 13 %"))
    assert text[1] == "2026年10月协同简报（第2版，更正）"
    assert text[4:7] == ["【更正】本版取代第 1 版。", "二院下转率更正", "由 12 % 改为 13 %"]


def test_a_month_without_any_answer_is_a_bulletin_too():
    row = UnitRow("jia", {"zh": "人民医院", "en": "People's"}, None, None, ("no_total",), None, None)
    for language in LANGUAGES:
        text = bulletin_text(season(tier("t", "三级", "Tertiary", row), aims={}, history=(), assumptions=()), language)
        assert "None" not in text
        assert "\n\n\n\n" not in text


def test_both_languages_say_the_same_figures(content):
    import re

    figures = [sorted(re.findall(r"\d+\.\d\d", bulletin_text(content, language))) for language in LANGUAGES]
    assert figures[0] == figures[1]
    assert len(figures[0]) == 26 + 25 + 5 + 2


def test_no_chinese_is_left_in_the_english_edition(content):
    english = (
        bulletin_text(content, "en")
        + caption(content, "en")
        + ranking_in_words(content, "en")
        + history_alt_text(content, "en")
    )
    assert not any("\u4e00" <= character <= "\u9fff" for character in english)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (Fraction(84995, 1000), "85.00"), (Fraction(84994999, 1000000), "84.99"), (Fraction(200, 3), "66.67"),
     (Fraction(0), "0.00"), (Fraction(100), "100.00")],
)  # fmt: skip
def test_scores_are_rounded_half_up_to_two_decimals(value, shown):
    assert score(value) == shown


@pytest.mark.parametrize(
    "mark", ["not_ranked_tier", "tier_of_one", "no_total", "too_few_responses", "incomplete", "no_peer_score"]
)
def test_every_mark_has_words_in_both_languages(mark):
    row = unit_row("u1", "单位", "Unit", None, None, mark)
    said = [remarks(row, language) for language in LANGUAGES]
    assert said[0] != said[1]
    assert all(each and "{" not in each for each in said)


def test_every_reason_for_no_rank_is_a_mark_we_have_words_for():
    from evaluation.ranking import UNRANKED_REASONS

    for reason in UNRANKED_REASONS:
        assert remarks(unit_row("u1", "单位", "Unit", None, None, reason), "zh")


# ── names that mean harm ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202e院医\u202c", "院医"),
        ("\u2066医院\u2069\u200f\u200e\u061c", "医院"),
        ("医院\n1　冒名医院　99.99", "医院 1 冒名医院 99.99"),
        ("医院\r\n\u2028■ 说明\x85x", "医院 ■ 说明 x"),
        ("{{ 7 * 7 }}{% include 'x' %}{name}", "{{ 7 * 7 }}{% include 'x' %}{name}"),
        ("😀👨‍👩‍👧急诊", "😀👨‍👩‍👧急诊"),
        ("长" * 200, "长" * 200),
        ("\x00\x1b[31m医院", "[31m医院"),
        ("\u3164\u200b ", "x1"),
        ("", "x1"),
        ("\ud800医院", "\ufffd医院"),
        ("  人民   医院 ", "人民 医院"),
    ],
)
def test_a_hostile_name_is_printed_as_it_is_on_its_own_line(with_name, name, printed):
    content = with_name(name)
    lines = section(content, "■ 综合得分与排名")
    assert lines[1:4] == ["【二级医院】2 家参加排名", f"1　{printed}　84.12", "2　二院　80.00"]
    assert f"{printed}　71.37（65–76，31 份，50 %）" in section(content, "■ 患者满意度")
    assert f"：{printed}：84.12 分，第 1 名；" in ranking_in_words(content, "zh")


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_no_name_adds_a_line_or_breaks_the_text(name):
    usual, strange = (
        season(
            tier(
                "t",
                "层级",
                "Tier",
                unit_row("x1", each, each, Fraction(84), 1),
                unit_row("x2", "乙", "B", Fraction(80), 2),
            )
        )
        for each in ("甲", name)
    )
    for language in LANGUAGES:
        assert len(lines_of(strange, language)) == len(lines_of(usual, language))


def test_a_caption_fits_whatever_the_names_are():
    content = group_of_26(consortium={"zh": "长😀" * 2000, "en": "W" * 5000})
    for language in LANGUAGES:
        assert 0 < utf16_length(caption(content, language)) <= 1024


def test_names_fall_back_to_chinese_then_to_the_code():
    assert name_in({"zh": "人民医院"}, "en", "jia") == "人民医院"
    assert name_in({}, "en", "jia") == "jia"
    assert one_line("a\tb") == "a b"
    assert plain_text(" a\r\nb ") == "a\nb"


# ── what editions and periods are called ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2026-01", "2026年1月", "January 2026"),
        ("2026-12", "2026年12月", "December 2026"),
        ("2026-Q4", "2026年第4季度", "quarter 4 of 2026"),
        ("2026", "2026年", "2026"),
    ],
)
def test_a_period_has_a_name(period, zh, en):
    assert [period_name(Period.parse(period), language) for language in LANGUAGES] == [zh, en]


def test_only_corrections_are_named_with_their_edition(content):
    assert edition_name(content, "zh") == "2026年10月协同简报"
    assert (
        edition_name(replace(content, edition=3), "en") == "Collaboration bulletin, October 2026 (edition 3, corrected)"
    )


# ── pictures in words ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_ranking_in_words_names_every_unit_once(content):
    said = ranking_in_words(content, "zh")
    units = [row for each in content.tiers for row in each.units]
    assert all(said.count(row.name["zh"] + "：") == 1 for row in units)
    assert "城东医院：86.39 分，第 1 名；城西医院：84.66 分，第 2 名；" in said
    assert "市人民医院：86.42 分，本层级仅此一家，不排名。" in said


def test_earlier_years_in_words(content):
    assert history_alt_text(content, "en").split("\n")[1] == (
        "Satisfaction (third-party): 2018 65 %, 2019 68 %, 2020 72 %, 2021 76 %, 2022 80 %, 2023 84 %, 2024 88 %, 2025 92 %."
    )
