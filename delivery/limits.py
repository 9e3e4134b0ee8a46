"""How fast a channel may be written to: the arithmetic of shares, clocks and pauses.

PURE: values in, (state, wait) out. Refuses to know clocks, sleeping, libraries and databases. All times are whole
nanoseconds of one monotonic clock, so that no rounding ever lets a message through early.

Three clocks have to agree before a message may start:
- the account's: at most `per_second` starts in any second, evenly spaced. A late start may be made up by at most one
  space; after a stall nothing is caught up, for a burst is what the platform punishes.
- the chat's: one second between messages. It counts from the answer, not from the start: how long a call lay on the
  way must not bring two messages closer together at the platform.
- the group's: at most `group_limit` in any `group_window`, sliding.
After a refusal for flooding the chat is left alone for as long as the platform said, and written to half as often for
a minute; when a second chat is refused shortly after, it is the account that is too fast, and everything pauses. Each
refusal lowers the account's rate by a quarter; every ten quiet seconds give one message a second back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

SECOND = 1_000_000_000

_SAME_FLOOD = 5 * SECOND  # refusals of two chats this close together speak of the account
_ONE_BUNCH = SECOND  # calls that were under way together are refused together: the rate is lowered once
_REGAIN = 10 * SECOND
_SLOW_FOR = 60 * SECOND
_WIDEST_GAP = 8  # times the usual space


@dataclass(frozen=True, slots=True)
class Share:
    """What of the platform's limits is ours. Times in nanoseconds; the defaults are Telegram's, with 5 of 30 spared."""

    per_second: int = 25
    chat_gap: int = SECOND
    group_limit: int = 20
    group_window: int = 60 * SECOND

    def __post_init__(self) -> None:
        if min(self.per_second, self.chat_gap, self.group_limit, self.group_window) < 1:
            raise ValueError("every part of a share is at least 1")


@dataclass(frozen=True, slots=True)
class ChatClock:
    """What one chat has seen: the times that still count, and how carefully it is to be treated."""

    is_group: bool
    times: tuple[int, ...] = ()
    paused_until: int = 0
    slow_until: int = 0
    slowness: int = 1


@dataclass(frozen=True, slots=True)
class Clocks:
    """The state of all clocks of one account."""

    rate: int
    rate_changed_at: int
    next_start: int
    starts: tuple[int, ...] = ()
    paused_until: int = 0
    last_flood: tuple[str, int] | None = None
    chats: Mapping[str, ChatClock] = field(default_factory=lambda: MappingProxyType({}))


def new_clocks(share: Share, now: int) -> Clocks:
    """Return the clocks of an account that has sent nothing yet."""
    return Clocks(rate=share.per_second, rate_changed_at=now, next_start=now)


def start(clocks: Clocks, share: Share, *, chat: str, is_group: bool, now: int) -> tuple[Clocks, int]:
    """Ask to start a message to `chat` now. Wait 0: it may, and is counted. Otherwise: ask again after so long."""
    clocks = _regained(clocks, share, now)
    known = clocks.chats.get(chat) or ChatClock(is_group)
    wait = max(account_wait(clocks, now), _chat_wait(known, share, now))
    if wait > 0:
        return clocks, wait
    space = SECOND // clocks.rate
    started = replace(known, times=(*known.times, now)[-share.group_limit :] if is_group else (now,))
    return replace(
        clocks,
        next_start=max(clocks.next_start, now - space) + space,
        starts=(*clocks.starts, now)[-share.per_second :],
        chats=_still_counting(clocks.chats, share, now) | {chat: started},
    ), 0


def noted(clocks: Clocks, share: Share, *, chat: str, is_group: bool, now: int) -> Clocks:
    """A message that does not wait for its turn starts now (a reply to somebody who waits): the others make room."""
    space = SECOND // clocks.rate
    known = clocks.chats.get(chat) or ChatClock(is_group)
    times = (*known.times, now)[-share.group_limit :] if is_group else (now,)
    return replace(
        clocks,
        next_start=max(clocks.next_start, now - space) + space,
        starts=(*clocks.starts, now)[-share.per_second :],
        chats={**clocks.chats, chat: replace(known, times=times)},
    )


def answered(clocks: Clocks, *, chat: str, now: int) -> Clocks:
    """The platform answered the last message to `chat`: its spaces count from now."""
    known = clocks.chats.get(chat)
    if known is None or not known.times:
        return clocks
    return replace(clocks, chats={**clocks.chats, chat: replace(known, times=(*known.times[:-1], now))})


def flooded(clocks: Clocks, *, chat: str, is_group: bool, pause: int, now: int) -> Clocks:
    """The platform refused a message to `chat` for flooding and asked for a `pause`."""
    known = clocks.chats.get(chat) or ChatClock(is_group)
    until = now + pause
    careful = replace(
        known,
        paused_until=max(known.paused_until, until),
        slow_until=until + _SLOW_FOR,
        slowness=min(known.slowness * 2, _WIDEST_GAP),
    )
    before = clocks.last_flood
    is_the_account = before is not None and before[0] != chat and now - before[1] <= _SAME_FLOOD
    is_same_bunch = before is not None and now - before[1] <= _ONE_BUNCH
    return replace(
        clocks,
        rate=clocks.rate if is_same_bunch else max(1, clocks.rate * 3 // 4),
        rate_changed_at=now,
        paused_until=max(clocks.paused_until, until) if is_the_account else clocks.paused_until,
        last_flood=(chat, now),
        chats={**clocks.chats, chat: careful},
    )


def account_wait(clocks: Clocks, now: int) -> int:
    """How long until any message at all may start."""
    window = clocks.starts[-clocks.rate] + SECOND - now if len(clocks.starts) >= clocks.rate else 0
    return max(clocks.paused_until - now, clocks.next_start - now, window, 0)


def resting_chats(clocks: Clocks, share: Share, now: int) -> dict[str, int]:
    """The chats that may not be written to now, and for how long."""
    waits = {chat: _chat_wait(known, share, now) for chat, known in clocks.chats.items()}
    return {chat: wait for chat, wait in waits.items() if wait > 0}


def _chat_wait(known: ChatClock, share: Share, now: int) -> int:
    """How long until one chat may be written to."""
    slowness = known.slowness if now < known.slow_until else 1
    gap = known.times[-1] + share.chat_gap * slowness - now if known.times else 0
    is_full = known.is_group and len(known.times) >= share.group_limit
    window = known.times[-share.group_limit] + share.group_window - now if is_full else 0
    return max(known.paused_until - now, gap, window, 0)


def _regained(clocks: Clocks, share: Share, now: int) -> Clocks:
    """The clocks with what quiet time has given back of a lowered rate."""
    steps = (now - clocks.rate_changed_at) // _REGAIN
    if clocks.rate >= share.per_second or steps < 1:
        return clocks
    rate = min(clocks.rate + steps, share.per_second)
    return replace(clocks, rate=rate, rate_changed_at=clocks.rate_changed_at + steps * _REGAIN)


def _still_counting(chats: Mapping[str, ChatClock], share: Share, now: int) -> dict[str, ChatClock]:
    """Without the chats of which nothing counts any more, so that memory does not grow with the broadcast."""

    def counts(known: ChatClock) -> bool:
        horizon = max(share.chat_gap, share.group_window) if known.is_group else share.chat_gap
        return now < known.slow_until or (bool(known.times) and now < known.times[-1] + horizon)

    return {chat: known for chat, known in chats.items() if counts(known)}
