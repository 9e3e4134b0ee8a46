"""Blindness on the wire and on the disk: what is stored does not depend on who gave which marks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count, permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from reviews.ballot_store import stored_ballots
from reviews.erasure import erase_round
from reviews.results import peer_scores
from reviews.sealing import SEALED_LENGTH, seal
from storage.database import Database
from tests.reviews.season import CHEN, NAMES, OCTOBER, Season

STORE = "ballots_2026_10"
DRAWN = {"sealed", "token_key", "published", "root"}
FIGURES = ("peer_result", "peer_criterion", "peer_fit")
ROOT = re.compile("[0-9a-f]{64}")
PAIRS = list(permutations(NAMES, 2))
WORLD = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.one_of(st.just("-----"), st.text("12345", min_size=5, max_size=5))),
    min_size=1,
    max_size=12,
)


class World:
    """An installation in a file of its own."""

    def __init__(self, path: Path, template: bytes, keys: tuple[str, str]) -> None:
        path.write_bytes(template)
        self.path, self.keys, self.season_casts = path, keys, 0
        self.database = Database(f"sqlite:///{path}")

    def plays(self, votes: list[tuple[tuple[str, str], str]], *acts: str) -> World:
        with self.database.transaction() as session:
            season = Season(session, *self.keys).is_open()
            now = season.now
        for number, ((rater, target), marks) in enumerate(votes):
            with self.database.transaction() as session:
                season = Season(session, *self.keys, now=now, casts=number)
                season.votes(rater, target, marks)
                now = season.now
        for act in acts:
            if act == "erases":
                erase_round(self.database, period=OCTOBER, actor=CHEN, now=now)
                continue
            with self.database.transaction() as session:
                season = Season(session, *self.keys, now=now)
                getattr(season, act)()
                now = season.now
        return self

    def rows(self, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table in the order in which it is read.

        A sealed text stands there as its length, and so does what is made of it or drawn for the round.
        """
        with self.database.transaction() as session:
            names = inspect(session.connection()).get_table_names()
            return {
                name: [
                    tuple(
                        len(str(value)) if column in DRAWN else ROOT.sub("…", str(value))
                        for column, value in row.items()
                    )
                    for row in session.execute(text(f"select * from {name}")).mappings()
                ]
                for name in names
                if name not in without
            }

    def bytes(self) -> bytes:
        """Everything the installation has on the disk: the database and whatever lies beside it."""
        return b"".join(file.read_bytes() for file in sorted(self.path.parent.glob(self.path.name + "*")))

    def sealed(self) -> list[str]:
        with self.database.transaction() as session:
            return stored_ballots(session, STORE)

    def ends(self) -> None:
        self.database.close()


@pytest.fixture
def world(tmp_path, sqlite_template, keys):
    worlds = []

    def make() -> World:
        worlds.append(World(tmp_path / f"world{len(worlds)}.sqlite3", sqlite_template, keys))
        return worlds[-1]

    yield make
    for made in worlds:
        made.ends()


@pytest.fixture
def same_lots(monkeypatch):
    """Whatever is drawn by lot is drawn alike in every world."""
    monkeypatch.setattr("secrets.SystemRandom", lambda: Random(1))
    monkeypatch.setattr("secrets.token_urlsafe", lambda length: "m" * length)
    monkeypatch.setattr("secrets.token_hex", lambda length: "5a" * length)


def placeholders() -> Callable[[str], str]:
    """Receipts that follow from the order in which ballots are read, five a round."""
    numbers = count()

    def receipt_of(_sealed: str) -> str:
        return "-".join("ABCDE"[next(numbers) % 5] * 5 for _ in range(4))

    return receipt_of


def other_marks(marks: str) -> str:
    return (
        "34512"
        if marks == "-----"
        else "-----"
        if marks == "34512"
        else marks.translate(str.maketrans("12345", "54321"))
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(votes=WORLD)
def test_two_worlds_with_the_same_participation_store_the_same_rows(world, votes):
    one = world().plays(votes)
    other = world().plays([(pair, other_marks(marks)) for pair, marks in votes])
    assert one.rows() == other.rows()
    assert one.rows()[STORE]
    assert {len(sealed) for sealed in one.sealed() + other.sealed()} == {SEALED_LENGTH}


def test_two_worlds_are_equal_to_the_byte_but_for_the_sealed_texts(world, monkeypatch, same_lots):
    """With the sealing replaced by something that ignores the marks, the files are the same bytes: nothing else in
    them depends on a mark.
    """
    monkeypatch.setattr("reviews.ballots.seal", lambda key, content: f"{content.rater}>{content.target}".ljust(1971))
    votes = [(pair, "34512") for pair in PAIRS]
    one = world().plays(votes, "closes")
    other = world().plays(
        [(pair, "-----" if place % 3 else "11111") for place, (pair, _) in enumerate(votes)], "closes"
    )
    assert one.bytes() == other.bytes()


def test_two_worlds_differ_after_the_count_in_the_results_only(world):
    votes = [(pair, "34512") for pair in PAIRS]
    one = world().plays(votes, "closes", "counts", "erases")
    other = world().plays([(pair, "55555") for pair in PAIRS], "closes", "counts", "erases")
    assert one.rows(without=FIGURES) == other.rows(without=FIGURES)
    assert one.rows()["peer_result"] != other.rows()["peer_result"]


def test_two_worlds_in_which_raters_swapped_their_marks_are_equal_after_the_erasure_to_the_byte(
    world, monkeypatch, same_lots
):
    """Who gave which marks is nowhere once the ballots are gone: the two files are the same bytes but for the places
    that held sealed texts, and those are zeros. Receipts, which follow from those texts, are placeholders here.
    """
    monkeypatch.setattr("reviews.count_ballots.receipt_of", placeholders())
    first = {"yi": "11111", "bing": "55555", "ding": "33333", "wu": "24242", "ji": "45454"}
    swapped = dict(zip(first, reversed(first.values()), strict=True))
    votes = [[((rater, "jia"), marks) for rater, marks in world_.items()] for world_ in (first, swapped)]
    one, other = (world().plays(cast, "closes", "counts", "erases") for cast in votes)
    assert one.rows()["peer_result"]
    assert one.rows() == other.rows()
    assert one.bytes() == other.bytes()


def test_marks_stand_nowhere_on_the_disk_while_the_round_is_open(world):
    """Five digits may stand in a key or a sealed text by chance, once in some thousand worlds; not in two of them."""
    marks = ["34512", "15243", "52413", "-----", "21354", "43521"]
    worlds = [world().plays([(pair, marks[place % 6]) for place, pair in enumerate(PAIRS)]) for _ in range(2)]
    assert [len(playing.sealed()) for playing in worlds] == [30, 30]
    traces = ('"marks":', '"cast_at":', '"counter":', *marks[:3], *marks[4:], '"-----"')
    assert [trace for trace in traces if all(trace.encode() in playing.bytes() for playing in worlds)] == []


def test_sealed_texts_stand_nowhere_on_the_disk_after_the_erasure(world):
    playing = world().plays([(pair, "34512") for pair in PAIRS])
    texts = playing.sealed()
    assert sum(sealed[900:960].encode() in playing.bytes() for sealed in texts) == 30
    with playing.database.transaction() as session:
        season = Season(session, *playing.keys)
        season.closes()
        season.counts()
    erase_round(playing.database, period=OCTOBER, actor=CHEN, now=season.now)
    left = playing.bytes()
    pieces = [sealed[start : start + 40].encode() for sealed in texts for start in range(60, SEALED_LENGTH - 40, 40)]
    assert [piece for piece in pieces if piece in left] == []


def test_private_key_never_reaches_the_disk(world, keys):
    stored = world().plays([(PAIRS[0], "34512")], "closes", "counts").bytes()
    secret = json.loads(keys[0])
    assert [name for name in ("d", "p", "q", "dp", "dq", "qi") if secret[name][:40].encode() in stored] == []
    assert json.loads(keys[1])["n"][:40].encode() in stored


def test_order_in_which_ballots_are_read_says_nothing_of_the_order_in_which_they_came(world):
    came = world().plays([(pair, "34512") for pair in PAIRS])
    back = world().plays([(pair, "34512") for pair in reversed(PAIRS)])
    assert came.rows()[STORE] == back.rows()[STORE]
    with came.database.transaction() as session:
        ids = session.scalars(text("select id from ballots_2026_10")).all()
        assert (len(ids), ids) == (30, sorted(ids))
        with pytest.raises(OperationalError, match="rowid"):
            session.execute(text("select rowid from ballots_2026_10"))


def test_results_expose_scores_and_numbers_of_raters_and_no_rater(world):
    playing = world().plays([(pair, "34512") for pair in PAIRS], "closes", "counts")
    with playing.database.transaction() as session:
        scores = peer_scores(session, OCTOBER)
    assert set(type(scores["jia"]).__slots__) == {
        "score", "raters", "definition", "rank", "rank_low", "rank_high", "band",
    }  # fmt: skip
    assert list(scores) == sorted(NAMES)


def test_seal_gives_no_hint_of_the_marks_in_its_length_or_header(keys):
    from dataclasses import replace

    from tests.reviews.test_sealing import CONTENT

    sealed = [seal(keys[1], replace(CONTENT, marks=marks)) for marks in ("11111", "55555", "-----")]
    assert len({(len(text), text.split(".")[0], *map(len, text.split("."))) for text in sealed}) == 1
