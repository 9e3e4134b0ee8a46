"""Files named on the command line: folders, pipes and devices too; written whole or not at all."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from app import foreign_file
from app.foreign_file import is_same_file, read_file, shown, write_file
from locales.errors import DomainError


def refused(act, *arguments, **options) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        act(*arguments, **options)
    return refusal.value


def test_a_file_is_read_to_one_byte_beyond_the_limit(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"x" * 10)
    assert read_file(file, largest=20) == b"x" * 10
    assert read_file(file, largest=10) == b"x" * 10
    assert read_file(file, largest=4) == b"x" * 5


def test_a_device_without_end_is_read_to_one_byte_beyond_the_limit():
    assert read_file(Path("/dev/zero"), largest=3_000_000) == bytes(3_000_001)
    assert read_file(Path("/dev/null"), largest=10) == b""


def test_what_comes_through_a_pipe_is_read_to_its_end():
    reading, writing = os.pipe()
    os.write(writing, b"id = ")
    writer = threading.Timer(0.05, lambda: (os.write(writing, b"1"), os.close(writing)))
    writer.start()
    assert read_file(Path(f"/dev/fd/{reading}"), largest=100) == b"id = 1"
    writer.join()
    os.close(reading)


def test_a_pipe_into_which_nobody_writes_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_file, "_LONGEST_WAIT", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    assert refused(read_file, pipe, largest=100).code == "file_unreadable"
    os.close(held)


def test_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an address of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for path in (tmp_path, tmp_path / "nowhere", tmp_path / "socket", tmp_path / ("x" * 300), Path("a\0b")):
            error = refused(read_file, path, largest=100)
            assert (error.code, error.details["file"]) == ("file_unreadable", shown(path))


def test_paths_are_shown_without_what_a_terminal_obeys():
    assert shown(Path("a\x1b[2J/\udcff表.toml")) == "a\ufffd[2J/?表.toml"


def test_a_file_is_written_with_the_rights_that_are_usual(tmp_path):
    file = tmp_path / "form.toml"
    write_file(file, "标题\n")
    assert file.read_bytes() == "标题\n".encode()
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask
    assert list(tmp_path.iterdir()) == [file]


def test_an_older_file_is_replaced_as_a_whole_and_keeps_its_rights(tmp_path):
    file = tmp_path / "form.toml"
    file.write_text("a much longer older text", encoding="utf-8")
    file.chmod(0o640)
    write_file(file, "new")
    assert (file.read_text(encoding="utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path):
    file, link = tmp_path / "real.toml", tmp_path / "link.toml"
    file.write_text("old", encoding="utf-8")
    link.symlink_to(file)
    write_file(link, "new")
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "new"


def test_an_interrupted_writing_leaves_the_older_file(tmp_path, monkeypatch):
    file = tmp_path / "form.toml"
    file.write_text("old", encoding="utf-8")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(write_file, file, "new").code == "file_not_writable"
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["", "nowhere/form.toml", "x" * 300])
def test_where_nothing_can_be_written_is_named(tmp_path, name):
    assert refused(write_file, tmp_path / name, "new").code == "file_not_writable"


def test_a_device_is_written_to_not_replaced():
    write_file(Path("/dev/null"), "text")
    assert not Path("/dev/null").is_file()


def test_the_same_file_by_another_name(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"")
    (tmp_path / "b").symlink_to(file)
    assert is_same_file(file, tmp_path / "b")
    assert not is_same_file(file, tmp_path / "c")
