"""What a chat was asked to write: the next words typed there are for the desk that asked.

A prompt lasts a day, and until words, another prompt or a way back take its place. Knows which desk asked about what.
Keeps what is written only for a desk that asks for a yes before it takes the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from bot.models import WordsPrompt
from bot.turn import Turn
from storage.database import upsert

LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Which desk asked (`purpose`), and about what (`subject`, its own code); `words` that wait for a yes."""

    purpose: str
    subject: str
    words: str | None = None


def ask_for_words(turn: Turn, *, purpose: str, subject: str) -> None:
    """From now on, words typed in this chat are for `purpose`; what was asked before is forgotten, and so is, in every
    chat, what counts no more.
    """
    turn.session.execute(delete(WordsPrompt).where(WordsPrompt.asked_at <= turn.now - LIFETIME))
    key = {"channel": turn.said.channel, "chat": turn.said.chat}
    values = {"purpose": purpose, "subject": subject, "asked_at": turn.now, "words": None}
    upsert(turn.session, WordsPrompt, {**key, **values}, conflict=list(key), update=values)


def prompt_of(turn: Turn) -> Prompt | None:
    """What this chat was asked to write, if it still counts."""
    found = turn.session.get(WordsPrompt, (turn.said.channel, turn.said.chat), populate_existing=True)
    if found is None or found.asked_at + LIFETIME <= turn.now:
        return None
    return Prompt(found.purpose, found.subject, found.words)


def keep_words(turn: Turn, words: str) -> None:
    """Keep what was written for this prompt until its writer says yes; other words take their place."""
    here = (WordsPrompt.channel == turn.said.channel) & (WordsPrompt.chat == turn.said.chat)
    turn.session.execute(update(WordsPrompt).where(here).values(words=words, asked_at=turn.now))


def forget_prompt(turn: Turn) -> None:
    """Nothing is asked any more: it was written, or the speaker went another way."""
    here = (WordsPrompt.channel == turn.said.channel) & (WordsPrompt.chat == turn.said.chat)
    turn.session.execute(delete(WordsPrompt).where(here))
