"""`tongping review receipt CODE` at the shell."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.app.command_line import CommandLine
from tests.app.small_group import CLOSED, cast_all

STRANGER = "AAAAA-BBBBB-CCCCC-DDDDD"


def published(shell: CommandLine, name: str) -> list[str]:
    """The receipts of a list."""
    with closing(sqlite3.connect(shell.database)) as connection:
        [(text,)] = connection.execute("select published from published_receipts").fetchall()
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"{name} "))
    return lines[start + 1 : start + 1 + int(lines[start].split()[1])]


@pytest.fixture
def counted(voting: CommandLine) -> CommandLine:
    """A round in which everybody voted twice and one ballot was altered behind everybody's back."""
    cast_all(voting.database_url, marks="11111")
    cast_all(voting.database_url)
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    with closing(sqlite3.connect(voting.database)) as connection, connection:
        connection.execute("update ballots_2026_10 set sealed = id where id = (select min(id) from ballots_2026_10)")
    voting.done("review", "count", "2026-10", CLOCK=CLOSED)
    return voting


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        ("counted", "已计入 2026-10 的互评"),
        ("superseded", "未计入。\n如果这是您最后一次提交"),
        ("void", "在 2026-10 的互评中作废"),
    ],
)
def test_receipt_is_found_in_its_list_and_told_in_words(counted: CommandLine, standing: str, sentence: str) -> None:
    receipt = published(counted, standing)[0]
    assert sentence in counted.done("review", "receipt", receipt).out
    assert counted.done("review", "receipt", receipt.lower().replace("-", " "), "--json").document == {
        "receipt": receipt, "standing": standing, "period": "2026-10",
    }  # fmt: skip


def test_receipt_is_read_in_full_width_letters(counted: CommandLine) -> None:
    receipt = published(counted, "counted")[0]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in receipt.replace("-", ""))
    assert counted.done("review", "receipt", wide, "--json").document["receipt"] == receipt


def test_receipt_that_stands_nowhere_is_refused_with_what_it_means(counted: CommandLine) -> None:
    ran = counted.run("review", "receipt", STRANGER)
    assert (ran.exit_code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert STRANGER in ran.err
    assert "没有被计入，请带上回执告知审计员" in ran.err
    assert counted.run("review", "receipt", STRANGER, "--json").refusal == "receipt_unknown"


def test_receipt_of_a_round_that_is_not_counted_has_to_wait(voting: CommandLine) -> None:
    cast_all(voting.database_url)
    ran = voting.run("review", "receipt", STRANGER, "--json", LC_ALL="en_US.UTF-8")
    assert ran.refusal == "receipt_waits"
    assert "the round of 2026-10 is not counted" in ran.document["error"]["message"]


@pytest.mark.parametrize("odd", ["", "AAAAA", "票票票票", "AAAAA-BBBBB-CCCCC-DDDD1"])
def test_what_is_no_receipt_is_refused_without_being_repeated(counted: CommandLine, odd: str) -> None:
    ran = counted.run("review", "receipt", odd, "--json")
    assert ran.refusal == "receipt_malformed"
    assert odd == "" or odd not in ran.out
