"""Periods, bands, permissions and tables: the pure rules of the consortium, on both sides of every limit."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortium import permissions
from consortium.disclosure import may_show_count, rater_band
from consortium.imports import exact_number, read_csv
from consortium.periods import Period
from consortium.permissions import Actor
from locales.errors import DomainError

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("written", ["2026-10", "2026-Q4", "2026", "2099-12", "2000-01"])
def test_a_period_is_written_as_it_was_read(written: str) -> None:
    assert str(Period.parse(written)) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-Q0",
        "26-10",
        "2026-1",
        " 2026",
        "2026-10-01",
        "２０２６",
        "1999",
        "2026-10\n",
    ],
)
def test_other_words_are_no_period(written: str) -> None:
    with pytest.raises(DomainError) as caught:
        Period.parse(written)

    assert caught.value.code == "period_invalid"


def test_a_month_begins_at_the_consortiums_midnight() -> None:
    start, end = Period.parse("2026-10").bounds(SHANGHAI)

    assert (start, end) == (datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC))


def test_quarters_and_years_hold_their_months() -> None:
    assert Period.parse("2026-Q4").bounds(SHANGHAI) == (
        Period.parse("2026-10").bounds(SHANGHAI)[0],
        Period.parse("2026-12").bounds(SHANGHAI)[1],
    )
    assert Period.parse("2026").bounds(SHANGHAI) == (
        Period.parse("2026-01").bounds(SHANGHAI)[0],
        Period.parse("2026-12").bounds(SHANGHAI)[1],
    )


@given(st.integers(2001, 2098), st.integers(1, 12))
def test_next_and_previous_undo_each_other(year: int, month: int) -> None:
    for period in (Period(year, month), Period(year, None, (month + 2) // 3), Period(year)):
        assert period.next().previous() == period
        assert period.bounds(SHANGHAI)[1] == period.next().bounds(SHANGHAI)[0]


@given(st.datetimes(datetime(2001, 1, 2), datetime(2098, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_every_moment_lies_in_exactly_its_month(moment: datetime) -> None:
    start, end = Period.month_of(moment, SHANGHAI).bounds(SHANGHAI)

    assert start <= moment < end


@pytest.mark.parametrize(
    ("raters", "band"),
    [(0, None), (4, None), (5, "5-9"), (9, "5-9"), (10, "10-19"), (19, "10-19"), (20, "20+"), (300, "20+")],
)
def test_raters_are_shown_as_bands(raters: int, band: str | None) -> None:
    assert rater_band(raters) == band


@pytest.mark.parametrize(("count", "shown"), [(0, False), (4, False), (5, True)])
def test_small_counts_are_hidden(count: int, shown: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert may_show_count(count) is shown


def actor(*roles: str, units: tuple[str, ...] = ()) -> Actor:
    return Actor("p", "P", "zh", frozenset(roles), frozenset(units))


MATRIX = [
    ("may_run_season", {"office"}),
    ("may_see_season", {"office", "committee", "auditor"}),
    ("may_propose_release", {"office"}),
    ("may_manage_people", {"office"}),
    ("may_read_drafts", {"office", "committee"}),
]


@pytest.mark.parametrize("role", permissions.ROLES)
@pytest.mark.parametrize(("predicate", "allowed"), MATRIX)
def test_each_role_may_exactly_what_the_table_says(predicate: str, allowed: set[str], role: str) -> None:
    assert getattr(permissions, predicate)(actor(role)) is (role in allowed)


def test_two_people_release() -> None:
    assert not permissions.may_release(actor("office"), proposed_by="p")
    assert permissions.may_release(actor("office"), proposed_by="other")
    assert not permissions.may_release(actor("committee"), proposed_by="other")


def test_a_representative_votes_for_their_own_unit_only() -> None:
    assert permissions.may_cast_ballot(actor("representative", units=("jia",)), "jia")
    assert not permissions.may_cast_ballot(actor("representative", units=("jia",)), "yi")
    assert not permissions.may_cast_ballot(actor("office", units=("jia",)), "jia")


def test_a_unit_sees_itself() -> None:
    assert permissions.may_see_unit(actor("representative", units=("jia",)), "jia")
    assert not permissions.may_see_unit(actor("representative", units=("jia",)), "yi")
    assert all(permissions.may_see_unit(actor(role), "yi") for role in ("office", "committee", "auditor"))
    assert not permissions.may_see_unit(actor("trustee"), "yi")


COLUMNS = ("unit", "value")


def keys(content: bytes) -> list[tuple[str, str]]:
    return [(finding.key, finding.code) for finding in read_csv(content, file="f.csv", columns=COLUMNS)[1]]


def test_a_table_is_read_with_its_lines() -> None:
    rows, findings = read_csv(
        '﻿unit,value\r\njia , 1\r\n\r\n"y\ni",2\r\n丙,3\r\n'.encode(), file="f.csv", columns=COLUMNS
    )

    assert findings == []
    assert [(row.line, row.values) for row in rows] == [
        (2, {"unit": "jia", "value": "1"}), (4, {"unit": "y\ni", "value": "2"}), (6, {"unit": "丙", "value": "3"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("unit", "column_missing"), ("value", "column_missing")]),
        (b"unit\njia\n", [("value", "column_missing")]),
        (b"unit,value,colour\n", [("colour", "column_unknown")]),
        (b"unit,value,unit\n", [("unit", "column_twice")]),
        (b"unit,value\njia\nyi,1\n", [("line 2", "row_ragged")]),
        (b"unit,value\njia,1,2\n", [("line 2", "row_ragged")]),
        (b"unit,value\njia,\xff\n", [("line 2", "table_not_utf8")]),
        (b"unit,value\njia,\x00\n", [("line 2", "table_odd_character")]),
        (b'unit,value\n"jia,1\n', [("line ?", "table_malformed")]),
        ("unit,value".encode("utf-16"), [("line 1", "table_not_utf8")]),
    ],
)
def test_a_fault_of_a_table_is_named_by_its_place(content: bytes, expected: list[tuple[str, str]]) -> None:
    assert keys(content) == expected


def test_a_huge_table_is_refused() -> None:
    assert keys(b"x" * (20 * 1024 * 1024 + 1)) == [("file", "table_too_large")]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_named(content: bytes) -> None:
    rows, findings = read_csv(content, file="f.csv", columns=COLUMNS)

    assert not (rows and findings and any(finding.code == "table_not_utf8" for finding in findings))


@pytest.mark.parametrize(
    ("written", "number"),
    [("1", Fraction(1)), ("-2.50", Fraction(-5, 2)), ("+3", Fraction(3)), ("0.000000000001", Fraction(1, 10**12))],
)
def test_numbers_are_read_exactly(written: str, number: Fraction) -> None:
    assert exact_number(written) == number


@pytest.mark.parametrize(
    "written",
    ["", "NaN", "Infinity", "1e999", "1,000", "１", "0x10", "1.", ".5", " 1", "1_000", "9" * 19, "--1", "1/3"],
)
def test_other_words_are_no_number(written: str) -> None:
    with pytest.raises(ValueError, match="number"):
        exact_number(written)
