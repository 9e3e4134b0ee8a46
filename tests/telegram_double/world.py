"""What the double knows: people, groups, messages, taps, files and calls, as plain values, and how they change.

Knows nothing of HTTP, and no wording of refusals. Every change goes through `changed`, which wakes whoever waits.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_double.limits import Meter
from tests.telegram_double.updates import UpdateQueue

Json = dict[str, Any]

SUPERGROUP_BASE = -1_000_000_000_000


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    language: str
    username: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class PrivateChat:
    """How a person stands to the bot."""

    started: bool = False
    blocked: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    title: str
    is_super: bool = False
    bot_status: str = "absent"  # absent (never there), member, left, kicked
    upgraded_to: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent; pictures have a width and a height. `told_size` is what is said of its size where that is
    not its length; below zero only getFile says it.
    """

    file_id: str
    name: str
    content: bytes
    content_type: str
    width: int = 0
    height: int = 0
    told_size: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said before an edit."""

    text: str
    entities: tuple[Json, ...]
    keyboard: Json | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat; `text` is the caption where there is a file. `changed_in` is the world's version then."""

    chat: int
    id: int
    at: float
    sender: User
    kind: str  # text, photo, document, service, or the name of what a person sent
    text: str = ""
    entities: tuple[Json, ...] = ()
    keyboard: Json | None = None
    upload: Upload | None = None
    album: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Version, ...] = ()
    edited_at: float | None = None
    deleted: bool = False
    changed_in: int = 0

    @property
    def buttons(self) -> tuple[Json, ...]:
        """The inline buttons, row after row."""
        return buttons_of(self.keyboard)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(button["text"] for button in self.buttons)


@dataclass(frozen=True, slots=True)
class Tap:
    """A callback query. `born` is the number of updates there were before it."""

    id: str
    user: int
    chat: int
    message_id: int
    data: str
    born: int
    answered: bool = False
    toast: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot. `outcome`: ok, refused, lost, closed, stalled, garbled. `acted`: something happened."""

    number: int
    at: float
    method: str
    chat: int | None
    payload: Mapping[str, Any]
    outcome: str
    acted: bool
    code: int = 200
    description: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    max_connections: int
    allowed: tuple[str, ...] | None
    last_error: str = ""
    last_error_at: float = 0.0


@dataclass(slots=True)
class World:
    """Everything at one moment. Read and change it only while holding `lock`."""

    token: str
    bot: User
    clock: Callable[[], float] = time.time
    queries_live_for: int = 100
    people: dict[int, User] = field(default_factory=dict)
    private: dict[int, PrivateChat] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    last_ids: dict[int, int] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    paths: dict[str, tuple[Upload, float]] = field(default_factory=dict)  # where files lie, and until when
    taps: dict[str, Tap] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    diary: list[tuple[int, str]] = field(default_factory=list)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    queue: UpdateQueue = field(default_factory=UpdateQueue)
    meter: Meter = field(default_factory=Meter)
    webhook: Webhook | None = None
    webhook_set_at: float = float("-inf")
    version: int = 0
    polls: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    lock: threading.Condition = field(default_factory=threading.Condition)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


def buttons_of(keyboard: Json | None) -> tuple[Json, ...]:
    rows = (keyboard or {}).get("inline_keyboard", [])
    return tuple(button for row in rows for button in row)


def changed(world: World) -> None:
    """Counts the change and wakes everybody who waits for one."""
    world.version += 1
    world.lock.notify_all()
    for listener in world.listeners:
        listener()


def note(world: World, chat: int, line: str) -> None:
    """A line for the transcript of a chat."""
    moment = time.strftime("%H:%M:%S", time.gmtime(world.clock()))
    world.diary.append((chat, f"{moment} {line}"))


def next_message_id(world: World, chat: int) -> int:
    """Supergroups count for themselves; private chats and small groups share one sequence, as in Telegram."""
    sequence = chat if chat <= SUPERGROUP_BASE else 0
    world.last_ids[sequence] = world.last_ids.get(sequence, 0 if sequence else 100) + 1
    return world.last_ids[sequence]


def add_message(world: World, message: Message) -> Message:
    """Puts a new message into its chat."""
    stored = dataclasses.replace(message, changed_in=world.version + 1)
    world.messages.setdefault(message.chat, {})[message.id] = stored
    note(world, message.chat, f"{who(message.sender)}: {described(stored)}")
    changed(world)
    return stored


def replace_message(world: World, message: Message, line: str) -> Message:
    """Puts a changed message in the place of the old one; `line` tells the transcript what happened."""
    stored = dataclasses.replace(message, changed_in=world.version + 1)
    world.messages[message.chat][message.id] = stored
    note(world, message.chat, f"{who(message.sender)} {line}: {described(stored)}")
    changed(world)
    return stored


def with_edit(message: Message, *, at: float, **changes: Any) -> Message:
    """The message after an edit; what it said before is kept in its history."""
    before = Version(message.text, message.entities, message.keyboard)
    return dataclasses.replace(message, history=(*message.history, before), edited_at=at, **changes)


def who(user: User) -> str:
    return "bot" if user.is_bot else user.name


def described(message: Message) -> str:
    """One line about a message: number, what it carries, text, buttons."""
    carries = "" if message.kind == "text" else f"({message.kind}) "
    labels = f"  [{' | '.join(message.labels)}]" if message.labels else ""
    return f"#{message.id} {carries}{message.text}{labels}"
