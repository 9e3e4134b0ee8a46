"""Indicators in the scheme file: figures made of others, and the particulars of each; every fault by its key."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.evaluation.cast import faults, indicator, parsed, small, without, wording
from tests.evaluation.small_schemes import RATE, bare, computed, mean, one, watched

SURVEY = {"input": "survey", "questionnaire": "outpatient", "unit": "score"}
THIRD = {"input": "third_party", "surveyor": "city", "definition": "topbox", "unit": "score"}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (computed(rate=mean("a", "ghost")), [(f"{RATE}.of[1]", "scheme_indicator_undefined")]),
        (computed(rate=mean()), [(f"{RATE}.of", "list_length")]),
        (computed(rate=mean("a", "a")), [(f"{RATE}.of[1]", "value_twice")]),
        (computed(rate=indicator(input="mean")), [(f"{RATE}.of", "key_missing")]),
        (computed(rate=indicator(of=["a"])), [(f"{RATE}.of", "key_unknown")]),
        (computed(rate=mean("rate")), [(f"{RATE}.of", "scheme_circle")]),
        (computed(rate=mean("a", "c"), c=mean("d"), d=mean("c", "rate")),
         [("indicators.rate.of", "scheme_circle"), ("indicators.c.of", "scheme_circle"), ("indicators.d.of", "scheme_circle")]),
        (computed(rate=mean("a", over_time="sum")), [(f"{RATE}.over_time", "key_unknown")]),
        (computed(rate=mean("a", "c"), c=watched(unit="days")), [(f"{RATE}.of[1]", "scheme_units_differ")]),
        (computed(rate=mean("a", unit=wording("元"))), [(f"{RATE}.of[0]", "scheme_units_differ")]),
        (computed(rate=mean("a", by="weight")), [(f"{RATE}.by", "value_unknown")]),
        (computed(rate=mean("c", by="share"), c=indicator()), [(f"{RATE}.target", "scheme_end_of_another_curve")]),
        (computed(rate=without(mean("a", by="share"), "target")), [(f"{RATE}.of[0]", "scheme_part_without_share")]),
        (computed(rate=without(mean("c", by="share"), "target"), c=without(indicator(), "target")),
         [(f"{RATE}.of[0]", "scheme_part_without_share")]),
        (computed(rate=without(mean("c", by="share"), "target"), c=indicator(floor=60)),
         [("indicators.c.target", "scheme_target_not_above")]),
        (computed(rate=without(mean("c", by="share", unit="score"), "target"), c=indicator()),
         [(f"{RATE}.unit", "scheme_mean_share_unit")]),
        (computed(rate=mean("c", by="share", direction="down", floor=60), c=indicator()),
         [(f"{RATE}.direction", "scheme_mean_share_direction")]),
        (computed(rate=indicator(input="complement", of=["a", "b"])), [(f"{RATE}.of", "list_length")]),
        (computed(rate=indicator(input="complement", of=["a"], unit="days")),
         [(f"{RATE}.unit", "scheme_complement_unit"), (f"{RATE}.of[0]", "scheme_units_differ")]),
        (computed(rate=indicator(input="complement", of=["rate"])), [(f"{RATE}.of", "scheme_circle")]),
        # decision 3 and rule 97: two definitions, or ours and somebody else's, are never averaged
        (computed(rate=mean("c", "d", unit="score"), c=watched(**SURVEY), d=watched(**SURVEY, definition="topbox")),
         [(f"{RATE}.of", "scheme_definitions_differ")]),
        (computed(rate=mean("c", "d", unit="score"), c=watched(**SURVEY, definition="topbox"), d=watched(**THIRD)),
         [(f"{RATE}.of", "scheme_definitions_differ")]),
        (computed(rate=mean("m", "d", unit="score"), m=watched(input="mean", of=["c"], unit="score"), c=watched(**SURVEY),
                  d=watched(**SURVEY, definition="mean5")), [(f"{RATE}.of", "scheme_definitions_differ")]),
        (small({"region": indicator(), "rate": indicator()}, {"rate": {"points": 1}}),
         [("indicators.region", "scheme_code_reserved")]),
        (small({"rate": without(indicator(curve="relative", against="days"), "target"), "days": watched(unit="days")},
               {"rate": {"points": 1}}), [(f"{RATE}.against", "scheme_units_differ")]),
        (computed(rate=without(indicator(curve="relative", against="c"), "target"), c=mean("rate")),
         [(f"{RATE}.against", "scheme_circle"), ("indicators.c.of", "scheme_circle")]),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_made_are_refused(document: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert sorted(faults(document)) == sorted(found)


def test_figures_of_one_definition_may_be_averaged() -> None:
    surveys = {"c": watched(**SURVEY), "d": watched(**SURVEY, measure="overall")}
    assert parsed(computed(rate=mean("c", "d", unit="score"), **surveys)).indicators["rate"].of == ("c", "d")
    both = {"c": indicator(**SURVEY), "d": indicator(**THIRD, floor=0)}
    by_share = without(mean("c", "d", by="share"), "target")
    assert (
        parsed(computed(rate=by_share, **both)).indicators["rate"].by == "share"
    )  # points of two streams may be added


def test_part_with_a_line_in_every_tier_needs_no_ends_of_its_own() -> None:
    document = computed(rate=without(mean("c", by="share"), "target"), c=without(indicator(), "target"))
    document["tiers"]["only"]["indicators"]["c"] = {"points": 0, "target": 9}
    assert parsed(document).indicators["c"].curve.target is None
    document["tiers"]["other"] = {"name": wording("other"), "indicators": {"rate": {"points": 1}}}
    assert faults(document) == [(f"{RATE}.of[0]", "scheme_part_without_share")]


# --- particulars ------------------------------------------------------------------------------------------------------


def test_particulars_of_an_indicator() -> None:
    said = parsed(
        one(
            standard="国考-02", aspect="development", perspective="learning", over_time="last", range=["14.5", 25],
            target_by="2026-12", method=wording("人次 × 均价"), evidence=True, bonus=True,
        )
    ).indicators["rate"]  # fmt: skip
    assert (said.standard, said.aspect, said.perspective, said.over_time, said.target_by) == (
        "国考-02", "development", "learning", "last", "2026-12",
    )  # fmt: skip
    assert (said.range, said.method, said.needs_evidence, said.is_bonus) == (
        (Fraction("14.5"), 25), wording("人次 × 均价"), True, True,
    )  # fmt: skip
    usual = parsed(one()).indicators["rate"]
    assert (usual.standard, usual.perspective, usual.over_time, usual.range, usual.target_by) == (None,) * 5
    assert (usual.method, usual.needs_evidence, usual.is_bonus) == (None, False, False)


@pytest.mark.parametrize(
    ("more", "place", "code"),
    [
        ({"standard": " "}, "standard", "scheme_standard_malformed"),
        ({"standard": "x" * 41}, "standard", "scheme_standard_malformed"),
        ({"aspect": "money"}, "aspect", "value_unknown"),
        ({"perspective": "money"}, "perspective", "value_unknown"),
        ({"over_time": "median"}, "over_time", "value_unknown"),
        ({"over_time": "mean", "curve": "count"}, "over_time", "scheme_count_adds_up"),
        ({"range": [25, 15]}, "range", "scheme_pair_reversed"),
        ({"range": "15-25"}, "range", "scheme_pair_expected"),
        ({"target_by": "2026-13"}, "target_by", "scheme_month_malformed"),
        ({"target_by": "end of 2026"}, "target_by", "scheme_month_malformed"),
        ({"method": "text"}, "method", "wording_expected"),
        ({"evidence": "yes"}, "evidence", "truth_expected"),
        ({"bonus": 1}, "bonus", "truth_expected"),
        ({"flags": ["public_health", "clinical", "lower_cost", "money"]}, "flags[3]", "value_unknown"),
    ],
)  # fmt: skip
def test_particular_that_says_nothing_is_refused(more: dict[str, Any], place: str, code: str) -> None:
    assert faults(one(**more)) == [(f"{RATE}.{place}", code)]


def test_bonus_is_never_only_watched() -> None:
    assert (f"{RATE}.bonus", "scheme_bonus_on_watch") in faults(bare({"points": 0}, direction="watch", bonus=True))
