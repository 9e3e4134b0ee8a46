"""The ledger: noted once, claimed by one, finished by whoever claimed last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from consortium.periods import Period
from scheduler.models import Occurrence
from scheduler.occurrences import (
    DONE,
    LeaseLost,
    claim,
    finish,
    latest_runs,
    note_due,
    noted_until,
    put_off,
    set_noted_until,
)
from scheduler.timetable import Due
from tests.scheduler.cast import OCTOBER, at

pytestmark = pytest.mark.both_databases

NOW = at("2026-11-03 10:00")
LEASE = timedelta(seconds=45)


def run(job: str = "settle", written: str = "2026-11-03 06:00", period: Period = OCTOBER, late: str = "run") -> Due:
    return Due(job, at(written), period, late)


def test_a_run_is_noted_once_and_keeps_what_it_was_noted_with(session):
    assert note_due(session, runs=[run(), run()], now=NOW) == [run()]
    assert note_due(session, runs=[run(late="skip")], now=NOW) == []
    [noted] = latest_runs(session)
    assert (noted.job, noted.due_at, noted.period, noted.late, noted.state) == (
        "settle",
        run().due_at,
        "2026-10",
        "run",
        "due",
    )


def test_the_first_run_that_can_be_done_is_claimed_and_one_at_a_time(session):
    note_due(session, runs=[run("draft", "2026-11-03 09:00"), run()], now=NOW)
    first = claim(session, owner="a", now=NOW, lease=LEASE)
    assert (first.job, first.fence, first.failures, str(first.period)) == ("settle", 1, 0, "2026-10")
    assert claim(session, owner="b", now=NOW, lease=LEASE) is None
    finish(session, claimed=first, state=DONE, outcome="settled", now=NOW)
    assert claim(session, owner="b", now=NOW, lease=LEASE).job == "draft"


def test_a_run_is_not_held_up_by_another_month(session):
    note_due(session, runs=[run("count", "2026-11-02 18:10"), run(period=Period(2026, 9))], now=NOW)
    first = claim(session, owner="a", now=NOW, lease=LEASE)
    put_off(session, claimed=first, outcome="x", has_failed=True, until=NOW + timedelta(minutes=5))
    assert claim(session, owner="a", now=NOW, lease=LEASE).job == "settle"


def test_a_run_put_off_comes_back_at_its_time_with_its_failures(session):
    note_due(session, runs=[run()], now=NOW)
    first = claim(session, owner="a", now=NOW, lease=LEASE)
    put_off(session, claimed=first, outcome="round_open", has_failed=True, until=NOW + timedelta(minutes=5))
    assert claim(session, owner="a", now=NOW + timedelta(seconds=299), lease=LEASE) is None
    again = claim(session, owner="a", now=NOW + timedelta(minutes=5), lease=LEASE)
    assert (again.fence, again.failures) == (2, 1)


def test_a_claim_that_was_overtaken_can_neither_finish_nor_put_off(session):
    note_due(session, runs=[run()], now=NOW)
    old = claim(session, owner="a", now=NOW, lease=LEASE)
    new = claim(session, owner="b", now=NOW + LEASE, lease=LEASE)
    with pytest.raises(LeaseLost):
        finish(session, claimed=old, state=DONE, outcome="x", now=NOW)
    with pytest.raises(LeaseLost):
        put_off(session, claimed=old, outcome="x", has_failed=False, until=NOW)
    finish(session, claimed=new, state=DONE, outcome="settled", now=NOW)
    with pytest.raises(LeaseLost):
        finish(session, claimed=new, state=DONE, outcome="settled", now=NOW)


def test_the_mark_never_goes_back(session):
    assert noted_until(session) is None
    for written in ("2026-10-01 00:00", "2026-11-01 00:00", "2026-10-15 00:00"):
        set_noted_until(session, at(written))
    assert noted_until(session) == at("2026-11-01 00:00")


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "running"},
        {"state": "due", "lease_until": NOW},
        {"state": "done"},
        {"state": "due", "finished_at": NOW},
        {"state": "lost"},
        {"late": "wait"},
        {"failures": 1},
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(session, broken):
    values = {"job": "settle", "due_at": NOW, "period": "2026-10", "late": "run", "state": "due", "fence": 0,
              "failures": 0, "noted_at": NOW}  # fmt: skip
    with pytest.raises(IntegrityError):
        session.execute(insert(Occurrence).values(**values | broken))


def test_of_many_who_claim_at_once_one_gets_each_run(database):
    runs = [run("remind", f"2026-10-{day:02} 10:00") for day in range(1, 9)]
    with database.transaction() as session:
        note_due(session, runs=runs, now=NOW)
    start = Barrier(6)

    def works(owner: str) -> list[str]:
        start.wait()
        done, empty = [], 0
        while empty < 20:
            with database.transaction() as session:
                claimed = claim(session, owner=owner, now=NOW, lease=LEASE)
            if claimed is None:
                empty += 1
                continue
            with database.transaction() as session:
                finish(session, claimed=claimed, state=DONE, outcome="told", now=NOW)
            done.append(claimed.name)
        return done

    with ThreadPoolExecutor(6) as pool:
        done = [name for names in pool.map(works, [f"p{number}" for number in range(6)]) for name in names]
    assert len(done) == len(set(done))
    with database.transaction() as session:
        rows = session.scalars(select(Occurrence)).all()
        assert sum(row.state == DONE for row in rows) == len(done)
        assert all(row.fence <= 1 for row in rows)
