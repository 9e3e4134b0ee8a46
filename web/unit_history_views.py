"""A unit over time in words and drawings: total, place, dimensions and every indicator. PURE.

Knows what `evaluation.histories` found. A line breaks where its figures stop meaning the same; every drawing has its
table. Refuses to know other units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from consortium.disclosure import mark_text
from evaluation.elements import PEER
from evaluation.explanation_text import figure_text
from evaluation.histories import Place, Series, UnitHistory
from evaluation.ranking import UNRANKED_REASONS
from evaluation.scoring import FULL_SCORE, REASONS
from evaluation.series import DEFINITION, MODE, SCHEME, UNIT, Change, Meaning, TimedFigure, latest_change
from locales.numbers import plain, rounded
from locales.texts import pick, text
from web.chart_lines import LineChart, line_chart

BREAKS = (DEFINITION, UNIT, MODE, SCHEME)


@dataclass(frozen=True, slots=True)
class ChartView:
    """One drawing with what is said of it: the newest figure, its change, and all figures in one sentence."""

    code: str
    name: str
    newest: str
    change: str
    words: str
    column: str
    chart: LineChart


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One period of the table of places."""

    period: str
    total: str
    interval: str
    place: str
    places: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Everything of a unit over time; `moved` says how its place has changed, with both sizes of the field."""

    total: ChartView | None
    place: ChartView | None
    moved: str
    rows: tuple[PlaceRow, ...]
    dimension_names: tuple[str, ...]
    dimensions: tuple[ChartView, ...]
    indicators: tuple[ChartView, ...]


def history_view(history: UnitHistory, language: str) -> HistoryView:
    """A unit's history in words of `language`; numbers are rounded here, once."""
    names = {code: pick(name, language) for code, name in history.dimensions.items()}
    return HistoryView(
        total=_chart("total", text(language, "scorecard.total"), _totals(history.places), language, says_change=True),
        place=_place_chart(history.places, language),
        moved=moved_text(history.places, language),
        rows=tuple(_row(place, tuple(names), language) for place in history.places),
        dimension_names=tuple(names.values()),
        dimensions=tuple(
            found
            for code, name in names.items()
            if (found := _chart(f"dimension-{code}", name, _dimension(history.places, code), language)) is not None
        ),
        indicators=tuple(
            found for series in history.series if (found := _indicator_chart(series, language)) is not None
        ),
    )


def moved_text(places: tuple[Place, ...], language: str) -> str:
    """From which place to which, each with the size of its field; "" without two places (rule 103)."""
    ranked = [place for place in places if place.rank is not None]
    if len(ranked) < 2:  # noqa: PLR2004 - a move needs two
        return ""
    first, last = ranked[0], ranked[-1]
    assert first.rank is not None
    assert last.rank is not None
    by = first.rank - last.rank
    key = "up" if by > 0 else "down" if by < 0 else "same"
    same_field = "" if first.rank_of == last.rank_of else text(language, "scorecard.moved.field")
    return text(
        language,
        f"scorecard.moved.{key}",
        first=first.period,
        last=last.period,
        before=first.rank,
        before_of=first.rank_of,
        now=last.rank,
        now_of=last.rank_of,
        by=abs(by),
    ) + (f" {same_field}" if same_field else "")


def break_words(language: str) -> dict[str, str]:
    """The words for every reason why a line breaks."""
    return {reason: text(language, f"scorecard.break.{reason}") for reason in BREAKS}


def missing_words(language: str) -> dict[str, str]:
    """The words for every reason why a figure or a place is missing."""
    reasons = {reason: text(language, f"evaluation.reason.{reason}") for reason in REASONS}
    return reasons | {reason: text(language, f"evaluation.unranked.{reason}") for reason in UNRANKED_REASONS}


def place_text(place: Place, language: str) -> str:
    """`3 / 20`, or why there is none."""
    if place.rank is None:
        return text(language, f"evaluation.unranked.{place.unranked_reason}")
    return f"{place.rank} / {place.rank_of}"


def _totals(places: tuple[Place, ...]) -> list[TimedFigure]:
    return [
        TimedFigure(place.period, place.total, Meaning(scheme=place.scheme), place.low, place.high) for place in places
    ]


def _dimension(places: tuple[Place, ...], code: str) -> list[TimedFigure]:
    return [TimedFigure(place.period, place.dimensions.get(code), Meaning(scheme=place.scheme)) for place in places]


def _place_chart(places: tuple[Place, ...], language: str) -> ChartView | None:
    def exact(value: int | None) -> Fraction | None:
        return None if value is None else Fraction(value)

    figures = [
        TimedFigure(
            period=place.period,
            value=exact(place.rank),
            meaning=Meaning(scheme=place.scheme),
            low=exact(place.rank_low),
            high=exact(place.rank_high),
            reason=place.unranked_reason,
        )
        for place in places
    ]
    return _chart("place", text(language, "scorecard.place"), figures, language, is_place=True)


def _indicator_chart(series: Series, language: str) -> ChartView | None:
    indicator = series.indicator
    if indicator.input == PEER:
        return _peer_chart(series, language)
    made = _chart(indicator.code, pick(indicator.name, language), list(series.figures), language, says_change=True)
    if made is None:
        return None
    newest = next(figure for figure in reversed(series.figures) if figure.value is not None)
    assert newest.value is not None
    shown = figure_text(Fraction(rounded(newest.value)), indicator.unit, indicator.unit_wording, language)
    return replace(made, newest=shown)


def _peer_chart(series: Series, language: str) -> ChartView | None:
    """Peer scores as marks of 1–5, written as everywhere: what is 4.8 or more is one class."""

    def mark(value: Fraction | None) -> Fraction | None:
        return None if value is None else 1 + 4 * value / FULL_SCORE

    figures = [replace(each, value=mark(each.value), target=mark(each.target)) for each in series.figures]
    name = pick(series.indicator.name, language)

    def write(value: Fraction) -> str:
        return mark_text((value - 1) * FULL_SCORE / 4, language)

    return _chart(series.indicator.code, name, figures, language, write=write)  # coarse: a step says no change


def _chart(
    code: str,
    name: str,
    figures: list[TimedFigure],
    language: str,
    *,
    is_place: bool = False,
    says_change: bool = False,
    write: Callable[[Fraction], str] = rounded,
) -> ChartView | None:
    separator = text(language, "evaluation.list_separator")
    chart = line_chart(
        figures,
        reasons=break_words(language),
        notes=missing_words(language),
        is_place=is_place,
        separator=separator,
        write=write,
    )
    if chart is None:
        return None
    shown = [dot for dot in chart.dots if dot.y is not None]
    change = latest_change(figures) if says_change else None
    said = "" if change is None else _change(change, language)
    words = text(
        language,
        "scorecard.chart.words",
        name=name,
        figures=separator.join(f"{dot.period} {dot.value}" for dot in shown),
    )
    return ChartView(code, name, shown[-1].value, said, words, name, chart)


def _change(change: Change, language: str) -> str:
    if change.is_noise:
        return text(language, "scorecard.change.noise")
    key = "up" if change.by > 0 else "down" if change.by < 0 else "same"
    return text(language, f"scorecard.change.{key}", by=rounded(abs(change.by)))


def _row(place: Place, codes: tuple[str, ...], language: str) -> PlaceRow:
    interval = "—"
    if place.low is not None and place.high is not None:
        interval = f"{rounded(place.low)}–{rounded(place.high)}"
    places = "—"
    if place.rank_low is not None and place.rank_high is not None:
        low, high = plain(Fraction(place.rank_low)), plain(Fraction(place.rank_high))
        places = low if low == high else f"{low}–{high}"
    return PlaceRow(
        period=place.period,
        total="—" if place.total is None else rounded(place.total),
        interval=interval,
        place=place_text(place, language),
        places=places,
        dimensions=tuple(_figure(place.dimensions.get(code)) for code in codes),
    )


def _figure(value: Fraction | None) -> str:
    return "—" if value is None else rounded(value)
