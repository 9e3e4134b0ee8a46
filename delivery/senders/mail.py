"""Mail: one message for one mailbox, and an honest word on how it went.

Knows turns, limits and how a mail is put together (`mail_words`); the conversation with the server runs in a thread
(`smtp_conversation`). Refuses to know the domain and retries: it writes once. Neither mailbox, password nor text is
logged.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from delivery.limits import SECOND, Share
from delivery.outgoing import Moved, Outgoing, Pace
from delivery.pacer import Pacer, TooSoonError, pace_of
from delivery.senders.mail_words import mail_of
from delivery.senders.smtp_conversation import LONGEST_CONVERSATION, MailServer, deliver
from outbox.channel_limits import EMAIL, length_of, limits_of
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt

SHARE = Share(per_second=2, chat_gap=SECOND, group_limit=20, group_window=60 * SECOND)

_PATIENCE = 2.0

log = structlog.get_logger(__name__)

Find = Callable[[str], Awaitable[MailServer | Outcome]]
"""The server through which a mailbox is written to; or how the attempt ends when that cannot be said."""


class MailSender:
    """The way out to all mailboxes. `trust` is for the certificates of servers that are not the world's."""

    channel = EMAIL
    longest_call = _PATIENCE + LONGEST_CONVERSATION + 2.0
    look_every = 5.0

    def __init__(
        self,
        *,
        find: Find,
        clock: Callable[[], datetime],
        share: Share | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._find = find
        self._clock = clock
        self._share = share or SHARE
        self._trust = trust
        self._pacers: dict[str, Pacer] = {}

    def pace(self) -> Pace:
        """What may be sent right now."""
        return pace_of(self._pacers.values())

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        """Send one message; never raises but for cancellation."""
        limits = limits_of(EMAIL)
        if outgoing.edits is not None:
            return Refused("cannot_edit")
        if length_of(outgoing.text, limits.counted_in) > limits.text:
            return Refused("too_long")
        server = await self._find(outgoing.address)
        if not isinstance(server, MailServer):
            return server
        pacer = self._pacers.setdefault(server.id, Pacer(self._share, patience=_PATIENCE))
        try:
            await pacer.turn(outgoing.address, is_group=False)
        except TooSoonError as early:
            return RetryAt(self._clock() + timedelta(seconds=early.seconds), "paced")
        if self._clock() >= outgoing.start_by:
            return NotSent("lease_lost")
        content = mail_of(outgoing, sender=server.sender, now=self._clock()).as_bytes()
        try:
            outcome = await asyncio.to_thread(
                deliver, server, outgoing.address, content, now=self._clock(), trust=self._trust
            )
        finally:
            pacer.answered(outgoing.address)
        if (code := getattr(outcome, "code", None)) is not None:
            log.warning("channel_call_failed", channel=EMAIL, code=code)
        return outcome

    async def close(self) -> None:
        """Nothing stays open between two messages."""
