"""Foreign bytes are read by a program of ours in a process of its own, with limits: whatever they hold, it ends.

Has two halves: `read_confined` starts such a program and waits; `serve_confined` is what the program calls. The kernel
counts processor time and memory, so no argument about a parser is needed. The program gets no setting, no secret and
no database; it may write nothing but its answer, which is JSON. A program that fails otherwise is a fault of ours: it
is logged, by the kind of its error alone. Refuses to know what is read.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOO_SLOW, TOO_LARGE, FAILED = "reading_too_slow", "reading_too_large", "reading_failed"

_ROOT = Path(__file__).parent.parent
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ENVIRONMENT = {"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", **_ONE_THREAD}
_PATIENCE = 4  # a busy machine may take so many times the processor time, and a few seconds more
_GRACE = 5.0
_MEMORY_CODE = 3  # how the program ends when its memory does not suffice
_OUT_OF_MEMORY = (_MEMORY_CODE, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL)
_OUT_OF_TIME = (-signal.SIGPROF, -signal.SIGXCPU)
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Processor time in seconds and address space in MiB, of which the interpreter itself takes about 40."""

    seconds: float = 1.3
    megabytes: int = 256


_here: list[str] = []  # the program that this process is, if it is a confined one


def read_confined(program: str, content: bytes, *, limits: Limits, arguments: Sequence[str] = ()) -> tuple[Any, str]:
    """(what the program found, ""), or (None, code): `reading_too_slow`, `reading_too_large`, `reading_failed`.

    Within a confined process the program is called, not started: the limits are that process's own.
    """
    if _here:
        return importlib.import_module(program).read(content, list(arguments)), ""
    words = [sys.executable, "-P", "-m", program, str(limits.seconds), str(limits.megabytes), *arguments]
    try:
        ended = subprocess.run(  # noqa: S603 - our interpreter and our program
            words,
            env=_ENVIRONMENT,
            cwd=_ROOT,
            input=content,
            capture_output=True,
            timeout=limits.seconds * _PATIENCE + _GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, TOO_SLOW
    if ended.returncode in _OUT_OF_TIME:
        return None, TOO_SLOW
    if ended.returncode in _OUT_OF_MEMORY:
        return None, TOO_LARGE
    if ended.returncode != 0:
        kind = ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
        _log_failure(program, ended.returncode, kind[:100])
        return None, FAILED
    return json.loads(ended.stdout), ""


def _log_failure(program: str, exit_code: int, kind: str) -> None:
    import structlog  # noqa: PLC0415 - loads half the terminal, and every confined program would wait for it

    structlog.get_logger("consortium").error("confined.failed", program=program, exit=exit_code, reason=kind)


def is_confined() -> bool:
    """Whether this process is such a program."""
    return bool(_here)


def serve_confined(read: Callable[[bytes, list[str]], Any]) -> None:
    """The program's side: take the limits on, read stdin, answer on stdout."""
    seconds, megabytes = float(sys.argv[1]), int(sys.argv[2])
    _confine(seconds, megabytes)
    _here.append(sys.argv[0])
    try:
        answer = json.dumps(read(sys.stdin.buffer.read(), sys.argv[3:]))
    except MemoryError:
        os._exit(_MEMORY_CODE)  # at once: to end in order takes memory too
    sys.stdout.write(answer)


def _confine(seconds: float, megabytes: int) -> None:
    """From here on the kernel watches: time to the hundredth, memory, and no file that could grow."""
    whole = math.ceil(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEBIBYTE, megabytes * _MEBIBYTE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
