"""Every bound just below, on and just above its limit; bounds that are broken for a reason; all of the example at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.bounds import BoundSum, bound_sums, broken_by_permission, check_bounds, check_raters
from evaluation.elements import AIMS, BOUNDS, DIMENSIONS, LEGS
from tests.evaluation.cast import assert_told, changed, example, indicator, parsed, without, wording

RANKED = ("tertiary", "secondary", "primary")
COLLABORATION = {"tertiary": "40", "secondary": "30", "primary": "50"}


def scheme_of(tier: str = "secondary", **points: str) -> dict[str, Any]:
    """A scheme of one tier whose four kinds of line have such points; `rest` fills up to 100 if not stated.

    peers lies in operating efficiency, patients in patient experience, outcomes (committee) in medical quality,
    collaboration and rest (capacity) with the committee. The peers' line serves both legs and all three aims.
    """
    stated = {
        "peers": "20",
        "patients": "10",
        "outcomes": "20",
        "collaboration": COLLABORATION.get(tier, "30"),
    } | points
    stated.setdefault("rest", str(100 - sum(Fraction(value) for value in stated.values())))
    if Fraction(stated["rest"]).denominator != 1:
        stated["rest"] = f"{float(Fraction(stated['rest'])):.4f}"
    lines = {
        "peers": indicator(party="peers", dimension="operating_efficiency", flags=[*LEGS, *AIMS]),
        "patients": indicator(party="patients", dimension="patient_experience"),
        "outcomes": indicator(flags=["outcome"], dimension="medical_quality"),
        "collaboration": indicator(),
        "rest": indicator(dimension="capacity"),
    }
    return {
        "scheme": {"year": 2026, "version": 1, "title": wording("bounds")},
        "dimensions": {code: {"name": wording(code)} for code in DIMENSIONS},
        "parties": {code: {"name": wording(code)} for code in ("peers", "patients", "committee")},
        "indicators": lines,
        "tiers": {tier: {"name": wording(tier), "indicators": {code: {"points": stated[code]} for code in lines}}},
    }


def found(document: dict[str, Any]) -> list[tuple[str, str, dict[str, object]]]:
    findings = check_bounds(parsed(document), file="scheme-2026.toml")
    for finding in findings:
        assert finding.file == "scheme-2026.toml"
        assert_told(finding)
    return [(finding.key, finding.code, dict(finding.details)) for finding in findings]


def codes(document: dict[str, Any]) -> list[str]:
    return [code for _, code, _ in found(document)]


@pytest.mark.parametrize("tier", RANKED)
def test_check_bounds_accepts_a_scheme_on_every_edge(tier: str) -> None:
    rest = {"primary": {"outcomes": "20", "peers": "20", "patients": "9.9", "rest": "0.1"}}
    if tier == "primary":  # 50 + 20 + 20 + 10 leaves nothing for capacity: outcomes by patients serve both bounds
        document = changed(scheme_of(tier, **rest[tier]), "indicators.outcomes.party", "patients")
    else:
        document = scheme_of(tier)
    assert found(document) == []


@pytest.mark.parametrize(("rest", "total"), [("19.99", "99.99"), ("20.01", "100.01"), ("0", "80")])
def test_points_must_be_exactly_one_hundred(rest: str, total: str) -> None:
    details = {"tier": "secondary", "sum": total, "low": "100", "high": "100"}
    assert ("tiers.secondary.indicators", "bound_points", details) in found(scheme_of(rest=rest))


def test_points_of_one_hundred_in_many_parts_are_exact() -> None:
    assert codes(scheme_of(rest="19.9", peers="20.1")) == []


@pytest.mark.parametrize(
    ("peers", "holds"), [("19.99", False), ("20", True), ("25", True), ("30", True), ("30.01", False)]
)
def test_peers_have_twenty_to_thirty(peers: str, *, holds: bool) -> None:
    expected = [] if holds else [
        ("tiers.secondary.indicators", "bound_peers", {"tier": "secondary", "sum": peers, "low": "20", "high": "30"})
    ]  # fmt: skip
    assert found(scheme_of(peers=peers)) == expected


@pytest.mark.parametrize(("patients", "holds"), [("9.99", False), ("10", True), ("10.01", True)])
def test_patients_have_ten_or_more(patients: str, *, holds: bool) -> None:
    details = {"tier": "secondary", "sum": patients, "low": "10"}
    expected = [] if holds else [("tiers.secondary.indicators", "bound_patients", details)]
    assert found(scheme_of(patients=patients)) == expected


@pytest.mark.parametrize(("outcomes", "holds"), [("19.99", False), ("20", True), ("20.01", True)])
def test_outcomes_have_twenty_or_more(outcomes: str, *, holds: bool) -> None:
    details = {"tier": "secondary", "sum": outcomes, "low": "20"}
    expected = [] if holds else [("tiers.secondary.indicators", "bound_outcomes", details)]
    assert found(scheme_of(outcomes=outcomes)) == expected


@pytest.mark.parametrize(
    ("tier", "points", "holds"),
    [("tertiary", "39.99", False), ("tertiary", "40", True), ("tertiary", "40.01", False), ("secondary", "29.99", False),
     ("secondary", "30", True), ("secondary", "30.01", False), ("primary", "49.99", False), ("primary", "50.01", False)],
)  # fmt: skip
def test_collaboration_is_fixed_by_tier(tier: str, points: str, *, holds: bool) -> None:
    more = {"rest": "0"} if tier == "primary" else {}
    assert ("bound_collaboration" in codes(scheme_of(tier, collaboration=points, **more))) is not holds


def test_collaboration_stated_otherwise_than_the_rule_is_refused() -> None:
    document = changed(scheme_of(), "tiers.secondary.collaboration", 31)
    assert found(document) == [
        ("tiers.secondary.collaboration", "bound_collaboration_stated", {"tier": "secondary", "limit": "30"})
    ]
    assert codes(changed(scheme_of(), "tiers.secondary.collaboration", 30)) == []


def test_collaboration_of_another_tier_is_what_it_states() -> None:
    assert codes(scheme_of("partner", collaboration="33")) == []
    assert codes(changed(scheme_of("partner", collaboration="33"), "tiers.partner.collaboration", 33)) == []
    assert codes(changed(scheme_of("partner"), "tiers.partner.collaboration", 33)) == ["bound_collaboration"]


def test_every_ranked_tier_has_points_in_all_five_dimensions() -> None:
    document = scheme_of(rest="0", peers="30", patients="20")
    details = {"tier": "secondary", "dimension": "capacity"}
    assert found(document) == [("tiers.secondary.indicators", "bound_dimension_empty", details)]
    assert codes(changed(document, "tiers.secondary.ranked", False)) == []


def test_dimensions_are_exactly_the_five() -> None:
    more = changed(scheme_of(), "dimensions.morale", {"name": wording("morale")})
    assert [(key, code) for key, code, _ in found(more)] == [("dimensions.morale", "dimension_not_of_the_five")]
    fewer = changed(without(scheme_of(), "dimensions.capacity"), "indicators.rest.dimension", "medical_quality")
    assert [(key, code) for key, code, _ in found(fewer)] == [
        ("dimensions.capacity", "dimension_missing"),
        ("tiers.secondary.indicators", "bound_dimension_empty"),
    ]


@pytest.mark.parametrize("name", ["source", "owner"])
def test_every_indicator_says_where_its_figure_comes_from(name: str) -> None:
    document = without(scheme_of(), f"indicators.rest.{name}")
    assert found(document) == [(f"indicators.rest.{name}", f"indicator_{name}_missing", {})]
    unused = changed(scheme_of(), "indicators.spare", without(indicator(), name))
    assert found(unused) == [(f"indicators.spare.{name}", f"indicator_{name}_missing", {})]


def test_watched_indicator_counts_in_no_sum() -> None:
    watched = without(indicator(direction="watch", party="peers"), "target")
    document = changed(scheme_of(), "indicators.watched", watched)
    document = changed(document, "tiers.secondary.indicators.watched", {"points": 0})
    assert found(document) == []
    assert all("watched" not in bound.indicators for bound in bound_sums(parsed(document)))


def test_bounds_of_the_tiers_are_held_apart() -> None:
    document = scheme_of()
    document["tiers"]["primary"] = scheme_of("primary", rest="0")["tiers"]["primary"]
    document = changed(document, "tiers.secondary.indicators.rest.points", "19")
    assert {(key, code) for key, code, _ in found(document)} == {
        ("tiers.secondary.indicators", "bound_points"),
        ("tiers.primary.indicators", "bound_dimension_empty"),
    }


def test_bound_sums_show_what_they_add() -> None:
    sums = {bound.bound: bound for bound in bound_sums(parsed(scheme_of()))}
    assert sums["peers"] == BoundSum("peers", "secondary", Fraction(20), Fraction(20), Fraction(30), ("peers",))
    assert sums["patients"] == BoundSum("patients", "secondary", Fraction(10), Fraction(10), None, ("patients",))
    assert sums["collaboration"].indicators == ("collaboration",)
    assert sums["dimensions"].sum == 5
    assert all(bound.holds for bound in sums.values())
    assert set(sums) == set(BOUNDS) - {"raters", *LEGS}  # raters are not stated, and legs are the primary tier's
    assert [sums[aim].tier for aim in AIMS] == ["*", "*", "*"]
    primary = {bound.bound: bound for bound in bound_sums(parsed(scheme_of("primary")))}
    assert set(primary) == set(BOUNDS) - {"raters"}
    assert primary["clinical"] == BoundSum("clinical", "primary", Fraction(1), Fraction(1), None, ("peers",))


def bonus(points: str, **more: Any) -> dict[str, Any]:
    """The scheme on all its edges with a bonus line beside it."""
    document = changed(scheme_of("primary", rest="0"), "indicators.more", indicator(bonus=True, **more))
    return changed(document, "tiers.primary.indicators.more", {"points": points})


def test_bonus_lines_are_outside_every_sum() -> None:
    """Rule 58: what is paid once beside the hundred neither fills a bound nor breaks one."""
    plainly = bound_sums(parsed(scheme_of("primary", rest="0")))
    flags = ["outcome", "service", *LEGS, *AIMS]
    assert bound_sums(parsed(bonus("7", party="peers", flags=flags))) == plainly
    without_aims = changed(bonus("7", flags=flags), "indicators.peers.flags", [])
    assert set(codes(without_aims)) >= {f"bound_{flag}" for flag in (*LEGS, *AIMS)}


@pytest.mark.parametrize("leg", LEGS)
def test_both_legs_stand_in_the_primary_table(leg: str) -> None:
    """Rule 91, for the primary tier and no other."""
    flags = [*AIMS, *(each for each in LEGS if each != leg)]
    document = changed(scheme_of("primary", rest="0"), "indicators.peers.flags", flags)
    details = {"tier": "primary", "sum": "0", "low": "1"}
    assert ("tiers.primary.indicators", f"bound_{leg}", details) in found(document)
    assert codes(changed(scheme_of(), "indicators.peers.flags", flags)) == []
    watched = changed(document, "indicators.seen", without(indicator(direction="watch", flags=[leg]), "target"))
    watched = changed(watched, "tiers.primary.indicators.seen", {"points": 0})
    assert f"bound_{leg}" in codes(watched)  # what is only watched is no leg to stand on


@pytest.mark.parametrize("aim", AIMS)
def test_each_aim_stands_somewhere_in_the_scheme(aim: str) -> None:
    """Rule 129: one indicator with points, in whichever tier."""
    document = changed(scheme_of(), "indicators.peers.flags", [each for each in AIMS if each != aim])
    assert found(document) == [("indicators", f"bound_{aim}", {"tier": "*", "sum": "0", "low": "1"})]
    assert codes(changed(document, "indicators.rest.flags", [aim])) == []
    assert f"bound_{aim}" in codes(
        changed(scheme_of(rest="0"), "indicators.peers.flags", [a for a in AIMS if a != aim])
    )


@pytest.mark.parametrize(("raters", "holds"), [(4, False), (5, True), (6, True)])
def test_stated_raters_are_five_or_more(raters: int, *, holds: bool) -> None:
    document = changed(scheme_of(), "tiers.secondary.raters", raters)
    assert found(document) == []  # the peers' points come from a reading here
    document = changed(document, "indicators.peers", without(document["indicators"]["peers"], "target"))
    document["indicators"]["peers"] |= {"input": "peer", "unit": "score", "target": 100}
    details = {"tier": "secondary", "sum": str(raters), "low": "5"}
    assert found(document) == ([] if holds else [("tiers.secondary.raters", "bound_raters", details)])


@pytest.mark.parametrize(("units", "names"), [(1, True), (5, True), (6, False), (26, False)])
def test_a_consortium_has_units_enough_to_score_each_other(units: int, *, names: bool) -> None:
    scheme = parsed(example())
    findings = check_raters(scheme, units=units, file="scheme-2026.toml")
    ranked = [code for code, tier in scheme.tiers.items() if tier.ranked]
    assert [each.key for each in findings] == [f"tiers.{code}.raters" for code in ranked] * names
    for each in findings:
        assert_told(each)
    assert {each.details["sum"] for each in findings} == ({str(units - 1)} if names else set())


def permitted(document: dict[str, Any], bound: str, tier: str | None = "secondary") -> dict[str, Any]:
    reason = {"zh": "本层级今年只有一家单位参加考核", "en": "Only one unit of the tier takes part this year"}
    return document | {"overrides": [{"bound": bound, "reason": reason} | ({"tier": tier} if tier else {})]}


BROKEN = {
    "points": {"rest": "19.99"}, "peers": {"peers": "19.99"}, "patients": {"patients": "9.99"},
    "outcomes": {"outcomes": "19.99"}, "collaboration": {"collaboration": "29.99"},
    "dimensions": {"rest": "0", "peers": "30", "patients": "20"},
}  # fmt: skip


@pytest.mark.parametrize("bound", BROKEN)
def test_a_bound_may_be_broken_for_a_written_reason(bound: str) -> None:
    document = scheme_of(**BROKEN[bound])
    assert [code.removesuffix("_empty") for code in codes(document)] == [
        f"bound_{bound}".replace("dimensions", "dimension")
    ]
    for tier in ("secondary", None):
        assert found(permitted(document, bound, tier)) == []
        (broken, override), *more = broken_by_permission(parsed(permitted(document, bound, tier)))
        assert (broken.bound, broken.tier, override.reason["zh"][:2], more) == (bound, "secondary", "本层", [])


def test_permission_is_for_its_own_bound_and_tier_alone() -> None:
    document = scheme_of(**BROKEN["peers"])
    document["tiers"]["primary"] = scheme_of("primary", rest="0")["tiers"]["primary"]
    document = changed(document, "tiers.primary.indicators.peers.points", "19.99")
    secondary_only = [(key, code) for key, code, _ in found(permitted(document, "peers"))]
    assert ("tiers.primary.indicators", "bound_peers") in secondary_only
    assert ("tiers.secondary.indicators", "bound_peers") not in secondary_only
    assert "bound_peers" not in codes(permitted(document, "peers", None))
    assert "bound_peers" in codes(permitted(document, "patients"))


@pytest.mark.parametrize(
    ("bound", "tier", "shown"), [("peers", "secondary", "secondary"), ("peers", None, "*"), ("raters", None, "*"), ("lower_cost", "secondary", "secondary"),
     ("clinical", None, "*")],
)  # fmt: skip
def test_permission_to_break_what_holds_is_needless(bound: str, tier: str | None, shown: str) -> None:
    details = {"bound": bound, "tier": shown}
    assert found(permitted(scheme_of(), bound, tier)) == [("overrides", "override_needless", details)]
    assert broken_by_permission(parsed(permitted(scheme_of(), bound, tier))) == ()


def test_permission_lets_the_tier_state_another_collaboration_sum() -> None:
    document = changed(scheme_of(collaboration="31"), "tiers.secondary.collaboration", 31)
    assert codes(document) == ["bound_collaboration", "bound_collaboration_stated"]
    assert codes(permitted(document, "collaboration")) == []


def test_raters_below_five_may_be_stated_with_a_reason() -> None:
    document = permitted(changed(example(), "tiers.secondary.raters", 3), "raters")
    assert found(document) == []
    left = check_raters(parsed(document), units=4, file="s")
    assert [each.key for each in left] == ["tiers.tertiary.raters", "tiers.primary.raters"]
    dreamt = check_raters(parsed(changed(example(), "tiers.secondary.raters", 25)), units=4, file="s")
    assert "tiers.secondary.raters" in [each.key for each in dreamt]


def test_example_keeps_every_bound_at_once() -> None:
    assert found(example()) == []
    scheme = parsed(example())
    sums = {(bound.bound, bound.tier): bound.sum for bound in bound_sums(scheme)}
    assert [sums["points", tier] for tier in scheme.tiers] == [100, 100, 100, 100]
    assert [sums["collaboration", tier] for tier in RANKED] == [40, 30, 50]


@pytest.mark.parametrize(
    ("tier", "code", "points"),
    [("tertiary", "down_referral", 15), ("tertiary", "teaching_satisfaction", 10), ("secondary", "referrals_received", 15),
     ("secondary", "joint_projects", 10), ("primary", "first_visit", 20), ("primary", "standard_management", 20)],
)  # fmt: skip
def test_example_carries_the_stated_points(tier: str, code: str, points: int) -> None:
    """Rules 68–70: these are stated; the rest of the collaboration points is marked as assumed."""
    scheme = parsed(example())
    lines = {line.indicator: line.points for line in scheme.tiers[tier].lines}
    assert lines[code] == points
    assumed = {note.indicator for note in scheme.notes if note.tier == tier and note.assumed}
    assert assumed == set(lines) - {
        "down_referral", "teaching_satisfaction", "referrals_received", "joint_projects", "first_visit",
        "standard_management",
    }  # fmt: skip


def test_example_dimension_and_party_are_two_projections() -> None:
    """The collaboration dimension and the peers' points overlap and are not the same."""
    scheme = parsed(example())
    sums = {(bound.bound, bound.tier): set(bound.indicators) for bound in bound_sums(scheme)}
    assert sums["collaboration", "tertiary"] & sums["peers", "tertiary"] == {"teaching_satisfaction"}
    assert "peer_score" in sums["peers", "tertiary"] - sums["collaboration", "tertiary"]
