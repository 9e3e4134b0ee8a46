"""Replies in Telegram: in order for each chat, edited in place where that is possible, remembered where it matters.

Knows what to say where, and what to do when a message or a chat is not there any more. Refuses to know how a call is
made and repeated: that is given as `Calls`. A reply is not owed: what it tells is stored, and can be asked for again.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from bot import visit_desk
from bot.dialogue import Context, respond, respond_to_file, respond_to_list
from bot.inbound import GROUP, VISITS, Inbound, Reply, WantedFile
from bot.lanes import Lanes
from bot.telegram_updates import CHANNEL
from consortium.chats import mark_unreachable
from locales.errors import DomainError, explain
from outbox.message import Message
from reviews.panel_evidence import LARGEST_EVIDENCE
from storage.database import Database
from surveys.fielding.link_files import write_file
from surveys.fielding.visit_files import LARGEST_FILE, read_visits
from surveys.responses import remember_message

log = structlog.get_logger(__name__)

WAIT_FOR_REPLY = 5.0  # seconds an update is held back for its reply; then the reply goes on by itself
REPLY_WITHIN = 60.0  # seconds after which a reply that cannot get through is given up
REMEMBERED = 10_000  # updates whose reply is known to have got through: repeated, they are not answered twice

FETCH_WITHIN = 25.0  # seconds that fetching a file may take, with all its repetitions
READERS = 2  # files that are read at the same time

_TOO_LARGE = {True: "visits_too_large", False: "evidence_too_large"}

Picture = Callable[[str], Awaitable[bytes]]


class ChatClosedError(Exception):
    """The bot may not write there: blocked, or put out of the group."""


class ChatMovedError(Exception):
    """The group lives on under another number."""

    def __init__(self, new: int) -> None:
        super().__init__(new)
        self.new = new


class FileTooLargeError(Exception):
    """There is more of it than we take."""


class FileLostError(Exception):
    """The platform does not give the file out."""


class Calls(Protocol):
    """The calls a reply is made of; each is patient and repeats itself where that does no harm."""

    async def answer_tap(self, query: str, toast: str | None) -> None:
        """End a button's waiting sign."""

    async def edit(self, chat: str, ref: str, message: Message) -> bool:
        """Put a message in the place of another; False if that one cannot be edited (any more)."""

    async def send(self, chat: str, message: Message, png: bytes | None, *, answers: str | None = None) -> str | None:
        """Send once, as an answer to a message if one is named; the new message's number, None if nobody can tell.
        ChatClosedError, ChatMovedError.
        """

    async def send_file(self, chat: str, name: str, content: bytes, caption: str) -> None:
        """Send a file once."""

    async def fetch(self, handle: str, most: int) -> bytes:
        """A file that was sent, `most` bytes of it at the utmost. FileTooLargeError, FileLostError."""


class Replies:
    """All replies of one bot."""

    def __init__(self, calls: Calls, database: Database, context: Callable[[], Context], picture: Picture) -> None:
        self._calls = calls
        self._database = database
        self._context = context
        self._picture = picture
        self._lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered: dict[int, None] = {}  # updates whose reply got through, oldest first
        self._reading = asyncio.Semaphore(READERS)

    def begin(self, inbound: Inbound, query: str | None, reply: Reply) -> Awaitable[None]:
        """Start replying now, so that the order stands; await the result to wait for it, but only for a moment.

        Nobody waits for a file to be fetched and read: other people's updates would wait with it.
        """
        task = asyncio.create_task(self._reply(inbound, query, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        async def for_a_moment() -> None:
            await asyncio.wait({task}, timeout=WAIT_FOR_REPLY if reply.wanted is None else 0)

        return for_a_moment()

    async def finish(self, seconds: float) -> None:
        """Let what is being said be said, for so long; the rest is given up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _reply(self, inbound: Inbound, query: str | None, reply: Reply) -> None:
        try:
            async with asyncio.timeout(REPLY_WITHIN), self._lanes.turn(inbound.chat):
                if query is not None:
                    await self._calls.answer_tap(query, reply.toast)
                left = _unless_said(reply) if inbound.update_id in self._answered else reply
                await self._say(inbound, left)
                if left.wanted is not None:
                    await self._say(inbound, await self._looked_over(inbound, left.wanted))
                self._note_answered(inbound.update_id)
        except Exception as error:  # noqa: BLE001 - whatever keeps one reply from being said must not stop the others
            log.warning("reply_failed", update=inbound.update_id, error=type(error).__name__)

    def _note_answered(self, update_id: int | None) -> None:
        if update_id is not None:
            self._answered[update_id] = None
            if len(self._answered) > REMEMBERED:
                del self._answered[next(iter(self._answered))]

    async def _say(self, inbound: Inbound, reply: Reply) -> None:
        if reply.screen is not None:
            place = (reply.place or inbound.message_ref) if reply.edits else None
            is_edited = place is not None and await self._calls.edit(inbound.chat, place, reply.screen)
            ref = place if is_edited else await self._send(inbound.chat, reply.screen, answers=reply.answers)
            if reply.remember is not None and ref is not None and ref != reply.remembered:
                await self._remember(reply.remember, ref)
        for message in reply.more:
            await self._send(inbound.chat, message)
        if reply.table is not None:
            table = reply.table
            content = await asyncio.to_thread(write_file, table.form, table.columns, table.rows)
            await self._calls.send_file(inbound.chat, table.name, content, table.caption)

    async def _looked_over(self, inbound: Inbound, wanted: WantedFile) -> Reply:
        """Fetch a file, read it, and say what came of it. What goes wrong on the way is one sentence."""
        most = LARGEST_FILE if wanted.purpose == VISITS else LARGEST_EVIDENCE
        async with self._reading:
            try:
                async with asyncio.timeout(FETCH_WITHIN):
                    content = await self._calls.fetch(wanted.file.handle, most)
                if wanted.purpose != VISITS:
                    return await self._database.run(
                        lambda session: respond_to_file(
                            session, inbound, context=self._context(), wanted=wanted, content=content
                        )
                    )
                visits, findings = await asyncio.to_thread(read_visits, content, file=visit_desk.FILE, zone=wanted.zone)
                return await self._database.run(
                    lambda session: respond_to_list(
                        session, inbound, context=self._context(), wanted=wanted, visits=visits, findings=findings
                    )
                )
            except FileTooLargeError:
                said = DomainError(_TOO_LARGE[wanted.purpose == VISITS], limit=most // (1024 * 1024))
            except (FileLostError, TimeoutError) as error:
                log.warning("file_not_fetched", update=inbound.update_id, error=type(error).__name__)
                said = DomainError("visits_not_fetched" if wanted.purpose == VISITS else "reading_file_lost")
            except Exception as error:  # noqa: BLE001 - a fault of ours with one list is told, and is not the others'
                log.error("list_failed", update=inbound.update_id, error=type(error).__name__)  # noqa: TRY400 - its words may quote rows
                said = DomainError("not_handled")
        return Reply(more=(Message(explain(wanted.language, said)),))

    async def _remember(self, response_id: str, ref: str) -> None:
        await self._database.run(lambda session: remember_message(session, response_id=response_id, message_ref=ref))

    async def _send(self, chat: str, message: Message, *, answers: str | None = None) -> str | None:
        """Send a message; follow a group that has moved, and note a chat that is closed."""
        png = await self._drawn(message)
        try:
            return await self._calls.send(chat, message, png, answers=answers)
        except ChatMovedError as moved:
            new = str(moved.new)
        except ChatClosedError:
            await self._database.run(lambda session: _note_closed(session, chat, self._context()))
            return None
        await self._database.run(lambda session: _follow(session, chat, new, self._context()))
        return await self._calls.send(new, message, png)

    async def _drawn(self, message: Message) -> bytes | None:
        """A message's picture; None if it has none or it cannot be drawn, and words must do."""
        if message.picture is None:
            return None
        try:
            return await self._picture(message.picture)
        except DomainError as error:
            log.warning("picture_failed", code=error.code)
            return None


def _unless_said(reply: Reply) -> Reply:
    """What is left to say when an update comes again that was answered: edits do no harm, messages would be doubled."""
    screen = reply.screen if reply.edits else None
    return dataclasses.replace(reply, screen=screen, more=(), table=None, wanted=None)


def _follow(session: Session, old: str, new: str, context: Context) -> None:
    moved = Inbound(channel=CHANNEL, chat=old, account="", kind="migrate", content=new, chat_kind=GROUP)
    respond(session, moved, context=context)


def _note_closed(session: Session, chat: str, context: Context) -> None:
    state = "gone" if chat.startswith("-") else "blocked"
    mark_unreachable(session, channel=CHANNEL, address=chat, state=state, now=context.now)
