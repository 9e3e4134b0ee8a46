"""Curves in the scheme file: every kind, every end, and every fault by its key."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.elements import Curve
from tests.evaluation.cast import faults, parsed
from tests.evaluation.small_schemes import LINE, RATE, bare, one


def curve_of(document: dict[str, Any]) -> Curve | None:
    return parsed(document).tiers["only"].lines[0].curve


def fractions(*numbers: str | int) -> tuple[Fraction, ...]:
    return tuple(Fraction(number) for number in numbers)


def test_every_kind_of_curve_is_read() -> None:
    low, high, five, ninety = fractions(15, 25, 5, 90)
    assert curve_of(bare(curve="band", band=[15, 25])) == Curve("band", band=(low, high))
    assert curve_of(bare(curve="band", band=[15, 25], floor=5, ceiling=90)) == Curve(
        "band", five, band=(low, high), ceiling=ninety
    )
    assert curve_of(bare(curve="steps", steps=[[15, "0.5"], [25, 1]])) == Curve(
        "steps", steps=((low, Fraction(1, 2)), (high, Fraction(1)))
    )
    falling = curve_of(bare(curve="steps", direction="down", steps=[[25, 0], [15, 1]]))
    assert falling == Curve("steps", steps=((high, Fraction(0)), (low, Fraction(1))), is_down=True)
    assert curve_of(bare(curve="relative", against="region")) == Curve("relative", target=Fraction(0), against="region")
    assert curve_of(bare(curve="relative", against="tier_median", direction="down", floor=5)) == Curve(
        "relative", five, Fraction(0), against="tier_median", is_down=True
    )
    assert curve_of(bare(curve="checklist")) == Curve("checklist", Fraction(0), Fraction(100))
    assert curve_of(bare(curve="checklist", unit="share", direction="qualitative")).target == 1  # type: ignore[union-attr]
    assert curve_of(one(curve="count", unit="visits")) == Curve("count", target=Fraction(50), per="month")
    assert curve_of(one(curve="count", per="year")).per == "year"  # type: ignore[union-attr]


def test_tier_may_state_any_end_of_its_own() -> None:
    band = bare(
        {"points": 1, "band": [10, 20], "ceiling": 30, "range": [12, 18]}, curve="band", band=[15, 25], range=[1, 2]
    )
    assert curve_of(band) == Curve("band", band=(Fraction(10), Fraction(20)), ceiling=Fraction(30))
    assert parsed(band).tiers["only"].lines[0].range == (12, 18)
    assert parsed(one(range=[1, 2])).tiers["only"].lines[0].range == (1, 2)
    steps = bare({"points": 1, "steps": [[1, 1]]}, curve="steps")
    assert curve_of(steps) == Curve("steps", steps=((Fraction(1), Fraction(1)),))
    count = bare({"points": 1, "target": 3, "per": "quarter"}, curve="count", per="year")
    assert curve_of(count) == Curve("count", target=Fraction(3), per="quarter")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (bare(curve="band"), [(f"{LINE}.band", "scheme_end_missing")]),
        (bare(curve="steps"), [(f"{LINE}.steps", "scheme_end_missing")]),
        (bare(curve="count"), [(f"{LINE}.target", "scheme_end_missing")]),
        (bare(curve="band", band=[25, 15]), [(f"{RATE}.band", "scheme_pair_reversed"), (f"{LINE}.band", "scheme_end_missing")]),
        (bare({"points": 1, "band": [3]}, curve="band"), [(f"{LINE}.band", "scheme_pair_expected")]),
        (bare({"points": 1, "band": [3, 4, 5]}, curve="band"), [(f"{LINE}.band", "scheme_pair_expected")]),
        (bare({"points": 1, "band": 3}, curve="band"), [(f"{LINE}.band", "scheme_pair_expected")]),
        (bare({"points": 1, "band": [3, "4e5"]}, curve="band"), [(f"{LINE}.band", "scheme_pair_expected")]),
        (bare({"points": 1, "band": [True, 4]}, curve="band"), [(f"{LINE}.band", "scheme_pair_expected")]),
        (bare(curve="band", band=[15, 25], floor=15), [(f"{LINE}.floor", "scheme_floor_in_band")]),
        (bare(curve="band", band=[15, 25], floor="14.99"), []),
        (bare(curve="band", band=[15, 25], ceiling=25), [(f"{LINE}.ceiling", "scheme_ceiling_in_band")]),
        (bare(curve="band", band=[15, 25], ceiling="25.01"), []),
        (bare(curve="band", band=[15, 15]), []),
        (one(curve="band", band=[15, 25], target=20), [(f"{RATE}.target", "scheme_end_of_another_curve")]),
        (one(band=[15, 25]), [(f"{RATE}.band", "scheme_end_of_another_curve")]),
        (one({"points": 1, "steps": [[1, 1]]}), [(f"{LINE}.steps", "scheme_end_of_another_curve")]),
        (one({"points": 1, "per": "year"}), [(f"{LINE}.per", "scheme_end_of_another_curve")]),
        (one(curve="checklist"), [(f"{RATE}.target", "scheme_end_of_another_curve")]),
        (bare(curve="checklist", unit="days"), [(f"{RATE}.unit", "scheme_checklist_unit")]),
        (one(curve="count", target=0), [(f"{RATE}.target", "scheme_count_target")]),
        (one({"points": 1, "target": -3}, curve="count"), [(f"{LINE}.target", "scheme_count_target")]),
        (one(curve="count", per="week"), [(f"{RATE}.per", "value_unknown")]),
        (one(curve="count", floor=1), [(f"{RATE}.floor", "scheme_end_of_another_curve")]),
        (one(curve="count", direction="down"), [(f"{RATE}.curve", "value_unknown")]),
        (bare(curve="band", band=[1, 2], direction="qualitative"), [(f"{RATE}.curve", "value_unknown")]),
        (bare(curve="relative"), [(f"{RATE}.against", "key_missing")]),
        (bare(curve="relative", against="nobody"), [(f"{RATE}.against", "scheme_reference_unknown")]),
        (bare(curve="relative", against="rate"), [(f"{RATE}.against", "scheme_circle")]),
        (bare(curve="relative", against="region", floor=0), [(f"{LINE}.target", "scheme_target_not_above")]),
        (bare(curve="relative", against="region", direction="down", floor=0), [(f"{LINE}.target", "scheme_target_not_below")]),
        (one(against="region"), [(f"{RATE}.against", "key_unknown")]),
    ],
)  # fmt: skip
def test_ends_that_make_no_curve_are_refused(document: dict[str, Any], found: list[tuple[str, str]]) -> None:
    if found:
        assert faults(document) == found
    else:
        assert parsed(document).indicators["rate"].curve.kind == "band"


@pytest.mark.parametrize(
    ("direction", "steps", "place", "code"),
    [
        ("up", [], "steps", "list_length"),
        ("up", [[1, 1]] * 101, "steps", "list_length"),
        ("up", 5, "steps", "list_length"),
        ("up", [[60]], "steps[0]", "scheme_step_expected"),
        ("up", [[60, "half"]], "steps[0]", "scheme_step_expected"),
        ("up", [60, 80], "steps[0]", "scheme_step_expected"),
        ("up", [[60, "1.01"]], "steps[0]", "scheme_step_share"),
        ("up", [[60, "-0.01"]], "steps[0]", "scheme_step_share"),
        ("up", [[60, "0.5"], [60, 1]], "steps[1]", "scheme_steps_not_rising"),
        ("up", [[80, "0.5"], [60, 1]], "steps[1]", "scheme_steps_not_rising"),
        ("down", [[60, "0.5"], [80, 1]], "steps[1]", "scheme_steps_not_falling"),
        ("up", [[60, "0.5"], [80, "0.4"]], "steps[1]", "scheme_step_earns_less"),
        ("down", [[80, "0.5"], [60, "0.4"]], "steps[1]", "scheme_step_earns_less"),
    ],
)
def test_steps_run_from_worst_to_best(direction: str, steps: object, place: str, code: str) -> None:
    document = bare({"points": 1, "steps": steps}, curve="steps", direction=direction)
    assert faults(document) == [(f"{LINE}.{place}", code)]


def test_ends_of_every_kind_lie_where_a_satisfaction_figure_can_reach() -> None:
    surveyed = {"input": "survey", "questionnaire": "outpatient", "unit": "score"}
    band = bare(curve="band", band=[50, 101], ceiling=120, **surveyed)
    assert faults(band) == [(f"{LINE}.ceiling", "scheme_end_out_of_reach"), (f"{LINE}.band", "scheme_end_out_of_reach")]
    steps = bare(curve="steps", steps=[[-1, 0], [80, 1]], **surveyed)
    assert faults(steps) == [(f"{LINE}.steps", "scheme_end_out_of_reach")]
