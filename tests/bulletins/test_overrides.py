"""Bounds that a scheme breaks for a reason: every edition says so, in both languages, and its content keeps it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bulletins.content import BrokenBound, from_json, to_json
from bulletins.gathering import gather
from bulletins.rendering import bulletin_text, override_texts
from tests.bulletins.samples import group_of_26
from tests.evaluation.cast import OCTOBER, Season, changed, example

REASON = {"zh": "第三方中心今年没有互评条件", "en": "No blind round among the centres this year"}
BROKEN = BrokenBound(
    bound="peers",
    tier="secondary",
    tier_name={"zh": "二级医院", "en": "Secondary hospitals"},
    sum=Fraction("19.99"),
    low=Fraction(20),
    high=Fraction(30),
    reason=REASON,
)
ZH = "方案放宽了一条界限 · 二级医院 · 成员单位互评分值：为 19.99，界限：20 至 30。理由：第三方中心今年没有互评条件"
EN = (
    "The scheme breaks a bound · Secondary hospitals · points of the peers: 19.99, the bound being 20 to 30. "
    "Reason: No blind round among the centres this year"
)


def permitted() -> dict[str, object]:
    """The example with the peers of one tier below their bound, and why."""
    document = changed(example(), "tiers.secondary.indicators.peer_score.points", "19.99")
    document = changed(document, "tiers.secondary.indicators.core_systems.points", "7.01")
    return document | {"overrides": [{"bound": "peers", "tier": "secondary", "reason": REASON}]}


def test_an_edition_gathers_what_the_scheme_breaks_with_its_reason(session: Session) -> None:
    season = Season(session).is_set_up(document=permitted())
    season.settles()
    content = gather(session, period=OCTOBER, edition=1)
    assert content.overrides == (BROKEN,)
    assert from_json(to_json(content)) == content
    assert ZH in bulletin_text(content, "zh").splitlines()
    assert EN in bulletin_text(content, "en").splitlines()


def test_an_edition_of_a_scheme_that_keeps_every_bound_says_nothing(session: Session) -> None:
    Season(session).is_set_up().settles()
    content = gather(session, period=OCTOBER, edition=1)
    assert content.overrides == ()
    assert "放宽" not in bulletin_text(content, "zh")


def test_the_sentence_stands_right_under_the_scheme() -> None:
    lines = bulletin_text(group_of_26(overrides=(BROKEN, BROKEN)), "zh").splitlines()
    assert lines[6:8] == [ZH, ZH]
    assert "第 1 版" in lines[5]


@pytest.mark.parametrize(
    ("bound", "tier", "total", "low", "high", "said"),
    [
        ("points", "secondary", "99.99", "100", "100", "二级医院 · 分值合计：为 99.99，界限：应为 100"),
        ("patients", "secondary", "0", "10", None, "二级医院 · 患者评价分值：为 0，界限：至少 10"),
        ("lower_cost", "*", "0", "1", None, "整个方案 · 降成本指标数：为 0，界限：至少 1"),
    ],
)
def test_every_kind_of_limit_has_words(
    bound: str, tier: str, total: str, low: str, high: str | None, said: str
) -> None:
    ends = (Fraction(low), None if high is None else Fraction(high))
    each = BrokenBound(bound, tier, BROKEN.tier_name if tier != "*" else {}, Fraction(total), *ends, REASON)
    content = group_of_26(overrides=(each,))
    assert said in override_texts(content, "zh")[0]
    assert from_json(to_json(content)) == content


def test_words_of_a_reason_stay_words_on_one_line() -> None:
    hostile = {"zh": "{{ 7 * 7 }} {reason}\n■ 综合得分与排名", "en": "\u202e{sum}"}
    content = group_of_26(overrides=(BrokenBound(**{**_fields(), "reason": hostile}),))
    told = bulletin_text(content, "zh")
    assert "理由：{{ 7 * 7 }} {reason} ■ 综合得分与排名" in told
    assert told.splitlines().count("■ 综合得分与排名") == 1
    assert "\u202e" not in bulletin_text(content, "en")


def _fields() -> dict[str, Any]:
    return {name: getattr(BROKEN, name) for name in ("bound", "tier", "tier_name", "sum", "low", "high", "reason")}


def test_an_edition_from_before_permissions_is_still_read() -> None:
    old = to_json(group_of_26())
    assert "overrides" not in old  # where there is none, nothing is written down
    assert from_json(old).overrides == ()
