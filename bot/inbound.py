"""What a person did in a chat, and what they get back at once. PURE values, the same for every adapter.

Knows the few kinds of things people do. Refuses to know Telegram, pages, databases and what any of it means. An
`Inbound` is never stored: it may carry marks, tickets and what patients write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bulletins.wording import one_line
from outbox.message import Message

Kind = Literal["text", "tap", "start", "command", "file", "other", "join", "left", "migrate"]
"""`other` is what cannot be read as words: a picture, a sticker. The last three are about the bot and the chat."""

ChatKind = Literal["private", "group"]
PRIVATE: Final = "private"
GROUP: Final = "group"
LONGEST_NAME = 80
VISITS: Final = "visits"

_COMMAND = re.compile(
    r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(?P<rest>\S+(?:\s+\S+){0,3}))?\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A document or a photo, as it was announced: `handle` is the platform's word for it, by which it can be fetched,
    `message_ref` the message that brought it. `size` is None if nothing was said of it.
    """

    name: str = field(repr=False)
    mime: str
    size: int | None
    handle: str = field(repr=False)
    message_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing done. `content` is the words, the button's data, the link's payload, the command's name and what was
    written behind it, or, for `left`, the new state of the chat ("blocked" or "gone"), for `migrate` its new address.

    `update_id` is the number the platform gave it, unique for `bot`; None where nothing is ever delivered twice.
    `message_ref` is the message whose button was tapped. `file` is what was sent or, with a tap, what the message with
    the button answers.
    """

    channel: str
    chat: str
    account: str
    kind: Kind
    content: str = field(default="", repr=False)
    chat_kind: ChatKind = PRIVATE
    title: str = field(default="", repr=False)
    display_name: str = field(default="", repr=False)
    language_hint: str | None = None
    message_ref: str | None = None
    bot: str = ""
    update_id: int | None = None
    file: SentFile | None = None


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file to be fetched and read after the commit: a list of visits for a unit or, by its `purpose`, something else
    (`subject` says about what). `zone` is that of times in it, `language` that of the sentence if it cannot be had.
    """

    file: SentFile
    unit_code: str
    zone: ZoneInfo
    language: str
    purpose: str = VISITS
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the speaker gets as a file; `form` is one of `link_files.MEDIA_TYPES`. Its cells may hold links."""

    name: str
    form: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    caption: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the speaker gets, after the commit.

    `screen` replaces the message `place` if `edits` (or is sent, where there is none, to answer the message `answers`),
    else it is sent. `toast` is one sentence shown over the tapped button. `more` is sent after that, in order, then
    `table` as a file. `remember` is the response whose survey message the screen is from now on; `remembered` is the
    message on record for it, which needs no writing down again. `wanted` is fetched last; what came of it is answered
    by `dialogue.respond_to_list`.
    """

    screen: Message | None = None
    edits: bool = False
    place: str | None = None
    toast: str | None = None
    more: tuple[Message, ...] = ()
    remember: str | None = None
    remembered: str | None = None
    answers: str | None = None
    table: Table | None = None
    wanted: WantedFile | None = None


def read_words(words: str) -> tuple[Kind, str]:
    """What typed words are: `/start PAYLOAD`, another command (its name in small letters, then the rest), or text."""
    found = _COMMAND.fullmatch(words.strip())
    if found is None:
        return "text", words
    name, rest = found["name"].lower(), found["rest"] or ""
    if name == "start":
        return ("text", words) if len(rest.split()) > 1 else ("start", rest)
    return "command", f"{name} {rest}".rstrip()


def short_file_name(raw: str) -> str:
    """The same for a file's name, of which the end says the most."""
    return one_line(raw)[-LONGEST_NAME:]


def short_name(raw: str) -> str:
    """A name from outside as it may be stored and shown: cleaned, on one line, cut."""
    return one_line(raw)[:LONGEST_NAME]
