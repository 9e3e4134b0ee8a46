"""What a release owes to the groups: the text in its parts, then the picture, each once and in order.

Knows which group gets what in which language. Refuses to know channels, and who may release.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.charts import picture_key
from bulletins.content import BulletinContent
from bulletins.cutting import split_text
from bulletins.rendering import LONGEST_MESSAGE, alt_text, bulletin_text, caption
from consortium.chats import bulletin_chats
from consortium.models import Chat
from locales.texts import DEFAULT_LANGUAGE
from outbox.deliveries import enqueue
from outbox.message import Message


def owe_to_groups(session: Session, bulletin_id: int, content: BulletinContent, now: datetime) -> int:
    """Enqueue an edition for every bulletin group; how many deliveries that makes."""
    chats = bulletin_chats(session)
    languages = {chat.language or DEFAULT_LANGUAGE for chat in chats}
    messages = {language: parts_of(bulletin_id, content, language) for language in languages}
    return sum(_owe(session, bulletin_id, chat, messages[chat.language or DEFAULT_LANGUAGE], now) for chat in chats)


def parts_of(bulletin_id: int, content: BulletinContent, language: str) -> list[tuple[str, Message]]:
    """An edition as messages, each with the name of its part: exactly what arrives in a group."""
    texts = split_text(bulletin_text(content, language), LONGEST_MESSAGE)
    parts = [(str(number), Message(text)) for number, text in enumerate(texts, start=1)]
    picture = Message(
        caption(content, language),
        picture=picture_key(bulletin_id, language),
        alt=alt_text(content, language),
    )
    return [*parts, ("picture", picture)]


def _owe(session: Session, bulletin_id: int, chat: Chat, parts: list[tuple[str, Message]], now: datetime) -> int:
    """Each part follows the one before: if one does not arrive, those behind it wait."""
    before: int | None = None
    for part, message in parts:
        before = enqueue(
            session,
            dedupe_key=f"bulletin:{bulletin_id}:{chat.channel}:{chat.address}:{part}",
            channel=chat.channel,
            address=chat.address,
            kind="bulletin",
            message=message,
            now=now,
            after=before,
        )
    return len(parts)
