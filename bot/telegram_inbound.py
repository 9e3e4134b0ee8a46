"""Telegram, inbound: updates come by long polling or by webhook, are handled once and in order, and are answered.

The only file that knows aiogram, which parses updates and calls methods; it takes seconds to import. Knows the way of
an update from raw JSON to an acknowledged one, and what each failure of a call proves. Refuses to know what is said.

Updates are fetched as raw JSON, so that one nobody can parse stops nobody: it is set aside with the names of the
fields at fault, never with what they held. An update is acknowledged after the commit of its effect; the reply follows
the commit and is not owed: a repeated update draws the current screen again. Logs carry numbers, kinds and codes only.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import structlog
from aiogram import Bot
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
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageText,
    GetFile,
    SendDocument,
    SendMessage,
    SendPhoto,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    BufferedInputFile,
    File,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
    WebAppInfo,
)
from aiohttp import ClientConnectorError, ClientError, ClientResponseError
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.dialogue import Context, respond
from bot.inbound import Inbound, Reply
from bot.lanes import Lanes
from bot.layout import fitted, shorten
from bot.models import SetAside
from bot.telegram_replies import (
    ChatClosedError,
    ChatMovedError,
    FileLostError,
    FileTooLargeError,
    Picture,
    Replies,
)
from bot.telegram_updates import WANTED, chat_of, field_names, read_update, update_number
from locales.errors import DomainError, explain
from locales.texts import known_language
from outbox.message import Button, Message, encode_action
from storage.database import Database, insert_new

log = structlog.get_logger(__name__)

_BATCH = 100
_POLL = 25  # seconds the server holds a poll open
_CALL = 10  # seconds one call may take
_LAST_CALL = 3  # seconds the call at the end may take
_STOP_WITHIN = 5.0
_PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # after failures in a row
_TOAST, _CAPTION = 200, 1024  # what Telegram takes
_THEIR_FAULT = 500  # from this status on a server speaks of itself
_COMES_BACK = (OperationalError, InterfaceError, NoConnectionError)  # the database is busy or away: try again later
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


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
    ) -> None:
        for name in ("aiogram", "aiohttp"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below that they may print addresses with the token
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_root), timeout=_CALL)
        self._bot = Bot(token, session=session)
        self._number = token.partition(":")[0]
        self._database = database
        self._context = context
        self._replies = Replies(_TelegramCalls(self._bot, context), database, context, picture)
        self._lanes = Lanes()
        self._stopping = asyncio.Event()
        self._not_polling = asyncio.Event()
        self._not_polling.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._under_way = 0

    async def run(self) -> None:
        """Poll until `stop()`. A batch is confirmed only after all its commits; failures wait and are logged."""
        self._not_polling.clear()
        try:
            if await self._until_it_works(DeleteWebhook(drop_pending_updates=False)):
                await self._poll()
        finally:
            self._not_polling.set()

    async def _poll(self) -> None:
        offset: int | None = None
        failures = 0
        while not self._stopping.is_set():
            try:
                batch = await self._fetch(offset)
                await self._handle_batch(batch)
            except Exception as error:  # noqa: BLE001 - whatever one poll meets, the next one may go well
                failures += 1
                await self._recover(error, failures)
                continue
            failures = 0
            numbers = [number for number in map(update_number, batch) if number is not None]
            offset = max(numbers) + 1 if numbers else offset
            if batch and not numbers:  # nothing that could be confirmed: it will come again at once
                await self._pause(_PAUSES[-1])
        if offset is not None:  # else the last batch would come again, and be answered again, after a restart
            with suppress(Exception):
                await self._bot(GetRawUpdates(offset=offset, limit=1), request_timeout=_LAST_CALL)

    async def register_webhook(self, url: str, secret: str) -> bool:
        """Ask Telegram to deliver to `url` with this secret; tries until it works, False if stopped meanwhile."""
        return await self._until_it_works(SetWebhook(url=url, secret_token=secret, allowed_updates=list(WANTED)))

    async def feed_webhook(self, raw: bytes) -> None:
        """Handle one delivered update and return after its commit. A database that is away raises: it comes again.

        The caller has checked the secret and the size. What is no JSON object is logged and let go: repeating it
        would change nothing.
        """
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            log.warning("webhook_unreadable", bytes=len(raw))
            return
        await self._handle(document)

    async def stop(self) -> None:
        """Take no more, finish what is under way, let replies through for a moment, close the connections."""
        self._stopping.set()
        await self._not_polling.wait()
        await self._idle.wait()
        await self._replies.finish(_STOP_WITHIN)
        await self._bot.session.close()

    async def _fetch(self, offset: int | None) -> list[Any]:
        """The next updates in the order of their numbers; none when stopping."""
        call = asyncio.ensure_future(
            self._bot(GetRawUpdates(offset=offset, timeout=_POLL), request_timeout=_POLL + _CALL)
        )
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({call, stop}, return_when=asyncio.FIRST_COMPLETED)
            return sorted(call.result(), key=lambda raw: update_number(raw) or 0) if call.done() else []
        finally:
            for task in (call, stop):
                task.cancel()

    async def _handle_batch(self, batch: Sequence[Any]) -> None:
        """Chats side by side, the updates of one chat in their order; the first failure is raised when all are done."""
        ends = await asyncio.gather(*(self._handle(raw) for raw in batch), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _handle(self, raw: Any) -> None:
        """One update, from parsing to its reply; raises only when the database is away."""
        number = update_number(raw)
        if number is None:
            log.warning("update_without_number")
            return
        self._under_way += 1
        self._idle.clear()
        try:
            inbound = await self._read(raw, number)
            if inbound is not None:
                await self._respond(raw, number, inbound)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _read(self, raw: Mapping[str, Any], number: int) -> Inbound | None:
        """What was done; None if it is none of our affair, or cannot be read and is set aside."""
        try:
            update = Update.model_validate(raw, context={"bot": self._bot})
            return read_update(update, bot=self._number, bot_name=self._context().bot_name)
        except ValidationError as error:
            complaints = error.errors(include_url=False, include_context=False, include_input=False)
            code, fields = "malformed", field_names([each["loc"] for each in complaints])
        except Exception as error:  # noqa: BLE001 - a fault of ours with one update must not stop the others
            log.error("update_unread", update=number, **_described(error))  # noqa: TRY400 - its words may quote content
            code, fields = _code_of(error), []
        await self._set_aside(raw, number, code, fields)
        return None

    async def _respond(self, raw: Mapping[str, Any], number: int, inbound: Inbound) -> None:
        async with self._lanes.turn(inbound.chat):
            try:
                reply = await self._database.run(lambda session: respond(session, inbound, context=self._context()))
            except _COMES_BACK:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of ours with one update must not stop the others
                described = _described(error)
                log.error("update_failed", update=number, kind=inbound.kind, **described)  # noqa: TRY400 - the same
                await self._set_aside(raw, number, _code_of(error), [])
                reply = _apology(inbound)
            query = raw["callback_query"]["id"] if inbound.kind == "tap" else None
            replying = self._replies.begin(inbound, query, reply)
        await replying

    async def _set_aside(self, raw: Mapping[str, Any], number: int, code: str, fields: list[str]) -> None:
        row = {
            "bot": self._number, "update_id": number, "chat": chat_of(raw), "code": code, "fields": fields,
            "at": self._context().now,
        }  # fmt: skip
        log.warning("update_set_aside", update=number, code=code, fields=fields)
        await self._database.run(lambda session: insert_new(session, SetAside, row, ["bot", "update_id"]))

    async def _recover(self, error: Exception, failures: int) -> None:
        """Wait after a failed poll, longer each time, and mend what can be mended."""
        log.warning("polling_failed", failures=failures, **_described(error))
        if isinstance(error, TelegramConflictError) and "webhook" in error.message.lower():
            await self._until_it_works(DeleteWebhook(drop_pending_updates=False))
        pause = error.retry_after if isinstance(error, TelegramRetryAfter) else _PAUSES[min(failures, len(_PAUSES)) - 1]
        await self._pause(pause)

    async def _until_it_works(self, method: TelegramMethod[bool]) -> bool:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            if self._stopping.is_set():
                break
            try:
                return await self._bot(method)
            except Exception as error:  # noqa: BLE001 - the same
                reason = error.message if isinstance(error, TelegramBadRequest) else ""  # a setting Telegram refuses
                log.warning("telegram_call_failed", method=type(method).__name__, reason=reason, **_described(error))
            await self._pause(pause)
        return False

    async def _pause(self, seconds: float) -> None:
        """Rest, or less if stopped meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


class _TelegramCalls:
    """The calls of replies: patient with "later", repeated where nothing was done or repeating does no harm."""

    def __init__(self, bot: Bot, context: Callable[[], Context]) -> None:
        self._bot = bot
        self._context = context

    async def answer_tap(self, query: str, toast: str | None) -> None:
        with suppress(TelegramBadRequest):  # a tap that is too old to be answered needs no answer
            sentence = shorten(toast, _TOAST) if toast is not None else None
            await self._call(AnswerCallbackQuery(callback_query_id=query, text=sentence), is_repeatable=True)

    async def edit(self, chat: str, ref: str, message: Message) -> bool:
        edit = EditMessageText(
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
        answered = ReplyParameters(message_id=int(answers), allow_sending_without_reply=True) if answers else None
        if png is None:
            words = "\n\n".join(part for part in (message.text, message.alt) if part)
            method = SendMessage(
                chat_id=int(chat),
                text=fitted(words),
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
                reply_parameters=answered,
            )
        else:
            photo, caption = BufferedInputFile(png, "picture.png"), fitted(message.text, _CAPTION)
            method = SendPhoto(chat_id=int(chat), photo=photo, caption=caption, reply_markup=keyboard)
        try:
            sent = await self._call(method, is_repeatable=False)
        except TelegramMigrateToChat as moved:
            raise ChatMovedError(moved.migrate_to_chat_id) from None
        except TelegramForbiddenError:
            raise ChatClosedError from None
        return str(sent.message_id) if sent is not None else None

    async def send_file(self, chat: str, name: str, content: bytes, caption: str) -> None:
        document = SendDocument(
            chat_id=int(chat), document=BufferedInputFile(content, name), caption=fitted(caption, _CAPTION)
        )
        await self._call(document, is_repeatable=False)

    async def fetch(self, handle: str, most: int) -> bytes:
        try:
            found: File = await self._call(GetFile(file_id=handle), is_repeatable=True)
        except TelegramAPIError as error:
            raise _refused_file(error) from None
        if found.file_size is not None and found.file_size > most:
            raise FileTooLargeError
        for pause in _PAUSES:
            try:
                content = await self._download(found, most)
            except ClientResponseError as error:
                if error.status < _THEIR_FAULT:
                    raise FileLostError from None
            except (ClientError, TimeoutError):
                pass  # the way was cut: once more, while there is time
            else:
                if found.file_size in (None, len(content)):  # else a part of it is missing
                    return content
            await asyncio.sleep(pause)
        raise FileLostError

    async def _download(self, found: File, most: int) -> bytes:
        """The bytes; no more is read than may come. The address holds the token: no error's words may be shown."""
        if found.file_path is None:
            raise FileLostError
        address = self._bot.session.api.file_url(self._bot.token, found.file_path)
        content = bytearray()
        async for chunk in self._bot.session.stream_content(address, timeout=_CALL, raise_for_status=True):
            content += chunk
            if len(content) > most:
                raise FileTooLargeError
        return bytes(content)

    async def _call(self, method: TelegramMethod[Any], *, is_repeatable: bool) -> Any:
        """The result; None if nobody can tell what the call did. Refusals are raised. The caller bounds the time."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                return await self._bot(method)
            except TelegramRetryAfter as later:
                await asyncio.sleep(later.retry_after)
            except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
                if not is_repeatable and not isinstance(error.__cause__, ClientConnectorError):
                    log.warning("reply_in_doubt", method=type(method).__name__, **_described(error))
                    return None
                await asyncio.sleep(pause)
        return None

    def _keyboard(self, chat: str, message: Message) -> InlineKeyboardMarkup | None:
        if not message.buttons:
            return None
        secret = self._context().secret
        return InlineKeyboardMarkup(
            inline_keyboard=[[_key(button, chat, secret) for button in row] for row in message.buttons]
        )


def _key(button: Button, chat: str, secret: bytes) -> InlineKeyboardButton:
    if button.url is not None:
        return InlineKeyboardButton(text=button.text, url=button.url)
    if button.web_app is not None:
        return InlineKeyboardButton(text=button.text, web_app=WebAppInfo(url=button.web_app))
    return InlineKeyboardButton(text=button.text, callback_data=encode_action(secret, chat, button.action))


def _refused_file(error: TelegramAPIError) -> Exception:
    """What the server's refusal to give a file out means; it refuses those of more than 20 MB itself."""
    return FileTooLargeError() if "too big" in error.message.lower() else FileLostError()


def _apology(inbound: Inbound) -> Reply:
    """What a person hears when we failed: that it was not done, and what to do."""
    sentence = explain(known_language(inbound.language_hint), DomainError("not_handled"))
    return Reply(toast=sentence) if inbound.kind == "tap" else Reply(more=(Message(sentence),))


def _code_of(error: BaseException) -> str:
    return f"failed_{type(error).__name__}"[:60]


def _described(error: BaseException) -> dict[str, str]:
    """An error for the log: its kind and place. Its words may quote what a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""
    return {"error": type(error).__name__, "where": where}
