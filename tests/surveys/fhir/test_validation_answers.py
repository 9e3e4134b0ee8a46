"""Which values a question takes: its bounds, its options, and what a list leaves open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.validation import validate
from surveys.fhir.validation_values import KINDS
from surveys.structure import (
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    STRING,
    TEXT,
    TIME,
    Option,
    Question,
)
from tests.surveys.fhir.forms import choice, codes, coding, form, item, question, response, words

NAMES = {kind: name for name, kind in KINDS.items()}

# bounds


@pytest.mark.parametrize(
    ("type_", "low", "high", "inside", "outside"),
    [
        (INTEGER, "0", "10", [0, 10, 5], [-1, 11, 100, -(2**31)]),
        (INTEGER, "-5", "-2", [-5, -2], [-6, -1, 2]),
        (DECIMAL, "0.1", "0.3", [0.1, 0.3, Decimal("0.30")], [Decimal("0.09999999999999999999999"), 0.31, 3]),
        (DECIMAL, "0.3", "0.3", [Decimal("0.3"), 0.3], [0.1 + 0.2, Decimal("0.30000000000000000000001")]),
        (DECIMAL, "20", "2", [], [5.6, 20, 2]),
        (
            DATE,
            "2026-03-01",
            "2026-03-31",
            ["2026-03-01", "2026-03-31", "2026-03"],
            ["2026-02-28", "2026-04-01", "2025"],
        ),
        (TIME, "08:00:00", "17:30:00", ["08:00:00", "17:30:00", "08:00:00.0"], ["07:59:59", "17:30:01", "17:30:00.5"]),
        (
            DATETIME,
            "2026-03-01T00:00:00+08:00",
            "2026-03-01T12:00:00+08:00",
            ["2026-02-28T16:00:00Z", "2026-03-01T04:00:00Z"],
            ["2026-02-28T15:59:59Z", "2026-03-01T04:00:01Z", "2026-03-01T12:00:00Z", "2027"],
        ),
    ],
)
def test_bounds_are_exact_and_include_themselves(
    type_: str, low: str, high: str, inside: list[Any], outside: list[Any]
) -> None:
    bounded = question(type_=type_, minimum=low, maximum=high)

    assert [codes(bounded, {NAMES[type_]: value}) for value in inside] == [[]] * len(inside)
    assert [codes(bounded, {NAMES[type_]: value}) for value in outside] == [["out_of_range"]] * len(outside)


def test_one_bound_alone_holds() -> None:
    assert codes(question(type_=INTEGER, minimum="3"), {"valueInteger": 2}) == ["out_of_range"]
    assert codes(question(type_=INTEGER, minimum="3"), {"valueInteger": 2**31 - 1}) == []
    assert codes(question(type_=INTEGER, maximum="3"), {"valueInteger": 4}) == ["out_of_range"]


def test_decimals_are_counted_as_written() -> None:
    two = question(type_=DECIMAL, max_decimals=2)
    written = ["5", "5.1", "5.10", "5.100", "5.123", "1e-2", "1e-3", "1.25e2"]

    assert [codes(two, {"valueDecimal": Decimal(each)}) for each in written] == [
        [],
        [],
        [],
        ["too_many_decimals"],
        ["too_many_decimals"],
        [],
        ["too_many_decimals"],
        [],
    ]
    assert codes(question(type_=DECIMAL, max_decimals=0), {"valueDecimal": 1.5}) == ["too_many_decimals"]


@pytest.mark.parametrize("type_", [STRING, TEXT])
def test_lengths_count_characters_and_include_themselves(type_: str) -> None:
    bounded = question(type_=type_, min_length=2, max_length=4)

    assert [codes(bounded, words(said)) for said in ("好", "很好", "很好很好", "👍👍👍👍", "非常非常好")] == [
        ["too_short"],
        [],
        [],
        [],
        ["too_long"],
    ]


def test_no_string_is_longer_than_the_standard_allows() -> None:
    assert codes(question(type_=TEXT), words("x" * 2**20)) == []
    assert codes(question(type_=TEXT), words("x" * (2**20 + 1))) == ["too_long"]


def test_a_pattern_fits_the_whole_answer() -> None:
    postcode = question(pattern="[0-9]{6}", entry_format="100032")

    assert codes(postcode, words("100032")) == []
    assert [codes(postcode, words(each)) for each in ("10003", "1000321", "x100032", "１０００３２")] == [
        ["bad_pattern"]
    ] * 4


# options


def test_an_option_is_told_by_system_and_code() -> None:
    assert codes(choice(), coding("a")) == []
    assert codes(choice(), coding("a", display="叫法不同")) == []
    assert codes(choice(), coding("d")) == ["not_an_option"]
    assert codes(choice(), coding("a", "https://erp.example")) == ["not_an_option"]
    assert codes(choice(), coding("a", None)) == ["not_an_option"]
    assert codes(choice(), coding("A")) == ["not_an_option"]
    assert codes(choice(), {"valueCoding": {"display": "a"}}) == ["not_an_option"]


def test_an_option_without_a_system_wants_none() -> None:
    plain = choice(options=(Option("a", {}),))

    assert codes(plain, coding("a", None)) == []
    assert codes(plain, coding("a")) == ["not_an_option"]


def test_options_of_a_list_are_not_taken_as_words() -> None:
    assert codes(choice(), words("a")) == ["wrong_type"]


def test_a_list_of_words_is_answered_with_its_words() -> None:
    written = choice(options=(Option("很好", {}, value_type=STRING), Option("不好", {}, value_type=STRING)))

    assert codes(written, words("很好")) == []
    assert codes(written, words(" 很好 ")) == []
    assert codes(written, words("还行")) == ["not_an_option"]
    assert codes(written, coding("很好", None)) == ["not_an_option"]


@pytest.mark.parametrize(
    ("type_", "listed", "other"),
    [(INTEGER, 5, 6), (DATE, "2026-03-01", "2026-03-02"), (TIME, "08:30:00", "08:31:00"), (STRING, "x", "y")],
)
@pytest.mark.parametrize("is_choice", [True, False])
def test_options_of_every_type_are_told_by_their_value(type_: str, listed: Any, other: Any, *, is_choice: bool) -> None:
    one = choice(type=CODING if is_choice else type_, options=(Option(str(listed), {}, value_type=type_),))

    assert codes(one, {NAMES[type_]: listed}) == []
    assert codes(one, {NAMES[type_]: other}) == ["not_an_option"]
    assert codes(one, {"valueBoolean": True}) == ["wrong_type"]


def test_an_open_list_takes_words_but_no_other_code() -> None:
    open_ = choice(constraint=OPTIONS_OR_STRING, max_length=4)

    assert codes(open_, coding("a")) == []
    assert codes(open_, words("挂号处")) == []
    assert codes(open_, words("挂号处旁边")) == ["too_long"]
    assert codes(open_, coding("d")) == ["not_an_option"]
    assert codes(open_, {"valueInteger": 3}) == ["wrong_type"]


def test_a_list_open_to_its_type_takes_any_value_of_it() -> None:
    open_ = choice(constraint=OPTIONS_OR_TYPE)
    number = choice(
        type=INTEGER, constraint=OPTIONS_OR_TYPE, options=(Option("5", {}, value_type=INTEGER),), maximum="9"
    )

    assert codes(open_, coding("d")) == []
    assert codes(open_, coding("d", None)) == []
    assert codes(open_, words("d")) == ["wrong_type"]
    assert [codes(number, {"valueInteger": n}) for n in (5, 9, 10)] == [[], [], ["out_of_range"]]


def test_a_choice_without_a_list_takes_codings_and_where_open_words() -> None:
    assert codes(choice(options=()), coding("z")) == []
    assert codes(choice(options=()), words("z")) == ["wrong_type"]
    assert codes(choice(options=(), constraint=OPTIONS_OR_STRING), words("z")) == []


# what is told


@pytest.mark.parametrize(
    ("one", "value", "details"),
    [
        (choice(), words("a"), {"found": "valueString", "expected": "valueCoding"}),
        (
            choice(constraint=OPTIONS_OR_STRING),
            {"valueX": 1},
            {"found": "valueX", "expected": "valueCoding, valueString"},
        ),
        (choice(), coding("d", None), {"answer": "d", "system": "–"}),
        (choice(), {"valueCoding": {"display": "很好"}}, {"answer": "很好", "system": "–"}),
        (question(type_=INTEGER, maximum="3"), {"valueInteger": 4}, {"answer": "4", "low": "–", "high": "3"}),
        (question(type_=INTEGER, minimum="3"), {"valueInteger": 2}, {"answer": "2", "low": "3", "high": "–"}),
        (question(pattern="[0-9]+"), words("x" * 100), {"answer": "x" * 60 + "…", "example": "[0-9]+"}),
        (question(pattern="[0-9]+", entry_format="12"), words("x\ny"), {"answer": "x\ufffdy", "example": "12"}),
        (question(min_length=3), words("ab"), {"limit": 3, "length": 2}),
    ],
)
def test_a_fault_tells_what_was_found_and_what_is_wanted(
    one: Question, value: dict[str, Any], details: dict[str, object]
) -> None:
    (fault,) = validate(form(one), response(item("q", value)))

    assert fault.details == details
