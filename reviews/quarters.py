"""A quarter of peer figures, from what its counted months published (rule 21).

Reading and computing are two steps, so that no transaction waits for arithmetic; the second is done once for the same
months and remembered. Knows the documents of `PeerFit`. Refuses to know ballots, and to show what a month does not.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews.figures import QuarterFigures
from reviews.figures_child import QUARTER, ask
from reviews.figures_exchange import quarter_from
from reviews.models import PeerFit
from storage.base import canonical

_REMEMBERED = 8  # quarters


@dataclass(frozen=True, slots=True)
class QuarterRounds:
    """What the counted months of a quarter published, as one text."""

    quarter: str
    documents: str


def read_quarter(session: Session, quarter: Period) -> QuarterRounds | None:
    """The documents of a quarter's counted months; None if there is no score in any. ValueError for another period."""
    if quarter.quarter is None:
        msg = "a quarter is needed"
        raise ValueError(msg)
    months = [str(month) for month in _months(quarter)]
    rows = session.execute(
        select(PeerFit.period, PeerFit.estimates)
        .where(PeerFit.period.in_(months))
        .order_by(PeerFit.period, PeerFit.part)
    )
    found: Mapping[str, list[Any]] = defaultdict(list)
    for period, estimates in rows:
        found[period].append(estimates)
    return QuarterRounds(str(quarter), canonical(found)) if found else None


def figure_quarter(rounds: QuarterRounds) -> QuarterFigures:
    """The figures of a quarter; blocks for the time a process takes. `fit_failed` if it does not succeed."""
    return _figured(rounds.quarter, rounds.documents)


def quarter_figures(session: Session, quarter: Period) -> QuarterFigures | None:
    """Both steps at once, where a short wait in a transaction that only reads does no harm."""
    rounds = read_quarter(session, quarter)
    return None if rounds is None else figure_quarter(rounds)


def _months(quarter: Period) -> Sequence[Period]:
    assert quarter.quarter is not None
    return [Period(quarter.year, month=3 * quarter.quarter - 2 + at) for at in range(3)]


@lru_cache(maxsize=_REMEMBERED)
def _figured(quarter: str, documents: str) -> QuarterFigures:
    return quarter_from(ask({"quarter": quarter, "months": json.loads(documents)}, QUARTER))
