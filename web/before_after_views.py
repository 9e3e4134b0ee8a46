"""Before and after in words and drawings of one language. PURE.

Numbers are rounded here, once; a series of earlier years and our own are two drawings, never one line. Refuses to
compute growth.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bulletins.before_after import Answered, BeforeAfter, Figure, Overview, Placed, Run
from bulletins.growth_words import climb_text, growth_text, months_text, yearly_text
from bulletins.rendering import behind, score
from bulletins.sections import measured
from bulletins.wording import name_in
from consortium.periods import Period
from evaluation.elements import Indicator
from evaluation.series import Meaning, TimedFigure
from locales.texts import text
from web.chart_lines import LineChart, line_chart

_FEWEST_DRAWN = 3
"""From so many figures on a line is drawn: two points always look like a trend."""


@dataclass(frozen=True, slots=True)
class RunView:
    """Figures of one making: the first and the last, what their growth is, and a drawing from three on."""

    first: tuple[str, str]
    last: tuple[str, str]
    ends: str
    growth: str
    figures: tuple[tuple[str, str], ...]
    chart: LineChart | None
    words: str


@dataclass(frozen=True, slots=True)
class MonthsView:
    """The same months of two years."""

    which: str
    before: str
    after: str
    growth: str


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One indicator with both sides; `imported` and `own` are None where there is nothing."""

    code: str
    name: str
    source: str
    target: str
    imported: RunView | None
    own: RunView | None
    months: MonthsView | None


@dataclass(frozen=True, slots=True)
class TierView:
    """The units of a tier with their ways: name, from which month to which, and in words."""

    name: str
    units: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The whole page: indicators with earlier years or months to be held against, those with our own months alone,
    and patients' `satisfaction` as month, score, and what stands behind it.
    """

    compared: tuple[IndicatorView, ...]
    own_only: tuple[IndicatorView, ...]
    satisfaction: tuple[tuple[str, str, str], ...]
    satisfaction_definition: str
    satisfaction_chart: LineChart | None
    satisfaction_words: str
    places: tuple[TierView, ...]


def overview_view(found: Overview, language: str) -> OverviewView:
    """Everything in words of `language`."""
    last = found.satisfaction[-1].definition if found.satisfaction else ""
    answered = [each for each in found.satisfaction if each.definition == last]  # two definitions are never one line
    chart, words = _satisfaction_chart(answered, language)
    indicators = [_indicator(each, language) for each in found.indicators]
    return OverviewView(
        compared=tuple(each for each in indicators if each.imported or each.months),
        own_only=tuple(each for each in indicators if not (each.imported or each.months)),
        satisfaction=tuple(
            (each.period, score(each.figures.score), behind(each.figures, language)) for each in answered
        ),
        satisfaction_definition=last,
        satisfaction_chart=chart,
        satisfaction_words=words,
        places=tuple(
            TierView(name_in(name, language, code), tuple(_placed(unit, language) for unit in units))
            for code, name, units in found.places
        ),
    )


def _indicator(found: BeforeAfter, language: str) -> IndicatorView:
    indicator = found.indicator
    months = None
    if found.same_months is not None:
        same, grown = found.same_months.months, found.same_months.growth
        months = MonthsView(
            months_text(same, language),
            _said(same.before, indicator, language),
            _said(same.after, indicator, language),
            growth_text(grown, language) if grown is not None else "",
        )
    return IndicatorView(
        code=indicator.code,
        name=name_in(indicator.name, language, indicator.code),
        source=name_in(indicator.source, language) if indicator.source is not None else "",
        target=_said(found.target, indicator, language) if found.target is not None else "",
        imported=_run(found.imported, indicator, language),
        own=_run(found.own, indicator, language),
        months=months,
    )


def _run(run: Run, indicator: Indicator, language: str) -> RunView | None:
    if not run.figures:
        return None
    hidden = text(language, "before.small")
    figures = tuple(
        (each.period, hidden if each.value is None else _said(each.value, indicator, language)) for each in run.figures
    )
    first, last = _end(run.first, indicator, language), _end(run.last, indicator, language)
    ends = ""
    if run.first is not None and run.last is not None:
        ends = text(language, "before.from_to", first=first[0], before=first[1], last=last[0], after=last[1])
    chart = None
    if sum(each.value is not None for each in run.figures) >= _FEWEST_DRAWN:
        timed = [TimedFigure(each.period, each.value, Meaning()) for each in run.figures]
        chart = line_chart(timed, reasons={}, write=lambda value: _said(value, indicator, language))
    words = _in_words(name_in(indicator.name, language), figures, language)
    return RunView(first, last, ends, _growth(run, language), figures, chart, words)


def _end(figure: Figure | None, indicator: Indicator, language: str) -> tuple[str, str]:
    if figure is None or figure.value is None:
        return "", ""
    return figure.period, _said(figure.value, indicator, language)


def _growth(run: Run, language: str) -> str:
    """The growth in its own words, of whole years with what it makes a year; of our own months only more than noise."""
    if run.growth is None or run.first is None or run.last is None:
        return ""
    if run.is_noise:
        return text(language, "before.noise")
    first, last = Period.parse(run.first.period), Period.parse(run.last.period)
    each_year = yearly_text(run.growth, last.year - first.year, language) if not first.is_month else ""
    parts = [growth_text(run.growth, language), each_year]
    return text(language, "edition.separator").join(part for part in parts if part)


def _satisfaction_chart(answered: list[Answered], language: str) -> tuple[LineChart | None, str]:
    figures = [
        TimedFigure(each.period, each.figures.score, Meaning(each.definition), each.figures.low, each.figures.high)
        for each in answered
    ]
    words = _in_words(
        text(language, "before.satisfaction"),
        tuple((each.period, score(each.figures.score)) for each in answered),
        language,
    )
    return (line_chart(figures, reasons={}) if len(figures) >= _FEWEST_DRAWN else None), words


def _in_words(name: str, figures: tuple[tuple[str, str], ...], language: str) -> str:
    said = text(language, "evaluation.list_separator").join(f"{period} {value}" for period, value in figures)
    return text(language, "scorecard.chart.words", name=name, figures=said)


def _placed(unit: Placed, language: str) -> tuple[str, str, str]:
    return (
        name_in(unit.name, language, unit.code), f"{unit.first} → {unit.last}", climb_text(unit.climb, language)
    )  # fmt: skip


def _said(value: Fraction, indicator: Indicator, language: str) -> str:
    return measured(value, indicator.unit, indicator.unit_wording, language)
