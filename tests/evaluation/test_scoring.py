"""From figures to points: three tiers by hand, to the exact fraction; projections that add up; nothing from nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.elements import Curve
from evaluation.scheme import Scheme
from evaluation.scoring import Input, LineScore, UnitScore, linear_share, rate, score_unit
from tests.evaluation.cast import changed, example, indicator, parsed, small, without

SCHEME = parsed(example())


def values(**given: str | int | Fraction) -> dict[str, Input]:
    return {code: Input(Fraction(value)) for code, value in given.items()}


JIA = values(
    down_referral="13.5", teaching_satisfaction=84, expert_sessions=20, remote_consultations=10, peer_score=75,
    average_stay=9, outpatient_satisfaction=80, readmission=3, complications="0.5", core_systems=95, new_techniques=1,
)  # fmt: skip
YI = values(
    referrals_received=45, joint_projects=2, peer_score=60, average_stay=10, outpatient_satisfaction=95, readmission=6,
    complications="2.5", core_systems=100, new_techniques=1,
)  # fmt: skip
BING = values(
    first_visit=24, standard_management=60, joint_control=50, outpatient_satisfaction=68, glucose_control=45,
    training_hours=5,
)  # fmt: skip


def points(score: UnitScore) -> dict[str, Fraction | None]:
    return {line.code: line.points for line in score.lines}


def test_score_of_a_tertiary_hospital_by_hand() -> None:
    """Rule 68: 13.5 + 8 + 8 + 1.75 + 11.25 + 3.75 + 20/3 + 7.5 + 10 + 3.8 + 2 = 4573/60, nothing missing."""
    score = score_unit(SCHEME, "tertiary", JIA)
    assert points(score) == {
        "down_referral": Fraction("13.5"), "teaching_satisfaction": 8, "expert_sessions": 8,
        "remote_consultations": Fraction("1.75"), "peer_score": Fraction("11.25"), "average_stay": Fraction("3.75"),
        "outpatient_satisfaction": Fraction(20, 3), "readmission": Fraction("7.5"), "complications": 10,
        "core_systems": Fraction("3.8"), "new_techniques": 2,
    }  # fmt: skip
    assert (score.total, score.complete, score.earned, score.available) == (
        Fraction(4573, 60), True, Fraction(4573, 60), 100,
    )  # fmt: skip
    assert score.dimensions == {
        "medical_quality": Fraction("21.3"), "operating_efficiency": 15, "patient_experience": Fraction(20, 3),
        "collaboration": Fraction("31.25"), "capacity": 2,
    }  # fmt: skip
    assert score.parties == {
        "third_party": 10, "patients": Fraction(20, 3) + Fraction("7.5"), "committee": Fraction("32.8"),
        "peers": Fraction("19.25"),
    }  # fmt: skip


def test_score_of_a_secondary_hospital_by_hand() -> None:
    """Rule 69, with record sharing missing: 683/12 earned of 95 available are 3415/57 of 100."""
    score = score_unit(SCHEME, "secondary", YI)
    assert points(score)["average_stay"] == Fraction(5, 3)
    assert points(score)["record_sharing"] is None
    assert (score.earned, score.available, score.total) == (Fraction(683, 12), 95, Fraction(3415, 57))
    assert score.complete is False
    assert score.dimensions["collaboration"] == Fraction("16.25") * 100 / 95


def test_score_of_a_primary_unit_by_hand() -> None:
    """Rule 70, without a peer score: 52.3 earned of 80 available are 65.375."""
    given = {**BING, "peer_score": Input(None, reason="too_few_raters", n=4)}
    score = score_unit(SCHEME, "primary", given)
    assert (score.earned, score.available, score.total) == (Fraction("52.3"), 80, Fraction("65.375"))
    assert score.dimensions["operating_efficiency"] is None
    assert score.parties["peers"] is None
    peers = next(line for line in score.lines if line.code == "peer_score")
    curve = Curve("linear", Fraction(0), Fraction(100))
    assert peers == LineScore("peer_score", None, None, None, Fraction(0), "too_few_raters", curve)


def test_the_same_figures_score_differently_in_each_tier() -> None:
    """Rule 4: one set of figures, three tables, three totals by hand."""
    given = values(outpatient_satisfaction=80, peer_score=75, average_stay=9, readmission=3)
    assert {tier: score_unit(SCHEME, tier, given).total for tier in ("tertiary", "secondary", "primary")} == {
        "tertiary": (Fraction(20, 3) + Fraction("11.25") + Fraction("3.75") + Fraction("7.5")) * 100 / 40,
        "secondary": (8 + 15 + Fraction(10, 3) + Fraction("7.5")) * 100 / 47,
        "primary": Fraction(8 + 15) * 100 / 32,
    }


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ("0", "0"),
        ("-3", "0"),
        ("7.5", "0.5"),
        ("14.99", Fraction(1499, 1500)),
        ("15", "1"),
        ("15.01", "1"),
        ("99", "1"),
    ],
)
def test_linear_share_rises_to_the_target_and_is_capped(value: str, share: str | Fraction) -> None:
    """Rules 15 and 66: on the target everything, half way half, below the floor nothing, above no more."""
    assert linear_share(Fraction(value), floor=Fraction(0), target=Fraction(15)) == Fraction(share)


@pytest.mark.parametrize(("value", "share"), [("6", "0"), ("7", "0"), ("4", "0.5"), ("2", "1"), ("0", "1")])
def test_linear_share_of_a_falling_indicator_is_mirrored(value: str, share: str) -> None:
    assert linear_share(Fraction(value), floor=Fraction(6), target=Fraction(2)) == Fraction(share)


def test_a_rise_of_a_lower_is_better_rate_lowers_the_score() -> None:
    """Rule 12."""
    worse = {**JIA, "readmission": Input(Fraction(4))}
    better, lower = (score_unit(SCHEME, "tertiary", given).total for given in (JIA, worse))
    assert better is not None
    assert lower is not None
    assert better - lower == Fraction("2.5")


@pytest.mark.parametrize(
    ("unit", "value"), [("percent", Fraction("13.5")), ("count", Fraction("0.135")), (None, Fraction("0.135"))]
)
def test_rate_is_a_hundredfold_only_in_percent(unit: str | None, value: Fraction) -> None:
    assert rate(Fraction(81), Fraction(600), unit) == value


def test_rate_over_nothing_cannot_be_computed() -> None:
    """Rule 5."""
    assert rate(Fraction(3), Fraction(0), "percent") is None


def test_missing_is_not_zero() -> None:
    """Decision 10: what is missing leaves the denominator, what is zero does not."""
    scheme = parsed(small({"one": indicator(), "two": indicator()}, {"one": {"points": 60}, "two": {"points": 40}}))
    half = score_unit(scheme, "only", values(one=25))
    assert (half.total, half.complete, half.available) == (50, False, 60)
    zero = score_unit(scheme, "only", values(one=25, two=0))
    assert (zero.total, zero.complete, zero.available) == (30, True, 100)
    reasons = {line.code: line.reason for line in half.lines}
    assert reasons == {"one": None, "two": "not_collected"}


def test_nothing_available_is_no_total() -> None:
    score = score_unit(SCHEME, "primary", {})
    assert (score.total, score.complete, score.available) == (None, False, 0)
    assert set(score.dimensions.values()) | set(score.parties.values()) == {None}
    assert {line.reason for line in score.lines} == {"not_collected"}


def test_watched_indicator_shows_its_value_and_earns_nothing() -> None:
    watched = without(indicator(direction="watch"), "target")
    scheme = parsed(small({"one": indicator(), "seen": watched}, {"one": {"points": 9}, "seen": {"points": 0}}))
    score = score_unit(scheme, "only", values(one=50, seen=12))
    assert score.lines[1] == LineScore("seen", Fraction(12), None, None, Fraction(0), "watched")
    assert (score.total, score.complete) == (100, True)
    unseen = score_unit(scheme, "only", values(one=50))
    assert (unseen.total, unseen.complete) == (100, True)


def test_line_without_points_is_scored_and_weighs_nothing() -> None:
    scheme = parsed(
        small(
            {"one": indicator(), "two": indicator(dimension="capacity")}, {"one": {"points": 9}, "two": {"points": 0}}
        )
    )
    score = score_unit(scheme, "only", values(one=50, two=25))
    curve = Curve("linear", Fraction(0), Fraction(50))
    assert score.lines[1] == LineScore("two", Fraction(25), Fraction(1, 2), Fraction(0), Fraction(0), None, curve)
    assert score.dimensions == {"collaboration": 100}


def test_points_need_not_add_up_to_a_hundred_to_score() -> None:
    """A well-formed scheme that keeps no bound is scored all the same, on the scale of 100."""
    scheme = parsed(small({"one": indicator()}, {"one": {"points": "0.3"}}))
    assert score_unit(scheme, "only", values(one=10)).total == 20


figures = st.fractions(-20, 120, max_denominator=997)
months = st.dictionaries(st.sampled_from(sorted(SCHEME.indicators)), figures)


def month(drawn: dict[str, Fraction]) -> dict[str, Input]:
    return {code: Input(value) for code, value in drawn.items()}


@given(months, st.sampled_from(list(SCHEME.tiers)))
def test_dimensions_and_parties_add_up_to_the_total(drawn: dict[str, Fraction], tier: str) -> None:
    """Rules 11 and 19, ±0."""
    score = score_unit(SCHEME, tier, month(drawn))
    for projection in (score.dimensions, score.parties):
        known = [part for part in projection.values() if part is not None]
        assert (sum(known) if known else None) == score.total
    if score.total is not None:
        assert 0 <= score.total <= 100


@given(months, st.sampled_from(list(SCHEME.tiers)))
def test_lines_stay_within_their_points(drawn: dict[str, Fraction], tier: str) -> None:
    score = score_unit(SCHEME, tier, month(drawn))
    for line, row in zip(score.lines, SCHEME.tiers[tier].lines, strict=True):
        assert (line.value is None) == (line.points is None) == (line.share is None)
        assert line.available == (row.points if line.value is not None else 0)
        assert line.points is None or 0 <= line.points <= row.points


@given(months, st.integers(0, 100), st.integers(31, 60))
def test_changing_one_tier_leaves_the_others_identical(drawn: dict[str, Fraction], points: int, target: int) -> None:
    """Rule 17: bit for bit."""
    document = changed(example(), "tiers.primary.indicators.first_visit", {"points": points, "target": target})
    other: Scheme = parsed(document)
    for tier in ("tertiary", "secondary", "partner"):
        assert score_unit(other, tier, month(drawn)) == score_unit(SCHEME, tier, month(drawn))
