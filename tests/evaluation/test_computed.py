"""Figures made of figures, measured against others, paid once, or waiting for approval: each by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evaluation.computed import Earned, computed_figure, in_order
from evaluation.figures import Input
from evaluation.projections import LineScore, UnitScore
from evaluation.scheme import Scheme
from evaluation.scoring import score_unit, score_units
from tests.evaluation.cast import indicator, parsed, small, without


def values(**given: str | int | Fraction | Input) -> dict[str, Input]:
    return {code: each if isinstance(each, Input) else Input(Fraction(each)) for code, each in given.items()}


def scheme_of(points: dict[str, int], **indicators: dict[str, Any]) -> Scheme:
    return parsed(small(indicators, {code: {"points": each} for code, each in points.items()}))


def watched(**more: Any) -> dict[str, Any]:
    return without(indicator(direction="watch", **more), "target")


def line(score: UnitScore, code: str) -> LineScore:
    return next(each for each in score.lines if each.code == code)


def seen(score: UnitScore, code: str) -> tuple[Fraction | None, Fraction | None, Fraction | None, str | None]:
    found = line(score, code)
    return found.value, found.share, found.points, found.reason


def mean(*of: str, **more: Any) -> dict[str, Any]:
    return indicator(input="mean", of=list(of), **more)


# --- means -----------------------------------------------------------------------------------------------------------


def test_mean_of_values_is_of_those_that_are_there() -> None:
    scheme = scheme_of({"both": 10}, a=watched(), b=watched(), both=mean("a", "b"))
    assert seen(score_unit(scheme, "only", values(a=20, b=40)), "both") == (30, Fraction(3, 5), 6, None)
    half = score_unit(scheme, "only", values(a=20))
    assert seen(half, "both") == (20, Fraction(2, 5), 4, None)
    assert (half.total, half.complete) == (40, False)
    none = score_unit(scheme, "only", {})
    assert seen(none, "both") == (None, None, None, "no_parts")
    assert (none.total, none.complete) == (None, False)


def test_mean_of_means_counts_each_mean_once() -> None:
    """(10 + (20 + 40) ÷ 2) ÷ 2 = 20, not the mean of three."""
    scheme = scheme_of(
        {"top": 10},
        a=watched(),
        b=watched(),
        c=watched(),
        pair=watched(input="mean", of=["b", "c"]),
        top=mean("pair", "a"),
    )
    assert seen(score_unit(scheme, "only", values(a=10, b=20, c=40)), "top")[0] == 20
    assert score_unit(scheme, "only", values(a=10, b=20)).complete is False  # what is missing further down counts too


@pytest.mark.parametrize(("unit", "full"), [("percent", 100), ("share", 1)])
def test_mean_of_shares_is_of_what_each_earns(unit: str, full: int) -> None:
    """A earns 40 of 50, b three quarters of the way down from 6 to 2: (0.8 + 0.75) ÷ 2 = 0.775."""
    parts = {"a": indicator(), "b": indicator(direction="down", unit="days", floor=6, target=2)}
    scheme = scheme_of({"both": 40}, **parts, both=without(mean("a", "b", by="share", unit=unit), "target"))
    score = score_unit(scheme, "only", values(a=40, b=3))
    assert seen(score, "both") == (Fraction("0.775") * full, Fraction("0.775"), 31, None)


def test_part_is_scored_by_the_tiers_own_ends_where_it_has_a_line() -> None:
    indicators = {"a": indicator(), "both": without(mean("a", by="share"), "target")}
    document = small(indicators, {"both": {"points": 100}, "a": {"points": 0, "target": 80}})
    assert score_unit(parsed(document), "only", values(a=40)).total == 50
    del document["tiers"]["only"]["indicators"]["a"]
    assert score_unit(parsed(document), "only", values(a=40)).total == 80


def test_complement_is_what_is_left_to_the_whole() -> None:
    """Rule 87: out of the county is 1 − within it. The counts are turned round with the value."""
    scheme = scheme_of({"outside": 10}, inside=watched(), outside=indicator(
        input="complement", of=["inside"], direction="down", floor=20, target=10))  # fmt: skip
    given = values(inside=Input(Fraction(86), Fraction(860), Fraction(1000), low=Fraction(85), high=Fraction(88)))
    assert seen(score_unit(scheme, "only", given), "outside") == (14, Fraction(3, 5), 6, None)
    assert seen(score_unit(scheme, "only", {}), "outside") == (None, None, None, "no_parts")
    known = {"inside": Earned(given["inside"], None, None, None, None)}
    assert computed_figure(scheme.indicators["outside"], known) == Input(
        Fraction(14), Fraction(140), Fraction(1000), low=Fraction(12), high=Fraction(15)
    )


def test_order_puts_every_indicator_behind_what_it_needs() -> None:
    scheme = scheme_of({"a_top": 10}, z=watched(), m=watched(input="mean", of=["z"]), a_top=mean("m"))
    assert in_order(["a_top"], scheme.indicators) == ("z", "m", "a_top")


# --- measured against something --------------------------------------------------------------------------------------


def against(what: str, **more: Any) -> dict[str, Any]:
    return without(indicator(curve="relative", against=what, **more), "target")


def test_region_is_its_own_reading_of_the_same_indicator() -> None:
    """Rule 13: equal to the mean is as good as below it; without a reading of the region there is nothing to say."""
    scheme = scheme_of({"cost": 10}, cost=against("region", direction="down"))
    tiers = dict.fromkeys(("under", "equal", "over"), "only")
    given = {"under": values(cost="4.99"), "equal": values(cost=5), "over": values(cost="5.01")}
    scores = score_units(scheme, tiers, given, region=values(cost=5))
    assert [scores[unit].total for unit in tiers] == [100, 100, 0]
    assert line(scores["under"], "cost").reference == 5
    blind = score_units(scheme, tiers, given)["under"]
    assert seen(blind, "cost") == (Fraction("4.99"), None, None, "no_reference")
    assert (blind.total, blind.complete, line(blind, "cost").available) == (None, False, 0)


def test_median_is_of_the_units_of_the_tier_that_have_a_figure() -> None:
    """Own figure included; of an even number the middle of the two; another tier's units say nothing."""
    indicators = {"rate": against("tier_median", floor=-10)}
    document = small(indicators, {"rate": {"points": 100}})
    document["tiers"]["other"] = document["tiers"]["only"]
    given = {"a": values(rate=10), "b": values(rate=20), "c": values(rate=30), "d": values(rate=44), "e": {},
             "far": values(rate=1000)}  # fmt: skip
    tiers = dict.fromkeys("abcde", "only") | {"far": "other"}
    scores = score_units(parsed(document), tiers, given)
    assert {unit: line(scores[unit], "rate").reference for unit in "abc"} == dict.fromkeys("abc", 25)
    assert [scores[unit].total for unit in "abcde"] == [0, 50, 100, 100, None]
    assert scores["far"].total == 100


def test_figure_that_waits_for_approval_moves_no_median() -> None:
    scheme = scheme_of({"rate": 10}, rate=against("tier_median"))
    given = {"a": values(rate=10), "b": values(rate=20), "c": values(rate=Input(Fraction(1000), is_approved=False))}
    scores = score_units(scheme, dict.fromkeys("abc", "only"), given)
    assert [line(scores[unit], "rate").reference for unit in "abc"] == [15, 15, 15]
    alone = score_units(scheme, {"c": "only"}, {"c": given["c"]})["c"]
    assert line(alone, "rate").reason == "not_approved"


def test_another_indicator_may_be_the_measure() -> None:
    """Cost against budget: within it everything, beyond it nothing."""
    parts = {"budget": watched(unit="yuan"), "cost": against("budget", direction="down", unit="yuan")}
    scheme = scheme_of({"cost": 10}, **parts)
    assert [score_unit(scheme, "only", values(cost=cost, budget=900)).total for cost in (899, 900, 901)] == [
        100,
        100,
        0,
    ]
    assert line(score_unit(scheme, "only", values(cost=1)), "cost").reason == "no_reference"


def test_mean_may_be_measured_against_the_regions_mean() -> None:
    scheme = scheme_of({"both": 10}, a=watched(), b=watched(), both=without(
        mean("a", "b", curve="relative", against="region"), "target"))  # fmt: skip
    score = score_units(scheme, {"u": "only"}, {"u": values(a=1, b=5)}, region=values(a=2, b=4))["u"]
    assert (score.total, line(score, "both").reference) == (100, 3)


# --- bonus, approval, membership -------------------------------------------------------------------------------------


def with_bonus() -> Scheme:
    return scheme_of({"rate": 100, "clinic": 5}, rate=indicator(), clinic=indicator(
        bonus=True, dimension="capacity", party="patients", unit="count", curve="count", target=1))  # fmt: skip


def test_bonus_adds_points_and_asks_for_none() -> None:
    """Rule 58."""
    score = score_unit(with_bonus(), "only", values(rate=40, clinic=1))
    assert (score.total, score.earned, score.available, score.complete) == (85, 85, 100, True)
    assert (score.dimensions, score.parties) == ({"collaboration": 80, "capacity": 5}, {"committee": 80, "patients": 5})
    assert line(score, "clinic").available == 0
    assert line(score, "clinic").is_bonus is True
    without_it = score_unit(with_bonus(), "only", values(rate=40))
    assert (without_it.total, without_it.complete, without_it.dimensions["capacity"]) == (80, True, None)


def test_total_with_a_bonus_ends_at_a_hundred_and_is_still_the_sum_of_its_parts() -> None:
    score = score_unit(with_bonus(), "only", values(rate=50, clinic=1))
    assert (score.total, score.earned) == (100, 105)
    assert score.dimensions == {"collaboration": Fraction(10000, 105), "capacity": Fraction(500, 105)}
    assert sum(each for each in score.dimensions.values() if each is not None) == 100


def test_bonus_is_paid_once() -> None:
    scores = score_units(
        with_bonus(),
        {"a": "only", "b": "only"},
        {unit: values(rate=40, clinic=1) for unit in "ab"},
        paid={"a": {"clinic"}},
    )
    assert (scores["a"].total, scores["b"].total) == (80, 85)
    assert seen(scores["a"], "clinic") == (1, 0, 0, "bonus_paid")


def test_bonus_alone_is_no_total() -> None:
    score = score_unit(with_bonus(), "only", values(clinic=1))
    assert (score.total, score.dimensions) == (None, {"collaboration": None, "capacity": None})


def test_figure_that_nobody_has_approved_is_shown_and_earns_nothing() -> None:
    """Rule 16."""
    scheme = scheme_of({"rate": 60, "papers": 40}, rate=indicator(), papers=indicator(evidence=True))
    waiting = Input(Fraction(50), is_approved=False)
    score = score_unit(scheme, "only", values(rate=50, papers=waiting))
    assert seen(score, "papers") == (50, 0, 0, "not_approved")
    assert (score.total, score.available, score.complete) == (60, 100, True)
    assert score_unit(scheme, "only", values(rate=50, papers=50)).total == 100


def test_figure_made_of_one_that_nobody_has_approved_earns_nothing() -> None:
    waiting = Input(Fraction(50), is_approved=False)
    parts = {"a": indicator(), "b": indicator()}
    by_value = scheme_of({"both": 10}, **parts, both=mean("a", "b"))
    assert line(score_unit(by_value, "only", values(a=50, b=waiting)), "both").reason == "not_approved"
    by_share = scheme_of({"both": 10}, **parts, both=without(mean("a", "b", by="share"), "target"))
    assert score_unit(by_share, "only", values(a=50, b=waiting)).total == 50


def counted(**more: Any) -> Scheme:
    return scheme_of({"visits": 100}, visits=indicator(unit="visits", curve="count", target=12, **more))


@pytest.mark.parametrize(
    ("per", "months", "value", "total"),
    [
        ("month", 1, 12, 100), ("month", 1, 6, 50), ("month", 3, 18, 50), ("quarter", 3, 12, 100), ("quarter", 1, 4, 100),
        ("year", 1, "0.5", 50), ("year", 12, 12, 100), ("month", Fraction(1, 3), 4, 100), ("month", Fraction(1, 3), 2, 50),
    ],
)  # fmt: skip
def test_target_of_a_count_is_for_the_months_of_membership(
    per: str, months: int | Fraction, value: str | int, total: int
) -> None:
    """Rule 96: who joined for 10 of 30 days owes a third of a month."""
    score = score_units(counted(per=per), {"a": "only"}, {"a": values(visits=value)}, months=Fraction(months))["a"]
    assert score.total == total


def test_months_of_membership_differ_by_unit() -> None:
    given = {unit: values(visits=12) for unit in ("old", "new")}
    months = {"old": Fraction(3), "new": Fraction(1)}
    scores = score_units(counted(), dict.fromkeys(given, "only"), given, months=months)
    assert (scores["old"].total, scores["new"].total) == (Fraction(100, 3), 100)
    assert [line(scores[unit], "visits").curve.target for unit in given] == [36, 12]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="lasts"):
        score_units(counted(), {"a": "only"}, {"a": values(visits=1)}, months=Fraction(0))


# --- other projections -----------------------------------------------------------------------------------------------


def test_synergies_add_up_to_the_collaboration_dimension() -> None:
    """Rule 3: one tag, two tags, none; and a line of another dimension that carries a tag does not count."""
    scheme = scheme_of(
        {"one": 30, "two": 20, "three": 10, "four": 40},
        one=indicator(flags=["resource"]), two=indicator(flags=["service", "information", "outcome"]),
        three=indicator(), four=indicator(dimension="capacity", flags=["management"]),
    )  # fmt: skip
    score = score_unit(scheme, "only", values(one=25, two=50, three=50, four=50))
    assert score.synergies == {"resource": 15, "service": 10, "information": 10, "other": 10}
    assert sum(score.synergies.values()) == score.dimensions["collaboration"]  # type: ignore[arg-type]
    fewer = score_unit(scheme, "only", values(one=25, three=50))
    assert fewer.synergies == {"resource": 37.5, "service": None, "information": None, "other": 25}


def test_aspects_add_up_to_the_total() -> None:
    """Rule 124; without a word, an indicator has the aspect of its dimension."""
    scheme = scheme_of(
        {"one": 50, "two": 50},
        one=indicator(aspect="development"),
        two=indicator(dimension="capacity", aspect="efficiency"),
    )
    assert score_unit(scheme, "only", values(one=50, two=25)).aspects == {"development": 50, "efficiency": 25}
    assert (
        parsed(small({"a": indicator(dimension="capacity")}, {"a": {"points": 1}})).indicators["a"].aspect
        == "development"
    )
