"""What the worker and a sender say to each other: one message ready for the channel, and how it went.

PURE. A sender knows its channel and nothing of the domain; the worker knows the outbox and nothing of any channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from outbox.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class ReadyButton:
    """A button as the channel gets it: signed data of at most 64 bytes, or an address; exactly one of them."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to go. Past `start_by` it must not be started any more: another worker may have taken over.

    `document` is a PDF; `edits` the channel's own name of the message that this one replaces, and `edits_file` whether
    that one holds a picture or a document; `delivery` the number of the delivery, the same for every attempt.
    """

    address: str
    text: str
    buttons: tuple[tuple[ReadyButton, ...], ...]
    picture: bytes | None
    alt: str
    start_by: datetime
    title: str = ""
    document: bytes | None = None
    edits: str | None = None
    edits_file: bool = False
    delivery: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat has another address now; nothing was delivered."""

    address: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How a channel stands, in seconds: how long everything pauses, and which addresses rest for how long."""

    pause: float
    resting: Mapping[str, float]


class Sender(Protocol):
    """One way out. `send` says how it went and raises only when it is cancelled."""

    @property
    def channel(self) -> str:
        """The channel's name, as deliveries carry it."""

    @property
    def longest_call(self) -> float:
        """Seconds after which a `send` can no longer be under way, waiting for its turn included."""

    @property
    def look_every(self) -> float:
        """Seconds that a channel with nothing to do may be left alone; 0: it is looked at whenever the worker looks."""

    def pace(self) -> Pace:
        """What may be sent right now."""

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        """Send once, never repeat."""

    async def close(self) -> None:
        """Let go of connections."""
