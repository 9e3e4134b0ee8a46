"""The timetable: what is due when, month ends, changes of clocks, and every fault of `schedule.toml` by its key."""

from __future__ import annotations

import itertools
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from consortium.periods import Period
from locales.errors import explain
from scheduler.timetable import DAILY, Due, Line, Timetable, due, due_time, parse_schedule, without_missed_days

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
EXAMPLE = Path(app.__file__ or "").parent / "example" / "schedule.toml"


def line(**changed: Any) -> dict[str, Any]:
    return {"name": "remind", "day": 25, "time": "10:00", "month": "this", "late": "run", **changed}


def document(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"jobs": list(lines), "cooperation": {"file": "cooperation.csv"}, **more}


def faults(read: Any) -> list[tuple[str, str]]:
    """(key, code) of every finding; each has a sentence in both languages that names file and key."""
    _, findings = parse_schedule(read, file="schedule.toml")
    for finding in findings:
        sentences = {language: explain(language, finding) for language in ("zh", "en")}
        assert sentences["zh"] != sentences["en"]
        assert all("schedule.toml" in sentence and finding.key in sentence for sentence in sentences.values())
    return [(finding.key, finding.code) for finding in findings]


def timetable(*lines: dict[str, Any]) -> Timetable:
    read, findings = parse_schedule(document(*lines), file="schedule.toml")
    assert findings == []
    return read


def moments(table: Timetable, after: str, until: str, zone: ZoneInfo = SHANGHAI) -> list[str]:
    """What is due, as "job due-time-there month"."""
    runs = due(table, after=at(after, zone), until=at(until, zone), zone=zone)
    return [f"{run.job} {run.due_at.astimezone(zone):%m-%d %H:%M} {run.period}" for run in runs]


def at(written: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone).astimezone(UTC)


# ── what is due ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_is_read_without_findings_and_names_every_job():
    table, findings = parse_schedule(tomllib.loads(EXAMPLE.read_text("utf-8")), file="schedule.toml")
    assert findings == []
    assert [each.job for each in table.lines] == [
        "open",
        "invite",
        "remind",
        "close",
        "count",
        "settle",
        "draft",
        "survey",
        "examine",
        "follow_up",
        "watch",
    ]
    assert table.cooperation_file == "cooperation.csv"


def test_the_example_runs_one_month_in_order_and_looks_after_surveys_and_answers_every_day():
    table, _ = parse_schedule(tomllib.loads(EXAMPLE.read_text("utf-8")), file="schedule.toml")
    found = moments(table, "2026-10-22", "2026-11-04")
    days = [datetime(2026, 10, 22, tzinfo=UTC) + timedelta(days=number) for number in range(13)]
    assert [each for each in found if each.startswith("survey")] == [
        f"survey {day:%m-%d} 10:30 {day:%Y-%m}" for day in days
    ]
    assert [each for each in found if each.startswith("examine")] == [
        f"examine {day:%m-%d} 07:30 {day:%Y-%m}" for day in days
    ]
    assert [each for each in found if each.split()[0] not in DAILY] == [
        "open 10-22 09:00 2026-10",
        "invite 10-22 09:30 2026-10",
        "remind 10-25 10:00 2026-10",
        "remind 10-28 10:00 2026-10",
        "remind 10-31 10:00 2026-10",
        "close 11-02 18:00 2026-10",
        "count 11-02 18:10 2026-10",
        "settle 11-03 06:00 2026-10",
        "draft 11-03 09:00 2026-10",
    ]


def test_answers_are_looked_through_before_a_settlement_that_is_due_at_the_same_moment():
    table = timetable(
        line(name="settle", day=3, month="previous"),
        line(name="examine", day="every"),
        line(name="survey", day="every"),
    )
    runs = due(table, after=at("2026-11-03"), until=at("2026-11-03 12:00"), zone=SHANGHAI)
    assert [run.job for run in runs] == ["examine", "settle", "survey"]


def test_due_leaves_out_the_start_and_takes_the_end():
    table = timetable(line())
    exact = at("2026-10-25 10:00")
    assert due(table, after=exact, until=exact + timedelta(days=1), zone=SHANGHAI) == ()
    assert due(table, after=exact - timedelta(microseconds=1), until=exact, zone=SHANGHAI) == (
        Due("remind", exact, Period(2026, 10), "run"),
    )


def test_due_of_an_interval_that_goes_backwards_is_nothing():
    table = timetable(line())
    assert due(table, after=at("2026-11-25 10:00"), until=at("2026-10-01 00:00"), zone=SHANGHAI) == ()


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (31, ["01-31", "02-28", "03-31", "04-30"]),
        (29, ["01-29", "02-28", "03-29", "04-29"]),
        (-1, ["01-31", "02-28", "03-31", "04-30"]),
        (-31, ["01-01", "02-01", "03-01", "04-01"]),
        (-29, ["01-03", "02-01", "03-03", "04-02"]),
        (1, ["01-01", "02-01", "03-01", "04-01"]),
    ],
)
def test_a_day_that_a_month_does_not_have_is_its_last_or_first(day, months):
    runs = moments(timetable(line(day=day)), "2027-01-01 00:00", "2027-04-30 23:59")
    assert [run.split()[1] for run in runs] == months


def test_the_29th_of_february_exists_in_a_leap_year():
    assert moments(timetable(line(day=29)), "2028-02-01", "2028-03-01") == ["remind 02-29 10:00 2028-02"]


def test_days_that_fall_together_in_a_short_month_are_due_once():
    table = timetable(line(day=[28, 29, 30, 31, -1]))
    assert moments(table, "2027-02-01", "2027-03-01") == ["remind 02-28 10:00 2027-02"]
    assert len(moments(table, "2027-03-01", "2027-04-01")) == 4


def test_the_previous_month_of_january_is_december():
    table = timetable(line(name="settle", day=3, month="previous"))
    assert moments(table, "2027-01-01", "2027-01-31") == ["settle 01-03 10:00 2026-12"]


def test_a_run_just_after_midnight_there_may_be_due_in_another_utc_month():
    table = timetable(line(day=1, time="00:00"))
    runs = due(table, after=at("2026-10-31 12:00"), until=at("2026-11-01 00:00"), zone=SHANGHAI)
    assert runs == (Due("remind", datetime(2026, 10, 31, 16, tzinfo=UTC), Period(2026, 11), "run"),)


def test_jobs_due_at_one_moment_come_in_the_order_of_a_season():
    table = timetable(
        line(name="draft", day=3, month="previous"),
        line(name="settle", day=3, month="previous"),
        line(name="count", day=3, month="previous"),
    )
    assert [run.split()[0] for run in moments(table, "2026-11-01", "2026-11-30")] == ["count", "settle", "draft"]


def test_a_time_that_the_clocks_pass_over_comes_an_hour_later():
    table = timetable(line(day=-1, time="02:30"))  # 28 March 2027: from 02:00 to 03:00
    assert moments(Timetable((Line("remind", (28,), 2, 30, "this", "run"),)), "2027-03-28", "2027-03-29", BERLIN) == [
        "remind 03-28 03:30 2027-03"
    ]
    assert len(moments(table, "2027-03-01", "2027-04-01", BERLIN)) == 1


def test_a_time_that_comes_twice_is_taken_the_first_time_only():
    table = timetable(line(day=31, time="02:30"))  # 31 October 2027: from 03:00 back to 02:00
    runs = due(table, after=at("2027-10-01", BERLIN), until=at("2027-11-01", BERLIN), zone=BERLIN)
    assert [run.due_at for run in runs] == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]


@given(
    cuts=st.lists(st.integers(0, 60 * 24 * 60), min_size=1, max_size=12),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
    zone=st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia")]),
)
def test_however_the_time_is_cut_into_looks_each_run_is_due_once(cuts, start, zone):
    table, _ = parse_schedule(tomllib.loads(EXAMPLE.read_text("utf-8")), file="schedule.toml")
    first = start.replace(tzinfo=UTC)
    edges = [first, *(first + timedelta(minutes=minutes) for minutes in sorted(cuts))]
    pieces = [run for one, next_ in itertools.pairwise(edges) for run in due(table, after=one, until=next_, zone=zone)]
    whole = due(table, after=edges[0], until=edges[-1], zone=zone)
    assert tuple(pieces) == whole
    assert len({(run.job, run.due_at) for run in whole}) == len(whole)


def test_due_time_finds_the_run_of_a_period_wherever_it_lies():
    table = timetable(line(name="close", day=2, time="18:00", month="previous"), line(day=[25, 28]))
    assert due_time(table, job="close", period=Period(2026, 12), zone=SHANGHAI) == at("2027-01-02 18:00")
    assert due_time(table, job="remind", period=Period(2026, 12), zone=SHANGHAI) == at("2026-12-25 10:00")
    assert due_time(table, job="draft", period=Period(2026, 12), zone=SHANGHAI) is None


@pytest.mark.parametrize("month", ["2026-01", "2026-02", "2026-04", "2028-02"])
def test_every_day_is_each_day_of_a_month_once(month):
    table = timetable(line(name="survey", day="every"))
    first = Period.parse(month)
    start, end = first.bounds(SHANGHAI)
    found = due(table, after=start, until=end - timedelta(seconds=1), zone=SHANGHAI)
    assert [run.due_at for run in found] == [
        start + timedelta(days=number, hours=10) for number in range((end - start).days)
    ]


def test_of_days_that_were_missed_only_the_last_is_made_good():
    table = timetable(
        line(name="survey", day="every"), line(name="examine", day="every", time="09:00"), line(day=[25, 28])
    )
    runs = due(table, after=at("2026-10-20"), until=at("2026-10-30"), zone=SHANGHAI)
    kept = without_missed_days(runs)
    assert [f"{run.job} {run.due_at.astimezone(SHANGHAI):%m-%d}" for run in kept] == [
        "remind 10-25",
        "remind 10-28",
        "examine 10-29",
        "survey 10-29",
    ]
    assert without_missed_days([]) == ()


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_document_is_an_empty_timetable():
    assert parse_schedule({}, file="schedule.toml") == (Timetable(), [])


@pytest.mark.parametrize(
    ("changed", "key", "code"),
    [
        ({"name": "reminder"}, "jobs[0].name", "schedule_job_unknown"),
        ({"name": 7}, "jobs[0].name", "schedule_job_unknown"),
        ({"day": 0}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": 32}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": -32}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": "1"}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": True}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": 1.0}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": []}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": [1, 1]}, "jobs[0].day", "schedule_day_invalid"),
        ({"day": [1, [2]]}, "jobs[0].day", "schedule_day_invalid"),
        ({"time": "24:00"}, "jobs[0].time", "schedule_time_invalid"),
        ({"time": "9:00"}, "jobs[0].time", "schedule_time_invalid"),
        ({"time": "09:60"}, "jobs[0].time", "schedule_time_invalid"),
        ({"time": "09:00\n"}, "jobs[0].time", "schedule_time_invalid"),
        ({"time": "٠٩:٠٠"}, "jobs[0].time", "schedule_time_invalid"),
        ({"time": 9}, "jobs[0].time", "schedule_time_invalid"),
        ({"month": "next"}, "jobs[0].month", "schedule_choice_unknown"),
        ({"late": "wait"}, "jobs[0].late", "schedule_choice_unknown"),
        ({"zone": "UTC"}, "jobs[0].zone", "schedule_key_unknown"),
        ({"name": "close", "day": [1, 2]}, "jobs[0].day", "schedule_once_a_month"),
        ({"name": "settle"}, "jobs[0].month", "schedule_month_not_over"),
        ({"name": "draft"}, "jobs[0].month", "schedule_month_not_over"),
    ],
)
def test_a_fault_in_a_line_is_named_by_its_key(changed, key, code):
    assert faults(document(line(**changed))) == [(key, code)]


@pytest.mark.parametrize("key", ["name", "day", "time", "month", "late"])
def test_every_key_of_a_line_is_required(key):
    without = {name: value for name, value in line().items() if name != key}
    assert (f"jobs[0].{key}", "schedule_key_missing") in faults(document(without))


@pytest.mark.parametrize(
    ("read", "key", "code"),
    [
        ({"jobs": {}}, "jobs", "schedule_jobs_expected"),
        ({"jobs": ["open"]}, "jobs[0]", "schedule_table_expected"),
        ({"job": []}, "job", "schedule_key_unknown"),
        ({"cooperation": "cooperation.csv"}, "cooperation", "schedule_table_expected"),
        ({"cooperation": {}}, "cooperation.file", "schedule_file_expected"),
        ({"cooperation": {"file": " "}}, "cooperation.file", "schedule_file_expected"),
        ({"cooperation": {"file": "a\0b"}}, "cooperation.file", "schedule_file_expected"),
        ({"cooperation": {"file": "a.csv", "path": "b"}}, "cooperation.path", "schedule_key_unknown"),
        ({"jobs": [line(name="open")]}, "cooperation.file", "schedule_cooperation_missing"),
    ],
)
def test_a_fault_around_the_lines_is_named_by_its_key(read, key, code):
    assert faults(read) == [(key, code)]


def test_several_faults_are_all_named_at_once():
    assert faults(document(line(day=0, time="x"), line(name="?", late="?"))) == [
        ("jobs[0].day", "schedule_day_invalid"),
        ("jobs[0].time", "schedule_time_invalid"),
        ("jobs[1].name", "schedule_job_unknown"),
        ("jobs[1].late", "schedule_choice_unknown"),
    ]


def test_a_second_line_of_a_monthly_job_is_refused_and_a_second_reminder_is_not():
    assert faults(document(line(), line(time="16:00"), line(day=[26, 27]))) == []
    assert faults(document(line(), line(day=[24, 25]))) == [("jobs[1]", "schedule_line_twice")]
    settle = line(name="settle", day=3, month="previous")
    assert faults(document(settle, {**settle, "day": 4})) == [("jobs[1]", "schedule_line_twice")]


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        (line(name="open", day=22), line(name="close", day=21), True),
        (line(name="open", day=22), line(name="close", day=22), True),
        (line(name="open", day=22), line(name="close", day=22, time="10:01"), False),
        (line(name="open", day=29), line(name="close", day=30), True),  # February: both on its last day
        (line(name="open", day=28), line(name="close", day=-1), True),  # February again
        (line(name="open", day=27), line(name="close", day=-1), False),
        (line(name="open", day=22), line(name="close", day=1, month="previous"), False),
        (line(name="close", day=3, month="previous"), line(name="settle", day=2, month="previous"), True),
        (line(name="count", day=3, month="previous"), line(name="settle", day=3, month="previous"), False),
        (line(name="open", day=22), line(name="draft", day=1, month="previous"), False),
        (line(name="open", day=22), line(name="invite", day=[21, 25]), True),
        (line(name="open", day=22), line(name="invite", day=22), False),
        (line(name="invite", day=28), line(name="close", day=28), True),
    ],
)
def test_an_order_that_fails_in_some_month_is_refused(first, second, is_refused):
    for lines, place in (((first, second), 1), ((second, first), 0)):
        found = faults(document(*lines))
        assert found == ([(f"jobs[{place}]", "schedule_out_of_order")] if is_refused else [])


# ── patients' surveys ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("time", "surveys", "is_refused"),
    [
        ("20:59", {}, False),
        ("21:00", {}, True),
        ("02:00", {}, True),
        ("07:59", {}, True),
        ("08:00", {}, False),
        ("21:30", {"quiet_from": "22:00"}, False),
        ("02:00", {"quiet_from": "08:00"}, False),
    ],
)
def test_patients_are_not_told_anything_in_quiet_hours_by_any_line(time, surveys, is_refused):
    found = faults(document(line(name="survey", day="every", time=time), surveys=surveys))
    assert found == ([("jobs[0].time", "schedule_in_quiet_hours")] if is_refused else [])


def test_units_may_be_reminded_at_any_hour():
    assert faults(document(line(time="22:00"))) == []


def test_what_surveys_says_is_checked_with_the_schedule():
    _, findings = parse_schedule(document(line(), surveys={"reminders": 99, "silence": 3}), file="schedule.toml")
    assert [(finding.key, finding.code) for finding in findings] == [
        ("surveys.reminders", "out_of_range"),
        ("surveys.silence", "key_unknown"),
    ]
