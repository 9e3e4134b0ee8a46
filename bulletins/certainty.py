"""How sure a unit's place is, in words: its interval, its band, and a movement that is more than noise. PURE.

Knows the one row of a bulletin. Refuses to say more than its content holds: a month settled before there were
intervals reads as it always did.
"""

from __future__ import annotations

from collections.abc import Iterable

from bulletins.content import BulletinContent, UnitRow
from evaluation.movement import SAME
from locales.texts import text


def place_text(row: UnitRow, language: str) -> str:
    """The place, and behind it the places that are as likely: `3（2–5）`; "" for a unit without one."""
    if row.rank is None:
        return ""
    sure = row.certainty
    if sure is None or sure.rank_low is None or sure.rank_low == sure.rank_high:
        return str(row.rank)
    return text(language, "ranking.place", rank=row.rank, low=sure.rank_low, high=sure.rank_high)


def standing_text(row: UnitRow, language: str) -> str:
    """Band and movement as one phrase; a change that chance explains is not told. "" if there is nothing to say."""
    sure = row.certainty
    if sure is None:
        return ""
    parts = [text(language, f"ranking.band.{sure.band}")] if sure.band is not None else []
    if sure.movement is not None and sure.movement != SAME:
        parts.append(text(language, f"ranking.movement.{sure.movement}"))
    return text(language, "ranking.separator").join(parts)


def whole_standing_text(row: UnitRow, language: str) -> str:
    """Band and movement with the interval of places in front, for where the place itself stands in a narrow column."""
    sure = row.certainty
    if sure is None or sure.rank_low is None or sure.rank_low == sure.rank_high:
        return standing_text(row, language)
    between = text(language, "ranking.between", low=sure.rank_low, high=sure.rank_high)
    return text(language, "ranking.separator").join(part for part in (between, standing_text(row, language)) if part)


def method_text(content: BulletinContent, language: str) -> str:
    """How intervals, bands and arrows come about; "" where there are none."""
    return text(language, "ranking.method") if any(_drawn(content)) else ""


def _drawn(content: BulletinContent) -> Iterable[bool]:
    return (row.certainty is not None for tier in content.tiers for row in tier.units)
