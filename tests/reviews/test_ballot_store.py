"""Where sealed texts lie: all of them, and in the file at places that do not say which came when."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path
from random import Random

import pytest

from reviews import ballot_store
from reviews.ballot_store import STIRRED, count_ballots, make_store, put_ballots, stored_ballots, stores
from storage.database import Database

pytestmark = pytest.mark.both_databases

STORE = "ballots_2026_10"


@pytest.fixture
def lots(monkeypatch) -> Random:
    lots = Random(7)
    monkeypatch.setattr("secrets.SystemRandom", lambda: lots)
    monkeypatch.setattr("secrets.token_urlsafe", lambda length: new_id(lots))
    return lots


def new_id(lots: Random) -> str:
    return base64.urlsafe_b64encode(lots.randbytes(32)).decode().rstrip("=")


def sealed(number: int) -> str:
    """A text as long as a ballot, known by its beginning."""
    return f"came{number:04}".ljust(1971, "x")


def cast_one_by_one(database: Database, number: int, names: Random) -> list[str]:
    ids = [new_id(names) for _ in range(number)]
    with database.transaction() as session:
        make_store(session, STORE)
        for place, id_ in enumerate(ids):
            put_ballots(session, STORE, {id_: sealed(place)})
    return ids


def in_the_order_of_pages(path: Path, ids: list[str]) -> list[int]:
    """Who came when, read off the file: behind each text's beginning stands the number of the page with its rest."""
    content = path.read_bytes()
    rest = {}
    for came, id_ in enumerate(ids):
        local = 489 - 4 - len(id_)
        place = content.index(f"{id_}came{came:04}".encode()) + len(id_) + local
        rest[int.from_bytes(content[place : place + 4])] = came
    assert len(rest) == len(ids)
    return [rest[page] for page in sorted(rest)]


def agreement(order: list[int]) -> float:
    """1 where the order is that of arrival, about 0 where it is any."""
    pairs = [(one, other) for place, one in enumerate(order) for other in order[place + 1 :]]
    return sum(1 if one < other else -1 for one, other in pairs) / len(pairs)


@pytest.fixture
def file(tmp_path, sqlite_template):
    (tmp_path / "store.sqlite3").write_bytes(sqlite_template)
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    yield database, tmp_path / "store.sqlite3"
    database.close()


def test_every_ballot_is_kept_as_it_was_put(database, lots):
    ids = cast_one_by_one(database, 3 * STIRRED, lots)
    with database.transaction() as session:
        assert stored_ballots(session, STORE) == [sealed(ids.index(id_)) for id_ in sorted(ids)]
        assert (count_ballots(session, STORE), stores(session)) == (3 * STIRRED, [STORE])


def test_nothing_put_changes_nothing(session):
    make_store(session, STORE)
    put_ballots(session, STORE, {})
    assert stored_ballots(session, STORE) == []


def test_the_same_id_twice_is_refused_and_loses_nothing(database, lots):
    ids = cast_one_by_one(database, 5, lots)
    with pytest.raises(Exception, match=r"(?i)unique"), database.transaction() as session:
        put_ballots(session, STORE, {ids[2]: sealed(99)})
    with database.transaction() as session:
        assert sorted(stored_ballots(session, STORE)) == [sealed(number) for number in range(5)]


@pytest.mark.parametrize("number", [STIRRED, 4 * STIRRED])
def test_the_pages_of_texts_do_not_tell_the_order_in_which_they_came(file, lots, number):
    database, path = file
    order = in_the_order_of_pages(path, cast_one_by_one(database, number, lots))
    assert abs(agreement(order)) < 0.15
    assert order[-1] != number - 1


def test_without_stirring_the_pages_of_texts_do_tell(file, lots, monkeypatch):
    """The test of the test: this is what SQLite does by itself, and why ballots are stirred."""
    database, path = file
    monkeypatch.setattr(ballot_store, "STIRRED", 0)
    connection = sqlite3.connect(path)
    connection.execute("vacuum")
    connection.close()
    assert agreement(in_the_order_of_pages(path, cast_one_by_one(database, 60, lots))) == 1


def test_every_place_is_equally_likely_for_the_last_of_a_few(file, lots):
    database, path = file
    seen = []
    for _ in range(60):
        order = in_the_order_of_pages(path, cast_one_by_one(database, 6, lots))
        seen.append(order.index(5))
        with database.transaction() as session:
            ballot_store.drop_store(session, STORE)
    assert all(2 <= seen.count(place) <= 20 for place in range(6))  # ten each by lot


def test_the_same_ballots_lie_elsewhere_by_another_lot(file, monkeypatch):
    """Places do not follow from the ids, or whoever sees them could reckon back."""
    database, path = file
    monkeypatch.setattr("secrets.token_urlsafe", lambda length: "m" * length)
    orders = []
    for seed in (1, 2, 1):
        path.write_bytes(b"")
        lots = Random(seed)
        monkeypatch.setattr("secrets.SystemRandom", lambda lots=lots: lots)
        orders.append(in_the_order_of_pages(path, cast_one_by_one(database, 20, Random(5))))
        with database.alone():
            pass
    assert orders[0] == orders[2]
    assert orders[0] != orders[1]
