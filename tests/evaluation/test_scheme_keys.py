"""The head of a scheme file, overrides, what is watched, and the file as a whole; every fault by its key."""

from __future__ import annotations

import copy
import functools
import json
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from evaluation.elements import BOUNDS, Approval, Override, Watching
from evaluation.figures import Input
from evaluation.scheme import parse_scheme
from evaluation.scoring import score_unit
from storage.base import canonical
from tests.evaluation.cast import changed, faults, indicator, parsed, small, without
from tests.evaluation.small_schemes import computed, mean, one, watched

REASON = {"zh": "今年先按批复的权重执行一年", "en": "Approved for this year by the authority"}


def head(**keys: object) -> dict[str, Any]:
    document = one()
    document["scheme"] |= keys
    return document


def test_scheme_begins_in_january_unless_it_says_otherwise() -> None:
    assert (parsed(head()).effective, parsed(head()).year_rule) == ("2026-01", "own")
    later = parsed(head(effective="2026-07", year_rule="mean_of_months"))
    assert (later.effective, later.year_rule) == ("2026-07", "mean_of_months")


@pytest.mark.parametrize(
    ("keys", "place", "code"),
    [
        ({"effective": "2026-7"}, "effective", "scheme_month_malformed"),
        ({"effective": "2026-00"}, "effective", "scheme_month_malformed"),
        ({"effective": "2025-12"}, "effective", "scheme_effective_elsewhere"),
        ({"effective": "2027-01"}, "effective", "scheme_effective_elsewhere"),
        ({"effective": 7}, "effective", "scheme_month_malformed"),
        ({"year_rule": "sum"}, "year_rule", "value_unknown"),
    ],
)
def test_head_of_a_scheme_is_refused_by_key(keys: dict[str, object], place: str, code: str) -> None:
    assert faults(head(**keys)) == [(f"scheme.{place}", code)]


def overridden(*overrides: object) -> dict[str, Any]:
    return one() | {"overrides": list(overrides)}


def test_overrides_are_read_in_an_order_of_their_own() -> None:
    one_tier = {"bound": "peers", "tier": "only", "reason": REASON}
    everywhere = {"bound": "outcomes", "reason": REASON}
    expected = (Override("outcomes", None, REASON), Override("peers", "only", REASON))
    assert parsed(overridden(one_tier, everywhere)).overrides == expected
    assert parsed(overridden(everywhere, one_tier)).overrides == expected
    assert [parsed(overridden({"bound": bound, "reason": REASON})).overrides[0].bound for bound in BOUNDS] == list(
        BOUNDS
    )


@pytest.mark.parametrize(
    ("override", "place", "code"),
    [
        ({"bound": "weights", "reason": REASON}, "bound", "value_unknown"),
        ({"reason": REASON}, "bound", "key_missing"),
        ({"bound": "peers", "tier": "ghost", "reason": REASON}, "tier", "value_unknown"),
        ({"bound": "peers"}, "reason", "key_missing"),
        ({"bound": "peers", "reason": {"zh": "今年先按批复的权重执行"}}, "reason.en", "key_missing"),
        ({"bound": "peers", "reason": {**REASON, "zh": "一二三四五六七八九"}}, "reason.zh", "scheme_reason_short"),
        ({"bound": "peers", "reason": {**REASON, "en": "too short"}}, "reason.en", "scheme_reason_short"),
        ({"bound": "peers", "reason": REASON, "until": "2027"}, "until", "key_unknown"),
    ],
)
def test_override_without_a_bound_or_a_reason_is_refused(override: dict[str, Any], place: str, code: str) -> None:
    assert faults(overridden(override)) == [(f"overrides[0].{place}", code)]


def test_override_stands_once() -> None:
    twice = {"bound": "peers", "reason": REASON}
    assert faults(overridden(twice, twice)) == [("overrides[1].bound", "value_twice")]
    assert faults(one() | {"overrides": {}}) == [("overrides", "list_length")]


def test_watching_is_usual_or_stated() -> None:
    assert parsed(one()).watching == Watching()
    said = {"readings_due": 5, "explanation_workdays": 15, "below": "62.5", "periods": 2}
    assert parsed(one() | {"watching": said}).watching == Watching(5, 15, Fraction("62.5"), 2)


@pytest.mark.parametrize(
    ("watching", "place", "code"),
    [
        ({"readings_due": 0}, ".readings_due", "out_of_range"), ({"readings_due": 29}, ".readings_due", "out_of_range"),
        ({"explanation_workdays": 61}, ".explanation_workdays", "out_of_range"),
        ({"below": -1}, ".below", "out_of_range"), ({"below": 101}, ".below", "out_of_range"),
        ({"below": 0.5}, ".below", "number_expected"), ({"periods": 0}, ".periods", "out_of_range"),
        ({"limit": 60}, ".limit", "key_unknown"), (5, "", "table_expected"),
    ],
)  # fmt: skip
def test_watching_is_refused_by_key(watching: object, place: str, code: str) -> None:
    assert faults(one() | {"watching": watching}) == [(f"watching{place}", code)]


def test_approval_is_asked_for_where_it_is_stated() -> None:
    assert parsed(one()).approval is None
    assert parsed(one() | {"approval": {"quorum": 3}}).approval == Approval(3, "simple")
    both = {"quorum": 100, "majority": "two_thirds"}
    assert parsed(one() | {"approval": both}).approval == Approval(100, "two_thirds")


@pytest.mark.parametrize(
    ("approval", "place", "code"),
    [
        ({}, ".quorum", "key_missing"), ({"quorum": 0}, ".quorum", "out_of_range"),
        ({"quorum": 101}, ".quorum", "out_of_range"), ({"quorum": "3"}, ".quorum", "out_of_range"),
        ({"quorum": True}, ".quorum", "out_of_range"),
        ({"quorum": 3, "majority": "most"}, ".majority", "value_unknown"),
        ({"quorum": 3, "members": 5}, ".members", "key_unknown"),
    ],
)  # fmt: skip
def test_approval_is_refused_by_key(approval: object, place: str, code: str) -> None:
    assert faults(one() | {"approval": approval}) == [(f"approval{place}", code)]


def test_tier_may_say_how_many_score_each_of_its_units() -> None:
    assert parsed(changed(one(), "tiers.only.raters", 12)).tiers["only"].raters == 12
    assert parsed(one()).tiers["only"].raters is None
    assert faults(changed(one(), "tiers.only.raters", -1)) == [("tiers.only.raters", "out_of_range")]


# --- as a whole -------------------------------------------------------------------------------------------------------


def full() -> dict[str, Any]:
    """A document with every kind of curve and input."""
    return small(
        {
            "a": watched(), "b": indicator(direction="down", floor=9, target=3), "m": mean("a", "c", range=[1, 2]),
            "c": indicator(input="complement", of=["a"]),
            "s": without(mean("b", "m", by="share"), "target"),
            "band": without(indicator(curve="band", band=[1, 2], floor="0.5"), "target"),
            "steps": without(indicator(curve="steps", steps=[[1, "0.5"], [2, 1]]), "target"),
            "rel": without(indicator(curve="relative", against="a"), "target"),
            "cnt": indicator(curve="count", unit="count", bonus=True), "chk": without(indicator(curve="checklist"), "target"),
        },
        {code: {"points": 0 if code == "a" else 10} for code in ("a", "b", "m", "c", "s", "band", "steps", "rel", "cnt", "chk")},
        overrides=[{"bound": "peers", "reason": REASON}], watching={"below": 55},
    )  # fmt: skip


def test_scheme_with_everything_reads_the_same_in_any_order_and_as_stored() -> None:
    def backwards(value: Any) -> Any:
        return {key: backwards(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    assert parsed(backwards(full())) == parsed(full())
    assert parsed(json.loads(canonical(full()))) == parsed(full())


def test_three_hundred_indicators_are_read_at_once() -> None:
    """And a thousand at most, so that a hostile file is refused before it costs anything."""
    many = {f"i{number}": indicator() for number in range(300)} | {
        f"m{number}": mean(*(f"i{i}" for i in range(100))) for number in range(50)
    }
    lines = {code: {"points": 1} for code in many}
    assert len(parsed(small(many, lines)).indicators) == 350
    crowd = {f"i{number}": {} for number in range(1001)}
    scheme, found = parse_scheme(small(crowd, {}), file="x")
    assert scheme is None
    assert [(each.key, each.code) for each in found] == [("indicators", "scheme_table_too_long")]


def test_means_of_means_without_end_are_found_at_once() -> None:
    """Each made of all before it: two to the power of hundreds of ways, looked at once."""
    codes = [f"m{number}" for number in range(90)]
    chain = {code: mean("a", *codes[:place]) for place, code in enumerate(codes)}
    assert len(parsed(computed(rate=mean(*codes), **chain)).indicators) == 93
    ring = computed(rate=mean("m0"), **(chain | {"m0": mean("m89")}))
    assert {code for _, code in faults(ring)} == {"scheme_circle"}


JUNK: list[Any] = [
    None, 0, -1, 10**40, 1.5, True, "", "x" * 3000, "\x00", [], [[]], [2, 1], [[1, 1], [2, 1]], {}, {"zh": "a"}, "mean",
    "complement", "band", "steps", "relative", "count", "region", "tier_median", "a", "m", "down", "watch", "qualitative",
    "share", "days", "survey", "panel", ["a"], ["m", "s"], "month", "2027-01", "last",
]  # fmt: skip


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        yield (*path, key)
        yield from places_in(each, (*path, key))


def test_mangled_documents_are_findings_or_schemes_never_crashes() -> None:
    """Values of a sound document are put where others belong; whatever is still a scheme can be scored."""
    chance, accepted = random.Random(4), 0
    for _ in range(250):
        document = copy.deepcopy(full())
        *tables, last = chance.choice(list(places_in(document)))
        place = functools.reduce(lambda found, key: found[key], tables, document)
        place[last] = copy.deepcopy(chance.choice(JUNK))
        scheme, findings = parse_scheme(document, file="x")
        assert (scheme is None) == bool(findings)
        if scheme is not None:
            accepted += 1
            figures = {code: Input(Fraction(chance.randint(-50, 150), 7)) for code in scheme.indicators}
            for tier in scheme.tiers:
                score = score_unit(scheme, tier, figures)
                assert sum(each for each in score.dimensions.values() if each is not None) == (score.total or 0)
    assert accepted > 5
