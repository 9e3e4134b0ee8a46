"""One server for every kind of hook: reads a POST, lets the platform judge it, and fails on the way as it is told.

What a platform takes and says is in `platforms`; here is only how a call travels. A fault stands in a queue and
befalls the next call: a tuple ("refuse", CODE), ("status", NUMBER), or one of the words in `_FAULTS`.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.channel_doubles.platforms import PLATFORMS, Call, Platform

Fault = str | tuple[str, int]
_FAULTS = ("dropped", "lost", "garbled", "redirect", "stall")  # all but the second before anything arrives


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is a caller's affair."""


class HookDouble:
    """A platform on this machine. `arrived` is what people see; `calls` every request that was read whole."""

    def __init__(self, platform: str, *, secret: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self.platform: Platform = PLATFORMS[platform](secret=secret, clock=clock)
        self.calls: list[Call] = []
        self.faults: deque[Fault] = deque()
        self.retry_after: str | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()

    @property
    def arrived(self) -> list[tuple[str, Any]]:
        """(kind, content) of each message, in order."""
        return self.platform.arrived

    @property
    def url(self) -> str:
        """The whole address with the key in it."""
        return f"{self._root}{self.platform.address}"

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                body = self.rfile.read(length)
                if len(body) == length:
                    double._answer(self, Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                """Silent."""

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler, call: Call) -> None:
        with self._lock:
            self.calls.append(call)
            fault = self.faults.popleft() if self.faults else None
            if fault is None or fault == "lost":
                status, body = self.platform.judge(call)
            elif isinstance(fault, tuple):
                kind, number = fault
                status, body = (200, self.platform.said(number)) if kind == "refuse" else (number, {"oops": True})
            else:
                assert fault in _FAULTS, fault
                status, body = 200, {}
        if fault == "stall":
            self._ended.wait(30)
        if fault in {"lost", "dropped", "stall"}:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "redirect":
            status = 302
        content = b"<html>busy" if fault == "garbled" else json.dumps(body).encode()
        handler.send_response(status)
        if fault == "redirect":
            handler.send_header("Location", f"{self._root}/elsewhere")
        if self.retry_after is not None and status in {429, 503}:
            handler.send_header("Retry-After", self.retry_after)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def path_of(url: str) -> str:
    """What stands behind the host."""
    return urlsplit(url).path
