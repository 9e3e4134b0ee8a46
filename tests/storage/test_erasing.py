"""Forgetting a table of SQLite: nothing of it is left in any file, and what is left by somebody's fault is found."""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, text

from locales.errors import DomainError
from storage import erasing, traces
from storage.database import Database
from storage.erasing import Traces, drop_table, find_traces, fragments_of, rebuild
from tests.reviews.season import assert_told, refusal

STORE = "ballots_2026_10"
MARK = "eyJhbGciOiJ0ZXN0In0."
JOURNALS = ("delete", "wal")


def sealed(number: int, length: int = 1971) -> str:
    """A text as sealed ones are: a beginning they share, then letters that nothing repeats."""
    noise = Random(number).randbytes(length)
    return (MARK + base64.urlsafe_b64encode(noise).decode())[:length]


TEXTS = [sealed(number) for number in range(120)]
NEEDLES = fragments_of(TEXTS, behind=len(MARK))


class Held:
    """A database file with a table of sealed texts beside one that lives."""

    def __init__(self, path: Path, template: bytes) -> None:
        path.write_bytes(template)
        self.path = path
        self.database = Database(f"sqlite:///{path}")

        @event.listens_for(self.database.engine, "connect")
        def _impatient(connection, _record):
            connection.execute("pragma busy_timeout=50")

    def is_filled(self, texts: list[str] = TEXTS, store: str = STORE) -> Held:
        with self.database.transaction() as session:
            session.execute(text(f"create table {store} (id varchar(43) primary key, sealed text) without rowid"))
        rows = [{"id": f"{Random(n).getrandbits(128):032x}", "sealed": each} for n, each in enumerate(texts)]
        for start in range(0, len(rows), 20):
            with self.database.transaction() as session:  # some together, as they come
                session.execute(text(f"insert into {store} values (:id, :sealed)"), rows[start : start + 20])
        return self

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.path.parent.glob(self.path.name + "*"))}

    def traces(self, needles: bytes = NEEDLES, living: tuple[str, ...] = ()) -> Traces:
        with self.database.transaction():
            return find_traces(self.database, fragments=needles, mark=MARK, living=living)

    def texts_left(self, texts: list[str] = TEXTS) -> int:
        everything = b"\n".join(re.findall(rb"[\w-]{24,}", b"\n".join(self.files().values())))
        return sum(any(each[k : k + 24].encode() in everything for k in range(40, 1900, 24)) for each in texts)


@pytest.fixture
def looking_here(monkeypatch):
    """The files are looked through in this process, which spares the start of another: no lock matters here."""

    def searched(asked, fragments):
        living = [each.encode() for each in asked["living"]]
        return traces.search_files(asked["paths"], fragments=fragments, mark=asked["mark"].encode(), living=living)

    monkeypatch.setattr(erasing, "_searched", searched)


@pytest.fixture(params=JOURNALS)
def held(request, tmp_path, sqlite_template, monkeypatch, looking_here):
    monkeypatch.setattr("storage.database.journal_mode", lambda _version: request.param)
    made = Held(tmp_path / "tongping.sqlite3", sqlite_template)
    yield made
    made.database.close()


@pytest.fixture
def kept(tmp_path, sqlite_template):
    """As above, with ballots, and the files are looked through by the program that does it in earnest."""
    made = Held(tmp_path / "tongping.sqlite3", sqlite_template).is_filled(TEXTS[:20])
    yield made
    made.database.close()


def beginnings(texts: list[str]) -> tuple[str, ...]:
    return tuple(each[len(MARK) : len(MARK) + 64] for each in texts)


# ---- pieces of texts


def test_every_stretch_of_eighty_characters_holds_a_fragment():
    pieces = {NEEDLES[start : start + 16] for start in range(0, len(NEEDLES), 16)}
    for each in TEXTS[:5]:
        for start in range(len(MARK), len(each) - 79):
            stretch = each[start : start + 80].encode()
            assert any(stretch[k : k + 16] in pieces for k in range(65))


def test_the_last_characters_are_a_fragment_and_the_shared_beginning_is_none():
    pieces = [NEEDLES[start : start + 16] for start in range(0, len(NEEDLES), 16)]
    assert TEXTS[0][-16:].encode() in pieces
    assert [piece for piece in pieces if piece in MARK.encode() or MARK.encode()[-8:] in piece] == []


def test_short_texts_have_their_fragments_and_too_short_ones_none():
    assert fragments_of(["0123456789abcdef"]) == b"0123456789abcdef" * 2
    assert fragments_of(["0123456789abcdefXYZ"]) == b"0123456789abcdef3456789abcdefXYZ"
    assert fragments_of(["0123456789abcde", ""]) == b""
    assert fragments_of(["0123456789abcdef"], behind=1) == b""


def test_both_sides_mean_the_same_by_a_fragment():
    assert erasing.FRAGMENT == traces.FRAGMENT


# ---- looking through files


@pytest.mark.parametrize("before", [*range(18), 65_519, 65_520, 65_521, 65_535, 65_536, 4 * 2**20 - 9, 4 * 2**20])
def test_one_fragment_is_found_once_wherever_it_lies(tmp_path, before):
    file = tmp_path / "file"
    file.write_bytes(bytes(before) + NEEDLES[160:176] + b"\0")
    assert traces.search_files([str(file)], fragments=NEEDLES, mark=b"none", living=()) == {str(file): 1}


def test_one_wrong_character_is_no_trace(tmp_path):
    file = tmp_path / "file"
    piece = NEEDLES[160:176]
    file.write_bytes(b"".join(piece[:k] + b"*" + piece[k + 1 :] + bytes(9) for k in range(16)) + piece[:15])
    assert traces.search_files([str(file)], fragments=NEEDLES, mark=b"none", living=()) == {str(file): 0}


@pytest.mark.parametrize("size", [0, 1, 7, 8, 15, 16, 17, 23, 24, 25])
def test_small_files_are_looked_through_to_the_last_byte(tmp_path, size):
    file = tmp_path / "file"
    piece = NEEDLES[16:32]
    file.write_bytes((bytes(32) + piece)[-size:] if size else b"")
    found = traces.search_files([str(file)], fragments=NEEDLES, mark=b"none", living=())
    assert found == {str(file): int(size >= 16)}


def test_fragments_with_equal_halves_are_told_apart(tmp_path):
    file = tmp_path / "file"
    same_head = [b"AAAAAAAA" + tail for tail in (b"11111111", b"22222222", b"33333333")]
    file.write_bytes(b"AAAAAAAA44444444" + same_head[2] + b"BBBBBBBB22222222" + same_head[0])
    found = traces.search_files([str(file)], fragments=b"".join(same_head), mark=b"none", living=())
    assert found == {str(file): 2}


@pytest.mark.parametrize("before", [0, 3, 4 * 2**20 - 100, 4 * 2**20 - 19, 4 * 2**20 - 1, 4 * 2**20])
def test_a_marked_text_is_a_trace_unless_it_lives(tmp_path, before):
    file = tmp_path / "file"
    file.write_bytes(bytes(before) + TEXTS[7].encode())
    living = [each.encode() for each in beginnings(TEXTS[:8])]

    def found(known):
        return traces.search_files([str(file)], fragments=b"", mark=MARK.encode(), living=known)[str(file)]

    assert (found(living), found(living[:7]), found([])) == (0, 1, 1)


def test_a_marked_text_that_is_cut_short_is_a_trace(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(TEXTS[7][: len(MARK) + 63].encode())
    living = [each.encode() for each in beginnings(TEXTS)]
    assert traces.search_files([str(file)], fragments=b"", mark=MARK.encode(), living=living) == {str(file): 1}


def test_a_file_that_has_gone_is_none_and_stops_nothing(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(NEEDLES[:16])
    found = traces.search_files([f"{file}-wal", str(file)], fragments=NEEDLES, mark=b"none", living=())
    assert found == {f"{file}-wal": None, str(file): 1}


def test_a_file_full_of_traces_is_not_counted_to_its_end(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"".join(each.encode() for each in TEXTS) * 100)  # 23 MB
    (found,) = traces.search_files([str(file)], fragments=NEEDLES, mark=MARK.encode(), living=()).values()
    assert traces.ENOUGH <= found < len(NEEDLES) // 16 * 100 // 2


def test_a_large_clean_file_is_looked_through_in_seconds(tmp_path):
    """60,000 ballots leave 280 MB of zeros: here a tenth, in far less than a tenth of the time anyone would mind."""
    file = tmp_path / "file"
    file.write_bytes(bytes(28_000_000))
    needles = fragments_of((sealed(number) for number in range(1000)), behind=len(MARK)) * 6
    start = time.process_time()
    assert traces.search_files([str(file)], fragments=needles, mark=MARK.encode(), living=()) == {str(file): 0}
    assert time.process_time() - start < 5


# ---- dropping


def test_a_dropped_table_leaves_nothing_in_any_file(held):
    held.is_filled()
    assert held.texts_left() == len(TEXTS)
    drop_table(held.database, STORE)
    assert held.texts_left() == 0
    assert held.traces() == Traces(files=held.traces().files)
    assert held.traces().files[0] == "tongping.sqlite3"


def test_dropping_again_changes_nothing(held):
    held.is_filled()
    drop_table(held.database, STORE)
    drop_table(held.database, STORE)
    drop_table(held.database, "ballots_never_made")
    assert held.texts_left() == 0


def test_the_connection_that_drops_serves_nobody_afterwards(held):
    held.is_filled()
    drop_table(held.database, STORE)
    with held.database.transaction() as session:
        settings = {
            name: session.scalar(text(f"pragma {name}")) for name in ("locking_mode", "temp_store", "secure_delete")
        }
        journal = session.scalar(text("pragma journal_mode"))
    assert settings == {"locking_mode": "normal", "temp_store": 0, "secure_delete": 1}
    assert journal in JOURNALS
    other = sqlite3.connect(held.path, timeout=0.05)
    other.execute("begin exclusive")  # nobody holds the file
    other.close()


def test_the_journal_of_the_drop_is_overwritten_before_it_is_deleted(tmp_path, sqlite_template):
    """A deleted file can be undeleted: what it held must be gone before. A second name for it shows what is left."""
    held = Held(tmp_path / "tongping.sqlite3", sqlite_template).is_filled()
    journal, kept = tmp_path / "tongping.sqlite3-journal", tmp_path / "kept"
    journal.touch()
    os.link(journal, kept)
    drop_table(held.database, STORE)
    assert not journal.exists()
    content = kept.read_bytes()
    assert len(content) > sum(map(len, TEXTS)) // 2  # it did hold the pages
    assert content == bytes(len(content))
    held.database.close()


def test_nobody_else_is_at_the_file_while_the_journal_is_overwritten(tmp_path, sqlite_template, monkeypatch):
    """Whoever changes something keeps a journal of the same name: overwritten under him, it would cost him the file."""
    held = Held(tmp_path / "tongping.sqlite3", sqlite_template).is_filled()
    overwrite, tried = erasing._overwrite_journal, []

    def watched(database):
        for attempt in ("begin immediate", "select count(*) from unit"):
            other = sqlite3.connect(held.path, timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute(attempt).fetchone()
            other.close()
            tried.append(attempt)
        overwrite(database)

    monkeypatch.setattr(erasing, "_overwrite_journal", watched)
    drop_table(held.database, STORE)
    assert len(tried) == 2
    held.database.close()


def test_a_program_that_serves_meanwhile_goes_on(held):
    """Another process with the file open, between its transactions, neither stops an erasure nor is hurt by it."""
    held.is_filled()
    other = Database(f"sqlite:///{held.path}")
    with other.transaction() as session:
        assert session.scalar(text(f"select count(*) from {STORE}")) == len(TEXTS)
    drop_table(held.database, STORE)
    with other.transaction() as session:
        assert session.scalar(text("select count(*) from unit")) == 0
        assert session.scalar(text("pragma integrity_check")) == "ok"
    assert held.traces().left == ()
    assert held.texts_left() == 0
    other.close()


def test_somebody_who_reads_all_the_while_blocks_it_and_nothing_is_hurt(held):
    held.is_filled()
    reader = sqlite3.connect(held.path)
    reader.execute("begin")
    assert reader.execute(f"select count(*) from {STORE}").fetchone() == (len(TEXTS),)
    with refusal("erasure_blocked"):
        drop_table(held.database, STORE)
    assert len(reader.execute(f"select sealed from {STORE}").fetchall()) == len(TEXTS)
    reader.close()
    drop_table(held.database, STORE)
    assert held.texts_left() == 0
    assert held.traces().left == ()


def test_a_reader_that_ends_in_time_is_waited_for(tmp_path, sqlite_template):
    held = Held(tmp_path / "tongping.sqlite3", sqlite_template).is_filled()
    event.listen(held.database.engine, "connect", lambda plain, _: plain.execute("pragma busy_timeout=10000"))
    reader = sqlite3.connect(held.path, check_same_thread=False)
    reader.execute("begin")
    reader.execute(f"select count(*) from {STORE}").fetchone()
    ending = threading.Timer(0.2, reader.close)
    ending.start()
    drop_table(held.database, STORE)
    ending.join()
    assert held.texts_left() == 0
    held.database.close()


def test_other_faults_of_the_file_are_not_taken_for_a_blocked_one(held):
    held.is_filled()
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        drop_table(held.database, 'x" or "y')
    assert held.texts_left() == len(TEXTS)


# ---- what somebody's fault leaves is found


def without_secure_delete(held: Held) -> None:
    event.listen(held.database.engine, "connect", lambda plain, _: plain.execute("pragma secure_delete=off"))
    with held.database.alone():
        pass  # connections made before are gone


def test_free_pages_that_keep_their_bytes_are_found_and_a_rebuild_clears_them(held):
    held.is_filled()
    without_secure_delete(held)
    drop_table(held.database, STORE)
    assert held.texts_left() == len(TEXTS)
    assert held.traces().left == ("tongping.sqlite3",)
    assert held.traces(needles=b"").left == ("tongping.sqlite3",)  # by their beginnings alone
    rebuild(held.database)
    assert (held.texts_left(), held.traces().left, held.traces(needles=b"").left) == (0, (), ())
    with held.database.transaction() as session:
        assert session.scalar(text("pragma integrity_check")) == "ok"
        assert session.scalar(text("pragma freelist_count")) == 0


def test_a_log_that_was_not_brought_in_is_found(tmp_path, sqlite_template, monkeypatch, looking_here):
    monkeypatch.setattr("storage.database.journal_mode", lambda _version: "wal")
    held = Held(tmp_path / "tongping.sqlite3", sqlite_template).is_filled(TEXTS[:20])
    with held.database.transaction() as session:
        session.execute(text(f"drop table {STORE}"))  # as somebody would do it by hand
    assert "tongping.sqlite3-wal" in held.traces().left
    rebuild(held.database)
    assert (held.traces().left, held.texts_left()) == ((), 0)
    held.database.close()


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("part", [100, 700, 1900])
def test_a_piece_in_any_file_of_the_database_is_found(tmp_path, sqlite_template, ending, part, looking_here):
    held = Held(tmp_path / "tongping.sqlite3", sqlite_template)
    held.traces()
    planted = Path(f"{held.path}{ending}")
    with held.database.transaction():
        planted.write_bytes(bytes(777) + TEXTS[3][part : part + 79].encode())
        found = find_traces(held.database, fragments=NEEDLES, mark=MARK, living=())
        planted.unlink()
    assert found == Traces(("tongping.sqlite3", planted.name), (planted.name,), ())
    held.database.close()


def test_a_piece_in_the_slack_of_a_page_in_use_is_found(held):
    held.is_filled([])
    with held.database.alone():
        pass
    content = bytearray(held.path.read_bytes())
    place = content.index(bytes(200))
    content[place + 60 : place + 140] = TEXTS[5][1000:1080].encode()
    held.path.write_bytes(content)
    assert held.traces().left == ("tongping.sqlite3",)
    assert held.traces(needles=b"").left == ()  # its beginning is not there: only who knew it can tell


def test_texts_that_live_are_no_traces(held):
    held.is_filled().is_filled([sealed(number) for number in range(900, 950)], "ballots_2026_11")
    drop_table(held.database, STORE)
    living = beginnings([sealed(number) for number in range(900, 950)])
    assert held.traces(living=living).left == ()
    assert "tongping.sqlite3" in held.traces(living=living[:49]).left


def test_a_copy_beside_the_database_is_named_and_is_none_of_its_files(held):
    held.is_filled()
    (held.path.parent / "tongping.sqlite3.before").write_bytes(b"".join(held.files().values()))
    (held.path.parent / "tongping.sqlite3.clean").write_bytes(bytes(5000))
    (held.path.parent / "other.sqlite3").write_bytes(TEXTS[0].encode())
    (held.path.parent / "tongping.sqlite3.folder").mkdir()
    drop_table(held.database, STORE)
    found = held.traces()
    assert (found.left, found.copies) == ((), ("tongping.sqlite3.before",))


def test_a_folder_with_odd_letters_is_read_as_it_is(tmp_path, sqlite_template, looking_here):
    folder = tmp_path / "a[b]*c"
    folder.mkdir()
    held = Held(folder / "t[1].sqlite3", sqlite_template).is_filled(TEXTS[:3])
    (folder / "t1x.sqlite3").write_bytes(TEXTS[0].encode())
    (folder / "t[1].sqlite3.old").write_bytes(TEXTS[0].encode())
    assert held.traces().left == ("t[1].sqlite3",)
    assert held.traces().copies == ("t[1].sqlite3.old",)
    held.database.close()


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_a_search_that_fails_is_no_clean_one(kept, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(DomainError, match="erasure_unchecked") as caught:
        kept.traces()
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    assert_told(caught.value)


def test_a_search_that_does_not_end_is_no_clean_one(kept, monkeypatch):
    monkeypatch.setattr(erasing, "_PATIENCE", 0.001)
    with refusal("erasure_unchecked"):
        kept.traces()


def test_the_program_finds_what_the_function_finds(kept):
    with kept.database.transaction() as session:
        session.execute(text("pragma secure_delete=off"))
        session.execute(text(f"delete from {STORE} where id < '8'"))
    own = [str(kept.path) + ending for ending in ("", "-journal", "-wal", "-shm")]
    living = [each.encode() for each in beginnings(TEXTS)]
    here = traces.search_files(own, fragments=NEEDLES, mark=MARK.encode(), living=living)
    asked = {"paths": own, "mark": MARK, "living": list(beginnings(TEXTS))}
    assert erasing._searched(asked, NEEDLES) == here
    assert here[str(kept.path)] > 0
    assert kept.traces().left == ("tongping.sqlite3",)


def test_looking_does_not_give_up_the_locks_of_this_process(kept):
    """Closing a file that SQLite has open in the same process drops its locks: hence the other process."""
    with kept.database.transaction() as session:
        session.execute(text("update installation set id = id"))
        find_traces(kept.database, fragments=NEEDLES, mark=MARK, living=())
        intruder = (
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "try: connection.execute('begin immediate'); print('in')\n"
            "except sqlite3.OperationalError as error: print(error)"
        )
        said = subprocess.run(
            [sys.executable, "-c", intruder, str(kept.path)], capture_output=True, text=True, check=True
        )
    assert said.stdout.strip() == "database is locked"


def test_a_database_in_memory_has_no_files():
    database = Database("sqlite://")
    with database.transaction() as session:
        session.execute(text(f"create table {STORE} (id text primary key, sealed text)"))
        session.execute(text("create table other (id integer)"))
    drop_table(database, STORE)
    rebuild(database)
    with database.transaction() as session:
        assert session.scalars(text("select name from sqlite_master")).all() == ["other"]
        assert find_traces(database, fragments=NEEDLES, mark=MARK, living=()) == Traces()
    database.close()
