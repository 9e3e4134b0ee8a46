"""Bringing together what a bulletin says, from a settled month and nothing else.

Knows where each figure is frozen or tallied, and hides what small numbers must not show (rule 46) before the content
exists. Refuses to compute scores, and to read a month that is not settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.honours import honours_given
from bulletins.movements import collaboration_figures, most_improved
from bulletins.parts import (
    INCOMPLETE,
    NO_PEER_SCORE,
    BulletinContent,
    Certainty,
    Figures,
    Overall,
    Satisfaction,
    TierTable,
    TrendPoint,
    UnitRow,
    Wording,
)
from bulletins.scheme_parts import assumption, broken_bounds, earlier_years, shares_by_dimension
from bulletins.stories import stories_told
from bulletins.trends import is_comparable, trends
from consortium.disclosure import MINIMUM_SHOWN, may_show_count
from consortium.periods import Period
from consortium.units import installation
from evaluation.elements import Scheme
from evaluation.inputs import patients_responses
from evaluation.movement import movement
from evaluation.peer_standing import PeerStanding
from evaluation.peers import peer_standings
from evaluation.ranking import VETOED
from evaluation.schemes import scheme_version
from evaluation.scorecards import Card, frozen_cards, scorecards, settlement_of
from evaluation.waivers import reason_waived
from locales.errors import DomainError
from reviews.figures import DEFINITION as PEER_DEFINITION
from surveys.audiences.blindness import blind_versions
from surveys.measurement import SCORE, Measures, counted_answers, measures
from surveys.models import Tally
from surveys.questionnaires import load
from surveys.scoring import DEFINITION as SATISFACTION_DEFINITION
from surveys.sittings import VISIT
from surveys.trends import pool


def gather(session: Session, *, period: Period, edition: int, note: str | None = None) -> BulletinContent:
    """The content of an edition; `note` says what it corrects of the edition before.

    Errors: `not_settled`, and `bulletin_figures_moved` if answers were added to or taken from the month since.
    """
    settlement = settlement_of(session, period)
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    settled = scorecards(session, period)
    _refuse_moved_figures(session, period, settled)
    cards = [card for card in settled if card.unranked_reason != VETOED]  # a void score is in no table (rule 36)
    past = trends(session, period)
    sure = _certainties(session, period, past)
    dimensions = _dimensions(session, period)
    parts = _patients(session, period)
    peers, waived = peer_standings(session, period), reason_waived(session, period)
    shown = {card.unit_code: _pooled(parts[card.unit_code], dimensions) for card in cards if card.unit_code in parts}
    of_all = [each for card in cards for each in parts.get(card.unit_code, [])]
    applied = installation(session)
    beside = _Beside(
        shown, peers, sure, past, shares_by_dimension(session, period, scheme), is_waived=waived is not None
    )
    tiers = tuple(
        _tier(scheme, code, cards, beside) for code in scheme.tiers if any(card.tier == code for card in cards)
    )
    return BulletinContent(
        consortium=applied.name,
        aims=applied.aims,
        period=str(period),
        edition=edition,
        scheme=scheme.title,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        tiers=tiers,
        overall=Overall(
            units=len(cards), units_shown=len(shown), satisfaction=_pooled(of_all, dimensions) if of_all else None
        ),
        dimensions=tuple(dimensions.items()),
        history=earlier_years(session, scheme),
        assumptions=tuple(assumption(scheme, note) for note in scheme.notes if note.assumed),
        satisfaction_definition=SATISFACTION_DEFINITION,
        peer_definition=next((each.definition for each in peers.values()), PEER_DEFINITION),
        digest=settlement.digest,
        revision=settlement.revision if settlement.revision > 1 else None,
        corrects=edition - 1 if note is not None else None,
        note=note,
        modes=tuple(sorted({mode for each in of_all for mode in each.score.mode_mix})),
        peers_waived=waived,
        overrides=broken_bounds(scheme),
        groups=tuple(scheme.dimensions.items()),
        collaboration=collaboration_figures(
            session, period=period, scheme=scheme, names={card.unit_code: dict(card.unit_name) for card in cards}
        ),
        improved=most_improved((tier.code, row) for tier in tiers for row in tier.units),
        stories=stories_told(session, period),
        honours=honours_given(session, period),
    )


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the scorecards, by unit."""

    satisfaction: Mapping[str, Satisfaction]
    peers: Mapping[str, PeerStanding]
    certainties: Mapping[str, Certainty]
    trends: Mapping[str, tuple[TrendPoint, ...]]
    shares: Mapping[str, Figures]
    is_waived: bool


def _certainties(session: Session, period: Period, past: Mapping[str, tuple[TrendPoint, ...]]) -> dict[str, Certainty]:
    """Unit → how sure its place is, and whether its total has moved since the period before, if that is settled and
    its total meant the same.
    """
    before = {card["unit_code"]: card for card in frozen_cards(session, str(period.previous()))}
    found = {}
    for card in frozen_cards(session, str(period)):
        unit = card["unit_code"]
        moved = movement(before[unit], card) if unit in before and is_comparable(past[unit]) else None
        sure = Certainty(
            card["rank_low"], card["rank_high"], card["band"], moved, card["total_low"], card["total_high"]
        )
        if sure != Certainty(None, None, None, None):
            found[unit] = sure
    return found


def _refuse_moved_figures(session: Session, period: Period, cards: list[Card]) -> None:
    """Scores were frozen with so many answers; satisfaction beside them must be from the same ones."""
    tallied = patients_responses(session, counted_answers(session, period=period))
    for card in cards:
        now = tallied.get(card.unit_code, 0)
        if now != card.responses:
            few = f"1-{MINIMUM_SHOWN - 1}"
            details = {
                "frozen": few if card.responses is None else card.responses,
                "tallied": few if now is None else now,
            }
            raise DomainError("bulletin_figures_moved", period=str(period), unit=card.unit_code, **details)


def _patients(session: Session, period: Period) -> dict[str, list[Measures]]:
    """Unit → the figures of each questionnaire of patients that five answered: what is pooled is what may be shown.

    Nothing that is added up here can be taken apart into a figure that is hidden.
    """
    blind = {questionnaire for questionnaire, _ in blind_versions(session)}
    found = measures(session, period=period, definition=SATISFACTION_DEFINITION)
    shown = {
        unit: [each for name, each in of_unit.items() if name not in blind and _may_be_shown(each)]
        for unit, of_unit in found.items()
    }
    return {unit: parts for unit, parts in shown.items() if parts}


def _may_be_shown(found: Measures) -> bool:
    return may_show_count(found.score.n) and SCORE not in found.too_few


def _pooled(parts: Sequence[Measures], dimensions: Mapping[str, Wording]) -> Satisfaction:
    """Several questionnaires, or units, as one: each weighted by its responses."""
    score = pool(each.score for each in parts)
    by_code = {
        code: [each.dimensions[code] for each in parts if code in each.dimensions and code not in each.too_few]
        for code in dimensions
    }
    return Satisfaction(
        responses=score.n,
        score=score.score,
        dimensions=tuple((code, pool(found).score if found else None) for code, found in by_code.items()),
        low=score.low,
        high=score.high,
        invited=score.invited,
    )


def _dimensions(session: Session, period: Period) -> dict[str, Wording]:
    """The sub-dimensions that patients were asked about in the month, each by its name in the first questionnaire."""
    versions = session.execute(
        select(Tally.questionnaire_id, Tally.questionnaire_version)
        .where(Tally.period == str(period), Tally.stream == VISIT)
        .distinct()
        .order_by(Tally.questionnaire_id, Tally.questionnaire_version)
    )
    names: dict[str, Wording] = {}
    for questionnaire_id, version in versions:
        form = load(session, questionnaire_id, version)
        for dimension in () if form.is_blind else form.dimensions:
            names.setdefault(dimension.code, dict(dimension.name))
    return names


def _tier(
    scheme: Scheme,
    code: str,
    cards: list[Card],
    beside: _Beside,
) -> TierTable:
    """Ranked units by rank; those that share one, and those without, in the order of the cards."""
    members = [card for card in cards if card.tier == code]
    last = len(members) + 1
    members.sort(key=lambda card: last if card.rank is None else card.rank)  # stable: the order of the cards remains
    rows = tuple(_row(card, beside) for card in members)
    return TierTable(code, scheme.tiers[code].name, rank_of=members[0].rank_of, units=rows)


def _row(card: Card, beside: _Beside) -> UnitRow:
    """That a month was settled without peers is said once, not with every unit."""
    peer = beside.peers.get(card.unit_code)
    marks = [] if card.unranked_reason is None else [card.unranked_reason]
    if not card.complete and not card.lacks_only_peers:
        marks.append(INCOMPLETE)
    if card.rater_band is None and not beside.is_waived:
        marks.append(NO_PEER_SCORE)
    return UnitRow(
        code=card.unit_code,
        name=dict(card.unit_name),
        total=card.total,
        rank=card.rank,
        marks=tuple(marks),
        raters=card.rater_band,
        satisfaction=beside.satisfaction.get(card.unit_code),
        is_unanswered=card.responses == 0,
        peer=None if peer is None else replace(peer, criteria=()),
        certainty=beside.certainties.get(card.unit_code),
        shares=beside.shares.get(card.unit_code, ()),
        trend=beside.trends.get(card.unit_code, ()),
    )
