"""Configuration directories: the example holds, every fault is named by file and key, and nothing is applied by halves."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from app.configuration import apply_configuration, read_configuration
from app.installation import open_database
from app.settings import read_settings
from consortium.periods import Period
from consortium.units import all_units, installation
from evaluation.schemes import scheme_for
from locales.errors import DomainError, explain
from surveys.questionnaires import for_kind
from tests.app.command_line import CommandLine
from tests.app.small_group import APPLIED, UNITS, edit

PEOPLE = '[[people]]\nid = "zhao"\nname = "赵磊"\nroles = ["office"]\n'
OUTPATIENT = "questionnaires/outpatient.toml"
Found = list[tuple[str, str, str]]


@pytest.fixture
def folder(shell: CommandLine) -> Path:
    """The small group's configuration, sound."""
    made = shell.folder / "group"
    shell.done("init", made, CLOCK=APPLIED)
    edit(made)
    return made


def replace(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def found(folder: Path) -> Found:
    """What `check` finds: file, key and code. There is a configuration exactly when there is nothing."""
    configuration, findings = read_configuration(folder)
    assert (configuration is None) == bool(findings)
    for finding in findings:  # each can be said in both languages
        assert explain("zh", finding)
        assert explain("en", finding)
    return [(finding.file, finding.key, finding.code) for finding in findings]


def test_example_is_clean(shell: CommandLine) -> None:
    shell.done("init", "example")
    assert found(shell.folder / "example") == []


def test_small_group_is_clean(folder: Path) -> None:
    assert found(folder) == []


def test_configuration_holds_what_the_files_say(folder: Path) -> None:
    configuration, _ = read_configuration(folder)
    assert configuration is not None
    assert [unit.code for unit in configuration.consortium.units] == list(UNITS)
    assert [scheme.year for scheme, _ in configuration.schemes] == [2026]
    assert [questionnaire.id for questionnaire, _ in configuration.questionnaires] == [
        "inpatient",
        "outpatient",
        "pulse",
        "resident",
        "staff",
        "trainee",
    ]
    assert configuration.timetable.cooperation_file == "cooperation.csv"


def test_byte_order_marks_are_taken(folder: Path) -> None:
    for file in ("consortium.toml", "schedule.toml", "scheme-2026.toml", OUTPATIENT):
        (folder / file).write_bytes(b"\xef\xbb\xbf" + (folder / file).read_bytes())
    assert found(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("consortium.toml", "[telegram]", "colour = 1\n[telegram]", "consortium.colour"),
        ("consortium.toml", "[telegram]", "[telegramm]\n[telegram]", "telegramm"),
        ("consortium.toml", 'tier = "tertiary"', 'tier = "tertiary"\nbeds = 900', "units[0].beds"),
        ("consortium.toml", 'id = "zhao"', 'id = "zhao"\nphone = "1"', "people[1].phone"),
        ("consortium.toml", 'title = "职工群"', 'title = "职工群"\ntopic = 4', "chats[0].topic"),
        ("scheme-2026.toml", "version = 1", "version = 1\nvalid = true", "scheme.valid"),
        ("scheme-2026.toml", "peer_score              = {points = 15,", "peer_score = {points = 15, weight = 1,", "tiers.tertiary.indicators.peer_score.weight"),
        (OUTPATIENT, 'id = "clean"', 'id = "clean"\ncolour = "x"', "questions[0].colour"),
        (OUTPATIENT, 'version = "1"', 'version = "1"\nauthor = "x"', "author"),
    ],
)  # fmt: skip
def test_unknown_key_is_named(folder: Path, file: str, old: str, new: str, key: str) -> None:
    replace(folder, file, old, new)
    assert found(folder) == [(file, key, "key_unknown")]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('late = "run" }', 'late = "run", hour = 9 }', "jobs[0].hour"),
        ("[cooperation]", "[holidays]\n[cooperation]", "holidays"),
    ],
)
def test_unknown_key_of_the_schedule_is_named(folder: Path, old: str, new: str, key: str) -> None:
    replace(folder, "schedule.toml", old, new)
    assert found(folder) == [("schedule.toml", key, "schedule_key_unknown")]


@pytest.mark.parametrize(("points", "total"), [("14.99", "99.99"), ("15.01", "100.01")])
def test_points_beside_100_are_named_with_their_sum(folder: Path, points: str, total: str) -> None:
    replace(folder, "scheme-2026.toml", "peer_score              = {points = 15,", f"peer_score = {{points = {points},")
    _, findings = read_configuration(folder)
    assert [(each.file, each.key, each.code, each.details["sum"]) for each in findings] == [
        ("scheme-2026.toml", "tiers.tertiary.indicators", "bound_points", total)
    ]


def test_points_of_exactly_100_with_fractions_are_taken(folder: Path) -> None:
    replace(folder, "scheme-2026.toml", "peer_score              = {points = 15,", "peer_score = {points = 15.01,")
    replace(folder, "scheme-2026.toml", "average_stay            = {points = 5,", "average_stay = {points = 4.99,")
    assert found(folder) == []


def small_consortium(folder: Path, *, left: str = "") -> None:
    """Five of the six units, or all six of which one has left on a day."""
    head, *units = (folder / "consortium.toml").read_text(encoding="utf-8").split("[[units]]")
    first, second = units[0], units[1]
    units = [first, f'{second.rstrip()}\nleft = "{left}"\n', *units[2:]] if left else [first, *units[2:]]
    written = "[[units]]".join([head, *units])
    if not left:
        written = written.replace(
            '[[people]]\nid = "yi.rep"\nname = "yi 代表"\nroles = ["representative"]\nunits = ["yi"]\n', ""
        )
    (folder / "consortium.toml").write_text(written, encoding="utf-8")


RATERS = [("scheme-2026.toml", f"tiers.{tier}.raters", "bound_raters") for tier in ("tertiary", "secondary", "primary")]
FEW = """
[[overrides]]
bound = "raters"
reason = {zh = "今年只有五家单位参加考核", en = "Only five units take part this year"}
"""


def test_five_units_are_too_few_to_score_each_other_unless_the_scheme_says_why(folder: Path) -> None:
    small_consortium(folder)
    assert found(folder) == RATERS
    scheme = folder / "scheme-2026.toml"
    scheme.write_text(scheme.read_text(encoding="utf-8") + FEW, encoding="utf-8")
    assert found(folder) == [("scheme-2026.toml", "overrides", "override_needless"), *RATERS]  # nothing is stated yet
    for tier in ("tertiary", "secondary", "primary"):
        replace(folder, "scheme-2026.toml", f"[tiers.{tier}]\n", f"[tiers.{tier}]\nraters = 4\n")
    assert found(folder) == []
    replace(folder, "scheme-2026.toml", "[tiers.primary]\nraters = 4", "[tiers.primary]\nraters = 5")
    assert found(folder) == RATERS[2:]  # five cannot be had among five


@pytest.mark.parametrize(("left", "named"), [("2025-12-31", RATERS), ("2026-01-01", [])])
def test_a_unit_that_left_before_the_year_scores_nobody(
    folder: Path, left: str, named: list[tuple[str, str, str]]
) -> None:
    small_consortium(folder, left=left)
    assert found(folder) == named


def test_unit_in_no_tier_is_named(folder: Path) -> None:
    replace(folder, "consortium.toml", 'tier = "tertiary"\n', "")
    assert found(folder) == [("consortium.toml", "units[0].tier", "key_missing")]


def test_unit_in_a_tier_that_does_not_exist_is_named(folder: Path) -> None:
    replace(folder, "consortium.toml", 'tier = "tertiary"', 'tier = "quaternary"')
    assert found(folder) == [("consortium.toml", "units[0].tier", "value_unknown")]


def test_unit_in_a_tier_that_the_scheme_does_not_have_is_named(folder: Path) -> None:
    text = (folder / "scheme-2026.toml").read_text(encoding="utf-8")
    (folder / "scheme-2026.toml").write_text(
        re.sub(r"\[tiers\.primary\].*?(?=\[tiers\.partner\])", "", text, flags=re.DOTALL)
    )
    places = [place for place, tier in enumerate(UNITS.values()) if tier == "primary"]
    of_units = [each for each in found(folder) if each[0] == "consortium.toml"]
    assert of_units == [("consortium.toml", f"units[{place}].tier", "tier_not_in_scheme") for place in places]


@pytest.mark.parametrize(
    ("written", "key", "code"),
    [
        ('telegram = ["1001", "1002"]', "people[1].telegram", "person_with_two_accounts"),
        ("telegram = [1001]", "people[1].telegram", "person_with_two_accounts"),
        ('telegram = "1001, 1002"', "people[1].telegram", "account_malformed"),
        ('telegram = "1001 1002"', "people[1].telegram", "account_malformed"),
        ('telegram = "1001"\ntelegram2 = "1002"', "people[1].telegram2", "key_unknown"),
        ('accounts = ["1001", "1002"]', "people[1].accounts", "key_unknown"),
        ('telegram = { a = "1001", b = "1002" }', "people[1].telegram", "account_malformed"),
        ('telegram = "1001"\ntelegram = "1002"', "file", "toml_malformed"),
        ('telegram = "1001"\n\n' + PEOPLE + 'telegram = "1002"', "people[2].id", "person_twice"),
        ('telegram = "1001"\n\n' + PEOPLE, "people[2].id", "person_twice"),
    ],
)
def test_person_with_two_accounts_is_named_however_it_is_written(
    folder: Path, written: str, key: str, code: str
) -> None:
    replace(folder, "consortium.toml", PEOPLE, f"{PEOPLE}{written}\n")
    assert found(folder) == [("consortium.toml", key, code)]


@pytest.mark.parametrize("written", ["telegram = 1001", 'telegram = "1001"'])
def test_same_account_of_two_people_is_named(folder: Path, written: str) -> None:
    replace(folder, "consortium.toml", PEOPLE, f"{PEOPLE}{written}\n")
    replace(folder, "consortium.toml", 'id = "chen"', 'id = "chen"\ntelegram = "1001"')
    assert found(folder) == [("consortium.toml", "people[1].telegram", "account_twice")]


@pytest.mark.parametrize("account", ["0", "-5", '"1001 "', '"@chen"', "true", "1.5", '""', "1" * 21])
def test_account_that_is_none_is_named(folder: Path, account: str) -> None:
    replace(folder, "consortium.toml", PEOPLE, f"{PEOPLE}telegram = {account}\n")
    assert found(folder) == [("consortium.toml", "people[1].telegram", "account_malformed")]


def test_unknown_questionnaire_of_a_scheme_is_named(folder: Path) -> None:
    replace(folder, "scheme-2026.toml", 'questionnaire = "outpatient"', 'questionnaire = "dental"')
    assert found(folder) == [
        ("scheme-2026.toml", "indicators.outpatient_satisfaction.questionnaire", "questionnaire_not_listed")
    ]


def test_measure_that_its_questionnaire_does_not_have_is_named(folder: Path) -> None:
    replace(folder, "scheme-2026.toml", 'measure = "score"', 'measure = "parking"')
    assert [(file, key) for file, key, _ in found(folder)] == [
        ("scheme-2026.toml", "indicators.outpatient_satisfaction.measure")
    ]


@pytest.mark.parametrize("indicator", ["parking", "outpatient_satisfaction"])
def test_visits_that_no_reading_counts_are_named(folder: Path, indicator: str) -> None:
    replace(folder, "schedule.toml", 'visits = ""', f'visits = "{indicator}"')
    assert found(folder) == [("schedule.toml", "surveys.visits", "visits_not_a_reading")]


def test_visits_that_a_reading_counts_are_taken(folder: Path) -> None:
    replace(folder, "schedule.toml", 'visits = ""', 'visits = "expert_sessions"')
    assert found(folder) == []


@pytest.mark.parametrize("measure", ["overall", "environment", "continuity"])
def test_measure_of_the_questionnaire_is_taken(folder: Path, measure: str) -> None:
    replace(folder, "scheme-2026.toml", 'measure = "score"', f'measure = "{measure}"')
    assert found(folder) == []


@pytest.mark.parametrize("file", ["consortium.toml", "schedule.toml"])
def test_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert found(folder) == [(file, "file", "file_missing")]


def test_missing_scheme_is_named(folder: Path) -> None:
    (folder / "scheme-2026.toml").unlink()
    assert found(folder) == [("scheme-YYYY.toml", "file", "file_missing")]


def test_missing_questionnaires_are_named_by_the_scheme_that_wants_one(folder: Path) -> None:
    shutil.rmtree(folder / "questionnaires")
    assert [code for _, _, code in found(folder)] == ["questionnaire_not_listed"]


def test_missing_cooperation_and_key_files_are_named(folder: Path) -> None:
    (folder / "cooperation.csv").unlink()
    replace(folder, "consortium.toml", 'key_file = ""', 'key_file = "../elsewhere/key.json"')
    assert found(folder) == [
        ("consortium.toml", "review.key_file", "file_missing"),
        ("schedule.toml", "cooperation.file", "file_missing"),
    ]


@pytest.mark.parametrize("file", ["consortium.toml", "schedule.toml", "scheme-2026.toml", OUTPATIENT])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('name = "某市"'.encode("gb18030"), "file_not_utf8"),
        ("name = 1".encode("utf-16"), "file_not_utf8"),
        (b"name = [unclosed", "toml_malformed"),
        (b"name = 1\nname = 2", "toml_malformed"),
        (b"name = \x00", "toml_malformed"),
        (b"a = " + b"[" * 100_000, "toml_malformed"),
        (b"a = " + b"9" * 10_000, "toml_malformed"),
        (b"# " + b"x" * 4 * 1024 * 1024, "file_too_large"),
    ],
    ids=["GB 18030", "UTF-16", "unclosed", "twice", "NUL", "deep", "endless number", "huge"],
)
def test_file_that_cannot_be_read_is_named(folder: Path, file: str, content: bytes, code: str) -> None:
    (folder / file).write_bytes(content)
    assert (file, "file", code) in found(folder)


@pytest.mark.parametrize("file", ["consortium.toml", "schedule.toml", "scheme-2026.toml", OUTPATIENT])
def test_number_beyond_measure_is_named(folder: Path, file: str) -> None:
    (folder / file).write_text(f"a = 1e{'9' * 25}\n", encoding="utf-8")
    assert (file, "file", "toml_malformed") in found(folder)


@pytest.mark.parametrize("file", ["consortium.toml", "schedule.toml", "scheme-2026.toml", OUTPATIENT])
def test_folder_in_place_of_a_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()
    assert (file, "file", "file_unreadable") in found(folder)


def test_file_of_exactly_the_largest_size_is_read(folder: Path) -> None:
    text = (folder / "consortium.toml").read_bytes() + b"#"
    (folder / "consortium.toml").write_bytes(text.ljust(4 * 1024 * 1024, b"x"))
    assert found(folder) == []


def test_file_name_too_long_is_named(folder: Path) -> None:
    replace(folder, "schedule.toml", "cooperation.csv", "c" * 300 + ".csv")
    replace(folder, "consortium.toml", 'key_file = ""', f'key_file = "{"k" * 300}"')
    assert found(folder) == [
        ("consortium.toml", "review.key_file", "file_missing"),
        ("schedule.toml", "cooperation.file", "file_missing"),
    ]


def test_scheme_of_another_year_than_its_file_is_named(folder: Path) -> None:
    (folder / "scheme-2026.toml").rename(folder / "scheme-2027.toml")
    assert found(folder) == [("scheme-2027.toml", "scheme.year", "scheme_year_differs")]


@pytest.mark.parametrize("name", ["scheme-26.toml", "scheme-1999.toml", "scheme-2026-draft.toml", "scheme-.toml"])
def test_scheme_file_with_another_name_is_refused_rather_than_overlooked(folder: Path, name: str) -> None:
    (folder / name).write_text("", encoding="utf-8")
    assert found(folder) == [(name, "file", "scheme_file_misnamed")]


def test_two_questionnaires_for_one_kind_are_named(folder: Path) -> None:
    second = (folder / OUTPATIENT).read_text(encoding="utf-8").replace('id = "outpatient"', 'id = "second"', 1)
    (folder / "questionnaires" / "second.toml").write_text(second, encoding="utf-8")
    assert found(folder) == [("questionnaires/second.toml", "kinds", "kind_twice")]


def test_two_questionnaires_of_one_id_are_named(folder: Path) -> None:
    second = (folder / OUTPATIENT).read_text(encoding="utf-8")
    second = second.replace('kinds = ["outpatient"]', 'kinds = ["dental"]', 1)
    (folder / "questionnaires" / "second.toml").write_text(second, encoding="utf-8")
    assert found(folder) == [("questionnaires/second.toml", "id", "questionnaire_twice")]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("not a key", "public_key_malformed"),
        ("{}", "review_key_invalid"),
        ('{"kty": "oct", "k": "AAAA"}', "review_key_invalid"),
    ],
)
def test_public_key_that_is_none_is_named(folder: Path, key: str, code: str) -> None:
    replace(folder, "consortium.toml", "public_key = ''", f"public_key = '{key}'")
    assert found(folder) == [("consortium.toml", "review.public_key", code)]


def test_private_key_in_place_of_the_public_one_is_named(folder: Path, shell: CommandLine) -> None:
    shell.done("review", "keygen", "--output", "key.json")
    private = json.dumps(json.loads((shell.folder / "key.json").read_text(encoding="utf-8")))
    replace(folder, "consortium.toml", "public_key = ''", f"public_key = '{private}'")
    assert found(folder) == [("consortium.toml", "review.public_key", "review_key_private")]


def test_auditor_s_key_must_be_public_and_not_that_of_the_reviews(folder: Path, shell: CommandLine) -> None:
    public = shell.done("review", "keygen", "--output", "key.json").out.strip()
    private = json.dumps(json.loads((shell.folder / "key.json").read_text(encoding="utf-8")))
    spread = json.dumps(json.loads(public))
    replace(folder, "consortium.toml", "public_key = ''", f"public_key = '{public}'")
    replace(folder, "consortium.toml", "key_file =", "auditor_key = ''\nkey_file =")
    before = "auditor_key = ''"
    for key, code in ((private, "review_key_private"), (spread, "auditor_key_shared"), ("{}", "review_key_invalid")):
        replace(folder, "consortium.toml", before, before := f"auditor_key = '{key}'")
        assert found(folder) == [("consortium.toml", "review.auditor_key", code)]


def test_all_faults_of_all_files_are_named_at_once(folder: Path) -> None:
    replace(folder, "consortium.toml", 'tier = "tertiary"', 'tier = "first"')
    replace(folder, "schedule.toml", 'time = "09:30"', 'time = "9:30"')
    replace(folder, "scheme-2026.toml", "version = 1", "version = 0")
    replace(folder, OUTPATIENT, 'dimension = "waiting"', 'dimension = "parking"')
    assert {(file, key) for file, key, _ in found(folder)} == {
        ("consortium.toml", "units[0].tier"),
        ("schedule.toml", "jobs[1].time"),
        ("scheme-2026.toml", "scheme.version"),
        (OUTPATIENT, "questions[4].dimension"),
    }


@pytest.mark.parametrize("what", ["missing", "a file"])
def test_folder_that_is_none_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "group"
    if what == "a file":
        path.write_text("", encoding="utf-8")
    with pytest.raises(DomainError) as caught:
        read_configuration(path)
    assert (caught.value.code, caught.value.details) == ("folder_missing", {"folder": str(path)})


def test_apply_makes_the_installation_what_the_files_say(folder: Path, shell: CommandLine) -> None:
    shell.done("apply", folder, CLOCK=APPLIED)
    database = open_database(read_settings({"TONGPING_DATABASE_URL": shell.database_url}))
    with database.transaction() as session:
        row = installation(session)
        assert (row.name, row.bot_name, row.folder) == (
            {"zh": "小集团", "en": "Small group"},
            "tongping_bot",
            str(folder),
        )
        assert [unit.code for unit in all_units(session)] == list(UNITS)
        assert scheme_for(session, Period(2026)).version == 1
        questionnaire = for_kind(session, "outpatient")
        assert questionnaire is not None
        assert (questionnaire.id, questionnaire.version) == ("outpatient", "1")
    database.close()


def rows(path: Path, *, without: tuple[str, ...] = ()) -> dict[str, list[object]]:
    """Every row of every table."""
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        content = {name: sorted(map(repr, connection.execute(f"select * from {name}"))) for name in tables}
    connection.close()
    return {name: found for name, found in content.items() if name not in without}


def test_apply_twice_changes_nothing_but_the_audit(folder: Path, shell: CommandLine) -> None:
    shell.done("apply", folder, CLOCK=APPLIED)
    before = rows(shell.database, without=("audit", "installation"))
    assert len(before) > 20
    shell.done("apply", folder, CLOCK="2026-10-06T09:00:00+08:00")
    assert rows(shell.database, without=("audit", "installation")) == before


def test_apply_of_a_refused_configuration_changes_nothing(folder: Path, shell: CommandLine) -> None:
    shell.done("apply", folder, CLOCK=APPLIED)
    before = rows(shell.database)
    replace(folder, "consortium.toml", 'zh = "人民医院"', 'zh = "第一人民医院"')
    replace(folder, "scheme-2026.toml", "peer_score              = {points = 15,", "peer_score = {points = 16,")
    refused = shell.run("apply", folder)
    assert (refused.exit_code, "tiers.tertiary" in refused.out + refused.err) == (2, True)
    assert rows(shell.database) == before


def test_first_apply_of_a_refused_configuration_makes_no_database(folder: Path, shell: CommandLine) -> None:
    (folder / "schedule.toml").unlink()
    assert shell.run("apply", folder).exit_code == 2
    assert not shell.database.exists()


def test_apply_that_fails_in_its_last_step_leaves_nothing(october: CommandLine) -> None:
    """October is settled by version 1 of the scheme, so version 1 cannot change; nor may anything else then."""
    folder = october.folder / "group"
    before = rows(october.database)
    replace(folder, "consortium.toml", 'zh = "人民医院"', 'zh = "第一人民医院"')
    replace(folder, "scheme-2026.toml", "peer_score              = {points = 15,", "peer_score = {points = 14,")
    replace(folder, "scheme-2026.toml", "average_stay            = {points = 5,", "average_stay = {points = 6,")
    assert october.run("apply", folder, "--json").refusal == "scheme_version_used"
    assert rows(october.database) == before


def test_apply_follows_a_change(folder: Path, shell: CommandLine) -> None:
    shell.done("apply", folder, CLOCK=APPLIED)
    replace(folder, "consortium.toml", 'zh = "人民医院"', 'zh = "第一人民医院"')
    replace(folder, "consortium.toml", PEOPLE, "")
    shell.done("apply", folder, CLOCK=APPLIED)
    database = open_database(read_settings({"TONGPING_DATABASE_URL": shell.database_url}))
    with database.transaction() as session:
        assert all_units(session)[0].name["zh"] == "第一人民医院"
        configuration, _ = read_configuration(folder)
        assert configuration is not None
        apply_configuration(
            session, configuration=configuration, actor="command_line", now=read_settings({}).clock.now()
        )
    database.close()
    assert shell.run("login-link", "zhao", "--json").refusal == "person_unknown"


@pytest.mark.parametrize(
    ("quorum", "members", "is_refused"), [(1, 0, True), (1, 1, False), (2, 2, False), (3, 2, True)]
)
def test_a_quorum_beyond_the_committee_is_refused(folder, quorum, members, is_refused):
    """The committee could never decide, and nothing could ever be published."""
    people = "".join(
        f'[[people]]\nid = "m{number}"\nname = "委员"\nroles = ["committee"]\n' for number in range(members)
    )
    consortium = folder / "consortium.toml"
    written = re.sub(r'roles = \["committee"\]', 'roles = ["auditor"]', consortium.read_text(encoding="utf-8"))
    consortium.write_text(f"{written}\n{people}", encoding="utf-8")
    scheme = folder / "scheme-2026.toml"
    scheme.write_text(f"{scheme.read_text(encoding='utf-8')}\n[approval]\nquorum = {quorum}\n", encoding="utf-8")
    refused = [("scheme-2026.toml", "approval.quorum", "approval_quorum_beyond_committee")]
    assert found(folder) == (refused if is_refused else [])
