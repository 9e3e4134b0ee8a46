"""How sure a unit's place is, in words: its interval, its band, and a movement that is more than noise. PURE.

Knows the one row of a bulletin. Refuses to say more than its content holds: a month settled before there were
intervals reads as it always did.
"""

from __future__ import annotations

from collections.abc import Iterable

from bulletins.parts import BulletinContent, UnitRow
from evaluation.movement import DOWN, SAME, UP
from locales.texts import text


def place_text(row: UnitRow, language: str) -> str:
    """The place, and behind it the places that are as likely: `3（2–5）`; "" for a unit without one."""
    if row.rank is None:
        return ""
    sure = row.certainty
    if sure is None or sure.rank_low is None or sure.rank_low == sure.rank_high:
        return str(row.rank)
    return text(language, "ranking.place", rank=row.rank, low=sure.rank_low, high=sure.rank_high)


def movement_sign(row: UnitRow) -> str:
    """`↑` or `↓` where the score has moved by more than noise; "" where it has not, or nobody can say."""
    movement = row.certainty.movement if row.certainty is not None else None
    return {UP: "↑", DOWN: "↓"}.get(movement or "", "")


def band_name(row: UnitRow, language: str) -> str:
    """The band of a unit's place; "" without one."""
    band = row.certainty.band if row.certainty is not None else None
    return text(language, f"ranking.band.{band}") if band is not None else ""


def standing_text(row: UnitRow, language: str) -> str:
    """Band and movement as one phrase; a change that chance explains is not told. "" if there is nothing to say."""
    sure = row.certainty
    if sure is None:
        return ""
    parts = [text(language, f"ranking.band.{sure.band}")] if sure.band is not None else []
    if sure.movement is not None and sure.movement != SAME:
        parts.append(text(language, f"ranking.movement.{sure.movement}"))
    return text(language, "ranking.separator").join(parts)


def place_and_band_text(row: UnitRow, language: str) -> str:
    """Interval of places and band without the movement, for where an arrow stands beside the score."""
    sure = row.certainty
    if sure is None:
        return ""
    between = ""
    if sure.rank_low is not None and sure.rank_low != sure.rank_high:
        between = text(language, "ranking.between", low=sure.rank_low, high=sure.rank_high)
    return text(language, "ranking.separator").join(part for part in (between, band_name(row, language)) if part)


def movement_text(row: UnitRow, language: str) -> str:
    """The movement in words; "" where there is none to tell."""
    movement = row.certainty.movement if row.certainty is not None else None
    return text(language, f"ranking.movement.{movement}") if movement in (UP, DOWN) else ""


def method_text(content: BulletinContent, language: str) -> str:
    """How intervals, bands and arrows come about; "" where there are none."""
    return text(language, "ranking.method") if any(_drawn(content)) else ""


def _drawn(content: BulletinContent) -> Iterable[bool]:
    return (row.certainty is not None for tier in content.tiers for row in tier.units)
