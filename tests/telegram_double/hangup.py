"""An HTTP server on a thread, on a loopback port, whose connections can be cut in the middle of a call.

Knows uvicorn and sockets; knows nothing of Telegram.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_PATIENCE = 10.0  # seconds for the thread to come and go; far more than it ever takes


class Hangup(Response):
    """A response that is none: the connection closes without a byte."""

    def __init__(self, connections: dict[Any, asyncio.Transport]) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = self._connections.get(tuple(scope["client"]))
        if transport is not None:
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _protocol(connections: dict[Any, asyncio.Transport]) -> type[asyncio.Protocol]:
    """The protocol of uvicorn, which also keeps every open connection where a Hangup finds it."""

    class RememberedProtocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
            super().connection_made(transport)
            connections[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self.client, None)
            super().connection_lost(exc)

    return RememberedProtocol


class _Server(uvicorn.Server):
    """The server of uvicorn, told to stop by an event instead of a glance ten times a second."""

    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._before_stop = before_stop
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ready = threading.Event()

    async def main_loop(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready.set()
        await self._stop.wait()
        await self._before_stop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.001)
        await self.lifespan.shutdown()

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def _listening_socket(port: int) -> socket.socket:
    """Named as TCP, so that asyncio switches Nagle's delay off: it would cost 40 ms a call."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    return listening


class HttpThread:
    """The running server. `before_stop` runs on its loop and should end whatever still waits."""

    def __init__(
        self,
        app: ASGIApp,
        connections: dict[Any, asyncio.Transport],
        before_stop: Callable[[], Awaitable[None]],
        port: int = 0,
    ) -> None:
        self._socket = _listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http=_protocol(connections),
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_keep_alive=60,
        )
        self._server = _Server(config, before_stop)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="telegram double", daemon=True
        )

    def start(self) -> None:
        self._thread.start()
        if not self._server.ready.wait(_PATIENCE):
            raise RuntimeError("the double did not start")

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError("the double did not stop")
        self._socket.close()
