"""Where a receipt stands, over all rounds and panels that were counted: what whoever asks about a ballot is told.

Knows published lists. Refuses to know who asks, and notes nothing about it: asking must not tell who gave which ballot.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews.models import PublishedReceipts, ReviewRound
from reviews.panel_models import Panel
from reviews.panel_rounds import published_panels
from reviews.receipt_lists import ReceiptLists, find_receipt, read_lists, read_receipt
from reviews.rounds import CLOSED, OPEN

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """`counted`, `superseded` or `void` in the round, or panel, of `period`; or `unknown`, and `waiting` names the
    months, oldest first, whose round or panel is not counted yet: a receipt of theirs stands in no list before.
    """

    receipt: str
    period: str | None
    standing: str
    waiting: tuple[str, ...]
    is_panel: bool = False
    """Whether it stands in the lists of the month's expert panel."""


def receipt_standing(session: Session, written: str) -> Standing:
    """Where a receipt stands, however a person wrote it; the newest round first. Errors: `receipt_malformed`;
    `receipt_lists_changed` for lists that somebody altered.
    """
    receipt = read_receipt(written)
    waiting = tuple(sorted({*_waiting(session, ReviewRound), *_waiting(session, Panel)}))
    rounds = session.scalars(select(PublishedReceipts.published).order_by(PublishedReceipts.period.desc())).all()
    panels = [panel.receipts or "" for panel in published_panels(session)]
    for place, published in enumerate((*rounds, *panels)):
        if receipt not in published:
            continue
        found = read_lists(published)
        return Standing(receipt, found.period, find_receipt(found, receipt) or UNKNOWN, waiting, place >= len(rounds))
    return Standing(receipt, None, UNKNOWN, waiting)


def _waiting(session: Session, of: type[ReviewRound | Panel]) -> list[str]:
    return list(session.scalars(select(of.period).where(of.state.in_((OPEN, CLOSED)))))


def published_lists(session: Session, period: Period) -> ReceiptLists | None:
    """The lists of one round, or None before its count. `receipt_lists_changed` for lists that somebody altered."""
    published = session.scalar(select(PublishedReceipts.published).where(PublishedReceipts.period == str(period)))
    return None if published is None else read_lists(published)
