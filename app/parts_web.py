"""The part with a port: all pages, or, in a process of another role, health and what Telegram brings by webhook."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from sqlalchemy.orm import Session

from app.parts import BOT, WEB, Parts, stop_if_it_ends
from app.parts_bot import feed
from app.settings import Settings, local_url, terminal_language
from bot.launch_data import launch_key
from consortium.units import installation
from locales.errors import DomainError
from locales.texts import text
from web.application import DemoFacts, Webhook, build_application
from web.small_application import build_small_application

_STOP_WITHIN = 10  # seconds that pages under way may take to finish
_ASK_AGAIN = 5.0  # seconds until the database is asked again who the bot is


@asynccontextmanager
async def pages(parts: Parts, door: socket.socket, *, simulator: bool, facts: DemoFacts | None) -> AsyncIterator[None]:
    """Answer on the open door until left; says where, once it does."""
    settings = parts.settings
    application = _everything(parts, simulator=simulator, facts=facts) if parts.runs(WEB) else _the_least(parts)
    server = _Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,  # addresses hold tickets
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_STOP_WITHIN,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[door]), name="pages")
    stop_if_it_ends(parts, task)
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    shown = local_url(settings.host, door.getsockname()[1])
    print(text(terminal_language(), "cli.serve.ready", url=shown), flush=True)  # noqa: T201 - whoever started us waits for it
    asking = asyncio.create_task(_hear_name(parts), name="bot_name")
    try:
        yield
    finally:
        asking.cancel()
        server.should_exit = True
        await task


def open_door(settings: Settings) -> socket.socket:
    """The socket, bound before anything else starts: a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or every answer waits for Nagle
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
    except socket.gaierror:
        door.close()
        raise DomainError("setting_invalid", setting="TONGPING_HOST") from None
    except OSError:
        door.close()
        raise DomainError("port_taken", port=settings.port) from None
    return door


def _everything(parts: Parts, *, simulator: bool, facts: DemoFacts | None) -> Any:
    """The application with all pages; which framework it is made with is not known here."""
    settings = parts.settings
    return build_application(
        database=parts.database,
        clock=settings.clock.now,
        secret=parts.secret,
        public_url=settings.public_url,
        bot_name=lambda: parts.bot_name,
        simulator=simulator,
        moved_clock=settings.clock.is_moved,
        webhook=_webhook(parts),
        ready=parts.ready,
        demo=facts,
        launch_key=launch_key(settings.telegram_token) if settings.telegram_token is not None else None,
        role=parts.role,
    )


def _the_least(parts: Parts) -> Any:
    return build_small_application(
        database=parts.database,
        clock=parts.settings.clock.now,
        secret=parts.secret,
        role=parts.role,
        ready=parts.ready,
        webhook=_webhook(parts),
    )


def _webhook(parts: Parts) -> Webhook | None:
    """Updates come to the process that runs the bot."""
    settings = parts.settings
    if settings.webhook_url is None or settings.webhook_secret is None or not parts.runs(BOT):
        return None
    path = urlsplit(settings.webhook_url).path or "/"  # a proxy in front passes it on as it is
    return Webhook(settings.webhook_secret, partial(feed, parts), path=path)


async def _hear_name(parts: Parts) -> None:
    """Where another process runs the bot, its name is in the database once Telegram has told it."""
    while parts.bot_name is None and parts.settings.telegram_token is not None and not parts.runs(BOT):
        parts.bot_name = await parts.database.run(_name)
        await asyncio.sleep(_ASK_AGAIN)


def _name(session: Session) -> str | None:
    return installation(session).bot_name


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the whole process has one way to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
