"""Objects of a form: what is read, what is carried, what is left over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.elements import MOST_REFUSALS, Report, carriable, shown
from tests.surveys.fhir.samples import codes, element

WRONG: list[Any] = [7, Decimal("1.5"), True, ["x"], {"x": 1}, "word"]


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_what_says_nothing_is_absent(nothing: Any) -> None:
    raw = element({"a": nothing})

    assert (raw.has("a"), raw.take("a"), raw.string("a"), raw.tables("a")) == (False, None, None, [])
    assert raw.unread() == []
    assert codes(raw) == []


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize(
    ("read", "fits"),
    [
        (lambda raw: raw.string("a"), str),
        (lambda raw: raw.truth("a"), bool),
        (lambda raw: raw.word("a", ("word",)), str),
        (lambda raw: raw.table("a"), dict),
        (lambda raw: raw.tables("a"), list),
        (lambda raw: raw.whole("a", 1), int),
    ],
)
def test_a_wrong_type_is_refused_never_raised(value: Any, read: Any, fits: type) -> None:
    raw = element({"a": value})
    read(raw)
    is_fit = type(value) is fits and value != ["x"]

    assert codes(raw) == ([] if is_fit else [("a", "element_malformed")])


@pytest.mark.parametrize(("value", "is_fit"), [(1, True), (2**31 - 1, True), (0, False), (-1, False), (2**31, False)])
def test_whole_numbers_have_bounds(value: int, is_fit: bool) -> None:  # noqa: FBT001 - a row of the table
    raw = element({"a": value})

    assert (raw.whole("a", 1), codes(raw) == []) == (value if is_fit else None, is_fit)


def test_what_nobody_asked_for_is_refused_by_name() -> None:
    raw = element({"a": 1, "b": 2, "option": [1], "modifierExtension": [1], "empty": None})
    raw.take("a")
    raw.refuse_unread()

    assert codes(raw) == [("b", "element_unknown"), ("option", "element_older")]


def test_carried_is_a_copy_with_exact_numbers() -> None:
    value = {"a": [Decimal("1.50"), 0.1, 3, None, True, {"b": "x"}]}
    raw = element({"meta": value})
    raw.carry("meta", "absent")
    value["a"].clear()

    assert raw.carried == {"meta": {"a": [Decimal("1.50"), Decimal("0.1"), 3, None, True, {"b": "x"}]}}


@pytest.mark.parametrize("number", [10**50, -(10**50), Decimal("1E+999999")])
def test_numbers_that_nobody_means_are_not_carried(number: Any) -> None:
    raw = element({"meta": [{"n": number}]})
    raw.carry("meta")

    assert (raw.carried, codes(raw)) == ({}, [("meta", "element_malformed")])
    with pytest.raises(ValueError):
        carriable(number)


def test_a_report_keeps_each_thing_once_and_counts_the_rest() -> None:
    report = Report()
    for number in range(MOST_REFUSALS + 50):
        report.add(f"q{number}", "type", "fhir_type_unknown")
        report.add("q0", "type", "fhir_type_unknown")
    refusals = report.refusals()

    assert len(refusals) == MOST_REFUSALS + 1
    assert (refusals[-1].link_id, refusals[-1].code, refusals[-1].details) == (
        None,
        "fhir_more_refusals",
        {"count": 50},
    )


def test_names_of_a_file_are_cut() -> None:
    report = Report()
    report.add("l" * 1000, "f" * 1000, "fhir_element_unknown")
    (refusal,) = report.refusals()

    assert (len(refusal.link_id or ""), len(refusal.feature)) == (255, 120)


@pytest.mark.parametrize(
    ("value", "seen"),
    [("x" * 100, "x" * 80), (7, "7"), ({"a": 1}, "…"), ([1], "…"), (True, "True"), (None, "None")],
)
def test_foreign_values_are_shown_short(value: Any, seen: str) -> None:
    assert shown(value) == seen


def test_a_number_too_long_to_be_written_is_not_shown() -> None:
    assert shown(10**5000) == "…"
