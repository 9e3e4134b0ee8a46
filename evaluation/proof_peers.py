"""Whether what peers and experts gave is still what a settled month was scored from.

A count is written once and never changes, so the figures it left and those that were frozen are the same for ever.
Refuses to know ballots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import PANEL, PEER, Scheme
from evaluation.freezing import Values
from evaluation.panel import panel_input
from evaluation.scoring import NO_PANEL, NO_ROUND, PEERS_WAIVED
from locales.errors import Finding
from reviews.panel_count import panel_figures_by_unit
from reviews.results import peer_scores

_FILE = "database"
_NOT_LOOKED_AT = frozenset((PEERS_WAIVED, NO_ROUND, NO_PANEL))  # whatever was counted later


def counted_findings(session: Session, period: Period, scheme: Scheme, lines: Iterable[Values]) -> Iterator[Finding]:
    """The peer and panel figures of a settled month against what its counts left; of longer periods nothing."""
    if not period.is_month:
        return
    peers, panel = peer_scores(session, period), panel_figures_by_unit(session, period)
    for row in lines:
        indicator = scheme.indicators[row["indicator"]]
        if row["reason"] in _NOT_LOOKED_AT or indicator.input not in {PEER, PANEL}:
            continue
        counted: Fraction | None
        if indicator.input == PEER:
            found = peers.get(row["unit_code"])
            counted = found.score if found is not None else None
        else:
            counted = panel_input(indicator, panel.get(row["unit_code"])).value
        if counted != row["value"]:
            key = f"score_line {period}/{row['unit_code']}/{indicator.code}"
            yield Finding(_FILE, key, "frozen_count_differs")
