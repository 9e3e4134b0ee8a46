"""Many at once: one form sent by many is one ballot, and of closing and casting one comes first; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from consortium.people import actor_of
from consortium.periods import Period
from locales.errors import DomainError
from reviews.ballot_store import count_ballots
from reviews.panel_ballots import cast_panel_ballot, panel_tasks
from reviews.panel_invariants import check_panels
from reviews.panel_rounds import close_panel
from tests.cast import NOW
from tests.panel_town import found_panel_town, open_panel_in

pytestmark = pytest.mark.both_databases

OCTOBER = Period(2026, month=10)


@pytest.fixture
def task(database) -> int:
    with database.transaction() as session:
        found_panel_town(session, NOW)
        open_panel_in(session, OCTOBER, NOW)
        return panel_tasks(session, period=OCTOBER, person_id="an")[0].id


def casts(database, task, number) -> str:
    try:
        with database.transaction() as session:
            cast_panel_ballot(session, actor=actor_of(session, "an"), task_id=task, marks="4", casts=0,
                              ballot_id=f"ballot{number}", now=NOW)  # fmt: skip
    except DomainError as refusal:
        return refusal.code
    return "cast"


def test_of_many_at_once_one_is_cast(database, task):
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: casts(database, task, number), range(16)))
    assert sorted(outcomes) == ["ballot_already_sent"] * 15 + ["cast"]
    with database.transaction() as session:
        assert count_ballots(session, "ballots_panel_2026_10") == 1
        assert check_panels(session) == []


def test_a_ballot_comes_before_the_closing_or_not_at_all(database, task):
    def closes() -> str:
        with database.transaction() as session:
            close_panel(session, period=OCTOBER, actor="x", now=NOW)
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        cast, closed = pool.submit(casts, database, task, 1), pool.submit(closes)
        assert (closed.result(), cast.result() in {"cast", "panel_closed"}) == ("closed", True)
    with database.transaction() as session:
        assert count_ballots(session, "ballots_panel_2026_10") == (cast.result() == "cast")
        assert check_panels(session) == []
