"""A strict double of Telegram's Bot API server, the only double in these tests.

It refuses what the real server refuses, in the same words, and records every call. It imports nothing of the product:
the product is told an address and a token, and believes that it talks to Telegram.
"""

from __future__ import annotations

from tests.telegram_double import malformed
from tests.telegram_double.double import TOKEN, TelegramDouble
from tests.telegram_double.faults import AnswerLost, ClosedBefore, Fault, Garbled, ServerError, Stall, TooMany
from tests.telegram_double.limits import Limits
from tests.telegram_double.people import Group, Person
from tests.telegram_double.world import Call, Message

__all__ = [
    "TOKEN",
    "AnswerLost",
    "Call",
    "ClosedBefore",
    "Fault",
    "Garbled",
    "Group",
    "Limits",
    "Message",
    "Person",
    "ServerError",
    "Stall",
    "TelegramDouble",
    "TooMany",
    "malformed",
]
