"""Telegram, outbound: one message by one call of the Bot API, and an honest word on how it went.

Knows python-telegram-bot (the only file that does), the phases of a call and what each failure in them proves.
Refuses to know the domain, the database and retries: it calls once. Neither the token nor any text is logged; a
description by Telegram may quote the text, so only its bare error names are.

What a failure proves: before the connection stood, nothing was sent. A readable refusal did nothing. Everything else
(no answer, an answer cut short, a 5xx, something that is no answer of a Bot API) may hide a message that arrived.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest, RequestData

from delivery.limits import Share
from delivery.outgoing import Moved, Outgoing, Pace, ReadyButton
from delivery.pacer import Pacer, TooSoonError
from delivery.senders.bot_api import (
    ERROR_NAME,
    ROOT,
    TOKEN,
    UNCHANGED,
    Later,
    Unclear,
    judge,
    refusal_code,
)
from delivery.senders.telegram_fitting import refusal_of
from locales.errors import DomainError
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Sent, Uncertain

_POOL, _CONNECT, _WRITE, _UPLOAD, _READ, _PATIENCE = 1.0, 5.0, 10.0, 15.0, 10.0, 2.0
_LONGEST_CALL = _PATIENCE + _POOL + _CONNECT + _UPLOAD + _READ + 2.0

_BEFORE_SENDING = (
    httpx.ConnectError,  # refused, unreachable, name unknown, TLS failed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
PICTURE_NAME, DOCUMENT_NAME = "picture.png", "bulletin.pdf"

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger(__name__)


class _LaterError(TelegramError):
    """The server did nothing and named a pause."""

    def __init__(self, seconds: int) -> None:
        super().__init__("later")
        self.seconds = seconds


class _EndedError(TelegramError):
    """It is known already how this attempt ended."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("ended")
        self.outcome = outcome


class _Transport(HTTPXRequest):
    """HTTP for the Bot API, which looks at each answer before the library guesses what it may mean."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        status, body = await super().do_request(url, method, request_data, *args, **kwargs)
        match judge(url.rpartition("/")[2], status, body):
            case Later(seconds):
                raise _LaterError(seconds)
            case Unclear(code):
                raise _EndedError(Uncertain(code))
        return status, body  # carried out, or refused in Telegram's own words: the library has names for these


class _Turns(BaseRateLimiter[datetime]):
    """Each call waits for its turn, and is not made at all once its `start_by` has passed."""

    def __init__(self, pacer: Pacer, clock: Callable[[], datetime]) -> None:
        self._pacer = pacer
        self._clock = clock

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to let go."""

    async def process_request(  # noqa: PLR0917 - the library's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: datetime | None,
    ) -> Any:
        chat = str(data["chat_id"])
        is_group = chat.startswith(("-", "@"))
        await self._pacer.turn(chat, is_group=is_group)
        if rate_limit_args is not None and self._clock() >= rate_limit_args:
            raise _EndedError(NotSent("lease_lost"))
        try:
            return await callback(*args, **kwargs)
        except _LaterError as flood:
            self._pacer.flooded(chat, is_group=is_group, seconds=flood.seconds)
            raise
        finally:
            self._pacer.answered(chat)


class TelegramSender:
    """One bot's way out. `clock` is the worker's clock (waits are told on it); `api` the root of the Bot API server.

    Errors: telegram_token_malformed, telegram_api_malformed.
    """

    channel = "telegram"
    longest_call = _LONGEST_CALL
    look_every = 0.0

    def __init__(
        self, *, token: str, api: str, clock: Callable[[], datetime], share: Share | None = None, connections: int = 8
    ) -> None:
        _check(token, api)
        self._clock = clock
        self._pacer = Pacer(share or Share(), patience=_PATIENCE)
        self._transport = _transport(api, connections)
        self._bot: ExtBot[datetime] = ExtBot(
            token,
            base_url=_base(api),
            request=self._transport,
            get_updates_request=self._transport,  # never used; another one would only hold another pool
            rate_limiter=_Turns(self._pacer, clock),
        )

    def pace(self) -> Pace:
        """What may be sent right now."""
        return self._pacer.pace()

    def noted(self, chat: str) -> None:
        """A reply goes to `chat` by another door of the same bot, at once: what is sent from here makes room for it."""
        self._pacer.noted(chat, is_group=chat.startswith("-"))

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        """Send one message by one call; plain text, no link previews. Never raises but for cancellation."""
        if (refusal := refusal_of(outgoing)) is not None:
            return refusal
        try:
            return Sent(await _place(self._bot, outgoing))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the outbox must hear how far the call came
            if outgoing.edits is not None and isinstance(error, BadRequest) and UNCHANGED in error.message.lower():
                return Sent(outgoing.edits)  # it says already what it should say
            outcome = outcome_of(error, self._clock())
            _log_failure(error, outcome)
            return outcome

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.shutdown()


async def _place(bot: ExtBot[datetime], outgoing: Outgoing) -> str:
    """Send the message, or put it in the place of the one it replaces; return the number it has in its chat."""
    address = outgoing.address
    common: dict[str, Any] = {
        "chat_id": address if address.startswith("@") else int(address),
        "reply_markup": _keyboard(outgoing.buttons),
        "rate_limit_args": outgoing.start_by,
    }
    placed = await (_send(bot, outgoing, common) if outgoing.edits is None else _edit(bot, outgoing, common))
    return str(placed.message_id) if isinstance(placed, Message) else str(outgoing.edits)


async def _send(bot: ExtBot[datetime], outgoing: Outgoing, common: dict[str, Any]) -> Message:
    caption = outgoing.text or outgoing.alt or None
    if outgoing.picture is not None:
        return await bot.send_photo(photo=outgoing.picture, caption=caption, filename=PICTURE_NAME, **common)
    if outgoing.document is not None:
        return await bot.send_document(document=outgoing.document, caption=caption, filename=DOCUMENT_NAME, **common)
    return await bot.send_message(text=outgoing.text, link_preview_options=_NO_PREVIEW, **common)


async def _edit(bot: ExtBot[datetime], outgoing: Outgoing, common: dict[str, Any]) -> Message | bool:
    """A text becomes another text; what has a file gets another file, or keeps it under another caption."""
    common["message_id"] = int(outgoing.edits or "")
    caption = outgoing.text or outgoing.alt or None
    if outgoing.picture is not None:
        media = InputMediaPhoto(outgoing.picture, caption=caption, filename=PICTURE_NAME)
        return await bot.edit_message_media(media=media, **common)
    if outgoing.document is not None:
        paper = InputMediaDocument(outgoing.document, caption=caption, filename=DOCUMENT_NAME)
        return await bot.edit_message_media(media=paper, **common)
    if outgoing.edits_file:
        return await bot.edit_message_caption(caption=caption, **common)
    return await bot.edit_message_text(text=outgoing.text, link_preview_options=_NO_PREVIEW, **common)


def _keyboard(rows: tuple[tuple[ReadyButton, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.text, callback_data=one.data, url=one.url) for one in row] for row in rows]
    )


async def user_name(*, token: str, api: str) -> str | None:
    """Ask for the bot's user name, without the @; None when nobody tells. Errors: those of `TelegramSender`."""
    _check(token, api)
    transport = _transport(api, 1)
    bot: ExtBot[None] = ExtBot(token, base_url=_base(api), request=transport, get_updates_request=transport)
    try:
        return (await bot.get_me()).username
    except TelegramError as error:
        log.warning("telegram_name_unknown", **_facts(error))
        return None
    finally:
        await transport.shutdown()


def outcome_of(error: Exception, now: datetime) -> Outcome | Moved:
    """What a failed call proves; see the head of this module."""
    match error:
        case _EndedError():
            return error.outcome
        case _LaterError() | TooSoonError():
            code = "flood" if isinstance(error, _LaterError) else "paced"
            return RetryAt(now + timedelta(seconds=error.seconds), code)
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden() | BadRequest() | InvalidToken():
            return _refusal(error)
        case NetworkError():
            return _broken_off(error.__cause__)
    return Uncertain("sender_fault")


def _refusal(error: Forbidden | BadRequest | InvalidToken) -> Outcome:
    """Telegram said no. A wrong token is no fault of the message: it stays owed until the token is mended."""
    if isinstance(error, InvalidToken):
        return NotSent("token_refused")
    usual = "blocked" if isinstance(error, Forbidden) else "bad_request"
    return Refused(refusal_code(error.message, usual=usual))


def _broken_off(cause: BaseException | None) -> Outcome:
    """The call ended without an answer; `cause` tells how far it had come."""
    if isinstance(cause, _BEFORE_SENDING):
        return NotSent("no_connection")
    if isinstance(cause, UnicodeEncodeError):
        return Refused("bad_request")  # the text holds what no request can carry
    return Uncertain("no_answer")


def _log_failure(error: Exception, outcome: Outcome | Moved) -> None:
    """One line for a failed call; it names neither text nor address."""
    code = getattr(outcome, "code", "chat_moved")
    log.warning("telegram_call_failed", outcome=type(outcome).__name__, code=code, **_facts(error))


def _facts(error: Exception) -> dict[str, str]:
    """What may be logged of a failure: kinds of errors and bare error names, nothing that could quote a text."""
    said = error.message if isinstance(error, TelegramError) else ""
    return {
        "error": type(error).__name__,
        "cause": type(error.__cause__).__name__ if error.__cause__ else "",
        "name": said if ERROR_NAME.fullmatch(said) else "",
    }


def _check(token: str, api: str) -> None:
    if not TOKEN.fullmatch(token):
        raise DomainError("telegram_token_malformed")
    if not ROOT.fullmatch(api):
        raise DomainError("telegram_api_malformed", api=api)


def _base(api: str) -> str:
    return f"{api.rstrip('/')}/bot"


def _transport(api: str, connections: int) -> _Transport:
    """HTTP with every timeout said, and libraries that keep silent about it.

    Their lines below a warning hold the address of each call (the token is in it) and what was sent.
    """
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    is_loopback = urlsplit(api).hostname in {"127.0.0.1", "localhost", "::1"}
    return _Transport(
        connection_pool_size=connections,
        pool_timeout=_POOL,
        connect_timeout=_CONNECT,
        write_timeout=_WRITE,
        media_write_timeout=_UPLOAD,
        read_timeout=_READ,
        httpx_kwargs={"trust_env": not is_loopback},  # a proxy is for the way out, never for this machine
    )
