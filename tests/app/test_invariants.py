"""`doctor` finds what is planted, names it and says exit 1; on a sound database it finds nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.invariants import DOMAINS, diagnose, diagnosis_lines
from locales.errors import Finding
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.small_group import CAST, cast_all

DAMAGED = ("database", "database_damaged")
"""What SQLite itself finds: a row that breaks one of its table's checks."""

STORE = "ballots_2026_10"
STAMP = CAST.replace("T", " ").removesuffix("+08:00")


def damage(shell: CommandLine, *statements: str) -> None:
    """What somebody with the database file, or a fault of the machine, may do: no rule holds them back."""
    with sqlite3.connect(shell.database) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("pragma ignore_check_constraints = on")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    connection.close()


def found(shell: CommandLine) -> list[tuple[str, str]]:
    """What `doctor` names; it leaves with 1 exactly when there is something."""
    ran = shell.run("doctor", "--json")
    broken = [(each["key"], each["code"]) for each in ran.document["broken"]]
    assert (ran.exit_code, ran.err) == (int(bool(broken)), "")
    return broken


def test_doctor_finds_nothing_in_a_sound_database(october: CommandLine) -> None:
    ran = october.run("doctor", LANG="en_GB.UTF-8")
    assert ran.exit_code == 0
    assert ran.out.splitlines()[0].startswith("Database: SQLite ")
    assert ran.out.splitlines()[1:] == ["Everything holds."]


def test_doctor_says_what_it_found_one_a_line(october: CommandLine) -> None:
    damage(october, "update tally set count = count + 1 where question_id = 'clean'")
    ran = october.run("doctor", LANG="en_GB.UTF-8")
    assert ran.exit_code == 1
    assert len(ran.out.splitlines()) == 2
    assert ran.out.splitlines()[1].startswith("tally:2026-10: The tally of this month differs")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["update tally set count = count + 1 where question_id = 'clean'"], [("tally:2026-10", "tally_differs_from_answers")]),
        (["delete from tally where question_id = 'overall'"], [("tally:2026-10", "tally_differs_from_answers")]),
        (
            ["update answer set value = '1' where question_id = 'overall'"],
            [("tally:2026-10", "tally_differs_from_answers")],
        ),
        (
            ["delete from answer where question_id = 'overall'"],
            [("tally:2026-10", "tally_differs_from_answers"), ("response:mei", "response_not_as_asked")],
        ),
        (["insert into answer (response_id, question_id, place, value) values ('mei', 'invented', 0, '5')"], [("response:mei", "response_not_as_asked")]),
        (["update response set consented_at = null"], [DAMAGED, ("response:mei", "response_not_as_asked")]),
        (["delete from hold"], [("response:mei", "hold_stream_differs")]),
        (["update hold set period = '2026-09'"], [("response:mei", "hold_stream_differs")]),
        (
            ["update scorecard set total = '99' where unit_code = 'jia'"],
            [("scorecard 2026-10/jia", "frozen_total_disagrees"), ("settlement 2026-10", "settlement_digest_differs")],
        ),
        (
            ["update score_line set points = '15' where unit_code = 'jia' and indicator = 'down_referral'"],
            [
                ("score_line 2026-10/jia/down_referral", "frozen_line_disagrees"),
                ("scorecard 2026-10/jia", "frozen_total_disagrees"),
                ("settlement 2026-10", "settlement_digest_differs"),
            ],
        ),
        (
            ["update scorecard set rank = 1, unranked_reason = null where unit_code = 'jia'"],
            [DAMAGED, ("settlement 2026-10", "settlement_digest_differs")],
        ),
        (["update scorecard set responses = 250"], [("settlement 2026-10", "settlement_digest_differs")]),
        (["update settlement set digest = 'x'"], [("settlement 2026-10", "settlement_digest_differs")]),
        (
            ["update settlement set previous_digest = 'x'"],
            [DAMAGED, ("settlement 2026-10", "settlement_chain_broken"), ("settlement 2026-10", "settlement_digest_differs")],
        ),
        (["delete from peer_result"], [("round:2026-10", "results_do_not_fit_round")]),
        (
            ["update peer_result set raters = 4 where unit_code = 'yi'"],
            [DAMAGED],
        ),
        (
            ["create table ballots_2026_10 (id text primary key, sealed text) without rowid"],
            [("round:2026-10", "erased_round_has_ballots")],
        ),
        (["update review_round set token_key = 'x'"], [("round:2026-10", "erased_round_has_ballots")]),
        (
            ["update published_receipts set published = replace(published, 'superseded 0', 'superseded 00')"],
            [("round:2026-10", "receipts_changed")],
        ),
        (
            ["update bulletin set content = replace(content, '人民医院', '第一医院')"],
            [("bulletin:2026-10/1", "bulletin_content_differs")],
        ),
        (["update bulletin set content_hash = 'x'"], [("bulletin:2026-10/1", "bulletin_content_differs")]),
    ],
)  # fmt: skip
def test_doctor_finds_planted_damage(
    october: CommandLine, statements: list[str], expected: list[tuple[str, str]]
) -> None:
    damage(october, *statements)
    assert [each for each in found(october) if each[1] != "bulletin_picture_differs"] == expected


def test_doctor_finds_a_deleted_ballot(voting: CommandLine) -> None:
    cast_all(voting.database_url)
    assert found(voting) == []
    damage(voting, f"delete from {STORE} where id = (select min(id) from {STORE})")
    assert found(voting) == [("round:2026-10", "ballots_differ_from_casts")]


def test_doctor_finds_an_added_ballot(voting: CommandLine) -> None:
    cast_all(voting.database_url)
    damage(voting, f"insert into {STORE} select 'again', sealed from {STORE} limit 1")
    assert found(voting) == [("round:2026-10", "ballots_differ_from_casts")]


def test_doctor_finds_a_ballot_cut_short(voting: CommandLine) -> None:
    cast_all(voting.database_url)
    damage(voting, f"update {STORE} set sealed = substr(sealed, 1, 100) where id = (select min(id) from {STORE})")
    assert found(voting) == [("round:2026-10", "ballot_of_odd_length")]


def test_doctor_finds_a_bulletin_part_that_overtook_the_one_before(october: CommandLine) -> None:
    row = "('{key}', 'local', 'group.staff', 'bulletin', '{{}}', '{state}', 1, 0, {after}, '{stamp}', {settled})"
    columns = "dedupe_key, channel, address, kind, message, state, attempts, doubts, after_id, created_at, settled_at"
    first = row.format(key="p1", state="owed", after="null", stamp=STAMP, settled="null")
    second = row.format(
        key="p2",
        state="sent",
        after="(select id from delivery where dedupe_key = 'p1')",
        stamp=STAMP,
        settled=f"'{STAMP}'",
    )
    damage(
        october, f"insert into delivery ({columns}) values {first}", f"insert into delivery ({columns}) values {second}"
    )
    ((key, code),) = found(october)
    assert (key.partition(":")[0], code) == ("delivery", "delivery_overtook")


def test_doctor_finds_a_row_that_points_nowhere(october: CommandLine) -> None:
    damage(october, "delete from unit where code = 'ji'")
    tables = {key for key, code in found(october) if code == "foreign_key_broken"}
    assert {"assignment", "scorecard", "role"} <= tables


@pytest.mark.parametrize("part", ["first page", "a page in the middle"])
def test_doctor_names_a_damaged_file(october: CommandLine, part: str) -> None:
    content = bytearray(october.database.read_bytes())
    start = 100 if part == "first page" else len(content) // 8192 * 4096
    content[start : start + 2048] = b"\xff" * 2048
    october.database.write_bytes(content)
    ran = october.run("doctor", "--json")
    if ran.exit_code == 2:  # it cannot even be opened
        assert ran.refusal in ("database_unreachable", "database_damaged")
    else:
        assert ran.exit_code == 1
        assert "database_damaged" in {each["code"] for each in ran.document["broken"]}


def test_doctor_changes_nothing(october: CommandLine) -> None:
    before = october.database.read_bytes()
    damage(october, "update tally set count = count + 1 where question_id = 'clean'")
    damaged = october.database.read_bytes()
    found(october)
    assert october.database.read_bytes() == damaged != before


def test_diagnosis_names_no_answer(october: CommandLine) -> None:
    damage(october, "update answer set value = 'Mei from room 7' where question_id = 'comment'")
    ran = october.run("doctor", "--json")
    assert "Mei" not in ran.out + ran.err


def test_every_domain_with_invariants_is_asked() -> None:
    root = Path(__file__).parents[2]
    with_invariants = {path.parent.name for path in root.glob("*/invariants.py")} - {"app"}
    assert {check.__module__.partition(".")[0] for check in DOMAINS} == with_invariants


def test_diagnosis_of_an_empty_database_on_both_engines(database: Database) -> None:
    diagnosis = diagnose(database)
    assert diagnosis.broken == ()
    assert diagnosis.engine.partition(" ")[0] == ("SQLite" if database.is_sqlite else "PostgreSQL")


def test_diagnosis_lines_speak_both_languages(october: CommandLine) -> None:
    damage(october, "update tally set count = 9 where question_id = 'clean'")
    database = Database(october.database_url)
    diagnosis = diagnose(database)
    database.close()
    assert [type(each) for each in diagnosis.broken] == [Finding]
    for language in ("zh", "en"):
        assert [line.partition(":")[0] for line in diagnosis_lines(diagnosis, language)] == ["tally"]
    assert diagnosis_lines(diagnosis, "zh") != diagnosis_lines(diagnosis, "en")
