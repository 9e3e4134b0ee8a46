"""A bulletin's content as a page shows it, in one language. PURE: exact figures go in, words and figures come out.

Knows which figures stand in which row. The rounding, the names and the remarks are those of the bulletin's own text, so
page and message can never differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulletins.certainty import method_text, movement_sign, movement_text, place_and_band_text
from bulletins.parts import BulletinContent, History, Satisfaction, TierTable, UnitRow
from bulletins.peers import PeerTier, definition, peer_tiers, waived_text
from bulletins.rendering import (
    NO_FIGURE,
    behind,
    interval,
    modes_text,
    override_texts,
    remarks,
    response_rate,
    score,
    settlement_digest,
)
from bulletins.sections import (
    CollaborationLine,
    HonourLine,
    ImprovedLine,
    SeriesLine,
    StoryLine,
    collaboration_lines,
    honour_lines,
    improved_lines,
    measured,
    series_lines,
    story_lines,
)
from bulletins.wording import edition_name, name_in, plain_text
from evaluation.series import Meaning, TimedFigure
from locales.numbers import rounded
from locales.texts import text
from web.bulletin_charts import Heat, Plot, PlotScale, SmallTier, heat_table, plot_of, plot_scale, small_multiples
from web.chart_lines import LineChart, line_chart


@dataclass(frozen=True, slots=True)
class SatisfactionView:
    """Patients' figures of a unit or of the whole, dimensions in the order of the bulletin's.

    `interval`, `rate` and `invited` are empty where they were not noted.
    """

    score: str
    responses: int
    behind: str
    interval: str
    invited: str
    rate: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One unit. `plot` is its score on the common scale, None without one; `interval` the ends of it, `sign` an arrow
    where it has moved by more than noise, `moved` the same in words.
    """

    code: str
    name: str
    rank: int | None
    standing: str
    total: str
    interval: str
    sign: str
    moved: str
    plot: Plot | None
    remarks: str
    raters: str | None
    satisfaction: SatisfactionView | None
    is_unanswered: bool


@dataclass(frozen=True, slots=True)
class TierView:
    code: str
    name: str
    rank_of: int
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """Imported figures of the years before, with who measured them, and drawn (None where there is nothing to)."""

    line: SeriesLine
    chart: LineChart | None
    words: str


@dataclass(frozen=True, slots=True)
class BulletinView:
    """Everything the page of an edition prints."""

    title: str
    period: str
    edition: int
    consortium: str
    aims: str
    scheme: str
    scheme_year: int
    scheme_version: int
    corrects: int | None
    note: str | None
    tiers: tuple[TierView, ...]
    dimension_names: tuple[str, ...]
    overall: SatisfactionView | None
    units: int
    units_shown: int
    history: tuple[SeriesView, ...]
    scale: PlotScale
    multiples: tuple[SmallTier, ...]
    heat: Heat | None
    collaboration: tuple[CollaborationLine, ...]
    improved: tuple[ImprovedLine, ...]
    honours: tuple[HonourLine, ...]
    stories: tuple[StoryLine, ...]
    assumptions: tuple[str, ...]
    satisfaction_definition: str
    modes: str
    peer_definition: str
    digest: str
    peers: tuple[PeerTier, ...]
    peers_explained: str
    waived: str
    overrides: tuple[str, ...]
    certainty: str


def bulletin_view(content: BulletinContent, language: str) -> BulletinView:
    """The content in words of `language`."""
    codes = tuple(code for code, _ in content.dimensions)
    scale = plot_scale(content)
    return BulletinView(
        title=edition_name(content, language),
        period=content.period,
        edition=content.edition,
        consortium=name_in(content.consortium, language),
        aims=name_in(content.aims, language),
        scheme=name_in(content.scheme, language),
        scheme_year=content.scheme_year,
        scheme_version=content.scheme_version,
        corrects=content.corrects,
        note=None if content.note is None else plain_text(content.note),
        tiers=tuple(_tier(tier, codes, scale, language) for tier in content.tiers),
        dimension_names=tuple(name_in(name, language, code) for code, name in content.dimensions),
        overall=_satisfaction(content.overall.satisfaction, codes, language),
        units=content.overall.units,
        units_shown=content.overall.units_shown,
        history=tuple(
            _series(series, line, language)
            for series, line in zip(content.history, series_lines(content, language), strict=True)
        ),
        scale=scale,
        multiples=small_multiples(content, language),
        heat=heat_table(content, language),
        collaboration=collaboration_lines(content, language),
        improved=improved_lines(content, language),
        honours=honour_lines(content, language),
        stories=story_lines(content, language),
        assumptions=tuple(name_in(assumption, language) for assumption in content.assumptions),
        satisfaction_definition=content.satisfaction_definition,
        modes=modes_text(content, language),
        peer_definition=content.peer_definition,
        digest=settlement_digest(content, language),
        peers=peer_tiers(content, language),
        peers_explained=definition(content, language),
        waived=waived_text(content, language),
        overrides=tuple(override_texts(content, language)),
        certainty=method_text(content, language),
    )


def _tier(tier: TierTable, dimensions: tuple[str, ...], scale: PlotScale, language: str) -> TierView:
    rows = tuple(_row(row, dimensions, scale, language) for row in tier.units)
    return TierView(tier.code, name_in(tier.name, language, tier.code), tier.rank_of, rows)


def _row(row: UnitRow, dimensions: tuple[str, ...], scale: PlotScale, language: str) -> RowView:
    sure = row.certainty
    interval = ""
    if sure is not None and sure.total_low is not None and sure.total_high is not None:
        interval = f"{rounded(sure.total_low, 1)}–{rounded(sure.total_high, 1)}"
    return RowView(
        code=row.code,
        name=name_in(row.name, language, row.code),
        rank=row.rank,
        standing=place_and_band_text(row, language),
        total=score(row.total),
        interval=interval,
        sign=movement_sign(row),
        moved=movement_text(row, language),
        plot=plot_of(row, scale),
        remarks=remarks(row, language),
        raters=row.raters,
        satisfaction=_satisfaction(row.satisfaction, dimensions, language),
        is_unanswered=row.is_unanswered,
    )


def _satisfaction(figures: Satisfaction | None, dimensions: tuple[str, ...], language: str) -> SatisfactionView | None:
    if figures is None:
        return None
    by_code = dict(figures.dimensions)
    shown = tuple(score(by_code.get(code)) for code in dimensions)
    return SatisfactionView(
        score=score(figures.score),
        responses=figures.responses,
        behind=behind(figures, language),
        interval=interval(figures, language) or NO_FIGURE,
        invited=NO_FIGURE if figures.invited is None else str(figures.invited),
        rate=f"{response_rate(figures)} %" if response_rate(figures) else NO_FIGURE,
        dimensions=shown,
    )


def _series(series: History, line: SeriesLine, language: str) -> SeriesView:
    """A series as a line that breaks where a year is missing; the figures are written in its own unit of measure."""
    figures = [TimedFigure(period, value, Meaning()) for period, value in series.points]
    chart = line_chart(
        figures,
        reasons={},
        write=lambda value: measured(value, series.unit, series.unit_wording, language, 2),
    )
    separator = text(language, "evaluation.list_separator")
    said = separator.join(f"{period} {value}" for period, value in line.points)
    return SeriesView(line, chart, text(language, "scorecard.chart.words", name=line.name, figures=said))
