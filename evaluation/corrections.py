"""Correcting a settled period 更正结算: other figures in the place of wrong ones, everything else as it was frozen.

All units are scored again from the frozen inputs of the period, because a rank or a median may move with one figure.
What stood is kept whole, and the chain goes on at its end. Later settlements stay as they are. Refuses to decide
whether a correction is right: an upheld objection or a veto says so. Rules 29, 36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.periods import Period
from evaluation.elements import READING, REGION, Indicator, Scheme
from evaluation.figures import BONUS_PAID, PEERS_WAIVED, ZERO_DENOMINATOR, Input, rate
from evaluation.freezing import COMBINED, Standing, UnitInputs, Values, applied_curve, given_of
from evaluation.inputs import CORRECTED
from evaluation.membership import Membership, days_of
from evaluation.models import LateReading, Reading, Settlement
from evaluation.reading_writing import TYPED, correct, seal
from evaluation.schemes import LOCK, scheme_version
from evaluation.scorecards import span_of
from evaluation.scored_rows import peer_documents, scored_rows
from evaluation.scoring import score_units
from evaluation.settled import Rows, frozen_cards, frozen_lines, lines_by_unit, settlement_of
from evaluation.settled import replace as put_in_place
from evaluation.span_months import Month, months_as_member, settled_months
from evaluation.span_scoring import Scored, score_span
from evaluation.vetoed import vetoed_units
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class CorrectedFigure:
    """What a figure should have been: counts, or a value; both only where they agree. A denominator of 0: missing."""

    unit_code: str
    indicator: str
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None


def correct_settlement(
    session: Session,
    *,
    period: Period,
    figures: Sequence[CorrectedFigure],
    objection: str | None,
    actor: str,
    now: datetime,
) -> Settlement:
    """Settle a settled period again with other figures; `objection` is the number of the one that was upheld.

    Errors: `not_settled`, `correction_empty`, `correction_twice`, `correction_unit_unknown`,
    `correction_indicator_unknown`, `correction_not_reading`, `correction_figure`, and `correction_in_months` for a
    period whose points are put together from its months: those are corrected instead.
    """
    if not figures:
        raise DomainError("correction_empty")
    serialize(session, LOCK)
    settlement = settlement_of(session, period)
    rows = _frozen(session, period)
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    given = _checked(scheme, rows, figures)
    if _is_combined(rows):
        raise DomainError("correction_in_months", period=str(period))
    if period.is_month:
        for figure in figures:
            indicator = scheme.indicators[figure.indicator]
            _correct_reading(session, period, figure, _given(figure, indicator), indicator, actor=actor, now=now)
        session.flush()
    again = Scored(scheme, _rescored(session, period, scheme, rows, given))
    details: dict[str, object] = {"figures": len(figures)}
    details |= {"objection": objection} if objection is not None else {}
    return _settle_again(session, period, again, actor=actor, now=now, objection=objection, details=details)


def resettle(session: Session, *, period: Period, actor: str, now: datetime) -> Settlement:
    """Settle a settled period again from what was frozen, with the vetoes that are in force now. Errors: `not_settled`.

    A period put together from its months is put together again.
    """
    serialize(session, LOCK)
    settlement = settlement_of(session, period)
    rows = _frozen(session, period)
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    if _is_combined(rows):
        again = score_span(session, span_of(session, period))
    else:
        again = Scored(scheme, _rescored(session, period, scheme, rows, {}))
    return _settle_again(session, period, again, actor=actor, now=now)


def _settle_again(
    session: Session,
    period: Period,
    again: Scored,
    *,
    actor: str,
    now: datetime,
    objection: str | None = None,
    details: Mapping[str, object] | None = None,
) -> Settlement:
    settlement = put_in_place(
        session, period=period, scheme=again.scheme, rows=again.rows, objection=objection, actor=actor, now=now
    )
    noted = {"revision": settlement.revision, "digest": settlement.digest, **(details or {})}
    record(session, actor=actor, action="correct_settlement", subject=str(period), now=now, details=noted)
    return settlement


def _frozen(session: Session, period: Period) -> Rows:
    return Rows(frozen_cards(session, str(period)), frozen_lines(session, str(period)))


def _is_combined(rows: Rows) -> bool:
    return any(row["reason"] in COMBINED for row in rows.lines)


def _checked(scheme: Scheme, rows: Rows, figures: Sequence[CorrectedFigure]) -> dict[tuple[str, str], Input]:
    """(Unit, indicator) → the figure that counts now; every figure fits a reading of a unit's own table."""
    units = {card["unit_code"] for card in rows.cards}
    lines = {(row["unit_code"], row["indicator"]) for row in rows.lines}
    given: dict[tuple[str, str], Input] = {}
    for figure in figures:
        place = figure.unit_code, figure.indicator
        if figure.unit_code not in units:
            raise DomainError("correction_unit_unknown", unit=figure.unit_code)
        if place not in lines or figure.indicator not in scheme.indicators:
            raise DomainError("correction_indicator_unknown", unit=figure.unit_code, indicator=figure.indicator)
        if scheme.indicators[figure.indicator].input != READING:
            raise DomainError("correction_not_reading", indicator=figure.indicator)
        if place in given:
            raise DomainError("correction_twice", unit=figure.unit_code, indicator=figure.indicator)
        given[place] = _given(figure, scheme.indicators[figure.indicator])
    return given


def _given(figure: CorrectedFigure, indicator: Indicator) -> Input:
    """The figure as it is scored; `correction_figure` where it is none, or its value is not that of its counts."""
    numerator, denominator, value = figure.numerator, figure.denominator, figure.value
    if numerator is None or denominator is None:
        if (numerator, denominator) != (None, None) or value is None:
            raise DomainError("correction_figure", indicator=figure.indicator)
        return Input(value, origin=CORRECTED)
    computed = rate(numerator, denominator, indicator.unit) if denominator >= 0 else None
    if denominator < 0 or value not in {None, computed}:
        raise DomainError("correction_figure", indicator=figure.indicator)
    reason = ZERO_DENOMINATOR if computed is None else None
    return Input(computed, numerator, denominator, reason, origin=CORRECTED)


def _rescored(
    session: Session, period: Period, scheme: Scheme, rows: Rows, given: Mapping[tuple[str, str], Input]
) -> Rows:
    """Everything scored again from frozen inputs, with the corrected ones in their places."""
    lines = lines_by_unit(rows.lines)
    tiers = {card["unit_code"]: card["tier"] for card in rows.cards}
    months = [] if period.is_month else _months(session, period)
    inputs = {card["unit_code"]: _inputs(period, card, lines[card["unit_code"]], given) for card in rows.cards}
    scores = score_units(
        scheme,
        tiers,
        {unit: each.figures for unit, each in inputs.items()},
        region=_region(rows.lines),
        months={unit: _months_of(each, months, unit) for unit, each in inputs.items()},
        paid=_paid(rows.lines),
    )
    corrected = {unit for unit, _ in given}
    for card in rows.cards:  # what else is missing of a quarter is not in its lines, but in its months
        unit = card["unit_code"]
        if not period.is_month and not card["complete"] and unit not in corrected:
            scores[unit] = replace(scores[unit], complete=False)
    vetoed = vetoed_units(session, period)
    standings = [Standing(unit, tier, inputs[unit], scores[unit], unit in vetoed) for unit, tier in tiers.items()]
    with_peers = [period] if period.is_month else [month.period for month in months]
    documents = [] if _is_waived(rows.lines) else peer_documents(session, with_peers)
    return scored_rows(session, name=str(period), scheme=scheme, standings=standings, documents=documents)


def _inputs(
    period: Period, card: Values, lines: Sequence[Values], given: Mapping[tuple[str, str], Input]
) -> UnitInputs:
    unit = card["unit_code"]
    figures = {row["indicator"]: given.get((unit, row["indicator"]), given_of(row)) for row in lines}
    first, last = days_of(period)
    whole = (last - first).days + 1
    return UnitInputs(
        figures=figures,
        responses=None if card["too_few"] else card["responses"],
        raters=card["raters"],
        held_out=card["held_out"],
        membership=Membership(whole if card["days"] is None else card["days"], card["of_days"] or whole),
    )


def _months(session: Session, period: Period) -> list[Month]:
    """The settled months of a quarter or year: how long a unit was a member in each."""
    settled = [month for month in months_of(period) if session.get(Settlement, str(month)) is not None]
    return settled_months(session, settled, period=str(period))


def _months_of(inputs: UnitInputs, months: Sequence[Month], unit: str) -> Fraction:
    if months:
        return months_as_member(months, unit)
    return inputs.membership.share if inputs.membership is not None else Fraction(1)


def _region(lines: Sequence[Values]) -> dict[str, Input]:
    """The region's figures, as the lines that were measured against them froze them."""
    found = {}
    for row in lines:
        curve = applied_curve(row)
        if curve is not None and curve.against == REGION and row["reference"] is not None:
            found[row["indicator"]] = Input(row["reference"])
    return found


def _paid(lines: Sequence[Values]) -> dict[str, frozenset[str]]:
    """The bonuses that had been paid before."""
    paid: dict[str, frozenset[str]] = {}
    for row in lines:
        if row["reason"] == BONUS_PAID:
            paid[row["unit_code"]] = paid.get(row["unit_code"], frozenset()) | {row["indicator"]}
    return paid


def _is_waived(lines: Sequence[Values]) -> bool:
    return any(row["reason"] == PEERS_WAIVED for row in lines)


def _correct_reading(
    session: Session,
    period: Period,
    figure: CorrectedFigure,
    given: Input,
    indicator: Indicator,
    *,
    actor: str,
    now: datetime,
) -> None:
    """The reading on record says the same, marked corrected; one that was missing is written down.

    What counted in this month from earlier ones stays late: the month's own reading is the rest.
    """
    key = (Reading.unit_code == figure.unit_code) & (Reading.period == str(period))
    reading = session.scalars(select(Reading).where(key, Reading.indicator == figure.indicator)).one_or_none()
    counts = _without_late(session, period, figure, given, indicator)
    if reading is None:
        reading = Reading(
            scope=figure.unit_code, unit_code=figure.unit_code, period=str(period), indicator=figure.indicator,
            numerator=counts[0], denominator=counts[1], value=counts[2], origin=TYPED, recorded_at=now,
            recorded_by=actor, corrected_at=now, corrected_by=actor, digest="",
        )  # fmt: skip
        session.add(reading)
    else:
        correct(session, reading, counts, origin=reading.origin, actor=actor, now=now)
    if indicator.needs_evidence and (person := _person(session, actor)) is not None:
        reading.approved_at, reading.approved_by = now, person
    seal(reading)


def _without_late(
    session: Session, period: Period, figure: CorrectedFigure, given: Input, indicator: Indicator
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The figure less what counted in the month from earlier ones."""
    key = (LateReading.unit_code == figure.unit_code) & (LateReading.counted_in == str(period))
    late = list(session.scalars(select(LateReading).where(key, LateReading.indicator == figure.indicator)))
    counted = [row for row in late if row.numerator is not None and row.denominator is not None]
    if given.numerator is None or given.denominator is None or not counted:
        return given.numerator, given.denominator, given.value
    numerator = given.numerator - sum((row.numerator or Fraction(0) for row in counted), Fraction(0))
    denominator = given.denominator - sum((row.denominator or Fraction(0) for row in counted), Fraction(0))
    if denominator < 0:
        return given.numerator, given.denominator, given.value
    return numerator, denominator, rate(numerator, denominator, indicator.unit)


def _person(session: Session, actor: str) -> str | None:
    """The person behind `person:<id>`; None for the command line or the schedule."""
    kind, _, person = actor.partition(":")
    return person if kind == "person" and session.get(Person, person) is not None else None
