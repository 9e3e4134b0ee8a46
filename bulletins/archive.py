"""The released editions as the archive keeps them: which were taken back, and which edition of a month stands.

Reads only. Refuses to know drafts, pages and messages.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins import editions
from bulletins.content import BulletinContent
from bulletins.models import Bulletin, Retraction
from bulletins.retractions import DONE


def retracted(session: Session) -> dict[int, Retraction]:
    """Edition (its number in the table) → how it was taken back, of those that were."""
    return {each.bulletin_id: each for each in session.scalars(select(Retraction).where(Retraction.state == DONE))}


def standing_contents(session: Session) -> tuple[BulletinContent, ...]:
    """What stands of every month, the oldest first: its newest released edition that was not taken back."""
    newest: dict[str, Bulletin] = {}
    gone = retracted(session)
    for bulletin in _oldest_first(editions.released(session)):
        if bulletin.id not in gone:
            newest[bulletin.period] = bulletin
    return tuple(editions.content_of(each) for each in newest.values())


def _oldest_first(found: Iterable[Bulletin]) -> list[Bulletin]:
    return sorted(found, key=lambda bulletin: (bulletin.period, bulletin.edition))
