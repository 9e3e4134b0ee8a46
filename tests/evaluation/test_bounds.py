"""Every bound just below, on and just above its limit; all bounds of the example at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.elements import DIMENSIONS
from evaluation.scheme import BoundSum, bound_sums, check_bounds
from tests.evaluation.cast import assert_told, changed, example, indicator, parsed, without, wording

RANKED = ("tertiary", "secondary", "primary")
COLLABORATION = {"tertiary": "40", "secondary": "30", "primary": "50"}


def scheme_of(tier: str = "secondary", **points: str) -> dict[str, Any]:
    """A scheme of one tier whose four kinds of line have such points; `rest` fills up to 100 if not stated.

    peers lies in operating efficiency, patients in patient experience, outcomes (committee) in medical quality,
    collaboration and rest (capacity) with the committee.
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
        "peers": indicator(party="peers", dimension="operating_efficiency"),
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
def test_used_indicator_says_where_its_figure_comes_from(name: str) -> None:
    document = without(scheme_of(), f"indicators.rest.{name}")
    assert found(document) == [(f"indicators.rest.{name}", f"indicator_{name}_missing", {})]
    unused = changed(scheme_of(), "indicators.spare", without(indicator(), name))
    assert found(unused) == []


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
    assert set(sums) == {"points", "peers", "patients", "outcomes", "collaboration", "dimensions"}


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
