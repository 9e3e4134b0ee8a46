"""What keeps a scheme from being applied beside its bounds: each finding planted once, and none in the example."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from evaluation.elements import AIMS, DIMENSIONS, LEGS, PERSPECTIVES, SYNERGIES
from evaluation.lints import check_scheme, lints
from tests.evaluation.cast import assert_told, changed, example, indicator, parsed, small, without, wording


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    findings = lints(parsed(document), file="scheme-2026.toml")
    for finding in findings:
        assert_told(finding)
    return [(finding.key, finding.code) for finding in findings]


def rate(name: str, /, **more: Any) -> dict[str, Any]:
    """An indicator with a name of its own, outside collaboration: nothing about it is wrong."""
    return indicator(**{"dimension": "capacity", "name": {"zh": name, "en": f"rate {name}"}} | more)


def scheme(indicators: dict[str, dict[str, Any]], **lines: dict[str, Any]) -> dict[str, Any]:
    """A small scheme with ten points for each indicator that `lines` says nothing of."""
    return small(indicators, {code: {"points": 10} for code in indicators} | lines)


def test_the_example_has_no_findings_at_all() -> None:
    assert check_scheme(parsed(example()), file="scheme.toml") == []


def test_a_scheme_with_nothing_wrong_has_no_findings() -> None:
    assert found(scheme({"one": rate("甲"), "two": rate("乙", direction="down", floor=20, target=5)})) == []


# ── rule 84: nothing rewards income alone ──


@pytest.mark.parametrize(
    ("zh", "en", "more"),
    [
        ("医疗收入增幅", "Growth of medical income", {}),
        ("营收增长率", "Revenue growth", {}),
        ("收支结余总额", "Total surplus", {"unit": "yuan"}),
        ("业务收入", "Operating revenue", {"unit": "yuan"}),
        ("业务收入", "Operating revenue", {"unit": {"zh": "万元", "en": "ten thousand yuan"}}),
        ("发展指标", "Income increase", {}),
        ("发展指标", "Progress", {"flags": ["income"]}),
    ],
)
def test_more_income_alone_is_not_rewarded(zh: str, en: str, more: dict[str, Any]) -> None:
    grows = rate("", **({"name": {"zh": zh, "en": en}} | more))
    assert found(scheme({"grows": grows})) == [("tiers.only.indicators.grows", "lint_income")]
    assert ("tiers.only.indicators.grows", "lint_income") not in found(
        scheme({"grows": grows | {"direction": "down", "floor": 60}})
    )
    watched = scheme(
        {"one": rate("甲"), "grows": without(grows, "target") | {"direction": "watch"}}, grows={"points": 0}
    )
    assert found(watched) == []


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("医疗服务收入占医疗收入比例", "Share of service income"),
        ("医疗服务收入占比提升", "Share of service income, increase"),
        ("门诊收入占医疗收入的比重", "Proportion of outpatient income"),
        ("医疗盈余率", "Surplus rate"),
        ("急诊收入院率提升", "Emergency patients admitted"),
        ("低收入人口服务覆盖率增长", "Growth of cover for low-income households"),
        ("人员收入增长率", "Growth of staff income"),
        ("医保基金结余总额", "Total surplus of the insurance fund"),
        ("门诊人次增幅", "Growth of outpatient visits"),
        ("床位周转次数增加", "Increase of bed turnover"),
        ("综合改革措施落实数", "Income-neutral measures"),
    ],
)
def test_how_income_is_made_up_is_another_matter(zh: str, en: str) -> None:
    assert found(scheme({"fine": rate("", name={"zh": zh, "en": en})})) == []


def test_income_is_found_behind_a_mean_too() -> None:
    mean = rate("综合", input="mean", of=["grows", "fine"], unit="percent")
    document = scheme({"mean": mean, "grows": rate("", name=wording("收入增幅")), "fine": rate("甲")},
                      grows={"points": 0}, fine={"points": 0})  # fmt: skip
    assert found(document) == [("tiers.only.indicators.mean", "lint_income")]


# ── double counting ──

SURVEYED = {"input": "survey", "questionnaire": "outpatient", "unit": "score", "party": "patients", "target": 95}
PEER = {"input": "peer", "unit": "score", "party": "peers", "target": 100}
FOREIGN = {"input": "third_party", "unit": "score", "surveyor": "省调查队", "definition": "~满意率", "target": 95}


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (SURVEYED, SURVEYED, "lint_double_input"),
        (SURVEYED | {"definition": "topbox"}, SURVEYED | {"definition": "topbox", "measure": "score"}, "lint_double_input"),
        (SURVEYED, SURVEYED | {"definition": "topbox"}, None),
        (SURVEYED, SURVEYED | {"measure": "waiting"}, None),
        (SURVEYED, SURVEYED | {"questionnaire": "inpatient"}, None),
        (PEER, PEER, "lint_double_input"),
        (FOREIGN, FOREIGN, "lint_double_input"),
        (FOREIGN, FOREIGN | {"definition": "~推荐率"}, None),
        ({"standard": "national-07"}, {"standard": "national-07"}, "lint_double_standard"),
        ({"standard": "national-07"}, {"standard": "national-08"}, None),
        ({"name": {"zh": "下转率", "en": "a"}}, {"name": {"zh": "下 转率", "en": "b"}}, "lint_double_name"),
        ({"name": {"zh": "甲", "en": "Down-referral rate"}}, {"name": {"zh": "乙", "en": "down-Referral rate"}}, "lint_double_name"),
        ({"name": {"zh": "甲", "en": "same"}}, {"name": {"zh": "same", "en": "乙"}}, None),
    ],
)  # fmt: skip
def test_one_thing_earns_points_once(one: dict[str, Any], other: dict[str, Any], code: str | None) -> None:
    document = scheme({"a_first": rate("甲", **one), "b_second": rate("乙", **other)})
    named = [("tiers.only.indicators.b_second", code)] if code else []
    assert found(document) == named
    watched = without(rate("乙", **other), "target") | {"direction": "watch"}
    assert found(scheme({"a_first": rate("甲", **one), "b_second": watched}, b_second={"points": 0})) == []


def test_two_tiers_may_count_the_same_thing() -> None:
    document = scheme({"one": rate("甲", **PEER), "two": rate("乙", **PEER)}, two={"points": 0})
    document["tiers"]["other"] = {"name": wording("other"), "indicators": {"two": {"points": 10}}}
    assert [code for _, code in found(document)] == ["lint_no_points"]  # and not that it counts twice


@pytest.mark.parametrize(
    ("computed", "counted", "twice"),
    [
        ({"input": "mean", "of": ["a", "b"]}, {"mean": 10, "a": 0, "b": 0}, []),
        ({"input": "mean", "of": ["a", "b"]}, {"mean": 10, "a": 10, "b": 0}, ["mean"]),
        ({"input": "mean", "of": ["a", "b"]}, {"mean": 20, "a": 10, "b": 10}, ["a", "b"]),
        ({"input": "complement", "of": ["a"]}, {"mean": 10, "a": 0, "b": 10}, []),
        ({"input": "complement", "of": ["a"]}, {"mean": 20, "a": 10, "b": 10}, ["a"]),
    ],
)
def test_a_whole_and_its_part_do_not_both_earn(
    computed: dict[str, Any], counted: dict[str, int], twice: list[str]
) -> None:
    indicators = {"mean": rate("合", **computed), "a": rate("甲"), "b": rate("乙")}
    document = scheme(indicators, **{code: {"points": points} for code, points in counted.items()})
    assert found(document) == [(f"tiers.only.indicators.{code}", "lint_double_part") for code in twice]


def test_a_part_deep_inside_is_a_part_and_two_means_do_not_share_one() -> None:
    indicators = {
        "top": rate("顶", input="mean", of=["middle", "c"]), "middle": rate("中", input="mean", of=["a", "b"]),
        "side": rate("旁", input="mean", of=["b", "d"]), **{code: rate(code) for code in "abcd"},
    }  # fmt: skip
    nothing = {code: {"points": 0} for code in ("middle", "a", "b", "c", "d", "side")}
    assert found(scheme(indicators, **nothing)) == [
        (f"tiers.only.indicators.{code}", "lint_no_points") for code in ("d", "side")
    ]
    assert found(scheme(indicators, **nothing | {"side": {"points": 10}})) == [
        ("tiers.only.indicators.top", "lint_double_part")
    ]


# ── what can be reached, and what moves ──


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"target": 100}, None),
        ({"target": Decimal("100.01")}, "lint_cap_out_of_reach"),
        ({"target": 120, "name": wording("业务量增长率")}, None),
        ({"unit": "share", "target": 1}, None),
        ({"unit": "share", "target": 15}, "lint_cap_out_of_reach"),
        ({"direction": "down", "floor": 5, "target": 0}, None),
        ({"direction": "down", "floor": 5, "target": -1}, "lint_cap_out_of_reach"),
        ({"direction": "down", "floor": 5, "target": -1, "name": wording("次均费用增幅")}, None),
        ({"direction": "down", "floor": 9, "target": -1, "unit": "days"}, "lint_cap_out_of_reach"),
        ({"unit": "count", "target": 100_000}, None),
        ({"unit": "score", "target": 900}, None),
        (PEER | {"target": 101}, "lint_cap_out_of_reach"),
        ({"floor": -20, "target": 0}, "lint_same_share"),
        ({"floor": 100, "target": 120}, "lint_cap_out_of_reach"),
        ({"direction": "down", "floor": 120, "target": 100}, "lint_same_share"),
    ],
)
def test_a_target_lies_within_what_is_possible(more: dict[str, Any], code: str | None) -> None:
    named = [("tiers.only.indicators.one", code)] if code else []
    assert found(scheme({"one": rate("甲", **more)})) == named


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"curve": "band", "band": [15, 25], "floor": 5, "ceiling": 40}, None),
        ({"curve": "band", "band": [100, 120]}, None),
        ({"curve": "band", "band": [101, 120], "floor": 90}, "lint_band_out_of_reach"),
        ({"curve": "band", "band": [-5, -1]}, "lint_band_out_of_reach"),
        ({"curve": "band", "band": [0, 100]}, "lint_same_share"),
        ({"curve": "steps", "steps": [[60, Decimal("0.5")], [80, 1]]}, None),
        ({"curve": "steps", "steps": [[60, Decimal("0.5")], [80, Decimal("0.9")]]}, "lint_steps_not_full"),
        ({"curve": "steps", "steps": [[60, Decimal("0.5")], [101, 1]]}, "lint_steps_not_full"),
        ({"curve": "steps", "steps": [[0, 1]]}, "lint_same_share"),
        ({"curve": "steps", "steps": [[1, 1]]}, None),
        ({"curve": "steps", "direction": "down", "steps": [[10, Decimal("0.5")], [0, 1]]}, None),
        ({"curve": "steps", "direction": "down", "steps": [[100, 1]]}, "lint_same_share"),
        ({"curve": "relative", "against": "region", "target": 0}, None),
        ({"curve": "relative", "against": "region", "target": 101}, "lint_cap_out_of_reach"),
        ({"curve": "relative", "against": "tier_median", "direction": "down", "target": -5, "floor": 5}, None),
        ({"curve": "count", "unit": "count", "target": 4, "per": "month"}, None),
    ],
)
def test_every_kind_of_curve_can_give_everything_and_not_always(more: dict[str, Any], code: str | None) -> None:
    one = rate("甲", **more)
    document = scheme({"one": one if "target" in more else without(one, "target")})
    assert found(document) == ([("tiers.only.indicators.one", code)] if code else [])


def test_the_ends_of_the_tier_count_and_so_do_those_behind_a_mean_of_shares() -> None:
    document = scheme({"one": rate("甲")}, one={"points": 10, "target": 150})
    assert found(document) == [("tiers.only.indicators.one", "lint_cap_out_of_reach")]
    parts = {
        "mean": without(rate("合", input="mean", of=["a", "b"], by="share"), "target"),
        "a": rate("甲", target=150),
        "b": rate("乙"),
    }
    nothing: dict[str, dict[str, Any]] = {code: {"points": 0} for code in "ab"}
    assert found(scheme(parts, **nothing)) == [("tiers.only.indicators.a", "lint_cap_out_of_reach")]
    nothing["a"]["target"] = 90
    assert found(scheme(parts, **nothing)) == []


def test_a_line_without_points_is_watched_or_part_of_another() -> None:
    idle = scheme({"one": rate("甲"), "two": rate("乙")}, two={"points": 0})
    assert found(idle) == [("tiers.only.indicators.two", "lint_no_points")]
    measured = rate("甲", curve="relative", against="two", target=0)
    assert found(changed(idle, "indicators.one", measured)) == []


def test_an_indicator_that_nothing_uses_is_named() -> None:
    document = changed(scheme({"one": rate("甲")}), "indicators.spare", rate("闲"))
    assert found(document) == [("indicators.spare", "lint_unused")]
    watched = changed(document, "indicators.spare", without(rate("闲", direction="watch"), "target"))
    assert found(watched) == []
    mean = changed(document, "indicators.one", rate("合", input="mean", of=["spare"]))
    assert found(mean) == []


# ── tags ──


def test_every_collaboration_line_is_one_of_the_four_synergies() -> None:
    """Rule 3: only so do the four sub-scores add up."""
    for tags, code in (([], "lint_synergy_missing"), (["service", "resource"], "lint_synergy_twice")):
        document = scheme({"one": indicator(flags=tags)})
        assert found(document) == [("tiers.only.indicators.one", code)]
        assert found(changed(document, "indicators.one.dimension", "capacity")) == []
        assert found(changed(document, "indicators.one.bonus", True)) == []
    for tag in SYNERGIES:
        assert found(scheme({"one": indicator(flags=[tag, "outcome"])})) == []


def test_perspectives_are_given_to_all_or_to_none() -> None:
    """Rule 130: each indicator exactly once."""
    three = {"one": rate("甲"), "two": rate("乙", perspective=PERSPECTIVES[0]), "three": rate("丙")}
    assert found(scheme(three)) == [
        ("indicators.one.perspective", "lint_perspective_missing"),
        ("indicators.three.perspective", "lint_perspective_missing"),
    ]
    assert found(scheme({code: each | {"perspective": "process"} for code, each in three.items()})) == []


# ── all at once ──


def test_findings_come_together_after_the_bounds() -> None:
    document = changed(example(), "tiers.primary.indicators.training_hours.points", "5.99")
    document = changed(document, "indicators.first_visit.flags", ["strengthen_primary"])
    document = changed(document, "indicators.down_referral.target", 101)
    document = changed(document, "tiers.tertiary.indicators.down_referral", {"points": 15})
    assert [(each.key, each.code) for each in check_scheme(parsed(document), file="s")] == [
        ("tiers.primary.indicators", "bound_points"),
        ("tiers.tertiary.indicators.down_referral", "lint_cap_out_of_reach"),
        ("tiers.primary.indicators.first_visit", "lint_synergy_missing"),
    ]


def test_a_large_scheme_is_checked_at_once() -> None:
    """300 indicators in four tiers: the work grows with the lines, not with their pairs."""
    indicators = {f"i{n:03}": rate(f"第{n}项", flags=[*LEGS, *AIMS]) for n in range(300)}
    document = small(indicators, {})
    document["dimensions"] = {code: {"name": wording(code)} for code in DIMENSIONS}
    lines = {code: {"points": "0.5"} for code in indicators}
    tiers = ("tertiary", "secondary", "primary", "partner")
    document["tiers"] = {tier: {"name": wording(tier), "indicators": lines} for tier in tiers}
    large = parsed(document)
    began = time.process_time()
    findings = check_scheme(large, file="s")
    assert time.process_time() - began < 2  # processor time, ten times what it takes
    assert {each.code for each in findings} >= {"bound_points", "bound_peers"}
    assert not any(each.code.startswith("lint") for each in findings)
