"""`tongping` as a real process: started, listened to, asked to stop, killed. Knows nothing of what it does.

A program starts in an interpreter of its own (`Fresh`), or is forked from a process that has the imports behind it
(`Nursery`): the same program, some seconds sooner.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # a machine may have much else to do


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended and what it said."""

    exit_code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What a command that prints one line printed."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self
        return lines[0]


@dataclass(frozen=True, slots=True)
class Running:
    """A process: its number, its stdout, and a way to wait for its exit code (TimeoutError)."""

    number: int
    out: BinaryIO
    wait: Callable[[float], int]


class Starter(Protocol):
    """Whatever starts programs."""

    def start(self, *arguments: str, folder: Path, environment: Mapping[str, str], errors: BinaryIO) -> Running:
        """Start `tongping ARGUMENTS` in a folder; its stderr goes to `errors`."""


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: ours without any setting of Tongping, and these settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TONGPING_")}
    given = {f"TONGPING_{name}": value for name, value in settings.items()}
    return inherited | {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)} | given


class Fresh:
    """Starts programs in interpreters of their own."""

    def start(self, *arguments: str, folder: Path, environment: Mapping[str, str], errors: BinaryIO) -> Running:
        command = [sys.executable, "-P", "-c", "from app.cli import main; main()", *arguments]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
        assert process.stdout is not None

        def wait(seconds: float) -> int:
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                raise TimeoutError from None

        return Running(process.pid, process.stdout, wait)  # type: ignore[arg-type]


class Nursery:
    """A warm process and the socket by which it is asked for programs."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="nursery-")
        self._address = f"{self._folder.name}/door"
        command = [sys.executable, "-P", str(Path(__file__).with_name("nursery.py")), self._address]
        self._process = subprocess.Popen(
            command, env=environment_of({}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"warm\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def start(self, *arguments: str, folder: Path, environment: Mapping[str, str], errors: BinaryIO) -> Running:
        request = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        attendant = socket.socket(socket.AF_UNIX)
        attendant.connect(self._address)
        reading, writing = os.pipe()
        socket.send_fds(attendant, [json.dumps(request).encode()], [writing, errors.fileno()])
        os.close(writing)
        told = attendant.makefile("r")

        def wait(seconds: float) -> int:
            attendant.settimeout(seconds)
            with attendant, told:
                return int(told.readline())

        return Running(int(told.readline()), os.fdopen(reading, "rb"), wait)


def run_command(*arguments: str, starter: Starter, folder: Path, settings: Mapping[str, str]) -> Answer:
    """A command that ends by itself."""
    with tempfile.TemporaryFile() as errors:
        running = starter.start(*arguments, folder=folder, environment=environment_of(settings), errors=errors)
        with running.out:
            out = running.out.read()
        code = running.wait(PATIENCE)
        errors.seek(0)
        return Answer(code, out.decode(), errors.read().decode())


class Program:
    """A command that runs until it is stopped. What it writes on stderr is appended to `log`."""

    def __init__(self, *arguments: str, starter: Starter, folder: Path, settings: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._said: list[str] = []
        self._news = threading.Condition()
        self._has_ended = False
        with log.open("ab") as errors:
            environment = environment_of(settings)
            self._running = starter.start(*arguments, folder=folder, environment=environment, errors=errors)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """What it has printed on stdout."""
        with self._news:
            return "".join(self._said)

    def waits_for(self, words: str, timeout: float = PATIENCE) -> str:
        """The first line on stdout that contains the words; fails when the program ends without them."""
        with self._news:
            self._news.wait_for(lambda: self._has_ended or self._line_with(words), timeout)
            line = self._line_with(words)
            story = f"no {words!r} on stdout:\n{''.join(self._said)}\nstderr:\n{self._last_errors()}"
        assert line is not None, story
        return line

    def is_told_to_stop(self) -> None:
        """SIGTERM, and nobody waits."""
        os.kill(self._running.number, signal.SIGTERM)

    def is_killed(self) -> None:
        """SIGKILL; returns when it is dead."""
        os.kill(self._running.number, signal.SIGKILL)
        self.ends()

    def ends(self, timeout: float = PATIENCE) -> int:
        """Waits until it has ended; the exit code. One that does not is killed, and the test fails."""
        try:
            code = self._running.wait(timeout)
        except TimeoutError:
            os.kill(self._running.number, signal.SIGKILL)
            raise AssertionError(f"it did not stop within {timeout:g} s:\n{self._last_errors()}") from None
        self._reader.join(PATIENCE)
        return code

    def _listen(self) -> None:
        with self._running.out as lines:
            for line in lines:
                with self._news:
                    self._said.append(line.decode())
                    self._news.notify_all()
        with self._news:
            self._has_ended = True
            self._news.notify_all()

    def _line_with(self, words: str) -> str | None:
        return next((line.strip() for line in self._said if words in line), None)

    def _last_errors(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
