"""A season by commands: what each does, what each refuses, and that a refusal changes nothing."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from app.commands import example_units, file_content, key_file
from app.settings import read_settings
from consortium.links import token_hash
from locales.errors import DomainError
from tests.app.command_line import PROGRAM, CommandLine
from tests.app.small_group import (
    APPLIED,
    CLOSED,
    OPENED,
    READINGS,
    SETTLED,
    UNITS,
    Keys,
    cast_all,
    edit,
)
from tests.consortium.workbooks import xlsx

ENGLISH = "en_GB.UTF-8"
HEADER = "unit,period,indicator,numerator,denominator,value\n"


def select(shell: CommandLine, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(shell.database) as connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def write(shell: CommandLine, content: str, name: str = "readings.csv") -> Path:
    (shell.folder / name).write_text(content, encoding="utf-8")
    return shell.folder / name


# -- before the season -------------------------------------------------------------------------------------------------


def test_init_says_what_it_wrote_and_what_comes_next(shell: CommandLine) -> None:
    ran = shell.done("init", "group", CLOCK=APPLIED, LANG=ENGLISH)
    assert ran.out.splitlines() == [
        "wrote group/consortium.toml",
        "wrote group/schedule.toml",
        "wrote group/scheme-2026.toml",
        "wrote group/cooperation.csv",
        "wrote group/questionnaires/inpatient.toml",
        "wrote group/questionnaires/outpatient.toml",
        "wrote group/questionnaires/pulse.toml",
        "wrote group/questionnaires/resident.toml",
        "wrote group/questionnaires/staff.toml",
        "wrote group/questionnaires/trainee.toml",
        "wrote group/templates/five_dimensions.toml",
        "wrote group/templates/tertiary_55_1.toml",
        "wrote group/templates/secondary_28.toml",
        "wrote group/templates/county_14.toml",
        "wrote group/templates/lead_hospital_50.toml",
        "Next: edit it, run tongping check group, then tongping apply group.",
    ]


def test_init_never_overwrites(shell: CommandLine) -> None:
    (shell.folder / "group").mkdir()
    (shell.folder / "group" / "mine.txt").write_text("mine", encoding="utf-8")
    assert shell.run("init", "group", "--json").refusal == "folder_not_empty"
    assert [path.name for path in (shell.folder / "group").iterdir()] == ["mine.txt"]


def test_check_of_a_sound_folder(shell: CommandLine) -> None:
    shell.done("init", "group")
    assert shell.done("check", "group", "--json").document == {"accepted": True, "findings": []}
    assert shell.done("check", "group", LANG=ENGLISH).out == (
        "The configuration is fine: units 26, people 42, schemes 1, questionnaires 6.\n"
    )
    assert not shell.database.exists()


def test_check_names_every_fault_by_file_and_key(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    edit(shell.folder / "group", keys=Keys("", "nowhere.json"))
    refused = shell.run("check", "group", "--json", LANG=ENGLISH)
    assert (refused.exit_code, refused.document) == (
        2,
        {
            "accepted": False,
            "findings": [
                {
                    "file": "consortium.toml",
                    "key": "review.key_file",
                    "code": "file_missing",
                    "message": "This file is missing; add it (tongping init makes an example).",
                }
            ],
        },
    )
    said = shell.run("check", "group", LANG=ENGLISH)
    assert said.exit_code == 2
    assert (said.out + said.err).startswith("consortium.toml · review.key_file: This file is missing")


def test_apply_with_json_counts_what_was_loaded(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    edit(shell.folder / "group")
    assert shell.done("apply", "group", "--json").document == {
        "units": 6,
        "people": 8,
        "schemes": 1,
        "questionnaires": 6,
    }


def test_apply_of_a_refused_folder_names_all_findings(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    edit(shell.folder / "group", keys=Keys("", "nowhere.json"))
    refused = shell.run("apply", "group", "--json")
    assert refused.refusal == "file_missing"
    assert [each["key"] for each in refused.document["error"]["details"]["findings"]] == ["review.key_file"]


def test_keygen_writes_the_private_key_for_its_owner_and_prints_the_public_one(shell: CommandLine) -> None:
    public = shell.done("review", "keygen", "--output", "key.json").out
    file = shell.folder / "key.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private_key, public_key = json.loads(file.read_text(encoding="utf-8")), json.loads(public)
    assert "d" in private_key
    assert "d" not in public_key
    assert public_key["n"] == private_key["n"]
    assert len(public.splitlines()) == 1
    assert "'" not in public  # it fits between the quotes of consortium.toml


def test_keygen_never_overwrites_a_key(shell: CommandLine) -> None:
    shell.done("review", "keygen", "--output", "key.json")
    before = (shell.folder / "key.json").read_bytes()
    assert shell.run("review", "keygen", "--output", "key.json", "--json").refusal == "file_exists"
    assert (shell.folder / "key.json").read_bytes() == before


def test_keygen_prints_no_private_key_even_with_json(shell: CommandLine) -> None:
    ran = shell.done("review", "keygen", "--output", "key.json", "--json")
    private_key = json.loads((shell.folder / "key.json").read_text(encoding="utf-8"))
    assert set(ran.document) == {"public_key", "key_file"}
    assert private_key["d"] not in ran.out


# -- people and keys ---------------------------------------------------------------------------------------------------


def test_sign_in_link_is_one_line_and_stored_as_a_hash(group: CommandLine) -> None:
    link = group.done("login-link", "chen", CLOCK=APPLIED).out
    assert link.startswith("http://127.0.0.1:8000/sign-in/")
    assert link.count("\n") == 1
    token = link.strip().rpartition("/")[2]
    assert select(group, "select token_hash, purpose, person_id from sign_in_link") == [
        (token_hash(token), "web", "chen")
    ]
    assert token.encode() not in group.database.read_bytes()


def test_sign_in_link_leads_to_the_public_address(group: CommandLine) -> None:
    link = group.done("login-link", "chen", PUBLIC_URL="https://example.org/").out
    assert link.startswith("https://example.org/sign-in/")


def test_bind_link_leads_to_the_bot(group: CommandLine) -> None:
    ran = group.done("login-link", "jia.rep", "--bind", "--json", CLOCK=APPLIED)
    assert ran.document["link"].startswith("https://t.me/tongping_bot?start=")
    expires = datetime.fromisoformat(ran.document["expires_at"]) - datetime.fromisoformat(APPLIED)
    assert expires.days == 7


def test_bind_link_without_a_bot_is_refused(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    edit(shell.folder / "group", bot="")
    shell.done("apply", "group")
    assert shell.run("login-link", "chen", "--bind", "--json").refusal == "bot_unknown"
    assert select(shell, "select * from sign_in_link") == []


@pytest.mark.parametrize("person", ["nobody", "CHEN", "", "chen'; drop table person; --"])
def test_link_for_nobody_is_refused(group: CommandLine, person: str) -> None:
    assert group.run("login-link", person, "--json").refusal == "person_unknown"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("example.org", "http://example.org:8000")],
)
def test_base_url_is_one_that_a_browser_takes(host: str, expected: str) -> None:
    assert read_settings({"TONGPING_HOST": host}).base_url == expected


def test_api_key_is_shown_once_and_stored_as_a_hash(group: CommandLine) -> None:
    ran = group.done("api-key", "create", "his", "--unit", "jia", "--json")
    key = ran.document["key"]
    assert (ran.document["name"], ran.document["unit"], len(key)) == ("his", "jia", 44)
    assert key.encode() not in group.database.read_bytes()
    assert select(group, "select name, unit_code from api_key") == [("his", "jia")]


def test_api_key_of_a_taken_name_or_an_unknown_unit_is_refused(group: CommandLine) -> None:
    group.done("api-key", "create", "his", "--unit", "jia")
    assert group.run("api-key", "create", "his", "--unit", "yi", "--json").refusal == "api_key_name_taken"
    assert group.run("api-key", "create", "lis", "--unit", "nowhere", "--json").refusal == "unit_unknown"
    assert select(group, "select name, unit_code from api_key") == [("his", "jia")]


# -- the round ---------------------------------------------------------------------------------------------------------


def test_open_round_says_the_closing_time_of_the_schedule(group: CommandLine) -> None:
    ran = group.done(
        "review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", "--json", CLOCK=OPENED
    )
    document = ran.document
    assert datetime.fromisoformat(document.pop("closes_at")) == datetime.fromisoformat(CLOSED)
    assert document == {"period": "2026-10", "state": "open"}
    assert select(group, "select count(*) from assignment") == [(30,)]


def test_open_round_says_the_closing_time_by_the_clocks_of_the_consortium(group: CommandLine) -> None:
    group.environment["TZ"] = "America/New_York"
    ran = group.starts(
        "review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", CLOCK=OPENED, LANG=ENGLISH
    )
    assert ran.exit_code == 0
    assert "2026-11-02" in ran.out
    assert "18:00" in ran.out


def test_open_round_with_a_bad_file_names_its_lines_and_opens_nothing(group: CommandLine) -> None:
    table = write(
        group, "unit_a,unit_b,kind,count,period\njia,yi,referral,1,2026-10\njia,jia,referral,0,October\n", "bad.csv"
    )
    refused = group.run("review", "open-round", "2026-10", "--cooperation", table, "--json", CLOCK=OPENED)
    assert refused.exit_code == 2
    assert [each["key"] for each in refused.document["error"]["details"]["findings"]] == [
        "line 3, unit_b",
        "line 3, count",
        "line 3, period",
    ]
    assert select(group, "select count(*) from cooperation union all select count(*) from review_round") == [(0,), (0,)]


def test_open_round_that_cannot_open_keeps_no_cooperation(group: CommandLine) -> None:
    """The file is fine, but speaks of another month: nothing of it stays."""
    table = write(group, "unit_a,unit_b,kind,count,period\njia,yi,referral,1,2026-09\n", "september.csv")
    assert group.run("review", "open-round", "2026-10", "--cooperation", table, "--json").refusal == "no_cooperation"
    assert select(group, "select count(*) from cooperation") == [(0,)]


def test_open_round_without_a_key_is_refused(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    edit(shell.folder / "group")
    shell.done("apply", "group", CLOCK=APPLIED)
    ran = shell.run("review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", "--json", CLOCK=OPENED)
    assert ran.refusal == "no_review_key"


@pytest.mark.parametrize("period", ["2026", "2026-Q4", "2026-13", "october", "2026-1", "２０２６-10", ""])
def test_round_of_what_is_no_month_is_refused(group: CommandLine, period: str) -> None:
    ran = group.run("review", "open-round", period, "--cooperation", "group/cooperation.csv", "--json", CLOCK=OPENED)
    assert ran.refusal in ("period_invalid", "period_not_month")


def test_second_round_is_refused_while_one_is_open(voting: CommandLine) -> None:
    again = ("review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", "--json")
    assert voting.run(*again, CLOCK=OPENED).refusal == "round_is_open"


def test_marks_are_nowhere_in_the_database_file(voting: CommandLine) -> None:
    cast_all(voting.database_url, marks="13524")
    assert b"13524" not in voting.database.read_bytes()


# -- readings ----------------------------------------------------------------------------------------------------------


def test_import_counts_rows_and_corrections(group: CommandLine) -> None:
    table = write(group, READINGS)
    counted = {"rows": 3, "added": 0, "corrected": 0, "unchanged": 0, "late": 0}
    assert group.done("indicators", "import", table, "--json").document == counted | {"added": 3}
    assert group.done("indicators", "import", table, "--json").document == counted | {"unchanged": 3}
    table.write_text(READINGS.replace("81,600", "82,600"), encoding="utf-8")
    looked = group.done("indicators", "import", table, "--preview", "--json").document
    assert (looked["preview"], looked["corrected"]) == (True, 1)
    assert [each["after"]["numerator"] for each in looked["changes"]] == [82]
    assert "81 ÷ 600 = 13.5" in group.done("indicators", "import", table, "--preview").out
    said = group.done("indicators", "import", table, LANG=ENGLISH).out
    assert said == "Read 3 rows: 0 new, 1 corrected, 0 late (counting in a later month), 2 unchanged.\n"


def test_import_takes_a_workbook_and_names_its_faults_by_sheet(group: CommandLine) -> None:
    lines = [line.split(",") for line in READINGS.splitlines()]
    (group.folder / "r.xlsx").write_bytes(xlsx(十月=[*lines, ["nowhere", *lines[1][1:]]]))
    error = group.run("indicators", "import", "r.xlsx", "--json").document["error"]
    assert [each["key"] for each in error["details"]["findings"]] == ["十月, line 5, unit"]
    (group.folder / "r.xlsx").write_bytes(xlsx(十月=lines))
    assert group.done("indicators", "import", "r.xlsx", "--json").document["added"] == 3


def test_import_shows_the_first_faults_and_counts_the_rest(group: CommandLine) -> None:
    table = write(group, HEADER + "nowhere,2026-10,average_stay,,,1\n" * 205)
    error = group.run("indicators", "import", table, "--json").document["error"]
    assert (len(error["details"]["findings"]), error["details"]["more"]) == (200, 5)
    ran = group.run("indicators", "import", table, LANG=ENGLISH)
    assert (ran.out + ran.err).splitlines()[-1] == "… and 5 more."


def test_import_takes_a_byte_order_mark(group: CommandLine) -> None:
    table = write(group, "\ufeff" + READINGS)
    assert group.done("indicators", "import", table, "--json").document["rows"] == 3


def test_import_names_every_bad_row_with_line_and_column_and_takes_none(group: CommandLine) -> None:
    table = write(
        group,
        HEADER
        + "jia,2026-10,down_referral,81,600,\n"
        + "nowhere,2026-10,down_referral,81,600,\n"
        + "jia,2026-10,no_such,81,600,\n"
        + "jia,2026-10,average_stay,,,NaN\n"
        + "jia,2026-10,average_stay,,,1e3\n"
        + "yi,2026-10,average_stay,9,,\n"
        + "jia,2026-10,peer_score,,,99\n"
        + "jia,2026-10\n",
    )
    refused = group.run("indicators", "import", table, "--json")
    findings = refused.document["error"]["details"]["findings"]
    assert refused.exit_code == 2
    assert {each["key"] for each in findings} >= {"line 9"}
    assert {each["file"] for each in findings} == {"readings.csv"}
    table.write_text("\n".join(table.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    findings = group.run("indicators", "import", table, "--json").document["error"]["details"]["findings"]
    assert [each["key"] for each in findings] == [
        "line 3, unit",
        "line 4, indicator",
        "line 5, value",
        "line 6, value",
        "line 7, denominator",
        "line 8, indicator",
    ]
    assert select(group, "select count(*) from reading") == [(0,)]


def test_import_says_findings_one_a_line(group: CommandLine) -> None:
    table = write(group, HEADER + "nowhere,2026-10,average_stay,,,x\n")
    ran = group.run("indicators", "import", table, LANG=ENGLISH)
    assert ran.exit_code == 2
    assert [line.partition(": ")[0] for line in (ran.out + ran.err).splitlines()] == [
        "readings.csv · line 2, unit",
        "readings.csv · line 2, value",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HEADER.encode(), "readings_empty"),
        (b"", "column_missing"),
        ((HEADER + "甲,2026-10,average_stay,,,9\n").encode("gb18030"), "reading_unit_unknown"),
        ((HEADER + "jia,2026-10,average_stay,,,\x009\n").encode(), "table_odd_character"),
        ((HEADER.strip() + ",colour\n").encode(), "column_unknown"),
        (b"x" * (20 * 1024 * 1024 + 1), "table_too_large"),
    ],
    ids=["only a header", "nothing", "GB 18030", "NUL", "unknown column", "huge"],
)
def test_table_that_is_none_is_refused(group: CommandLine, content: bytes, code: str) -> None:
    (group.folder / "table.csv").write_bytes(content)
    assert group.run("indicators", "import", "table.csv", "--json").refusal == code


def test_table_that_cannot_be_opened_is_refused(group: CommandLine) -> None:
    assert group.run("indicators", "import", "nowhere.csv", "--json").refusal == "file_unreadable"
    assert group.run("indicators", "import", "group", "--json").refusal == "file_unreadable"


def test_file_far_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(DomainError) as caught:
        file_content(tmp_path / "huge")
    assert caught.value.code == "table_too_large"


def test_key_file_is_looked_for_beside_the_configuration() -> None:
    assert key_file("/etc/tongping", "key.json") == Path("/etc/tongping/key.json")
    assert key_file("/etc/tongping", "/run/usb/key.json") == Path("/run/usb/key.json")
    for name in ("", None):
        with pytest.raises(DomainError) as caught:
            key_file("/etc/tongping", name)
        assert caught.value.code == "no_key_file"


# -- the settlement ----------------------------------------------------------------------------------------------------


def test_settle_is_refused_until_the_last_second_of_the_month(group: CommandLine) -> None:
    for now in (APPLIED, "2026-10-31T23:59:50+08:00"):
        assert group.run("settle", "2026-10", "--json", CLOCK=now).refusal == "period_not_over"
    assert len(group.done("settle", "2026-10", "--json", CLOCK="2026-11-01T00:00:00+08:00").document["digest"]) == 64


def test_settle_is_refused_while_the_round_is_open_or_not_counted(voting: CommandLine) -> None:
    assert voting.run("settle", "2026-10", "--json", CLOCK=CLOSED).refusal == "round_open"
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    assert voting.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "round_not_counted"
    voting.done("review", "count", "2026-10", CLOCK=CLOSED)
    voting.done("settle", "2026-10", CLOCK=SETTLED)


def test_settle_is_done_once(october: CommandLine) -> None:
    assert october.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "already_settled"


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2026-Q4", "span_months_missing"),
        ("2026", "span_months_missing"),
        ("2027", "period_not_over"),
        ("2025-10", "scheme_missing"),
        ("x", "period_invalid"),
    ],
)
def test_settle_of_what_cannot_be_settled_is_refused(group: CommandLine, period: str, code: str) -> None:
    assert group.run("settle", period, "--json", CLOCK="2027-02-01T00:00:00+08:00").refusal == code


def test_readings_of_a_settled_month_count_in_the_next(october: CommandLine) -> None:
    table = write(october, HEADER + "jia,2026-10,core_systems,19,20,\n", "late.csv")
    assert october.done("indicators", "import", table, "--json").document["late"] == 1
    assert select(october, "select period, counted_in, numerator from late_reading") == [("2026-10", "2026-11", "19")]


def test_explain_gives_each_points_inputs(october: CommandLine) -> None:
    """Peers gave 4 of 5 throughout: 75, so 11.25 of 15. 81 of 600: 13.5 of 15. Nine days: 3.75 of 5. In all 28.5 of 35."""
    document = october.done("explain", "jia", "2026-10", "--json").document
    lines = {line["code"]: line for line in document["indicators"]}
    scored = {
        code: (line["value"], line["points"], line["available"])
        for code, line in lines.items()
        if line["points"] is not None
    }
    assert scored == {"peer_score": (75, 11.25, 15), "down_referral": (13.5, 13.5, 15), "average_stay": (9, 3.75, 5)}
    assert (document["earned"], document["available"]) == (28.5, 35)
    assert abs(document["total"] - 100 * 28.5 / 35) < 1e-12
    assert (document["complete"], document["raters"], document["rank"]) == (False, "5-9", None)
    assert lines["outpatient_satisfaction"]["value"] is None
    assert lines["outpatient_satisfaction"]["reason"] == "no_responses"


def test_explain_speaks_to_people(october: CommandLine) -> None:
    said = october.done("explain", "jia", "2026-10", LANG=ENGLISH).out
    assert "81.43" in said
    assert "81 " in said
    assert "600" in said
    assert "81.43" in october.done("explain", "jia", "2026-10").out


def test_explain_of_what_is_not_there_is_refused(october: CommandLine) -> None:
    assert october.run("explain", "nowhere", "2026-10", "--json").refusal == "scorecard_missing"
    assert october.run("explain", "jia", "2026-11", "--json").refusal == "not_settled"


def test_doctor_finds_a_played_month_in_order(october: CommandLine) -> None:
    ran = october.done("doctor", "--json")
    assert (ran.document["broken"], ran.document["engine"].startswith("SQLite ")) == ([], True)


def test_every_command_left_an_audit_row(october: CommandLine) -> None:
    actions = [
        action for (action,) in select(october, "select action from audit where actor = 'command_line' order by id")
    ]
    assert [action for action in actions if action in {"apply_consortium", "import_cooperation", "open_round", "close_round", "count_round", "erase_round", "import_readings", "settle_period"}] == [
        "apply_consortium", "import_cooperation", "open_round", "close_round", "count_round", "erase_round", "import_readings", "settle_period",
    ]  # fmt: skip


def test_example_of_26_units_keeps_its_order() -> None:
    units = example_units()
    assert (len(units), units[0], units[5], units[25]) == (26, "h1", "h6", "c20")
    assert len(set(units)) == 26
    assert set(UNITS) & set(units) == set()


# -- as processes ------------------------------------------------------------------------------------------------------


def test_commands_as_processes_do_the_same(october: CommandLine) -> None:
    ran = october.starts("explain", "jia", "2026-10", "--json")
    assert (ran.exit_code, ran.err) == (0, "")
    assert ran.document == october.done("explain", "jia", "2026-10", "--json").document


def test_output_survives_a_terminal_that_knows_no_chinese(october: CommandLine) -> None:
    ran = october.starts("explain", "jia", "2026-10", LC_ALL="C")
    assert ran.exit_code == 0
    assert "人民医院" in ran.out


def test_reader_that_goes_away_is_no_fault_of_the_data(october: CommandLine) -> None:
    """`tongping explain … | head -1`."""
    ended = subprocess.run(
        ["bash", "-c", f"{PROGRAM} explain jia 2026-10 --json | head -1"],
        cwd=october.folder,
        env=october._environment({}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout == "{\n"
    assert october.done("doctor", "--json").document["broken"] == []


def test_settling_looks_through_the_answers_first(october: CommandLine) -> None:
    """Mei's answers came at the speed of a machine: they were held before the figures of the month were taken."""
    with sqlite3.connect(october.database) as connection:
        assert connection.execute("select response_id, state from hold").fetchall() == [("mei", "held")]
        assert connection.execute("select stream from response").fetchall() == [("held",)]
        actions = [row[0] for row in connection.execute("select action from audit order by id")]
    connection.close()
    assert actions.index("hold_answers") < actions.index("settle_period")
