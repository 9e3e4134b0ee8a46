"""`tongping` as a real process: started, listened to, asked to stop, killed. Knows nothing of what it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from app.cli import main; main()")
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


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: ours without any setting of Tongping, and these settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TONGPING_")}
    languages = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    given = {f"TONGPING_{name}": value for name, value in settings.items()}
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return inherited | languages | given | {"PYTHONPATH": paths}


def run_command(*arguments: str, folder: Path, settings: Mapping[str, str]) -> Answer:
    """A command that ends by itself."""
    ended = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment_of(settings),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )
    return Answer(ended.returncode, ended.stdout, ended.stderr)


class Program:
    """A command that runs until it is stopped. What it writes on stderr is appended to `log`."""

    def __init__(self, *arguments: str, folder: Path, settings: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._said: list[str] = []
        self._news = threading.Condition()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=folder,
                env=environment_of(settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        self._ended = False
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What it has printed on stdout."""
        with self._news:
            return "".join(self._said)

    def waits_for(self, words: str, timeout: float = PATIENCE) -> str:
        """The first line on stdout that contains the words; fails when the program ends without them."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._line_with(words), timeout)
            line = self._line_with(words)
            story = f"no {words!r} on stdout:\n{''.join(self._said)}\nstderr:\n{self._last_errors()}"
        assert line is not None, story
        return line

    def stops(self, timeout: float = PATIENCE) -> int:
        """SIGTERM; the exit code."""
        self.is_told_to_stop()
        return self.ends(timeout)

    def is_told_to_stop(self) -> None:
        """SIGTERM, and nobody waits."""
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)

    def is_killed(self) -> None:
        """SIGKILL; returns when it is dead."""
        if self.is_running:
            self._process.kill()
        self.ends(PATIENCE)

    def ends(self, timeout: float = PATIENCE) -> int:
        """Waits until it has ended; the exit code. One that does not is killed, and the test fails."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(PATIENCE)
            raise AssertionError(f"it did not stop within {timeout:g} s:\n{self._last_errors()}") from None
        finally:
            self._reader.join(PATIENCE)
        return code

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._news:
                    self._said.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _line_with(self, words: str) -> str | None:
        return next((line.strip() for line in self._said if words in line), None)

    def _last_errors(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
