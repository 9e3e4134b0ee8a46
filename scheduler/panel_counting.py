"""Counting a panel from end to end (rule 18): read, open, write, erase. Edge code, for whoever holds the key.

As `scheduler.counting` does with a round: no transaction is open while ballots are opened; killed anywhere it is run
again and finishes, or says what was found. Keeps neither key nor marks when it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consortium.periods import Period
from locales.errors import DomainError
from reviews.count_ballots import Progress, open_ballots
from reviews.erasure import Erased, erase_round
from reviews.panel_count import PanelCounted, panel_to_count, take_means, write_panel_count
from reviews.panel_models import Panel
from reviews.panel_rounds import panel_of
from reviews.rounds import CLOSED, COUNTED
from storage.database import Database

_COUNTED_MEANWHILE = ("panel_is_counted", "panel_is_erased")


@dataclass(frozen=True, slots=True)
class PanelDone:
    """A panel that is counted and erased."""

    counted: PanelCounted
    erased: Erased


def run_panel_count(
    database: Database,
    *,
    period: Period,
    private_key: str,
    actor: str,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
) -> PanelDone:
    """Count a closed panel and erase its ballots. Errors: those of `count_panel`, and of `erase_round`: then the panel
    is counted, and running this again only erases.
    """
    counted = count_panel(database, period=period, private_key=private_key, actor=actor, clock=clock, progress=progress)
    return PanelDone(counted, erase_round(database, period=period, actor=actor, now=clock(), of=Panel))


def run_waiting_panel_count(
    database: Database, *, period: Period, private_key: str, actor: str, clock: Callable[[], datetime]
) -> PanelDone | None:
    """The same for the month's panel if it waits for its count or its erasure; None, and nothing done, if not."""
    with database.transaction() as session:
        panel = panel_of(session, period)
        waits = panel is not None and panel.state in (CLOSED, COUNTED)
    if not waits:
        return None
    return run_panel_count(database, period=period, private_key=private_key, actor=actor, clock=clock)


def count_panel(
    database: Database,
    *,
    period: Period,
    private_key: str,
    actor: str,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
) -> PanelCounted:
    """Count a closed panel; of one that is counted, say what was found, whatever the key.

    Errors: `panel_unknown`, `panel_is_open`, `ballots_missing`, `ballots_added`, `review_key_invalid`,
    `review_key_mismatch`; nothing is written then.
    """
    with database.transaction() as session:
        ballots = panel_to_count(session, period=period)
    if isinstance(ballots, PanelCounted):
        return ballots
    found = take_means(ballots, open_ballots(ballots, private_key=private_key, progress=progress))
    try:
        with database.transaction() as session:
            return write_panel_count(session, found, actor=actor, now=clock())
    except DomainError as refusal:
        if refusal.code not in _COUNTED_MEANWHILE:
            raise
    with database.transaction() as session:  # somebody else has written the same
        counted = panel_to_count(session, period=period)
    assert isinstance(counted, PanelCounted)
    return counted
