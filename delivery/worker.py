"""The worker: drains the outbox through the senders, a few calls at a time, and stops without losing any.

Knows when to look and how much to take. Refuses to know what a message says, how a channel works and what an end of
an attempt means. Its clock is the real one even where the domain's clock is moved: leases and waits happen in this
world.

One transaction writes down the calls that have ended and claims the next ones, so that a message costs one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from delivery.handover import PICTURE_LIMIT, Desk, Picture, Withheld, hand_over, write_end
from delivery.outgoing import Moved, Sender
from outbox.deliveries import Claimed, claim, recover_interrupted
from outbox.outcomes import NotSent, Outcome
from storage.database import Database

T = TypeVar("T")

log = structlog.get_logger(__name__)

_MARGIN = 5.0  # seconds of a lease that are left for writing the end down
_WORTH_CLAIMING = 1.0  # seconds of pause in a channel up to which a claim is still sensible
_SHORTEST_WAIT = 0.01
_NO_WAY_OUT = frozenset({"no_connection", "token_refused"})  # not this message's fault: all others would fare alike
_BARRED_AFTER = 4  # such calls in a row; then one call at a time tries, after longer and longer waits
_LONGEST_QUIET = 60.0
_LAST_TRIES = 3  # to write ends down when stopping; after them the leases run out

_Call = asyncio.Task[Outcome | Moved]
_End = tuple[Claimed, Outcome | Moved]


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
    database_waits: tuple[float, ...] = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class _Lane:
    """One channel: its calls under way, the ends not yet written down, and whether there is a way out at all."""

    sender: Sender
    calls: dict[_Call, Claimed] = field(default_factory=dict)
    ends: list[_End] = field(default_factory=list)
    failures: int = 0  # calls in a row that found no way out
    quiet_until: float = 0.0  # on the loop's clock
    rests_until: float = 0.0  # the same: found nothing to do, and need not be looked at before

    def free(self, in_flight: int) -> int:
        """How many calls may be added; while the way seems barred, one at a time tries it."""
        places = in_flight if self.failures < _BARRED_AFTER else 1
        return max(0, places - len(self.calls))

    def collect(self, now: float, first_quiet: float) -> None:
        """Take up the calls that have ended. One that raised has a defect, which stops the worker."""
        for call in [call for call in self.calls if call.done()]:
            claimed = self.calls.pop(call)
            end = NotSent("stopped") if call.cancelled() else call.result()  # cancelled before it began
            self.ends.append((claimed, end))
            self._learn(end, now, first_quiet)

    def _learn(self, end: Outcome | Moved, now: float, first_quiet: float) -> None:
        """Be quiet for longer and longer while no call finds a way out; those that failed together count once."""
        if not (isinstance(end, NotSent) and end.code in _NO_WAY_OUT):
            self.failures = 0
        elif now >= self.quiet_until:
            self.failures += 1
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
    document: Picture | None = None,
    poke: asyncio.Event,
    withheld: Withheld = lambda _: "",
    working: Working | None = None,
) -> None:
    """Deliver until cancelled; then let calls under way finish, put the rest in doubt, close the senders, re-raise.

    `secret` signs the buttons; `picture` and `document` resolve keys to the bytes of a PNG and of a PDF. Set `poke`
    after a commit that owed something; without it the next look comes after `working.poll` seconds, or as late as a
    sender that has nothing to do says. `withheld` is asked in the transaction of each claim what must not leave now. A
    lease that is shorter than the longest call would double messages: ValueError.
    """
    working = working or Working()
    for sender in senders:
        if working.lease < PICTURE_LIMIT + sender.longest_call + _MARGIN:
            raise ValueError(f"a lease of {working.lease} s is too short for {sender.channel}")
    desk = Desk(database, clock, secret, picture, withheld, document or _no_document)
    lanes = [_Lane(sender) for sender in senders]
    try:
        await _deliver(desk, lanes, poke, working)
    finally:
        await _wind_down(desk, lanes, working)


async def _no_document(key: str) -> bytes:
    """Where nobody draws documents, none can be sent."""
    raise KeyError(key)


async def _deliver(desk: Desk, lanes: list[_Lane], poke: asyncio.Event, working: Working) -> None:
    """Look, write down, claim, hand over, wait; for ever."""
    loop = asyncio.get_running_loop()
    recover_at, failures = loop.time(), 0
    while True:
        if poke.is_set():
            poke.clear()
            for lane in lanes:
                lane.rests_until = 0.0
        try:
            if loop.time() >= recover_at:
                await _to_the_end(_recover(desk))
                recover_at = loop.time() + working.recover_every
            waits = [await _serve(desk, lane, working) for lane in lanes]
        except SQLAlchemyError as fault:
            wait = working.database_waits[min(failures, len(working.database_waits) - 1)]
            failures += 1
            log.warning("outbox_unreachable", error=type(fault).__name__, retry_in=wait)
            await asyncio.sleep(wait)
            continue
        failures = 0
        await _pause(lanes, poke, min([working.poll, *waits]))


async def _recover(desk: Desk) -> None:
    """Put in doubt what a worker that is gone left behind."""
    found = await desk.database.run(partial(recover_interrupted, now=desk.clock()))
    if found:
        log.warning("interrupted_deliveries", count=found)


async def _serve(desk: Desk, lane: _Lane, working: Working) -> float:
    """Write down what has ended and begin new calls in one channel; return the seconds until another look may help."""
    while True:
        now = asyncio.get_running_loop().time()
        lane.collect(now, working.first_quiet)
        if now < lane.rests_until and not lane.ends:
            return lane.rests_until - now
        pace = lane.sender.pace()
        pause = pace.pause if pace.pause > _WORTH_CLAIMING else 0.0  # a short one is waited out with the claim in hand
        closed_for = max(pause, lane.quiet_until - now, 0.0)
        wanted = 0 if closed_for else lane.free(working.in_flight)
        if not wanted and not lane.ends:
            return closed_for or working.poll
        # A claim that is cut off would leave attempts that nobody makes: it runs to the end, and so do its calls.
        begun = await _to_the_end(_turn_over(desk, lane, wanted, pace.resting, timedelta(seconds=working.lease)))
        if not begun:
            wait = max(min(pace.resting.values(), default=working.poll), _SHORTEST_WAIT)
            if lane.sender.look_every > working.poll and not lane.calls and not pace.resting:
                wait = lane.sender.look_every
                lane.rests_until = now + wait
            return wait


async def _turn_over(desk: Desk, lane: _Lane, wanted: int, resting: Collection[str], lease: timedelta) -> int:
    """One transaction: the ends of a channel, and up to `wanted` new attempts. Begin their calls; return how many."""
    now, ends = desk.clock(), tuple(lane.ends)
    avoid = {*resting, *(one.address for one in lane.calls.values())}

    def work(session: Session) -> list[Claimed]:
        for claimed, end in ends:
            write_end(session, claimed=claimed, end=end, now=now)
        waits = desk.withheld(session) if wanted else ""
        channel = lane.sender.channel
        return claim(session, now=now, lease=lease, limit=wanted, channel=channel, avoid=avoid, withheld=waits)

    begun = await desk.database.run(work)
    del lane.ends[: len(ends)]
    for one in begun:
        call = asyncio.create_task(hand_over(desk, lane.sender, one, lease_until=now + lease))
        lane.calls[call] = one
    return len(begun)


async def _pause(lanes: list[_Lane], poke: asyncio.Event, seconds: float) -> None:
    """Wait until a call ends, somebody pokes, or the time is over."""
    poked = asyncio.create_task(poke.wait())
    try:
        calls = [call for lane in lanes for call in lane.calls]
        await asyncio.wait([poked, *calls], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        poked.cancel()


async def _wind_down(desk: Desk, lanes: list[_Lane], working: Working) -> None:
    """Let calls under way finish; after `stop_within` cut them off, which puts them in doubt. Close the senders."""
    calls = [call for lane in lanes for call in lane.calls]
    if calls:
        _, late = await asyncio.wait(calls, timeout=working.stop_within)
        for call in late:
            call.cancel()
        await asyncio.wait(calls)
    for lane in lanes:
        lane.collect(asyncio.get_running_loop().time(), working.first_quiet)
        await _write_last_ends(desk, lane, working)
        await lane.sender.close()


async def _write_last_ends(desk: Desk, lane: _Lane, working: Working) -> None:
    """Write down the ends of a channel that will not be served again; what cannot be is left to its lease."""
    for wait in working.database_waits[:_LAST_TRIES]:
        try:
            await _to_the_end(_turn_over(desk, lane, 0, (), timedelta(seconds=working.lease)))
        except SQLAlchemyError as fault:
            log.warning("deliveries_left_to_their_lease", count=len(lane.ends), error=type(fault).__name__)
            await asyncio.sleep(wait)
        else:
            return


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work that must not be cut off half-way: a cancellation is raised only once it is done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
