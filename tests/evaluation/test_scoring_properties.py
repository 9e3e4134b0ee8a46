"""What holds of every scheme and every set of figures: with every kind of curve, and anything missing."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.figures import Input
from evaluation.scoring import score_units
from tests.evaluation.cast import indicator, parsed, small, without, wording


def bare(**more: Any) -> dict[str, Any]:
    return without(indicator(**more), "target")


INDICATORS = {
    "plain": indicator(flags=["resource"]), "less": indicator(direction="down", floor=60, target=5, party="patients"),
    "band": bare(curve="band", band=[15, 25], floor=5, ceiling=60, dimension="capacity"),
    "steps": bare(curve="steps", steps=[[20, "0.3"], [50, 1]], flags=["service", "management"]),
    "abroad": bare(curve="relative", against="region", floor=-20, party="peers"),
    "median": bare(curve="relative", against="tier_median", direction="down", floor=30, dimension="medical_quality"),
    "count": indicator(curve="count", unit="visits", aspect="efficiency"),
    "check": bare(curve="checklist", direction="qualitative", party="patients"),
    "seen": bare(direction="watch"), "mean": indicator(input="mean", of=["plain", "seen"], dimension="capacity"),
    "shares": bare(input="mean", of=["less", "mean", "band"], by="share"),
    "rest": indicator(input="complement", of=["seen"]), "extra": indicator(bonus=True, party="peers", dimension="capacity"),
}  # fmt: skip
POINTS = {code: "0" if code == "seen" else "7.7" for code in INDICATORS} | {"median": "15.3"}
DOCUMENT = small(INDICATORS, {code: {"points": each} for code, each in POINTS.items()})
DOCUMENT["tiers"]["other"] = {
    "name": wording("other"), "indicators": {code: {"points": "3.1"} for code in ("plain", "median", "band", "extra")}
}  # fmt: skip
SCHEME = parsed(DOCUMENT)
GIVEN = [code for code, each in INDICATORS.items() if each.get("input") not in {"mean", "complement"}]

figures = st.builds(
    lambda value, is_approved: Input(value, is_approved=is_approved),
    st.fractions(-20, 120, max_denominator=97),
    st.sampled_from((True, True, True, False)),
)
months = st.dictionaries(st.sampled_from(GIVEN), figures)
units = st.fixed_dictionaries(dict.fromkeys("abcd", months))
TIERS = {"a": "only", "b": "only", "c": "only", "d": "other"}


def scored(drawn: dict[str, dict[str, Input]], **more: Any) -> dict[str, Any]:
    return score_units(SCHEME, TIERS, drawn, **more)


@settings(max_examples=30, deadline=None)
@given(units, months, st.sampled_from(((), ("extra",))))
def test_projections_add_up_to_the_total_exactly(
    drawn: dict[str, dict[str, Input]], region: dict[str, Input], paid: tuple[str, ...]
) -> None:
    """Rules 3, 11, 19 and 124, ±0, whatever is missing, waiting, a bonus, or above a hundred."""
    for score in scored(drawn, region=region, paid={"a": paid}).values():
        for projection in (score.dimensions, score.parties, score.aspects):
            known = [part for part in projection.values() if part is not None]
            assert (sum(known) if known else None) == score.total
        known = [part for part in score.synergies.values() if part is not None]
        assert (sum(known) if known else None) == score.dimensions.get("collaboration")
        assert score.total is None or 0 <= score.total <= 100
        assert score.available == sum(line.available for line in score.lines)
        for line in score.lines:
            row = next(each for each in SCHEME.tiers["only"].lines if each.indicator == line.code)
            assert line.share is None or 0 <= line.share <= 1
            if line.code != "median":
                assert line.points is None or line.points <= row.points
            assert (line.points is None) == (line.share is None)
            assert line.reason is not None or line.points is not None


@settings(max_examples=15, deadline=None)
@given(units, st.randoms(use_true_random=False))
def test_no_order_matters(drawn: dict[str, dict[str, Input]], random: Any) -> None:
    def shuffled(table: dict[str, Any]) -> dict[str, Any]:
        codes = list(table)
        random.shuffle(codes)
        return {code: table[code] for code in codes}

    document = copy.deepcopy(DOCUMENT)
    document["indicators"] = shuffled(document["indicators"])
    document["tiers"] = shuffled(document["tiers"])
    document["tiers"]["only"]["indicators"] = shuffled(document["tiers"]["only"]["indicators"])
    mixed = {unit: shuffled(month) for unit, month in shuffled(drawn).items()}
    assert score_units(parsed(document), shuffled(TIERS), mixed) == scored(drawn)


@settings(max_examples=15, deadline=None)
@given(units, st.integers(1, 90), st.integers(51, 99))
def test_changing_one_tier_leaves_the_others_bit_for_bit(
    drawn: dict[str, dict[str, Input]], points: int, target: int
) -> None:
    """Rule 17, with a curve that is measured against the tier's other units."""
    document = copy.deepcopy(DOCUMENT)
    document["tiers"]["only"]["indicators"]["plain"] = {"points": points, "target": target}
    changed = score_units(parsed(document), TIERS, drawn)
    assert changed["d"] == scored(drawn)["d"]


@pytest.mark.parametrize("unit", ["a", "d"])
def test_score_of_a_unit_depends_on_its_own_tier_alone(unit: str) -> None:
    of_all = {code: {name: Input(Fraction(40 + place)) for name in GIVEN} for place, code in enumerate("abcd")}
    alone = {code: tier for code, tier in TIERS.items() if tier == TIERS[unit]}
    assert score_units(SCHEME, alone, of_all)[unit] == scored(of_all)[unit]


def test_better_figure_never_lowers_a_total() -> None:
    """Each rising indicator by itself, all others fixed; what is measured against the median moves it for all."""
    fixed = {code: Input(Fraction(30)) for code in GIVEN}
    for code in ("plain", "steps", "abroad", "count", "check", "extra"):
        totals = [
            scored({"a": fixed | {code: Input(Fraction(value))}}, region=fixed)["a"].total for value in range(0, 101, 5)
        ]
        assert totals == sorted(totals)
    falling = [
        scored({"a": fixed | {"less": Input(Fraction(value))}}, region=fixed)["a"].total for value in range(0, 101, 5)
    ]
    assert falling == sorted(falling, reverse=True)
