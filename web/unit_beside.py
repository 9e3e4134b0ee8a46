"""What stands beside a unit's scorecard: the medians of its tier, how its figures came in, whether its total moved, and
the last three months as one.

A unit learns a median only where it cannot be solved for another unit's figure. Refuses to show any other unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.comparisons import may_show_median, yardsticks
from evaluation.explanation import Explanation, explained_line
from evaluation.explanation_text import rank_text
from evaluation.freshness import freshness
from evaluation.models import Settlement
from evaluation.movement import movement
from evaluation.scorecards import frozen_cards, frozen_lines, rolling_quarter
from locales.numbers import rounded
from locales.texts import text
from web.pages import local_time
from web.unit_views import Beside, PartView, dimension_views


@dataclass(frozen=True, slots=True)
class RollingView:
    """The last three months as one: looked at, never settled, and named so."""

    name: str
    total: str
    rank: str
    dimensions: tuple[PartView, ...]


def beside_figures(session: Session, explanation: Explanation, *, sees_all: bool, language: str) -> Beside:
    """Medians that may be shown to whoever looks, and how and when each figure of the unit came in."""
    period = str(explanation.period)
    tiers = {card["unit_code"]: card["tier"] for card in frozen_cards(session, period)}
    rows = ((tiers[row["unit_code"]], row) for row in frozen_lines(session, period))
    medians = {
        indicator: each
        for (tier, indicator), each in yardsticks(rows).items()
        if tier == explanation.tier and may_show_median(each, sees_all=sees_all)
    }
    place = zone(session)
    origins = {
        indicator: text(
            language,
            "scorecard.origin",
            origin=text(language, f"explain.origin.{each.origin}"),
            at=local_time(each.recorded_at, place),
        )
        for (scope, indicator), each in freshness(session, explanation.period).items()
        if scope == explanation.unit_code
    }
    return Beside(medians, origins)


def moved_line(session: Session, explanation: Explanation, language: str) -> str:
    """Whether the total moved against the period before, or only seems to; "" where nothing can be said."""
    before = explanation.period.previous()
    if session.get(Settlement, str(before)) is None:
        return ""
    rows = [
        next((card for card in frozen_cards(session, str(each)) if card["unit_code"] == explanation.unit_code), None)
        for each in (before, explanation.period)
    ]
    if rows[0] is None or rows[1] is None:
        return ""
    moved = movement(rows[0], rows[1])
    return "" if moved is None else text(language, f"scorecard.movement.{moved}", before=before)


def rolling_view(session: Session, *, unit_code: str, month: Period, language: str) -> RollingView | None:
    """The month and the two before it as one; None where they are not all settled."""
    found = rolling_quarter(session, month)
    card = next((each for each in found.cards if each.unit_code == unit_code), None) if found is not None else None
    if found is None or card is None:
        return None
    names = {code: each.name for code, each in found.scheme.indicators.items()}
    lines = [
        explained_line(row, found.scheme.indicators[row["indicator"]], names=names)
        for row in found.lines.get(unit_code, [])
    ]
    return RollingView(
        name=found.name,
        total="—" if card.total is None else rounded(card.total),
        rank=rank_text(card.rank, card.rank_of, card.unranked_reason, language),
        dimensions=dimension_views(lines, found.scheme.dimensions, card.dimensions, language),
    )
