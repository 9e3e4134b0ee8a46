"""Scoring a quarter or a year from its settled months (rules 74, 75).

A period that one version of the scheme scores has figures of its own, which go through the curves. Where the version
changes in the middle, each stretch is scored by its own version and the total is weighted by days. A year may instead
be the mean of its months, if the scheme says so. What is put together of parts keeps the points of each line, scaled,
so that dimensions and parties add up to the total as ever. Refuses to write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.composite import seed_of, totals_from_intervals, with_intervals
from evaluation.elements import MEAN_OF_MONTHS, Scheme
from evaluation.freezing import (
    BY_VERSION,
    MEAN_OF_PERIODS,
    Standing,
    UnitInputs,
    Values,
    card_values,
    frozen_total,
    line_values,
)
from evaluation.schemes import scheme_digest
from evaluation.scored_rows import peer_documents, scored_rows
from evaluation.scoring import FULL_SCORE, UnitScore, score_units
from evaluation.settled import Rows, lines_by_unit
from evaluation.span_figures import peer_months, region_figures, span_figures
from evaluation.span_months import Month, Stretch, membership_over, months_as_member, stretches, tiers_of
from locales.errors import DomainError


@dataclass(frozen=True, slots=True)
class Span:
    """What is scored: settled months in time, the name they have together, and the quarter or year that they are (None
    for others, such as the last three months). `paid`: the bonuses that units have had outside; `vetoed` units.
    """

    name: str
    period: Period | None
    months: Sequence[Month]
    paid: Mapping[str, frozenset[str]]
    vetoed: frozenset[str] = frozenset()

    @property
    def is_year(self) -> bool:
        return self.period is not None and not self.period.is_month and self.period.quarter is None


@dataclass(frozen=True, slots=True)
class Scored:
    """A span that was scored: its rows, and the newest of the versions that scored it."""

    scheme: Scheme
    rows: Rows


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the span with its own scores: its rows by unit, and what it weighs for each unit."""

    weights: Mapping[str, Fraction]
    cards: Mapping[str, Values]
    lines: Mapping[str, Sequence[Values]]


@dataclass(slots=True)
class _Sum:
    """What one line comes to over all parts."""

    scheme_points: Fraction = Fraction(0)
    points: Fraction = Fraction(0)
    available: Fraction = Fraction(0)
    is_there: bool = False


def score_span(session: Session, span: Span) -> Scored:
    """The scores of several settled months as one. Errors: `tier_without_scheme`."""
    cut = stretches(session, span.months)
    scheme = cut[-1].scheme
    if span.is_year and scheme.year_rule == MEAN_OF_MONTHS:
        parts = [_Part(dict.fromkeys(month.cards, Fraction(1)), month.cards, _lines(month)) for month in span.months]
        return Scored(scheme, _combined(session, span, scheme, parts, MEAN_OF_PERIODS))
    if len(cut) > 1:
        return Scored(
            scheme, _combined(session, span, scheme, [_part(session, span, each) for each in cut], BY_VERSION)
        )
    return Scored(scheme, _own_rows(session, span, scheme))


def refuse_tiers(scheme: Scheme, tiers: Mapping[str, str]) -> None:
    """`tier_without_scheme` for a unit whose tier has no table."""
    for unit, tier in tiers.items():
        if tier not in scheme.tiers:
            raise DomainError("tier_without_scheme", unit=unit, tier=tier, year=scheme.year)


def _own_rows(session: Session, span: Span, scheme: Scheme) -> Rows:
    """The span's own figures through the curves of one version."""
    tiers = tiers_of(span.months)
    refuse_tiers(scheme, tiers)
    inputs = span_figures(session, period=span.period, scheme=scheme, months=span.months, units=list(tiers))
    of_months = [month.period for month in span.months]
    scores = score_units(
        scheme,
        tiers,
        {unit: each.figures for unit, each in inputs.items()},
        region=region_figures(session, period=span.period, scheme=scheme, months=of_months),
        months={unit: months_as_member(span.months, unit) for unit in tiers},
        paid=span.paid,
    )
    standings = [Standing(unit, tier, inputs[unit], scores[unit], unit in span.vetoed) for unit, tier in tiers.items()]
    documents = peer_documents(session, peer_months(span.months))
    return scored_rows(session, name=span.name, scheme=scheme, standings=standings, documents=documents)


def _part(session: Session, span: Span, stretch: Stretch) -> _Part:
    """One version's stretch, scored by itself; it weighs as many days as a unit was a member in it."""
    own = Span(span.name, None, stretch.months, span.paid)
    rows = _own_rows(session, own, stretch.scheme)
    cards = {card["unit_code"]: card for card in rows.cards}
    days = {unit: Fraction(membership_over(stretch.months, unit).days) for unit in cards}
    return _Part(days, cards, lines_by_unit(rows.lines))


def _combined(session: Session, span: Span, scheme: Scheme, parts: Sequence[_Part], reason: str) -> Rows:
    """The rows of a span whose totals are means of its parts' totals."""
    tiers = tiers_of(span.months)
    refuse_tiers(scheme, tiers)
    inputs = span_figures(session, period=span.period, scheme=scheme, months=span.months, units=list(tiers))
    lines: dict[str, list[Values]] = {}
    standings = []
    for unit, tier in tiers.items():
        lines[unit] = _combined_lines(_shown_lines(span, scheme, (unit, tier, inputs[unit])), unit, parts, reason)
        is_complete = all(part.cards[unit]["complete"] for part in parts if unit in part.cards)
        score = _score(frozen_total(lines[unit]), is_complete=is_complete)
        standings.append(Standing(unit, tier, inputs[unit], score, unit in span.vetoed))
    drawn = totals_from_intervals(
        {unit: _intervals(unit, parts) for unit in tiers}, seed=seed_of(span.name, scheme_digest(session, scheme))
    )
    cards = with_intervals(card_values(span.name, scheme, standings), drawn)
    return Rows(cards, [row for unit in tiers for row in lines[unit]])


def _score(total: Fraction | None, *, is_complete: bool) -> UnitScore:
    """A total without lines of its own."""
    return UnitScore(
        total, is_complete, total or Fraction(0), FULL_SCORE if total is not None else Fraction(0), {}, {}, ()
    )


def _intervals(unit: str, parts: Sequence[_Part]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """(Weight, total, half of its interval) of each part that has a total."""
    found = []
    for part in parts:
        card = part.cards.get(unit)
        if card is not None and card["total"] is not None:
            low, high = card["total_low"], card["total_high"]
            half = Fraction(0) if low is None or high is None else (high - low) / 2
            found.append((part.weights[unit], card["total"], half))
    return found


def _shown_lines(span: Span, scheme: Scheme, of: tuple[str, str, UnitInputs]) -> list[Values]:
    """The unit's lines with its figures over the whole span, which say what each line is about."""
    unit, tier, inputs = of
    score = score_units(scheme, {unit: tier}, {unit: inputs.figures})[unit]
    return line_values(span.name, scheme, Standing(unit, tier, inputs, score))


def _combined_lines(shown: Sequence[Values], unit: str, parts: Sequence[_Part], reason: str) -> list[Values]:
    """One unit's lines put together: points and points available of each part, scaled to its total, by weight."""
    rows = {row["indicator"]: row for row in shown}
    for part in parts:
        for row in part.lines.get(unit, ()):
            rows.setdefault(row["indicator"], _without_figure(row))
    sums = {code: _Sum() for code in rows}
    counted = [part for part in parts if unit in part.cards and part.cards[unit]["total"] is not None]
    weights = sum((part.weights[unit] for part in counted), Fraction(0))
    for part in counted:
        _add(sums, part.lines[unit], part.weights[unit] / weights)
    name = shown[0]["period"] if shown else ""
    return [
        row | {"period": name, "unit_code": unit, "position": place} | _put_together(row, sums[code], reason)
        for place, (code, row) in enumerate(rows.items())
    ]


def _add(sums: Mapping[str, _Sum], lines: Sequence[Values], weight: Fraction) -> None:
    """Add one part's lines, scaled so that what it had available is 100 (or what it earned, where that is more)."""
    available = sum((row["available"] for row in lines), Fraction(0))
    earned = sum((row["points"] for row in lines if row["points"] is not None), Fraction(0))
    for row in lines:
        into = sums[row["indicator"]]
        into.scheme_points += weight * row["scheme_points"]
        if row["points"] is not None:
            into.points += weight * FULL_SCORE * row["points"] / max(earned, available)
            into.available += weight * FULL_SCORE * row["available"] / available
            into.is_there = True


def _put_together(row: Values, found: _Sum, reason: str) -> Values:
    """What a line comes to; without points it keeps its reason."""
    own = {"floor": None, "target": None, "curve": None, "reference": None, "scheme_points": found.scheme_points}
    if not found.is_there:
        return own | {"share": None, "points": None, "available": Fraction(0), "reason": row["reason"] or reason}
    whole = found.available or found.scheme_points or Fraction(1)
    return own | {
        "share": found.points / whole, "points": found.points, "available": found.available, "reason": reason
    }  # fmt: skip


def _without_figure(row: Values) -> Values:
    """A line that the newest version no longer has: its points count, its figures stand with the months."""
    empty = dict.fromkeys(("numerator", "denominator", "value", "n", "low", "high", "invited", "mode_mix", "origin"))
    return row | empty


def _lines(month: Month) -> dict[str, list[Values]]:
    return {unit: list(rows.values()) for unit, rows in month.lines.items()}
