"""JSON with exact numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.fhir.exact_json import encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    text = encode(value)

    assert json.loads(text, parse_float=Decimal) == value


@pytest.mark.parametrize("digits", ["3.50", "0.1", "-0.001", "100000000000000000.000000000000000001", "7"])
def test_decimals_keep_their_digits(digits: str) -> None:
    assert encode([Decimal(digits)]) == f"[\n  {digits}\n]"


def test_huge_exponents_stay_short() -> None:
    assert encode(Decimal("1E+999999")) == "1E+999999"


def test_elements_stand_one_a_line() -> None:
    assert encode({"a": [1, {"b": None}], "c": {}, "d": []}) == (
        '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}'
    )


def test_characters_stand_as_they_are() -> None:
    assert encode("好\n“") == '"好\\n“"'


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), {1}, object(), {1: "a"}, b"x"])
def test_what_is_no_json_is_a_fault_of_ours(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_float_that_json_lacks(value: float) -> None:
    with pytest.raises(ValueError):
        encode(value)
