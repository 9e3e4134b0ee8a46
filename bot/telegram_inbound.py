"""Telegram, inbound: updates come by long polling or by webhook, are handled once and in order, and are answered.

The only file that knows aiogram, which parses updates and calls methods; it takes seconds to import. Knows how updates
are fetched and acknowledged, and what each failure of a call proves. Refuses to know what is said: the way of one
update is `bot.telegram_intake`.

Updates are fetched as raw JSON, so that one nobody can parse stops nobody. An update is acknowledged after the commit
of its effect; the reply follows the commit and is not owed: a repeated update draws the current screen again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import structlog
from aiogram import Bot, methods, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod
from aiohttp import ClientConnectorError

from bot.command_menus import EVERY_GROUP, EVERYBODY, CommandMenu, keep_menus
from bot.layout import fitted, shorten
from bot.telegram_files import fetch_whole
from bot.telegram_intake import Intake, described
from bot.telegram_polling import PAUSES, poll, rest, unless_stopped
from bot.telegram_replies import (
    ChatClosedError,
    ChatMovedError,
    FileLostError,
    FileTooLargeError,
    Picture,
    Replies,
)
from bot.telegram_updates import WANTED
from bot.turn import Context
from outbox.message import Button, Message, encode_action
from storage.database import Database

log = structlog.get_logger(__name__)

_BATCH = 100
_POLL = 25  # seconds the server holds a poll open
_CALL = 10  # seconds one call may take
_LAST_CALL = 3  # seconds the call at the end may take
_STOP_WITHIN = 5.0
_TOAST, _CAPTION = 200, 1024  # what Telegram takes
_NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates, its result left as it came."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = _BATCH
    timeout: int = 0
    allowed_updates: tuple[str, ...] = WANTED


class TelegramInbound:
    """One bot's door. `run()` polls until `stop()`; with a webhook, `register_webhook` once and `feed_webhook` each."""

    def __init__(
        self,
        *,
        token: str,
        api_root: str,
        database: Database,
        context: Callable[[], Context],
        picture: Picture,
        noted: Callable[[str], None] = lambda _: None,
    ) -> None:
        for name in ("aiogram", "aiohttp"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below that they may print addresses with the token
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_root), timeout=_CALL)
        self._bot = Bot(token, session=session)
        self._database = database
        self._replies = Replies(_TelegramCalls(self._bot, context, noted), database, context, picture)
        self._intake = Intake(
            bot=token.partition(":")[0],
            parse=lambda raw: types.Update.model_validate(raw, context={"bot": self._bot}),
            database=database,
            context=context,
            replies=self._replies,
        )
        self._stopping = asyncio.Event()
        self._not_polling = asyncio.Event()
        self._not_polling.set()

    async def run(self) -> None:
        """Poll until `stop()`. A batch is confirmed only after all its commits; failures wait and are logged."""
        self._not_polling.clear()
        try:
            if await self._until_it_works(methods.DeleteWebhook(drop_pending_updates=False)):
                await poll(
                    fetch=self._fetch,
                    handle=self._intake.handle_batch,
                    recover=self._recover,
                    confirm=lambda offset: self._bot(GetRawUpdates(offset=offset, limit=1), request_timeout=_LAST_CALL),
                    stopping=self._stopping,
                )
        finally:
            self._not_polling.set()

    async def register_webhook(self, url: str, secret: str) -> bool:
        """Ask Telegram to deliver to `url` with this secret; tries until it works, False if stopped meanwhile."""
        return await self._until_it_works(
            methods.SetWebhook(url=url, secret_token=secret, allowed_updates=list(WANTED))
        )

    async def feed_webhook(self, raw: bytes) -> None:
        """Handle one delivered update and return after its commit. A database that is away raises: it comes again.

        The caller has checked the secret and the size.
        """
        await self._intake.feed(raw)

    async def keep_menus(self) -> None:
        """Keep Telegram's command menus as they should be, until `stop()`; whatever fails is tried again later."""
        await keep_menus(self._database, self._set_menu, stopping=self._stopping)

    async def _set_menu(self, menu: CommandMenu) -> bool:
        scope: Any = {EVERYBODY: types.BotCommandScopeDefault, EVERY_GROUP: types.BotCommandScopeAllGroupChats}.get(
            menu.scope
        )
        where = scope() if scope is not None else types.BotCommandScopeChat(chat_id=int(menu.chat))
        commands = [types.BotCommand(command=name, description=words) for name, words in menu.entries]
        method: TelegramMethod[bool] = methods.DeleteMyCommands(scope=where, language_code=menu.language)
        if commands:
            method = methods.SetMyCommands(commands=commands, scope=where, language_code=menu.language)
        try:
            await self._bot(method)
        except (TelegramBadRequest, TelegramForbiddenError) as error:  # such as a chat that is not there any more
            log.warning("menu_refused", scope=menu.scope, **described(error))
        except TelegramRetryAfter as later:
            await rest(self._stopping, later.retry_after)
            return False
        except Exception as error:  # noqa: BLE001 - a menu stops nothing
            log.warning("menu_failed", scope=menu.scope, **described(error))
            return False
        return True

    async def stop(self) -> None:
        """Take no more, finish what is under way, let replies through for a moment, close the connections."""
        self._stopping.set()
        await self._not_polling.wait()
        await self._intake.is_idle()
        await self._replies.finish(_STOP_WITHIN)
        await self._bot.session.close()

    async def _fetch(self, offset: int | None) -> list[Any]:
        """The next updates in the order of their numbers; none when stopping."""
        call = self._bot(GetRawUpdates(offset=offset, timeout=_POLL), request_timeout=_POLL + _CALL)
        return await unless_stopped(call, self._stopping)

    async def _recover(self, error: Exception, failures: int) -> None:
        """Wait after a failed poll, longer each time, and mend what can be mended."""
        log.warning("polling_failed", failures=failures, **described(error))
        if isinstance(error, TelegramConflictError) and "webhook" in error.message.lower():
            await self._until_it_works(methods.DeleteWebhook(drop_pending_updates=False))
        pause = error.retry_after if isinstance(error, TelegramRetryAfter) else PAUSES[min(failures, len(PAUSES)) - 1]
        await rest(self._stopping, pause)

    async def _until_it_works(self, method: TelegramMethod[bool]) -> bool:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            if self._stopping.is_set():
                break
            try:
                return await self._bot(method)
            except Exception as error:  # noqa: BLE001 - the same
                reason = error.message if isinstance(error, TelegramBadRequest) else ""  # a setting Telegram refuses
                log.warning("telegram_call_failed", method=type(method).__name__, reason=reason, **described(error))
            await rest(self._stopping, pause)
        return False


class _TelegramCalls:
    """The calls of replies: patient with "later", repeated where nothing was done or repeating does no harm."""

    def __init__(self, bot: Bot, context: Callable[[], Context], noted: Callable[[str], None]) -> None:
        self._bot = bot
        self._context = context
        self._noted = noted  # told of each message, so that what is broadcast makes room

    async def answer_tap(self, query: str, toast: str | None) -> None:
        with suppress(TelegramBadRequest):  # a tap that is too old to be answered needs no answer
            sentence = shorten(toast, _TOAST) if toast is not None else None
            await self._call(methods.AnswerCallbackQuery(callback_query_id=query, text=sentence), is_repeatable=True)

    async def edit(self, chat: str, ref: str, message: Message) -> bool:
        edit = methods.EditMessageText(
            chat_id=int(chat),
            message_id=int(ref),
            text=fitted(message.text),
            reply_markup=self._keyboard(chat, message),
            link_preview_options=_NO_PREVIEW,
        )
        try:
            await self._call(edit, is_repeatable=True)
        except TelegramBadRequest as error:
            return "message is not modified" in error.message
        return True

    async def send(self, chat: str, message: Message, png: bytes | None, *, answers: str | None = None) -> str | None:
        keyboard = self._keyboard(chat, message)
        method: TelegramMethod[Any]
        answered = types.ReplyParameters(message_id=int(answers), allow_sending_without_reply=True) if answers else None
        if png is None:
            words = "\n\n".join(part for part in (message.text, message.alt) if part)
            method = methods.SendMessage(
                chat_id=int(chat),
                text=fitted(words),
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
                reply_parameters=answered,
            )
        else:
            photo, caption = types.BufferedInputFile(png, "picture.png"), fitted(message.text, _CAPTION)
            method = methods.SendPhoto(chat_id=int(chat), photo=photo, caption=caption, reply_markup=keyboard)
        self._noted(chat)
        try:
            sent = await self._call(method, is_repeatable=False)
        except TelegramMigrateToChat as moved:
            raise ChatMovedError(moved.migrate_to_chat_id) from None
        except TelegramForbiddenError:
            raise ChatClosedError from None
        return str(sent.message_id) if sent is not None else None

    async def send_file(self, chat: str, name: str, content: bytes, caption: str) -> None:
        document = methods.SendDocument(
            chat_id=int(chat), document=types.BufferedInputFile(content, name), caption=fitted(caption, _CAPTION)
        )
        self._noted(chat)
        await self._call(document, is_repeatable=False)

    async def fetch(self, handle: str, most: int) -> bytes:
        try:
            found: types.File = await self._call(methods.GetFile(file_id=handle), is_repeatable=True)
        except TelegramAPIError as error:
            raise _refused_file(error) from None
        if found.file_size is not None and found.file_size > most:
            raise FileTooLargeError
        if found.file_path is None:
            raise FileLostError
        address = self._bot.session.api.file_url(self._bot.token, found.file_path)
        return await fetch_whole(
            lambda: self._bot.session.stream_content(address, timeout=_CALL, raise_for_status=True),
            size=found.file_size,
            most=most,
            pauses=PAUSES,
        )

    async def _call(self, method: TelegramMethod[Any], *, is_repeatable: bool) -> Any:
        """The result; None if nobody can tell what the call did. Refusals are raised. The caller bounds the time."""
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                return await self._bot(method)
            except TelegramRetryAfter as later:
                await asyncio.sleep(later.retry_after)
            except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
                if not is_repeatable and not isinstance(error.__cause__, ClientConnectorError):
                    log.warning("reply_in_doubt", method=type(method).__name__, **described(error))
                    return None
                await asyncio.sleep(pause)
        return None

    def _keyboard(self, chat: str, message: Message) -> types.InlineKeyboardMarkup | None:
        if not message.buttons:
            return None
        secret = self._context().secret
        return types.InlineKeyboardMarkup(
            inline_keyboard=[[_key(button, chat, secret) for button in row] for row in message.buttons]
        )


def _key(button: Button, chat: str, secret: bytes) -> types.InlineKeyboardButton:
    if button.url is not None:
        return types.InlineKeyboardButton(text=button.text, url=button.url)
    if button.web_app is not None:
        return types.InlineKeyboardButton(text=button.text, web_app=types.WebAppInfo(url=button.web_app))
    return types.InlineKeyboardButton(text=button.text, callback_data=encode_action(secret, chat, button.action))


def _refused_file(error: TelegramAPIError) -> Exception:
    """What the server's refusal to give a file out means; it refuses those of more than 20 MB itself."""
    return FileTooLargeError() if "too big" in error.message.lower() else FileLostError()
