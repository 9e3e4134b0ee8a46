"""Where something is said: alone with the bot, or in a group and what that group is for."""

from __future__ import annotations

from bot.commands import OFFICE_ROOM, PRIVATE, Place
from bot.turn import Turn
from consortium import chats

_PLACES: dict[str | None, Place] = {chats.OFFICE_ROOM: OFFICE_ROOM, chats.UNIT: "unit", chats.BULLETIN: "bulletin"}


def place_of(turn: Turn) -> Place:
    """The place of this turn, as its chat is bound now."""
    return PRIVATE if turn.is_private else _PLACES.get(turn.chat.purpose, "group")
