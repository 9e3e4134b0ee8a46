"""PURE. Updates no library can read, as they were met in real life. They are bodies for `TelegramDouble.inject`."""

from __future__ import annotations

import time
from typing import Any

Json = dict[str, Any]


def message(user: int, **fields: Any) -> Json:
    """A private message with exactly these fields beside the usual ones."""
    sender = {"id": user, "is_bot": False, "first_name": "?"}
    chat = {"id": user, "type": "private", "first_name": "?"}
    return {"message": {"message_id": 1, "date": int(time.time()), "chat": chat, "from": sender, **fields}}


def forward_without_name(user: int) -> Json:
    origin = {"type": "hidden_user", "date": int(time.time())}
    return message(user, text="你好", forward_origin=origin)


def reply_to_empty_story(user: int) -> Json:
    origin = {"type": "hidden_user", "sender_user_name": "?", "date": int(time.time())}
    return message(user, text="你好", external_reply={"origin": origin, "story": {}})


def lone_surrogate(user: int) -> Json:
    return message(user, text="好\ud83d了")


def nothing() -> Json:
    """An update with an id and no content."""
    return {}


def message_without_chat(user: int) -> Json:
    return {"message": {"message_id": 1, "date": int(time.time()), "from": {"id": user}, "text": "?"}}


def unknown_kind() -> Json:
    return {"telepathy": {"thought": "?"}}


def every_kind(user: int) -> list[Json]:
    return [
        forward_without_name(user),
        reply_to_empty_story(user),
        lone_surrogate(user),
        nothing(),
        message_without_chat(user),
        unknown_kind(),
    ]
