"""The way of one update of Telegram: from raw JSON to a handled one, and to its reply; none stops another.

Knows what becomes of what cannot be read or handled: it is set aside with the names of the fields at fault, never with
what they held. Refuses to know the library that parses (that is given) and how updates arrive. Logs carry numbers,
kinds and codes only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.dialogue import Context, respond
from bot.inbound import Inbound, Reply
from bot.lanes import Lanes
from bot.models import SetAside
from bot.telegram_replies import Replies
from bot.telegram_updates import chat_of, field_names, read_update, update_number
from locales.errors import DomainError, explain
from locales.texts import known_language
from outbox.message import Message
from storage.database import Database, insert_new

log = structlog.get_logger(__name__)

_COMES_BACK = (OperationalError, InterfaceError, NoConnectionError)  # the database is busy or away: try again later


class Intake:
    """What handles the updates of one bot. `parse` makes an object of a raw update, or raises ValidationError."""

    def __init__(
        self,
        *,
        bot: str,
        parse: Callable[[Any], Any],
        database: Database,
        context: Callable[[], Context],
        replies: Replies,
    ) -> None:
        self._bot = bot
        self._parse = parse
        self._database = database
        self._context = context
        self._replies = replies
        self._lanes = Lanes()
        self._idle = asyncio.Event()
        self._idle.set()
        self._under_way = 0

    async def is_idle(self) -> None:
        """Wait until nothing is under way."""
        await self._idle.wait()

    async def feed(self, raw: bytes) -> None:
        """One update as it was delivered. What is no JSON object is logged and let go: repeating it would change
        nothing.
        """
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            log.warning("webhook_unreadable", bytes=len(raw))
            return
        await self.handle(document)

    async def handle_batch(self, batch: Sequence[Any]) -> None:
        """Chats side by side, the updates of one chat in their order; the first failure is raised when all are done."""
        ends = await asyncio.gather(*(self.handle(raw) for raw in batch), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def handle(self, raw: Any) -> None:
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
            return read_update(self._parse(raw), bot=self._bot, bot_name=self._context().bot_name)
        except ValidationError as error:
            complaints = error.errors(include_url=False, include_context=False, include_input=False)
            code, fields = "malformed", field_names([each["loc"] for each in complaints])
        except Exception as error:  # noqa: BLE001 - a fault of ours with one update must not stop the others
            log.error("update_unread", update=number, **described(error))  # noqa: TRY400 - its words may quote content
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
                told = described(error)
                log.error("update_failed", update=number, kind=inbound.kind, **told)  # noqa: TRY400 - the same
                await self._set_aside(raw, number, _code_of(error), [])
                reply = _apology(inbound)
            query = raw["callback_query"]["id"] if inbound.kind == "tap" else None
            replying = self._replies.begin(inbound, query, reply)
        await replying

    async def _set_aside(self, raw: Mapping[str, Any], number: int, code: str, fields: list[str]) -> None:
        row = {
            "bot": self._bot, "update_id": number, "chat": chat_of(raw), "code": code, "fields": fields,
            "at": self._context().now,
        }  # fmt: skip
        log.warning("update_set_aside", update=number, code=code, fields=fields)
        await self._database.run(lambda session: insert_new(session, SetAside, row, ["bot", "update_id"]))


def described(error: BaseException) -> dict[str, str]:
    """An error for the log: its kind and place. Its words may quote what a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""
    return {"error": type(error).__name__, "where": where}


def _apology(inbound: Inbound) -> Reply:
    """What a person hears when we failed: that it was not done, and what to do."""
    sentence = explain(known_language(inbound.language_hint), DomainError("not_handled"))
    return Reply(toast=sentence) if inbound.kind == "tap" else Reply(more=(Message(sentence),))


def _code_of(error: BaseException) -> str:
    return f"failed_{type(error).__name__}"[:60]
