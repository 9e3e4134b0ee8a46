"""A small scheme with every kind of curve and of computed figure, and a season of three units scored by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from consortium.periods import Period
from evaluation.corrections import CorrectedFigure, correct_settlement
from evaluation.indicators import ImportReport, import_readings
from evaluation.models import SchemeVersion
from storage.audit import record
from tests.evaluation.cast import CHEN, IN_OCTOBER, OCTOBER_IS_OVER, Season, changed, csv, indicator, small

OCTOBER, NOVEMBER, DECEMBER, QUARTER = (Period.parse(each) for each in ("2026-10", "2026-11", "2026-12", "2026-Q4"))
OVER = {
    OCTOBER: OCTOBER_IS_OVER,
    NOVEMBER: OCTOBER_IS_OVER + timedelta(30),
    DECEMBER: OCTOBER_IS_OVER + timedelta(61),
    QUARTER: OCTOBER_IS_OVER + timedelta(61),
}
UNITS = {"jia": ("人民医院", "only"), "yi": ("二院", "only"), "bing": ("社区中心", "only")}
SHARED = {"flags": ["service"], "aspect": "efficiency"}
INDICATORS: dict[str, dict[str, Any]] = {
    "referral": indicator(target=50, flags=["resource"]),
    "stay": indicator(unit="days", curve="band", band=[6, 8], floor=4, ceiling=12, target=None, **SHARED),
    "waits": indicator(unit="days", direction="down", curve="steps", steps=[[10, "0.2"], [6, "0.6"], [3, 1]], target=None,
                       **SHARED),
    "growth": indicator(direction="down", curve="relative", against="region", target=None, **SHARED),
    "cost": indicator(unit="yuan", direction="down", curve="relative", against="tier_median", floor=100, target=0, **SHARED),
    "records": indicator(curve="relative", against="referral", floor=-10, target=20, flags=["information"]),
    "sessions": indicator(unit="count", curve="count", target=12, per="quarter", flags=["management"]),
    "rules": indicator(curve="checklist", target=None, dimension="capacity"),
    "steady": indicator(input="mean", of=["stay", "waits"], by="share", curve="checklist", target=None, dimension="capacity"),
    "level": indicator(input="mean", of=["referral", "rules"], target=80, dimension="capacity"),
    "away": indicator(direction="watch", target=None),
    "kept": indicator(input="complement", of=["away"], target=90, dimension="capacity"),
    "papers": indicator(unit="count", curve="count", target=1, per="year", bonus=True, dimension="capacity"),
    "heard": indicator(input="survey", questionnaire="outpatient", party="patients", floor=50, target=95, unit="score"),
    "peers": indicator(input="peer", party="peers", unit="score", target=100),
}  # fmt: skip
POINTS = {
    "referral": 10, "stay": 10, "waits": 10, "growth": 5, "cost": 5, "records": 5, "sessions": 10, "rules": 5, "steady": 5,
    "level": 5, "kept": 5, "heard": 10, "peers": 15, "papers": 3,
}  # fmt: skip


def document(**head: Any) -> dict[str, Any]:
    """The scheme, with keys of its own in its head."""
    indicators = {
        code: {name: value for name, value in each.items() if value is not None} for code, each in INDICATORS.items()
    }
    found = small(indicators, {code: {"points": points} for code, points in POINTS.items()})
    found["scheme"] |= head
    return found


def readings(period: Period, more: int = 0) -> list[str]:
    """A month's figures; `more` moves them a little."""
    rows = {
        "jia": {"referral": f"{81 + more},200,", "stay": ",,7", "waits": ",,4", "growth": ",,5", "cost": ",,300",
                "records": f"{50 + more},100,", "sessions": ",,3", "rules": "19,20,", "away": "30,100,", "papers": ",,1"},
        "yi": {"referral": "60,300,", "stay": f",,{9 + more}", "waits": ",,10", "growth": ",,7", "cost": ",,360",
               "records": "3,7,", "sessions": ",,6", "rules": "5,20,", "away": "0,0,"},
        "bing": {"stay": ",,5", "waits": ",,11", "cost": ",,280", "sessions": ",,1", "rules": "1,3,", "away": "10,70,"},
    }  # fmt: skip
    found = [f"{unit},{period},{code},{figure}" for unit, of in rows.items() for code, figure in of.items()]
    return [*found, f"*,{period},growth,,,6"]


def reads(season: Season, rows: list[str], *, at: Period, header: str = "") -> ImportReport:
    """Import rows on the last evening of a month."""
    content = csv(*rows) if not header else "\n".join([header, *rows]).encode()
    report = import_readings(
        season.session, content=content, file="x.csv", actor=CHEN, now=OVER[at] - timedelta(hours=1)
    )
    assert isinstance(report, ImportReport), report
    return report


def is_set_up(
    season: Season,
    effective: str = "2026-01",
    changes: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    **head: Any,
) -> Season:
    """The consortium of three, scored by this scheme, which was applied as any other; `changes` are by key path,
    `without` are indicators that have no line.
    """
    written = document(**head)
    for path, value in (changes or {}).items():
        written = changed(written, path, value)
    for code in without:
        del written["tiers"]["only"]["indicators"][code]
    season.is_set_up(UNITS).is_scored_by(written, effective=effective)
    row = season.session.get_one(SchemeVersion, (2026, 1))
    for action, details in (
        ("apply_scheme", {"digest": row.digest, "effective": row.effective}),
        ("move_scheme", {"before": "planned", "after": "in_force"}),
    ):
        record(season.session, actor=CHEN, action=action, subject="2026/1", now=IN_OCTOBER, details=details)
    return season


def is_judged(season: Season, month: Period, number: int = 0) -> None:
    """What patients and peers say in a month."""
    for unit, fives in (("jia", 15), ("yi", 27), ("bing", 3)):
        season.answers(unit, fives=fives, threes=10 * (unit == "jia"), period=month)
    season.round_is("counted", month, jia=(75, 5), yi=(60 + number, 17), bing=(None, 4))


def has_three_months(season: Season, **head: Any) -> Season:
    """October to December settled: groups of cases in November, a late figure of October, and November corrected."""
    is_set_up(season, **head)
    for number, month in enumerate((OCTOBER, NOVEMBER, DECEMBER)):
        is_judged(season, month, number)
        rows = [row + "," for row in readings(month, number)]
        if month == NOVEMBER:
            rows[0:1] = ["jia,2026-11,referral,40,80,,A1", "jia,2026-11,referral,42,120,,B2"]
            rows.append("bing,2026-10,referral,9,70,,")
            rows.append("bing,2026-11,referral,9,70,,")
        reads(season, rows, at=month, header="unit,period,indicator,numerator,denominator,value,stratum")
        season.settles(month, OVER[month])
    correct_settlement(
        season.session,
        period=NOVEMBER,
        figures=[CorrectedFigure("jia", "rules", Fraction(18), Fraction(20), Fraction(90))],
        objection=None,
        actor=CHEN,
        now=OVER[DECEMBER] + timedelta(days=1),
    )
    season.session.flush()
    return season
