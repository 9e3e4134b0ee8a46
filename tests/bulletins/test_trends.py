"""A unit's last twelve months, where they break, and what has moved by more than noise, from frozen rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from sqlalchemy import update

from bulletins.content import content_hash, from_json, to_json
from bulletins.gathering import gather
from bulletins.movements import most_improved
from bulletins.parts import Certainty, TrendPoint
from bulletins.rendering import bulletin_text
from bulletins.trends import is_comparable, trends
from consortium.periods import Period
from evaluation.models import Scorecard
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import group_of_26, unit_row
from tests.evaluation.cast import IN_OCTOBER, OCTOBER, Season, changed, example

NOVEMBER = Period(2026, 11)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
OLD_HASH = "4dd2e67a82c34b587b91882e1c9f6a76ffb3a5a9c35f05b6a7b2b127760ee735"
"""Of the group of 26, as the version before trends, shares and stories wrote it."""


def november(season: Season, *readings: str, **answers: tuple[int, int]) -> None:
    """Another month: readings of November, patients' answers, and no blind round."""
    if readings:
        report = season.reads(*readings, now=IN_OCTOBER)
        assert not isinstance(report, list), report
    for unit, (fives, threes) in ({"jia": (15, 10), "yi": (27, 3), "ding": (25, 0)} | answers).items():
        season.answers(unit, fives=fives, threes=threes, period=NOVEMBER)
    season.settles(NOVEMBER, now=LATER)


def rows_of(content):
    return {row.code: row for tier in content.tiers for row in tier.units}


# ── what was stored before ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_content_from_before_is_the_same_for_ever() -> None:
    """Neither trends nor shares nor stories are written where there are none: the hash of old editions stands."""
    assert content_hash(group_of_26()) == OLD_HASH
    document = to_json(group_of_26())
    assert not {"groups", "collaboration", "improved", "stories", "honours"} & set(document)
    assert not {"shares", "trend"} & set(document["tiers"][1]["units"][0])
    assert from_json(document) == group_of_26()


def test_a_content_with_everything_reads_back_as_it_was() -> None:
    content = full_group()
    assert from_json(to_json(content)) == content
    without = replace(content, stories=())
    assert content_hash(without) != content_hash(content)
    rows = rows_of(content)
    broken = next(row for row in rows.values() if any(point.is_break for point in row.trend))
    named = replace(broken, trend=tuple(replace(p, reasons=("scheme",)) if p.is_break else p for p in broken.trend))
    tier = replace(content.tiers[0], units=(named,))
    assert from_json(to_json(replace(content, tiers=(tier,)))).tiers[0].units[0] == named


def test_an_interval_of_before_has_no_ends_of_totals() -> None:
    content = full_group()
    document = to_json(content)
    for tier in document["tiers"]:
        for unit in tier["units"]:
            for name in ("total_low", "total_high"):
                unit.get("certainty", {}).pop(name, None)
    found = next(row.certainty for row in rows_of(from_json(document)).values() if row.certainty is not None)
    assert (found.total_low, found.total_high) == (None, None)


# ── months ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trend_starts_with_the_first_settled_month_and_ends_with_this_one(desk) -> None:
    found = trends(desk.session, OCTOBER)
    card = desk.session.get_one(Scorecard, ("2026-10", "yi"))
    assert found["yi"] == (
        TrendPoint("2026-10", card.total, card.total_low, card.total_high, card.rank, card.rank_of, is_break=False),
    )
    assert not is_comparable(found["yi"])


def test_months_that_are_not_settled_are_gaps(desk) -> None:
    december = Period(2026, 12)
    desk.season.answers("ding", fives=10, threes=15, period=december)
    desk.season.settles(december, now=LATER)
    points = trends(desk.session, december)["ding"]
    assert [(point.period, point.total is None, point.rank_of) for point in points] == [
        ("2026-10", False, 2), ("2026-11", True, 0), ("2026-12", False, 1),
    ]  # fmt: skip
    assert not points[-1].is_break  # the same parts, by the same scheme: only the gap parts the line


def test_a_month_without_its_peers_breaks_the_line(desk) -> None:
    """Yi had peers' marks and readings in October; what is scored in November is something else."""
    november(desk.season)
    points = {unit: points[-1] for unit, points in trends(desk.session, NOVEMBER).items()}
    assert (points["yi"].is_break, set(points["yi"].reasons)) == (True, {"parts", "definition"})
    assert (points["ding"].is_break, points["ding"].reasons) == (False, ())
    rows = rows_of(gather(desk.session, period=NOVEMBER, edition=1))
    assert rows["yi"].certainty is None or rows["yi"].certainty.movement is None
    assert rows["ding"].certainty.movement is not None


def test_another_version_of_the_scheme_breaks_the_line(desk) -> None:
    document = changed(changed(example(), "scheme.version", 2), "scheme.effective", "2026-11")
    desk.season.is_scored_by(document, version=2, effective="2026-11")
    november(desk.season)
    point = trends(desk.session, NOVEMBER)["ding"][-1]
    assert (point.is_break, point.reasons) == (True, ("scheme",))
    assert not is_comparable(trends(desk.session, NOVEMBER)["ding"])


def test_shares_are_points_earned_of_those_available(desk) -> None:
    content = gather(desk.session, period=OCTOBER, edition=1)
    rows = rows_of(content)
    assert [code for code, _ in content.groups] == [
        "medical_quality", "operating_efficiency", "patient_experience", "collaboration", "capacity",
    ]  # fmt: skip
    quality = dict(rows["jia"].shares)["medical_quality"]
    assert quality == 100 * (Fraction(10) + Fraction(15, 2) + Fraction(38, 10)) / 24  # 10 + 7.5 + 3.8 of 24
    assert dict(rows["ding"].shares)["medical_quality"] is None
    assert all(0 <= share <= 100 for row in rows.values() for _, share in row.shares if share is not None)


# ── what has moved ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def moved(desk):
    november(
        desk.season,
        "jia,2026-11,down_referral,140,600,",  # 81 of 600 before: 13.5 → 23.3 %
        "jia,2026-11,remote_consultations,,,11",  # 10 before
        "yi,2026-11,referrals_received,,,130",  # 45 before
        "yi,2026-11,joint_projects,,,2",  # two: a number that is not told
        "bing,2026-11,first_visit,25,100,",
    )
    return {each.code: each for each in gather(desk.session, period=NOVEMBER, edition=1).collaboration}


def test_collaboration_is_told_with_the_month_before_and_the_target(moved) -> None:
    referral = moved["down_referral"]
    assert (referral.value, referral.before, referral.units, referral.target) == (
        Fraction(70, 3), Fraction(27, 2), 1, 15,
    )  # fmt: skip
    assert referral.is_better is True
    assert [(each.unit, each.before, each.after, each.is_better) for each in referral.changes] == [
        ("jia", Fraction(27, 2), Fraction(70, 3), True)
    ]
    assert (moved["first_visit"].is_better, moved["first_visit"].changes) == (None, ())  # 24 and 25 of 100
    assert (moved["remote_consultations"].value, moved["remote_consultations"].changes) == (11, ())
    assert [each.unit for each in moved["referrals_received"].changes] == ["yi"]


def test_small_numbers_peers_and_other_dimensions_are_not_told_there(moved) -> None:
    assert "joint_projects" not in moved  # 2 projects
    assert not {"peer_score", "outpatient_satisfaction", "readmission", "average_stay"} & set(moved)
    assert moved.keys() <= set(example()["indicators"])


def test_of_a_sum_never_all_units_but_one_are_told(desk) -> None:
    """Yi's change is told while Ding, who is not, cannot be found by subtraction: of two the whole would give him away."""
    readings = ("yi,2026-11,referrals_received,,,130", "ding,2026-11,referrals_received,,,31")
    assert not isinstance(desk.season.reads("ding,2026-11,joint_projects,,,6"), list)
    november(desk.season, *readings)
    found = {each.code: each for each in gather(desk.session, period=NOVEMBER, edition=1).collaboration}
    whole = found["referrals_received"]
    assert (whole.value, whole.units, whole.changes) == (161, 2, ())
    assert whole.before is None  # Ding had none in October: that was another sum


def test_a_vetoed_unit_is_in_no_sum(desk) -> None:
    void = {"total": None, "rank": None, "unranked_reason": "vetoed", "rank_low": None, "rank_high": None}
    desk.session.execute(update(Scorecard).where(Scorecard.unit_code == "jia").values(**void))
    desk.session.expire_all()
    content = gather(desk.session, period=OCTOBER, edition=1)
    assert "down_referral" not in {each.code for each in content.collaboration}


def risen(code: str, before: int, after: int, movement: str | None = "up"):
    points = tuple(
        TrendPoint(period, Fraction(total), None, None, place, 5, is_break=False)
        for period, total, place in (("2026-09", before, 4), ("2026-10", after, 2))
    )
    row = unit_row(code, code, code, Fraction(after), 2)
    return replace(row, trend=points, certainty=Certainty(1, 3, None, movement))


def test_in_each_tier_those_are_named_that_rose_the_most_by_more_than_noise() -> None:
    rows = [
        ("secondary", risen("h1", 60, 70)), ("secondary", risen("h2", 70, 80)), ("secondary", risen("h3", 60, 69)),
        ("primary", risen("c1", 50, 90, "same")), ("primary", risen("c2", 50, 52)), ("partner", risen("p1", 50, 40, "down")),
    ]  # fmt: skip
    assert [(each.tier, each.code, each.before, each.after, each.rank_before, each.rank_after) for each in most_improved(rows)] == [
        ("secondary", "h1", 60, 70, 4, 2), ("secondary", "h2", 70, 80, 4, 2), ("primary", "c2", 50, 52, 4, 2),
    ]  # fmt: skip


def test_the_text_of_a_gathered_month_tells_of_it(desk) -> None:
    november(desk.season, "jia,2026-11,down_referral,140,600,")
    content = gather(desk.session, period=NOVEMBER, edition=1)
    assert (
        "下转率　23.3 %　↑ 好转\n　　上期 13.5 %，目标 15 %，1 家\n　　· 人民医院　13.5 % → 23.3 %　↑ 好转\n"
        in bulletin_text(content, "zh")
    )
    assert from_json(to_json(content)) == content
    assert to_json(gather(desk.session, period=NOVEMBER, edition=1)) == to_json(content)  # the same again
