"""The receipt of a story in chat: its code shows the story as it stands, and takes it back.

A button carries the code itself, which nobody stores. Refuses to know whose story it is.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.turn import Turn
from bulletins.stories import story_by_receipt
from bulletins.story_decisions import TakenBack, take_back_story
from bulletins.story_texts import story_state, story_words_of
from bulletins.wording import period_name
from locales.errors import DomainError
from outbox.message import Button, Message
from surveys.receipts import read_receipt_code

LETTER = "t"
SHOW, ASK, TAKE_BACK = "v", "w", "x"


def answered(turn: Turn, code: str) -> Reply | None:
    """The story that a typed code belongs to; None where it belongs to none."""
    return None if story_by_receipt(turn.session, code) is None else show_screen(turn, code, edits=False)


def show_screen(turn: Turn, code: str, *, edits: bool = True) -> Reply:
    """The story and how it stands, with the way to take it back."""
    found = story_by_receipt(turn.session, code)
    if found is None:
        raise DomainError("receipt_unfound")
    if found.words is None:
        return Reply(Message(turn.text("stories.gone")), edits=edits)
    said = turn.text(
        "stories.receipt_screen",
        state=story_state(found, turn.language),
        story=story_words_of(turn.session, found, turn.language),
    )
    return Reply(Message(said, ((_button(turn, "stories.take_back", ASK, code),),)), edits=edits)


def ask_screen(turn: Turn, code: str) -> Reply:
    """Whether to take it back: it cannot be undone."""
    rows = (
        (_button(turn, "stories.take_back_yes", TAKE_BACK, code),),
        (_button(turn, "stories.keep", SHOW, code),),
    )
    return Reply(Message(turn.text("stories.take_back_ask"), rows), edits=True)


def taken_back(turn: Turn, code: str) -> Reply:
    """The words are erased."""
    gone = take_back_story(turn.session, receipt=read_receipt_code(code) or code, now=turn.now)
    return Reply(Message(gone_words(turn, gone)), edits=True)


def gone_words(turn: Turn, gone: TakenBack) -> str:
    """What came of taking it back."""
    if gone.printed_in is None:
        return turn.text("stories.taken_back")
    return turn.text("stories.taken_back_printed", period=period_name(gone.printed_in, turn.language))


def _button(turn: Turn, key: str, verb: str, code: str) -> Button:
    return Button(turn.text(key), (LETTER, verb, code.replace("-", "")))
