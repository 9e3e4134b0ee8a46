"""Working days and due dates: dates known by hand, every day against the library, tables with something wrong in them."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortium.workday_calendar import (
    FEWEST_DAYS_OFF,
    WorkdayTable,
    built_in,
    due_date,
    lacks_next_year,
    merged,
    read_workdays,
    workdays_left,
    written_date,
)
from locales.errors import DomainError, explain

KNOWN = built_in()
YEAR_2027 = [
    "2027-01-01,off", "2027-01-02,off", "2027-01-03,off", "2027-02-05,off", "2027-02-06,off", "2027-02-07,off",
    "2027-02-08,off", "2027-02-09,off", "2027-02-10,off", "2027-02-11,off", "2027-02-20,work", "2027-10-01,off",
    "2027-10-04,off", "2027-10-05,off",
]  # fmt: skip
"""A calendar as the State Council might announce it; the true one is not known yet."""


def day(written: str) -> date:
    return date.fromisoformat(written)


def table(*rows: str) -> bytes:
    return "\n".join(["date,kind", *rows]).encode()


def read(*rows: str) -> WorkdayTable:
    found, findings = read_workdays(table(*rows))
    assert findings == []
    assert found is not None
    return found


def faults(content: bytes) -> list[tuple[str, str]]:
    found, findings = read_workdays(content)
    assert (found is None) == bool(findings)
    for finding in findings:
        sentences = [explain(language, finding) for language in ("zh", "en")]
        assert all("{" not in sentence for sentence in sentences)
    return [(finding.key, finding.code) for finding in findings]


@pytest.mark.parametrize(
    ("received", "workdays", "due"),
    [
        # counted on the calendar on the wall, holiday notices of the State Council beside it
        ("2026-01-01", 1, "2026-01-04"),  # New Year until Saturday the 3rd; Sunday the 4th is made up
        ("2026-01-02", 2, "2026-01-05"),
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday on which people work
        ("2026-02-13", 2, "2026-02-24"),  # Spring Festival from Sunday the 15th until Monday the 23rd
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-18", 5, "2026-02-28"),  # received on a holiday; Saturday the 28th is made up
        ("2026-02-27", 1, "2026-02-28"),
        ("2026-02-27", 2, "2026-03-02"),
        ("2026-01-26", 15, "2026-02-14"),
        ("2026-01-27", 15, "2026-02-24"),
        ("2026-04-03", 1, "2026-04-07"),  # Qingming: Saturday the 4th until Monday the 6th
        ("2026-04-30", 1, "2026-05-06"),  # Labour Day until Tuesday the 5th
        ("2026-04-30", 4, "2026-05-09"),  # Saturday the 9th is made up
        ("2026-06-18", 1, "2026-06-22"),  # Dragon Boat: Friday the 19th
        ("2026-09-18", 1, "2026-09-20"),  # a Sunday on which people work
        ("2026-09-24", 1, "2026-09-28"),  # Mid-autumn: Friday the 25th
        ("2026-09-30", 1, "2026-10-08"),  # the week of National Day
        ("2026-09-30", 3, "2026-10-10"),  # Saturday the 10th is made up
        ("2026-10-03", 15, "2026-10-27"),
        ("2026-10-09", 1, "2026-10-10"),
        ("2026-11-02", 15, "2026-11-23"),
        ("2026-11-06", 15, "2026-11-27"),
        ("2025-01-26", 3, "2025-02-06"),  # Sunday the 26th is made up; Spring Festival from the 28th until 4 February
        ("2025-09-30", 2, "2025-10-10"),  # Mid-autumn and National Day together until the 8th
        ("2024-02-09", 1, "2024-02-18"),  # Spring Festival from the 10th until the 17th; Sunday the 18th is made up
        ("2020-01-23", 1, "2020-02-03"),  # the year in which the holidays were prolonged
        ("2026-12-10", 15, "2026-12-31"),
        ("2026-12-30", 1, "2026-12-31"),
    ],
)
def test_due_dates_known_by_hand(received: str, workdays: int, due: str) -> None:
    found = due_date(day(received), workdays, KNOWN)
    assert (found.date, found.is_provisional) == (day(due), False)
    assert found.known_until == day("2026-12-31")


@pytest.mark.parametrize(
    ("received", "workdays", "due"),
    [
        ("2026-12-11", 15, "2027-01-01"),  # the trap: a Friday by the wall, New Year for everybody
        ("2026-12-31", 1, "2027-01-01"),
        ("2027-03-05", 1, "2027-03-08"),
        ("2026-06-01", 366, "2027-11-02"),
        ("2003-12-31", 1, "2004-01-02"),  # before the first year on record nothing is certain, either
        ("2003-12-30", 1, "2003-12-31"),
    ],
)
def test_beyond_the_known_calendar_a_date_is_provisional(received: str, workdays: int, due: str) -> None:
    found = due_date(day(received), workdays, KNOWN)
    is_known = found.date.year == 2004  # counted over known days alone
    assert (found.date, found.is_provisional) == (day(due), not is_known)


def test_every_day_of_twenty_years_agrees_with_the_library() -> None:
    days = [date(2007, 1, 1) + timedelta(days=number) for number in range((date(2027, 1, 1) - date(2007, 1, 1)).days)]
    assert [each for each in days if KNOWN.is_workday(each) != chinese_calendar.is_workday(each)] == []
    assert len(days) == 7305


@settings(max_examples=50, deadline=None)
@given(st.dates(date(2007, 1, 1), date(2024, 12, 31)), st.integers(1, 60))
def test_a_due_date_is_the_nth_working_day_and_one_itself(received: date, workdays: int) -> None:
    found = due_date(received, workdays, KNOWN)
    between = [received + timedelta(days=number) for number in range(1, (found.date - received).days + 1)]
    assert sum(chinese_calendar.is_workday(each) for each in between) == workdays
    assert chinese_calendar.is_workday(found.date)
    assert workdays_left(received, found.date, KNOWN) == workdays


@pytest.mark.parametrize("workdays", [0, -1, 367])
def test_a_number_of_days_out_of_range_is_refused(workdays: int) -> None:
    with pytest.raises(DomainError) as refusal:
        due_date(day("2026-11-02"), workdays, KNOWN)
    assert refusal.value.code == "workdays_out_of_range"


def test_no_year_makes_it_break() -> None:
    assert due_date(date(2199, 12, 31), 366, KNOWN).is_provisional
    assert due_date(date(1, 1, 1), 1, KNOWN).is_provisional
    with pytest.raises(DomainError) as refusal:
        due_date(date.max, 1, KNOWN)
    assert refusal.value.code == "due_date_unreachable"


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2026-11-20", 5),
        ("2026-11-25", 2),
        ("2026-11-27", 0),
        ("2026-11-28", -1),
        ("2026-11-30", -1),
        ("2026-12-04", -5),
    ],
)
def test_how_many_working_days_are_left(today: str, left: int) -> None:
    assert workdays_left(day(today), day("2026-11-27"), KNOWN) == left


@pytest.mark.parametrize(
    ("today", "lacks"),
    [("2026-10-31", False), ("2026-11-01", True), ("2027-03-01", True), ("2025-12-01", False)],
)
def test_from_november_on_the_next_year_is_asked_for(today: str, lacks: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert lacks_next_year(KNOWN, day(today)) is lacks


@pytest.mark.parametrize(
    "written",
    ["", "2026-2-1", "20261109", "2026-W45-1", "2026-02-30", "2026-13-01", "2026-11-09T00:00", "２０２６-11-09", "x"],
)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(DomainError) as refusal:
        written_date(written)
    assert refusal.value.code == "date_invalid"


# ── an imported year ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_imported_year_makes_the_trap_certain() -> None:
    found = read(*YEAR_2027)
    calendar = merged(KNOWN, found.days, found.until)
    assert calendar.known_until == found.until == day("2027-12-31")
    due = due_date(day("2026-12-11"), 15, calendar)
    assert (due.date, due.is_provisional) == (day("2027-01-04"), False)
    assert calendar.is_workday(day("2027-02-20"))
    assert not calendar.is_workday(day("2027-10-04"))
    assert calendar.before(2027).off == KNOWN.off
    assert calendar.before(2027).known_until == KNOWN.known_until


def test_the_new_years_table_may_move_a_day_of_december() -> None:
    found = read("2026-12-31,off", "2026-12-26,work", *YEAR_2027)
    calendar = merged(KNOWN, found.days, found.until)
    assert not calendar.is_workday(day("2026-12-31"))
    assert calendar.is_workday(day("2026-12-26"))
    assert not calendar.is_workday(day("2026-10-01"))


def test_a_year_that_is_imported_whole_takes_the_place_of_the_known_one() -> None:
    found = read(*(f"2026-03-{number:02d},off" for number in range(2, 2 + FEWEST_DAYS_OFF)))
    calendar = merged(KNOWN, found.days, found.until)
    assert calendar.is_workday(day("2026-10-01"))
    assert not calendar.is_workday(day("2026-02-14"))
    assert not calendar.is_workday(day("2026-03-02"))
    assert not calendar.is_workday(day("2025-10-01"))
    assert calendar.known_until == day("2026-12-31")


def test_nothing_imported_changes_nothing() -> None:
    assert merged(KNOWN, {}, None) == KNOWN


def test_an_older_table_does_not_shorten_what_is_known() -> None:
    found = read(*(f"2020-03-{number:02d},off" for number in range(2, 2 + FEWEST_DAYS_OFF)))
    assert merged(KNOWN, found.days, found.until).known_until == day("2026-12-31")


def test_columns_may_come_in_any_order_with_a_byte_order_mark() -> None:
    rows = [",".join(reversed(row.split(","))) for row in YEAR_2027]
    found, findings = read_workdays(b"\xef\xbb\xbf" + "\r\n".join(["kind,date", *rows]).encode())
    assert (findings, found) == ([], read(*YEAR_2027))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["2027-01-32,off"], [("line 2, date", "date_invalid")]),
        (["1999-01-01,off"], [("line 2, date", "workdays_year_out_of_range")]),
        (["2027-01-01,holiday"], [("line 2, kind", "workdays_kind_unknown")]),
        (["2027-01-04,work"], [("line 2, kind", "workdays_not_weekend")]),
        ([*YEAR_2027, "2027-01-01,off"], [("line 16, date", "workdays_day_twice")]),
        ([*YEAR_2027, "2027-01-02,work"], [("line 16, date", "workdays_day_twice")]),
        ([], [("file", "workdays_no_year")]),
        (YEAR_2027[:9], [("file", "workdays_no_year")]),
        ([*YEAR_2027, "2028-01-01,off"], [("line 16, date", "workdays_year_not_whole")]),
        ([*YEAR_2027, "2026-11-30,off"], [("line 16, date", "workdays_year_not_whole")]),
        (
            [row.replace("2027", "2028", 1) for row in YEAR_2027 if "work" not in row],
            [("line 2, date", "workdays_gap")],
        ),
        (["2027-01-01"], [("line 2", "row_ragged")]),
    ],
)
def test_a_table_with_a_fault_is_refused_line_by_line(rows: list[str], found: list[tuple[str, str]]) -> None:
    assert faults(table(*rows)) == found


def test_one_row_more_than_nine_days_off_is_a_year() -> None:
    nine = [row for row in YEAR_2027 if row.endswith("off")][:9]
    assert faults(table(*nine)) == [("file", "workdays_no_year")]
    assert read(*nine, "2027-05-03,off").until == day("2027-12-31")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "column_missing"),
        (b"date\n2027-01-01\n", "column_missing"),
        (b"date,kind,why\n", "column_unknown"),
        (b"date,kind\n\xff\xfe,off\n", "table_not_utf8"),
        (b'date,kind\n"2027-01-01,off\n', "table_malformed"),
        (b"date,kind\n2027-01-01\x00,off\n", "table_odd_character"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    assert code in {found for _, found in faults(content)}
