"""退订: a patient who says so, with that word alone, is not written to any more, at once and until they say otherwise.

Knows the words. A message that is one of them means it, also where a text was asked for; words around it make it an
answer. Work messages of representatives and the office are not touched. Refuses to know what is sent to whom.
"""

from __future__ import annotations

import dataclasses
import unicodedata

from bot import patients
from bot.door_screens import stopped_screen
from bot.inbound import Reply
from bot.turn import Turn
from outbox.message import Message
from surveys.fielding.optouts import opt_in, opt_out

COMMAND = "stop"
WORDS = frozenset({"退订", "停", "td", "stop", "取消", "unsubscribe"})
_LONGEST = 40


def is_stop(words: str) -> bool:
    """Whether a message is one of the words and nothing else, but for width, case and marks."""
    if len(words) > _LONGEST:
        return False
    folded = unicodedata.normalize("NFKC", words).casefold()
    return "".join(each for each in folded if unicodedata.category(each)[0] not in "PZC") in WORDS


def stopped(turn: Turn) -> Reply:
    """Write to this account no more; what is under way here is closed until its patient opens it again."""
    draft = patients.draft_of(turn)
    opt_out(turn.session, channel=turn.said.channel, account=turn.said.account, now=turn.now)
    language = draft.language if draft is not None else turn.language
    screen = stopped_screen(language, is_staff=turn.actor is not None, had_draft=draft is not None)
    return Reply(screen)


def back_in(turn: Turn) -> Reply:
    """The button that takes it back; an unfinished survey goes on where it was."""
    opt_in(turn.session, channel=turn.said.channel, account=turn.said.account, now=turn.now)
    draft = patients.draft_of(turn)
    sentence = turn.in_language(draft.language if draft is not None else turn.language).text("bot.stop.undone")
    if draft is None:
        return Reply(Message(sentence), edits=True)
    return dataclasses.replace(patients.current(turn, draft), toast=sentence)
