"""What a value of each type looks like."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.validation_values import KINDS, read_given
from surveys.structure import BOOLEAN, CODING, DATE, DATETIME, DECIMAL, INTEGER, STRING, TEXT, TIME
from tests.surveys.fhir.forms import SCALE, codes, question

GOOD: dict[str, list[Any]] = {
    BOOLEAN: [True, False],
    INTEGER: [0, -7, 2**31 - 1, -(2**31)],
    DECIMAL: [0, 5, -2.5, Decimal("3.50"), Decimal("1e3"), 1e-7, Decimal("3.14159265358979323846264338327950288")],
    STRING: ["好", " x ", "两\n行", "a\tb", "👩‍👩‍👧", "true", "=1+1"],
    DATE: ["2026", "2026-03", "2026-03-01", "2024-02-29", "0001-01-01", "9999-12-31"],
    TIME: ["00:00:00", "23:59:59", "23:59:60", "08:30:00.250"],
    DATETIME: [
        "2026",
        "2026-03",
        "2026-03-01",
        "2026-03-01T08:30:00Z",
        "2026-03-01T08:30:00.123+08:00",
        "2026-03-01T08:30:00-14:00",
    ],
    CODING: [
        {"code": "a"},
        {"display": "很好"},
        {"system": SCALE, "code": "a", "version": "1", "display": "很好", "userSelected": True},
        {"system": SCALE, "code": "a", "id": "x", "extension": [{"url": "https://x"}], "_display": {}},
    ],
}

BAD: dict[str, list[Any]] = {
    BOOLEAN: ["true", "", 1, 0, None, [True], {}],
    INTEGER: ["5", 5.0, Decimal(5), True, None, 2**31, -(2**31) - 1, 10**4000, [5], {}],
    DECIMAL: [
        "5.6",
        True,
        None,
        float("nan"),
        float("inf"),
        Decimal("-Infinity"),
        Decimal("1e999999"),
        1e-200,
        [1],
        {},
    ],
    STRING: ["", " ", "\n\t", 5, True, None, "a\x00b", "a\x1b[2J", "\ud800", ["x"], {"zh": "x"}],
    DATE: [
        "",
        "26-03-01",
        "2026-3-1",
        "2026-02-29",
        "2026-13",
        "2026-00",
        "2026-04-31",
        "0000-01-01",
        "2026-03-01T08:00:00Z",
        " 2026",
        "2026\n",
        "２０２６",
        "20260301",
        20260301,
        None,
        [],
    ],
    TIME: [
        "",
        "8:30:00",
        "08:30",
        "24:00:00",
        "08:60:00",
        "08:30:61",
        "08:30:00Z",
        "08:30:00.",
        "08:30:00\n",
        830,
        None,
    ],
    DATETIME: [
        "2026-03-01T08:30:00",
        "2026-03-01T08:30Z",
        "2026-03-01 08:30:00Z",
        "2026-03T08:30:00Z",
        "2026T08:30:00Z",
        "2026-02-30T08:30:00Z",
        "2026-03-01T08:30:00+14:30",
        "2026-03-01T08:30:00+8",
        "2026-03-01T08:30:00z",
        "2026-03-01T",
        "T",
        "",
        None,
        {},
    ],
    CODING: [
        "a",
        {},
        [],
        None,
        {"code": ""},
        {"code": 5},
        {"code": None},
        {"code": "a", "system": ""},
        {"code": "a", "colour": "red"},
        [{"code": "a"}],
    ],
}

NAMES = {kind: name for name, kind in KINDS.items()}


def of(type_: str, cases: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(type_, value) for value in cases[type_]]


@pytest.mark.parametrize(("type_", "value"), [pair for type_ in GOOD for pair in of(type_, GOOD)])
def test_values_of_the_type_are_taken(type_: str, value: Any) -> None:
    assert codes(question(type_=type_), {NAMES[type_]: value}) == []


@pytest.mark.parametrize(("type_", "value"), [pair for type_ in BAD for pair in of(type_, BAD)])
def test_what_is_not_of_the_type_is_refused(type_: str, value: Any) -> None:
    assert codes(question(type_=type_), {NAMES[type_]: value}) == ["value_unreadable"]


@pytest.mark.parametrize("type_", [*GOOD, TEXT])
@pytest.mark.parametrize("other", GOOD)
def test_a_value_of_another_type_is_refused(type_: str, other: str) -> None:
    is_own = other == type_ or (type_ == TEXT and other == STRING)

    assert codes(question(type_=type_), {NAMES[other]: GOOD[other][0]}) == ([] if is_own else ["wrong_type"])


@pytest.mark.parametrize(
    "name", ["valueQuantity", "valueReference", "valueAttachment", "valueUri", "valueX", "value[x]"]
)
def test_a_value_of_a_type_not_asked_for_here_is_refused(name: str) -> None:
    assert codes(question(), {name: {"value": 1}}) == ["wrong_type"]


def test_values_are_read_as_they_are_stored() -> None:
    read = [
        read_given(BOOLEAN, True),
        read_given(INTEGER, -12),
        read_given(DECIMAL, Decimal("3.50")),
        read_given(DECIMAL, 0.1),
        read_given(DECIMAL, Decimal("1.5e3")),
        read_given(TIME, "08:30:00"),
    ]

    assert [given and given.value for given in read] == ["true", "-12", "3.50", "0.1", "1500", "08:30:00"]
