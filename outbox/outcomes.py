"""How one attempt to deliver can end: five values between the senders and the outbox.

Knows the five ends and what each claims. PURE: refuses to know channels, libraries, databases and what follows
from an end for each kind of message (that is `outbox.deliveries`). Codes are short names, never text of a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel confirmed it. `ref` is the channel's own name for the message, so that it can be edited later."""

    ref: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no and will say no again: blocked, gone, bad_request and the like."""

    code: str


@dataclass(frozen=True, slots=True)
class RetryAt:
    """The channel said "later" and did nothing: not before `at` (aware UTC)."""

    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It failed before anything was handed over, so a repetition cannot double it."""

    code: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have been delivered or not; nobody can tell from here."""

    code: str


Outcome = Sent | Refused | RetryAt | NotSent | Uncertain
"""Any of the five."""
