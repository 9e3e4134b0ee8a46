"""The parts of a server, and in which process each of them runs.

One process runs everything, or one process a role on a PostgreSQL server that all of them share. Knows what a role
runs and how the parts see each other. Refuses to know how a part works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import structlog

from app.settings import Settings, sqlite_file
from bot.turn import Context
from locales.errors import DomainError
from storage.database import Database

WEB, BOT, DELIVERY, SCHEDULER = "web", "bot", "delivery", "scheduler"
ALL = "all"
ROLES = (ALL, WEB, BOT, DELIVERY, SCHEDULER)

_log = structlog.get_logger("serve")


@dataclass(slots=True)
class Parts:
    """What runs, as the pages and the bot need to know it."""

    settings: Settings
    database: Database
    secret: bytes
    role: str = ALL
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    bot_name: str | None = None
    inbound: Any = None  # bot.telegram_inbound.TelegramInbound, once its library is loaded
    noted: Callable[[str], None] | None = None  # told of each reply, where this process broadcasts as well
    failed: str | None = None  # the part that ended by a fault

    def context(self) -> Context:
        return Context(self.secret, self.settings.clock.now(), self.settings.public_url, self.bot_name)

    def runs(self, part: str) -> bool:
        return part in parts_of(self.role)

    def ready(self) -> dict[str, bool]:
        """Each part that somebody may have to wait for."""
        waits = self.settings.telegram_token is not None and self.runs(BOT)
        return {"bot": self.inbound is not None} if waits else {}


def parts_of(role: str) -> Collection[str]:
    """The parts that a process with this role runs."""
    return (WEB, BOT, DELIVERY, SCHEDULER) if role == ALL else (role,)


def refuse_role(settings: Settings, *, role: str, simulator: bool) -> None:
    """`role_needs_postgresql`: a SQLite file has one process that writes, which answers everybody and loses nothing.
    `role_without_token` where the bot would have nothing to listen to, `simulator_needs_all` beside the simulator.
    """
    if role == ALL:
        return
    if sqlite_file(settings.database_url) is not None:
        raise DomainError("role_needs_postgresql", role=role)
    if role == BOT and settings.telegram_token is None:
        raise DomainError("role_without_token", role=role)
    if simulator:
        raise DomainError("simulator_needs_all")


def stop_if_it_ends(parts: Parts, task: asyncio.Task[Any]) -> None:
    """A part that ends by itself ends the process: whoever watches it starts it anew, and nothing runs by halves."""

    def ended(done: asyncio.Task[Any]) -> None:
        if not done.cancelled() and (fault := done.exception()) is not None:
            _log.error("part_failed", part=done.get_name(), error=type(fault).__name__, exc_info=fault)
            parts.failed = done.get_name()
        parts.stop.set()

    task.add_done_callback(ended)
