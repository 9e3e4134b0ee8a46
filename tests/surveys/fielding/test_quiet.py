"""What must wait now: reminders to patients in the night, a minute before it, and while nobody knows when that is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from surveys.fielding.quiet import resting_keys
from tests.surveys.fielding.cast import set_surveys

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-10-20T{clock}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("clock", "rests"),
    [
        ("20:58:59", False), ("20:59:00", True), ("21:00:00", True), ("23:59:59", True), ("03:00:00", True),
        ("07:59:59", True), ("08:00:00", False), ("12:00:00", False),
    ],
)  # fmt: skip
def test_patients_rest_from_a_minute_before_the_quiet_hours_until_they_are_over(ready, clock, rests):
    assert resting_keys(ready, now=at(clock)) == ("resume:" if rests else "")


def test_nobody_rests_where_there_are_no_quiet_hours(ready):
    set_surveys(ready, quiet_from="08:00", quiet_until="08:00")
    assert {resting_keys(ready, now=at(f"{hour:02}:00:00")) for hour in range(24)} == {""}


def test_settings_that_no_longer_read_disturb_nobody(ready):
    set_surveys(ready, quiet_from="nine")
    assert resting_keys(ready, now=at("12:00:00")) == "resume:"
