"""The report of a year in words of one language: tables, and what happened, each rounded here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from bulletins.wording import period_name
from consortium.periods import Period
from evaluation.elements import ASPECTS, SYNERGIES, Indicator, Scheme
from evaluation.explanation_text import figure_text, rank_text, reason_text
from evaluation.follow_up_models import Alert
from evaluation.scoring import OTHER
from evaluation.standings import Standard
from evaluation.year_report import Completed, Trouble, UnitYear, YearReport
from locales.numbers import plain, rounded
from locales.texts import pick, text
from web.scheme_lines import indicator_name, target_text

Written = Callable[[str, datetime], tuple[str, str]]
"""Who wrote, by name, and when on the consortium's clock."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """One unit's figure of an indicator. `met` is "yes", "no" or "" where nothing can be said."""

    unit: str
    value: str
    points: str
    met: str
    why: str


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """An indicator in one tier, with how many of its units reached the target."""

    name: str
    target: str
    met: int
    of: int
    figures: tuple[FigureView, ...]


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier: its units' totals and its indicators."""

    name: str
    units: tuple[UnitView, ...]
    indicators: tuple[IndicatorView, ...]
    met: int
    of: int


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit's year. `subs` are name and points of the synergies and aspects."""

    name: str
    total: str
    place: str
    is_standard_met: bool
    standard: str
    met: int
    of: int
    synergies: tuple[tuple[str, str], ...]
    aspects: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """Why, what is done about it, who wrote it and when."""

    cause: str
    measure: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class TroubleView:
    """What happened about a unit and indicator, or about its result as a whole."""

    subject: str
    unit: str
    name: str
    happened: tuple[str, ...]
    note: NoteView | None


@dataclass(frozen=True, slots=True)
class YearView:
    """The whole report."""

    year: int
    state: str
    months: int
    scheme: str
    note: NoteView | None
    tiers: tuple[TierView, ...]
    troubles: tuple[TroubleView, ...]
    below: tuple[str, ...]
    limit: str


def year_view(report: YearReport, names: Mapping[str, str], language: str, *, written: Written) -> YearView:
    """The report in words."""

    def noted(subject: str) -> NoteView | None:
        note = report.notes.get(subject)
        return None if note is None else NoteView(note.cause, note.measure, *written(note.written_by, note.written_at))

    scheme = report.scheme
    watching = scheme.watching if scheme is not None else None
    return YearView(
        year=report.year,
        state=text(language, f"year.state.{report.state}", year=report.year, months=len(report.months)),
        months=len(report.months),
        scheme="" if scheme is None else _scheme_name(scheme, language),
        note=noted(""),
        tiers=() if scheme is None else tuple(_tiers(report, scheme, names, language)),
        troubles=() if scheme is None else tuple(
            TroubleView(
                subject=each.subject,
                unit=names.get(each.unit_code, each.unit_code),
                name=_about(each, scheme, language),
                happened=tuple(_happened(each, scheme, language)),
                note=noted(each.subject),
            )
            for each in report.troubles
        ),
        below=tuple(
            text(
                language, "year.below.unit", unit=names.get(each.unit_code, each.unit_code), n=each.length,
                first=period_name(each.first, language), last=period_name(each.last, language),
                lowest=rounded(each.lowest),
            )
            for each in report.below
        ),
        limit="" if watching is None else text(
            language, "year.below.words", below=plain(watching.below), periods=watching.periods
        ),
    )  # fmt: skip


def _tiers(report: YearReport, scheme: Scheme, names: Mapping[str, str], language: str) -> list[TierView]:
    found = []
    for code, tier in scheme.tiers.items():
        units = [each for each in report.units if each.tier == code]
        members = {each.unit_code for each in units}
        rows = [each for each in report.completed if each.unit_code in members]
        if units:
            found.append(
                TierView(
                    name=pick(tier.name, language),
                    units=tuple(_unit(each, rows, names, language) for each in units),
                    indicators=tuple(
                        _indicator(scheme, scheme.indicators[line.indicator], rows, names, language)
                        for line in tier.lines
                    ),
                    met=sum(1 for each in rows if each.is_met),
                    of=sum(1 for each in rows if each.is_met is not None),
                )
            )
    return found


def _indicator(
    scheme: Scheme, indicator: Indicator, rows: list[Completed], names: Mapping[str, str], language: str
) -> IndicatorView:
    own = [each for each in rows if each.indicator == indicator.code]
    judged = [each for each in own if each.is_met is not None]
    curves = list(dict.fromkeys(target_text(each.curve, scheme, language) for each in own))
    return IndicatorView(
        name=pick(indicator.name, language),
        target=curves[0] if len(curves) == 1 else text(language, "year.target_by_membership") if curves else "",
        met=sum(1 for each in judged if each.is_met),
        of=len(judged),
        figures=tuple(_figure(each, indicator, names, language) for each in own),
    )


def _figure(each: Completed, indicator: Indicator, names: Mapping[str, str], language: str) -> FigureView:
    value = "—"
    if each.value is not None:
        value = figure_text(Fraction(rounded(each.value)), indicator.unit, indicator.unit_wording, language)
    points = "" if each.points is None or not each.of else f"{rounded(each.points)} / {plain(each.of)}"
    return FigureView(
        unit=names.get(each.unit_code, each.unit_code),
        value=value,
        points=points,
        met="" if each.is_met is None else "yes" if each.is_met else "no",
        why=reason_text(each.reason, language) if each.reason is not None else "",
    )


def _unit(each: UnitYear, rows: list[Completed], names: Mapping[str, str], language: str) -> UnitView:
    own = [row for row in rows if row.unit_code == each.unit_code and row.is_met is not None]
    has_place = each.rank is not None or each.unranked_reason is not None
    return UnitView(
        name=names.get(each.unit_code, each.unit_code),
        total="—" if each.total is None else rounded(each.total),
        place=rank_text(each.rank, each.rank_of, each.unranked_reason, language) if has_place else "",
        is_standard_met=each.standard.is_met,
        standard=_standard(each.standard, language),
        met=sum(1 for row in own if row.is_met),
        of=len(own),
        synergies=_subs(each.synergies, "synergy", (*SYNERGIES, OTHER), language),
        aspects=_subs(each.aspects, "aspect", ASPECTS, language),
    )


def _subs(
    scores: Mapping[str, Fraction | None], kind: str, order: tuple[str, ...], language: str
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            text(language, f"explain.{kind}.{code}"),
            "—" if scores[code] is None else rounded(scores[code] or Fraction(0)),
        )
        for code in order
        if code in scores
    )


def _standard(standard: Standard, language: str) -> str:
    """Met in both years, or for each year that fails why."""
    if standard.is_met:
        return text(language, "year.standard.met")
    return text(language, "year.separator").join(
        text(language, "year.standard.failed", year=year, why=text(language, f"year.failure.{why}"))
        for year, why in standard.failures
    )


def _about(trouble: Trouble, scheme: Scheme, language: str) -> str:
    """The indicator by name, or the result as a whole."""
    if not trouble.indicator:
        return text(language, "year.result")
    return indicator_name(trouble.indicator, (scheme,), language)


def _happened(trouble: Trouble, scheme: Scheme, language: str) -> list[str]:
    """One sentence for each thing that happened."""
    found = []
    if trouble.missed is not None:
        found.append(_missed(trouble.missed, scheme, language))
    for each in trouble.explanations:
        key = f"year.explanation.{each.state}"
        limits = {"value": plain(Fraction(rounded(each.value))), "low": plain(each.low), "high": plain(each.high)}
        found.append(text(language, key, month=_month(each.period, language), words=each.words or "", **limits))
    found += [_alert(each, language) for each in trouble.alerts]
    for objection in trouble.objections:
        number, month = objection.number, _month(objection.period, language)
        found.append(text(language, f"year.objection.{objection.state}", number=number, month=month))
    found += [
        text(language, f"year.veto.{each.state}", month=_month(each.period, language), why=each.reason)
        for each in trouble.vetoes
    ]
    return found


def _alert(alert: Alert, language: str) -> str:
    """What was warned of, and what the unit said about it."""
    warned = text(language, f"year.alert.{alert.kind}", month=_month(alert.period, language))
    return warned if alert.reason is None else text(language, "year.alert_reason", alert=warned, words=alert.reason)


def _missed(missed: Completed, scheme: Scheme, language: str) -> str:
    indicator = scheme.indicators[missed.indicator]
    if missed.value is None:
        return text(language, "year.missed_in_parts")
    value = figure_text(Fraction(rounded(missed.value)), indicator.unit, indicator.unit_wording, language)
    return text(language, "year.missed", value=value, target=target_text(missed.curve, scheme, language))


def _month(period: str, language: str) -> str:
    return period_name(Period.parse(period), language)


def _scheme_name(scheme: Scheme, language: str) -> str:
    return text(language, "schemes.named", year=scheme.year, version=scheme.version, title=pick(scheme.title, language))
