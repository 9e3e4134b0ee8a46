"""Why a unit has its score, read from what was frozen: tables in, an `Explanation` out.

Knows settled periods only, and the corrected ones with what they replaced. Refuses to compute anything that was frozen:
what is added here are sums of frozen points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.disclosure import may_show_count, rater_band
from consortium.models import Unit
from consortium.periods import Period
from evaluation.bounds import EVERY_TIER, broken_by_permission
from evaluation.elements import SYNERGIES, Indicator, Note, Scheme, Tier
from evaluation.explanation import (
    Certainty,
    Explanation,
    ForeignFigure,
    Replaced,
    ReplacedLine,
    explained_line,
)
from evaluation.freezing import MEAN_OF_PERIODS, Values
from evaluation.models import Scorecard, Settlement, SupersededSettlement
from evaluation.peers import peer_standings
from evaluation.schemes import scheme_version
from evaluation.settled import frozen_lines, settlement_of
from evaluation.sub_scores import aspects, sums, synergies
from evaluation.vetoes import veto_in_force
from evaluation.waivers import reason_waived
from locales.errors import DomainError
from reviews.comment_desk import shown_comments
from surveys.audiences.third_party import third_party_results

Sums = dict[str, Fraction | None]
Result = tuple[Fraction | None, int | None]  # total and rank
Figures = dict[str, tuple[Fraction | None, Fraction | None]]  # indicator → value and points


def explain(session: Session, *, unit_code: str, period: Period) -> Explanation:
    """Why a unit has its score: every line with every input. Errors: `not_settled`, `scorecard_missing`."""
    settlement = settlement_of(session, period)
    card = session.get(Scorecard, (str(period), unit_code))
    if card is None:
        raise DomainError("scorecard_missing", unit=unit_code, period=str(period))
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    rows = [row for row in frozen_lines(session, str(period)) if row["unit_code"] == unit_code]
    tier, known = scheme.tiers[card.tier], _indicators(session, scheme, rows)
    names = {code: each.name for code, each in known.items()}
    veto = veto_in_force(session, period=period, unit_code=unit_code)
    return Explanation(
        period=period,
        unit_code=unit_code,
        unit_name=session.get_one(Unit, unit_code).name,
        tier=card.tier,
        tier_name=tier.name,
        total=card.total,
        complete=card.complete,
        earned=_points(rows),
        available=sum((row["available"] for row in rows), Fraction(0)),
        dimensions=sums(rows, lambda row: [row["dimension"]]),
        parties=sums(rows, lambda row: [row["party"]]),
        dimension_names=scheme.dimensions,
        party_names=scheme.parties,
        responses=None if card.too_few else card.responses,
        held_out=card.held_out,
        rater_band=rater_band(card.raters),
        rank=card.rank,
        rank_of=card.rank_of,
        unranked_reason=card.unranked_reason,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        scheme_title=scheme.title,
        digest=settlement.digest,
        lines=tuple(explained_line(row, known[row["indicator"]], names=names) for row in rows),
        notes=tuple(note for note in scheme.notes if _concerns(note, tier)),
        third_party=_third_party(session, period, unit_code),
        peers_waived=reason_waived(session, period),
        peer=peer_standings(session, period).get(unit_code),
        peer_comments=shown_comments(session, period=period, unit_code=unit_code),
        certainty=Certainty(card.rank_low, card.rank_high, card.band, card.total_low, card.total_high),
        days=_days(card),
        veto=veto.reason if veto is not None else None,
        is_mean_of_months=any(row["reason"] == MEAN_OF_PERIODS for row in rows),
        synergies={**dict.fromkeys(SYNERGIES), **synergies(known, rows)},
        aspects=aspects(known, rows),
        overrides=tuple(each for each in broken_by_permission(scheme) if each[0].tier in {EVERY_TIER, card.tier}),
        tier_names={code: each.name for code, each in scheme.tiers.items()},
        revision=settlement.revision,
        replaced=_replaced(session, settlement, card, rows=rows, names=names),
    )


def _indicators(session: Session, scheme: Scheme, rows: Iterable[Values]) -> dict[str, Indicator]:
    """The scheme's indicators; of a period that several versions scored also those that only earlier ones have."""
    known, version = dict(scheme.indicators), scheme.version
    while version > 1 and any(row["indicator"] not in known for row in rows):
        version -= 1
        known = {**scheme_version(session, year=scheme.year, version=version).indicators, **known}
    return known


def _points(rows: Iterable[Values]) -> Fraction:
    return sum((row["points"] for row in rows if row["points"] is not None), Fraction(0))


def _days(card: Scorecard) -> tuple[int, int] | None:
    """Days as a member, where they were not all days of the period."""
    if card.days is None or card.of_days is None or card.days == card.of_days:
        return None
    return card.days, card.of_days


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


def _replaced(
    session: Session,
    settlement: Settlement,
    card: Scorecard,
    *,
    rows: list[Values],
    names: Mapping[str, Mapping[str, str]],
) -> tuple[Replaced, ...]:
    """What earlier revisions said of this unit and what the next one made of it, newest first."""
    found = session.scalars(
        select(SupersededSettlement)
        .where(SupersededSettlement.period == settlement.period)
        .order_by(SupersededSettlement.revision.desc())
    )
    after: Result = (card.total, card.rank)
    after_lines = {row["indicator"]: (row["value"], row["points"]) for row in rows}
    told: list[Replaced] = []
    for each in found:
        before, lines = _of_unit(each.document, card.unit_code)
        told.append(
            Replaced(
                revision=each.revision,
                at=each.superseded_at,
                objection=each.objection,
                digest=each.digest,
                before=before,
                after=after,
                lines=tuple(
                    ReplacedLine(code, names.get(code, {}), lines.get(code, (None, None)), then)
                    for code, then in after_lines.items()
                    if lines.get(code, (None, None)) != then
                ),
            )
        )
        after, after_lines = before, lines
    return tuple(told)


def _of_unit(document: Mapping[str, Any], unit_code: str) -> tuple[Result, Figures]:
    """A unit's total and rank, and (value, points) of its lines, from a superseded settlement's document."""
    card: Mapping[str, Any] = next((each for each in document["cards"] if each["unit_code"] == unit_code), {})
    lines = [each for each in document["lines"] if each["unit_code"] == unit_code]
    figures = {each["indicator"]: (_exact(each["value"]), _exact(each["points"])) for each in lines}
    return (_exact(card.get("total")), card.get("rank")), figures


def _exact(written: str | None) -> Fraction | None:
    return None if written is None else Fraction(written)
