"""The worker: drains the outbox through the senders, a few calls at a time, and stops without losing any.

Knows when to look and how much to take. Refuses to know what a message says, how a channel works and what an end of
an attempt means. Its clock is the real one even where the domain's clock is moved: leases and waits happen in this
world.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from delivery.handover import PICTURE_LIMIT, Desk, Picture, hand_over, to_the_end
from delivery.outgoing import Moved, Sender
from outbox.deliveries import claim, recover_interrupted
from outbox.outcomes import NotSent, Outcome
from storage.database import Database

log = structlog.get_logger(__name__)

_MARGIN = 5.0  # seconds of a lease that are left for writing the end down
_WORTH_CLAIMING = 1.0  # seconds of pause in a channel up to which a claim is still sensible
_SHORTEST_WAIT = 0.01
_NO_WAY_OUT = frozenset({"no_connection", "token_refused"})  # not this message's fault: all others would fare alike
_BARRED_AFTER = 4  # such calls in a row; then one call at a time tries, after longer and longer waits
_LONGEST_QUIET = 60.0

_Call = asyncio.Task[Outcome | Moved]


@dataclass(frozen=True, slots=True)
class Working:
    """How the worker works. `in_flight` calls at most in each channel; times in seconds.

    `first_quiet` is the first wait, doubled each time, after calls in a row that found no way out of this machine.
    """

    in_flight: int = 4
    lease: float = 60.0
    poll: float = 1.0
    recover_every: float = 10.0
    stop_within: float = 10.0
    first_quiet: float = 2.0
    database_waits: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class _Lane:
    """One channel and its calls under way, each with the address it goes to."""

    sender: Sender
    calls: dict[_Call, str] = field(default_factory=dict)
    failures: int = 0  # calls in a row that found no way out at all
    quiet_until: float = 0.0  # on the loop's clock

    def places(self, in_flight: int) -> int:
        """How many calls at once: one that tries the way while it seems barred."""
        return in_flight if self.failures < _BARRED_AFTER else max(1, len(self.calls))

    def ended(self, end: Outcome | Moved, now: float, first_quiet: float) -> None:
        """Learn from the end of a call whether there is a way out."""
        self.failures = self.failures + 1 if isinstance(end, NotSent) and end.code in _NO_WAY_OUT else 0
        if self.failures >= _BARRED_AFTER:
            doublings = min(self.failures - _BARRED_AFTER, 6)
            self.quiet_until = now + min(first_quiet * (1 << doublings), _LONGEST_QUIET)


async def run(
    database: Database,
    senders: Sequence[Sender],
    clock: Callable[[], datetime],
    *,
    secret: bytes,
    picture: Picture,
    poke: asyncio.Event,
    working: Working | None = None,
) -> None:
    """Deliver until cancelled; then let calls under way finish, put the rest in doubt, close the senders, re-raise.

    `secret` signs the buttons. Set `poke` after a commit that owed something; without it the next look comes after
    `working.poll` seconds. A lease that is shorter than the longest call would double messages: ValueError.
    """
    working = working or Working()
    for sender in senders:
        if working.lease < PICTURE_LIMIT + sender.longest_call + _MARGIN:
            raise ValueError(f"a lease of {working.lease} s is too short for {sender.channel}")
    desk = Desk(database, clock, secret, picture)
    lanes = [_Lane(sender) for sender in senders]
    try:
        await _deliver(desk, lanes, poke, working)
    finally:
        await _wind_down(lanes, working.stop_within)


async def _deliver(desk: Desk, lanes: list[_Lane], poke: asyncio.Event, working: Working) -> None:
    """Look, claim, hand over, wait; for ever."""
    loop = asyncio.get_running_loop()
    recover_at, failures = loop.time(), 0
    while True:
        poke.clear()
        try:
            if loop.time() >= recover_at:
                recover_at = loop.time() + working.recover_every
                await _recover(desk)
            waits = [await _fill(desk, lane, working) for lane in lanes]
        except SQLAlchemyError as fault:
            wait = working.database_waits[min(failures, len(working.database_waits) - 1)]
            failures += 1
            log.warning("outbox_unreachable", error=type(fault).__name__, retry_in=wait)
            await asyncio.sleep(wait)
            continue
        failures = 0
        await _pause(lanes, poke, min([working.poll, *waits]), working)


async def _recover(desk: Desk) -> None:
    """Put in doubt what a worker that is gone left behind."""
    now = desk.clock()
    found = await to_the_end(desk.database.run(partial(recover_interrupted, now=now)))
    if found:
        log.warning("interrupted_deliveries", count=found)


async def _fill(desk: Desk, lane: _Lane, working: Working) -> float:
    """Begin calls in the free places of one channel; return the seconds until another look may help."""
    while free := lane.places(working.in_flight) - len(lane.calls):
        pace = lane.sender.pace()
        closed_for = max(pace.pause, lane.quiet_until - asyncio.get_running_loop().time())
        if closed_for > _WORTH_CLAIMING:
            return closed_for
        # A claim that is cut off would leave attempts that nobody makes: it runs to the end, and so do its calls.
        if not await to_the_end(_begin(desk, lane, free, pace.resting, working.lease)):
            return max(min(pace.resting.values(), default=working.poll), _SHORTEST_WAIT)
    return working.poll


async def _begin(desk: Desk, lane: _Lane, free: int, resting: Collection[str], lease_seconds: float) -> int:
    """Claim up to `free` deliveries and begin a call for each; return how many there were."""
    now, lease = desk.clock(), timedelta(seconds=lease_seconds)
    wanted = partial(
        claim,
        now=now,
        lease=lease,
        limit=free,
        channel=lane.sender.channel,
        avoid={*resting, *lane.calls.values()},
    )
    claimed = await desk.database.run(wanted)
    for one in claimed:
        call = asyncio.create_task(hand_over(desk, lane.sender, one, lease_until=now + lease))
        lane.calls[call] = one.address
    return len(claimed)


async def _pause(lanes: list[_Lane], poke: asyncio.Event, seconds: float, working: Working) -> None:
    """Wait until a call ends, somebody pokes, or the time is over; a call that could not be settled raises here."""
    poked = asyncio.create_task(poke.wait())
    try:
        calls = [call for lane in lanes for call in lane.calls]
        await asyncio.wait([poked, *calls], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        poked.cancel()
    for lane in lanes:
        for call in [call for call in lane.calls if call.done()]:
            del lane.calls[call]
            _look_at(call, lane, working.first_quiet)


def _look_at(call: _Call, lane: _Lane, first_quiet: float) -> None:
    """A call whose end the database would not take is left to its lease; any other fault is a defect and stops us."""
    fault = call.exception()
    if fault is None:
        lane.ended(call.result(), asyncio.get_running_loop().time(), first_quiet)
    elif isinstance(fault, SQLAlchemyError):
        log.warning("delivery_left_to_its_lease", error=type(fault).__name__)
    else:
        raise fault


async def _wind_down(lanes: list[_Lane], seconds: float) -> None:
    """Let calls under way finish; after `seconds` cut them off, which puts them in doubt. Then close the senders."""
    calls = [call for lane in lanes for call in lane.calls]
    if calls:
        _, late = await asyncio.wait(calls, timeout=seconds)
        for call in late:
            call.cancel()
        for end in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(end, Exception):
                log.warning("delivery_left_to_its_lease", error=type(end).__name__)
    for lane in lanes:
        await lane.sender.close()
