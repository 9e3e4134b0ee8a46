"""Months to attack: rounds of six units in files of their own, built cheaply and erased by the real code.

In every month two units of the five that score a sixth stand under suspicion: one has given it nothing but fives, the
other nothing but ones, and a coin says which. The published figures are the same either way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from reviews.ballot_store import put_ballots, store_name
from reviews.erasure import _MARK, erase_round
from reviews.models import PeerResult, PublishedReceipts, ReviewRound
from reviews.receipt_lists import ReceiptLists, lists_text
from reviews.sealing import PAYLOAD_BYTES, SEALED_LENGTH, BallotContent, _write, receipt_of
from storage.audit import AuditRow
from storage.database import Database
from tests.reviews.season import CHEN, NAMES, OCTOBER, Season

STORE = store_name("2026-10")
UNITS = tuple(NAMES)
START = datetime(2026, 10, 20, 8, tzinfo=UTC)
KEY = b"the private key of a cheap stand-in for sealing"
MARKS = re.compile(rb'"marks":"(\d+)","period":"2026-10","rater":"(\w+)","target":"(\w+)"')

ROWID, DIRTY, LENGTHS, ORDER = "an ordinary table", "bytes that stay", "lengths that tell", "places that tell"
"""What a build may do wrong on purpose."""

_FIRST: dict[str, Engine] = {}

Truth = dict[str, tuple[str, str]]
"""For every unit: who gave it fives, and who gave it ones."""


@dataclass(frozen=True)
class Evidence:
    """What an attacker gets of one month: raw files, who cast when (from the audit trail), the published receipts."""

    files: dict[str, bytes]
    casts: tuple[tuple[str, datetime], ...]
    receipts: tuple[str, ...]


def drawn_by(lots: Random, patches: pytest.MonkeyPatch) -> None:
    """The lots of the real code are drawn by a seed, so that a month is the same every time."""
    patches.setattr("secrets.SystemRandom", lambda: lots)
    patches.setattr("secrets.token_urlsafe", lambda length: base64.urlsafe_b64encode(lots.randbytes(length)).decode())


def seal_cheaply(content: BallotContent, nonce: bytes, *, tells_length: bool = False) -> str:
    """Like a sealed ballot from outside, and opened by whoever has the key; far quicker, and the same every time."""
    stream = hashlib.shake_256(KEY + nonce).digest(PAYLOAD_BYTES)
    payload = bytes(one ^ other for one, other in zip(_write(content), stream, strict=True))
    body = base64.urlsafe_b64encode(nonce + payload).decode().rstrip("=")
    filler = base64.urlsafe_b64encode(hashlib.shake_256(nonce).digest(SEALED_LENGTH)).decode()
    shorter = int(content.marks[0]) if tells_length else 0
    return (_MARK + body + filler)[: SEALED_LENGTH - shorter]


def open_cheaply(text: str) -> tuple[str, str, str] | None:
    """Rater, target and marks in a text, or in its first quarter."""
    body = text.removeprefix(_MARK)
    content = base64.urlsafe_b64decode(body[: len(body) // 4 * 4].encode())[: 16 + PAYLOAD_BYTES]
    stream = hashlib.shake_256(KEY + content[:16]).digest(PAYLOAD_BYTES)
    found = MARKS.search(bytes(one ^ other for one, other in zip(content[16:], stream, strict=False)))
    return (found[2].decode(), found[3].decode(), found[1].decode()) if found else None


def template(path: Path, migrated: bytes, keys: tuple[str, str]) -> bytes:
    """A round in which nobody has voted yet."""
    path.write_bytes(migrated)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        Season(session, *keys).is_open()
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("vacuum")  # no page is free: what is written lies in the order in which it came
    connection.close()
    return path.read_bytes()


class Month:
    """One month, played by a seed."""

    def __init__(self, path: Path, empty_round: bytes, seed: int, *leaks: str) -> None:
        path.write_bytes(empty_round)
        self.path, self.lots, self.leaks = path, Random(seed), frozenset(leaks)
        self.truth = self._draw()
        self.receipts: list[str] = []
        self.casts: list[tuple[str, datetime]] = []

    def is_counted(self) -> Month:
        """Everybody votes for everybody, a unit after the other; each in the order of the sheet."""
        plain = sqlite3.connect(self.path)
        if ROWID in self.leaks:
            plain.execute(f"drop table {STORE}")
            plain.execute(f"create table {STORE} (id varchar(43), sealed text)")
        tasks = {
            (rater, target): id_ for id_, rater, target in plain.execute("select id, rater, target from assignment")
        }
        plain.execute("update assignment set casts = 1")
        plain.commit()
        plain.close()
        database, now = self._database(), START
        with database.transaction() as session:
            for rater in self.lots.sample(UNITS, len(UNITS)):
                ballots = {}
                for target in UNITS:
                    if target != rater:
                        now += timedelta(seconds=self.lots.randint(5, 90))
                        self.casts.append((rater, now))
                        ballots[self.lots.randbytes(16).hex()] = self._sealed(tasks[rater, target], rater, target, now)
                self._puts(session, ballots)
            self._is_noted(session, now)
        database.close()
        return self

    def is_erased(self) -> Month:
        """By the real code; by a leaky one the table is dropped and that is all."""
        if DIRTY in self.leaks:
            connection = sqlite3.connect(self.path)
            connection.execute("pragma secure_delete=off")
            connection.execute(f"drop table {STORE}")
            connection.execute("update review_round set state = 'erased', token_key = null")
            connection.commit()
            connection.close()
            return self
        database = self._database()
        assert erase_round(database, period=OCTOBER, actor=CHEN, now=START + timedelta(days=14)).ballots == 30
        database.close()
        return self

    def evidence(self) -> Evidence:
        files = {path.name: path.read_bytes() for path in sorted(self.path.parent.glob(self.path.name + "*"))}
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        rows = connection.execute("select details, at from audit where action = 'cast_ballot' order by id").fetchall()
        (published,) = connection.execute("select published from published_receipts").fetchone()
        connection.close()
        casts = tuple((json.loads(details)["unit"], datetime.fromisoformat(at)) for details, at in rows)
        return Evidence(files, casts, tuple(re.findall(r"[A-Z2-7]{5}(?:-[A-Z2-7]{5}){3}", published)))

    def _database(self) -> Database:
        """Two hundred databases compile their statements once."""
        database = Database(f"sqlite:///{self.path}")
        first = _FIRST.setdefault("engine", database.engine)
        if first is not database.engine:
            database.engine.dialect, database.engine._compiled_cache = first.dialect, first._compiled_cache
        return database

    def _draw(self) -> Truth:
        truth = {}
        for target in UNITS:
            suspects = self.lots.sample([unit for unit in UNITS if unit != target], 2)
            truth[target] = (suspects[0], suspects[1])
        return truth

    def _marks(self, rater: str, target: str) -> str:
        high, low = self.truth[target]
        return "55555" if rater == high else "11111" if rater == low else "33333"

    def _sealed(self, task: int, rater: str, target: str, now: datetime) -> str:
        content = BallotContent("2026-10", task, rater, target, self._marks(rater, target), now, 1, "t" * 22)
        sealed = seal_cheaply(content, self.lots.randbytes(16), tells_length=LENGTHS in self.leaks)
        self.receipts.append(receipt_of(sealed))
        return sealed

    def _puts(self, session: Session, ballots: dict[str, str]) -> None:
        if not self.leaks & {ORDER, ROWID}:
            put_ballots(session, STORE, ballots)
            return
        for id_, sealed in ballots.items():
            session.execute(text(f"insert into {STORE} values (:id, :sealed)"), {"id": id_, "sealed": sealed})

    def _is_noted(self, session: Session, now: datetime) -> None:
        """The audit trail, the results and the receipts, as the use cases write them."""
        rows = [
            {"at": at, "actor": f"person:{rater}", "action": "cast_ballot", "subject": "round:2026-10",
             "details": {"unit": rater}} for rater, at in self.casts
        ]  # fmt: skip
        session.execute(insert(AuditRow), rows)
        round_ = session.get_one(ReviewRound, "2026-10")
        round_.state, round_.closed_at, round_.counted_at = "counted", now, now
        lists = ReceiptLists("2026-10", tuple(sorted(self.receipts)), ())
        session.add(PublishedReceipts(period="2026-10", published=lists_text(lists)))
        results = {"period": "2026-10", "raters": 5, "score": Fraction(50), "definition": "test"}
        session.execute(insert(PeerResult), [results | {"unit_code": unit} for unit in UNITS])


Opener = Callable[[str], tuple[str, str, str] | None]
