"""A bulletin's content as a page shows it, in one language. PURE: exact figures go in, words and figures come out.

Knows which figures stand in which row. The rounding, the names and the remarks are those of the bulletin's own text, so
page and message can never differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from bulletins.certainty import method_text, whole_standing_text
from bulletins.content import BulletinContent, History, Satisfaction, TierTable, UnitRow
from bulletins.peers import PeerTier, definition, peer_tiers, waived_text
from bulletins.rendering import (
    NO_FIGURE,
    alt_text,
    behind,
    history_alt_text,
    interval,
    modes_text,
    override_texts,
    remarks,
    response_rate,
    score,
    settlement_digest,
)
from bulletins.wording import edition_name, name_in, plain_text
from evaluation.explanation_text import figure_text


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
    """One unit. `bar` is its total as a whole number for a drawn bar; None where there is no total."""

    code: str
    name: str
    rank: int | None
    standing: str
    total: str
    bar: int | None
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
    """Imported figures of the years before, with who measured them."""

    name: str
    source: str
    points: tuple[tuple[str, str], ...]


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
    assumptions: tuple[str, ...]
    satisfaction_definition: str
    modes: str
    peer_definition: str
    digest: str
    alt: str
    history_alt: str
    peers: tuple[PeerTier, ...]
    peers_explained: str
    waived: str
    overrides: tuple[str, ...]
    certainty: str


def bulletin_view(content: BulletinContent, language: str) -> BulletinView:
    """The content in words of `language`."""
    codes = tuple(code for code, _ in content.dimensions)
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
        tiers=tuple(_tier(tier, codes, language) for tier in content.tiers),
        dimension_names=tuple(name_in(name, language, code) for code, name in content.dimensions),
        overall=_satisfaction(content.overall.satisfaction, codes, language),
        units=content.overall.units,
        units_shown=content.overall.units_shown,
        history=tuple(_series(series, language) for series in content.history),
        assumptions=tuple(name_in(assumption, language) for assumption in content.assumptions),
        satisfaction_definition=content.satisfaction_definition,
        modes=modes_text(content, language),
        peer_definition=content.peer_definition,
        digest=settlement_digest(content, language),
        alt=alt_text(content, language),
        history_alt=history_alt_text(content, language),
        peers=peer_tiers(content, language),
        peers_explained=definition(content, language),
        waived=waived_text(content, language),
        overrides=tuple(override_texts(content, language)),
        certainty=method_text(content, language),
    )


def _tier(tier: TierTable, dimensions: tuple[str, ...], language: str) -> TierView:
    rows = tuple(_row(row, dimensions, language) for row in tier.units)
    return TierView(tier.code, name_in(tier.name, language, tier.code), tier.rank_of, rows)


def _row(row: UnitRow, dimensions: tuple[str, ...], language: str) -> RowView:
    return RowView(
        code=row.code,
        name=name_in(row.name, language, row.code),
        rank=row.rank,
        standing=whole_standing_text(row, language),
        total=score(row.total),
        bar=None if row.total is None else _whole(row.total),
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


def _series(series: History, language: str) -> SeriesView:
    source = name_in(series.source, language) if series.source is not None else ""
    return SeriesView(name_in(series.name, language, series.code), source, tuple(_points(series, language)))


def _points(series: History, language: str) -> Iterator[tuple[str, str]]:
    for period, value in series.points:
        shown = NO_FIGURE if value is None else figure_text(value, series.unit, series.unit_wording, language)
        yield period, shown


def _whole(value: Fraction) -> int:
    return min(max(round(value), 0), 100)
