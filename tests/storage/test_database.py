"""The database as the edges see it: commits, savepoints, shared commits, constraints that are switched on."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from consortium.models import Person, Role, Unit
from storage.audit import AuditRow, record
from storage.base import Exact, Json, UtcDateTime, canonical
from storage.database import Database, insert_new, journal_mode, serialize, upsert
from storage.upgrade import upgrade

NOW = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def note(session: Session, actor: str) -> str:
    record(session, actor=actor, action="test", subject="nothing", now=NOW)
    return actor


def actors(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(AuditRow.actor).order_by(AuditRow.actor)))


def test_transaction_commits_at_the_end(database: Database) -> None:
    with database.transaction() as session:
        note(session, "chen")

    assert actors(database) == ["chen"]


def test_transaction_leaves_nothing_after_an_exception(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        note(session, "chen")
        raise RuntimeError

    assert actors(database) == []


def test_run_answers_every_caller(database: Database) -> None:
    async def everybody() -> list[str]:
        return await asyncio.gather(*(database.run(lambda s, i=i: note(s, f"{i:03}")) for i in range(300)))

    assert asyncio.run(everybody()) == [f"{i:03}" for i in range(300)]
    assert actors(database) == [f"{i:03}" for i in range(300)]


def test_run_rolls_back_only_who_failed(database: Database) -> None:
    def fails(session: Session) -> str:
        note(session, "bad")
        raise ValueError("bad")

    async def both() -> list[object]:
        work = [lambda s: note(s, "good 1"), fails, lambda s: note(s, "good 2")]
        return await asyncio.gather(*(database.run(each) for each in work), return_exceptions=True)

    first, second, third = asyncio.run(both())

    assert (first, third) == ("good 1", "good 2")
    assert isinstance(second, ValueError)
    assert actors(database) == ["good 1", "good 2"]


def test_run_on_sqlite_shares_one_commit(tmp_path: object, sqlite_template: bytes) -> None:
    path = tmp_path / "shared.sqlite3"  # type: ignore[operator]
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    commits: list[int] = []
    event.listen(database.engine, "commit", lambda _: commits.append(1))
    gate = threading.Event()

    async def crowd() -> None:
        first = asyncio.ensure_future(database.run(lambda _: gate.wait(10)))
        others = [asyncio.ensure_future(database.run(lambda s, i=i: note(s, str(i)))) for i in range(20)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *others)

    asyncio.run(crowd())
    assert len(commits) <= 2  # the first caller's own, and one for all who waited meanwhile
    database.close()


def crowd_behind_a_gate(database: Database, callers: int) -> None:
    """The first caller holds the writer until all others wait."""
    gate = threading.Event()

    async def crowd() -> None:
        first = asyncio.ensure_future(database.run(lambda _: gate.wait(10)))
        others = [asyncio.ensure_future(database.run(lambda s, i=i: note(s, f"{i:03}"))) for i in range(callers)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *others)

    asyncio.run(crowd())


def written_order(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(AuditRow.actor).order_by(AuditRow.id)))


def test_what_waits_together_is_written_in_an_order_drawn_by_lot(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "lots.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    crowd_behind_a_gate(database, 60)
    written = written_order(database)
    came = [f"{number:03}" for number in range(60)]
    in_step = sum(one < other for one, other in pairwise(written))

    assert sorted(written) == came
    assert written not in (came, came[::-1])
    assert 12 < in_step < 47  # of 59 neighbours, 29.5 by lot: five standard deviations either way
    database.close()


def test_lots_are_drawn_anew_each_time_and_from_the_operating_system(tmp_path: Path, sqlite_template: bytes) -> None:
    orders = []
    for name in ("one", "other"):
        path = tmp_path / f"{name}.sqlite3"
        path.write_bytes(sqlite_template)
        database = Database(f"sqlite:///{path}")
        random.seed(1)  # whoever knows the state of the usual generator knows nothing of the lots
        crowd_behind_a_gate(database, 60)
        orders.append(written_order(database))
        database.close()

    assert orders[0] != orders[1]


def test_who_fails_fails_alone_wherever_the_lot_puts_him(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "failing.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")

    def work(session: Session, number: int) -> str:
        note(session, f"{number:03}")
        if number % 3 == 0:
            raise ValueError(number)
        return f"{number:03}"

    async def all_of_them() -> list[object]:
        calls = [database.run(lambda s, i=i: work(s, i)) for i in range(60)]
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(all_of_them())
    assert [str(answer) for answer in answers] == [str(i) if i % 3 == 0 else f"{i:03}" for i in range(60)]
    assert actors(database) == [f"{i:03}" for i in range(60) if i % 3]
    database.close()


def test_alone_waits_for_running_work_and_lets_new_work_wait(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "alone.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    order: list[str] = []
    running, gate, inside = threading.Event(), threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        running.set()
        gate.wait(10)
        note(session, "slow")
        order.append("slow")

    def quick(session: Session) -> None:
        note(session, "quick")
        order.append("quick")

    def alone() -> None:
        with database.alone():
            order.append("alone")
            inside.set()
            assert database.engine.pool.checkedout() == 0
            assert not late.done()
            order.append("alone no more")

    async def play() -> None:
        nonlocal late
        first = asyncio.ensure_future(database.run(slow))
        await asyncio.to_thread(running.wait, 10)
        maintenance = asyncio.ensure_future(asyncio.to_thread(alone))
        await asyncio.sleep(0.05)  # long enough for it to get in, were it not held back
        assert not inside.is_set()
        gate.set()
        late = asyncio.ensure_future(database.run(quick))
        await asyncio.gather(first, maintenance, late)

    late: asyncio.Future[None] = None  # type: ignore[assignment]
    asyncio.run(play())
    assert order.index("alone no more") == order.index("alone") + 1
    assert order[0] == "slow"
    assert sorted(actors(database)) == ["quick", "slow"]
    database.close()


def test_alone_leaves_no_pooled_connection_open(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "pooled.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    closed: list[int] = []
    event.listen(database.engine, "close", lambda *_: closed.append(1))
    actors(database)

    with database.alone():
        assert closed == [1]
        assert actors(database) == []  # the same thread may work, with connections of its own
    database.close()


def test_alone_is_refused_within_a_transaction(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "within.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")

    with database.transaction() as session:
        note(session, "chen")
        with pytest.raises(RuntimeError, match="transaction"), database.alone():
            raise AssertionError
    assert actors(database) == ["chen"]
    database.close()


def test_alone_keeps_a_database_in_memory() -> None:
    database = Database("sqlite://")
    upgrade(database)
    with database.transaction() as session:
        note(session, "chen")
    with database.alone():
        pass
    assert actors(database) == ["chen"]
    database.close()


def test_alone_stops_nobody_on_a_server(database: Database) -> None:
    if database.is_sqlite:
        return

    async def play() -> str:
        with database.alone():
            return await database.run(lambda s: note(s, "meanwhile"))

    assert asyncio.run(play()) == "meanwhile"


def test_run_answers_nobody_before_the_commit(tmp_path: object, sqlite_template: bytes) -> None:
    path = tmp_path / "durable.sqlite3"  # type: ignore[operator]
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")

    @event.listens_for(database.engine, "commit")
    def _refuse(_: object) -> None:
        raise OSError("the disk is gone")

    async def one() -> None:
        await database.run(lambda s: note(s, "chen"))

    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(one())
    event.remove(database.engine, "commit", _refuse)
    assert actors(database) == []
    database.close()


def test_callers_who_go_away_stop_nobody(database: Database) -> None:
    async def go() -> str:
        leaving = [asyncio.ensure_future(database.run(lambda s, i=i: note(s, f"left {i}"))) for i in range(50)]
        await asyncio.sleep(0)
        for each in leaving:
            each.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        return await database.run(lambda s: note(s, "stayed"))

    assert asyncio.run(go()) == "stayed"
    assert "stayed" in actors(database)


def test_close_finishes_what_waits(tmp_path: object, sqlite_template: bytes) -> None:
    path = tmp_path / "closing.sqlite3"  # type: ignore[operator]
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")

    async def go() -> str:
        waiting = asyncio.ensure_future(database.run(lambda s: note(s, "last")))
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        return await waiting

    assert asyncio.run(go()) == "last"


def test_foreign_keys_are_on(session: Session) -> None:
    session.add(Person(id="li", name="李", language="zh", active=True))
    session.flush()
    session.add(Role(person_id="li", role="representative", unit_code="nowhere"))

    with pytest.raises(IntegrityError):
        session.flush()


def test_insert_new_tells_whether_a_row_was_made(session: Session) -> None:
    values = {
        "code": "jia",
        "name": {"zh": "甲"},
        "tier": "primary",
        "district": "",
        "ownership": "",
        "position": 0,
        "active": True,
    }

    assert insert_new(session, Unit, values, ["code"]) is True
    assert insert_new(session, Unit, values | {"tier": "secondary"}, ["code"]) is False
    assert session.scalar(select(Unit.tier)) == "primary"


def test_upsert_changes_the_row_that_stands_there(session: Session) -> None:
    values = {
        "code": "jia",
        "name": {"zh": "甲"},
        "tier": "primary",
        "district": "",
        "ownership": "",
        "position": 0,
        "active": True,
    }
    upsert(session, Unit, values, ["code"], {"tier": "primary"})
    upsert(session, Unit, values, ["code"], {"tier": "secondary"})

    assert session.execute(select(Unit.tier, func.count()).group_by(Unit.tier)).all() == [("secondary", 1)]


def test_serialize_makes_others_wait(database: Database) -> None:
    order: list[str] = []

    def slow(session: Session) -> None:
        serialize(session, "chat:1")
        order.append("first in")
        started.set()
        gate.wait(10)
        order.append("first out")

    def quick(session: Session) -> None:
        serialize(session, "chat:1")
        order.append("second")

    started, gate = threading.Event(), threading.Event()

    async def race() -> None:
        first = asyncio.ensure_future(database.run(slow))
        await asyncio.to_thread(started.wait, 10)
        second = asyncio.ensure_future(database.run(quick))
        await asyncio.sleep(0.05)  # long enough for the second to overtake, were it not held back
        gate.set()
        await asyncio.gather(first, second)

    asyncio.run(race())
    assert order == ["first in", "first out", "second"]


@pytest.mark.parametrize(
    ("version", "mode"), [((3, 40, 1), "delete"), ((3, 51, 2), "delete"), ((3, 51, 3), "wal"), ((3, 53, 0), "wal")]
)
def test_journal_mode_follows_the_version(version: tuple[int, ...], mode: str) -> None:
    assert journal_mode(version) == mode


def test_sqlite_connections_are_set_up(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/settings.sqlite3")
    with database.transaction() as session:
        found = {
            name: session.scalar(text(f"pragma {name}")) for name in ("foreign_keys", "synchronous", "secure_delete")
        }

    assert found == {"foreign_keys": 1, "synchronous": 2, "secure_delete": 1}
    database.close()


def test_times_come_back_in_utc(session: Session) -> None:
    beijing = datetime(2026, 10, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    record(session, actor="chen", action="a", subject="s", now=beijing)

    assert session.scalar(select(AuditRow.at)) == datetime(2026, 10, 1, 0, 0, 0, 123456, tzinfo=UTC)


def test_a_naive_time_is_refused(session: Session) -> None:
    with pytest.raises((ValueError, StatementError)):
        record(session, actor="chen", action="a", subject="s", now=datetime(2026, 10, 1, 8, 0))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("number", [Fraction(1, 3), Fraction(-7, 2), Fraction(10**30, 7), Fraction(0)])
def test_exact_numbers_lose_nothing(number: Fraction) -> None:
    from sqlalchemy.dialects import sqlite

    column = Exact()
    stored = column.process_bind_param(number, sqlite.dialect())

    assert column.process_result_value(stored, sqlite.dialect()) == number


def test_exact_refuses_floats() -> None:
    from sqlalchemy.dialects import sqlite

    with pytest.raises(TypeError):
        Exact().process_bind_param(0.1, sqlite.dialect())  # type: ignore[arg-type]


def test_json_is_canonical() -> None:
    assert canonical({"b": 1, "a": [Decimal("1.50"), "中"]}) == '{"a":["1.50","中"],"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_column_types_are_cacheable() -> None:
    assert all(kind.cache_ok for kind in (UtcDateTime, Exact, Json))
