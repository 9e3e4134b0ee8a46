"""What is particular about one kind of hook, as its own module tells it to the one that posts. PURE."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from delivery.limits import SECOND, Share
from delivery.outgoing import Outgoing
from delivery.senders.hook_answers import Answer
from outbox.outcomes import Outcome, Refused


@dataclass(frozen=True, slots=True)
class Where:
    """The address to post to, and the secret that requests to it are signed with. Never shown: not even by mistake.

    `uploaded` is the platform's name of what was left with it for this message.
    """

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    uploaded: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One POST. `file` is a form's file, if it is one: (field, file name, content, media type)."""

    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: tuple[str, str, bytes, str] | None = field(default=None, repr=False)


Find = Callable[[str], Awaitable[Where | Outcome]]
"""Where the messages for a delivery's address go; or how the attempt ends when that cannot be said."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What is particular about one kind of hook.

    `request` makes the POST of a message; `outcome` reads its answer. `upload` makes a POST that must come before it,
    if the message needs one, and `uploaded` reads from its answer the name of what was uploaded: nothing is shown to
    anybody by an upload.
    """

    channel: str
    share: Share
    request: Callable[[Where, Outgoing, datetime], Request | Refused]
    outcome: Callable[[Answer, datetime], Outcome]
    upload: Callable[[Where, Outgoing], Request | Refused | None] | None = None
    uploaded: Callable[[Answer, datetime], str | Outcome] | None = None


def minute_share(limit: int, *, gap_ms: int) -> Share:
    """A robot's share: at most `limit` messages in any minute, `gap_ms` milliseconds apart."""
    return Share(per_second=1000, chat_gap=gap_ms * SECOND // 1000, group_limit=limit, group_window=60 * SECOND)
