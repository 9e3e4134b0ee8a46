"""`tongping serve`: every part in one process, the pages first; a clean end on SIGTERM with nothing lost.

The pages answer before the bot's library is loaded. On a signal nothing new is taken, what is under way finishes, and
only then the database closes.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
import uvicorn
from sqlalchemy.orm import Session

from app.answer import FOUND, Answer
from app.installation import open_database
from app.logs import configure_logs
from app.settings import Settings, is_loopback, local_url, read_settings, secret_key, terminal_language
from bot.launch_data import launch_key
from bot.turn import Context
from bulletins.pictures import picture
from consortium.units import installation
from locales.errors import DomainError
from locales.texts import text
from scheduler.clock import start_clock
from storage.database import Database
from surveys.fielding.quiet import resting_keys
from web.application import DemoFacts, Webhook, build_application

_log = structlog.get_logger("serve")
_STOP_WITHIN = 10  # seconds that pages under way may take to finish
_ASK_AGAIN = 5.0  # seconds until Telegram is asked again who we are


@dataclass(slots=True)
class _Parts:
    """What runs, as the pages and the bot need to know it."""

    settings: Settings
    database: Database
    secret: bytes
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    bot_name: str | None = None
    inbound: Any = None  # bot.telegram_inbound.TelegramInbound, once its library is loaded
    failed: str | None = None  # the part that ended by a fault

    def context(self) -> Context:
        return Context(self.secret, self.settings.clock.now(), self.settings.public_url, self.bot_name)

    def ready(self) -> dict[str, bool]:
        """Each part that somebody may have to wait for."""
        return {"bot": self.inbound is not None} if self.settings.telegram_token is not None else {}


def serve(*, simulator: bool, facts: DemoFacts | None = None, settings: Settings | None = None) -> Answer:
    """Run until SIGTERM or SIGINT. Errors before anything runs: settings, database, configuration, port."""
    configure_logs()
    settings = settings or read_settings()
    _refuse_unsafe_simulator(settings, simulator=simulator)
    secret = secret_key(settings)
    database = open_database(settings, create=True)
    try:
        with database.transaction() as session:
            bot_name = installation(session).bot_name
        door = _door(settings)
        parts = _Parts(settings, database, secret, bot_name=bot_name)
        asyncio.run(_run(parts, door, simulator=simulator, facts=facts))
    finally:
        database.close()
    if parts.failed is not None:
        return Answer(None, [text(terminal_language(), "cli.serve.failed", part=parts.failed)], exit_code=FOUND)
    return Answer(None, [text(terminal_language(), "cli.serve.stopped")])


async def _run(parts: _Parts, door: socket.socket, *, simulator: bool, facts: DemoFacts | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, parts.stop.set)
    async with AsyncExitStack() as running:  # leaves in the opposite order: the pages last
        await running.enter_async_context(_pages(parts, door, simulator=simulator, facts=facts))
        await running.enter_async_context(_schedule(parts))
        if parts.settings.telegram_token is not None:
            await running.enter_async_context(_delivery(parts))
            await running.enter_async_context(_bot(parts))
        gc.collect()
        gc.freeze()  # what stands now stays: later collections need not look at it
        await parts.stop.wait()
        _log.info("stopping")


@asynccontextmanager
async def _pages(
    parts: _Parts, door: socket.socket, *, simulator: bool, facts: DemoFacts | None
) -> AsyncIterator[None]:
    settings = parts.settings
    port = door.getsockname()[1]
    webhook = None
    if settings.webhook_url is not None and settings.webhook_secret is not None:
        path = urlsplit(settings.webhook_url).path or "/"  # a proxy in front passes it on as it is
        webhook = Webhook(settings.webhook_secret, partial(_feed, parts), path=path)
    application = build_application(
        database=parts.database,
        clock=settings.clock.now,
        secret=parts.secret,
        public_url=settings.public_url,
        bot_name=lambda: parts.bot_name,
        simulator=simulator,
        moved_clock=settings.clock.is_moved,
        webhook=webhook,
        ready=parts.ready,
        demo=facts,
        launch_key=launch_key(settings.telegram_token) if settings.telegram_token is not None else None,
    )
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
    _stop_if_it_ends(parts, task)
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    shown = local_url(settings.host, port)
    print(text(terminal_language(), "cli.serve.ready", url=shown), flush=True)  # noqa: T201 - whoever started us waits for it
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the whole process has one way to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _schedule(parts: _Parts) -> AsyncIterator[None]:
    owner = f"{socket.gethostname()}:{os.getpid()}"
    clock = parts.settings.clock
    ticking = start_clock(parts.database, clock=clock.now, owner=owner, speed=clock.speed)
    try:
        yield
    finally:
        await ticking.stop()


@asynccontextmanager
async def _delivery(parts: _Parts) -> AsyncIterator[None]:
    from delivery.senders.telegram import TelegramSender  # noqa: PLC0415 - the pages answer first
    from delivery.worker import run  # noqa: PLC0415 - the same

    settings = parts.settings
    assert settings.telegram_token is not None
    sender = TelegramSender(token=settings.telegram_token, api=settings.telegram_api, clock=_real_now)
    task = asyncio.create_task(
        run(
            parts.database,
            [sender],
            _real_now,
            secret=parts.secret,
            picture=partial(picture, parts.database),
            poke=asyncio.Event(),
            withheld=lambda session: resting_keys(session, now=settings.clock.now()),
        ),
        name="delivery",
    )
    _stop_if_it_ends(parts, task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _bot(parts: _Parts) -> AsyncIterator[None]:
    """The way in: loaded in a thread, for its library takes seconds, then polling or waiting for the webhook."""
    task = asyncio.create_task(_listen(parts), name="bot")
    _stop_if_it_ends(parts, task)
    try:
        yield
    finally:
        if parts.inbound is not None:
            await parts.inbound.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(parts: _Parts) -> None:
    module = await asyncio.to_thread(importlib.import_module, "bot.telegram_inbound")
    settings = parts.settings
    inbound = module.TelegramInbound(
        token=settings.telegram_token,
        api_root=settings.telegram_api,
        database=parts.database,
        context=parts.context,
        picture=partial(picture, parts.database),
    )
    parts.inbound = inbound
    async with asyncio.TaskGroup() as tasks:
        naming = tasks.create_task(_learn_name(parts))
        if settings.webhook_url is None:
            await inbound.run()
        elif await inbound.register_webhook(settings.webhook_url, settings.webhook_secret):
            await parts.stop.wait()
        naming.cancel()


async def _learn_name(parts: _Parts) -> None:
    """Ask who we are, for the links that lead to the bot; until Telegram answers."""
    from delivery.senders.telegram import user_name  # noqa: PLC0415 - the pages answer first

    settings = parts.settings
    assert settings.telegram_token is not None
    while (name := await user_name(token=settings.telegram_token, api=settings.telegram_api)) is None:  # noqa: ASYNC110 - Telegram is asked, it does not tell
        await asyncio.sleep(_ASK_AGAIN)
    parts.bot_name = name
    await parts.database.run(partial(_remember_name, name=name))
    print(text(terminal_language(), "cli.serve.bot_ready", bot=name), flush=True)  # noqa: T201 - whoever started us waits for it


def _remember_name(session: Session, *, name: str) -> None:
    row = installation(session)
    if row.bot_name != name:
        row.bot_name = name


async def _feed(parts: _Parts, raw: bytes) -> None:
    """One update from the webhook; before the bot is ready it is refused, and Telegram brings it again."""
    if parts.inbound is None:
        raise DomainError("bot_not_ready")
    await parts.inbound.feed_webhook(raw)


def _stop_if_it_ends(parts: _Parts, task: asyncio.Task[Any]) -> None:
    """A part that ends by itself ends the process: whoever watches it starts it anew, and nothing runs by halves."""

    def ended(done: asyncio.Task[Any]) -> None:
        if not done.cancelled() and (fault := done.exception()) is not None:
            _log.error("part_failed", part=done.get_name(), error=type(fault).__name__, exc_info=fault)
            parts.failed = done.get_name()
        parts.stop.set()

    task.add_done_callback(ended)


def _refuse_unsafe_simulator(settings: Settings, *, simulator: bool) -> None:
    """The simulator lets anyone be anyone: this machine only, and never beside the real Telegram."""
    if not simulator:
        return
    if not is_loopback(settings.host):
        raise DomainError("simulator_not_loopback")
    if settings.telegram_token is not None and not settings.telegram_is_loopback:
        raise DomainError("simulator_with_real_telegram")


def _door(settings: Settings) -> socket.socket:
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


def _real_now() -> datetime:
    """Deliveries happen in this world, whatever the clock of the rehearsal says."""
    return datetime.now(UTC)
