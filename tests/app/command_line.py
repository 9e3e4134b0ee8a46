"""Running `tongping` in this process, as a shell would: arguments and environment in, streams and exit code out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from app.cli import main

PROGRAM = Path(sys.executable).parent / "tongping"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything else there is an error."""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The code of a refusal with `--json`."""
        assert self.exit_code == 2, self
        document = self.document
        assert list(document) == ["error"]
        assert list(document["error"]) == ["code", "message", "details"]
        return str(document["error"]["code"])


@dataclass(slots=True)
class CommandLine:
    """A person at a shell in `folder`: the database lies there, and nothing of the tester's environment is seen."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "tongping.sqlite3"

    @property
    def database_url(self) -> str:
        return self.environment.get("TONGPING_DATABASE_URL", f"sqlite:///{self.database}")

    def run(self, *arguments: object, talks: str = "", **settings: str) -> Ran:
        """One command, in this process, with `talks` typed into it. `settings` without their prefix: `CLOCK="2026-11-03T09:00+08:00"`."""
        out, err = io.StringIO(), io.StringIO()
        argv = ["tongping", *map(str, arguments)]
        with (
            mock.patch.dict(os.environ, self._environment(settings), clear=True),
            mock.patch.object(sys, "argv", argv),
            mock.patch.object(sys, "stdin", io.StringIO(talks)),
            mock.patch.object(sys, "excepthook", sys.excepthook),  # Typer puts its own there
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            exit_code = _exit_code()
        return Ran(exit_code, out.getvalue(), err.getvalue())

    def done(self, *arguments: object, **settings: str) -> Ran:
        """A command that must succeed, without a word besides; `check` and `apply` may warn."""
        ran = self.run(*arguments, **settings)
        assert ran.exit_code == 0, ran
        assert ran.err == "" or arguments[0] in {"check", "apply"}, ran
        return ran

    def starts(self, *arguments: object, talks: str = "", **settings: str) -> Ran:
        """The same in a process of its own, as installed."""
        ended = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(settings),
            input=talks,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        usual = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TONGPING_DATABASE_URL": self.database_url}
        given = {name if name.startswith("L") else f"TONGPING_{name}": value for name, value in settings.items()}
        return usual | self.environment | given


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0
