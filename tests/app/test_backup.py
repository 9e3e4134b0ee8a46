"""`tongping backup`: whole under load, looked through, never in the way of what is there; and what `restore` refuses."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from app import backup as backup_module
from app.backup_file import BLOCK, read_header
from locales.errors import DomainError
from tests.app.command_line import CommandLine

NOW = "2026-10-10T09:00:00+08:00"


@pytest.fixture
def made(group: CommandLine) -> Path:
    group.run("backup", "yesterday.backup", CLOCK=NOW)
    return group.folder / "yesterday.backup"


def unpacked(backup: Path, folder: Path) -> sqlite3.Connection:
    copy = folder / "unpacked.sqlite3"
    copy.write_bytes(backup.read_bytes()[BLOCK:])
    return sqlite3.connect(copy)


def test_backup_is_a_whole_private_file_with_everything_in_it(group: CommandLine, tmp_path: Path) -> None:
    ran = group.run("backup", "b", "--json", CLOCK=NOW)
    assert (ran.exit_code, ran.document["broken"]) == (0, []), ran
    file = group.folder / "b"
    header = read_header(file)
    assert (file.stat().st_mode & 0o777, header.engine, header.size) == (0o600, "sqlite", file.stat().st_size - BLOCK)
    assert (ran.document["sha256"], header.made_at) == (header.sha256, "2026-10-10T01:00:00+00:00")
    with closing(unpacked(file, tmp_path)) as copy, closing(sqlite3.connect(group.database)) as live:
        assert list(copy.iterdump()) == list(live.iterdump())
    assert sorted(each.name for each in group.folder.iterdir() if "part" in each.name or "copy" in each.name) == []


def test_backup_says_that_keys_are_kept_apart_and_never_overwrites(group: CommandLine, made: Path) -> None:
    assert ".key" in group.run("backup", "second").err
    before = made.read_bytes()
    assert group.run("backup", made, "--json").refusal == "file_exists"
    assert group.run("backup", "no/such/folder/b", "--json").refusal == "file_not_writable"
    assert (made.read_bytes(), b"PRIVATE" in before) == (before, False)


def test_broken_invariant_is_told_and_the_backup_made_all_the_same(group: CommandLine) -> None:
    with closing(sqlite3.connect(group.database)) as live, live:
        for number, state, after in ((1, "owed", None), (2, "sent", 1)):
            live.execute(
                "insert into delivery (id, dedupe_key, channel, address, kind, message, state, attempts, doubts, after_id,"
                " created_at, settled_at) values (?, ?, 'telegram', '1', 'notice', '{}', ?, 0, 0, ?, '2026-11-01', ?)",
                (number, str(number), state, after, "2026-11-01" if state == "sent" else None),
            )
    ran = group.run("backup", "b", "--json")
    assert (ran.exit_code, ran.document["broken"] != [], (group.folder / "b").exists()) == (1, True, True)


def test_damaged_database_gives_no_backup(group: CommandLine) -> None:
    content = bytearray(group.database.read_bytes())
    for page in range(8, 40):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    group.database.write_bytes(content)
    assert group.run("backup", "b", "--json").refusal in {"backup_damaged", "database_unreachable"}
    assert not (group.folder / "b").exists()


def test_backups_under_load_hold_every_answer_that_was_acknowledged(
    group: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process's writer never stops; what it had committed before is in the copy, and the copy is sound."""
    monkeypatch.setattr(backup_module, "STEPWISE_FOR", 0.05)
    acknowledged, stop = [0], threading.Event()
    with closing(sqlite3.connect(group.database)) as live, live:
        live.execute("create table load (id integer primary key, filler text)")

    def write() -> None:
        with closing(sqlite3.connect(group.database, timeout=30, isolation_level=None)) as live:
            while not stop.is_set():
                live.execute("insert into load (filler) values (?)", ("x" * 500,))
                acknowledged[0] += 1

    writers = [threading.Thread(target=write)]
    for writer in writers:
        writer.start()
    try:
        for number in range(2):
            before = acknowledged[0]
            assert group.run("backup", f"b{number}").exit_code == 0
            with closing(unpacked(group.folder / f"b{number}", tmp_path)) as copy:
                (count,) = copy.execute("select count(*) from load").fetchone()
                assert before <= count <= acknowledged[0] + 1
                assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
    finally:
        stop.set()
        writer.join()


def test_cut_altered_and_foreign_files_are_told_apart(made: Path, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path / "new")
    shell.folder.mkdir()
    content, chance = made.read_bytes(), random.Random(7)
    spoiled = tmp_path / "spoiled"

    def refused(with_content: bytes) -> str:
        spoiled.write_bytes(with_content)
        return shell.run("restore", spoiled, "--json", CLOCK=NOW).refusal

    for length in [1, 10, 100, BLOCK - 1, BLOCK, len(content) - 1, *(chance.randrange(len(content)) for _ in range(5))]:
        assert refused(content[:length]) == "backup_truncated", length
    for place in (*(chance.randrange(BLOCK, len(content)) for _ in range(5)), len(content) - 1):
        altered = bytearray(content)
        altered[place] ^= 1
        assert refused(bytes(altered)) == "backup_altered", place
    renamed = content.replace(b'"made_at":"2026-10-10', b'"made_at":"2026-10-11', 1)
    assert (refused(renamed), refused(content + b"x")) == ("backup_altered", "backup_altered")
    assert {refused(each) for each in (b"", b"\x1f\x8b", b"SQLite format 3\0" + bytes(5000))} == {"backup_foreign"}
    assert shell.run("restore", "nowhere", "--json").refusal == "file_unreadable"
    assert sorted(each.name for each in shell.folder.iterdir()) == ["tongping.serving"]


def test_backup_of_a_newer_program_or_another_engine_is_refused(made: Path, tmp_path: Path) -> None:
    header = json.loads(made.read_bytes()[18:BLOCK])
    for name, value, code in (("revision", "9999", "backup_newer"), ("engine", "postgresql", "backup_other_engine")):
        changed = b"TONGPING BACKUP 1\n" + json.dumps(header | {name: value}).encode()
        made.write_bytes(changed.ljust(BLOCK) + made.read_bytes()[BLOCK:])
        assert CommandLine(tmp_path).run("restore", made, "--json").refusal == code


def test_header_of_nonsense_is_altered(tmp_path: Path) -> None:
    file = tmp_path / "b"
    for nonsense in (b"{}", b"[1]", b"null", b'{"size":"x"}', b"\xff\xfe"):
        file.write_bytes((b"TONGPING BACKUP 1\n" + nonsense).ljust(BLOCK))
        with pytest.raises(DomainError) as refusal:
            read_header(file)
        assert refusal.value.code == "backup_altered"
