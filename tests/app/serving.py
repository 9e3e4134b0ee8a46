"""`tongping serve` as a real process on a free port of this machine, and what it says when it ends."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue

import httpx

from tests.app.command_line import PROGRAM, CommandLine, Ran

PATIENCE = 40  # seconds; a start takes two on an idle machine


@dataclass(slots=True)
class Served:
    """A running server: its address, and a client that follows nothing by itself."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    url: str = ""
    _lines: Queue[str | None] = field(default_factory=Queue)

    def listen(self) -> None:
        """Collect what it prints, on a thread of its own, so that it never waits for us."""

        def collect() -> None:
            assert self.process.stdout is not None
            for line in self.process.stdout:
                self._lines.put(line)
            self._lines.put(None)

        threading.Thread(target=collect, daemon=True).start()

    def hear(self, words: str) -> str:
        """The next line that contains `words`."""
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"ended without saying {words!r}: {self.said}")

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=PATIENCE)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Ran:
        """End it as an init system would, and say how it ended."""
        self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.said.append(line)
        assert self.process.stderr is not None
        return Ran(self.process.returncode, "".join(self.said), self.process.stderr.read())


@contextmanager
def serving(shell: CommandLine, *options: str, **settings: str) -> Iterator[Served]:
    """Serve until the block ends; whatever happens in it, the process is gone afterwards."""
    environment = shell._environment({"PORT": "0", "LANG": "en_GB.UTF-8"} | settings)
    process = subprocess.Popen(
        [PROGRAM, "serve", *options],
        cwd=shell.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)
    served.listen()
    try:
        served.url = served.hear("http://").strip().rpartition(" ")[2]
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
