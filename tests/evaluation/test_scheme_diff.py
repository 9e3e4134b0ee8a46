"""Differences between two schemes: each key that can change is found, in both directions, and nothing else is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from evaluation.scheme_diff import Change, diff_schemes
from tests.evaluation.cast import changed, example, indicator, parsed, small, without, wording


def diff(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    found = list(diff_schemes(parsed(before), parsed(after)))
    back = diff_schemes(parsed(after), parsed(before))
    assert {(each.tier, each.indicator, each.key, each.after, each.before) for each in back} == {
        (each.tier, each.indicator, each.key, each.before, each.after) for each in found
    }
    return found


def test_the_same_scheme_has_no_differences() -> None:
    assert diff(example(), example()) == []


def test_version_and_year_alone_are_no_difference() -> None:
    """Next year's scheme that says the same: nothing to decide."""
    assert diff(example(), changed(example(), "scheme.version", 2)) == []
    next_year = changed(changed(example(), "scheme.year", 2027), "scheme.version", 1)
    assert diff(changed(example(), "scheme.effective", "2026-07"), next_year) == []


def test_order_of_the_file_is_no_difference() -> None:
    document = example()
    document["indicators"] = dict(reversed(document["indicators"].items()))
    document["tiers"] = dict(reversed(document["tiers"].items()))
    assert diff(example(), document) == []


def one_line(**more: Any) -> dict[str, Any]:
    return small({"rate": indicator(**more)}, {"rate": {"points": 10}})


@pytest.mark.parametrize(
    ("path", "value", "tier", "code", "key", "before", "after"),
    [
        ("scheme.title.zh", "新方案", None, None, "title.zh", "small", "新方案"),
        ("scheme.effective", "2026-07", None, None, "effective", "2026-01", "2026-07"),
        ("scheme.year_rule", "mean_of_months", None, None, "year_rule", "own", "mean_of_months"),
        ("scheme.note", wording("备注"), None, None, "note.zh", "", "备注"),
        ("watching", {"below": Decimal("59.5")}, None, None, "watching.below", "60", "59.5"),
        ("watching", {"periods": 2}, None, None, "watching.periods", "3", "2"),
        ("parties.peers.name.en", "others", None, None, "parties.peers.en", "peers", "others"),
        ("dimensions.capacity.name.zh", "能力", None, None, "dimensions.capacity.zh", "capacity", "能力"),
        ("overrides", [{"bound": "peers", "tier": "only", "reason": wording("一年一次的理由说明文字")}],
         None, None, "overrides.peers.only.zh", "", "一年一次的理由说明文字"),
        ("indicators.rate.name.en", "share", None, "rate", "name.en", "rate", "share"),
        ("indicators.rate.dimension", "medical_quality", None, "rate", "dimension", "collaboration", "medical_quality"),
        ("indicators.rate.party", "peers", None, "rate", "party", "committee", "peers"),
        ("indicators.rate.source.zh", "平台", None, "rate", "source.zh", "source", "平台"),
        ("indicators.rate.owner.zh", "医务处", None, "rate", "owner.zh", "owner", "医务处"),
        ("indicators.rate.flags", ["service", "outcome"], None, "rate", "flags", "", "outcome, service"),
        ("indicators.rate.standard", "national-01", None, "rate", "standard", "", "national-01"),
        ("indicators.rate.aspect", "development", None, "rate", "aspect", "quality", "development"),
        ("indicators.rate.perspective", "process", None, "rate", "perspective", "", "process"),
        ("indicators.rate.over_time", "last", None, "rate", "over_time", "", "last"),
        ("indicators.rate.target_by", "2026-12", None, "rate", "target_by", "", "2026-12"),
        ("indicators.rate.method", wording("按单价估算"), None, "rate", "method.zh", "", "按单价估算"),
        ("indicators.rate.evidence", True, None, "rate", "evidence", "false", "true"),
        ("indicators.rate.bonus", True, None, "rate", "bonus", "false", "true"),
        ("indicators.rate.assumed", True, None, "rate", "assumed", "", "true"),
        ("tiers.only.name.zh", "全部", "only", None, "name.zh", "only", "全部"),
        ("tiers.only.ranked", False, "only", None, "ranked", "true", "false"),
        ("tiers.only.collaboration", 10, "only", None, "collaboration", "", "10"),
        ("tiers.only.raters", 7, "only", None, "raters", "", "7"),
        ("tiers.only.indicators.rate.points", Decimal("10.01"), "only", "rate", "points", "10", "10.01"),
        ("tiers.only.indicators.rate.target", 55, "only", "rate", "target", "50", "55"),
        ("tiers.only.indicators.rate.floor", 5, "only", "rate", "floor", "0", "5"),
        ("tiers.only.indicators.rate.note", wording("本层级备注"), "only", "rate", "note.zh", "", "本层级备注"),
    ],
)  # fmt: skip
def test_every_key_that_differs_is_named(
    path: str, value: object, tier: str | None, code: str | None, key: str, before: str, after: str
) -> None:
    found = diff(one_line(), changed(one_line(), path, value))
    assert Change(tier, code, key, before, after) in found
    same_thing = [each for each in found if (each.tier, each.indicator) == (tier, code)]
    assert {each.key.split(".")[0] for each in same_thing} == {key.split(".", maxsplit=1)[0]}


def test_a_target_of_the_indicator_differs_in_every_tier_that_takes_it() -> None:
    after = changed(example(), "indicators.average_stay.floor", 13)
    assert [(each.tier, each.indicator, each.key) for each in diff(example(), after)] == [
        (None, "average_stay", "floor"),
        ("tertiary", "average_stay", "floor"),  # the secondary tier states its own
    ]


@pytest.mark.parametrize(
    ("curve", "keys"),
    [
        (
            {"curve": "band", "band": [15, 25], "floor": 5, "ceiling": 40},
            {"curve", "band", "ceiling", "floor", "target"},
        ),
        ({"curve": "steps", "steps": [[60, Decimal("0.5")], [80, 1]]}, {"curve", "steps", "floor", "target"}),
        ({"curve": "relative", "against": "region", "target": 0}, {"curve", "against", "floor", "target"}),
        ({"curve": "count", "unit": "count", "target": 50, "per": "year"}, {"curve", "per", "floor"}),
    ],
)
def test_another_curve_is_named_with_all_its_ends(curve: dict[str, Any], keys: set[str]) -> None:
    other = one_line(**curve)
    if "target" not in curve:
        other = without(other, "indicators.rate.target")
    line = {each.key for each in diff(one_line(), other) if each.tier == "only"}
    assert line == keys


def test_what_is_new_and_what_is_gone_is_named_key_by_key() -> None:
    two = small(
        {"rate": indicator(), "more": indicator(range=[15, 25])}, {"rate": {"points": 10}, "more": {"points": 5}}
    )
    found = diff(one_line(), two)
    assert {each.indicator for each in found} == {"more"}
    assert all(each.before == "" and each.after for each in found)
    assert ("only", "5") in [(each.tier, each.after) for each in found if each.key == "points"]
    assert "15 – 25" in [each.after for each in found if each.key == "range"]


def test_differences_stand_in_the_order_of_the_scheme() -> None:
    after = example()
    for path, value in (
        ("tiers.primary.indicators.first_visit.target", 35), ("tiers.tertiary.indicators.down_referral.target", 20),
        ("indicators.training_hours.target", 5), ("scheme.title.zh", "新方案"), ("tiers.tertiary.name.zh", "三级"),
    ):  # fmt: skip
        after = changed(after, path, value)
    assert [(each.tier, each.indicator, each.key) for each in diff(example(), after)] == [
        (None, None, "title.zh"),
        (None, "training_hours", "target"),
        ("tertiary", None, "name.zh"),
        ("tertiary", "down_referral", "target"),
        ("primary", "first_visit", "target"),
        ("primary", "training_hours", "target"),
    ]


def test_a_number_that_decimals_cannot_write_is_compared_exactly() -> None:
    third = changed(one_line(), "tiers.only.indicators.rate.target", "33.333333")
    assert [each.after for each in diff(one_line(), third)] == ["33.333333"]
