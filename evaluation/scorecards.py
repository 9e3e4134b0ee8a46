"""Scorecards 成绩单: settling a month, a quarter or a year, and reading what was settled.

A settlement freezes every figure it used, so nothing that comes later changes it. Refuses a period that is not over,
one without a scheme, a month whose round is neither counted nor waived, a quarter or year with a month that is not
settled, and what is settled already (rules 2, 17, 74, 75).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.disclosure import rater_band
from consortium.models import Unit
from consortium.periods import Period
from evaluation.actions import follow_settlement
from evaluation.elements import Scheme
from evaluation.freezing import Standing, Values, frozen_projection
from evaluation.inputs import gather_inputs, region_inputs
from evaluation.members import members
from evaluation.models import Settlement
from evaluation.panel import refuse_panel
from evaluation.refusals import refuse_month, refuse_period, refuse_round, round_state
from evaluation.schemes import LOCK, move_schemes, scheme_for
from evaluation.scored_rows import paid_bonuses, peer_documents, scored_rows
from evaluation.scoring import PEERS_WAIVED, score_units
from evaluation.settled import (
    Rows,
    freeze,
    frozen_cards,
    frozen_lines,
    lines_by_unit,
    settlement_of,
    settlements,
)
from evaluation.span_months import months_with_scheme, settled_months, stretches
from evaluation.span_scoring import Scored, Span, refuse_tiers, score_span
from evaluation.vetoed import vetoed_units
from evaluation.waivers import is_agreed, take_up_waiver, waiver_of
from storage.audit import record
from storage.database import serialize

__all__ = [
    "Card", "Rolling", "frozen_cards", "frozen_lines", "refuse_settlement", "rolling_quarter", "scorecards",
    "settle_period", "settlement_of", "settlements",
]  # fmt: skip

_ROLLING = 3  # months


@dataclass(frozen=True, slots=True)
class Card:
    """One unit's frozen score, unrounded. A dimension or party of which nothing was available is None.

    The number of raters is known here as a band only (None: below five), and so is a number of responses below five
    (None); `held_out` are patients' answers that were doubted and not released (None: not noted when it was settled).
    Places from `rank_low` to `rank_high` and the total's interval hold with 90 %; None where nothing was drawn.
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
    rank_low: int | None = None
    rank_high: int | None = None
    band: str | None = None
    total_low: Fraction | None = None
    total_high: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last three settled months as one: looked at, never frozen, and in no ranking of record.

    `name` says which, such as "2026-08–2026-10"; `lines` are by unit, as frozen ones are.
    """

    name: str
    months: tuple[Period, ...]
    scheme: Scheme
    cards: tuple[Card, ...]
    lines: Mapping[str, list[Values]]


def settle_period(session: Session, *, period: Period, actor: str, now: datetime) -> Settlement:
    """Score every unit of a period, rank within tiers, and freeze it all; a month without its peers, where two waived
    them.

    Errors: `already_settled`, `period_not_over`, `scheme_missing`, `tier_without_scheme`; of a month `round_open`,
    `round_not_counted`, `panel_open`, `panel_not_counted`; of a quarter or year `span_months_missing`. Nothing is
    written then.
    """
    serialize(session, LOCK)
    refuse_period(session, period, now)
    details: dict[str, object] = {}
    if period.is_month:
        state = round_state(session, period, holds=True)
        scheme = scheme_for(session, period)
        waived = take_up_waiver(session, period=period, state=state, actor=actor, now=now)
        if not waived:
            refuse_round(state, period)
        refuse_panel(session, period)
        scored = _score_month(session, period, scheme, waived=waived)
        details |= {"peers_waived": True} if waived else {}
    else:
        scored = score_span(session, span_of(session, period))
    settlement = freeze(session, scheme=scored.scheme, period=period, rows=scored.rows, actor=actor, now=now)
    scheme = scored.scheme
    details |= {
        "units": len(scored.rows.cards), "scheme": f"{scheme.year}/{scheme.version}", "digest": settlement.digest
    }  # fmt: skip
    record(session, actor=actor, action="settle_period", subject=str(period), now=now, details=details)
    if period.is_month:
        follow_settlement(session, period=period, scheme=scheme, actor=actor, now=now)
    move_schemes(session, actor=actor, now=now)
    return settlement


def refuse_settlement(session: Session, *, period: Period, now: datetime) -> None:
    """Raise what settling this month would be refused for, as far as its time and its blind round go."""
    refuse_month(session, period, now)
    state, waiver = round_state(session, period), waiver_of(session, period)
    if waiver is None or not is_agreed(waiver):
        refuse_round(state, period)
    refuse_panel(session, period)


def scorecards(session: Session, period: Period) -> list[Card]:
    """All scorecards of a settled period in the order of the units; `not_settled` otherwise."""
    settlement_of(session, period)
    return _cards(session, Rows(frozen_cards(session, str(period)), frozen_lines(session, str(period))))


def rolling_quarter(session: Session, month: Period) -> Rolling | None:
    """A month and the two before it as one, scored as a quarter is; None unless all three are settled months.

    Of patients' answers only months that may be told by themselves are pooled: the three months move on every month.
    """
    if not month.is_month:
        return None
    months = [month]
    while len(months) < _ROLLING:
        months.insert(0, months[0].previous())
    if any(session.get(Settlement, str(each)) is None for each in months):
        return None
    name = f"{months[0]}–{months[-1]}"
    span = Span(name, None, settled_months(session, months, period=name), {})
    found = score_span(session, span)
    known = {code: each for cut in stretches(session, span.months) for code, each in cut.scheme.indicators.items()}
    scheme = changed(found.scheme, indicators=known | dict(found.scheme.indicators))
    return Rolling(name, tuple(months), scheme, tuple(_cards(session, found.rows)), lines_by_unit(found.rows.lines))


def span_of(session: Session, period: Period) -> Span:
    """A quarter or year with its settled months, as it is scored. Errors: `scheme_missing`, `span_months_missing`."""
    months = settled_months(session, months_with_scheme(session, period), period=str(period))
    return Span(str(period), period, months, paid_bonuses(session, period), vetoed_units(session, period))


def _score_month(session: Session, period: Period, scheme: Scheme, *, waived: bool) -> Scored:
    """The scores of all members of a month; a count's target is for as much of it as a unit was a member (rule 96)."""
    there = members(session, period)
    tiers = {unit.code: unit.tier for unit, _ in there}
    refuse_tiers(scheme, tiers)
    inputs = gather_inputs(session, period=period, scheme=scheme, units=tiers, peers_waived=waived)
    scores = score_units(
        scheme,
        tiers,
        {unit: each.figures for unit, each in inputs.items()},
        region=region_inputs(session, period, scheme),
        months={unit.code: days.share for unit, days in there},
        paid=paid_bonuses(session, period),
    )
    vetoed = vetoed_units(session, period)
    standings = [
        Standing(unit.code, unit.tier, changed(inputs[unit.code], membership=days), scores[unit.code],
                 unit.code in vetoed)
        for unit, days in there
    ]  # fmt: skip
    documents = [] if waived else peer_documents(session, [period])
    rows = scored_rows(session, name=str(period), scheme=scheme, standings=standings, documents=documents)
    return Scored(scheme, rows)


def _cards(session: Session, rows: Rows) -> list[Card]:
    names = dict(session.execute(select(Unit.code, Unit.name)).all())
    lines = lines_by_unit(rows.lines)
    return [_card(card, names[card["unit_code"]], lines.get(card["unit_code"], [])) for card in rows.cards]


def _card(card: Values, name: Mapping[str, str], lines: list[Values]) -> Card:
    return Card(
        unit_code=card["unit_code"],
        unit_name=name,
        tier=card["tier"],
        total=card["total"],
        complete=card["complete"],
        dimensions=frozen_projection(lines, "dimension"),
        parties=frozen_projection(lines, "party"),
        responses=None if card["too_few"] else card["responses"],
        held_out=card["held_out"],
        rater_band=rater_band(card["raters"]),
        rank=card["rank"],
        rank_of=card["rank_of"],
        unranked_reason=card["unranked_reason"],
        lacks_only_peers=_lacks_only_peers(lines),
        rank_low=card["rank_low"],
        rank_high=card["rank_high"],
        band=card["band"],
        total_low=card["total_low"],
        total_high=card["total_high"],
    )


def _lacks_only_peers(lines: list[Values]) -> bool:
    reasons = {row["reason"] for row in lines if row["value"] is None and row["scheme_points"] > 0}
    return reasons == {PEERS_WAIVED}
