"""A count from end to end: three steps, each safe to be killed in, and one result whoever counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import event, inspect, select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from consortium.models import Installation
from evaluation.schemes import apply_scheme
from locales.errors import DomainError
from reviews.figures import DEFINITION
from reviews.models import PeerComment, PeerFit, PeerResidue, PeerResult, PublishedReceipts, ReviewRound
from reviews.receipt_lists import read_lists
from reviews.residue import open_residue
from reviews.results import peer_scores
from reviews.sealing import generate_keys
from scheduler import counting
from scheduler.counting import count_round, run_count
from storage.audit import AuditRow
from storage.database import Database
from tests.evaluation.cast import example
from tests.reviews.plain_figures import plain_figures
from tests.reviews.season import NAMES, OCTOBER, START, Season, all_vote

pytestmark = pytest.mark.both_databases

COUNTED_AT = START + timedelta(days=12)
TABLES = ("peer_result", "peer_criterion", "peer_fit", "published_receipts")


def clock() -> datetime:
    return COUNTED_AT


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return generate_keys()


@pytest.fixture(scope="module")
def other_keys() -> tuple[str, str]:
    return generate_keys()


@pytest.fixture
def closed(database: Database, keys: tuple[str, str]) -> Database:
    """A round in which everybody scored everybody, closed."""
    with database.transaction() as session:
        season = Season(session, *keys).is_open()
        all_vote(season)
        season.votes("yi", "jia", "55555", comment="很好")
        season.closes()
    return database


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the fit, which takes a process of its own."""
    monkeypatch.setattr(counting, "figures_of_round", plain_figures)


def run(database: Database, keys: tuple[str, str], **how: object) -> counting.Done:
    return run_count(database, period=OCTOBER, private_key=keys[0], actor="person:chen", clock=clock, **how)


def left(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What a count leaves, row by row."""
    with database.transaction() as session:
        return {
            name: sorted(map(tuple, session.execute(text(f"select * from {name}")).all()), key=str) for name in TABLES
        }


def state(database: Database) -> str:
    with database.transaction() as session:
        return session.scalars(select(ReviewRound.state)).one()


# --- whole ---------------------------------------------------------------------------------------------------------


def test_round_is_counted_fitted_published_and_erased(closed, keys):
    done = run(closed, keys)
    with closed.transaction() as session:
        round_ = session.get_one(ReviewRound, "2026-10")
        lists = read_lists(session.get_one(PublishedReceipts, "2026-10").published)
        scores = peer_scores(session, OCTOBER)
        assert (round_.state, round_.counted_at, round_.root) == ("erased", COUNTED_AT, done.counted.root)
        assert not inspect(session.connection()).has_table("ballots_2026_10")
        assert session.scalars(select(PeerFit.part)).all() == [1]
    assert (len(lists.counted), len(lists.superseded), lists.void) == (30, 1, ())
    assert (done.counted.ballots, done.counted.void, done.counted.units, done.counted.scored) == (30, 0, 6, 6)
    assert set(scores) == set(NAMES)
    assert {(score.raters, score.definition) for score in scores.values()} == {(5, DEFINITION)}
    assert done.erased.ballots == 31


def test_actor_and_clock_are_those_of_the_caller(closed, keys, plain):
    run(closed, keys)
    with closed.transaction() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action.in_(("count_round", "erase_round")))).all()
        assert {(row.actor, row.at) for row in rows} == {("person:chen", COUNTED_AT)}
        assert [row.action for row in rows] == ["count_round", "erase_round"]


def test_same_ballots_give_the_same_figures_whoever_counts(closed, keys, monkeypatch):
    asked = []

    def notes(marks, **terms):
        asked.append((list(marks), terms))
        return plain_figures(marks, **terms)

    monkeypatch.setattr(counting, "figures_of_round", notes)
    monkeypatch.setattr(counting, "write_count", lambda *_, **__: None)
    for _ in range(2):
        count_round(closed, period=OCTOBER, private_key=keys[0], actor="x", clock=clock)
    assert asked[0] == asked[1]
    assert 0 <= asked[0][1]["seed"] < 2**32


def test_figures_are_asked_for_with_the_terms_of_the_round(closed, keys, monkeypatch):
    asked = {}

    def notes(marks, **terms):
        asked.update(terms)
        return plain_figures(marks, **terms)

    monkeypatch.setattr(counting, "figures_of_round", notes)
    with closed.transaction() as session:
        session.execute(update(ReviewRound).values(thresholds={"raters": 6, "criterion": 9, "comments": 11}))
        document = example()
        document["tiers"]["secondary"]["ranked"] = False
        apply_scheme(session, document=document, now=START)
    done = run(closed, keys)
    assert asked["thresholds"] == {"raters": 6, "criterion": 9, "comments": 11}
    assert asked["unranked"] == frozenset({"secondary", "partner"})
    assert asked["tiers"]["yi"] == "secondary"
    assert (len(asked["criteria"]), asked["units"]) == (5, tuple(sorted(NAMES)))
    assert done.counted.scored == 0


def test_transactions_are_closed_while_ballots_are_opened_and_fitted(closed, keys, monkeypatch):
    def looks(marks, **terms):
        with closed.transaction() as session:  # on SQLite this would wait for a writer that is still at work
            assert session.scalars(select(ReviewRound.state)).one() == "closed"
        return plain_figures(marks, **terms)

    monkeypatch.setattr(counting, "figures_of_round", looks)
    told = []
    run(closed, keys, progress=lambda number, of: told.append((number, of, state(closed))))
    assert told == [(31, 31, "closed")]


def test_residue_is_left_to_the_auditor_alone(closed, keys, other_keys, plain):
    with closed.transaction() as session:
        session.execute(update(Installation).values(review={"public_key": keys[1], "auditor_key": other_keys[1]}))
    run(closed, keys)
    with closed.transaction() as session:
        residue = open_residue(other_keys[0], session.scalars(select(PeerResidue.sealed)).one())
    assert '"marks": 30' in residue


def test_marks_and_comments_reach_neither_log_nor_error(closed, keys, monkeypatch):
    def fails(marks, **terms):
        raise DomainError("fit_failed", reason="reading_too_slow")

    monkeypatch.setattr(counting, "figures_of_round", fails)
    with capture_logs() as logs, pytest.raises(DomainError) as refused:
        run(closed, keys)
    assert (refused.value.code, state(closed)) == ("fit_failed", "closed")
    assert not any(secret in f"{logs} {refused.value!r}" for secret in ("34512", "44445", "很好"))


# --- refused -------------------------------------------------------------------------------------------------------


def test_refusals_leave_the_round_as_it_is(closed, keys, other_keys, plain):
    for key, code in ((other_keys[0], "review_key_mismatch"), (keys[1], "review_key_invalid")):
        with pytest.raises(DomainError, match=code):
            run(closed, (key, ""))
    with closed.transaction() as session:
        session.execute(text("delete from ballots_2026_10"))
    with pytest.raises(DomainError, match="ballots_missing"):
        run(closed, keys)
    assert state(closed) == "closed"
    assert left(closed) == {name: [] for name in TABLES}


def test_round_that_is_not_there_or_open_is_refused(database, keys):
    with pytest.raises(DomainError, match="round_unknown"):
        run(database, keys)
    with database.transaction() as session:
        Season(session, *keys).is_open()
    with pytest.raises(DomainError, match="round_is_open"):
        run(database, keys)


# --- again, at once, killed ----------------------------------------------------------------------------------------


def test_count_run_again_says_the_same_whatever_the_key(closed, keys, plain):
    first = run(closed, keys)
    before = left(closed)
    again = run(closed, ("lost by now", ""))
    assert (again.counted, again.erased.ballots) == (first.counted, 0)
    assert left(closed) == before


def test_two_counts_at_once_write_one_result(closed, keys, plain):
    def count(_: int) -> counting.Counted:
        return count_round(closed, period=OCTOBER, private_key=keys[0], actor="person:chen", clock=clock)

    with ThreadPoolExecutor(3) as threads:
        found = set(threads.map(count, range(3)))
    assert len(found) == 1
    with closed.transaction() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "count_round")).all()) == 1
        assert len(session.scalars(select(PeerResult)).all()) == 6


def test_count_that_another_one_overtakes_says_what_that_found(closed, keys, monkeypatch):
    def slow(marks, **terms):
        monkeypatch.setattr(counting, "figures_of_round", plain_figures)
        overtaking.append(run(closed, keys))
        return replace(plain_figures(marks, **terms), units=())

    overtaking: list[counting.Done] = []
    monkeypatch.setattr(counting, "figures_of_round", slow)
    assert run(closed, keys).counted == overtaking[0].counted
    assert len(left(closed)["peer_result"]) == 6


def dies_at(url: str, number: int, work: Callable[[Database], object]) -> bool:
    """Do the work in a process that ends, without a word to anybody, before its statement or commit of this number;
    whether it came to its end before that.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        database = Database(url)
        seen = [0]

        def counts(*_: object) -> None:
            seen[0] += 1
            if seen[0] == number:
                os._exit(9)

        for moment in ("before_cursor_execute", "commit"):
            event.listen(database.engine, moment, counts)
        work(database)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a forked test must not go on as a second pytest
        os._exit(8)


def test_count_killed_at_any_statement_is_finished_by_the_next(closed, keys, plain, database_url):
    with closed.transaction() as session:
        as_closed = session.scalars(select(ReviewRound.state)).one()
    closed.close()
    killed, number, known = 0, 1, as_closed
    while not dies_at(database_url, number, lambda database: run(database, keys)):
        killed, number = killed + 1, number + 1
        here = Database(database_url)
        now = state(here)
        rows = left(here)
        assert (now == "closed") == (rows["peer_result"] == [])
        here.close()
        if now != known:
            known, number = now, 1  # the next one begins there: kill it again at its first step
        assert killed < 150
    here = Database(database_url)
    assert state(here) == "erased"
    rows = left(here)
    again = run(here, keys)
    assert (again.counted.ballots, again.counted.units, again.counted.scored) == (30, 6, 6)
    assert {name: len(rows[name]) for name in TABLES} == {
        "peer_result": 6, "peer_criterion": 0, "peer_fit": 1, "published_receipts": 1,
    }  # fmt: skip
    with here.transaction() as session:
        actions = session.scalars(select(AuditRow.action)).all()
        assert (actions.count("count_round"), actions.count("erase_round")) == (1, 1)
        assert not inspect(session.connection()).has_table("ballots_2026_10")
    here.close()
    assert killed > 20


def test_comments_are_kept_under_random_ids(database, keys, plain):
    with database.transaction() as session:
        season = Season(session, *keys).is_open()
        for rater, target in permutations(NAMES, 2):
            season.votes(rater, target, "33333", comment="好" if target == "jia" else "")
        season.closes()
        session.execute(update(ReviewRound).values(thresholds={"raters": 5, "criterion": 5, "comments": 5}))
    run(database, keys)
    with database.transaction() as session:
        rows = comments_of(session)
    assert [comment for _, comment in rows] == ["好"] * 5
    assert len({id_ for id_, _ in rows}) == 5
    assert all(len(id_) >= 20 for id_, _ in rows)


def comments_of(session: Session) -> list[tuple[str, str]]:
    return [(row.id, row.comment) for row in session.scalars(select(PeerComment))]
