"""What a curve can give: the shares that are found span those of every value that is possible."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.curves import share_of
from evaluation.elements import BAND, LINEAR, RELATIVE, STEPS, Curve, Indicator
from evaluation.reach import Range, possible_values, shares_within_reach
from tests.evaluation.cast import indicator, parsed, small, wording

ENDS = st.integers(-150, 150).map(Fraction)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    low, inner, outer, high = sorted(draw(st.lists(ENDS, min_size=4, max_size=4, unique=True)))
    kind = draw(st.sampled_from((LINEAR, BAND, STEPS, RELATIVE)))
    is_down = draw(st.booleans())
    if kind == BAND:
        return Curve(
            BAND,
            floor=draw(st.sampled_from((None, low))),
            band=(inner, outer),
            ceiling=draw(st.sampled_from((None, high))),
        )
    if kind == STEPS:
        shares = sorted(draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)))
        limits = (outer, inner, low) if is_down else (low, inner, outer)
        return Curve(
            STEPS, steps=tuple(zip(limits, (Fraction(share, 4) for share in shares), strict=True)), is_down=is_down
        )
    floor, target = (high, low) if is_down else (low, high)
    return Curve(kind, floor=floor if kind == LINEAR or draw(st.booleans()) else None, target=target, is_down=is_down)


def of_percent(**more: object) -> Indicator:
    return parsed(small({"one": indicator(**more)}, {"one": {"points": 1}})).indicators["one"]


@given(curve=curves())
def test_shares_span_those_of_every_value_that_is_possible(curve: Curve) -> None:
    low = -100 if curve.kind == RELATIVE else 0
    every = {share_of(curve, Fraction(value, 2), reference=Fraction(0)) for value in range(2 * low, 201)}
    found = shares_within_reach(PERCENT_INDICATOR, curve)
    assert (min(found), max(found)) == (min(every), max(every))


PERCENT_INDICATOR = of_percent()


@pytest.mark.parametrize(
    ("more", "low", "high"),
    [
        ({}, 0, 100),
        ({"unit": "share", "target": 1}, 0, 1),
        ({"name": wording("次均费用增幅")}, -100, None),
        ({"name": {"zh": "次均费用", "en": "Change of cost"}}, -100, None),
        ({"unit": "days"}, 0, None),
        ({"unit": "yuan"}, None, None),
        ({"unit": {"zh": "千克", "en": "kg"}}, None, None),
        ({"unit": "score", "input": "peer"}, 0, 100),
        ({"unit": "score", "input": "survey", "questionnaire": "q"}, 0, 100),
        ({"unit": "score", "input": "survey", "questionnaire": "q", "definition": "nps", "floor": 0}, -100, 100),
        ({"unit": "score", "input": "third_party", "surveyor": "s", "definition": "nps", "floor": 0}, -100, 100),
        ({"unit": "score", "input": "third_party", "surveyor": "s", "definition": "~满意度"}, 0, None),
    ],
)
def test_what_is_possible_follows_source_and_unit(more: dict[str, object], low: int | None, high: int | None) -> None:
    assert possible_values(of_percent(**more)) == Range(
        None if low is None else Fraction(low), None if high is None else Fraction(high)
    )


def test_a_curve_without_its_ends_says_nothing() -> None:
    assert shares_within_reach(PERCENT_INDICATOR, Curve(LINEAR, floor=Fraction(0))) == frozenset()
