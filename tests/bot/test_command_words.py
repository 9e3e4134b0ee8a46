"""Months and moments as people write them behind a command; whatever else is one clear refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.command_words import moment_in, month_in
from locales.errors import DomainError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CLOSES = datetime(2026, 11, 2, 18, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "written", ["2026-10", "2026/10", "2026.10", "2026年10月", "202610", "２０２６－１０", " 2026-10 "]
)
def test_months(written):
    assert str(month_in(written)) == "2026-10"


@pytest.mark.parametrize(
    "written", ["2026-13", "10", "2026", "2026-Q4", "soon", "2026-10 2026-11", "1999-10", "٢٠٢٦-١٠"]
)
def test_what_is_no_month(written):
    with pytest.raises(DomainError, match="command_month_malformed"):
        month_in(written)


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2026-11-05 18:00", "2026-11-05 18:00"),
        ("18:00 2026-11-05", "2026-11-05 18:00"),
        ("2026/11/5 9:30", "2026-11-05 09:30"),
        ("2026年11月5日 9点30分", "2026-11-05 09:30"),
        ("11月5日 9点", "2026-11-05 09:00"),
        ("11-05", "2026-11-05 18:00"),
        ("11-02", "2026-11-02 18:00"),
        ("01-03 08:00", "2027-01-03 08:00"),
        ("20:15", "2026-11-02 20:15"),
        ("２０２６－１１－０５　１８：００", "2026-11-05 18:00"),
    ],
)
def test_moments(written, local):
    found = moment_in(written, before=CLOSES, zone=SHANGHAI)
    assert found is not None
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == local
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    ["tomorrow", "2026-02-30", "25:00", "2026-11-05 18:00 x", "2026-11-05 2026-11-06", "18:00 19:00", "02-30"],
)
def test_what_is_no_moment(written):
    with pytest.raises(DomainError, match="command_time_malformed"):
        moment_in(written, before=CLOSES, zone=SHANGHAI)


def test_nothing_written_is_nothing():
    assert month_in("") is None
    assert moment_in("  ", before=CLOSES, zone=SHANGHAI) is None


def test_a_time_that_comes_twice_is_the_first_and_one_passed_over_comes_later():
    autumn = datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN)
    assert moment_in("10-25", before=autumn, zone=BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    spring = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    assert moment_in("03-29", before=spring, zone=BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(written):
    for read in (month_in, lambda words: moment_in(words, before=CLOSES, zone=SHANGHAI)):
        code, shown = refusal(read, written)
        assert code.startswith("command_")
        assert len(shown) <= 30


def refusal(read, written):
    try:
        read(written)
    except DomainError as error:
        return error.code, str(error.details["written"])
    return "command_was_read", ""
