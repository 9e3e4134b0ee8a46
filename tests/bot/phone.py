"""A person's phone, for tests: says, taps and reads like people do, through the real dialogue, and keeps a transcript.

Knows what a chat client knows: messages, buttons, edits, toasts. Its channel is "telegram", its messages have numbers.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import visit_desk
from bot.dialogue import respond, respond_to_file, respond_to_list
from bot.inbound import VISITS, Inbound, Reply, SentFile, Table, WantedFile, read_words
from bot.turn import Context
from outbox.message import Button, Message, encode_action
from storage.base import Base
from storage.database import Database
from surveys.fielding.visit_files import read_visits
from surveys.responses import remember_message

SECRET = b"a secret for tests"
BOT = "4242"
_updates = itertools.count(1000)


@dataclass
class Phone:
    """One person in one private chat (or, with `chat`, in a group)."""

    database: Database
    account: str
    now: datetime
    name: str = "someone"
    chat: str = ""
    title: str = ""
    language: str | None = "zh-hans"
    messages: dict[str, Message] = field(default_factory=dict)
    toast: str | None = None
    log: list[str] = field(default_factory=list)
    last: Inbound | None = None
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    public_url: str | None = "https://tongping.example"
    contents: dict[str, bytes] = field(default_factory=dict)  # of the files sent, by handle
    answered: dict[str, SentFile] = field(default_factory=dict)  # what messages of the bot answer
    tables: list[Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chat = self.chat or self.account

    # --- what a person does

    def starts(self, payload: str = "") -> None:
        self.log.append(f"{self.name} opens the link" if payload else f"{self.name}: /start")
        self.does(self.inbound(kind="start", content=payload))

    def says(self, words: str) -> None:
        self.log.append(f"{self.name}: {words}")
        kind, content = read_words(words)
        self.does(self.inbound(kind=kind, content=content))

    def sends_file(self, name: str, content: bytes, *, mime: str = "text/csv", size: int | None = None) -> None:
        self.log.append(f"{self.name} sends the file {name}")
        number = str(next(self.numbers))
        file = SentFile(name, mime, len(content) if size is None else size, f"file-{number}", number)
        self.contents[file.handle] = content
        self.does(self.inbound(kind="file", file=file))

    def sends_photo(self, content: bytes) -> None:
        self.log.append(f"{self.name} sends a photo")
        number = str(next(self.numbers))
        file = SentFile("photo.jpg", "image/jpeg", len(content), f"photo-{number}", number)
        self.contents[file.handle] = content
        self.does(self.inbound(kind="other", file=file))

    def taps(self, label: str, *, ref: str | None = None) -> None:
        self.log.append(f"{self.name} taps [{label}]")
        place, button = self.find(label, ref)
        self.does(self.tap(place, button))

    def taps_twice(self, label: str) -> None:
        """A double tap: two updates, both with the button as it was."""
        self.log.append(f"{self.name} taps [{label}] twice")
        place, button = self.find(label)
        first, second = self.tap(place, button), self.tap(place, button)
        self.does(first)
        self.does(second)

    def again(self) -> None:
        """The platform delivers the last update once more."""
        assert self.last is not None
        self.does(self.last)

    # --- what a person sees

    @property
    def screen(self) -> str:
        return self.message.text

    @property
    def message(self) -> Message:
        """The newest message with buttons, else the newest."""
        return self.messages[self.newest]

    @property
    def newest(self) -> str:
        with_buttons = [ref for ref, message in self.messages.items() if message.buttons]
        return (with_buttons or list(self.messages))[-1]

    @property
    def buttons(self) -> list[str]:
        return [button.text for row in self.message.buttons for button in row]

    @property
    def said(self) -> list[str]:
        """The texts of all messages, oldest first."""
        return [message.text for message in self.messages.values()]

    # --- the machinery

    def inbound(self, **values: Any) -> Inbound:
        base = Inbound(
            channel="telegram", chat=self.chat, account=self.account, kind="text", display_name=self.name,
            title=self.title, chat_kind="group" if self.chat.startswith("-") else "private",
            language_hint=self.language, bot=BOT, update_id=next(_updates),
        )  # fmt: skip
        return replace(base, **values)

    def tap(self, ref: str, button: Button) -> Inbound:
        data = encode_action(SECRET, self.chat, button.action)
        return self.inbound(kind="tap", content=data, message_ref=ref, file=self.answered.get(ref))

    def find(self, label: str, ref: str | None = None) -> tuple[str, Button]:
        places = [ref] if ref is not None else list(reversed(self.messages))
        for place in places:
            for row in self.messages[place].buttons:
                for button in row:
                    if button.text.removeprefix("✓ ") == label.removeprefix("✓ "):
                        return place, button
        raise AssertionError(f"no button [{label}]; there are {self.buttons}")

    def does(self, said: Inbound) -> Reply:
        self.last, self.toast = said, None
        with self.database.transaction() as session:
            reply = respond(session, said, context=self.context)
        self.receives(reply, said)
        return reply

    @property
    def context(self) -> Context:
        return Context(SECRET, self.now, self.public_url, "tongping_bot")

    def is_fetched(self, wanted: WantedFile, said: Inbound) -> None:
        """The file that the dialogue wants: read, and answered, as the door does it."""
        content = self.contents[wanted.file.handle]
        if wanted.purpose != VISITS:
            with self.database.transaction() as session:
                answer = respond_to_file(session, said, context=self.context, wanted=wanted, content=content)
            self.receives(answer, said)
            return
        visits, findings = read_visits(content, file=visit_desk.FILE, zone=wanted.zone)
        with self.database.transaction() as session:
            reply = respond_to_list(
                session, said, context=self.context, wanted=wanted, visits=visits, findings=findings
            )
        self.receives(reply, said)

    def receives(self, reply: Reply, said: Inbound) -> None:
        if reply.toast is not None:
            self.toast = reply.toast
            self.log.append(f"  (toast) {reply.toast}")
        if reply.screen is not None:
            place = (reply.place or said.message_ref) if reply.edits else None
            ref = self.shows(reply.screen, place if place in self.messages else None)
            if reply.answers is not None and said.file is not None:
                self.answered[ref] = said.file
            if reply.remember is not None and ref != reply.remembered:
                with self.database.transaction() as session:
                    remember_message(session, response_id=reply.remember, message_ref=ref)
        for message in reply.more:
            self.shows(message, None)
        if reply.table is not None:
            self.tables.append(reply.table)
            self.log.append(f"  (file {reply.table.name}) {reply.table.caption}")
        if reply.wanted is not None:
            self.is_fetched(reply.wanted, said)

    def shows(self, message: Message, place: str | None) -> str:
        ref = place or str(next(self.numbers))
        is_same = self.messages.get(ref) == message
        self.messages[ref] = message
        self.log += rendered(message, ref, "same" if is_same else "edit" if place else "new")
        return ref


def everything_stored(database: Database) -> bytes:
    """The database as somebody who reads it sees it: the file's bytes, or on a server every row of every table."""
    if database.is_sqlite:
        return Path(str(database.engine.url.database)).read_bytes()
    with database.transaction() as session:
        rows = [session.execute(table.select()).all() for table in Base.metadata.sorted_tables]
    return repr(rows).encode("utf-8", "surrogatepass")


def rendered(message: Message, ref: str, how: str) -> list[str]:
    """A message as lines of a transcript."""
    if how == "same":
        return [f"  #{ref} stays as it is"]
    lines = [f"  #{ref}{' (edited)' if how == 'edit' else ''}"]
    lines += [f"    {line}".rstrip() for line in message.text.split("\n")]
    if message.picture is not None:
        lines.append(f"    (picture {message.picture})")
    lines += ["    " + " ".join(f"[{button.text}]" for button in row) for row in message.buttons]
    return lines
