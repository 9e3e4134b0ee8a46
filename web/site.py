"""What the pages are given by whoever starts them: database, clock, secret, addresses, and what else runs here.

Values only. Refuses to know the environment: settings are read elsewhere and arrive as arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request
from starlette.types import Scope

from locales.errors import DomainError
from storage.database import Database

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""This very machine, as an address or a Host header names it."""

LONGEST_PAGE_BODY = 64 * 1024
LONGEST_UPDATE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Webhook:
    """Telegram's updates by webhook. `feed` takes the raw body and returns after its effect is committed."""

    secret: str = field(repr=False)
    feed: Callable[[bytes], Awaitable[None]]
    path: str = "/telegram/webhook"


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What the start page of a played season tells: months as `2026-10`, and how much happened in them."""

    months: tuple[str, ...]
    units: int
    responses: int
    ballots: int


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a page may use. `bot_name` and `ready` are asked anew each time: both can change while we run."""

    database: Database
    clock: Callable[[], datetime]
    secret: bytes = field(repr=False)
    public_url: str | None
    bot_name: Callable[[], str | None]
    simulator: bool
    moved_clock: bool
    webhook: Webhook | None
    ready: Callable[[], Mapping[str, bool]]
    demo: DemoFacts | None
    launch_key: bytes | None = field(default=None, repr=False)
    role: str = "all"  # what this process runs

    @property
    def is_https(self) -> bool:
        return self.public_url is not None and self.public_url.startswith("https://")


def site_of(request: Request) -> Site:
    """The site that serves this request."""
    site: Site = request.app.state.site
    return site


def base_url(request: Request) -> str:
    """How people reach this installation, without a slash at the end.

    Without a public address this is where the connection arrived, if that is this very machine: the Host header is
    whatever the client writes and is never believed. `public_url_missing` elsewhere.
    """
    site = site_of(request)
    if site.public_url is not None:
        return site.public_url.rstrip("/")
    host, port = request.scope.get("server") or ("", None)
    if host not in LOOPBACK:
        raise DomainError("public_url_missing")
    written = f"[{host}]" if ":" in host else host
    return f"http://{written}" if port is None else f"http://{written}:{port}"


def client_of(scope: Scope) -> str:
    """The address a request came from: the connection's, or what a trusted proxy in front put in its place."""
    client = scope.get("client")
    return str(client[0]) if client else ""
