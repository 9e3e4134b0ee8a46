"""What a year came to (rule 27): targets met and missed, what went wrong and why, and what two years say together.

Reads whatever is settled. Once the year is, its own frozen figures count; until then the months so far are put together
by the same rules, and the report says that it is preliminary. Compares exact numbers. Changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from evaluation.curves import is_whole, scaled_curve, share_of
from evaluation.elements import MONTH, RELATIVE, SPANS, Curve, Line, Scheme
from evaluation.follow_up_models import Alert, Objection, WrittenExplanation, YearNote
from evaluation.freezing import COMBINED, Values, applied_curve
from evaluation.models import Scorecard, Veto
from evaluation.ranking import VETOED
from evaluation.schemes import scheme_version
from evaluation.settled import Rows, frozen_cards, frozen_lines, lines_by_unit, settlements
from evaluation.span_months import settled_months
from evaluation.span_scoring import Span, score_span
from evaluation.standings import BelowRun, Standard, YearTotal, below_running, two_year_standard
from evaluation.sub_scores import SubScores, aspects, synergies
from evaluation.year_notes import year_notes
from surveys.shown import months_of

SETTLED, RUNNING, NOT_SETTLED, EMPTY = "settled", "running", "not_settled", "empty"
STATES = (SETTLED, RUNNING, NOT_SETTLED, EMPTY)
"""Of a year: settled itself; not over; over, but not settled; and nothing of it is settled."""


@dataclass(frozen=True, slots=True)
class Completed:
    """One indicator of one unit: its figure beside what was to be reached, unrounded."""

    unit_code: str
    indicator: str
    value: Fraction | None
    curve: Curve | None
    reference: Fraction | None
    share: Fraction | None
    points: Fraction | None
    of: Fraction
    reason: str | None
    is_bonus: bool

    @property
    def subject(self) -> str:
        return f"{self.unit_code}/{self.indicator}"

    @property
    def is_met(self) -> bool | None:
        """Whether the target was reached, compared exactly; None where there is no figure, or nothing to reach.

        Where the year's figure cannot be held against one target: whether it was reached in every part of the year.
        """
        if self.share is None or self.is_bonus:
            return None
        return self.share == 1


@dataclass(frozen=True, slots=True)
class UnitYear:
    """One unit's year. The standard of two years counts settled years only."""

    unit_code: str
    tier: str
    total: Fraction | None
    rank: int | None
    rank_of: int
    unranked_reason: str | None
    synergies: SubScores
    aspects: SubScores
    standard: Standard


@dataclass(frozen=True, slots=True)
class Trouble:
    """Everything that happened about one unit and indicator; `indicator` "" is the unit's result as a whole."""

    unit_code: str
    indicator: str
    missed: Completed | None = None
    explanations: tuple[WrittenExplanation, ...] = ()
    alerts: tuple[Alert, ...] = ()
    objections: tuple[Objection, ...] = ()
    vetoes: tuple[Veto, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.unit_code}/{self.indicator}" if self.indicator else self.unit_code


@dataclass(frozen=True, slots=True)
class YearReport:
    """The report of a year. `months` are those settled; `scheme` is None where nothing is."""

    year: int
    state: str
    months: tuple[Period, ...]
    scheme: Scheme | None
    units: tuple[UnitYear, ...] = ()
    completed: tuple[Completed, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    below: tuple[BelowRun, ...] = ()
    notes: Mapping[str, YearNote] = field(default_factory=dict)


def year_report(session: Session, *, year: int, now: datetime) -> YearReport:
    """The year as far as it is settled."""
    settled = {each.period: each for each in settlements(session)}
    months = tuple(month for month in months_of(Period(year)) if str(month) in settled)
    notes = year_notes(session, year)
    if str(year) in settled:
        of_year = settled[str(year)]
        scheme = scheme_version(session, year=of_year.scheme_year, version=of_year.scheme_version)
        rows = Rows(frozen_cards(session, str(year)), frozen_lines(session, str(year)))
        state = SETTLED
    elif months:
        scheme, rows = _so_far(session, year, months)
        state = RUNNING if now < Period(year).bounds(zone(session))[1] else NOT_SETTLED
    else:
        return YearReport(year, EMPTY, (), None, notes=notes)
    completed = tuple(_completed(scheme, rows, months=len(months) or len(months_of(Period(year)))))
    standards = _standards(session, year)
    return YearReport(
        year=year,
        state=state,
        months=months,
        scheme=scheme,
        units=tuple(_units(scheme, rows, standards, year=year, has_places=state == SETTLED)),
        completed=completed,
        troubles=_troubles(session, year, completed),
        below=_below(session, year, scheme),
        notes=notes,
    )


def reported_years(session: Session) -> list[int]:
    """The years of which something is settled, the newest first."""
    return sorted({Period.parse(each.period).year for each in settlements(session)}, reverse=True)


def _so_far(session: Session, year: int, months: Sequence[Period]) -> tuple[Scheme, Rows]:
    """The settled months scored as one, as if the year ended with them: looked at, never frozen."""
    found = score_span(session, Span(str(year), None, settled_months(session, months, period=str(year)), {}))
    return found.scheme, found.rows


def _units(
    scheme: Scheme, rows: Rows, standards: Mapping[str, Standard], *, year: int, has_places: bool
) -> Iterator[UnitYear]:
    """Totals and sub-scores; a place only where the year itself is settled."""
    lines = lines_by_unit(rows.lines)
    for card in rows.cards:
        code = card["unit_code"]
        known = [row for row in lines.get(code, []) if row["indicator"] in scheme.indicators]
        yield UnitYear(
            unit_code=code,
            tier=card["tier"],
            total=card["total"],
            rank=card["rank"] if has_places else None,
            rank_of=card["rank_of"] if has_places else 0,
            unranked_reason=card["unranked_reason"] if has_places else None,
            synergies=synergies(scheme.indicators, known),
            aspects=aspects(scheme.indicators, known),
            standard=standards.get(code) or two_year_standard({}, year=year),
        )


def _completed(scheme: Scheme, rows: Rows, *, months: int) -> Iterator[Completed]:
    """Every line of the tables; parts that means are made of have no target of their own."""
    lines = lines_by_unit(rows.lines)
    for card in rows.cards:
        table = {line.indicator: line for line in scheme.tiers[card["tier"]].lines}
        membership = Fraction(card["days"], card["of_days"]) if card["days"] is not None else Fraction(1)
        for row in lines.get(card["unit_code"], []):
            if row["indicator"] in table:
                yield _line(row, table[row["indicator"]], membership * months)


def _line(row: Values, line: Line, months: Fraction) -> Completed:
    """A line as it was scored. One put together from parts is held against the curve of its table once more."""
    is_combined = row["reason"] in COMBINED
    curve, share = applied_curve(row), row["share"]
    if is_combined and line.curve is not None and line.curve.kind != RELATIVE and is_whole(line.curve):
        curve = scaled_curve(line.curve, months / SPANS[line.curve.per or MONTH])
        share = share_of(curve, row["value"]) if row["value"] is not None else share
    return Completed(
        unit_code=row["unit_code"],
        indicator=row["indicator"],
        value=row["value"],
        curve=curve,
        reference=row["reference"],
        share=share,
        points=row["points"],
        of=row["scheme_points"],
        reason=None if is_combined and row["points"] is not None else row["reason"],
        is_bonus=bool(row["is_bonus"]),
    )


def _standards(session: Session, year: int) -> dict[str, Standard]:
    """The two-year standard of every unit that has a settled year of the two (rule 45)."""
    found: dict[str, dict[int, YearTotal]] = defaultdict(dict)
    rows = session.execute(
        select(Scorecard.unit_code, Scorecard.period, Scorecard.total, Scorecard.unranked_reason).where(
            Scorecard.period.in_([str(year), str(year - 1)])
        )
    )
    for code, period, total, reason in rows:
        found[code][int(period)] = YearTotal(total, is_vetoed=reason == VETOED)
    return {code: two_year_standard(totals, year=year) for code, totals in found.items()}


def _below(session: Session, year: int, scheme: Scheme) -> tuple[BelowRun, ...]:
    """Rule 24: whose monthly totals stayed below the limit for too long, in runs that reach into the year."""
    history: dict[str, list[tuple[Period, Fraction | None]]] = defaultdict(list)
    rows = session.execute(select(Scorecard.unit_code, Scorecard.period, Scorecard.total).order_by(Scorecard.position))
    for code, written, total in rows:
        period = Period.parse(written)
        if period.is_month and period.year <= year:
            history[code].append((period, total))
    runs = below_running(history, below=scheme.watching.below, periods=scheme.watching.periods)
    return tuple(run for run in runs if run.last.year == year)


def _troubles(session: Session, year: int, completed: Iterable[Completed]) -> tuple[Trouble, ...]:
    """What fell short, was asked, warned of or objected to, by unit and indicator; targets missed first."""
    found: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for each in completed:
        if each.is_met is False and each.of > 0:
            found[each.unit_code, each.indicator]["missed"].append(each)
    for name, model in (("explanations", WrittenExplanation), ("alerts", Alert), ("objections", Objection)):
        rows: Iterable[Any] = session.scalars(
            select(model).where(model.period.startswith(str(year))).order_by(model.period, model.unit_code)
        )
        for row in rows:
            found[row.unit_code, row.indicator or ""][name].append(row)
    for veto in session.scalars(select(Veto).where(Veto.period.startswith(str(year))).order_by(Veto.period)):
        found[veto.unit_code, ""]["vetoes"].append(veto)
    return tuple(
        Trouble(
            unit_code=unit_code,
            indicator=indicator,
            missed=each["missed"][0] if each["missed"] else None,
            explanations=tuple(each["explanations"]),
            alerts=tuple(each["alerts"]),
            objections=tuple(each["objections"]),
            vetoes=tuple(each["vetoes"]),
        )
        for (unit_code, indicator), each in found.items()
    )
