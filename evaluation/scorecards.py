"""Scorecards 成绩单: settling a month, and reading what was settled.

A settlement freezes every figure it used, so nothing that comes later changes it. Refuses a month that is not over, one
without a scheme, one whose round is neither counted nor waived, and one that is settled already (rules 2, 17, 74).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from consortium.disclosure import may_show_count, rater_band
from consortium.models import Unit
from consortium.periods import Period
from consortium.units import all_units
from evaluation.digests import Frozen, frozen_digest
from evaluation.elements import Note, Scheme, Tier
from evaluation.explanation import Explanation, ForeignFigure, explained_line
from evaluation.freezing import Standing, Values, card_values, frozen_projection, line_values
from evaluation.inputs import gather_inputs
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.panel import refuse_panel
from evaluation.peers import peer_standings
from evaluation.refusals import refuse_period, refuse_round, round_state
from evaluation.schemes import LOCK, scheme_digest, scheme_for, scheme_version
from evaluation.scoring import PEERS_WAIVED, score_unit
from evaluation.waivers import is_agreed, reason_waived, take_up_waiver, waiver_of
from locales.errors import DomainError
from reviews.comment_desk import shown_comments
from storage.audit import record
from storage.base import Base
from storage.database import serialize
from surveys.audiences.third_party import third_party_results


@dataclass(frozen=True, slots=True)
class Card:
    """One unit's frozen score, unrounded. A dimension or party of which nothing was available is None.

    The number of raters is known here as a band only (None: below five), and so is a number of responses below five
    (None); `held_out` are patients' answers that were doubted and not released (None: not noted when it was settled).
    """

    unit_code: str
    unit_name: Mapping[str, str]
    tier: str
    total: Fraction | None
    complete: bool
    dimensions: Mapping[str, Fraction | None]
    parties: Mapping[str, Fraction | None]
    responses: int | None
    held_out: int | None
    rater_band: str | None
    rank: int | None
    rank_of: int
    unranked_reason: str | None
    lacks_only_peers: bool = False
    """Every indicator but the waived peer score has its figure."""


def settle_period(session: Session, *, period: Period, actor: str, now: datetime) -> Settlement:
    """Score every unit of a month, rank within tiers, and freeze it all; without its peers, where two waived them.

    Errors: `settlement_not_month`, `already_settled`, `period_not_over`, `scheme_missing`, `tier_without_scheme`,
    `round_open`, `round_not_counted`, `panel_open`, `panel_not_counted`. Nothing is written then.
    """
    serialize(session, LOCK)
    refuse_period(session, period, now)
    scheme = scheme_for(session, period.year)
    state = round_state(session, period, holds=True)
    waived = take_up_waiver(session, period=period, state=state, actor=actor, now=now)
    if not waived:
        refuse_round(state, period)
    refuse_panel(session, period)
    units = all_units(session)
    _refuse_tiers(scheme, units)
    codes = [unit.code for unit in units]
    inputs = gather_inputs(session, period=period, scheme=scheme, units=codes, peers_waived=waived)
    scores = {unit.code: score_unit(scheme, unit.tier, inputs[unit.code].figures) for unit in units}
    standings = [Standing(unit.code, unit.tier, inputs[unit.code], scores[unit.code]) for unit in units]
    cards = card_values(str(period), scheme, standings)
    lines = [row for standing in standings for row in line_values(str(period), scheme, standing)]
    settlement = _settlement(session, scheme, period, cards, lines, actor=actor, now=now)
    session.add(settlement)
    session.flush()
    session.execute(insert(Scorecard), cards)
    session.execute(insert(ScoreLine), lines)
    details = {"units": len(cards), "scheme": f"{scheme.year}/{scheme.version}", "digest": settlement.digest}
    details |= {"peers_waived": True} if waived else {}
    record(session, actor=actor, action="settle_period", subject=str(period), now=now, details=details)
    return settlement


def refuse_settlement(session: Session, *, period: Period, now: datetime) -> None:
    """Raise what settling this month would be refused for, as far as its time and its blind round go."""
    refuse_period(session, period, now)
    state, waiver = round_state(session, period), waiver_of(session, period)
    if waiver is None or not is_agreed(waiver):
        refuse_round(state, period)
    refuse_panel(session, period)


def settlement_of(session: Session, period: Period) -> Settlement:
    """How and when a period was settled, or `not_settled`."""
    found = session.get(Settlement, str(period))
    if found is None:
        raise DomainError("not_settled", period=str(period))
    return found


def settlements(session: Session) -> list[Settlement]:
    """Every settlement, in the order of settling."""
    return list(session.scalars(select(Settlement).order_by(Settlement.sequence)))


def scorecards(session: Session, period: Period) -> list[Card]:
    """All scorecards of a settled period in the order of the units; `not_settled` otherwise."""
    settlement_of(session, period)
    lines: dict[str, list[Values]] = defaultdict(list)
    for row in frozen_lines(session, str(period)):
        lines[row["unit_code"]].append(row)
    found = session.execute(
        select(Scorecard, Unit)
        .join(Unit, Unit.code == Scorecard.unit_code)
        .where(Scorecard.period == str(period))
        .order_by(Scorecard.position)
    )
    return [_card(card, unit.name, lines[card.unit_code]) for card, unit in found]


def explain(session: Session, *, unit_code: str, period: Period) -> Explanation:
    """Why a unit has its score: every line with every input. Errors: `not_settled`, `scorecard_missing`."""
    settlement = settlement_of(session, period)
    card = session.get(Scorecard, (str(period), unit_code))
    if card is None:
        raise DomainError("scorecard_missing", unit=unit_code, period=str(period))
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    rows = [row for row in frozen_lines(session, str(period)) if row["unit_code"] == unit_code]
    tier = scheme.tiers[card.tier]
    frozen = _card(card, session.get_one(Unit, unit_code).name, rows)
    return Explanation(
        period=period,
        unit_code=unit_code,
        unit_name=frozen.unit_name,
        tier=card.tier,
        tier_name=tier.name,
        total=card.total,
        complete=card.complete,
        earned=sum((row["points"] for row in rows if row["points"] is not None), Fraction(0)),
        available=sum((row["available"] for row in rows), Fraction(0)),
        dimensions=frozen.dimensions,
        parties=frozen.parties,
        dimension_names=scheme.dimensions,
        party_names=scheme.parties,
        responses=None if card.too_few else card.responses,
        held_out=card.held_out,
        rater_band=frozen.rater_band,
        rank=card.rank,
        rank_of=card.rank_of,
        unranked_reason=card.unranked_reason,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        scheme_title=scheme.title,
        digest=settlement.digest,
        lines=tuple(explained_line(row, scheme.indicators[row["indicator"]]) for row in rows),
        notes=tuple(note for note in scheme.notes if _concerns(note, tier)),
        third_party=_third_party(session, period, unit_code),
        peers_waived=reason_waived(session, period),
        peer=peer_standings(session, period).get(unit_code),
        peer_comments=shown_comments(session, period=period, unit_code=unit_code),
    )


def _third_party(session: Session, period: Period, unit_code: str) -> tuple[ForeignFigure, ...]:
    """Every result of a third party about the unit and just this month, whether the scheme counts it or not.

    Nothing can change them any more: results of a settled month are refused.
    """
    return tuple(
        ForeignFigure(each.source, each.definition, each.score, each.n, each.low, each.high)
        if may_show_count(each.n)
        else ForeignFigure(each.source, each.definition, None, None, None, None)
        for each in third_party_results(session, period=period).get(unit_code, [])
    )


def _concerns(note: Note, tier: Tier) -> bool:
    """Whether a remark of the scheme is about this tier's table: about all of it, or about one of its lines."""
    in_table = note.indicator is None or note.indicator in {line.indicator for line in tier.lines}
    return note.tier in {None, tier.code} and in_table


def frozen_cards(session: Session, period: str) -> list[Values]:
    """The scorecards of a period as they stand in the table, by column name."""
    found = session.scalars(select(Scorecard).where(Scorecard.period == period).order_by(Scorecard.position))
    return [_by_column(row) for row in found]


def frozen_lines(session: Session, period: str) -> list[Values]:
    """The lines of a period as they stand in the table, by column name, in the order of each table."""
    found = session.scalars(select(ScoreLine).where(ScoreLine.period == period).order_by(ScoreLine.position))
    return [_by_column(row) for row in found]


def _by_column(row: Base) -> Values:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _refuse_tiers(scheme: Scheme, units: list[Unit]) -> None:
    for unit in units:
        if unit.tier not in scheme.tiers:
            raise DomainError("tier_without_scheme", unit=unit.code, tier=unit.tier, year=scheme.year)


def _settlement(
    session: Session,
    scheme: Scheme,
    period: Period,
    cards: list[Values],
    lines: list[Values],
    *,
    actor: str,
    now: datetime,
) -> Settlement:
    """The row of a settlement, chained to the one before it."""
    previous = session.scalars(select(Settlement).order_by(Settlement.sequence.desc()).limit(1)).first()
    frozen = Frozen(
        period=str(period),
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        scheme_digest=scheme_digest(session, scheme),
        previous_digest=previous.digest if previous else None,
    )
    return Settlement(
        period=frozen.period,
        sequence=previous.sequence + 1 if previous else 1,
        settled_at=now,
        settled_by=actor,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        digest=frozen_digest(frozen, cards, lines),
        previous_digest=frozen.previous_digest,
        revision=1,
    )


def _card(card: Scorecard, name: Mapping[str, str], lines: list[Values]) -> Card:
    return Card(
        unit_code=card.unit_code,
        unit_name=name,
        tier=card.tier,
        total=card.total,
        complete=card.complete,
        dimensions=frozen_projection(lines, "dimension"),
        parties=frozen_projection(lines, "party"),
        responses=None if card.too_few else card.responses,
        held_out=card.held_out,
        rater_band=rater_band(card.raters),
        rank=card.rank,
        rank_of=card.rank_of,
        unranked_reason=card.unranked_reason,
        lacks_only_peers=_lacks_only_peers(lines),
    )


def _lacks_only_peers(lines: list[Values]) -> bool:
    reasons = {row["reason"] for row in lines if row["value"] is None and row["scheme_points"] > 0}
    return reasons == {PEERS_WAIVED}
