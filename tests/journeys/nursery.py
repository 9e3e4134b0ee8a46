"""A warm process from which programs are forked: a real process each, without the seconds that imports take.

Run as a script with the path of a socket. A caller connects, hands over the programs's stdout and stderr with one line
of JSON (arguments, folder, environment), reads its number, and at its end how it ended.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

WARM = (
    "app.answer", "app.cli", "app.commands", "app.example_folder", "app.serve", "bot.telegram_inbound",
    "delivery.senders.telegram", "delivery.worker",
)  # fmt: skip
_LONGEST_REQUEST = 65536


def main(address: str) -> None:
    """Until the socket's folder is gone or somebody ends us."""
    for module in WARM:
        importlib.import_module(module)
    door = socket.socket(socket.AF_UNIX)
    door.bind(address)
    door.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the attendants
    print("warm", flush=True)
    while True:
        caller, _ = door.accept()
        if os.fork() == 0:
            door.close()
            _attend(caller)
        caller.close()


def _attend(caller: socket.socket) -> None:
    """In a process of its own: start one program, tell its number, wait for it, tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    body, files, _, _ = socket.recv_fds(caller, _LONGEST_REQUEST, 2)
    request = json.loads(body)
    number = os.fork()
    if number == 0:
        caller.close()
        _become(request, *files)
    for file in files:
        os.close(file)
    caller.sendall(f"{number}\n".encode())
    _, status = os.waitpid(number, 0)
    caller.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: dict[str, Any], out: int, errors: int) -> None:
    """Be the program, as if it had just been started."""
    os.dup2(out, 1)
    os.dup2(errors, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["tongping", *request["arguments"]]
    code = 1
    try:
        importlib.import_module("app.cli").main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - what Python does with it when a program ends
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
