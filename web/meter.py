"""How many requests were answered, how, and how fast: counted by the route's pattern, never by an address.

Pure ASGI. Knows method, pattern, status and seconds. Refuses to know who asked and for what: an address holds tickets,
units and people.
"""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meter:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("tongping_http_requests", "Requests answered.", names, registry=self.registry)
        self._seconds = Histogram(
            "tongping_http_request_seconds", "Time to answer.", names[:2], buckets=_BUCKETS, registry=self.registry
        )

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Metered:
    """Wraps the whole application and tells the meter of every answer."""

    def __init__(self, app: ASGIApp, *, meter: Meter) -> None:
        self.app = app
        self.meter = meter
        self._known: dict[Any, list[Route]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            self.meter.count(method=scope["method"], route=_pattern(scope, self._known), status=status, seconds=seconds)


def _pattern(scope: Scope, known: dict[Any, list[Route]]) -> str:
    """The pattern that the router found, such as `/s/{ticket}`; what it did not find is all one.

    FastAPI notes its own routes with the request; of the others there is the function, which may stand at two places.
    """
    if "endpoint" not in scope:
        return UNMATCHED
    if (noted := getattr(scope.get("route"), "path", None)) is not None:
        return str(noted)
    if not known:
        for route in scope["app"].routes:
            if isinstance(route, Route):
                known.setdefault(route.endpoint, []).append(route)
    found = known.get(scope["endpoint"], [])
    fits = (route.path for route in found if len(found) == 1 or route.path_regex.match(scope["path"]))
    return next(fits, UNMATCHED)
