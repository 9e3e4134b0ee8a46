"""`tongping serve`: every part in one process, the pages first; or the parts of one role. A clean end on SIGTERM with
nothing lost.

The pages answer before the bot's library is loaded. On a signal nothing new is taken, what is under way finishes, and
only then the database closes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from app.answer import FOUND, Answer
from app.installation import open_database
from app.logs import configure_logs
from app.parts import ALL, BOT, DELIVERY, SCHEDULER, Parts, parts_of, refuse_role, stop_if_it_ends
from app.parts_bot import bot
from app.parts_web import open_door, pages
from app.serving_lock import serving
from app.settings import Settings, is_loopback, read_settings, secret_key, sqlite_file, terminal_language
from bulletins.charts import PDF
from bulletins.pictures import picture, rendering
from consortium.units import installation
from locales.errors import DomainError
from locales.texts import text
from scheduler.clock import start_clock
from surveys.fielding.quiet import resting_keys
from web.application import DemoFacts

if TYPE_CHECKING:
    from delivery.senders.telegram import TelegramSender

_log = structlog.get_logger("serve")
_FEWEST_CONNECTIONS = 8  # to the Bot API


def serve(
    *, simulator: bool, role: str = ALL, facts: DemoFacts | None = None, settings: Settings | None = None
) -> Answer:
    """Run until SIGTERM or SIGINT. Errors before anything runs: settings, role, database, configuration, port, and
    `already_served` where another process does the same.
    """
    configure_logs()
    settings = settings or read_settings()
    _refuse_unsafe_simulator(settings, simulator=simulator)
    refuse_role(settings, role=role, simulator=simulator)
    secret = secret_key(settings)
    database = open_database(settings, create=True)
    try:
        with serving(database, sqlite_file(settings.database_url), parts=parts_of(role)):
            with database.transaction() as session:
                bot_name = installation(session).bot_name
            door = open_door(settings)
            parts = Parts(settings, database, secret, role=role, bot_name=bot_name)
            asyncio.run(_run(parts, door, simulator=simulator, facts=facts))
    finally:
        database.close()
    if parts.failed is not None:
        return Answer(None, [text(terminal_language(), "cli.serve.failed", part=parts.failed)], exit_code=FOUND)
    return Answer(None, [text(terminal_language(), "cli.serve.stopped")])


async def _run(parts: Parts, door: socket.socket, *, simulator: bool, facts: DemoFacts | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, parts.stop.set)
    async with AsyncExitStack() as running:  # leaves in the opposite order: the pages last
        await running.enter_async_context(pages(parts, door, simulator=simulator, facts=facts))
        if parts.runs(SCHEDULER):
            await running.enter_async_context(_schedule(parts))
        if parts.runs(DELIVERY):
            await running.enter_async_context(_delivery(parts, simulator=simulator))
        if parts.runs(BOT) and parts.settings.telegram_token is not None:
            await running.enter_async_context(bot(parts))
        gc.collect()
        gc.freeze()  # what stands now stays: later collections need not look at it
        await parts.stop.wait()
        _log.info("stopping")


@asynccontextmanager
async def _schedule(parts: Parts) -> AsyncIterator[None]:
    owner = f"{socket.gethostname()}:{os.getpid()}"
    clock = parts.settings.clock
    ticking = start_clock(parts.database, clock=clock.now, owner=owner, speed=clock.speed)
    try:
        yield
    finally:
        await ticking.stop()


@asynccontextmanager
async def _delivery(parts: Parts, *, simulator: bool) -> AsyncIterator[None]:
    """Every way out: Telegram where there is a token, and whatever channels the configuration has or will have."""
    from delivery.ways_out import configured_senders  # noqa: PLC0415 - the pages answer first
    from delivery.worker import Working, run  # noqa: PLC0415 - the same

    settings = parts.settings
    rehearsal = simulator or settings.clock.is_moved
    senders = configured_senders(parts.database, _real_now, rehearsal=rehearsal)
    if settings.telegram_token is not None:
        telegram = _telegram(settings.telegram_token, settings)
        parts.noted = telegram.noted
        senders.insert(0, telegram)
    task = asyncio.create_task(
        run(
            parts.database,
            senders,
            _real_now,
            secret=parts.secret,
            picture=partial(picture, parts.database),
            document=partial(rendering, parts.database, form=PDF),
            working=Working(in_flight=settings.calls_in_flight),
            poke=asyncio.Event(),
            withheld=lambda session: resting_keys(session, now=settings.clock.now()),
        ),
        name="delivery",
    )
    stop_if_it_ends(parts, task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _telegram(token: str, settings: Settings) -> TelegramSender:
    from delivery.senders.telegram import TelegramSender  # noqa: PLC0415 - the library takes a second

    connections = max(_FEWEST_CONNECTIONS, settings.calls_in_flight)
    return TelegramSender(token=token, api=settings.telegram_api, clock=_real_now, connections=connections)


def _refuse_unsafe_simulator(settings: Settings, *, simulator: bool) -> None:
    """The simulator lets anyone be anyone: this machine only, and never beside the real Telegram."""
    if not simulator:
        return
    if not is_loopback(settings.host):
        raise DomainError("simulator_not_loopback")
    if settings.telegram_token is not None and not settings.telegram_is_loopback:
        raise DomainError("simulator_with_real_telegram")


def _real_now() -> datetime:
    """Deliveries happen in this world, whatever the clock of the rehearsal says."""
    return datetime.now(UTC)
