"""The two libraries the product uses, behind one small face, so that one story tells both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import telegram
import telegram.error
from aiogram import Bot, exceptions
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from tests.telegram_double.conftest import PIXEL


class Client(Protocol):
    """The few calls both libraries are asked for, and the names of their errors."""

    errors: dict[str, type[Exception]]

    async def me(self) -> str: ...
    async def send(self, chat: int, text: str) -> int: ...
    async def ask(self, chat: int, text: str, *labels: str) -> int: ...
    async def edit(self, chat: int, message: int, text: str) -> None: ...
    async def photo(self, chat: int, caption: str) -> int: ...
    async def album(self, chat: int, *captions: str) -> int: ...
    async def answer(self, query: str, text: str) -> None: ...
    async def updates(self, offset: int | None, timeout: int) -> list[int]: ...  # noqa: ASYNC109 - the API's own word


_AIOGRAM_ERRORS: dict[str, type[Exception]] = {
    "bad": exceptions.TelegramBadRequest,
    "forbidden": exceptions.TelegramForbiddenError,
    "flood": exceptions.TelegramRetryAfter,
    "upgraded": exceptions.TelegramMigrateToChat,
    "server": exceptions.TelegramServerError,
    "network": exceptions.TelegramNetworkError,
    "garbled": exceptions.ClientDecodeError,
    "malformed": exceptions.ClientDecodeError,
    "conflict": exceptions.TelegramConflictError,
    "token": exceptions.TelegramUnauthorizedError,
}


class Aiogram:
    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.errors = _AIOGRAM_ERRORS

    async def me(self) -> str:
        return str((await self.bot.get_me()).username)

    async def send(self, chat: int, text: str) -> int:
        return (await self.bot.send_message(chat, text, parse_mode="HTML")).message_id

    async def ask(self, chat: int, text: str, *labels: str) -> int:
        rows = [[InlineKeyboardButton(text=label, callback_data=f"d:{label}")] for label in labels]
        markup = InlineKeyboardMarkup(inline_keyboard=rows)
        return (await self.bot.send_message(chat, text, reply_markup=markup)).message_id

    async def edit(self, chat: int, message: int, text: str) -> None:
        await self.bot.edit_message_text(text, chat_id=chat, message_id=message)

    async def photo(self, chat: int, caption: str) -> int:
        return (await self.bot.send_photo(chat, BufferedInputFile(PIXEL, "图.png"), caption=caption)).message_id

    async def album(self, chat: int, *captions: str) -> int:
        items = [InputMediaPhoto(media=BufferedInputFile(PIXEL, "p.png"), caption=caption) for caption in captions]
        return len(await self.bot.send_media_group(chat, list(items)))

    async def answer(self, query: str, text: str) -> None:
        await self.bot.answer_callback_query(query, text)

    async def updates(self, offset: int | None, timeout: int) -> list[int]:  # noqa: ASYNC109 - the API's own word
        return [update.update_id for update in await self.bot.get_updates(offset=offset, timeout=timeout)]


_PTB_ERRORS: dict[str, type[Exception]] = {
    "bad": telegram.error.BadRequest,
    "forbidden": telegram.error.Forbidden,
    "flood": telegram.error.RetryAfter,
    "upgraded": telegram.error.ChatMigrated,
    "server": telegram.error.NetworkError,
    "network": telegram.error.NetworkError,
    "garbled": telegram.error.TelegramError,
    "malformed": TypeError,
    "conflict": telegram.error.Conflict,
    "token": telegram.error.InvalidToken,
}


class Ptb:
    def __init__(self, bot: ExtBot[None]) -> None:
        self.bot = bot
        self.errors = _PTB_ERRORS

    async def me(self) -> str:
        return str((await self.bot.get_me()).username)

    async def send(self, chat: int, text: str) -> int:
        return (await self.bot.send_message(chat, text, parse_mode="HTML")).message_id

    async def ask(self, chat: int, text: str, *labels: str) -> int:
        rows = [[telegram.InlineKeyboardButton(label, callback_data=f"d:{label}")] for label in labels]
        markup = telegram.InlineKeyboardMarkup(rows)
        return (await self.bot.send_message(chat, text, reply_markup=markup)).message_id

    async def edit(self, chat: int, message: int, text: str) -> None:
        await self.bot.edit_message_text(text, chat_id=chat, message_id=message)

    async def photo(self, chat: int, caption: str) -> int:
        return (await self.bot.send_photo(chat, PIXEL, caption=caption, filename="图.png")).message_id

    async def album(self, chat: int, *captions: str) -> int:
        items = [telegram.InputMediaPhoto(PIXEL, caption=caption) for caption in captions]
        return len(await self.bot.send_media_group(chat, items))

    async def answer(self, query: str, text: str) -> None:
        await self.bot.answer_callback_query(query, text)

    async def updates(self, offset: int | None, timeout: int) -> list[int]:  # noqa: ASYNC109 - the API's own word
        return [update.update_id for update in await self.bot.get_updates(offset=offset, timeout=timeout)]


@asynccontextmanager
async def aiogram_client(url: str, token: str) -> AsyncIterator[Client]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url), timeout=0.5)
    yield Aiogram(Bot(token, session=session))
    if session._session is not None:  # its own close() waits a quarter of a second for TLS, and here is none
        await session._session.close()


@asynccontextmanager
async def ptb_client(url: str, token: str) -> AsyncIterator[Client]:
    plain: dict[str, Any] = {"verify": False}  # loading certificates for nothing takes its time
    request = HTTPXRequest(read_timeout=0.5, media_write_timeout=0.5, httpx_kwargs=plain)
    polling = HTTPXRequest(connection_pool_size=1, httpx_kwargs=plain)
    await asyncio.gather(request.initialize(), polling.initialize())
    yield Ptb(ExtBot(token, base_url=f"{url}/bot", request=request, get_updates_request=polling))
    await asyncio.gather(request.shutdown(), polling.shutdown())
