"""What a bulletin says of the months behind it: each unit's scores and places of the last twelve, with their breaks.

Knows frozen rows of settled periods only. A line breaks where another version of the scheme scored, where a figure was
made by another definition, and where other parts were there to be scored (a month without its peers, say). Refuses to
compute a score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.parts import OTHER_PARTS, TrendPoint
from consortium.periods import Period
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.series import SCHEME, UNIT, Meaning, TimedFigure, breaks_of

LENGTH = 12
"""How many periods are looked back on, the newest one among them."""


def trends(session: Session, period: Period) -> dict[str, tuple[TrendPoint, ...]]:
    """Unit → its last periods of the same length up to `period`, oldest first, from its first settled one on."""
    names = [str(each) for each in _back_from(period)]
    versions = {
        row.period: (row.scheme_year, row.scheme_version)
        for row in session.scalars(select(Settlement).where(Settlement.period.in_(names)))
    }
    cards: dict[str, dict[str, Scorecard]] = defaultdict(dict)
    for card in session.scalars(select(Scorecard).where(Scorecard.period.in_(list(versions)))):
        cards[card.unit_code][card.period] = card
    meanings = _meanings(session, versions)
    return {unit: _points(names, found, unit, meanings) for unit, found in cards.items()}


def is_comparable(trend: Sequence[TrendPoint]) -> bool:
    """Whether the newest score and the one of the period before it mean the same."""
    return len(trend) > 1 and not trend[-1].is_break and None not in (trend[-1].total, trend[-2].total)


def _back_from(period: Period) -> list[Period]:
    found = [period]
    while len(found) < LENGTH:
        found.insert(0, found[0].previous())
    return found


def _meanings(session: Session, versions: Mapping[str, tuple[int, int]]) -> dict[tuple[str, str], Meaning]:
    """(Period, unit) → what its total is a total of: the scheme's version, definitions, and parts that were there."""
    columns = (ScoreLine.period, ScoreLine.unit_code, ScoreLine.party, ScoreLine.dimension, ScoreLine.definition,
               ScoreLine.available)  # fmt: skip
    parts: dict[tuple[str, str], set[str]] = defaultdict(set)
    definitions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, unit, party, dimension, definition, available in session.execute(
        select(*columns).where(ScoreLine.period.in_(list(versions)))
    ):
        if available > 0:
            parts[name, unit] |= {f"party {party}", f"dimension {dimension}"}
            definitions[name, unit] |= {definition} if definition is not None else set()
    return {
        (name, unit): Meaning(_joined(definitions[name, unit]), _joined(found), scheme=versions[name])
        for (name, unit), found in parts.items()
    }


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _points(
    names: Sequence[str], cards: Mapping[str, Scorecard], unit: str, meanings: Mapping[tuple[str, str], Meaning]
) -> tuple[TrendPoint, ...]:
    first = next(at for at, name in enumerate(names) if name in cards)
    points = [_point(name, cards.get(name)) for name in names[first:]]
    figures = [TimedFigure(each.period, each.total, meanings.get((each.period, unit), Meaning())) for each in points]
    for found in breaks_of(figures):
        reasons = (SCHEME,) if SCHEME in found.reasons else found.reasons  # another scheme has other parts, too
        named = tuple(OTHER_PARTS if reason == UNIT else reason for reason in reasons)
        points[found.at] = replace(points[found.at], is_break=True, reasons=named)
    return tuple(points)


def _point(name: str, card: Scorecard | None) -> TrendPoint:
    if card is None:
        return TrendPoint(name, None, None, None, None, 0, is_break=False)
    return TrendPoint(name, card.total, card.total_low, card.total_high, card.rank, card.rank_of, is_break=False)
