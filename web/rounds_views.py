"""What anybody may know of a round: its dates and, after the count, the published receipts and their root.

Reads what was published and nothing else of a round; no unit is named here and no figure of one is shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.units import zone
from locales.errors import DomainError
from reviews.models import PeerFit, PublishedReceipts, ReviewRound
from reviews.receipt_lists import ReceiptLists, read_lists
from reviews.rounds import progress, round_of
from web.counting_views import RoundView, round_view

LONGEST_SHOWN = 64 * 1024
"""Characters of the lists that stand on the page itself; longer ones are there to download."""


@dataclass(frozen=True, slots=True)
class PublishedView:
    """The published lists. `matches` is False where the text is not the one whose root the count wrote down."""

    counted: int
    superseded: int
    void: int
    text: str
    matches: bool

    @property
    def is_short(self) -> bool:
        return len(self.text) <= LONGEST_SHOWN


@dataclass(frozen=True, slots=True)
class PublicRound:
    """A round for everybody. Without `published` it is not counted, and nothing but its dates is shown."""

    round: RoundView
    published: PublishedView | None
    units: int
    took_part: int


def all_rounds(session: Session, language: str) -> list[RoundView]:
    """Every round there was, the newest first."""
    local = zone(session)
    found = session.scalars(select(ReviewRound).order_by(ReviewRound.period.desc()))
    return [round_view(each, language, local) for each in found]


def quarters_counted(session: Session, language: str) -> list[tuple[str, str]]:
    """The quarters of which something was published, as (period, name), the newest first."""
    months = (Period.parse(period) for period in session.scalars(select(PeerFit.period).distinct()))
    quarters = {Period(month.year, quarter=(month.month - 1) // 3 + 1) for month in months if month.month is not None}
    ordered = sorted(quarters, key=lambda each: (each.year, each.quarter or 0), reverse=True)
    return [(str(each), period_name(each, language)) for each in ordered]


def public_round(session: Session, period: Period, language: str) -> PublicRound | None:
    """One month's round, if there was one."""
    round_ = round_of(session, period)
    if round_ is None:
        return None
    published = published_text(session, period)
    units = progress(session, period) if published is not None else []
    return PublicRound(
        round=round_view(round_, language, zone(session)),
        published=_published(published, round_.root) if published is not None else None,
        units=len(units),
        took_part=sum(each.done > 0 for each in units),
    )


def published_text(session: Session, period: Period) -> str | None:
    """The lists exactly as they were published; None before the count."""
    return session.scalar(select(PublishedReceipts.published).where(PublishedReceipts.period == str(period)))


def _published(text: str, root: str | None) -> PublishedView:
    lists = _lists(text)
    return PublishedView(
        counted=len(lists.counted),
        superseded=len(lists.superseded),
        void=len(lists.void),
        text=text,
        matches=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == root,
    )


def _lists(text: str) -> ReceiptLists:
    """The lists in a text; none where somebody has changed it into something else, which its root tells."""
    try:
        return read_lists(text)
    except DomainError:
        return ReceiptLists("", (), ())
