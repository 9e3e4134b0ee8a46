"""What a release owes to the groups and mailboxes: the text in its parts, then the pictures, each once and in order.

Knows which place gets what in which language, and what of an edition a channel can carry: preview and sending go
through `parts_of` alone. Refuses to know how a channel works, and who may release.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.alternatives import alternative
from bulletins.charts import EDITION, HEAT, RANKING, TRENDS, kinds_of, picture_key
from bulletins.content import BulletinContent
from bulletins.rendering import bulletin_text, caption
from bulletins.sent_editions import delivery_key
from bulletins.wording import edition_name, one_line
from consortium.chats import bulletin_chats
from consortium.models import Chat
from locales.texts import DEFAULT_LANGUAGE, text
from outbox.channel_limits import LOCAL, TELEGRAM, Limits, length_of, limits_of
from outbox.cutting import split_text
from outbox.deliveries import enqueue
from outbox.message import Message

RANKING_PART = "picture"
"""The name of the ranking among the parts; the other pictures are called after their kind."""

SENT_KINDS = (RANKING, TRENDS, HEAT)
"""The pictures that are sent, in this order; the years before are for the web and for print."""

_ROOM = 64  # units kept free in a text that can be changed later: for the line that says where the newer edition is

Parts = list[tuple[str, Message]]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A place that gets the bulletin, in which language, and in how many messages."""

    channel: str
    place: str
    language: str
    messages: int


def owe_to_groups(session: Session, bulletin_id: int, content: BulletinContent, now: datetime) -> int:
    """Enqueue an edition for every place that gets bulletins; how many deliveries that makes."""
    parts: dict[tuple[str, str], Parts] = {}
    return sum(
        _owe(session, bulletin_id, chat, _parts_for(parts, bulletin_id, content, chat), now)
        for chat in bulletin_chats(session)
    )


def recipients(session: Session, bulletin_id: int, content: BulletinContent) -> list[Recipient]:
    """Who would get this edition now: shown before anybody releases it."""
    parts: dict[tuple[str, str], Parts] = {}
    return [
        Recipient(
            chat.channel,
            one_line(chat.title) or chat.address,
            chat.language or DEFAULT_LANGUAGE,
            len(_parts_for(parts, bulletin_id, content, chat)),
        )
        for chat in bulletin_chats(session)
    ]


def channels_in_use(session: Session) -> list[str]:
    """The channels that get bulletins, by how many places each has; Telegram where there is none yet."""
    found = Counter(chat.channel for chat in bulletin_chats(session))
    return [channel for channel, _ in found.most_common()] or [TELEGRAM]


def parts_of(bulletin_id: int, content: BulletinContent, language: str, channel: str = TELEGRAM) -> Parts:
    """An edition as messages, each with the name of its part: exactly what arrives there.

    Text, ranking, trends, heat table, as far as the channel carries pictures; where text and printed edition go into
    one message, that one. Where it carries no picture, the pictures' words follow if the last text has room for them.
    """
    limits = limits_of(channel)
    whole = bulletin_text(content, language)
    texts = split_text(whole, limits.text - (_ROOM if limits.edits else 0), limits.counted_in)
    title = "" if channel in (TELEGRAM, LOCAL) else edition_name(content, language)
    if limits.documents and limits.caption >= limits.text:
        document = picture_key(bulletin_id, language, EDITION)
        messages = [Message(each, title=title) for each in texts]
        return _numbered([replace(messages[0], document=document), *messages[1:]])
    kinds = [kind for kind in SENT_KINDS if kind in kinds_of(content)]
    if not limits.pictures:
        words = [alternative(content, language, kind) for kind in kinds]
        return _numbered([Message(each, title=title) for each in _with_room(texts, words, limits)])
    said = caption(content, language) if limits.caption else ""
    pictures = [
        (
            RANKING_PART if kind == RANKING else kind,
            Message(
                said if kind == RANKING else _caption(content, language, kind, limits),
                picture=picture_key(bulletin_id, language, kind),
                alt=alternative(content, language, kind),
                title=title,
            ),
        )
        for kind in kinds
    ]
    return [*_numbered([Message(each, title=title) for each in texts]), *pictures]


def _parts_for(known: dict[tuple[str, str], Parts], bulletin_id: int, content: BulletinContent, chat: Chat) -> Parts:
    """The parts for a chat; each channel and language is cut once."""
    language = chat.language or DEFAULT_LANGUAGE
    if (chat.channel, language) not in known:
        known[chat.channel, language] = parts_of(bulletin_id, content, language, chat.channel)
    return known[chat.channel, language]


def _numbered(messages: list[Message]) -> Parts:
    return [(str(number), message) for number, message in enumerate(messages, start=1)]


def _with_room(texts: list[str], words: list[str], limits: Limits) -> list[str]:
    """The texts, and behind the last of them the words of as many pictures as fit there."""
    last = texts[-1]
    for each in words:
        longer = f"{last}\n\n{each}"
        if length_of(longer, limits.counted_in) <= limits.text:
            last = longer
    return [*texts[:-1], last]


def _caption(content: BulletinContent, language: str, kind: str, limits: Limits) -> str:
    """What stands beside another picture than the ranking; nothing where the channel takes no words there."""
    if not limits.caption:
        return ""
    return text(language, f"release.caption.{kind}", name=edition_name(content, language))


def _owe(session: Session, bulletin_id: int, chat: Chat, parts: Parts, now: datetime) -> int:
    """Each part follows the one before: if one does not arrive, those behind it wait."""
    before: int | None = None
    for part, message in parts:
        before = enqueue(
            session,
            dedupe_key=delivery_key(bulletin_id, chat.channel, chat.address, part),
            channel=chat.channel,
            address=chat.address,
            kind="bulletin",
            message=message,
            now=now,
            after=before,
        )
    return len(parts)
