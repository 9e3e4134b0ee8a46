"""The group of 26 with everything that a printed edition shows: intervals, trends with a break and a gap, shares,
collaboration, honours, stories.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bulletins.parts import (
    BulletinContent,
    Certainty,
    Change,
    CollaborationFigure,
    HonourGiven,
    Improved,
    StoryTold,
    TierTable,
    TrendPoint,
    UnitRow,
)
from consortium.periods import Period
from evaluation.peer_standing import PeerStanding
from tests.bulletins.samples import group_of_26

GROUPS = (
    ("responsibility", {"zh": "责任共担", "en": "Shared responsibility"}),
    ("service", {"zh": "服务协同", "en": "Joint service"}),
    ("resources", {"zh": "资源共享", "en": "Shared resources"}),
    ("capability", {"zh": "能力提升", "en": "Stronger capability"}),
    ("satisfaction", {"zh": "满意度", "en": "Satisfaction"}),
)


def months(number: int, last: str = "2026-10") -> list[str]:
    found = [Period.parse(last)]
    while len(found) < number:
        found.insert(0, found[0].previous())
    return [str(period) for period in found]


def trend_of(total: Fraction | None, seed: int, rank: int | None, rank_of: int) -> tuple[TrendPoint, ...]:
    """Twelve months: the third is missing for every fifth unit, the seventh begins another scheme."""
    if total is None:
        return ()
    points = []
    for number, period in enumerate(months(12)):
        if number == 2 and seed % 5 == 0:
            continue
        value = total - Fraction((11 - number) * (seed % 4 - 1), 4) + Fraction((seed * 7 + number * 5) % 9 - 4, 3)
        value = min(total if number == 11 else value, Fraction(99))
        low, high = value - Fraction(3, 2), min(value + Fraction(3, 2), Fraction(100))
        points.append(TrendPoint(period, value, low, high, rank, rank_of, is_break=number == 6))
    return tuple(points)


def low_place(number: int) -> int:
    return 1 + number % 4


def _full(row: UnitRow, number: int, tier: TierTable) -> UnitRow:
    sure = None
    if row.rank is not None and row.total is not None:
        low, high = max(1, row.rank - 1 - number % 3), min(tier.rank_of, row.rank + 1 + number % 2)
        band = "upper" if 2 * high <= tier.rank_of else "lower" if 2 * low > tier.rank_of + 1 else "middle"
        movement = {1: "up", 4: "down"}.get(number % 6, "same")
        sure = Certainty(low, high, band, movement, row.total - Fraction(7, 4), row.total + Fraction(3, 2))
    shares = tuple(
        (
            code,
            None if row.total is None or (number + place) % 11 == 10 else min(row.total + place * 3 - 8, Fraction(100)),
        )
        for place, (code, _) in enumerate(GROUPS)
    )
    peer = PeerStanding(
        Fraction(92 - 2 * (number % 20)), "20+", ("upper", "middle", "lower")[number % 3], low_place(number),
        low_place(number) + 2, tier.rank_of, (), ("up", "same", None)[number % 3], "peer-mean-1",
    )  # fmt: skip
    return replace(
        row, certainty=sure, shares=shares, peer=peer, trend=trend_of(row.total, number, row.rank, tier.rank_of)
    )


def full_group(**changed: object) -> BulletinContent:
    """October 2026 with everything in it."""
    content = group_of_26()
    number, tiers = 0, []
    for tier in content.tiers:
        rows = []
        for row in tier.units:
            rows.append(_full(row, number, tier))
            number += 1
        tiers.append(replace(tier, units=tuple(rows)))
    values: dict[str, object] = {
        "tiers": tuple(tiers),
        "groups": GROUPS,
        "collaboration": (
            CollaborationFigure("referral_down", {"zh": "下转率", "en": "Referred down"}, "percent", Fraction(163, 10),
                                Fraction(142, 10), 26, Fraction(15),
                                (Change("c1", {"zh": "东湖社区卫生服务中心", "en": "Community Centre 1"}, Fraction(9), Fraction(14), True),
                                 Change("h2", {"zh": "城东医院", "en": "Hospital 1"}, Fraction(21), Fraction(12), False))),
            CollaborationFigure("recognition", {"zh": "检查结果互认率", "en": "Test results recognised"}, "percent",
                                Fraction(98), None, 25, None),
        ),
        "improved": (
            Improved("primary", "c7", {"zh": "建设社区卫生服务中心", "en": "Community Centre 7"}, Fraction(78), Fraction(8541, 100), 14, 7),
        ),
        "honours": (
            HonourGiven({"zh": "协同标兵单位", "en": "Model unit of collaboration"}, (("", {"zh": "城东医院", "en": "Hospital 1"}),)),
            HonourGiven({"zh": "协同之星", "en": "Star of collaboration"}, (("王芳", {"zh": "东湖社区卫生服务中心", "en": "Community Centre 1"}),
                                                                         ("刘伟", {"zh": "城西医院", "en": "Hospital 2"}))),
        ),
        "stories": (
            StoryTold("patient", {"zh": "东湖社区卫生服务中心", "en": "Community Centre 1"},
                      "母亲出院以后，社区医生第二天就上门量血压，还和医院的主管医生通了电话，把药重新理了一遍。\n以前总要往大医院跑，现在心里踏实多了。", None, "zh"),
            StoryTold("doctor", {"zh": "城东医院", "en": "Hospital 1"},
                      "Every Thursday two of us see patients at the centre together with its family doctors. We send fewer people across town, and we learn who they are.", "Dr Zhou", "en"),
        ),
    }  # fmt: skip
    return replace(content, **{**values, **changed})  # type: ignore[arg-type]
