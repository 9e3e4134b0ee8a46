"""`tongping demo`: a whole season played and found in order; and what it refuses."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from app.demo import season
from app.demo.season import _months
from consortium.periods import Period
from locales.texts import catalogue
from tests.app.command_line import CommandLine

TOKEN = "123456:AbCdEfGhIjKlMnOpQrSt"


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """The demo sets up the process's logs; put them back."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:], logging.getLogger().level = before
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("present", "months"),
    [
        ("2026-11", ["2026-08", "2026-09", "2026-10", "2026-11"]),
        ("2027-02", ["2026-11", "2026-12", "2027-01", "2027-02"]),
    ],
)
def test_season_is_three_months_and_the_present_one(present: str, months: list[str]) -> None:
    assert [str(month) for month in _months(Period.parse(present))] == months


@pytest.mark.parametrize("settings", [{"TELEGRAM_TOKEN": TOKEN}, {"CLOCK": "2026-11-10T09:00:00+08:00"}])
def test_demo_beside_a_token_or_a_moved_clock_is_refused(shell: CommandLine, settings: dict[str, str]) -> None:
    ran = shell.run("demo", "--no-serve", **settings)
    assert (ran.exit_code, ran.err) == (2, catalogue("zh", "errors")["errors.demo_is_local"] + "\n")
    assert list(shell.folder.iterdir()) == []


def test_demo_in_a_folder_of_somebody_else_is_refused(shell: CommandLine) -> None:
    (shell.folder / "thesis.docx").write_text("years of work", encoding="utf-8")
    ran = shell.run("demo", "--no-serve", "--dir", ".")
    assert ran.exit_code == 2
    assert [path.name for path in shell.folder.iterdir()] == ["thesis.docx"]


def rows(database: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(database) as connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


@pytest.mark.journey
def test_demo_plays_its_months_and_leaves_everything_in_order(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(season, "MONTHS", 1)  # the others are like it, and take as long
    ran = shell.run("demo", "--no-serve", "--dir", "played", LANG="en_GB.UTF-8")
    assert ran.exit_code == 0, ran
    database = shell.folder / "played" / "tongping.sqlite3"
    months = [month for (month,) in rows(database, "select period from settlement order by period")]
    assert len(months) == 1
    _a_season_is_there(database, months)
    _words_are_said(ran.out, months)
    doctor = shell.done("doctor", "--json", DATABASE_URL=f"sqlite:///{database}")
    assert doctor.document["broken"] == []
    _second_call_plays_nothing(shell, database)


def _a_season_is_there(database: Path, months: list[object]) -> None:
    assert {state for (state,) in rows(database, "select state from bulletin")} == {"released"}
    assert [month for (month,) in rows(database, "select period from bulletin order by period")] == months
    rounds = rows(database, "select state, ballots_counted from review_round order by period")
    assert rounds == [("erased", 650), ("open", None)]  # 26 units, 25 each, and the present month for you
    counts = rows(
        database,
        "select response.period, response.unit_code, count(*) from response"
        " join invitation on invitation.id = response.invitation_id"
        " where response.state = 'sent' and invitation.kind = 'outpatient' and invitation.stream = 'visit' group by 1, 2",
    )
    closed = {(period, unit): count for period, unit, count in counts if period in months}
    assert len(closed) == 26
    assert all(isinstance(count, int) and 25 <= count <= 40 for count in closed.values())
    unranked = rows(database, "select distinct unit_code, unranked_reason from scorecard where rank is null")
    assert unranked == [("h1", "tier_of_one")]
    assert rows(database, "select count(*) from scorecard where complete = 0") == [(0,)]
    assert rows(database, "select count(*) from occurrence where state in ('failed', 'due', 'running')") == [(0,)]
    assert {state for (state,) in rows(database, "select state from delivery")} == {"sent"}


def _words_are_said(said: str, months: list[object]) -> None:
    assert f"Played {', '.join(map(str, months))}: units 26," in said
    assert "ballots 650." in said
    assert "review key lies on this very machine" in said
    assert said.count("/sign-in/") == 3
    for place in ("/", "/simulator", f"/bulletins/{months[-1]}"):
        assert f"http://127.0.0.1:8000{place}\n" in said


def _second_call_plays_nothing(shell: CommandLine, database: Path) -> None:
    before = rows(database, "select count(*), max(id) from audit where action <> 'make_link'")
    again = shell.run("demo", "--no-serve", "--dir", "played", "--port", "8123", LANG="en_GB.UTF-8")
    assert again.exit_code == 0
    assert "A season lies in played already" in again.out
    assert again.out.count("http://127.0.0.1:8123/sign-in/") == 3
    assert rows(database, "select count(*), max(id) from audit where action <> 'make_link'") == before
