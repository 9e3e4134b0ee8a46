"""`review open-round|close-round|count PERIOD --panel`: an expert panel from the terminal, from scheme to points."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from consortium.periods import Period
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.small_group import APPLIED, CLOSED, OPENED, SETTLED
from tests.panel_town import CORE, marks_everything

OCTOBER = Period.parse("2026-10")
EXPERTS = ("an", "bo", "cao")
PEOPLE = "".join(f'\n[[people]]\nid = "{id_}"\nname = "{id_}"\nroles = ["expert"]\n' for id_ in EXPERTS)


@pytest.fixture
def panel(group: CommandLine) -> CommandLine:
    """The small group with three experts, and a scheme in which they mark one indicator."""
    people = group.folder / "group" / "consortium.toml"
    people.write_text(people.read_text(encoding="utf-8") + PEOPLE, encoding="utf-8")
    scheme = group.folder / "group" / "scheme-2026.toml"
    written = scheme.read_text(encoding="utf-8")
    head = f"[indicators.{CORE}]\n"
    assert head in written
    scheme.write_text(written.replace(head, f'{head}input = "panel"\nexperts = 3\n'), encoding="utf-8")
    group.done("apply", "group", CLOCK=APPLIED)
    return group


def marks(shell: CommandLine, mark: str = "3") -> None:
    with closing(Database(shell.database_url)) as database, database.transaction() as session:
        for person in EXPERTS:
            marks_everything(session, OCTOBER, person, mark, datetime.fromisoformat(OPENED))


def test_the_whole_way(panel: CommandLine) -> None:
    opened = panel.done("review", "open-round", "2026-10", "--panel", "--json", CLOCK=OPENED).document
    assert opened == {"period": "2026-10", "state": "open", "indicators": [CORE]}
    marks(panel)
    assert panel.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "panel_open"
    assert panel.run("review", "count", "2026-10", "--panel", "--json", CLOCK=CLOSED).refusal == "panel_is_open"
    closed = panel.done("review", "close-round", "2026-10", "--panel", CLOCK=CLOSED)
    assert closed.out.strip() == "2026-10 专家评分已截止"
    assert panel.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "panel_not_counted"
    counted = panel.done("review", "count", "2026-10", "--panel", "--json", CLOCK=CLOSED).document
    assert counted | {"root": ""} == {
        "period": "2026-10", "state": "erased", "ballots": 9, "void": 0, "figures": 3, "known": 3, "root": "",
    }  # fmt: skip
    assert len(counted["root"]) == 64
    again = panel.done("review", "count", "2026-10", "--panel", CLOCK=CLOSED)
    assert counted["root"] in again.out
    panel.done("settle", "2026-10", CLOCK=SETTLED)
    said = panel.done("explain", "jia", "2026-10").out
    assert "专家评分 3 分" in said
    lines = {line["code"]: line for line in panel.done("explain", "jia", "2026-10", "--json").document["indicators"]}
    line = lines[CORE]
    assert [line[key] for key in ("value", "n", "definition", "low", "high")] == [50, None, "panel-mean-1", 50, 50]
    assert panel.done("doctor", "--json").document["broken"] == []


def test_marks_are_nowhere_in_the_file_before_or_after(panel: CommandLine) -> None:
    panel.done("review", "open-round", "2026-10", "--panel", CLOCK=OPENED)
    marks(panel)
    with sqlite3.connect(panel.database) as connection:
        (sealed,) = connection.execute("select sealed from ballots_panel_2026_10 limit 1").fetchone()
    connection.close()
    panel.done("review", "close-round", "2026-10", "--panel", CLOCK=CLOSED)
    panel.done("review", "count", "2026-10", "--panel", CLOCK=CLOSED)
    files = [path.read_bytes() for path in Path(panel.database).parent.glob("tongping.sqlite3*")]
    assert not any(sealed[place : place + 40].encode() in file for file in files for place in (700, 1200, 1800))


@pytest.mark.parametrize(("step", "code"), [("close-round", "panel_unknown"), ("count", "panel_unknown")])
def test_without_a_panel_there_is_nothing_to_do(panel: CommandLine, step: str, code: str) -> None:
    assert panel.run("review", step, "2026-10", "--panel", "--json", CLOCK=OPENED).refusal == code


def test_a_group_without_experts_opens_none(group: CommandLine) -> None:
    ran = group.run("review", "open-round", "2026-10", "--panel", "--json", CLOCK=OPENED)
    assert ran.refusal == "panel_nothing_to_mark"


def test_a_round_needs_its_table_of_cooperation(group: CommandLine) -> None:
    ran = group.run("review", "open-round", "2026-10", CLOCK=OPENED)
    assert (ran.exit_code, ran.out) == (2, "")
    assert "--cooperation" in ran.err
