"""The part that listens to Telegram: loaded in a thread, for its library takes seconds; polling, or by webhook."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.orm import Session

from app.parts import Parts, stop_if_it_ends
from app.settings import terminal_language
from bulletins.pictures import picture
from consortium.units import installation
from locales.errors import DomainError
from locales.texts import text

_ASK_AGAIN = 5.0  # seconds until Telegram is asked again who we are


@asynccontextmanager
async def bot(parts: Parts) -> AsyncIterator[None]:
    """Listen until left."""
    task = asyncio.create_task(_listen(parts), name="bot")
    stop_if_it_ends(parts, task)
    try:
        yield
    finally:
        if parts.inbound is not None:
            await parts.inbound.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def feed(parts: Parts, raw: bytes) -> None:
    """One update from the webhook; before the bot is ready it is refused, and Telegram brings it again."""
    if parts.inbound is None:
        raise DomainError("bot_not_ready")
    await parts.inbound.feed_webhook(raw)


async def _listen(parts: Parts) -> None:
    module = await asyncio.to_thread(importlib.import_module, "bot.telegram_inbound")
    settings = parts.settings
    inbound = module.TelegramInbound(
        token=settings.telegram_token,
        api_root=settings.telegram_api,
        database=parts.database,
        context=parts.context,
        picture=partial(picture, parts.database),
        noted=parts.noted or (lambda _: None),
    )
    parts.inbound = inbound
    async with asyncio.TaskGroup() as tasks:
        naming = tasks.create_task(_learn_name(parts))
        menus = tasks.create_task(inbound.keep_menus())
        if settings.webhook_url is None:
            await inbound.run()
        elif await inbound.register_webhook(settings.webhook_url, settings.webhook_secret):
            await parts.stop.wait()
        naming.cancel()
        menus.cancel()


async def _learn_name(parts: Parts) -> None:
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
