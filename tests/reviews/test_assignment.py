from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.assignment import (
    EVERYONE_UP_TO,
    RaterAndTarget,
    assign,
    plan_round,
    raters_per_unit,
    tiers_split,
    units_with_few_raters,
)
from tests.reviews.season import refusal

UNITS = st.sampled_from(["jia", "yi", "bing", "ding", "wu", "ji"])
PAIRS = st.lists(st.tuples(UNITS, UNITS).filter(lambda pair: pair[0] != pair[1]))


def test_assignment_goes_both_ways():
    assert assign([("yi", "jia")]) == (RaterAndTarget("jia", "yi"), RaterAndTarget("yi", "jia"))


def test_assignment_of_nobody_is_empty():
    assert assign([]) == ()
    assert raters_per_unit([]) == {}
    assert units_with_few_raters([]) == ()


def test_assignment_takes_a_pair_once_however_often_and_in_whatever_order_it_comes():
    assert assign([("jia", "yi"), ("yi", "jia"), ("jia", "yi")]) == assign([("jia", "yi")])


def test_assignment_refuses_a_unit_with_itself():
    with pytest.raises(ValueError, match="jia"):
        assign([("yi", "bing"), ("jia", "jia")])


def test_assignment_of_26_units_that_all_cooperated_gives_25_raters_each():
    units = [f"u{number:02}" for number in range(26)]
    tasks = assign(combinations(units, 2))
    assert [(task.rater, task.target) for task in tasks] == sorted(permutations(units, 2))
    assert raters_per_unit(tasks) == dict.fromkeys(units, 25)
    assert units_with_few_raters(tasks) == ()


@given(PAIRS)
def test_assignment_never_names_a_unit_as_its_own_rater_and_is_symmetric(pairs):
    tasks = assign(pairs)
    assert all(task.rater != task.target for task in tasks)
    assert {(task.target, task.rater) for task in tasks} == {(task.rater, task.target) for task in tasks}
    assert {frozenset((task.rater, task.target)) for task in tasks} == {frozenset(pair) for pair in pairs}


@given(PAIRS, st.randoms())
def test_assignment_order_does_not_depend_on_the_order_of_the_records(pairs, random):
    shuffled = [pair if random.random() < 0.5 else pair[::-1] for pair in random.sample(pairs, len(pairs))]
    assert assign(shuffled) == assign(pairs)


def test_raters_per_unit_names_a_unit_that_only_rates():
    assert raters_per_unit([RaterAndTarget("jia", "yi")]) == {"jia": 0, "yi": 1}


def test_units_with_few_raters_are_those_below_five():
    hub = assign([("hub", f"spoke{number}") for number in range(5)])
    assert raters_per_unit(hub)["hub"] == 5
    assert units_with_few_raters(hub) == tuple(f"spoke{number}" for number in range(5))


@pytest.mark.parametrize(("minimum", "few"), [(1, ()), (2, ("bing",)), (3, ("bing", "jia", "yi"))])
def test_units_with_few_raters_counts_up_to_the_minimum_exactly(minimum, few):
    tasks = [
        RaterAndTarget("jia", "yi"),
        RaterAndTarget("bing", "yi"),
        RaterAndTarget("yi", "jia"),
        RaterAndTarget("bing", "jia"),
        RaterAndTarget("jia", "bing"),
    ]
    assert units_with_few_raters(tasks, minimum) == few


# --- a whole round -------------------------------------------------------------------------------------------------


def codes(count: int) -> list[str]:
    return [f"u{number:04}" for number in range(count)]


def all_pairs(count: int) -> list[tuple[str, str]]:
    return list(combinations(codes(count), 2))


def loads(plan) -> Counter[int]:
    """How many units have how many tasks to do."""
    return Counter(Counter(task.rater for task in plan.tasks).values())


@pytest.mark.parametrize("units", [3, 26, EVERYONE_UP_TO])
def test_plan_of_a_small_consortium_lets_everyone_who_cooperated_score_each_other(units):
    plan = plan_round(all_pairs(units), seed=1)
    assert plan.tasks == assign(all_pairs(units))
    assert (plan.raters_per_unit, plan.parts, plan.bridges) == (units - 1, (tuple(codes(units)),), ())


@pytest.mark.parametrize("raters", [12, 16, 20])
def test_plan_of_a_larger_one_gives_every_unit_so_many_raters_and_every_rater_as_many_units(raters):
    plan = plan_round(all_pairs(EVERYONE_UP_TO + 1), seed=1, raters=raters)
    assert raters_per_unit(plan.tasks) == dict.fromkeys(codes(31), raters)
    assert loads(plan) == {raters: 31}
    assert plan.raters_per_unit == raters
    assert len(plan.parts) == 1


def test_plan_draws_sixteen_raters_if_nobody_says_how_many():
    assert plan_round(all_pairs(40), seed=1).raters_per_unit == 16


@pytest.mark.parametrize("raters", [-1, 0, 11, 21])
def test_plan_refuses_a_number_of_raters_outside_of_the_rule(raters):
    with refusal("raters_out_of_range", raters=raters, fewest=12, most=20):
        plan_round(all_pairs(3), seed=1, raters=raters)


def test_plan_is_drawn_anew_with_every_seed_and_the_same_with_the_same():
    shuffled = [(other, one) for one, other in all_pairs(40)] * 2
    Random(7).shuffle(shuffled)
    first, second = (plan_round(all_pairs(40), seed=seed) for seed in (1, 2))
    assert plan_round(shuffled, seed=1) == first
    kept = set(first.tasks) & set(second.tasks)
    assert len(kept) / len(first.tasks) == pytest.approx(16 / 39, abs=0.05)


def test_plan_draws_every_pair_about_equally_often():
    drawn = Counter(task for seed in range(200) for task in plan_round(all_pairs(32), seed=seed).tasks)
    assert len(drawn) == 32 * 31
    expected = 200 * 16 / 31
    spread = sum((count - expected) ** 2 for count in drawn.values()) / len(drawn)
    assert spread < 1.25 * 200 * (16 / 31) * (15 / 31)
    mutual = sum(RaterAndTarget(task.target, task.rater) in drawn for task in drawn)
    assert mutual == len(drawn)


@pytest.mark.parametrize("pairs", [all_pairs(12), all_pairs(45)])
def test_plan_never_assigns_what_is_not_on_record(pairs):
    kept = Random(3).sample(pairs, len(pairs) // 2)
    plan = plan_round(kept, seed=3)
    on_record = set(kept) | {(other, one) for one, other in kept}
    assert {(task.rater, task.target) for task in plan.tasks} <= on_record
    assert all(task.rater != task.target for task in plan.tasks)
    assert len(set(plan.tasks)) == len(plan.tasks)


def test_plan_lets_all_partners_score_a_unit_that_has_fewer_than_wanted():
    newcomer = [("new", unit) for unit in codes(3)]
    plan = plan_round(all_pairs(40) + newcomer, seed=1)
    assert raters_per_unit(plan.tasks) == {"new": 3} | dict.fromkeys(codes(40), 16)
    assert Fraction(3 + 40 * 16, 41) == plan.raters_per_unit
    assert [task.rater for task in plan.tasks if task.target == "new"] == codes(3)


def test_plan_of_nothing_is_empty():
    plan = plan_round([], seed=1, units=["jia", "yi"])
    assert (plan.tasks, plan.parts, plan.bridges) == ((), (), ())
    assert (plan.raters_per_unit, plan.cross_district_share) == (None, None)


def test_plan_refuses_a_unit_with_itself():
    with pytest.raises(ValueError, match="jia"):
        plan_round([("jia", "jia")], seed=1)


# --- across districts ----------------------------------------------------------------------------------------------


def in_districts(count: int, districts: int, *, across: int, seed: int = 5) -> tuple[list[tuple[str, str]], dict]:
    """Everybody cooperates within the district, and `across` pairs do with another one."""
    district = {unit: f"d{place % districts}" for place, unit in enumerate(codes(count))}
    within = [pair for pair in all_pairs(count) if district[pair[0]] == district[pair[1]]]
    others = [pair for pair in all_pairs(count) if district[pair[0]] != district[pair[1]]]
    return within + Random(seed).sample(others, across), district


def share_across(plan, district) -> Fraction:
    across = sum(district[task.rater] != district[task.target] for task in plan.tasks)
    return Fraction(across, len(plan.tasks))


@pytest.mark.parametrize("across", [90, 200, 300])
def test_plan_lets_a_fifth_be_scored_across_districts_where_cooperation_allows(across):
    pairs, district = in_districts(90, 3, across=across)
    plan = plan_round(pairs, seed=1, districts=district)
    assert plan.cross_district_share == share_across(plan, district)
    possible = Fraction(2 * across, 90 * 16)
    assert plan.cross_district_share == pytest.approx(min(possible, 0.2), abs=0.001)
    assert set(raters_per_unit(plan.tasks).values()) == {16}


def test_plan_leaves_more_than_a_fifth_as_the_draw_gives_it():
    pairs = all_pairs(60)
    district = {unit: f"d{place % 4}" for place, unit in enumerate(codes(60))}
    plan = plan_round(pairs, seed=1, districts=district)
    assert plan.cross_district_share == pytest.approx(45 / 59, abs=0.03)


def test_plan_leans_on_the_units_that_can_when_only_a_few_have_partners_elsewhere():
    _, district = in_districts(80, 2, across=0)
    hospitals = codes(6)
    within = [pair for pair in all_pairs(80) if district[pair[0]] == district[pair[1]]]
    beyond = [(unit, other) for unit in hospitals for other in codes(80) if district[unit] != district[other]]
    plan = plan_round(within + beyond, seed=1, districts=district)
    assert plan.cross_district_share == pytest.approx(0.2, abs=0.001)
    busiest = Counter(task.rater for task in plan.tasks).most_common(1)[0]
    assert busiest[1] <= 53  # 256 tasks cross over, and only six units know the other side
    assert len(plan.parts) == 1


def test_plan_counts_pairs_of_known_districts_only():
    some = dict.fromkeys(codes(20), "east") | dict.fromkeys(codes(40)[20:30], "west") | {"u0035": ""}
    plan = plan_round(all_pairs(40), seed=1, districts=some)
    known = [task for task in plan.tasks if some.get(task.rater) and some.get(task.target)]
    across = sum(some[task.rater] != some[task.target] for task in known)
    assert plan.cross_district_share == Fraction(across, len(known))
    assert plan_round(all_pairs(40), seed=1).cross_district_share is None
    assert plan_round(all_pairs(40), seed=1, districts=dict.fromkeys(codes(40), "east")).cross_district_share == 0


def test_plan_of_a_small_consortium_has_its_share_too():
    plan = plan_round([("jia", "yi"), ("jia", "bing")], seed=1, districts={"jia": "east", "yi": "east", "bing": "west"})
    assert plan.cross_district_share == Fraction(1, 2)


# --- parts and bridges ---------------------------------------------------------------------------------------------


def test_plan_of_a_hub_and_its_spokes_has_two_parts():
    plan = plan_round([("hub", f"spoke{number}") for number in range(4)], seed=1)
    assert plan.parts == (("hub",), ("spoke0", "spoke1", "spoke2", "spoke3"))
    assert len(plan.bridges) == 1


def test_plan_of_two_strangers_groups_has_two_parts_and_one_bridge():
    pairs = list(combinations(["jia", "yi", "bing"], 2)) + list(combinations(["ding", "wu", "ji"], 2))
    plan = plan_round(pairs, seed=1)
    assert plan.parts == (("bing", "jia", "yi"), ("ding", "ji", "wu"))
    (bridge,) = plan.bridges
    assert bridge not in plan.tasks
    mended = plan_round([*pairs, (bridge.rater, bridge.target)], seed=1)
    assert (len(mended.parts), mended.bridges) == (1, ())


def test_plan_keeps_together_what_cooperation_keeps_together_when_it_draws():
    ring = []
    for group in range(12):
        members = [f"g{group:02}m{number:02}" for number in range(25)]
        ring += list(combinations(members, 2))
        ring.append((members[0], f"g{(group + 1) % 12:02}m01"))
    for seed in range(5):
        plan = plan_round(ring, seed=seed)
        assert len(plan.parts) == 1
        assert set(raters_per_unit(plan.tasks).values()) == {16}
        assert max(loads(plan)) <= 18


def test_plan_of_many_units_round_one_hub_lets_the_hub_score_all_and_be_scored_by_some():
    pairs = [("hub", unit) for unit in codes(50)]
    plan = plan_round(pairs, seed=1)
    assert raters_per_unit(plan.tasks)["hub"] == 16
    assert plan.parts == (("hub",), tuple(codes(50)))
    assert len([task for task in plan.tasks if task.rater == "hub"]) == 50


def test_plan_proposes_one_bridge_for_every_join_and_they_suffice():
    pairs = [pair for group in range(20) for pair in combinations([f"g{group:02}{name}" for name in "abc"], 2)]
    plan = plan_round(pairs, seed=1)
    assert len(plan.parts) == 20
    assert len(plan.bridges) == 19
    confirmed = [(bridge.rater, bridge.target) for bridge in plan.bridges]
    assert not set(confirmed) & {(task.rater, task.target) for task in plan.tasks}
    assert len(plan_round(pairs + confirmed, seed=1).parts) == 1
    assert max(Counter(bridge.rater for bridge in plan.bridges).values()) <= 7  # nobody has to answer for all


def test_tiers_are_split_by_the_parts_and_a_tier_in_one_part_is_not():
    tiers = {"hub": "tertiary", "a": "primary", "b": "primary", "c": "secondary"}
    assert tiers_split([["hub"], ["a", "b", "c"]], tiers) == ()
    assert tiers_split([["hub", "a"], ["b", "c"]], tiers) == ("primary",)
    assert tiers_split([["hub", "a", "b", "c"]], tiers) == ()
    assert tiers_split([], tiers) == ()
    assert tiers_split([["c"], ["a"], ["b"]], dict.fromkeys(tiers, "x")) == ("x",)


def test_plan_of_three_thousand_units_comes_out_even():
    random, everyone = Random(1), codes(3000)
    district = {unit: f"d{place % 30}" for place, unit in enumerate(everyone)}
    members = [everyone[first::30] for first in range(30)]
    pairs = [tuple(random.sample(random.choice(members), 2)) for _ in range(60_000)]
    pairs += [tuple(random.sample(everyone, 2)) for _ in range(9_000)]
    plan = plan_round(pairs, seed=1, districts=district)
    assert set(raters_per_unit(plan.tasks).values()) == {16}
    assert loads(plan) == {16: 3000}
    assert len(plan.parts) == 1
    assert plan.cross_district_share >= Fraction(1, 5)
