"""`tongping due`: without an installation, with one, and with words that are no date; `workdays.csv` in a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.command_line import CommandLine
from tests.app.small_group import APPLIED
from tests.consortium.test_workday_calendar import YEAR_2027

ENGLISH = "en_GB.UTF-8"
TRAP = ("due", "2026-12-11", "--workdays", "15")


def writes_year(folder: Path, *rows: str) -> None:
    (folder / "workdays.csv").write_text("\n".join(["date,kind", *(rows or YEAR_2027)]), encoding="utf-8")


def test_it_needs_no_installation_and_makes_none(shell: CommandLine) -> None:
    assert shell.done(*TRAP, "--json").document == {
        "date": "2027-01-01", "provisional": True, "known_until": "2026-12-31",
    }  # fmt: skip
    assert shell.done("due", "2026-12-10", "--workdays", "15", "--json").document == {
        "date": "2026-12-31", "provisional": False, "known_until": "2026-12-31",
    }  # fmt: skip
    assert not shell.database.exists()


def test_it_says_it_to_people_in_both_languages(shell: CommandLine) -> None:
    assert shell.done("due", "2026-02-13", "--workdays", "1").out == "2026-02-14\n"
    assert shell.done(*TRAP).out == "2027-01-01（暂定：官方节假日日历只到 2026-12-31，之后按周一至周五计）\n"
    assert shell.done(*TRAP, LANG=ENGLISH).out.startswith("2027-01-01 (provisional: ")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2026-02-30", "--workdays", "15"), "date_invalid"),
        (("20261211", "--workdays", "15"), "date_invalid"),
        (("9999-12-31", "--workdays", "1"), "due_date_unreachable"),
        (("2026-12-11", "--workdays", "0"), "workdays_out_of_range"),
        (("2026-12-11", "--workdays", "367"), "workdays_out_of_range"),
    ],
)
def test_what_cannot_be_counted_is_refused(shell: CommandLine, words: tuple[str, ...], code: str) -> None:
    assert shell.run("due", *words, "--json").refusal == code


def test_words_that_are_no_number_are_a_wrong_call(shell: CommandLine) -> None:
    assert shell.starts("due", "2026-12-11", "--workdays", "1.5", "--json").refusal == "usage"


def test_the_year_applied_counts_and_one_taken_away_counts_no_more(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    folder = shell.folder / "group"
    writes_year(folder)
    shell.done("check", "group")
    shell.done("apply", "group", CLOCK=APPLIED)
    assert shell.done(*TRAP, "--json").document == {
        "date": "2027-01-04", "provisional": False, "known_until": "2027-12-31",
    }  # fmt: skip
    (folder / "workdays.csv").unlink()
    shell.done("apply", "group", CLOCK=APPLIED)
    assert shell.done(*TRAP, "--json").document["provisional"] is True


def test_a_faulty_table_is_named_by_line_and_nothing_is_applied(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    writes_year(shell.folder / "group", *YEAR_2027, "2027-01-04,work")
    ran = shell.run("check", "group", "--json")
    assert [(each["file"], each["key"], each["code"]) for each in ran.document["findings"]] == [
        ("workdays.csv", "line 16, kind", "workdays_not_weekend")
    ]
    assert shell.run("apply", "group", CLOCK=APPLIED).exit_code == 2
    assert not shell.database.exists()


def test_a_folder_of_that_name_is_no_table(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    (shell.folder / "group" / "workdays.csv").mkdir()
    ran = shell.run("check", "group", "--json")
    assert [each["code"] for each in ran.document["findings"]] == ["file_unreadable"]
