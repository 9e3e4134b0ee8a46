"""`tongping scheme score`: any well-formed scheme on any table of readings, to the last point. Needs no installation.

Knows files and periods. Refuses to know bounds: a scheme that breaks them is scored all the same.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.answer import Answer, refused_findings
from app.foreign_file import read_file, shown
from app.questionnaire_report import printable
from app.settings import terminal_language
from consortium.imports import MAXIMUM_BYTES, Row
from consortium.periods import Period
from consortium.tables_in import read_table
from evaluation.elements import Scheme
from evaluation.projections import LineScore, UnitScore
from evaluation.ranking import rank
from evaluation.scheme import parse_scheme
from evaluation.score_tables import (
    READING_COLUMNS,
    REGION_ROW,
    UNIT_COLUMNS,
    Figures,
    read_figures,
    read_units,
)
from evaluation.scoring import score_units
from evaluation.span_scores import is_mean_of_months, mean_of_months, span_of
from locales.errors import DomainError, Finding
from locales.numbers import rounded
from locales.texts import text
from surveys.shown import months_of
from surveys.strict_toml import read_toml

_LARGEST_SCHEME = 4 * 1024 * 1024
_PERIODS_NAMED = 12
_FEW = 20  # units, whose document people may want to read


def score(scheme_file: Path, readings_file: Path, *, units: Path | None, period: str | None) -> Answer:
    """Score every unit of the table. Faults of the files by key, or by line and column, all at once."""
    with _nothing_thrown_away():
        return _score(scheme_file, readings_file, units, None if period is None else Period.parse(period))


def _score(scheme_file: Path, readings_file: Path, units: Path | None, asked: Period | None) -> Answer:
    language = terminal_language()
    scheme, findings = read_scheme(scheme_file)
    if scheme is None:
        return refused_findings(findings, language)
    tiers, findings = _units(units, scheme)
    rows, faults = _table(readings_file, READING_COLUMNS)
    name = shown(Path(readings_file.name))
    figures: Figures = {}
    if not faults:
        known = None if findings and not tiers else tiers  # of a table of units without a line nothing is known
        figures, faults = read_figures(rows, file=name, scheme=scheme, units=known)
    if findings or faults:
        return refused_findings([*findings, *faults], language)
    if tiers is None:
        tiers = dict.fromkeys((unit for unit in figures if unit != REGION_ROW), next(iter(scheme.tiers)))
    asked = asked or _only_period(figures, name)
    scores = _scored(scheme, tiers, figures, asked)
    lines = [printable(line) for line in _lines(scheme, tiers, scores, asked, language)]
    return Answer(_document(scheme, tiers, scores, asked), lines, is_long=len(scores) > _FEW)


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """All that is made is needed to the end: looking for what is not takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_scheme(file: Path) -> tuple[Scheme | None, list[Finding]]:
    """A scheme from a TOML file of any name, or what is wrong with it. `file_unreadable` if there is none."""
    name = shown(Path(file.name))
    content = read_file(file, largest=_LARGEST_SCHEME)
    if len(content) > _LARGEST_SCHEME:
        return None, [Finding(name, "file", "table_too_large", {"limit": _LARGEST_SCHEME // 1024 // 1024})]
    try:
        document, refusal = read_toml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Finding(name, "file", "file_not_utf8")]
    if refusal is not None:
        return None, [Finding(name, "file", refusal.code, refusal.details)]
    return parse_scheme(document, file=name)


def _units(file: Path | None, scheme: Scheme) -> tuple[dict[str, str] | None, list[Finding]]:
    """Unit → tier; None without a table: then all are of the scheme's only tier (`score_units_needed` of several)."""
    if file is None:
        if len(scheme.tiers) > 1:
            raise DomainError("score_units_needed", tiers=", ".join(scheme.tiers))
        return None, []
    rows, findings = _table(file, UNIT_COLUMNS)
    return ({}, findings) if findings else read_units(rows, file=shown(Path(file.name)), scheme=scheme)


def _table(file: Path, columns: tuple[str, ...]) -> tuple[list[Row], list[Finding]]:
    return read_table(read_file(file, largest=MAXIMUM_BYTES), file=shown(Path(file.name)), columns=columns)


def _only_period(figures: Figures, file: str) -> Period:
    """The one period of all rows. `score_periods` when there are several, `score_nothing` when there is no row."""
    periods = sorted({str(period) for by_period in figures.values() for period in by_period})
    if not periods:
        raise DomainError("score_nothing", file=file)
    if len(periods) > 1:
        named = ", ".join(periods[:_PERIODS_NAMED]) + (" …" if len(periods) > _PERIODS_NAMED else "")
        raise DomainError("score_periods", periods=named)
    return Period.parse(periods[0])


def _scored(scheme: Scheme, tiers: Mapping[str, str], figures: Figures, period: Period) -> dict[str, UnitScore]:
    """The scores of a period: from its own figures and those of its months; of a year as the scheme says."""
    months = months_of(period)
    if not is_mean_of_months(scheme, period) or not any(month in by for by in figures.values() for month in months):
        return _scores(scheme, tiers, figures, period, {})
    paid: dict[str, set[str]] = {unit: set() for unit in tiers}
    of_months: list[dict[str, UnitScore]] = []
    for month in months:  # in order: a bonus counts in the first month that earns it
        of_months.append(_scores(scheme, tiers, figures, month, paid))
        for unit, found in of_months[-1].items():
            paid[unit] |= {line.code for line in found.lines if line.is_bonus and line.share}
    return {unit: mean_of_months(scheme, tiers[unit], [scores[unit] for scores in of_months]) for unit in tiers}


def _scores(
    scheme: Scheme, tiers: Mapping[str, str], figures: Figures, period: Period, paid: Mapping[str, Collection[str]]
) -> dict[str, UnitScore]:
    given = {unit: span_of(scheme, figures.get(unit, {}), period) for unit in (*tiers, REGION_ROW)}
    months = len(months_of(period))
    return score_units(scheme, tiers, given, region=given[REGION_ROW], months=months, paid=paid)


def _document(
    scheme: Scheme, tiers: Mapping[str, str], scores: Mapping[str, UnitScore], period: Period
) -> dict[str, Any]:
    return {
        "period": str(period),
        "scheme": {"year": scheme.year, "version": scheme.version, "title": dict(scheme.title)},
        "units": [
            {
                "unit": unit,
                "tier": tiers[unit],
                "total": found.total,
                "complete": found.complete,
                "dimensions": dict(found.dimensions),
                "parties": dict(found.parties),
                "indicators": [_line(line) for line in found.lines],
            }
            for unit, found in scores.items()
        ],
    }


def _line(line: LineScore) -> dict[str, Any]:
    return {
        "code": line.code,
        "value": line.value,
        "share": line.share,
        "points": line.points,
        "available": line.available,
        "reason": line.reason,
    }


def _lines(
    scheme: Scheme, tiers: Mapping[str, str], scores: Mapping[str, UnitScore], period: Period, language: str
) -> list[str]:
    """For people: tier by tier, the units by rank, those without one behind them."""
    lines = [text(language, "scheme.score.title", title=scheme.title[language], version=scheme.version, period=period)]
    for code, tier in scheme.tiers.items():
        there = {unit: scores[unit] for unit in scores if tiers[unit] == code}
        if not there:
            continue
        ranks = (
            rank({unit: each.total for unit, each in there.items() if each.total is not None}) if tier.ranked else {}
        )
        key = "scheme.score.tier" if tier.ranked else "scheme.score.tier_unranked"
        lines.append(text(language, key, name=tier.name[language], tier=code, n=len(there)))
        width = max(map(len, there))
        lines += [
            _unit_line(scheme, unit.ljust(width), there[unit], ranks.get(unit), language)
            for unit in sorted(there, key=lambda unit: ranks.get(unit, len(ranks) + 1))
        ]
    return lines


def _unit_line(scheme: Scheme, unit: str, found: UnitScore, place: int | None, language: str) -> str:
    total = "—" if found.total is None else rounded(found.total)
    parts = [
        f"{scheme.dimensions[code][language]} {'—' if points is None else rounded(points)}"
        for code, points in found.dimensions.items()
    ]
    line = text(
        language, "scheme.score.unit", rank="—" if place is None else place, unit=unit, total=total.rjust(6),
        dimensions=text(language, "scheme.score.between").join(parts),
    )  # fmt: skip
    missing = [each.code for each in found.lines if each.reason is not None and each.points is None]
    return line if found.complete else line + text(language, "scheme.score.incomplete", codes=", ".join(missing) or "—")
