"""PURE. The queue of updates: kept until confirmed, filtered when they are born, each in the lane of its chat.

A lane is what the real server keeps in order when it calls a webhook: the messages of a chat, the taps of a person.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Lane = tuple[str, int]

UPDATE_KINDS = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count",
    "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
    "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost",
    "removed_chat_boost",
})  # fmt: skip
DEFAULT_KINDS = UPDATE_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(slots=True)
class Pending:
    """An update that is not confirmed. A `repeated` one is kept, whatever its id, until it was handed out."""

    update_id: int
    text: str
    lane: Lane
    repeated: bool = False
    handed_out: bool = False
    in_flight: bool = False
    failures: int = 0
    due_at: float = 0.0


@dataclass(slots=True)
class UpdateQueue:
    """`held`: nothing is handed out. `copies`: how often each new update is queued. `born`: how many there were."""

    next_id: int = 700_000_001
    pending: list[Pending] = field(default_factory=list)
    allowed: frozenset[str] = DEFAULT_KINDS
    held: bool = False
    copies: int = 1
    born: int = 0


def push(queue: UpdateQueue, kind: str, content: dict[str, Any], lane: Lane) -> dict[str, Any]:
    """Queues an update and returns it; an unwanted kind is never queued, and the answer is empty."""
    if kind not in queue.allowed:
        return {}
    return push_raw(queue, {kind: content}, lane)


def push_raw(queue: UpdateQueue, body: dict[str, Any], lane: Lane) -> dict[str, Any]:
    """Queues an update as it is, however malformed. Without an id it gets the next one."""
    update = {"update_id": queue.next_id, **body}
    queue.next_id = max(queue.next_id, int(update["update_id"])) + 1
    queue.born += 1
    text = json.dumps(update)  # escapes: half a surrogate pair travels as \\udXXX, as in real life
    queue.pending.extend(Pending(update["update_id"], text, lane) for _ in range(queue.copies))
    return update


def lane_of(update: dict[str, Any]) -> Lane:
    """The lane a raw update travels in: that of its chat or its tapper, as far as it names one."""
    for kind, content in update.items():
        lane, owner = ("tap", "from") if kind == "callback_query" else ("message", "chat")
        somebody = content.get(owner) if isinstance(content, dict) else None
        number = somebody.get("id") if isinstance(somebody, dict) else None
        if isinstance(number, int):
            return (lane, number)
    return ("raw", 0)


def repeat(queue: UpdateQueue, update: dict[str, Any], *, times: int) -> None:
    """Queues an update again, with its old id, even when it was confirmed long ago."""
    text = json.dumps(update)
    queue.pending.extend(Pending(update["update_id"], text, lane_of(update), repeated=True) for _ in range(times))


def confirm(queue: UpdateQueue, offset: int) -> None:
    """Forgets what lies before `offset`; a negative one keeps only so many of the last."""
    if offset < 0:
        queue.pending = queue.pending[offset:]
    elif offset > 0:
        queue.pending = [
            update
            for update in queue.pending
            if update.update_id >= offset or (update.repeated and not update.handed_out)
        ]


def batch(queue: UpdateQueue, limit: int) -> list[Pending]:
    """The next updates for a poller: those with the lowest ids, in the order in which they lie."""
    if queue.held:
        return []
    chosen = {id(update) for update in sorted(queue.pending, key=lambda update: update.update_id)[:limit]}
    updates = [update for update in queue.pending if id(update) in chosen]
    for update in updates:
        update.handed_out = True
    return updates


def shuffle(queue: UpdateQueue, seed: int) -> None:
    random.Random(seed).shuffle(queue.pending)


def drop(queue: UpdateQueue, update: Pending) -> None:
    """Forgets one update that a webhook took."""
    queue.pending = [other for other in queue.pending if other is not update]


def next_in_lanes(queue: UpdateQueue, now: float) -> tuple[list[Pending], float | None]:
    """The head of each lane that is free and due, and the seconds until the next becomes due."""
    if queue.held:
        return [], None
    heads: dict[Lane, Pending] = {}
    for update in queue.pending:
        heads.setdefault(update.lane, update)
    waiting = [update for update in heads.values() if not update.in_flight]
    ready = [update for update in waiting if update.due_at <= now]
    later = [update.due_at - now for update in waiting if update.due_at > now]
    return ready, min(later, default=None)


def wanted_kinds(kinds: Iterable[Any] | None) -> frozenset[str] | None:
    """The kinds an `allowed_updates` value asks for; None leaves them as they were."""
    if kinds is None:
        return None
    known = frozenset(kind for kind in kinds if isinstance(kind, str) and kind in UPDATE_KINDS)
    return known or DEFAULT_KINDS
