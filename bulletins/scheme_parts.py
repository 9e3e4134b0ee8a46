"""What a bulletin takes from the scheme: bounds it breaks, what it assumes, earlier years, and shares by dimension.

Knows the version that settled the month, and frozen lines. Refuses to compute scores.
"""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy.orm import Session

from bulletins.parts import BrokenBound, Figures, History, Wording
from consortium.periods import Period
from evaluation.bounds import broken_by_permission
from evaluation.elements import WATCH, Note, Scheme
from evaluation.indicators import history
from evaluation.settled import frozen_lines, lines_by_unit
from locales.numbers import plain
from locales.texts import LANGUAGES, pick, text


def broken_bounds(scheme: Scheme) -> tuple[BrokenBound, ...]:
    """The bounds that the scheme breaks, each with its written reason: every edition says so."""
    return tuple(
        BrokenBound(
            bound=bound.bound,
            tier=bound.tier,
            tier_name=scheme.tiers[bound.tier].name if bound.tier in scheme.tiers else {},
            sum=bound.sum,
            low=bound.low,
            high=bound.high,
            reason=override.reason,
        )
        for bound, override in broken_by_permission(scheme)
    )


def shares_by_dimension(session: Session, period: Period, scheme: Scheme) -> dict[str, Figures]:
    """Unit → how much of what was available it earned in each dimension of the scheme, 0–100, a bonus never beyond."""
    found = {}
    for unit, lines in lines_by_unit(frozen_lines(session, str(period))).items():
        shares: list[tuple[str, Fraction | None]] = []
        for code in scheme.dimensions:
            rows = [row for row in lines if row["dimension"] == code and row["scheme_points"] > 0]
            available = sum((row["available"] for row in rows), Fraction(0))
            earned = sum((row["points"] for row in rows if row["points"] is not None), Fraction(0))
            shares.append((code, min(100 * earned / available, Fraction(100)) if available else None))
        found[unit] = tuple(shares)
    return found


def earlier_years(session: Session, scheme: Scheme) -> tuple[History, ...]:
    """Watched indicators that have figures of the consortium as a whole: they carry no points and stand apart."""
    series = []
    for code, indicator in scheme.indicators.items():
        if indicator.direction != WATCH:
            continue
        points = tuple((str(f.period), f.value) for f in history(session, code) if f.unit_code is None)
        if any(value is not None for _, value in points):
            series.append(
                History(code, indicator.name, indicator.unit, indicator.unit_wording, indicator.source, points)
            )
    return tuple(series)


def assumption(scheme: Scheme, note: Note) -> Wording:
    """What the scheme fills in where its sources are silent, with the place in the scheme, in every language."""
    return {language: _assumption_in(scheme, note, language) for language in LANGUAGES}


def _assumption_in(scheme: Scheme, note: Note, language: str) -> str:
    tier = scheme.tiers[note.tier] if note.tier is not None else None
    indicator = scheme.indicators[note.indicator] if note.indicator is not None else None
    names = [pick(part.name, language) for part in (tier, indicator) if part is not None]
    if note.text is not None:
        what = pick(note.text, language)
    elif tier is None:
        what = text(language, "evaluation.note.ends")
    else:
        points = sum((line.points for line in tier.lines if line.indicator == note.indicator), Fraction(0))
        what = text(language, "bulletins.assumption.points", points=plain(points))
    return text(language, "bulletins.assumption.at", place=" · ".join(names), what=what) if names else what
