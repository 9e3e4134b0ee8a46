"""Answers by type: what is stored, what is asked again and why, and how two compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.errors import Reask, explain
from surveys.structure import Option, Question
from surveys.values import compare, is_stored, read_value, shown_range
from tests.surveys.hostile import HOSTILE

WORDS = {"zh": "字", "en": "word"}
TYPES = ("boolean", "integer", "decimal", "date", "time", "dateTime", "string", "text")


def of(type_: str, **more) -> Question:
    return Question("q", type_, WORDS, **more)


def options(*codes: str, type_: str = "coding") -> tuple[Option, ...]:
    return tuple(Option(code, WORDS, value_type=type_) for code in codes)


@pytest.mark.parametrize(
    ("type_", "raw", "stored"),
    [
        ("boolean", "true", "true"),
        ("boolean", " false ", "false"),
        ("integer", "7", "7"),
        ("integer", " -012 ", "-12"),
        ("integer", "+3", "3"),
        ("integer", "-0", "0"),
        ("integer", "2147483647", "2147483647"),
        ("decimal", "3.50", "3.50"),
        ("decimal", "-003.50", "-3.50"),
        ("decimal", ".5", "0.5"),
        ("decimal", "-.0", "0.0"),
        ("decimal", "+10", "10"),
        ("decimal", "0.000000000000000001", "0.000000000000000001"),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "0001-01-01", "0001-01-01"),
        ("time", "08:30", "08:30:00"),
        ("time", "23:59:59", "23:59:59"),
        ("time", "23:59:59.25", "23:59:59.25"),
        ("dateTime", "2026-03-01T08:30+08:00", "2026-03-01T08:30:00+08:00"),
        ("dateTime", "2026-03-01T08:30:15Z", "2026-03-01T08:30:15Z"),
        ("string", "  两 行\r\n文字 ", "两 行 文字"),
        ("text", "  两 行\r\n文字 ", "两 行\n文字"),
        ("string", "e\u0301", "é"),
    ],
)
def test_value_is_stored_in_its_one_form(type_, raw, stored):
    assert read_value(of(type_), raw) == stored
    assert read_value(of(type_), stored) == stored  # and that form reads as itself
    assert is_stored(type_, stored)


@pytest.mark.parametrize(
    ("type_", "raw", "code"),
    [
        ("boolean", "yes", "answer_not_an_option"),
        ("boolean", "True", "answer_not_an_option"),
        ("boolean", "1", "answer_not_an_option"),
        ("integer", "7.5", "answer_not_whole"),
        ("integer", "7.0", "answer_not_whole"),
        ("integer", "1e3", "answer_not_a_number"),
        ("integer", "seven", "answer_not_a_number"),
        ("integer", "七", "answer_not_a_number"),
        ("integer", "٧", "answer_not_a_number"),
        ("integer", "1_000", "answer_not_a_number"),
        ("integer", "2147483648", "answer_out_of_range"),
        ("integer", "9" * 10**6, "answer_not_a_number"),
        ("decimal", "1e999", "answer_not_a_number"),
        ("decimal", "1e-999999999", "answer_not_a_number"),
        ("decimal", "NaN", "answer_not_a_number"),
        ("decimal", "-Infinity", "answer_not_a_number"),
        ("decimal", "1,5", "answer_not_a_number"),
        ("decimal", "5.", "answer_not_a_number"),
        ("decimal", "0." + "1" * 19, "answer_not_a_number"),
        ("date", "2026-02-30", "answer_not_a_date"),
        ("date", "2026-2-3", "answer_not_a_date"),
        ("date", "2026-03", "answer_not_a_date"),
        ("date", "2026-W10-1", "answer_not_a_date"),
        ("date", "0000-01-01", "answer_not_a_date"),
        ("date", "２０２６-03-01", "answer_not_a_date"),
        ("time", "24:00", "answer_not_a_time"),
        ("time", "8:30", "answer_not_a_time"),
        ("time", "08:30:61", "answer_not_a_time"),
        ("time", "08:30Z", "answer_not_a_time"),
        ("dateTime", "2026-03-01", "answer_not_a_moment"),
        ("dateTime", "2026-03-01T08:30", "answer_not_a_moment"),
        ("dateTime", "2026-02-30T08:30Z", "answer_not_a_moment"),
        ("dateTime", "2026-03-01T25:30Z", "answer_not_a_moment"),
        ("dateTime", "2026-03-01T08:30+15:00", "answer_not_a_moment"),
        ("dateTime", "2026-03-01 08:30Z", "answer_not_a_moment"),
        ("string", "\ud800", "answer_unreadable"),
        ("text", "x" * 501, "answer_too_long"),
        ("text", "x" * 10**7, "answer_too_long"),
        ("coding", "x", "answer_not_an_option"),
    ],
)
def test_value_that_is_none_of_its_type_is_asked_again(type_, raw, code):
    again = read_value(of(type_), raw)
    assert isinstance(again, Reask)
    assert again.code == code
    assert all("{" not in explain(language, again) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("question", "raw", "reask"),
    [
        (of("integer", minimum="0", maximum="10"), "11", Reask("answer_out_of_range", {"low": "0", "high": "10"})),
        (of("integer", minimum="0", maximum="10"), "-1", Reask("answer_out_of_range", {"low": "0", "high": "10"})),
        (of("integer", minimum="18"), "17", Reask("answer_too_small", {"low": "18"})),
        (of("decimal", maximum="1.5"), "1.51", Reask("answer_too_large", {"high": "1.5"})),
        (of("decimal", max_decimals=1), "1.25", Reask("answer_decimals", {"limit": 1})),
        (of("decimal", max_decimals=0), "1.5", Reask("answer_not_whole")),
        (of("date", maximum="2026-03-01"), "2026-03-02", Reask("answer_too_large", {"high": "2026-03-01"})),
        (of("date", minimum="2026"), "2025-12-31", Reask("answer_too_small", {"low": "2026"})),
        (of("time", minimum="08:00:00"), "07:59", Reask("answer_too_small", {"low": "08:00:00"})),
        (
            of("dateTime", minimum="2026-03-01T00:00:00Z"),
            "2026-03-01T07:59:59+08:00",
            Reask("answer_too_small", {"low": "2026-03-01T00:00:00Z"}),
        ),
        (of("string", min_length=3), "好吗", Reask("answer_too_short", {"limit": 3})),
        (of("string", max_length=2), "好好好", Reask("answer_too_long", {"limit": 2})),
        (of("integer", max_length=2), "123", Reask("answer_too_long", {"limit": 2})),
        (
            of("string", pattern="[A-Z]{2}", entry_format="AB"),
            "ab",
            Reask("answer_pattern", {"example": "AB"}),
        ),
        (of("string", pattern="[A-Z]{2}"), "ab", Reask("answer_pattern", {"example": "[A-Z]{2}"})),
        (of("string", pattern=r"(a)\1"), "aa", Reask("answer_pattern", {"example": r"(a)\1"})),  # never judged unread
    ],
)
def test_value_beyond_its_authors_bounds_is_asked_again_saying_which(question, raw, reask):
    assert read_value(question, raw) == reask
    for language in ("zh", "en"):
        assert all(str(detail) in explain(language, reask) for detail in reask.details.values())


@pytest.mark.parametrize(
    ("question", "raw"),
    [
        (of("integer", minimum="0", maximum="10"), "0"),
        (of("integer", minimum="0", maximum="10"), "10"),
        (of("decimal", minimum="1.50"), "1.5"),
        (of("decimal", max_decimals=2), "1.25"),
        (of("date", minimum="2026-03", maximum="2026-03"), "2026-03-15"),
        (of("dateTime", maximum="2026-03-01T00:00:00Z"), "2026-03-01T08:00:00+08:00"),
        (of("string", min_length=2, max_length=2, pattern="[一-鿿]+"), "好的"),
    ],
)
def test_value_at_its_bounds_is_taken(question, raw):
    assert read_value(question, raw) == raw


def test_option_is_stored_by_its_code_and_nothing_else_is_taken():
    question = of("coding", options=options("yes", "no"))
    assert read_value(question, "yes") == "yes"
    for raw in ("YES", " yes", "是", "", "~yes", "~"):
        assert read_value(question, raw) == Reask("answer_not_an_option")


def test_option_of_a_number_date_or_time_may_be_written_in_another_way():
    assert read_value(of("integer", options=options("5", type_="integer")), "+05") == "5"
    assert read_value(of("time", options=options("08:30:00", type_="time")), "08:30") == "08:30:00"
    assert read_value(of("integer", options=options("5", type_="integer")), "6") == Reask("answer_not_an_option")


def test_own_words_beside_options_are_marked_as_such():
    question = of("coding", options=options("a"), constraint="optionsOrString", max_length=5, min_length=2)
    assert read_value(question, "~ 别的\n话 ") == "~别的 话"
    assert read_value(question, "a") == "a"
    assert read_value(question, "别的") == Reask("answer_not_an_option")
    assert read_value(question, "~ \u200b") == Reask("answer_words_missing")
    assert read_value(question, "~" + "x" * 6) == Reask("answer_too_long", {"limit": 5})
    assert read_value(question, "~x") == Reask("answer_too_short", {"limit": 2})
    assert read_value(question, "~\ud800") == Reask("answer_unreadable")


def test_value_of_the_type_beside_options_is_taken_where_it_may_be():
    question = of("integer", options=options("1", type_="integer"), constraint="optionsOrType", maximum="9")
    assert read_value(question, "1") == "1"
    assert read_value(question, "7") == "7"
    assert read_value(question, "10") == Reask("answer_too_large", {"high": "9"})
    coded = of("coding", options=options("1"), constraint="optionsOrType")
    assert read_value(coded, "7") == Reask("answer_not_an_option")  # a person cannot type a coding


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_text_is_read_as_text_or_asked_again(type_, raw):
    value = read_value(of(type_), raw)
    if isinstance(value, str) and value:
        assert read_value(of(type_), value) == value
        assert value.isprintable() or type_ in {"string", "text"}


@given(st.sampled_from(TYPES), st.text(max_size=30))
def test_any_text_is_stored_in_one_form_or_asked_again(type_, raw):
    value = read_value(of(type_), raw)
    if isinstance(value, str) and value:
        assert read_value(of(type_), value) == value
        assert is_stored(type_, value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_decimal_keeps_its_digits(number):
    written = format(number, "f")
    assert read_value(of("decimal"), written) == (written if number or not written.startswith("-") else written[1:])


# --- comparing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "left", "right", "order"),
    [
        ("integer", "9", "10", -1),
        ("integer", "-3", "-12", 1),
        ("decimal", "3.50", "3.5", 0),
        ("decimal", "3.5000000000000000001", "3.5", None),  # more digits than are ever stored
        ("decimal", "0.1", "0.09", 1),
        ("date", "2026-03-01", "2026-02-28", 1),
        ("date", "2026-03", "2026-03-15", None),
        ("date", "2026-03", "2026-04-01", -1),
        ("date", "2026", "2025-12-31", 1),
        ("date", "2026", "2026", 0),
        ("date", "2024-02", "2024-03-01", -1),
        ("date", "2026-12", "2027", -1),
        ("date", "9999", "9998-12-31", 1),
        ("date", "2026-13", "2026-01", None),
        ("time", "08:30:00", "08:30:00.5", -1),
        ("time", "23:00:00", "08:00:00", 1),
        ("dateTime", "2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00Z", 0),
        ("dateTime", "2026-03-01T08:00:00+08:00", "2026-03-01T08:00:00Z", -1),
        ("dateTime", "2026-03-01T08:00:00-05:00", "2026-03-01T13:00:00Z", 0),
        ("dateTime", "2026-03-01", "2026-03-01T08:00:00Z", None),
        ("dateTime", "2026-03-01", "2026-03-04T08:00:00Z", -1),
        ("dateTime", "2026-03-01", "2026-02-28T13:00:00Z", None),  # it is March already in the east
        ("dateTime", "2026-03-01", "2026-02-28T09:00:00Z", 1),
        ("dateTime", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", -1),
        ("boolean", "false", "true", -1),
        ("coding", "a", "a", 0),
        ("coding", "a", "b", -1),
        ("string", "b", "a", 1),
    ],
)
def test_values_compare_by_what_they_mean(type_, left, right, order):
    assert compare(type_, left, right) == order
    assert compare(type_, right, left) == (None if order is None else -order)


@given(st.sampled_from(TYPES), st.text(max_size=20), st.text(max_size=20))
def test_comparing_anything_raises_nothing(type_, left, right):
    assert compare(type_, left, right) in {None, -1, 0, 1}
    assert compare(type_, left, left) == 0


@given(st.dates(), st.dates())
def test_dates_compare_as_dates(one, other):
    order = (one > other) - (one < other)
    assert compare("date", one.isoformat(), other.isoformat()) == order


@given(st.integers(1, 9999), st.integers(1, 12), st.dates())
def test_month_compares_as_all_its_days(year, month, day):
    written = f"{year:04}-{month:02}"
    this = (year, month)
    that = (day.year, day.month)
    expected = None if this == that else (this > that) - (this < that)
    assert compare("date", written, day.isoformat()) == expected


# --- the range in words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "zh", "en"),
    [
        ({"minimum": "0", "maximum": "10"}, "0 到 10", "0 to 10"),
        ({"minimum": "18"}, "不小于 18", "at least 18"),
        ({"maximum": "1.5"}, "不大于 1.5", "at most 1.5"),
        ({}, "", ""),
    ],
)
def test_shown_range_says_both_ends_or_one_or_nothing(bounds, zh, en):
    question = of("decimal", **bounds)
    assert (shown_range(question, "zh"), shown_range(question, "en")) == (zh, en)
