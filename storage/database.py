"""The database as the edges see it: `transaction()` for commands and tests, `await run(fn)` for servers.

Use cases get a `Session` and never commit; here a unit of work commits or leaves nothing behind.
On SQLite there is one writer: what waited together shares one commit, each caller in its own savepoint, in an order
drawn by lot, so that the order of rows tells less of who came first; nobody is answered before their commit. On
PostgreSQL a thread pool works with one transaction a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Insert, create_engine, event, literal_column, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool, StaticPool

from storage.base import Base

T = TypeVar("T")
_WAL_IS_SAFE = (3, 51, 3)  # before it, two connections in WAL mode can corrupt the file ("WAL-reset")
_BATCH = 200  # what one commit may carry: bounds how long the first caller waits
_POOL = 8
_LOTS = secrets.SystemRandom()


class Database:
    """One database, SQLite or PostgreSQL, by its address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine: Engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        self._lock = threading.RLock()
        self._work: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._start = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work on the caller's thread: committed at the end, rolled back on any exception."""
        guard: contextlib.AbstractContextManager[Any] = self._lock if self.is_sqlite else contextlib.nullcontext()
        with guard, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def run(self, work: Callable[[Session], T]) -> T:
        """`work(session)` on a database thread; the answer comes after its commit."""
        future = self._submit_to_writer(work) if self.is_sqlite else self._submit_to_pool(work)
        return await asyncio.wrap_future(future)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else of this process is at the database meanwhile: what runs is waited for, what comes waits, and no
        pooled connection stays open with a lock, a snapshot or pages in its memory.

        Other processes go on: between their transactions they hold no lock. On PostgreSQL it changes nothing. Never
        within a transaction: a RuntimeError.
        """
        if not self.is_sqlite:
            yield
            return
        with self._lock:
            if isinstance(self.engine.pool, QueuePool):  # in a database in memory the one connection is all there is
                if self.engine.pool.checkedout():
                    msg = "still in a transaction"
                    raise RuntimeError(msg)
                self.engine.dispose()
            yield

    @property
    def waiting(self) -> int:
        """How many calls of `run` wait for their turn at this moment."""
        if self.is_sqlite:
            return self._work.qsize()
        return self._pool._work_queue.qsize() if self._pool is not None else 0  # noqa: SLF001 - it tells in no other way

    def close(self) -> None:
        """Finish what waits, then let go of the connections."""
        with self._start:
            self._closed = True
            if self._writer is not None:
                self._work.put(None)
                self._writer.join()
            if self._pool is not None:
                self._pool.shutdown()
        self.engine.dispose()

    def _submit_to_pool(self, work: Callable[[Session], T]) -> Future[T]:
        with self._start:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_POOL, thread_name_prefix="database")

        def in_transaction() -> T:
            with self.transaction() as session:
                return work(session)

        return self._pool.submit(in_transaction)

    def _submit_to_writer(self, work: Callable[[Session], T]) -> Future[T]:
        job = _Job(work)
        with self._start:
            if self._closed:
                msg = "the database is closed"
                raise RuntimeError(msg)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
                self._writer.start()
            self._work.put(job)
        return job.future

    def _write(self) -> None:
        while (first := self._work.get()) is not None:
            batch, last = _take(self._work, first)
            self._commit_together(batch)
            if last:
                return

    def _commit_together(self, batch: list[_Job]) -> None:
        begun = [job for job in batch if job.future.set_running_or_notify_cancel()]  # from here on nobody can cancel
        if not begun:
            return
        _LOTS.shuffle(begun)  # everyone awaits his own answer: nobody can count on the order
        try:
            with self._lock, self.engine.connect() as connection, connection.begin():
                for job in begun:
                    job.work_in(connection)
        except BaseException as fault:  # noqa: BLE001 - the commit failed: every caller of the batch must learn it
            for job in begun:
                job.fail(fault)
        else:
            for job in begun:
                job.answer()


class _Job:
    """A caller's work, its outcome held back until the shared commit."""

    def __init__(self, work: Callable[[Session], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self._result: Any = None
        self._fault: BaseException | None = None

    def work_in(self, connection: Connection) -> None:
        try:
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                self._result = self.work(session)
                session.commit()
        except BaseException as fault:  # noqa: BLE001 - rolled back to the savepoint; the caller gets it
            self._fault = fault

    def fail(self, fault: BaseException) -> None:
        self.future.set_exception(self._fault or fault)

    def answer(self) -> None:
        if self._fault is not None:
            self.future.set_exception(self._fault)
        else:
            self.future.set_result(self._result)


def _take(work: queue.SimpleQueue[_Job | None], first: _Job) -> tuple[list[_Job], bool]:
    """What waits now, up to the batch size, and whether the end was among it."""
    batch = [first]
    while len(batch) < _BATCH:
        try:
            job = work.get_nowait()
        except queue.Empty:
            return batch, False
        if job is None:
            return batch, True
        batch.append(job)
    return batch, False


def journal_mode(version: tuple[int, ...]) -> str:
    """The journal this SQLite is safe with: the write-ahead log from 3.51.3 on, the rollback journal before."""
    return "wal" if version >= _WAL_IS_SAFE else "delete"


def _sqlite_engine(url: str) -> Engine:
    """Foreign keys on, deleted bytes overwritten, every commit on disk; the journal by the library's version."""
    in_memory = make_url(url).database in (None, "", ":memory:")
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": 10.0}
    engine = create_engine(
        url, connect_args=arguments, hide_parameters=True, **({"poolclass": StaticPool} if in_memory else {})
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours: savepoints work, and a writer locks at its start
        connection.execute(f"pragma journal_mode={journal_mode(sqlite3.sqlite_version_info)}")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma foreign_keys=on")
        connection.execute("pragma secure_delete=on")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


def _postgres_engine(url: str) -> Engine:
    driver = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(driver, pool_size=_POOL, max_overflow=_POOL, pool_pre_ping=True, hide_parameters=True)


def serialize(session: Session, key: str) -> None:
    """Until the transaction ends, others that name the same key wait. SQLite has one writer and needs nothing."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def insert_new(session: Session, model: type[Base], values: dict[str, Any], conflict: list[str]) -> bool:
    """Insert, unless a row with the same `conflict` columns stands there; True if a row was made."""
    statement = _insert(session, model).values(**values).on_conflict_do_nothing(index_elements=conflict)
    made = session.execute(
        statement.returning(literal_column("1"))
    ).first()  # a row count is not reliable on PostgreSQL
    return made is not None


def upsert(
    session: Session, model: type[Base], values: dict[str, Any], conflict: list[str], update: dict[str, Any]
) -> None:
    """Insert, or change the row with the same `conflict` columns by `update` (values or SQL expressions)."""
    statement = _insert(session, model).values(**values).on_conflict_do_update(index_elements=conflict, set_=update)
    session.execute(statement)


def _insert(session: Session, model: type[Base]) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement: Insert = dialect.insert(model)
    return statement
