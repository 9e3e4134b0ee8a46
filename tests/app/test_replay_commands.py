"""`tongping export` writes all of a period or nothing; `tongping verify` names what was changed and says exit 1."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.command_line import CommandLine

REPLAY = Path(__file__).parents[2] / "docs" / "replay.py"
FILES = {
    "manifest.json", "scheme.json", "units.csv", "inputs.csv", "lines.csv", "scorecards.csv", "readings.csv", "README.txt",
}  # fmt: skip


def test_period_is_exported_and_computed_again(october: CommandLine) -> None:
    folder = october.folder / "somewhere" / "october"
    told = october.done("export", "2026-10", "--output", folder, LANG="en_GB.UTF-8")
    assert {path.name for path in folder.iterdir()} == FILES
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert told.out.splitlines() == [
        f"2026-10 is written to {folder} (8 files)",
        f"Digest of the settlement {manifest['digest']}",
    ]
    ran = subprocess.run(
        [sys.executable, "-I", REPLAY, folder], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "everything agrees")


def test_manifest_is_the_document_and_nothing_is_left_beside(october: CommandLine) -> None:
    folder = october.folder / "out"
    folder.mkdir()  # an empty one is taken
    document = october.done("export", "2026-10", "--output", folder, "--json").document
    assert document == json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert not list(october.folder.glob(".out*"))


@pytest.mark.parametrize(
    ("period", "output", "code"),
    [
        ("2026-09", "out", "not_settled"),
        ("2026-13", "out", "period_invalid"),
        ("2026-10", "group", "export_folder_taken"),
        ("2026-10", "tongping.sqlite3", "export_folder_taken"),
        ("2026-10", "tongping.sqlite3/out", "export_not_written"),
    ],
)
def test_export_is_refused_and_writes_nothing(october: CommandLine, period: str, output: str, code: str) -> None:
    before = sorted(october.folder.rglob("*"))
    assert october.run("export", period, "--output", october.folder / output, "--json").refusal == code
    assert sorted(october.folder.rglob("*")) == before


def test_pay_leaves_only_under_a_signature(october: CommandLine) -> None:
    folder = october.folder / "pay"
    assert october.run("export", "2026-10", "--pay", "--output", folder, "--json").refusal == "result_not_signed"
    assert not folder.exists()
    with sqlite3.connect(october.folder / "tongping.sqlite3") as database:
        digest, person = (database.execute(query).fetchone()[0] for query in (
            "select digest from settlement where period = '2026-10'", "select id from person order by id limit 1"))  # fmt: skip
        database.execute("insert into signature values ('2026-10', ?, ?, '2026-11-09 02:00:00')", (digest, person))
    document = october.done("export", "2026-10", "--pay", "--output", folder, "--json").document
    assert document == {"period": "2026-10", "digest": digest, "files": ["pay-2026-10.csv"]}
    rows = (folder / "pay-2026-10.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("period,unit,name,tier,total,complete,band,place,of,veto,")
    assert all(digest in row for row in rows[1:])


def test_sound_installation_is_clean(october: CommandLine) -> None:
    ran = october.run("verify", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.err) == (0, "")
    assert ran.out == "Stored schemes, readings, scores and bulletins all agree with their digests.\n"
    assert october.run("verify", "--json").document == {"clean": True, "findings": []}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update reading set value = '14' where indicator = 'down_referral'", ("reading jia/2026-10/down_referral", "reading_digest_differs")),
        ("update reading set evidence = 'x'", ("reading jia/2026-10/down_referral", "reading_digest_differs")),
        ("delete from reading where indicator = 'first_visit'", ("settlement 2026-10", "settlement_readings_differ")),
        ("update scorecard set total = '99' where unit_code = 'jia'", ("scorecard 2026-10/jia", "frozen_total_disagrees")),
        ("update score_line set value = 'NaN' where indicator = 'down_referral'", ("score_line 2026-10/jia/down_referral", "stored_value_unreadable")),
        ("update scheme_version set content = replace(content, '\"points\":15', '\"points\":16')", ("scheme_version 2026/1", "scheme_content_differs")),
        ("update scheme_version set state = 'revised'", ("scheme_version 2026/1", "scheme_record_differs")),
        ("update settlement set settled_by = 'person:li'", ("settlement 2026-10", "settlement_record_differs")),
        ("update settlement set settled_at = '2026-11-03 00:00:00.000000'", ("settlement 2026-10", "settlement_record_differs")),
        ("delete from settlement", ("settlement 2026-10", "rows_without_settlement")),
        ("update bulletin set content = replace(content, '人民医院', '第一医院')", ("bulletin:2026-10/1", "bulletin_content_differs")),
        ("update bulletin set content = json_set(content, '$.digest', 'x')", ("bulletin:2026-10/1", "bulletin_digest_unknown")),
    ],
)  # fmt: skip
def test_verify_names_what_was_changed(october: CommandLine, statement: str, expected: tuple[str, str]) -> None:
    with sqlite3.connect(october.database) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("pragma ignore_check_constraints = on")
        assert connection.execute(statement).rowcount > 0
    connection.close()
    ran = october.run("verify", "--json")
    assert ran.exit_code == 1
    found = [(each["key"], each["code"]) for each in ran.document["findings"]]
    assert expected in found
    lines = october.run("verify", LANG="en_GB.UTF-8").out.splitlines()
    assert len(lines) == len(found)
    assert all("{" not in line for line in lines)


def test_verify_changes_nothing(october: CommandLine) -> None:
    before = october.database.read_bytes()
    october.run("verify")
    assert october.database.read_bytes() == before
