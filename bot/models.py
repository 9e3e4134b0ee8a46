"""The chat's own tables: which updates were handled, which could not be, and which typed answer a chat waits for.

No row holds what was said: no button data, no marks, no ticket, and no text but what waits for its writer's own yes
(an objection, before it is handed in). Rows of handled updates older than what the
platform still delivers (Telegram: 24 hours) are of no more use and may be removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class HandledUpdate(Base):
    """An update whose effect is in the database: the row and the effect are one transaction.

    `update_id` is the update's number under a key (`bot.dialogue.noted_number`).
    """

    __tablename__ = "handled_update"

    bot: Mapped[str] = mapped_column(String(20), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(60))  # "done", or the code of the refusal
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SetAside(Base):
    """An update that could not be handled: why, and the names of the fields at fault; never what they held."""

    __tablename__ = "set_aside"

    bot: Mapped[str] = mapped_column(String(20), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(60))
    fields: Mapped[list[Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WordsPrompt(Base):
    """A chat was asked to write something: the next words typed there are for it, unless a survey is open.

    `purpose` says which desk asked, `subject` about what. `words` is what was written, where the desk asks its writer
    once more before it takes them; None elsewhere.
    """

    __tablename__ = "words_prompt"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    chat: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[str | None] = mapped_column(Text)


class TextPrompt(Base):
    """A chat looks at another question than the one that is asked next, or at the review (""): typed words are for it.

    Typed words name no question, as a button does. The row counts only while the response has this revision, so any
    change of the answers makes it void.
    """

    __tablename__ = "text_prompt"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    chat: Mapped[str] = mapped_column(String(64), primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"))
    question_id: Mapped[str] = mapped_column(String(255))
    revision: Mapped[int]
