"""Too small for blindness: how many raters each unit can have at best, and what people are told of it."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews.cooperation import ImportReport, import_cooperation
from reviews.prospects import TierProspect, prospect_lines, prospects
from reviews.prospects_on_record import blindness_lines
from tests.cast import NOW, found_consortium

TIERS = {"tertiary": "三级医院", "primary": "社区卫生服务中心"}


def units(count: int, tier: str = "primary", letter: str = "u") -> dict[str, str]:
    return {f"{letter}{number:02d}": tier for number in range(count)}


def everyone(codes: dict[str, str]) -> list[tuple[str, str]]:
    return list(itertools.combinations(codes, 2))


def told(tiers: dict[str, str], pairs: list[tuple[str, str]] | None, language: str = "zh") -> list[str]:
    return prospect_lines(prospects(tiers, pairs), names={}, tiers=TIERS, language=language)


@pytest.mark.parametrize(
    ("count", "scored", "criteria", "comments"),
    [(0, 0, 0, 0), (1, 0, 0, 0), (5, 0, 0, 0), (6, 6, 0, 0), (8, 8, 0, 0), (9, 9, 9, 0), (10, 10, 10, 0),
     (11, 11, 11, 11), (3000, 3000, 3000, 3000)],
)  # fmt: skip
def test_size_alone_sets_the_best_case(count: int, scored: int, criteria: int, comments: int) -> None:
    """Five raters and the unit itself; eight and itself; ten and itself."""
    found = prospects(units(count), None)
    assert (found.scored, found.with_criteria, found.with_comments) == (scored, criteria, comments)
    assert found.tiers == ()
    assert found.is_large_enough == (count in (0, 11, 3000))


@pytest.mark.parametrize("count", [2, 6, 9, 11])
def test_everyone_with_everyone_is_as_good_as_unknown(count: int) -> None:
    by_size, on_record = prospects(units(count), None), prospects(units(count), everyone(units(count)))
    assert (by_size.scored, by_size.with_criteria, by_size.with_comments) == (
        on_record.scored, on_record.with_criteria, on_record.with_comments,
    )  # fmt: skip


def test_units_with_too_few_partners_are_named_in_their_tier() -> None:
    """Eleven centres work with each other; a hospital with nine, another with seven, a third with four of them."""
    centres = units(11)
    hospitals = units(3, "tertiary", "h")
    pairs = everyone(centres)
    for hospital, count in zip(hospitals, (9, 7, 4), strict=True):
        pairs += [(hospital, centre) for centre in list(centres)[:count]]
    found = prospects(hospitals | centres, pairs)
    assert found.tiers == (TierProspect("tertiary", ("h02",), ("h01", "h02"), ("h00", "h01", "h02")),)
    assert (found.units, found.scored, found.with_criteria, found.with_comments) == (14, 13, 12, 11)
    names = {"h00": "人民医院", "h01": "二院", "h02": "中医院"}
    assert prospect_lines(found, names=names, tiers=TIERS, language="zh") == [
        "三级医院：1 个单位的协作单位不足 5 家，不会有互评得分：中医院。",
        "三级医院：1 个单位的协作单位不足 8 家，只有总的互评得分，没有单项得分和意见：二院。",
        "三级医院：1 个单位的协作单位不足 10 家，看不到互评意见：人民医院。",
    ]


def test_a_pair_counts_once_and_strangers_do_not() -> None:
    tiers = units(6)
    pairs = [("u00", "u01"), ("u01", "u00"), ("u00", "u00"), ("u00", "gone"), *[("u00", f"u0{n}") for n in range(2, 5)]]
    assert prospects(tiers, pairs).scored == 0  # u00 has four
    assert prospects(tiers, [*pairs, ("u00", "u05")]).scored == 1


def test_what_nobody_can_have_is_said_once_and_not_tier_by_tier() -> None:
    assert told(units(5), everyone(units(5))) == [
        "互评保护不了匿名：5 个单位里，没有一个能得到 5 家评分，所以不会有互评得分，也没有单项得分和意见。至少要有 6 个单位互相协作。"
    ]
    assert told(units(8), everyone(units(8)), "en") == [
        "No unit can be scored by 8 others: there will never be figures by criterion.",
        "No unit can be scored by 10 others: comments will never be shown.",
    ]


def test_guesses_from_the_size_say_so() -> None:
    assert told(units(10), None) == [
        "没有一个单位能得到 10 家评分：永远不会显示互评意见。", "还没有协作记录，以上按单位总数推算。",
    ]  # fmt: skip
    assert told(units(11), None) == []
    assert told({}, None) == []


def test_a_few_scored_units_are_too_few() -> None:
    """A hub with five partners that know only the hub."""
    tiers = units(6)
    lines = told(tiers, [("u00", other) for other in list(tiers)[1:]])
    assert lines[0].startswith("能匿名互评的单位太少：6 个单位里，只有 1 个能得到 5 家评分")
    assert lines[-1] == "社区卫生服务中心：5 个单位的协作单位不足 5 家，不会有互评得分：u01、u02、u03、u04、u05。"


def test_many_units_are_counted_and_a_dozen_named() -> None:
    tiers = units(40)
    lines = told(tiers, everyone(dict(list(tiers.items())[:12])), "en")
    [line] = lines
    assert line.startswith("社区卫生服务中心: 28 units work with fewer than 5 others and get no peer score: u12, u13, ")
    assert line.endswith(", u23, ….")


def test_the_record_of_the_newest_month_is_what_counts(session: Session) -> None:
    found_consortium(session)
    assert blindness_lines(session, "zh")[-1] == "还没有协作记录，以上按单位总数推算。"
    rows = "unit_a,unit_b,kind,count,period\njia,yi,referral,3,2026-09\njia,bing,referral,3,2026-10\n"
    report = import_cooperation(session, content=rows.encode(), file="c.csv", actor="person:chen", now=NOW)
    assert isinstance(report, ImportReport)
    assert report.periods == ("2026-09", str(Period(2026, month=10)))
    [line] = blindness_lines(session, "en")
    assert line.startswith("Too small for blind reviews: of 3 units none can be scored by 5 others")
