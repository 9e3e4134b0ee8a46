"""Programs in confinement: their answer comes back; time, memory and files are taken from them."""

from __future__ import annotations

import sys

import pytest
from structlog.testing import capture_logs

from consortium import confined
from consortium.confined import FAILED, TOO_LARGE, TOO_SLOW, Limits, is_confined, read_confined

PROGRAM = """
import sys
from consortium.confined import is_confined, serve_confined

def read(content, arguments):
    [what] = arguments
    if what == "echo":
        return [content.decode(), is_confined()]
    if what == "loop":
        while True:
            pass
    if what == "memory":
        return len(bytearray(10**9))
    if what == "file":
        with open(sys.argv[0] + ".written", "w") as file:
            file.write("x")
    if what == "secret":
        import os
        return sorted(name for name in os.environ if "TONGPING" in name)
    raise ValueError("a secret: " + content.decode())

if __name__ == "__main__":
    serve_confined(read)
"""


@pytest.fixture
def program(tmp_path, monkeypatch) -> str:
    """The name of a program as above."""
    (tmp_path / "misbehaving.py").write_text(PROGRAM, encoding="utf-8")
    root = str(confined._ROOT)
    monkeypatch.setitem(confined._ENVIRONMENT, "PYTHONPATH", f"{root}:{tmp_path}")
    return "misbehaving"


def run(program: str, what: str, content: bytes = b"", **limits):
    return read_confined(program, content, limits=Limits(**({"seconds": 2.0} | limits)), arguments=[what])


def test_the_answer_comes_back(program):
    assert run(program, "echo", "好".encode()) == (["好", True], "")
    assert not is_confined()


def test_what_never_ends_is_ended(program):
    assert run(program, "loop", seconds=0.2) == (None, TOO_SLOW)


def test_memory_is_bounded(program):
    assert run(program, "memory", megabytes=128) == (None, TOO_LARGE)


def test_nothing_can_be_written(program, tmp_path):
    with capture_logs():
        assert run(program, "file") == (None, FAILED)
    written = tmp_path / "misbehaving.py.written"
    assert not written.exists() or written.read_bytes() == b""


def test_it_sees_no_setting(program, monkeypatch):
    monkeypatch.setenv("TONGPING_SECRET_KEY", "x" * 40)
    assert run(program, "secret") == ([], "")


def test_a_fault_of_ours_is_logged_by_its_kind_alone(program):
    with capture_logs() as logs:
        assert run(program, "raise", b"Mei, ward 3") == (None, FAILED)
    assert logs == [
        {"event": "confined.failed", "log_level": "error", "program": program, "exit": 1, "reason": "ValueError"}
    ]


def test_within_a_confined_process_no_other_is_started(program, tmp_path, monkeypatch):
    monkeypatch.setattr(confined, "_here", ["this"])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert run(program, "echo", b"x") == (["x", True], "")
    sys.modules.pop(program)
