"""A forensic look at erased rounds: over 200 months nobody does better than chance, and where a build leaks he does.

Cheap months are built below the use cases and erased by the real code; one month is real from its casts to its end.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from random import Random

import pytest
import structlog
from sqlalchemy import event

from reviews.erasure import erase_round
from reviews.sealing import open_private_key, unseal_with
from storage import erasing, traces
from storage.database import Database
from tests.reviews.attackers.attacker import Attacker, carve, chance, free_pages
from tests.reviews.attackers.months import (
    DIRTY,
    LENGTHS,
    ORDER,
    ROWID,
    START,
    STORE,
    UNITS,
    Evidence,
    Month,
    drawn_by,
    open_cheaply,
    template,
)
from tests.reviews.season import CHEN, OCTOBER, Season, refusal

MONTHS = 120
LEAKY_MONTHS = 25


@pytest.fixture(scope="module")
def empty_round(tmp_path_factory, sqlite_template, keys) -> bytes:
    return template(tmp_path_factory.mktemp("empty") / "tongping.sqlite3", sqlite_template, keys)


@pytest.fixture(autouse=True)
def looking_here(monkeypatch):
    """The files are looked through in this process, which spares the start of another: no lock matters here."""

    def searched(asked, fragments):
        living = [each.encode() for each in asked["living"]]
        return traces.search_files(asked["paths"], fragments=fragments, mark=asked["mark"].encode(), living=living)

    monkeypatch.setattr(erasing, "_searched", searched)


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    drawn_by(Random(2026), monkeypatch)


def months(folder: Path, empty_round: bytes, number: int, *leaks: str):
    for seed in range(number):
        yield Month(folder / "tongping.sqlite3", empty_round, seed, *leaks).is_counted()


def test_over_many_erased_months_an_attacker_with_the_key_does_no_better_than_chance(tmp_path, empty_round):
    """... nor one without it, before the erasure, about marks."""
    after, before = Attacker(open_cheaply), Attacker()
    right = {"after": 0, "before": 0}
    for month in months(tmp_path, empty_round, MONTHS):
        right["before"] += before.guesses(month.evidence(), month.truth)
        right["after"] += after.guesses(month.is_erased().evidence(), month.truth)
    assert (after.seen, before.seen) == (MONTHS * len(UNITS), MONTHS * len(UNITS))
    assert (after.opened, before.opened) == (0, 0)
    assert {when: chance(number, after.seen) > 0.01 for when, number in right.items()} == dict.fromkeys(right, True)


@pytest.mark.parametrize("leaks", [(ROWID, DIRTY), (DIRTY,)])
def test_the_same_attacker_succeeds_where_bytes_stay(tmp_path, empty_round, leaks):
    attacker, right = Attacker(open_cheaply), 0
    for month in months(tmp_path, empty_round, LEAKY_MONTHS, *leaks):
        right += attacker.guesses(month.is_erased().evidence(), month.truth)
    assert attacker.opened > 0.9 * attacker.seen
    assert right > 0.95 * attacker.seen
    assert chance(right, attacker.seen) < 1e-9


def test_the_same_attacker_succeeds_before_the_erasure_where_places_and_lengths_tell(tmp_path, empty_round):
    """It has no key: it links texts to raters by the order in which they lie, and their lengths say the rest."""
    attacker, right = Attacker(), 0
    for month in months(tmp_path, empty_round, LEAKY_MONTHS, ORDER, LENGTHS):
        right += attacker.guesses(month.evidence(), month.truth)
    assert attacker.opened == 0
    assert right > 0.9 * attacker.seen


def test_places_alone_tell_nothing_even_where_lengths_would(tmp_path, empty_round):
    """Texts are put where a lot puts them, so that nobody links one to its rater by where it lies."""
    attacker, right = Attacker(), 0
    for month in months(tmp_path, empty_round, LEAKY_MONTHS * 2, LENGTHS):
        right += attacker.guesses(month.evidence(), month.truth)
    assert chance(right, attacker.seen) > 0.01


def test_the_same_attacker_with_the_key_knows_all_before_the_erasure(tmp_path, empty_round):
    """Which is why key and database never lie together."""
    attacker, right = Attacker(open_cheaply), 0
    for month in months(tmp_path, empty_round, 3):
        right += attacker.guesses(month.evidence(), month.truth)
    assert (right, attacker.opened) == (attacker.seen, attacker.seen)


def test_a_free_list_is_read_as_sqlite_writes_it(tmp_path, empty_round):
    (month,) = months(tmp_path, empty_round, 1)
    content = month.is_erased().evidence().files["tongping.sqlite3"]
    connection = sqlite3.connect(month.path)
    assert len(free_pages(content)) == connection.execute("pragma freelist_count").fetchone()[0] > 30
    connection.close()


@pytest.mark.parametrize(
    ("right", "tries", "expected"), [(5, 10, 1.0), (10, 10, 2 / 1024), (0, 1, 1.0), (8, 10, 0.109375)]
)
def test_chance_is_the_exact_binomial_test(right, tries, expected):
    assert chance(right, tries) == expected


# ---- one month that is real in every part


def real_month(path: Path, migrated: bytes, keys: tuple[str, str], *, dirty: bool) -> tuple[Database, list[dict]]:
    path.write_bytes(migrated)
    database = Database(f"sqlite:///{path}")
    if dirty:
        event.listen(database.engine, "connect", lambda plain, _: plain.execute("pragma secure_delete=off"))
    with structlog.testing.capture_logs() as logs:
        with database.transaction() as session:
            now = Season(session, *keys).is_open().now
        for number, rater in enumerate(UNITS):
            with database.transaction() as session:
                season = Season(session, *keys, now=now, casts=number * 5)
                for target in UNITS:
                    if target != rater:
                        season.votes(rater, target, "55555" if rater == "jia" else "11111")
                now = season.now
        with database.transaction() as session:
            season = Season(session, *keys, now=now)
            season.closes()
            season.counts()
        with refusal("erasure_incomplete", files=path.name) if dirty else contextlib.nullcontext():
            erase_round(database, period=OCTOBER, actor=CHEN, now=START)
    return database, logs


def evidence_of(path: Path) -> Evidence:
    return Evidence({each.name: each.read_bytes() for each in sorted(path.parent.glob(path.name + "*"))}, (), ())


@pytest.mark.parametrize("dirty", [False, True])
def test_of_a_real_month_nothing_can_be_opened_even_with_the_key(tmp_path, sqlite_template, keys, dirty):
    path = tmp_path / "tongping.sqlite3"
    database, _ = real_month(path, sqlite_template, keys, dirty=dirty)
    carved = [text for _, text in carve(evidence_of(path))]
    assert (len(carved) >= 25) is dirty
    assert carved if dirty else not carved
    database.close()


def test_whole_texts_that_are_carved_are_opened_with_the_real_key(tmp_path, sqlite_template, keys):
    """The carver carves what it should: from an ordinary table that keeps its bytes it brings back every ballot."""
    path = tmp_path / "tongping.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        season = Season(session, *keys).is_open()
        for target in UNITS[1:]:
            season.votes("jia", target, "54321")
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("pragma secure_delete=off")
    connection.execute(f"create table plain as select * from {STORE}")
    connection.execute(f"drop table {STORE}")
    connection.execute("drop table plain")
    connection.commit()
    connection.close()
    key = open_private_key(keys[0])
    carved = [text for _, text in carve(evidence_of(path)) if len(text) == 1971]
    opened = [unseal_with(key, text) for text in carved]
    assert {(each.rater, each.target, each.marks) for each in opened} == {
        ("jia", target, "54321") for target in UNITS[1:]
    }


def test_trail_outbox_and_logs_of_a_real_month_name_no_pair_and_no_mark(tmp_path, sqlite_template, keys):
    path = tmp_path / "tongping.sqlite3"
    database, logs = real_month(path, sqlite_template, keys, dirty=False)
    database.close()
    connection = sqlite3.connect(path)
    audit = connection.execute("select actor, action, subject, details from audit").fetchall()
    outbox = connection.execute("select * from delivery").fetchall()
    connection.close()
    casts = [json.loads(details) for _, action, _, details in audit if action == "cast_ballot"]
    assert casts == [{"unit": rater} for rater in UNITS for _ in range(5)]
    told = json.dumps([audit, outbox, logs], default=str, ensure_ascii=False)
    assert re.findall('55555|11111|eyJ[A-Za-z0-9_-]{20}|"marks"|"target"', told) == []
    assert outbox == []
