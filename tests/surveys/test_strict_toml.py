"""TOML from elsewhere: exact and bounded; anything else is one refusal, never an exception."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.strict_json import MOST_LEVELS
from surveys.strict_toml import read_toml


def refused(text: str) -> str:
    document, refusal = read_toml(text)
    assert document == {}
    assert refusal.reason("zh") != refusal.reason("en")
    return refusal.code


def test_values_are_exact():
    assert read_toml('a = 1.10\nb = 7\nc = 2026-03-01\nd = "字"\ne = true\n[[f]]\ng = [1, 2]') == (
        {"a": Decimal("1.10"), "b": 7, "c": date(2026, 3, 1), "d": "字", "e": True, "f": [{"g": [1, 2]}]},
        None,
    )


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "1e999999999", "1." + "0" * 100, "9223372036854775808", "0x" + "f" * 40]
)
def test_numbers_that_nobody_means_are_refused(value):
    assert refused(f"a = {value}") == "number_unfit"


@pytest.mark.parametrize(
    "text", ["a", "a = ", "a = 1\na = 2", "[a]\n[a]", "a = 2026-13-01", 'a = "\\ud800"', "a = " + "9" * 5000, "\x00 = 1", "a = [1"]
)  # fmt: skip
def test_what_is_no_toml_is_refused(text):
    assert refused(text) == "toml_malformed"


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 3000 + "]" * 3000,
        "a = " + "[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1),
        "a = " + "{b = " * 3000 + "1" + "}" * 3000,
        "a" + ".a" * 300 + " = 1",
    ],
)
def test_depth_is_bounded(text):
    assert refused(text) == "document_too_deep"


@given(st.text(alphabet="[]{}\"=.,#'\n ab1-:Te+_\\", max_size=40))
def test_any_text_is_read_or_refused(text):
    document, refusal = read_toml(text)
    assert isinstance(document, dict)
    assert refusal is None or document == {}
