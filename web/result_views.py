"""Survey figures as pages show them: bars with their intervals, months as lines that break, words beside each. PURE.

Everything is drawn from rectangles and lines whose places are worked out here, since pages carry no styles of their
own; every drawing has the same said in words. Rounded here and nowhere before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from locales.numbers import rounded
from locales.texts import text
from surveys.figure_wording import break_name, interval_text, score_text
from surveys.measurement import OVERALL, SCORE
from surveys.results import Result
from surveys.scoring import NPS
from surveys.trends import Figure, Line

WIDTH = 1000
"""How wide a bar's track is, in its own units."""

TREND_WIDTH, TREND_HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 16, 36


@dataclass(frozen=True, slots=True)
class BarView:
    """One figure. `x` and `width` of the bar, `low` and `high` of its interval; None where there is no figure."""

    measure: str
    name: str
    score: str
    interval: str
    is_hidden: bool
    is_whole: bool
    x: int | None = None
    width: int = 0
    low: int = 0
    high: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class ResultView:
    """One unit's figures by one questionnaire in one stream, with what stands beside them."""

    unit_code: str
    unit_name: str
    questionnaire_id: str
    title: str
    stream: str
    is_hidden: bool
    n: str
    invited: int
    rate: str
    modes: str
    window: str
    definition: str
    note: str
    bars: tuple[BarView, ...]
    trend: TrendView | None

    @property
    def main(self) -> BarView:
        return self.bars[0]


@dataclass(frozen=True, slots=True)
class PointView:
    """One month on the line, with the same in words."""

    month: str
    x: int
    y: int | None
    low: int
    high: int
    score: str
    interval: str
    n: str


@dataclass(frozen=True, slots=True)
class BreakView:
    """Where a line does not go on, and why."""

    number: int
    x: int
    month: str
    reasons: str


@dataclass(frozen=True, slots=True)
class TrendView:
    """Months as lines; `paths` are points that may be joined. `marks` are the lines of the scale: place and number."""

    points: tuple[PointView, ...]
    paths: tuple[str, ...]
    breaks: tuple[BreakView, ...]
    marks: tuple[tuple[int, str], ...]
    words: str


def result_view(
    result: Result, *, unit_name: str, title: str, dimensions: Mapping[str, str], language: str, with_trend: bool = True
) -> ResultView:
    """A result in words of `language`; `dimensions` are their names by code."""
    score = result.figures[SCORE]
    rate = score.response_rate if score is not None else None
    return ResultView(
        unit_code=result.unit_code,
        unit_name=unit_name,
        questionnaire_id=result.questionnaire_id,
        title=title,
        stream=result.stream,
        is_hidden=result.is_hidden,
        n=text(language, "results.n_hidden") if result.n is None else str(result.n),
        invited=result.invited,
        rate="—" if rate is None else f"{rounded(100 * rate)} %",
        modes=_modes(result.mode_mix, language),
        window=result.window,
        definition=result.definition,
        note=_note(result, language),
        bars=tuple(_bars(result, dimensions, language)),
        trend=trend_view(result.lines, result.definition, language) if with_trend else None,
    )


def trend_view(lines: tuple[Line, ...], definition: str, language: str) -> TrendView | None:
    """Months as a drawing; None where fewer than two have a figure."""
    months = [figure for line in lines for figure in line.figures]
    if sum(figure.score is not None for figure in months) < 2:  # noqa: PLR2004 - a line needs two ends
        return None
    step = Fraction(TREND_WIDTH - _LEFT - _RIGHT, max(len(months) - 1, 1))
    points: list[PointView] = []
    paths: list[str] = []
    breaks: list[BreakView] = []
    place = 0
    for line in lines:
        if line.breaks:
            first = next(n for n, figure in enumerate(line.figures) if figure.score is not None)
            reasons = text(language, "results.separator").join(break_name(each, language) for each in line.breaks)
            x = _LEFT + int((place + first) * step)
            breaks.append(BreakView(len(breaks) + 1, x, line.figures[first].window, reasons))
        of_line = [_point(figure, _LEFT + int((place + n) * step), language) for n, figure in enumerate(line.figures)]
        paths += _paths(of_line)
        points += of_line
        place += len(of_line)
    low, high = (-100, 100) if definition == NPS else (0, 100)
    marks = tuple((_y(Fraction(value), definition), str(value)) for value in (low, (low + high) // 2, high))
    words = text(
        language,
        "results.trend.words",
        first=months[0].window,
        last=months[-1].window,
        scores=text(language, "results.separator").join(
            text(language, "results.trend.point", month=each.month, score=each.score)
            for each in points
            if each.y is not None
        ),
    )
    return TrendView(tuple(points), tuple(paths), tuple(breaks), marks, words)


def _bars(result: Result, dimensions: Mapping[str, str], language: str) -> Iterable[BarView]:
    for measure, figure in result.figures.items():
        is_whole = measure in (SCORE, OVERALL)
        name = text(language, f"results.measure.{measure}") if is_whole else dimensions.get(measure, measure)
        if figure is None or figure.score is None or figure.low is None or figure.high is None:
            hidden = figure is None
            said = text(language, "results.note.hidden" if hidden else "figures.none")
            yield BarView(measure, name, "—", said, hidden, is_whole, words=f"{name}: {said}")
            continue
        zero, end = sorted((_x(Fraction(0), result.definition), _x(figure.score, result.definition)))
        interval = interval_text(figure, language)
        yield BarView(
            measure=measure,
            name=name,
            score=score_text(figure.score),
            interval=interval,
            is_hidden=False,
            is_whole=is_whole,
            x=zero,
            width=max(end - zero, 2),
            low=_x(figure.low, result.definition),
            high=_x(figure.high, result.definition),
            words=text(language, "results.bar", name=name, score=score_text(figure.score), interval=interval),
        )


def _modes(mix: Mapping[str, int | None], language: str) -> str:
    if not mix:
        return "—"
    if None in mix.values():  # all of them or none
        return text(language, "results.mode.hidden")
    return " · ".join(text(language, f"results.mode.{mode}", n=count) for mode, count in mix.items())


def _note(result: Result, language: str) -> str:
    if result.is_hidden:
        return text(language, "results.note.hidden")
    return "" if result.may_be_ranked else text(language, "results.note.too_few")


def _point(figure: Figure, x: int, language: str) -> PointView:
    if figure.score is None or figure.low is None or figure.high is None:
        return PointView(figure.window, x, None, 0, 0, "—", "—", "—")
    return PointView(
        month=figure.window,
        x=x,
        y=_y(figure.score, figure.definition),
        low=_y(figure.low, figure.definition),
        high=_y(figure.high, figure.definition),
        score=score_text(figure.score),
        interval=interval_text(figure, language),
        n=str(figure.n),
    )


def _paths(points: Iterable[PointView]) -> list[str]:
    """The stretches without a gap, as the points of a line."""
    paths: list[list[str]] = [[]]
    for point in points:
        if point.y is None:
            paths.append([])
        else:
            paths[-1].append(f"{point.x},{point.y}")
    return [" ".join(path) for path in paths if len(path) > 1]


def _share(value: Fraction, definition: str) -> Fraction:
    return (value + 100) / 200 if definition == NPS else value / 100


def _x(value: Fraction, definition: str) -> int:
    return round(WIDTH * _share(value, definition))


def _y(value: Fraction, definition: str) -> int:
    return round(TREND_HEIGHT - _BOTTOM - (TREND_HEIGHT - _TOP - _BOTTOM) * _share(value, definition))
