"""Telegram, outbound: one message by one call of the Bot API, and an honest word on how it went.

Knows python-telegram-bot (the only file that does), the phases of a call and what each failure in them proves.
Refuses to know the domain, the database and retries: it calls once. Neither the token nor any text is logged; a
description by Telegram may quote the text, so only its bare error names are.

What a failure proves: before the connection stood, nothing was sent. A readable refusal did nothing. Everything else
(no answer, an answer cut short, a 5xx, something that is no answer of a Bot API) may hide a message that arrived.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest, RequestData

from delivery.limits import Share
from delivery.outgoing import Moved, Outgoing, Pace, ReadyButton
from delivery.pacer import Pacer, TooSoonError
from locales.errors import DomainError
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Sent, Uncertain

TEXT_UNITS: Final = 4096
CAPTION_UNITS: Final = 1024
"""Telegram's limits for a text and for the caption of a picture, in UTF-16 units."""

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+", re.ASCII)
_API = re.compile(r"https?://[^\s/?#{}]+(/[^\s?#{}]*)?", re.ASCII)
_ADDRESS = re.compile(r"-?[0-9]{1,19}|@[A-Za-z0-9_]{1,64}", re.ASCII)
_ERROR_NAME = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)+", re.ASCII)

_POOL, _CONNECT, _WRITE, _UPLOAD, _READ, _PATIENCE = 1.0, 5.0, 10.0, 15.0, 10.0, 2.0
_LONGEST_CALL = _PATIENCE + _POOL + _CONNECT + _UPLOAD + _READ + 2.0
_PAUSE_UNSAID, _LONGEST_PAUSE = 5, 86_400  # seconds: a 429 without a pause; a pause nobody can mean

_BEFORE_SENDING = (
    httpx.ConnectError,  # refused, unreachable, name unknown, TLS failed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_REFUSALS = (
    ("chat not found", "gone"),
    ("user not found", "gone"),
    ("user is deactivated", "gone"),
    ("group chat was deleted", "gone"),
    ("group chat was deactivated", "gone"),
    ("peer_id_invalid", "gone"),
    ("not enough rights", "no_rights"),
    ("have no rights", "no_rights"),
    ("need administrator rights", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
)
"""What Telegram says (in lower case) when a chat is not there or we may not write in it, and our code for it."""

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
        answer = _read(body)
        parameters = answer.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        if status == httpx.codes.OK and answer.get("ok") is True and _has_number(answer.get("result")):
            return status, body
        if answer.get("ok") is False and (status == httpx.codes.TOO_MANY_REQUESTS or isinstance(pause, int)):
            raise _LaterError(min(max(pause, 1), _LONGEST_PAUSE) if isinstance(pause, int) else _PAUSE_UNSAID)
        if answer.get("ok") is False and httpx.codes.is_client_error(status):
            return status, body  # a refusal in Telegram's own words: the library has a name for it
        raise _EndedError(Uncertain("server_error" if httpx.codes.is_server_error(status) else "answer_unreadable"))


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

    def __init__(
        self, *, token: str, api: str, clock: Callable[[], datetime], share: Share | None = None, connections: int = 8
    ) -> None:
        if not _TOKEN.fullmatch(token):
            raise DomainError("telegram_token_malformed")
        if not _API.fullmatch(api):
            raise DomainError("telegram_api_malformed", api=api)
        _silence_libraries()
        self._clock = clock
        self._pacer = Pacer(share or Share(), patience=_PATIENCE)
        self._transport = _Transport(
            connection_pool_size=connections,
            pool_timeout=_POOL,
            connect_timeout=_CONNECT,
            write_timeout=_WRITE,
            media_write_timeout=_UPLOAD,
            read_timeout=_READ,
            httpx_kwargs={"trust_env": not _is_loopback(api)},  # a proxy is for the way out, never for this machine
        )
        self._bot: ExtBot[datetime] = ExtBot(
            token,
            base_url=f"{api.rstrip('/')}/bot",
            request=self._transport,
            get_updates_request=self._transport,  # never used; another one would only hold another pool
            rate_limiter=_Turns(self._pacer, clock),
        )

    def pace(self) -> Pace:
        """What may be sent right now."""
        return self._pacer.pace()

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        """Send one message by one call; plain text, no link previews. Never raises but for cancellation."""
        limit = TEXT_UNITS if outgoing.picture is None else CAPTION_UNITS
        if _utf16_units(outgoing.text) > limit:
            return Refused("too_long")
        if not _ADDRESS.fullmatch(outgoing.address):
            return Refused("address_malformed")
        try:
            return Sent(await self._call(outgoing))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the outbox must hear how far the call came
            outcome = outcome_of(error, self._clock())
            _log_failure(error, outcome)
            return outcome

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.shutdown()

    async def _call(self, outgoing: Outgoing) -> str:
        address = outgoing.address
        chat: int | str = address if address.startswith("@") else int(address)
        keyboard = _keyboard(outgoing.buttons)
        if outgoing.picture is None:
            sent = await self._bot.send_message(
                chat,
                outgoing.text,
                reply_markup=keyboard,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                rate_limit_args=outgoing.start_by,
            )
        else:
            sent = await self._bot.send_photo(
                chat,
                outgoing.picture,
                caption=outgoing.text or outgoing.alt or None,
                filename="picture.png",
                reply_markup=keyboard,
                rate_limit_args=outgoing.start_by,
            )
        return str(sent.message_id)


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
    said = error.message.lower()
    usual = "blocked" if isinstance(error, Forbidden) else "bad_request"
    return Refused(next((code for phrase, code in _REFUSALS if phrase in said), usual))


def _broken_off(cause: BaseException | None) -> Outcome:
    """The call ended without an answer; `cause` tells how far it had come."""
    if isinstance(cause, _BEFORE_SENDING):
        return NotSent("no_connection")
    if isinstance(cause, UnicodeEncodeError):
        return Refused("bad_request")  # the text holds what no request can carry
    return Uncertain("no_answer")


def _log_failure(error: Exception, outcome: Outcome | Moved) -> None:
    """One line per failed call: kinds of errors and bare error names, nothing that could quote a text or an address."""
    said = error.message if isinstance(error, TelegramError) else ""
    log.warning(
        "telegram_call_failed",
        outcome=type(outcome).__name__,
        code=getattr(outcome, "code", "chat_moved"),
        error=type(error).__name__,
        cause=type(error.__cause__).__name__ if error.__cause__ else "",
        name=said if _ERROR_NAME.fullmatch(said) else "",
    )


def _keyboard(rows: tuple[tuple[ReadyButton, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.text, callback_data=one.data, url=one.url) for one in row] for row in rows]
    )


def _read(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer; empty when there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _has_number(result: object) -> bool:
    return isinstance(result, dict) and isinstance(result.get("message_id"), int)


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_loopback(api: str) -> bool:
    return urlsplit(api).hostname in {"127.0.0.1", "localhost", "::1"}


def _silence_libraries() -> None:
    """Their lines below a warning hold the address of each call (the token is in it) and what was sent."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
