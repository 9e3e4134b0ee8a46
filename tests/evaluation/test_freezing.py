"""Rows of a settlement as plain values: the same in and out, and enough to add up again."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.digests import Frozen, frozen_digest
from evaluation.freezing import (
    Standing,
    UnitInputs,
    Values,
    card_values,
    frozen_projection,
    frozen_total,
    line_agrees,
    line_values,
)
from evaluation.scoring import Input, score_unit
from tests.evaluation.cast import example, indicator, parsed, small, without

SCHEME = parsed(example())
FROZEN = Frozen("2026-10", 2026, 1, "d" * 64, None)
figures = st.dictionaries(st.sampled_from(sorted(SCHEME.indicators)), st.fractions(-9, 120, max_denominator=91))


def standing(unit: str, drawn: dict[str, Fraction], tier: str = "primary", responses: int = 30) -> Standing:
    inputs = {code: Input(value) for code, value in drawn.items()}
    return Standing(unit, tier, UnitInputs(inputs, responses, 7), score_unit(SCHEME, tier, inputs))


@given(figures, st.sampled_from(list(SCHEME.tiers)))
def test_frozen_lines_add_up_to_the_score_they_came_from(drawn: dict[str, Fraction], tier: str) -> None:
    one = standing("jia", drawn, tier)
    rows = line_values("2026-10", SCHEME, one)
    assert frozen_total(rows) == one.score.total
    assert frozen_projection(rows, "dimension") == one.score.dimensions
    assert frozen_projection(rows, "party") == one.score.parties
    assert all(line_agrees(row) for row in rows)


def test_dimension_that_is_only_watched_is_no_part_of_the_total() -> None:
    seen = without(indicator(direction="watch", dimension="capacity"), "target")
    scheme = parsed(small({"one": indicator(), "seen": seen}, {"one": {"points": 9}, "seen": {"points": 0}}))
    inputs = {"one": Input(Fraction(25)), "seen": Input(Fraction(3))}
    one = Standing("jia", "only", UnitInputs(inputs, 30, 7), score_unit(scheme, "only", inputs))
    assert frozen_projection(line_values("2026-10", scheme, one), "dimension") == {"collaboration": 50}


def test_digest_does_not_depend_on_the_order_of_rows() -> None:
    members = [standing("jia", {"first_visit": Fraction(20)}), standing("yi", {"first_visit": Fraction(1, 3)})]
    cards = card_values("2026-10", SCHEME, members)
    lines = [row for member in members for row in line_values("2026-10", SCHEME, member)]
    digest = frozen_digest(FROZEN, cards, lines)
    assert frozen_digest(FROZEN, cards[::-1], lines[::-1]) == digest
    shuffled: list[Values] = [dict(reversed(row.items())) for row in lines]
    assert frozen_digest(FROZEN, cards, shuffled) == digest


@pytest.mark.parametrize(
    "other",
    [
        Frozen("2026-11", 2026, 1, "d" * 64, None),
        Frozen("2026-10", 2027, 1, "d" * 64, None),
        Frozen("2026-10", 2026, 2, "d" * 64, None),
        Frozen("2026-10", 2026, 1, "e" * 64, None),
        Frozen("2026-10", 2026, 1, "d" * 64, "d" * 64),
    ],
)
def test_digest_covers_period_scheme_and_the_one_before(other: Frozen) -> None:
    assert frozen_digest(other, [], []) != frozen_digest(FROZEN, [], [])


def test_cards_rank_each_tier_by_itself() -> None:
    members = [
        standing("a", {"first_visit": Fraction(10)}),
        standing("b", {"first_visit": Fraction(20)}),
        standing("c", {"first_visit": Fraction(30)}, responses=24),
        standing("d", {"referrals_received": Fraction(1)}, "secondary"),
        standing("e", {"referrals_received": Fraction(2)}, "secondary"),
        standing("f", {}),
    ]
    cards = card_values("2026-10", SCHEME, members)
    assert [(card["unit_code"], card["rank"], card["rank_of"], card["unranked_reason"]) for card in cards] == [
        ("a", 2, 2, None),
        ("b", 1, 2, None),
        ("c", None, 2, "too_few_responses"),
        ("d", 2, 2, None),
        ("e", 1, 2, None),
        ("f", None, 2, "no_total"),
    ]
    assert [card["position"] for card in cards] == [0, 1, 2, 3, 4, 5]


def test_columns_that_came_later_are_in_a_digest_only_where_they_say_something() -> None:
    """A period settled by an earlier version keeps its digest; what is noted from now on is covered."""
    card = {"unit_code": "jia", "total": Fraction(80), "rank": None}
    line = {"unit_code": "jia", "indicator": "x", "value": None}
    later = {"definition": None, "low": None, "high": None, "invited": None, "mode_mix": None}
    old = frozen_digest(FROZEN, [card], [line])
    assert frozen_digest(FROZEN, [card | {"held_out": None, "too_few": None}], [line | later]) == old
    assert frozen_digest(FROZEN, [{"unit_code": "jia", "total": Fraction(80)}], [line]) != old  # an old column is
    for name, value in (("held_out", 0), ("too_few", False)):
        assert frozen_digest(FROZEN, [card | {name: value}], [line]) != old
    for name, value in (("definition", "nps"), ("low", Fraction(1)), ("invited", 0), ("mode_mix", {"page": None})):
        assert frozen_digest(FROZEN, [card], [line | {name: value}]) != old
