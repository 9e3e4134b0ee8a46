"""Erasing a round: when it may be called erased, and that it ends well however often it is interrupted."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sqlite3
import sys
import threading
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update

from locales.errors import DomainError
from reviews import erasure
from reviews.ballot_store import has_store, make_store, put_ballots, store_name, stored_ballots
from reviews.erasure import Erased, counted_rounds_are_erased, erase_ballots, erase_round
from reviews.models import PeerResidue, ReviewRound
from reviews.panel_models import Panel
from reviews.residue import seal_residue
from storage import erasing, traces
from storage.audit import AuditRow, record
from storage.database import Database
from tests.reviews.season import CHEN, NAMES, OCTOBER, Season, assert_told, refusal

STORE = store_name("2026-10")
LATER = datetime(2026, 11, 2, 9, tzinfo=UTC)
PAIRS = list(permutations(NAMES, 2))


@dataclass(frozen=True)
class Counted:
    """A counted round as it lies on the disk, and what must be gone from there."""

    file: bytes
    rows: dict[str, str]
    token_key: str

    def needles(self) -> list[bytes]:
        pieces = [each[k : k + 32] for each in self.rows.values() for k in range(64, 1939, 32)]
        return [piece.encode() for piece in [*pieces, *self.rows, self.token_key]]

    def left_in(self, path: Path) -> int:
        everything = b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))
        runs = b"\n".join(re.findall(rb"[\w.-]{24,}", everything))
        return sum(needle in runs for needle in self.needles())


@pytest.fixture(scope="module")
def counted(tmp_path_factory, sqlite_template, keys) -> Counted:
    path = tmp_path_factory.mktemp("counted") / "tongping.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        season = Season(session, *keys).is_open()
        for rater, target in PAIRS:
            season.votes(rater, target, "34512", comment="很好")
        season.closes()
        season.counts()
    with database.transaction() as session:
        rows = dict(session.execute(text(f"select id, sealed from {STORE}")).all())
        token_key = session.scalars(select(ReviewRound.token_key)).one()
    database.close()
    assert token_key is not None
    return Counted(path.read_bytes(), rows, token_key)


@pytest.fixture
def looking_here(monkeypatch):
    """The files are looked through in this process, which spares the start of another: no lock matters here."""

    def searched(asked, fragments):
        living = [each.encode() for each in asked["living"]]
        return traces.search_files(asked["paths"], fragments=fragments, mark=asked["mark"].encode(), living=living)

    monkeypatch.setattr(erasing, "_searched", searched)


@pytest.fixture(params=["delete", "wal"])
def path(request, tmp_path, counted, monkeypatch, looking_here) -> Path:
    monkeypatch.setattr("storage.database.journal_mode", lambda _version: request.param)
    path = tmp_path / "tongping.sqlite3"
    path.write_bytes(counted.file)
    return path


@pytest.fixture
def on_file(path):
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", lambda plain, _: plain.execute("pragma busy_timeout=50"))
    yield database
    database.close()


def erase(database: Database) -> Erased:
    return erase_round(database, period=OCTOBER, actor=CHEN, now=LATER)


def standing(database: Database) -> tuple[str, datetime | None, str | None, bool, int]:
    """State, time, token key, whether the table stands, and how many erasures are on record."""
    with database.transaction() as session:
        round_ = session.get_one(ReviewRound, "2026-10")
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "erase_round")).all()
        assert [row.details for row in rows] in ([], [{"ballots": 30}])
        return round_.state, round_.erased_at, round_.token_key, has_store(session, STORE), len(rows)


ERASED = ("erased", LATER, None, False, 1)


def is_counted(session, keys) -> Season:
    season = Season(session, *keys).is_open()
    for rater, target in PAIRS[:7]:
        season.votes(rater, target, "34512")
    season.closes()
    season.counts()
    return season


# ---- what it does


def test_an_erased_round_has_neither_ballots_nor_the_key_of_their_tokens(database, keys):
    with database.transaction() as session:
        is_counted(session, keys)
    found = erase(database)
    assert (found.ballots, found.copies) == (7, ())
    assert found.files == (("tongping.sqlite3",) if database.is_sqlite else ())
    with database.transaction() as session:
        round_ = session.get_one(ReviewRound, "2026-10")
        row = session.scalars(select(AuditRow).where(AuditRow.action == "erase_round")).one()
        assert (round_.state, round_.erased_at, round_.token_key) == ("erased", LATER, None)
        assert (row.actor, row.subject, row.at, row.details) == (CHEN, "round:2026-10", LATER, {"ballots": 7})
        assert not has_store(session, STORE)


def test_erasing_again_finds_nothing_to_do(database, keys):
    with database.transaction() as session:
        is_counted(session, keys)
    erase(database)
    assert erase(database) == Erased()
    with database.transaction() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "erase_round")).all()) == 1


@pytest.mark.parametrize(("act", "code"), [("opens", "round_is_open"), ("closes", "round_is_closed")])
def test_only_a_counted_round_is_erased(database, keys, act, code):
    with database.transaction() as session:
        season = Season(session, *keys).is_open()
        season.votes("jia", "yi", "34512")
        if act == "closes":
            season.closes()
    with refusal(code, period="2026-10"):
        erase(database)
    with database.transaction() as session:
        assert len(stored_ballots(session, STORE)) == 1
        assert session.get_one(ReviewRound, "2026-10").token_key is not None


def test_an_unknown_round_is_refused(database):
    with refusal("round_unknown", period="2026-10"):
        erase(database)
    with refusal("panel_unknown", period="2026-10"):
        erase_round(database, period=OCTOBER, actor=CHEN, now=LATER, of=Panel)


def test_a_panel_is_erased_by_its_own_name_and_leaves_the_round_alone(database, keys):
    with database.transaction() as session:
        season = is_counted(session, keys)
        times = {"opened_at": season.now, "closed_at": season.now, "counted_at": season.now}
        session.add(Panel(period="2026-10", state="counted", public_key=keys[1], criteria=[], minimums={}, tables={},
                          token_key="ab" * 32, closes_at=None, erased_at=None, ballots_counted=1, ballots_void=0,
                          root=None, receipts=None, **times))  # fmt: skip
        make_store(session, store_name("2026-10", panel=True))
        put_ballots(session, store_name("2026-10", panel=True), {"e" * 32: f"{erasure._MARK}{'panel' * 30}"})
    erase_round(database, period=OCTOBER, actor=CHEN, now=LATER, of=Panel)
    with database.transaction() as session:
        panel = session.get_one(Panel, "2026-10")
        row = session.scalars(select(AuditRow).where(AuditRow.action == "erase_panel")).one()
        assert (panel.state, panel.token_key, panel.erased_at) == ("erased", None, LATER)
        assert row.subject == "panel:2026-10"
        assert not has_store(session, store_name("2026-10", panel=True))
        assert len(stored_ballots(session, STORE)) == 7
        assert session.get_one(ReviewRound, "2026-10").state == "counted"


def test_in_the_callers_transaction_it_is_undone_with_it(database, keys):
    with database.transaction() as session:
        is_counted(session, keys)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        assert erase_ballots(session, period=OCTOBER, actor=CHEN, now=LATER) == 7
        raise ZeroDivisionError
    with database.transaction() as session:
        assert len(stored_ballots(session, STORE)) == 7
        assert session.get_one(ReviewRound, "2026-10").state == "counted"


def test_it_waits_outside_of_transactions(on_file):
    with on_file.transaction() as session:
        session.scalar(select(ReviewRound.state))
        with pytest.raises(RuntimeError, match="transaction"):
            erase(on_file)


# ---- nothing is left, in either kind of journal


def test_nothing_of_a_ballot_is_left_in_any_file(on_file, path, counted):
    assert counted.left_in(path) > 0.9 * len(counted.needles())  # some lie across the border of two pages
    found = erase(on_file)
    assert (found.ballots, found.files[0]) == (30, "tongping.sqlite3")
    assert (counted.left_in(path), standing(on_file)) == (0, ERASED)
    with on_file.transaction() as session:
        assert session.scalar(text("pragma integrity_check")) == "ok"


def test_other_rounds_and_the_auditors_residue_live_on(on_file, path, counted, keys):
    sealed = seal_residue(keys[1], "pairs")
    other = {f"{number:032x}": text_ for number, text_ in enumerate(sorted(counted.rows.values()))}
    other = {id_: text_[:64] + text_[64:][::-1] for id_, text_ in other.items()}
    with on_file.transaction() as session:
        session.add(PeerResidue(period="2026-10", sealed=sealed))
        make_store(session, "ballots_2026_11")
        put_ballots(session, "ballots_2026_11", other)
    erase(on_file)
    with on_file.transaction() as session:
        assert stored_ballots(session, "ballots_2026_11") == [other[id_] for id_ in sorted(other)]
        assert session.scalars(select(PeerResidue.sealed)).one() == sealed
    assert (counted.left_in(path), standing(on_file)) == (0, ERASED)


def test_copies_beside_the_database_are_named(on_file, path, counted):
    (path.parent / "tongping.sqlite3.monday").write_bytes(counted.file)
    assert erase(on_file).copies == ("tongping.sqlite3.monday",)
    assert standing(on_file) == ERASED


def test_bytes_that_are_left_are_found_and_the_round_is_not_called_erased(on_file, path, counted):
    event.listen(on_file.engine, "connect", lambda plain, _: plain.execute("pragma secure_delete=off"))
    with refusal("erasure_incomplete", files="tongping.sqlite3"):
        erase(on_file)
    assert counted.left_in(path) > 1000
    assert standing(on_file) == ("counted", None, None, False, 0)
    erase(on_file)  # the file is written anew, even by a connection that erases nothing
    assert (counted.left_in(path), standing(on_file)) == (0, ERASED)


def test_a_ballot_that_was_dropped_long_ago_by_hand_is_found_by_its_beginning(on_file, path, counted):
    with on_file.alone():
        by_hand = sqlite3.connect(path)
        by_hand.execute("pragma secure_delete=off")
        by_hand.execute(f"create table stray as select * from {STORE}")
        by_hand.execute("drop table stray")
        by_hand.commit()
        by_hand.close()
    with refusal("erasure_incomplete", files="tongping.sqlite3"):
        erase(on_file)
    assert counted.left_in(path) > 0
    erase(on_file)
    assert (counted.left_in(path), standing(on_file)) == (0, ERASED)


def test_a_reader_that_stays_blocks_it_and_another_try_ends_it(on_file, path, counted):
    assert standing(on_file)[0] == "counted"
    reader = sqlite3.connect(path)
    reader.execute("begin")
    reader.execute("select count(*) from unit").fetchone()
    with refusal("erasure_blocked"):
        erase(on_file)
    assert reader.execute(f"select count(*) from {STORE}").fetchone() == (30,)
    reader.close()
    assert standing(on_file)[0] == "counted"
    erase(on_file)
    assert (counted.left_in(path), standing(on_file)) == (0, ERASED)


def test_a_reader_in_the_same_process_is_waited_for(path, counted):
    database = Database(f"sqlite:///{path}")
    reading, gate = threading.Event(), threading.Event()

    def reader() -> None:
        with database.transaction() as session:
            session.scalars(select(ReviewRound.state)).one()
            reading.set()
            gate.wait(10)

    thread = threading.Thread(target=reader)
    thread.start()
    reading.wait(10)
    threading.Timer(0.1, gate.set).start()
    erase(database)
    thread.join()
    assert (counted.left_in(path), standing(database)) == (0, ERASED)
    database.close()


def test_another_process_that_serves_goes_on(on_file, path, counted):
    other = Database(f"sqlite:///{path}")
    assert standing(other)[:1] == ("counted",)
    erase(on_file)
    assert standing(other) == ERASED
    with other.transaction() as session:
        record(session, actor=CHEN, action="test", subject="nothing", now=LATER)
    assert counted.left_in(path) == 0
    other.close()


def test_two_at_once_erase_once(path, counted):
    """One of them may find the other in its way, and says so."""
    ends: list[str] = []

    def one() -> None:
        database = Database(f"sqlite:///{path}")
        try:
            erase(database)
            ends.append("erased")
        except DomainError as error:
            ends.append(error.code)
        finally:
            database.close()

    both = [threading.Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    database = Database(f"sqlite:///{path}")
    assert sorted(ends) in (["erased", "erased"], ["erased", "erasure_blocked"])
    assert (counted.left_in(path), standing(database)) == (0, ERASED)
    database.close()


# ---- killed


def killed(number: int, url: str) -> bool:
    """Whether a process that erases came to its `number`-th step, where it ended at once; each statement is a step,
    and each opening of a file of the database.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads: none that this child needs
        child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    try:
        steps = itertools.count(1)

        def step(*_args: object, **_more: object) -> None:
            if next(steps) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        database = Database(url)
        if database.is_sqlite:
            event.listen(database.engine, "connect", lambda plain, _: plain.set_trace_callback(step))
            sys.addaudithook(
                lambda name, args: step() if name == "open" and "tongping.sqlite3" in str(args[0]) else None
            )
        else:
            for moment in ("before_cursor_execute", "commit", "checkin"):
                event.listen(database.engine, moment, step)
        erase(database)
        database.close()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing of the test runner's may run in the child
        os._exit(1)


def killed_everywhere(path: Path, counted: Counted, start: bytes) -> list[tuple[str, bool]]:
    """How a round is found after a kill at every second step, until one was left in peace. With one journal these are
    the odd steps, with the other the even ones: between them each step of the program has its kill.
    """
    ends = []
    with sqlite3.connect(path) as by_hand:
        [(journal,)] = by_hand.execute("pragma journal_mode")
    by_hand.close()
    for number in itertools.count(1 if journal == "wal" else 2, 2):
        for file in path.parent.glob("tongping.sqlite3*"):
            file.unlink()
        path.write_bytes(start)
        was_killed = killed(number, f"sqlite:///{path}")
        ends.append(finished(path, counted))
        if not was_killed:
            return ends
    raise AssertionError


def test_killed_at_any_statement_it_is_finished_by_another_try(path, counted):
    ends = killed_everywhere(path, counted, counted.file)
    steps = [("counted", True), ("counted", False), ("erased", False)]
    assert len(ends) > 10
    assert list(dict.fromkeys(ends)) == steps
    assert ends == sorted(ends, key=steps.index)


def test_killed_at_any_statement_of_the_second_try_it_is_finished_by_a_third(path, counted):
    """The table is gone and its bytes are not: the file is written anew."""
    with sqlite3.connect(path) as by_hand:
        by_hand.execute("pragma secure_delete=off")
        by_hand.execute("update review_round set token_key = null")
        by_hand.execute(f"drop table {STORE}")
    by_hand.close()
    ends = killed_everywhere(path, counted, path.read_bytes())
    assert len(ends) > 10
    assert list(dict.fromkeys(ends)) == [("counted", False), ("erased", False)]


def finished(path: Path, counted: Counted) -> tuple[str, bool]:
    """How a killed process left the round; in the end another one has erased it."""
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        assert session.scalar(text("pragma integrity_check")) == "ok"
    state, _, token_key, is_there, _ = standing(database)
    if state == "erased":
        assert (counted.left_in(path), standing(database)) == (0, ERASED)
    assert is_there or token_key is None
    erase(database)
    assert (counted.left_in(path), standing(database)) == (0, ERASED)
    database.close()
    return state, is_there


def test_killed_at_any_statement_on_a_server_it_is_finished_by_another_try(database, keys):
    if database.is_sqlite:
        return
    with database.transaction() as session:
        is_counted(session, keys)
        rows = dict(session.execute(text(f"select id, sealed from {STORE}")).all())
    ends = []
    for number in itertools.count(1):
        was_killed = killed(number, database.url)
        with database.transaction() as session:
            round_ = session.get_one(ReviewRound, "2026-10")
            ends.append((round_.state, has_store(session, STORE), round_.token_key is None))
        erase(database)
        with database.transaction() as session:
            assert session.get_one(ReviewRound, "2026-10").state == "erased"
            erasures = session.scalars(select(AuditRow).where(AuditRow.action == "erase_round")).all()
            assert len(erasures) == 1
            session.delete(erasures[0])
            session.execute(update(ReviewRound).values(state="counted", erased_at=None, token_key="ab" * 32))
            make_store(session, STORE)
            put_ballots(session, STORE, rows)
        if not was_killed:
            break
    assert number > 5
    assert set(ends) == {("counted", True, False), ("erased", False, True)}
    assert ends[-1] == ("erased", False, True)


# ---- doctor


def test_doctor_names_what_has_not_been_erased_a_day_after_the_count(database, keys):
    with database.transaction() as session:
        season = is_counted(session, keys)
        assert counted_rounds_are_erased(session) == []
        for hours, found in ((24, []), (25, ["round:2026-10"])):
            at = season.now + timedelta(hours=hours)
            record(session, actor=CHEN, action="test", subject="nothing", now=at)
            findings = counted_rounds_are_erased(session)
            assert [(finding.key, finding.code) for finding in findings] == [(key, "round_not_erased") for key in found]
        assert_told(findings[0])
    erase(database)
    with database.transaction() as session:
        assert counted_rounds_are_erased(session) == []


def test_doctor_names_a_panel_apart(session, keys):
    times = {"opened_at": LATER, "closed_at": LATER, "counted_at": LATER}
    session.add(Panel(period="2026-10", state="counted", public_key=keys[1], criteria=[], minimums={}, tables={},
                      token_key=None, closes_at=None, erased_at=None, ballots_counted=0, ballots_void=0, root=None,
                      receipts=None, **times))  # fmt: skip
    record(session, actor=CHEN, action="test", subject="nothing", now=LATER + timedelta(days=2))
    (finding,) = counted_rounds_are_erased(session)
    assert (finding.key, finding.code) == ("panel:2026-10", "panel_not_erased")
    assert_told(finding)


def test_doctor_finds_nothing_where_nothing_has_happened(session):
    assert counted_rounds_are_erased(session) == []


def test_the_mark_is_how_every_sealed_text_begins(counted, keys):
    assert all(sealed.startswith(erasure._MARK) for sealed in [*counted.rows.values(), seal_residue(keys[1], "x")])
