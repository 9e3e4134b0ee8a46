"""Robots and webhooks: one message by one POST, and an honest word on how it went.

Knows HTTP, the phases of a call, turns and limits; what a platform wants to read and what its codes mean is told by
its `Platform`. Refuses to know the domain and retries: it posts once. The address holds the key to the group, so
neither it nor any text is logged or kept: it is asked for with every message.

What a failure proves: before the connection stood, nothing was sent. A readable refusal did nothing. Everything else
may hide a message that arrived.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import structlog

from consortium.channel_definitions import is_this_machine
from delivery.limits import Share
from delivery.outgoing import Moved, Outgoing, Pace
from delivery.pacer import Pacer, TooSoonError, pace_of
from delivery.senders.hook_answers import Answer, robot_code
from delivery.senders.hook_platform import Find, Platform, Request, Where
from outbox.channel_limits import length_of, limits_of
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Uncertain

_PATIENCE, _POOL, _CONNECT, _WRITE, _READ, _UPLOAD = 2.0, 1.0, 4.0, 8.0, 8.0, 15.0
_LONGEST_CALL = _PATIENCE + _UPLOAD + _POOL + _CONNECT + _WRITE + _READ + 2.0
_LARGEST_ANSWER = 65_536

_BEFORE_SENDING = (
    httpx.ConnectError,  # refused, unreachable, name unknown, TLS failed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
log = structlog.get_logger(__name__)


class HookSender:
    """The way out to all robots of one platform, or to all webhooks. `clock` is the worker's clock."""

    longest_call = _LONGEST_CALL
    look_every = 5.0

    def __init__(
        self, platform: Platform, *, find: Find, clock: Callable[[], datetime], share: Share | None = None
    ) -> None:
        for name in ("httpx", "httpcore"):  # below a warning their lines hold addresses
            logging.getLogger(name).setLevel(logging.WARNING)
        self._platform = platform
        self._find = find
        self._clock = clock
        self._share = share or platform.share
        self._pacers: dict[str, Pacer] = {}  # each robot has a limit of its own
        self._clients: dict[bool, httpx.AsyncClient] = {}

    @property
    def channel(self) -> str:
        return self._platform.channel

    def pace(self) -> Pace:
        """What may be sent right now."""
        return pace_of(self._pacers.values())

    async def send(self, outgoing: Outgoing) -> Outcome | Moved:
        """Send one message; never raises but for cancellation."""
        if (refusal := _unfit(self.channel, outgoing)) is not None:
            return refusal
        where = await self._find(outgoing.address)
        if not isinstance(where, Where):
            return where
        pacer = self._pacers.setdefault(outgoing.address, Pacer(self._share, patience=_PATIENCE))
        try:
            await pacer.turn(outgoing.address, is_group=True)
        except TooSoonError as early:
            return RetryAt(self._clock() + timedelta(seconds=early.seconds), "paced")
        try:
            outcome = await self._deliver(where, outgoing)
        finally:
            pacer.answered(outgoing.address)
        if isinstance(outcome, RetryAt) and outcome.code == "flood":
            seconds = (outcome.at - self._clock()).total_seconds()
            pacer.flooded(outgoing.address, is_group=True, seconds=max(seconds, 0.0))
        return outcome

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def _deliver(self, where: Where, outgoing: Outgoing) -> Outcome:
        """Upload what must lie there before, then post; the start is the last moment at which nothing was sent yet."""
        uploaded = await self._uploaded(where, outgoing)
        if not isinstance(uploaded, str):
            return uploaded
        request = self._platform.request(replace(where, uploaded=uploaded), outgoing, self._clock())
        if isinstance(request, Refused):
            return request
        if self._clock() >= outgoing.start_by:
            return NotSent("lease_lost")
        answer = await self._post(request)
        if not isinstance(answer, Answer):
            return answer
        outcome = self._platform.outcome(answer, self._clock())
        self._log(outcome, answer)
        return outcome

    async def _uploaded(self, where: Where, outgoing: Outgoing) -> str | Outcome:
        upload, uploaded = self._platform.upload, self._platform.uploaded
        request = upload(where, outgoing) if upload is not None and uploaded is not None else None
        if request is None or isinstance(request, Refused):
            return request or ""
        try:
            async with asyncio.timeout(_UPLOAD):
                answer = await self._post(request)
        except TimeoutError:
            return NotSent("unreachable")
        if not isinstance(answer, Answer):
            return answer if isinstance(answer, Refused) else NotSent("unreachable")
        assert uploaded is not None
        name = uploaded(answer, self._clock())
        if isinstance(name, str):
            return name
        self._log(name, answer)
        return NotSent("unreachable") if isinstance(name, Uncertain) else name

    async def _post(self, request: Request) -> Answer | Outcome:
        """One POST, no redirects followed; the answer, or what its absence proves."""
        files = None
        if request.file is not None:
            name, file_name, content, media = request.file
            files = {name: (file_name, content, media)}
        try:
            client = self._client(request.url)
            async with client.stream(
                "POST", request.url, content=None if files else request.body, files=files, headers=dict(request.headers)
            ) as response:
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > _LARGEST_ANSWER:
                        break
                return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))
        except _BEFORE_SENDING as fault:
            self._log_fault(fault)
            return NotSent("unreachable")
        except (httpx.HTTPError, httpx.StreamError) as fault:
            self._log_fault(fault)
            return Uncertain("no_answer")

    def _client(self, url: str) -> httpx.AsyncClient:
        """Every timeout said; a proxy is for the way out, never for this machine."""
        is_here = is_this_machine(urlsplit(url).hostname or "")
        if is_here not in self._clients:
            timeout = httpx.Timeout(connect=_CONNECT, read=_READ, write=_WRITE, pool=_POOL)
            self._clients[is_here] = httpx.AsyncClient(
                timeout=timeout, follow_redirects=False, trust_env=not is_here, limits=httpx.Limits(max_connections=8)
            )
        return self._clients[is_here]

    def _log(self, outcome: Outcome, answer: Answer) -> None:
        """One line for a call that did not end well: kinds and numbers, nothing that could quote."""
        code = getattr(outcome, "code", None)
        if code is None:
            return
        said = _number(answer)
        log.warning("channel_call_failed", channel=self.channel, code=code, status=answer.status, platform_code=said)

    def _log_fault(self, fault: Exception) -> None:
        log.warning("channel_call_failed", channel=self.channel, error=type(fault).__name__)


def _unfit(channel: str, outgoing: Outgoing) -> Refused | None:
    """What the channel's own limits forbid, found before anything is sent."""
    limits = limits_of(channel)
    if outgoing.edits is not None:
        return Refused("cannot_edit")
    has_file = (limits.pictures and outgoing.picture is not None) or (
        limits.documents and outgoing.document is not None
    )
    allowed = limits.caption if has_file else limits.text
    return Refused("too_long") if length_of(outgoing.text, limits.counted_in) > allowed else None


def _number(answer: Answer) -> int | None:
    return robot_code(answer, ("errcode", "code", "StatusCode"))
