"""A count begun on the page: run in a thread of its own, to its end whatever becomes of the page.

Knows what it hands over and what may be said of the outcome: a code with its details, or that a fault was ours. The
private key and the shares live in this call's own names and in nothing that outlives it; no log line carries more of a
fault than its kind and its place.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from consortium.periods import Period
from locales.errors import DomainError
from reviews.erasure import erase_round
from reviews.rounds import COUNTED as ROUND_COUNTED
from reviews.rounds import ERASED, round_of
from reviews.trustees import Share, WrappedKey, unwrap
from scheduler.count_notices import tell_of_count
from scheduler.counting import run_count
from scheduler.panel_counting import run_waiting_panel_count
from storage.database import Database
from web.counting_room import UnderWay

COUNTED = "counted"

_log = structlog.get_logger(__name__)


def count_with(
    database: Database,
    *,
    period: Period,
    key: WrappedKey,
    shares: Sequence[Share],
    actor: str,
    clock: Callable[[], datetime],
    under_way: UnderWay,
) -> None:
    """Open the key with the shares, count the round, and the month's panel if it is closed, erase the ballots, tell
    everybody concerned.

    What came of it is in `under_way` when this returns; nothing is raised.
    """

    def progressed(done: int, total: int) -> None:
        under_way.done, under_way.total = done, total

    def work() -> None:
        private_key = unwrap(key, shares)
        found = run_count(
            database, period=period, private_key=private_key, actor=actor, clock=clock, progress=progressed
        )
        under_way.copies = found.erased.copies
        panel = run_waiting_panel_count(database, period=period, private_key=private_key, actor=actor, clock=clock)
        under_way.copies += panel.erased.copies if panel is not None else ()

    _to_its_end(database, work, period=period, clock=clock, under_way=under_way)


def erase_again(
    database: Database, *, period: Period, actor: str, clock: Callable[[], datetime], under_way: UnderWay
) -> None:
    """Erase the ballots of a round that is counted and could not be erased then; it needs no key."""

    def work() -> None:
        under_way.copies = erase_round(database, period=period, actor=actor, now=clock()).copies

    _to_its_end(database, work, period=period, clock=clock, under_way=under_way)


def _to_its_end(
    database: Database, work: Callable[[], None], *, period: Period, clock: Callable[[], datetime], under_way: UnderWay
) -> None:
    code: str = COUNTED
    details: dict[str, object] = {}
    for step in (work, partial(_tell, database, period, clock)):  # a round may be counted, and yet refuse to be erased
        try:
            step()
        except DomainError as refusal:
            _log.warning("count_refused", period=str(period), code=refusal.code)
            code, details = refusal.code, dict(refusal.details)
        except Exception as fault:  # noqa: BLE001 - nobody awaits this: the page must learn that it is over
            _log.error("count_failed", period=str(period), error=type(fault).__name__, places=_places(fault))
            code, details = "fault", {}
    under_way.details = details
    under_way.outcome = code


def _tell(database: Database, period: Period, clock: Callable[[], datetime]) -> None:
    with database.transaction() as session:
        round_ = round_of(session, period)
        if round_ is not None and round_.state in (ROUND_COUNTED, ERASED):
            tell_of_count(session, period=period, now=clock())


def _places(fault: Exception) -> list[str]:
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
