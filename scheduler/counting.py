"""Counting a round from end to end (rule 21): read, open and fit, write, erase. Edge code, for whoever holds the key.

Knows the three steps of a count: what is on record is read in one transaction, ballots are opened and the figures
fitted with none open, and everything is written in another. Blocks for as long as that takes: call it in a thread.
Killed anywhere, it is run again and finishes, or says what was found. Keeps neither key nor marks when it returns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consortium.links import new_token
from consortium.periods import Period
from evaluation.schemes import scheme_for
from locales.errors import DomainError
from reviews.count_ballots import Progress, Uncounted, ballots_to_count, open_ballots
from reviews.count_writing import write_count
from reviews.counting import Sorted
from reviews.erasure import Erased, erase_round
from reviews.figures import Mark, RoundFigures
from reviews.figures_child import figures_of_round
from reviews.residue import seal_residue
from reviews.results import Counted
from storage.database import Database

_SEED_BYTES = 4


@dataclass(frozen=True, slots=True)
class Done:
    """A round that is counted and erased."""

    counted: Counted
    erased: Erased


def run_count(
    database: Database,
    *,
    period: Period,
    private_key: str,
    actor: str,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
) -> Done:
    """Count a closed round and erase its ballots. Errors: those of `count_round`, and of `reviews.erasure.erase_round`:
    then the round is counted, and running this again only erases.
    """
    counted = count_round(database, period=period, private_key=private_key, actor=actor, clock=clock, progress=progress)
    return Done(counted, erase_round(database, period=period, actor=actor, now=clock()))


def count_round(
    database: Database,
    *,
    period: Period,
    private_key: str,
    actor: str,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
) -> Counted:
    """Count a closed round; of one that is counted, say what was found, whatever the key.

    Errors: `round_unknown`, `round_is_open`, `ballots_missing`, `ballots_added`, `review_key_invalid`,
    `review_key_mismatch`, `fit_failed`; nothing is written then.
    """
    with database.transaction() as session:
        uncounted = ballots_to_count(session, period=period)
        if isinstance(uncounted, Counted):
            return uncounted
        unranked = _unranked_tiers(session, period)
    found = open_ballots(uncounted, private_key=private_key, progress=progress)
    figures = _figures(uncounted, found, unranked)
    residue = seal_residue(uncounted.auditor_key, figures.residue) if uncounted.auditor_key else None
    with database.transaction() as session:
        return write_count(
            session,
            uncounted=uncounted,
            found=found,
            figures=figures,
            residue=residue,
            new_id=new_token,
            actor=actor,
            now=clock(),
        )


def _figures(uncounted: Uncounted, found: Sorted, unranked: frozenset[str]) -> RoundFigures:
    return figures_of_round(
        [Mark(ballot.rater, ballot.target, ballot.marks) for ballot in found.ballots],
        units=uncounted.units,
        criteria=uncounted.criteria,
        tiers=uncounted.tiers,
        unranked=unranked,
        thresholds=uncounted.thresholds,
        seed=_seed(found),
    )


def _seed(found: Sorted) -> int:
    """A number that follows from the ballots alone: whoever counts again draws the same."""
    digest = hashlib.sha256("\n".join(found.counted).encode()).digest()
    return int.from_bytes(digest[:_SEED_BYTES])


def _unranked_tiers(session: Session, period: Period) -> frozenset[str]:
    """The tiers that the year's scheme scores and does not rank; none where there is no scheme."""
    try:
        scheme = scheme_for(session, period)
    except DomainError as refusal:
        if refusal.code != "scheme_missing":
            raise
        return frozenset()  # a round needs no scheme; the settlement will ask for it
    return frozenset(code for code, tier in scheme.tiers.items() if not tier.ranked)
