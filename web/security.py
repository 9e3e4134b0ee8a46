"""What holds for every request before any page sees it: how long a body may be, and the headers of every answer.

Pure ASGI, because the limit is counted while the body streams in. Nothing here writes a log: addresses carry tickets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locales.errors import DomainError
from web.site import LONGEST_PAGE_BODY

_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NO_STORE = "no-store"


_FRAMED = {
    "Content-Security-Policy": _POLICY.replace("frame-ancestors 'none'", "frame-ancestors https://web.telegram.org"),
    "X-Frame-Options": None,
}
"""What is different on the one page that Telegram's own web client opens in a frame of its own."""


class Guard:
    """Wraps the whole application. `limits` gives other body limits than the usual one, `framed` the pages that open
    inside Telegram, both by exact path.
    """

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int], framed: Collection[str] = ()) -> None:
        self.app = app
        self.limits = limits
        self.framed = framed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], LONGEST_PAGE_BODY)
        headers = HEADERS | _FRAMED if scope["path"] in self.framed else HEADERS
        await self.app(scope, _counted(scope, receive, limit), _with_headers(send, headers))


def _counted(scope: Scope, receive: Receive, limit: int) -> Receive:
    """`receive` that refuses more than `limit` bytes, announced or not: `body_too_large`."""
    announced = Headers(scope=scope).get("content-length", "")
    received = 0

    async def counted() -> Message:
        nonlocal received
        if announced.isdecimal() and int(announced[:20]) > limit:
            raise DomainError("body_too_large", limit=limit // 1024)
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise DomainError("body_too_large", limit=limit // 1024)
        return message

    return counted


def _with_headers(send: Send, wanted: Mapping[str, str | None]) -> Send:
    """`send` that adds the headers; what does not say otherwise is kept by no cache and no browser."""

    async def decorated(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in wanted.items():
                if value is not None:
                    headers[name] = value
            headers.setdefault("Cache-Control", NO_STORE)
        await send(message)

    return decorated
