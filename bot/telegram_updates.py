"""Reading an update of Telegram: from the parsed object to an `Inbound`, or to nothing. PURE.

Knows which of the many kinds of updates concern the bot, by the attributes that the Bot API gives them. Refuses to
know the library that parsed them and what anything means. What people say to each other in groups is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.inbound import GROUP, PRIVATE, ChatKind, Inbound, Kind, SentFile, read_words, short_file_name, short_name

WANTED: Final = ("message", "callback_query", "my_chat_member")
"""The kinds of updates to ask for."""

CHANNEL: Final = "telegram"

_PEOPLE_SEND = (
    "animation", "audio", "contact", "dice", "document", "game", "location", "photo", "poll", "sticker", "story",
    "venue", "video", "video_note", "voice",
)  # fmt: skip
_IN = frozenset({"member", "administrator", "restricted", "creator"})
_LARGEST_ID = 2**63
_TO_ANOTHER = re.compile(r"/\w+@(?P<name>\w+)", re.ASCII)
_LONGEST_MIME = 100
_MOST_FIELDS = 10
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}", re.ASCII)


def read_update(update: Any, *, bot: str, bot_name: str | None) -> Inbound | None:
    """What was done, or None for what is none of the bot's affair. `update` has attributes of the right types."""
    if update.message is not None:
        return _message(update, update.message, bot, bot_name)
    if update.callback_query is not None:
        return _tap(update, update.callback_query, bot)
    if update.my_chat_member is not None:
        return _membership(update, update.my_chat_member, bot)
    return None


def update_number(raw: Any) -> int | None:
    """The number of a raw update, if it has one that can be kept."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 <= number < _LARGEST_ID else None


def chat_of(raw: Mapping[str, Any]) -> str | None:
    """The chat of a raw update that may be malformed anywhere: None if it cannot be told."""
    for kind in WANTED:
        content = raw.get(kind)
        if isinstance(content, Mapping):
            holder = content.get("message") if kind == "callback_query" else content
            chat = holder.get("chat") if isinstance(holder, Mapping) else None
            number = chat.get("id") if isinstance(chat, Mapping) else None
            if isinstance(number, int) and abs(number) < _LARGEST_ID:
                return str(number)
    return None


def field_names(places: list[tuple[Any, ...]]) -> list[str]:
    """The places of a parser's complaints as field names, without anything that stood there."""
    names = {".".join(part for part in map(str, place) if _FIELD.fullmatch(part)) for place in places}
    return sorted(names)[:_MOST_FIELDS]


def _message(update: Any, message: Any, bot: str, bot_name: str | None) -> Inbound | None:
    kind = _chat_kind(message.chat)
    if kind is None:
        return None
    moved = _moved(update, message, bot)
    if moved is not None:
        return moved
    if message.from_user is None or message.from_user.is_bot:
        return None
    said = _said(message, kind, bot, bot_name)
    if said is None:
        return None
    what, content = said
    return Inbound(
        channel=CHANNEL,
        chat=str(message.chat.id),
        account=str(message.from_user.id),
        kind=what,
        content=content,
        bot=bot,
        update_id=update.update_id,
        file=_file(message) if what == "file" else _photo(message) if what == "other" else None,
        **_about(message.chat, kind, message.from_user),
    )


def _said(message: Any, kind: ChatKind, bot: str, bot_name: str | None) -> tuple[Kind, str] | None:
    """What kind of thing a message is, and its words; None if it is nothing to us."""
    if message.text is not None:
        return read_words(message.text) if kind == PRIVATE or _is_for(message.text, bot_name) else None
    if message.document is not None:
        return ("file", "") if kind == PRIVATE or _is_document_for(message, bot, bot_name) else None
    is_said = any(getattr(message, name, None) is not None for name in _PEOPLE_SEND)
    return ("other", "") if is_said and kind == PRIVATE else None


def _is_document_for(message: Any, bot: str, bot_name: str | None) -> bool:
    """Whether a document in a group is meant for us: it answers the bot, or its caption names it."""
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and str(answered.from_user.id) == bot:
        return True
    return bot_name is not None and f"@{bot_name}".lower() in (message.caption or "").lower()


def _file(message: Any) -> SentFile | None:
    """The document that a message brings; None without one."""
    document = getattr(message, "document", None)
    if document is None:
        return None
    return SentFile(
        name=short_file_name(document.file_name or ""),
        mime=(document.mime_type or "")[:_LONGEST_MIME],
        size=document.file_size,
        handle=document.file_id,
        message_ref=str(message.message_id),
    )


def _photo(message: Any) -> SentFile | None:
    """The photo that a message brings, in the largest of its sizes; None without one."""
    sizes = getattr(message, "photo", None)
    if not sizes:
        return None
    return SentFile("photo.jpg", "image/jpeg", sizes[-1].file_size, sizes[-1].file_id, str(message.message_id))


def _moved(update: Any, message: Any, bot: str) -> Inbound | None:
    """A group became a supergroup: both chats say so, and both mean the same."""
    old, new = message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        old, new = message.migrate_from_chat_id, message.chat.id
    if new is None:
        return None
    return Inbound(
        channel=CHANNEL, chat=str(old), account="", kind="migrate", content=str(new), chat_kind=GROUP, bot=bot,
        update_id=update.update_id,
    )  # fmt: skip


def _tap(update: Any, query: Any, bot: str) -> Inbound | None:
    message = query.message
    kind = _chat_kind(message.chat) if message is not None else None
    if kind is None or query.data is None:
        return None
    return Inbound(
        channel=CHANNEL,
        chat=str(message.chat.id),
        account=str(query.from_user.id),
        kind="tap",
        content=query.data,
        message_ref=str(message.message_id),
        bot=bot,
        update_id=update.update_id,
        file=_answered_file(message),
        **_about(message.chat, kind, query.from_user),
    )


def _answered_file(message: Any) -> SentFile | None:
    """The document that the message with the button answers: it names its file, so that nobody needs to keep that."""
    answered = getattr(message, "reply_to_message", None)  # a message that is too old says nothing
    return _file(answered) if answered is not None else None


def _membership(update: Any, change: Any, bot: str) -> Inbound | None:
    kind = _chat_kind(change.chat)
    if kind is None:
        return None
    is_in, was_in = change.new_chat_member.status in _IN, change.old_chat_member.status in _IN
    if is_in and was_in:
        return None  # only what the bot may do there has changed
    return Inbound(
        channel=CHANNEL,
        chat=str(change.chat.id),
        account=str(change.from_user.id),
        kind="join" if is_in else "left",
        content="" if is_in else ("blocked" if kind == PRIVATE else "gone"),
        bot=bot,
        update_id=update.update_id,
        **_about(change.chat, kind, change.from_user),
    )


def _about(chat: Any, kind: ChatKind, person: Any) -> dict[str, Any]:
    return {
        "chat_kind": kind,
        "title": short_name(chat.title or "") if kind == GROUP else "",
        "display_name": short_name(person.full_name),
        "language_hint": person.language_code,
    }


def _chat_kind(chat: Any) -> ChatKind | None:
    if chat.type == "private":
        return PRIVATE
    return GROUP if chat.type in ("group", "supergroup") else None


def _is_for(words: str, bot_name: str | None) -> bool:
    """Whether words in a group are a command, and not one for another bot."""
    if not words.startswith("/"):
        return False
    named = _TO_ANOTHER.match(words)
    return named is None or bot_name is None or named["name"].lower() == bot_name.lower()
