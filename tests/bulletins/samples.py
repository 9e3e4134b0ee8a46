"""A bulletin of the group of one, five and twenty, made by hand: no database is needed to look at texts and pictures."""

from __future__ import annotations

from fractions import Fraction

from bulletins.content import BulletinContent, History, Overall, Satisfaction, TierTable, UnitRow

DIMENSIONS = (
    ("environment", {"zh": "就医环境", "en": "Environment"}),
    ("communication", {"zh": "沟通态度", "en": "Communication"}),
    ("waiting", {"zh": "等待时间", "en": "Waiting"}),
    ("continuity", {"zh": "连续性服务", "en": "Continuity"}),
)
SECONDARY = ("城东", "城西", "城南", "城北", "滨江")
PRIMARY = ("东湖", "西山", "南门", "北桥", "中街", "和平", "建设", "新华", "解放", "胜利",
           "春风", "夏荷", "秋实", "冬青", "朝阳", "晚霞", "长青", "永安", "太平", "福兴")  # fmt: skip


def satisfaction_of(number: int, responses: int = 31) -> Satisfaction:
    score = Fraction(7000 + 137 * number % 2500, 100)
    dimensions = tuple((code, score - 3 + index) for index, (code, _) in enumerate(DIMENSIONS))
    return Satisfaction(responses, score, dimensions, score - 6, score + 5, 2 * responses)


def pooled(parts: list[Satisfaction]) -> Satisfaction | None:
    """All units as one; the interval is made up, like the units' own."""
    if not parts:
        return None
    n = sum(part.responses for part in parts)

    def mean(values: list[Fraction | None]) -> Fraction:
        return sum((part.responses * value for part, value in zip(parts, values, strict=True)), Fraction()) / n

    score = mean([part.score for part in parts])
    dimensions = tuple((code, mean([dict(part.dimensions)[code] for part in parts])) for code, _ in DIMENSIONS)
    return Satisfaction(n, score, dimensions, score - 1, score + 1, 2 * n)


def unit_row(code: str, zh: str, en: str, total: Fraction | None, rank: int | None, *marks: str) -> UnitRow:
    """A unit with everything usual: 20 raters or more, 31 responses."""
    number = int("".join(filter(str.isdecimal, code)) or 0)
    return UnitRow(code, {"zh": zh, "en": en}, total, rank, marks, "20+", satisfaction_of(number))


def tier(code: str, zh: str, en: str, *rows: UnitRow) -> TierTable:
    return TierTable(code, {"zh": zh, "en": en}, sum(row.rank is not None for row in rows), rows)


def season(*tiers: TierTable, **changed: object) -> BulletinContent:
    shown = [row.satisfaction for each in tiers for row in each.units if row.satisfaction is not None]
    units = sum(len(each.units) for each in tiers)
    values: dict[str, object] = {
        "consortium": {"zh": "某市医疗集团（示例）", "en": "A City Medical Group (example)"},
        "aims": {"zh": "强基层，促健康，降成本。", "en": "Stronger primary care, better health, lower cost."},
        "period": "2026-10",
        "edition": 1,
        "scheme": {"zh": "协同绩效考核方案", "en": "Scheme of collaborative performance"},
        "scheme_year": 2026,
        "scheme_version": 1,
        "tiers": tiers,
        "overall": Overall(units, len(shown), pooled(shown)),
        "dimensions": DIMENSIONS,
        "history": (
            History("history_satisfaction", {"zh": "患者满意度（第三方历史调查）", "en": "Satisfaction (third-party)"},
                    "percent", None, {"zh": "第三方调查报告", "en": "Third-party survey reports"},
                    tuple((str(2018 + year), Fraction(65 + 27 * year // 7)) for year in range(8))),
            History("history_referral", {"zh": "双向转诊率（历史）", "en": "Referral rate (earlier years)"},
                    "percent", None, None, tuple((str(2018 + year), Fraction(78 + 11 * year, 10)) for year in range(8))),
        ),
        "assumptions": ({"zh": "三级医院 · 平均住院日：5 分", "en": "Tertiary · Average stay: 5 points"},),
        "satisfaction_definition": "linear-0-100",
        "peer_definition": "peer-mean-1",
        "digest": "0123456789abcdef" * 4,
        "modes": ("chat", "page"),
    }  # fmt: skip
    return BulletinContent(**{**values, **changed})  # type: ignore[arg-type]


def group_of_26(**changed: object) -> BulletinContent:
    hospital = unit_row("h1", "市人民医院", "City People's Hospital", Fraction(8642, 100), None, "tier_of_one")
    secondary = [
        unit_row(f"h{place + 1}", f"{name}医院", f"Hospital {place}", Fraction(8812 - 173 * place, 100), place)
        for place, name in enumerate(SECONDARY, start=1)
    ]
    primary = [
        unit_row(
            f"c{place}", f"{name}社区卫生服务中心", f"Community Centre {place}", Fraction(9123 - 97 * place, 100), place
        )
        for place, name in enumerate(PRIMARY[:18], start=1)
    ]
    primary.append(
        unit_row(
            "c19", "太平社区卫生服务中心", "Taiping Community Centre", Fraction(7011, 100), None, "too_few_responses"
        )
    )
    primary.append(
        UnitRow("c20", {"zh": "福兴社区卫生服务中心", "en": "Fuxing Community Centre"}, Fraction(6512, 100), None,
                ("too_few_responses", "incomplete", "no_peer_score"), None, None)
    )  # fmt: skip
    return season(
        tier("tertiary", "三级医院", "Tertiary hospital", hospital),
        tier("secondary", "二级医院", "Secondary hospitals", *secondary),
        tier("primary", "社区卫生服务中心", "Community centres", *primary),
        **changed,
    )
