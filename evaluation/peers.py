"""What a settled month shows of its blind round 互评: by unit, as coarse as the count left it.

Knows the results that the month's figures were taken from: those of a round counted before the settlement and not
waived. A count never changes once it is written, so they are read where they lie. Refuses to know marks, raters and
their number: a band is all there is (rule 21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.disclosure import may_show_arrow, rater_band
from consortium.models import Unit
from consortium.periods import Period
from evaluation.elements import Wording
from evaluation.models import Scorecard, Settlement
from evaluation.peer_standing import DOWN, SAME, UP, PeerStanding
from evaluation.waivers import reason_waived
from reviews.models import ReviewRound
from reviews.results import PeerScore, peer_criteria, peer_scores
from reviews.rounds import criteria_of, round_of


def peer_standings(session: Session, period: Period) -> dict[str, PeerStanding]:
    """Unit → what its month shows of its peers; empty unless the month is settled with a counted round."""
    round_ = _round_shown(session, period)
    if round_ is None:
        return {}
    results = peer_scores(session, period)
    before = peer_scores(session, period.previous()) if _round_shown(session, period.previous()) is not None else {}
    criteria, sizes, tiers = _criteria(session, round_), _sizes(session, period, results), _tiers(session, period)
    return {
        code: PeerStanding(
            score=result.score,
            rater_band=band,
            band=result.band,
            rank_low=result.rank_low,
            rank_high=result.rank_high,
            rank_of=sizes.get(tiers.get(code, ""), 0),
            criteria=criteria.get(code, ()),
            arrow=_arrow(result, before.get(code)),
            definition=result.definition,
        )
        for code, result in results.items()
        if result.score is not None and (band := rater_band(result.raters)) is not None
    }


def _round_shown(session: Session, period: Period) -> ReviewRound | None:
    """The month's round, if the month was settled from it."""
    settlement, round_ = session.get(Settlement, str(period)), round_of(session, period)
    if settlement is None or round_ is None or reason_waived(session, period) is not None:
        return None
    is_before = round_.counted_at is not None and round_.counted_at <= settlement.settled_at
    return round_ if is_before else None


def _tiers(session: Session, period: Period) -> dict[str, str]:
    """The tier in which each unit was settled."""
    rows = session.execute(
        select(Scorecard.unit_code, Scorecard.tier)
        .join(Unit, Unit.code == Scorecard.unit_code)
        .where(Scorecard.period == str(period))
    )
    return dict(rows.all())


def _sizes(session: Session, period: Period, results: Mapping[str, PeerScore]) -> dict[str, int]:
    """How many units of each tier have a place; never fewer than the last place there is."""
    tiers = _tiers(session, period)
    sizes: dict[str, int] = defaultdict(int)
    last: dict[str, int] = defaultdict(int)
    for code, result in results.items():
        if result.rank_high is not None and code in tiers:
            sizes[tiers[code]] += 1
            last[tiers[code]] = max(last[tiers[code]], result.rank_high)
    return {tier: max(size, last[tier]) for tier, size in sizes.items()}


def _criteria(session: Session, round_: ReviewRound) -> dict[str, tuple[tuple[Wording, Fraction], ...]]:
    """Unit → its figures on single criteria, in the order and with the names frozen when the round opened."""
    found = peer_criteria(session, Period.parse(round_.period))
    if not found:
        return {}
    names = {criterion.code: criterion.name for criterion in criteria_of(round_)}
    return {
        unit: tuple((name, scores[code]) for code, name in names.items() if code in scores)
        for unit, scores in found.items()
    }


def _arrow(now: PeerScore, before: PeerScore | None) -> str | None:
    if before is None or before.score is None or now.score is None or before.definition != now.definition:
        return None
    if not may_show_arrow(before.raters, now.raters):
        return None
    return SAME if now.score == before.score else UP if now.score > before.score else DOWN
