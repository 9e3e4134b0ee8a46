"""`[surveys]`: what holds where nothing is written, every bound, every fault by its key."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from surveys.fielding.settings import FieldingSettings, QuietHours, Window, parse_surveys


def faults(section: Any) -> list[tuple[str, str]]:
    return [(finding.key, finding.code) for finding in parse_surveys(section, file="schedule.toml")[1]]


def settings(**section: Any) -> FieldingSettings:
    found, findings = parse_surveys(section, file="schedule.toml")
    assert findings == []
    return found


@pytest.mark.parametrize("section", [None, {}])
def test_nothing_written_is_the_usual(section):
    found, findings = parse_surveys(section, file="schedule.toml")
    assert findings == []
    assert found == FieldingSettings()
    assert (found.quiet.begin, found.quiet.end) == (time(21), time(8))
    assert (found.reminders, found.spacing, found.fallback) == (2, timedelta(days=3), timedelta(days=3))
    assert (found.person_interval, found.persons) == (timedelta(days=90), "unit")
    assert found.window_of("outpatient") == Window(timedelta(hours=48), timedelta(days=42))


def test_day_surgery_may_be_asked_the_same_evening_unless_said_otherwise():
    assert settings().window_of("day_surgery") == Window(timedelta(hours=2), timedelta(days=42))
    assert settings(contact_after_hours=24).window_of("day_surgery") == Window(timedelta(hours=2), timedelta(days=42))
    changed = settings(kinds={"day_surgery": {"contact_after_hours": 6}})
    assert changed.window_of("day_surgery") == Window(timedelta(hours=6), timedelta(days=42))


def test_everything_written_is_taken():
    found = settings(
        quiet_from="20:30", quiet_until="09:15", reminders=0, reminder_days=7, fallback_days=5, person_days=0,
        persons="consortium", window_days=30, contact_after_hours=24,
        kinds={"inpatient": {"contact_after_hours": 72}, "checkup": {"window_days": 14}},
    )  # fmt: skip
    assert found.quiet == QuietHours(time(20, 30), time(9, 15))
    assert (found.reminders, found.spacing, found.fallback) == (0, timedelta(days=7), timedelta(days=5))
    assert (found.person_interval, found.persons) == (timedelta(0), "consortium")
    assert found.window_of("outpatient") == Window(timedelta(hours=24), timedelta(days=30))
    assert found.window_of("inpatient") == Window(timedelta(hours=72), timedelta(days=30))
    assert found.window_of("checkup") == Window(timedelta(hours=24), timedelta(days=14))


FAULTS = [
    ({"quiet_from": "24:00"}, [("surveys.quiet_from", "schedule_time_invalid")]),
    ({"quiet_until": "8:00"}, [("surveys.quiet_until", "schedule_time_invalid")]),
    ({"quiet_until": 8}, [("surveys.quiet_until", "schedule_time_invalid")]),
    ({"reminders": 11}, [("surveys.reminders", "out_of_range")]),
    ({"reminders": -1}, [("surveys.reminders", "out_of_range")]),
    ({"reminders": True}, [("surveys.reminders", "out_of_range")]),
    ({"reminder_days": 0}, [("surveys.reminder_days", "out_of_range")]),
    ({"fallback_days": "3"}, [("surveys.fallback_days", "out_of_range")]),
    ({"person_days": 3651}, [("surveys.person_days", "out_of_range")]),
    ({"persons": "hospital"}, [("surveys.persons", "value_unknown")]),
    ({"window_days": 366}, [("surveys.window_days", "out_of_range")]),
    ({"window_days": 2}, [("surveys.contact_after_hours", "contact_after_window")]),
    ({"kinds": 3}, [("surveys.kinds", "table_expected")]),
    ({"kinds": {"Day Surgery": {}}}, [("surveys.kinds.Day Surgery", "code_malformed")]),
    ({"kinds": {"x": {"quiet_from": "21:00"}}}, [("surveys.kinds.x.quiet_from", "key_unknown")]),
    ({"kinds": {"x": {"contact_after_hours": 48, "window_days": 2}}},
     [("surveys.kinds.x.contact_after_hours", "contact_after_window")]),
    ({"quite_from": "21:00"}, [("surveys.quite_from", "key_unknown")]),
    ([], [("surveys", "table_expected")]),
    ("21:00", [("surveys", "table_expected")]),
]  # fmt: skip


@pytest.mark.parametrize(("section", "expected"), FAULTS, ids=str)
def test_every_fault_is_named_by_its_key(section, expected):
    assert faults(section) == expected


def test_the_indicator_of_visits_is_a_code_or_nothing():
    assert parse_surveys({}, file="schedule.toml")[0].visits == ""
    assert parse_surveys({"visits": ""}, file="schedule.toml") == (FieldingSettings(), [])
    assert parse_surveys({"visits": "outpatient_visits"}, file="schedule.toml")[0].visits == "outpatient_visits"
    for odd in ("Visits", "1", "a b", "x" * 41, 3, ["visits"]):
        [finding] = parse_surveys({"visits": odd}, file="schedule.toml")[1]
        assert (finding.key, finding.code) == ("surveys.visits", "code_malformed")
