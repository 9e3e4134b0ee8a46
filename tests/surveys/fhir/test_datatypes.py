"""Values as FHIR writes them and as they are stored."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.fhir.datatypes import SUFFIXES, exact, stored, written
from surveys.structure import BOOLEAN, CODING, DATE, DATETIME, DECIMAL, GROUP, INTEGER, STRING, TEXT, TIME
from surveys.values import is_stored

GOOD: list[tuple[str, Any, str]] = [
    (BOOLEAN, True, "true"),
    (BOOLEAN, False, "false"),
    (INTEGER, 0, "0"),
    (INTEGER, -(2**31), "-2147483648"),
    (DECIMAL, Decimal("3.50"), "3.50"),
    (DECIMAL, 3, "3"),
    (DECIMAL, 0.1, "0.1"),
    (DECIMAL, Decimal("1E+3"), "1000"),
    (DECIMAL, Decimal("1E-7"), "0.0000001"),
    (DECIMAL, Decimal("-0.0"), "0.0"),
    (DECIMAL, Decimal("123456789012345678.123456789012345678"), "123456789012345678.123456789012345678"),
    (DATE, "2026", "2026"),
    (DATE, "2026-02", "2026-02"),
    (DATE, "2024-02-29", "2024-02-29"),
    (TIME, "23:59:59.5", "23:59:59.5"),
    (DATETIME, "2026-03", "2026-03"),
    (DATETIME, "2026-03-01T08:30:00+08:00", "2026-03-01T08:30:00+08:00"),
    (DATETIME, "2026-03-01T08:30:00.123Z", "2026-03-01T08:30:00.123Z"),
    (STRING, " spaces stay ", " spaces stay "),
    (TEXT, "a\nb", "a\nb"),
]
BAD: list[tuple[str, Any]] = [
    *((BOOLEAN, raw) for raw in ("true", 1, 0, None)),
    *((INTEGER, raw) for raw in (True, "3", 2**31, -(2**31) - 1, None, [3])),
    *((DECIMAL, raw) for raw in (True, "3.5", 10**18, Decimal("1E-19"), Decimal("1E+999999999"), Decimal("0E-999999999"))),
    *((DATE, raw) for raw in ("2026-2", "2026-02-30", "0000", "26-01-01", "2026-03-01T08:30:00Z", 2026, "２０２６")),
    *((TIME, raw) for raw in ("8:30:00", "08:30", "24:00:00", "08:60:00", "08:30:00Z", 8)),
    *((DATETIME, raw) for raw in ("2026-03-01T08:30:00", "2026-03-01T08:30Z", "2026-02-30T08:30:00Z", "2026-03-01T08:30:00+15:00")),
    *((STRING, raw) for raw in ("", 3, None, True, {})),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "raw", "value"), GOOD)
def test_a_value_of_the_type_is_stored(type_: str, raw: Any, value: str) -> None:
    assert stored(type_, SUFFIXES[type_], raw) == value


@pytest.mark.parametrize(("type_", "raw", "value"), GOOD)
def test_what_is_stored_is_written_as_it_came(type_: str, raw: Any, value: str) -> None:
    assert stored(type_, SUFFIXES[type_], written(type_, value)) == value


@pytest.mark.parametrize(("type_", "_raw", "value"), GOOD)
def test_the_engine_takes_what_is_stored(type_: str, _raw: Any, value: str) -> None:
    assert is_stored(type_, value) or value == "-2147483648"  # FHIR's smallest whole number has no counterpart


@pytest.mark.parametrize(("type_", "raw"), BAD)
def test_anything_else_is_none(type_: str, raw: Any) -> None:
    assert stored(type_, SUFFIXES[type_], raw) is None


@pytest.mark.parametrize(
    ("type_", "suffix", "raw", "value"),
    [
        (DECIMAL, "Integer", 5, "5"),
        (INTEGER, "Decimal", Decimal("20.0"), "20"),
        (INTEGER, "Decimal", Decimal("20.5"), None),
        (INTEGER, "Decimal", Decimal("1E+999999999"), None),
        (DATETIME, "Date", "2026-03-01", "2026-03-01"),
        (DATE, "DateTime", "2026-03-01", "2026-03-01"),
        (DATE, "DateTime", "2026-03-01T08:30:00Z", None),
        (STRING, "Integer", 5, None),
        (BOOLEAN, "String", "true", None),
        (TIME, "DateTime", "08:30:00", None),
        (CODING, "Coding", {"code": "a"}, None),
        (GROUP, "String", "x", None),
    ],
)
def test_related_spellings_are_taken_where_the_value_fits(type_: str, suffix: str, raw: Any, value: str | None) -> None:
    assert stored(type_, suffix, raw) == value


@given(st.sampled_from(sorted(SUFFIXES)), st.text() | st.integers() | st.floats() | st.none() | st.lists(st.none()))
def test_no_value_raises(type_: str, raw: Any) -> None:
    value = stored(type_, SUFFIXES[type_], raw) if raw == raw else None  # noqa: PLR0124 - NaN never comes so far

    assert value is None or value != ""


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (Decimal("0.1"), Fraction(1, 10)),
        (2, Fraction(2)),
        (0.5, Fraction(1, 2)),
        (True, None),
        ("1", None),
        (10**30, None),
    ],
)
def test_scores_are_exact(raw: Any, number: Fraction | None) -> None:
    assert exact(raw) == number
