"""How sure totals and places are: against a calculation by hand, against simulated truth, and what must not show."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from evaluation.composite import (
    DRAWS,
    competition_ranks,
    drawn_totals,
    seed_of,
    totals_from_intervals,
    with_intervals,
)
from evaluation.curves import share_of
from evaluation.draw_curves import drawn_share
from evaluation.elements import BAND, CHECKLIST, COUNT, LINEAR, RELATIVE, STEPS, Curve
from evaluation.figures import Input
from evaluation.freezing import Standing, UnitInputs, card_values
from evaluation.movement import movement
from evaluation.scoring import score_units
from reviews.severity_pairs import MONTHS_ALIKE
from tests.evaluation.cast import indicator, parsed, small

F = Fraction
CURVES = (
    Curve(LINEAR, F(0), F(50)),
    Curve(LINEAR, F(60), F(20)),
    Curve(CHECKLIST, F(0), F(100)),
    Curve(COUNT, target=F(30)),
    Curve(BAND, band=(F(15), F(25))),
    Curve(BAND, F(5), band=(F(15), F(25)), ceiling=F(45)),
    Curve(STEPS, steps=((F(20), F(1, 2)), (F(40), F(1)))),
    Curve(STEPS, steps=((F(40), F(1, 2)), (F(20), F(1))), is_down=True),
    Curve(RELATIVE, target=F(0), against="region"),
    Curve(RELATIVE, F(10), F(0), against="region", is_down=True),
)


@pytest.mark.parametrize("curve", CURVES)
def test_draws_go_through_the_very_curves_that_score(curve: Curve) -> None:
    values = [F(each, 4) for each in range(-40, 260)]
    exact = [float(share_of(curve, value, reference=F(22))) for value in values]
    drawn = drawn_share(curve, [float(value) for value in values], reference=22.0)
    assert np.allclose(drawn, exact, atol=1e-12)
    assert drawn_share(Curve(RELATIVE, target=F(0), against="region"), [1.0]) is None


def scheme(**lines: int) -> Any:
    """Points for a rate, what patients say, what peers say, and a mean of the two surveys."""
    survey = {"unit": "score", "target": 100, "input": "survey", "questionnaire": "outpatient", "party": "patients"}
    indicators = {
        "rate": indicator(target=100),
        "heard": indicator(measure="score", **survey),
        "clean": indicator(measure="environment", **survey),
        "both": indicator(unit="score", target=100, input="mean", of=["heard", "clean"]),
        "peer": indicator(unit="score", target=100, input="peer", party="peers"),
    }
    return parsed(small(indicators, {code: {"points": points} for code, points in lines.items()}))


def heard(value: float, half: float) -> Input:
    """A survey's figure with its interval of 95 %."""
    exact = F(str(value))
    return Input(exact, n=50, definition="linear-0-100", low=exact - F(str(half)), high=exact + F(str(half)))


def standings(table: Any, units: dict[str, dict[str, Input]]) -> list[Standing]:
    scores = score_units(table, dict.fromkeys(units, "only"), units)
    return [Standing(unit, "only", UnitInputs(given, 50, 12), scores[unit]) for unit, given in units.items()]


def document(units: dict[str, float], *, step: int = 10) -> dict[str, Any]:
    """What the count of a part publishes: spreads in marks and no covariance between units."""
    codes = list(units)
    rows = [[0] * at + [round(100_000 * units[code] ** 2)] for at, code in enumerate(codes)]
    return {
        "units": [{"unit": code, "width": step, "estimate": 400, "tier": "only"} for code in codes],
        "covariance": rows,
    }


def cards(table: Any, units: list[Standing], drawn: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["unit_code"]: row for row in with_intervals(card_values("2026-10", table, units), drawn)}


def test_interval_of_a_total_is_that_of_its_parts() -> None:
    """50 points on a score of 80 ± 9.8 (95 %): sd 5, and of the total 2.5; 90 % is ± 1.645 of them."""
    table = scheme(rate=50, heard=50)
    units = standings(table, {"a": {"rate": Input(F(60)), "heard": heard(80, 9.8)}})
    drawn = drawn_totals(table, units, [], seed=seed_of("2026-10", "x"))
    assert drawn["a"].shape == (DRAWS,)
    card = cards(table, units, drawn)["a"]
    assert card["total"] == 70
    assert abs(float(card["total_low"]) - (70 - 1.645 * 2.5)) < 0.25
    assert abs(float(card["total_high"]) - (70 + 1.645 * 2.5)) < 0.25
    assert {(100 * card[end]).denominator for end in ("total_low", "total_high")} == {1}


def test_peers_have_the_published_spread_and_no_finer_one() -> None:
    """sd² of 0.2² marks and a step of 0.1: 25 points a mark, at 30 of 100 points."""
    table = scheme(rate=70, peer=30)
    units = standings(table, {unit: {"rate": Input(F(60)), "peer": Input(F(60))} for unit in "abc"})
    drawn = drawn_totals(table, units, [[document({"a": 0.2, "b": 0.4})]], seed=1)
    expected = [0.3 * 25 * (sd**2 + 0.1**2 / 12) ** 0.5 for sd in (0.2, 0.4)]
    assert np.allclose([drawn[unit].std() for unit in "ab"], expected, rtol=0.06)
    assert "c" not in drawn
    flat = drawn_totals(table, units, [[document({"a": 0.2}) | {"covariance": None}]], seed=1)
    assert np.isclose(flat["a"].std(), 0.3 * 25 * 0.1 / 12**0.5, rtol=0.06)


def test_months_of_peers_together_are_surer_than_one_but_not_three_times() -> None:
    table = scheme(peer=100)
    units = standings(table, {"a": {"peer": Input(F(50))}})
    month = [document({"a": 0.2}, step=0)]
    one, three = (drawn_totals(table, units, [month] * number, seed=2)["a"].std() for number in (1, 3))
    assert np.isclose(three / one, ((1 + 2 * MONTHS_ALIKE) / 3) ** 0.5, rtol=0.08)


def test_mean_of_uncertain_parts_is_drawn_through_its_parts() -> None:
    """Two measures of the same patients move together: their mean is as unsure as each."""
    table = scheme(both=100)
    units = standings(table, {"a": {"heard": heard(60, 9.8), "clean": heard(70, 9.8)}})
    drawn = drawn_totals(table, units, [], seed=3)["a"]
    assert abs(drawn.mean() - 65) < 0.5
    assert np.isclose(drawn.std(), 5, rtol=0.06)


def test_nothing_uncertain_leaves_no_interval_but_places_move_with_the_others() -> None:
    table = scheme(rate=50, heard=50)
    certain = standings(table, {unit: {"rate": Input(F(60 + at))} for at, unit in enumerate("abc")})
    assert drawn_totals(table, certain, [], seed=4) == {}
    assert cards(table, certain, {})["a"]["rank_low"] is None
    mixed = standings(
        table,
        {
            "a": {"rate": Input(F(90)), "heard": Input(F(80))},
            "b": {"rate": Input(F(80)), "heard": heard(80, 30)},
            "c": {"rate": Input(F(70)), "heard": heard(80, 30)},
        },
    )
    found = cards(table, mixed, drawn_totals(table, mixed, [], seed=4))
    assert found["a"]["total_low"] is None
    assert [(found[unit]["rank_low"], found[unit]["rank_high"]) for unit in "abc"] == [(1, 2), (1, 3), (1, 3)]
    assert found["a"]["band"] == "middle"


def test_a_place_is_always_inside_its_own_interval() -> None:
    """What is cut at the end of a scale is drawn below itself; the place and the total stay inside all the same."""
    table = scheme(rate=100)
    units = standings(table, {unit: {"rate": Input(F(value))} for unit, value in (("a", 90), ("b", 80), ("c", 70))})
    found = cards(table, units, {"a": np.full(DRAWS, 60.0), "c": np.full(DRAWS, 99.0)})
    assert [(found[unit]["rank_low"], found[unit]["rank_high"]) for unit in "abc"] == [(1, 3), (2, 2), (1, 3)]
    assert (found["a"]["total_low"], found["a"]["total_high"]) == (60, 90)
    assert (found["c"]["total_low"], found["c"]["total_high"]) == (70, 99)


def test_draws_are_the_same_again_and_in_any_order_of_units() -> None:
    table = scheme(rate=50, heard=50)
    given = {unit: {"rate": Input(F(60)), "heard": heard(70 + at, 8)} for at, unit in enumerate("abcd")}
    one = drawn_totals(table, standings(table, given), [[document({"a": 0.2, "b": 0.1})]], seed=seed_of("p", "d"))
    other = drawn_totals(
        table,
        standings(table, dict(reversed(given.items()))),
        [[document({"a": 0.2, "b": 0.1})]],
        seed=seed_of("p", "d"),
    )
    assert all(np.array_equal(one[unit], other[unit]) for unit in "abcd")
    assert seed_of("2026-10", "x") != seed_of("2026-11", "x")


def test_ties_share_a_place_in_every_draw() -> None:
    totals = np.array([[90.0, 70.0], [80.0, 70.0 + 1e-12], [80.0, 60.0], [70.0, 80.0]])
    assert competition_ranks(totals).tolist() == [[1, 2], [2, 2], [2, 4], [4, 1]]


def test_ninety_per_cent_of_places_hold_the_true_one() -> None:
    """Sixty months of twenty units whose truth is known: what is seen lies around it, as the intervals say."""
    random = np.random.Generator(np.random.PCG64(20261101))
    table, held, seen = scheme(rate=60, heard=40), 0, 0
    for month in range(60):
        truth = {f"u{at:02}": 75 + 8 * random.standard_normal() for at in range(20)}
        spread = {unit: random.uniform(2, 6) for unit in truth}
        observed = {
            unit: {
                "rate": Input(F(60)),
                "heard": heard(round(true + spread[unit] * random.standard_normal(), 6), round(1.96 * spread[unit], 6)),
            }
            for unit, true in truth.items()
        }
        units = standings(table, observed)
        found = cards(table, units, drawn_totals(table, units, [], seed=month))
        places = {unit: at for at, unit in enumerate(sorted(truth, key=lambda each: -min(truth[each], 100.0)), start=1)}
        held += sum(found[unit]["rank_low"] <= places[unit] <= found[unit]["rank_high"] for unit in truth)
        seen += len(truth)
    assert 0.85 <= held / seen <= 0.99


def test_mean_of_parts_has_an_interval_from_theirs() -> None:
    """Two parts of equal weight, half a width of 4 each: sd 4 ÷ 1.645; half of it is alike."""
    drawn = totals_from_intervals({"a": [(F(1), F(70), F(4)), (F(1), F(80), F(4))], "b": [(F(1), F(70), F(0))]}, seed=5)
    assert list(drawn) == ["a"]
    sd = 4 / 1.645 / 2
    assert np.isclose(drawn["a"].std(), (0.5 * 2 * sd**2 + 0.5 * (2 * sd) ** 2) ** 0.5, rtol=0.06)
    assert abs(drawn["a"].mean() - 75) < 0.25


def row(total: Fraction | int | None, half: Fraction | int | None = 3, tier: str = "only") -> dict[str, Any]:
    ends = {"total_low": None, "total_high": None}
    if total is not None and half is not None:
        ends = {"total_low": total - half, "total_high": total + half}
    return {"total": total, "tier": tier, **ends}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (row(70), row(F("74.25")), "up"),  # 3² + 3² = 18; 4.25² = 18.06
        (row(70), row(F("74.24")), "same"),  # 4.24² = 17.98
        (row(F("74.25")), row(70), "down"),
        (row(70, 3), row(75, 4), "same"),  # exactly five
        (row(70), row(90, None), None),
        (row(None), row(90), None),
        (row(70), row(90, tier="other"), None),
    ],
)
def test_only_more_than_noise_is_a_movement(
    before: dict[str, Any], after: dict[str, Any], expected: str | None
) -> None:
    assert movement(before, after) == expected
