"""`tongping review audit PERIOD` at the shell: what only the auditor's own key opens."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from consortium.links import new_token
from consortium.people import actor_of
from reviews.ballots import assignments_of, cast_ballot
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.small_group import CAST, CLOSED, OCTOBER, UNITS

AUDIT = ("review", "audit", "2026-10", "--key-file")
MARKS = ("34512", "44445", "12212", "55555", "33332", "23233")


def votes(shell: CommandLine) -> None:
    """Everybody scores everybody, each in a way of their own."""
    with closing(Database(shell.database_url)) as database, database.transaction() as session:
        for place, unit in enumerate(UNITS):
            for task in assignments_of(session, period=OCTOBER, unit_code=unit):
                marks = MARKS[(place + 2 * list(UNITS).index(task.target)) % len(MARKS)]
                cast_ballot(session, actor=actor_of(session, f"{unit}.rep"), assignment_id=task.id, marks=marks,
                            ballot_id=new_token(), now=datetime.fromisoformat(CAST))  # fmt: skip


@pytest.fixture
def audited(voting: CommandLine) -> CommandLine:
    """A round counted in an installation whose auditor has a key."""
    public = voting.done("review", "keygen", "--output", "auditor.json").out.strip()
    file = voting.folder / "group" / "consortium.toml"
    text = file.read_text("utf-8").replace("key_file =", f"auditor_key = '{public}'\nkey_file =", 1)
    file.write_text(text, encoding="utf-8")
    voting.done("apply", "group", CLOCK=CAST)
    votes(voting)
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    voting.done("review", "count", "2026-10", CLOCK=CLOSED)
    return voting


def test_auditor_opens_sums_pairs_and_flags(audited: CommandLine) -> None:
    document = audited.done(*AUDIT, "auditor.json", "--json").document
    assert document["period"] == "2026-10"
    [part] = document["parts"]
    assert set(part) == {"model", "units", "raters", "pairs", "flags"}
    assert {unit["unit"] for unit in part["units"]} == set(UNITS) == {rater["rater"] for rater in part["raters"]}
    assert set(part["model"]) == {"mu", "sd_rater", "sd_unit", "sd_residual"}
    assert all(1 <= unit["refitted"] <= 5 and 0 <= unit["published"] <= 100 for unit in part["units"])
    assert abs(sum(rater["severity"] for rater in part["raters"])) < 1e-6


def test_auditor_is_told_first_that_nothing_here_accuses_anybody(audited: CommandLine) -> None:
    said = audited.done(*AUDIT, "auditor.json").out.splitlines()
    assert said[:2] == [
        "2026-10 留给审计员的材料",
        "以下只是值得一谈的线索，不能证明任何人有错，也不得公布或用于处分。",
    ]
    english = audited.done(*AUDIT, "auditor.json", LC_ALL="en_US.UTF-8").out.splitlines()
    assert "proves nobody wrong" in english[1]


def test_other_keys_open_nothing(audited: CommandLine) -> None:
    assert audited.run(*AUDIT, "group/review-key.json", "--json").refusal == "residue_unreadable"
    (audited.folder / "public.json").write_text("{}", encoding="utf-8")
    assert audited.run(*AUDIT, "public.json", "--json").refusal == "review_key_invalid"
    assert audited.run(*AUDIT, "nowhere.json", "--json").refusal == "file_unreadable"


def test_what_was_kept_lies_sealed_in_the_database(audited: CommandLine) -> None:
    with closing(sqlite3.connect(audited.database)) as connection:
        [(sealed,)] = connection.execute("select sealed from peer_residue").fetchall()
    assert sealed.count(".") == 4
    stored = Path(audited.database).read_bytes()
    assert b"rater_sums" not in stored
    assert b"severity" not in stored.replace(b"peer-severity-1", b"")


def test_without_an_auditor_s_key_nothing_was_kept(october: CommandLine) -> None:
    assert october.run(*AUDIT, "group/review-key.json", "--json").refusal == "residue_none"


def test_round_that_is_not_there_is_refused(group: CommandLine) -> None:
    assert group.run(*AUDIT, "group/review-key.json", "--json").refusal == "round_unknown"


def test_check_and_apply_say_that_no_auditor_has_a_key(group: CommandLine) -> None:
    for command in ("check", "apply"):
        assert "没有设置 review.auditor_key" in group.done(command, "group", CLOCK=CAST).err


def test_check_is_silent_about_it_once_there_is_one(audited: CommandLine) -> None:
    assert "auditor_key" not in audited.done("check", "group", CLOCK=CAST).err
