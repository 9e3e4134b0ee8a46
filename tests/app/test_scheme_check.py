"""`tongping scheme check FILE`: one document whatever the file is; every sum with what it adds; no installation."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evaluation.elements import AIMS, BOUNDS, LEGS
from tests.app.command_line import PROGRAM, CommandLine, Ran
from tests.evaluation.cast import EXAMPLE, example

KEYS = ["accepted", "sums", "findings"]
SUM_KEYS = ["bound", "tier", "sum", "low", "high", "indicators"]


def check(shell: CommandLine, written: str | bytes, *options: str) -> Ran:
    file = shell.folder / "scheme.toml"
    file.write_bytes(written.encode() if isinstance(written, str) else written)
    return shell.run("scheme", "check", file, *options)


def document_of(ran: Ran) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ran.out, parse_float=Decimal)
    assert list(document) == KEYS
    assert document["accepted"] is (document["findings"] == [])
    assert ran.exit_code == (0 if document["accepted"] else 2)
    for each in document["findings"]:
        assert list(each) == ["code", "key", "message"]
        assert each["message"]
        assert "{" not in each["message"]
    for each in document["sums"]:
        assert list(each) == SUM_KEYS
    return document


def edited(*pairs: tuple[str, str]) -> str:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def test_example_is_accepted_with_every_sum_and_its_rows(shell: CommandLine) -> None:
    document = document_of(check(shell, EXAMPLE.read_bytes(), "--json"))
    assert document["accepted"]
    sums = {(each["bound"], each["tier"]): each for each in document["sums"]}
    assert {bound for bound, _ in sums} == set(BOUNDS) - {"raters"}
    assert {tier for bound, tier in sums if bound in LEGS} == {"primary"}
    assert {tier for bound, tier in sums if bound in AIMS} == {"*"}
    assert sums["peers", "tertiary"] == {
        "bound": "peers", "tier": "tertiary", "sum": 25, "low": 20, "high": 30,
        "indicators": ["peer_score", "teaching_satisfaction"],
    }  # fmt: skip
    assert (sums["patients", "partner"]["low"], sums["patients", "partner"]["high"]) == (10, None)


def test_every_sum_is_the_sum_of_its_rows(shell: CommandLine) -> None:
    written = edited(("core_systems            = {points = 7,", "core_systems            = {points = 7.01,"))
    document = document_of(check(shell, written, "--json"))
    scheme = example()
    scheme["tiers"]["secondary"]["indicators"]["core_systems"]["points"] = Decimal("7.01")
    for each in document["sums"]:
        if each["bound"] in {"points", "peers", "patients", "outcomes", "collaboration"}:
            rows = scheme["tiers"][each["tier"]]["indicators"]
            assert Decimal(each["sum"]) == sum(Decimal(rows[code]["points"]) for code in each["indicators"])
    assert next(each["sum"] for each in document["sums"] if each["tier"] == "secondary") == Decimal("100.01")
    assert [(each["code"], each["key"]) for each in document["findings"]] == [
        ("bound_points", "tiers.secondary.indicators")
    ]


def test_a_tier_that_states_no_collaboration_has_open_ends(shell: CommandLine) -> None:
    written = edited(("ranked = false\ncollaboration = 20\n", "ranked = false\n"))
    document = document_of(check(shell, written, "--json"))
    of_partner = {each["bound"]: each for each in document["sums"] if each["tier"] == "partner"}
    assert (of_partner["collaboration"]["low"], of_partner["collaboration"]["high"]) == (None, None)
    assert document["accepted"]


@pytest.mark.parametrize(
    ("written", "key", "code"),
    [
        (b"", "scheme", "key_missing"),
        (b"year = ", "file", "toml_malformed"),
        (b"\xff\xfe", "file", "file_not_utf8"),
        (b"[scheme]\nyear = 2026\nyear = 2027\n", "file", "toml_malformed"),
        (b"a = " + b"[" * 3000 + b"]" * 3000, "file", "document_too_deep"),
        (b"a = 1e999999", "file", "number_unfit"),
        (b"a = 0x" + b"f" * 400, "file", "number_unfit"),
        (b"# \xe6\x97\xa0\n" * 900_000, "file", "file_too_large"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused_in_the_same_shape(
    shell: CommandLine, written: bytes, key: str, code: str
) -> None:
    document = document_of(check(shell, written, "--json"))
    assert (document["accepted"], document["sums"]) == (False, [])
    assert (key, code) in [(each["key"], each["code"]) for each in document["findings"]]


def test_a_file_that_is_not_there_and_a_folder_are_refused_in_the_same_shape(shell: CommandLine) -> None:
    for file in (shell.folder / "nowhere.toml", shell.folder, Path("a" * 5000)):
        document = document_of(shell.run("scheme", "check", file, "--json"))
        assert [(each["key"], each["code"]) for each in document["findings"]] == [("file", "file_unreadable")]


def test_a_malformed_scheme_names_every_fault_by_its_path_and_sums_nothing(shell: CommandLine) -> None:
    written = edited(
        ("[indicators.first_visit]\n", "[indicators.first_visit]\npionts = 3\n"),
        ("first_visit             = {points = 20}", "first_visit             = {points = -20}"),
    )
    document = document_of(check(shell, written, "--json"))
    assert document["sums"] == []
    assert {(each["key"], each["code"]) for each in document["findings"]} >= {
        ("indicators.first_visit.pionts", "key_unknown"),
        ("tiers.primary.indicators.first_visit.points", "scheme_points_negative"),
    }


OVERRIDE = """
[[overrides]]
bound = "peers"
tier = "secondary"
reason = {zh = "今年与邻市合并，互评从下半年开始", en = "Merged with the neighbouring city this year"}
"""
BELOW = (
    ("peer_score              = {points = 20, assumed = true}\naverage_stay            = {points = 5, floor = 11",
     "peer_score              = {points = 19.99, assumed = true}\naverage_stay            = {points = 5.01, floor = 11"),
)  # fmt: skip


def test_a_bound_broken_for_a_reason_is_no_finding_and_is_named_with_it(shell: CommandLine) -> None:
    broken = document_of(check(shell, edited(*BELOW), "--json"))
    assert [each["code"] for each in broken["findings"]] == ["bound_peers"]
    permitted = check(shell, edited(*BELOW) + OVERRIDE, "--json")
    document = document_of(permitted)
    assert document["accepted"]
    (peers,) = [each for each in document["sums"] if (each["bound"], each["tier"]) == ("peers", "secondary")]
    assert (peers["sum"], peers["low"]) == (Decimal("19.99"), 20)
    told = check(shell, edited(*BELOW) + OVERRIDE).out
    assert "放宽 成员单位互评分值：19.99（20 至 30） = peer_score 19.99" in told
    assert "理由：今年与邻市合并，互评从下半年开始" in told
    needless = document_of(check(shell, EXAMPLE.read_text(encoding="utf-8") + OVERRIDE, "--json"))
    assert [(each["code"], each["key"]) for each in needless["findings"]] == [("override_needless", "overrides")]


def test_lines_for_people_show_sums_marks_and_findings(shell: CommandLine) -> None:
    ran = check(shell, edited(*BELOW))
    assert ran.exit_code == 2
    lines = ran.out.splitlines()
    assert lines[0] == "2026 年考核方案第 1 版 · 协同绩效考核方案"
    assert "  符合 患者评价分值：20（至少 10） = readmission 10 + outpatient_satisfaction 10" in lines
    assert "  不符 成员单位互评分值：19.99（20 至 30） = peer_score 19.99" in lines
    assert lines[-2] == "方案不能使用，有 1 处问题："
    assert lines[-1].startswith("  tiers.secondary.indicators：")
    assert check(shell, EXAMPLE.read_bytes()).out.splitlines()[-1].startswith("方案可以使用")


def test_words_of_the_file_cannot_command_a_terminal(shell: CommandLine) -> None:
    written = edited(('zh = "协同绩效考核方案"', 'zh = "\\u001b]0;owned\\u0007方案"'))
    ran = check(shell, written)
    assert "\x1b" not in ran.out
    assert "\x07" not in ran.out


def test_english_terminal_reads_english(shell: CommandLine) -> None:
    shell.environment["LANG"] = "en_GB.UTF-8"
    assert check(shell, EXAMPLE.read_bytes()).out.splitlines()[-1].startswith("The scheme can be used")


def test_order_of_the_file_changes_nothing(shell: CommandLine) -> None:
    """Every table of the file in the opposite order."""
    head, *tables = EXAMPLE.read_text(encoding="utf-8").split("\n[")
    backwards = "\n[".join([head, *reversed(tables)])
    assert document_of(check(shell, backwards, "--json")) == document_of(check(shell, EXAMPLE.read_bytes(), "--json"))


def test_check_needs_no_installation_and_no_database(shell: CommandLine) -> None:
    """A program of its own: an analyst may run it anywhere, and nothing of SQLAlchemy is loaded."""
    ran = subprocess.run(
        [PROGRAM, "scheme", "check", EXAMPLE, "--json"],
        capture_output=True, text=True, check=False, cwd=shell.folder, env={"PATH": "", "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["accepted"] is True
    assert [path.name for path in shell.folder.iterdir()] == []
    assert Fraction(json.loads(ran.stdout)["sums"][0]["sum"]) == 100
