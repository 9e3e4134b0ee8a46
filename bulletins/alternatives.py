"""The pictures of a bulletin in words, for whoever cannot see them: the same figures in the same order. PURE.

Knows every picture's kind. Numbers are rounded as in the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from bulletins.certainty import standing_text
from bulletins.charts import HEAT, HISTORY, RANKING, TRENDS
from bulletins.parts import BulletinContent, Certainty, History, TrendPoint, UnitRow
from bulletins.peers import waived_text
from bulletins.rendering import history_alt_text, remarks, score
from bulletins.wording import edition_name, name_in, one_line
from evaluation.explanation_text import figure_text
from locales.numbers import rounded
from locales.texts import text


def alternative(content: BulletinContent, language: str, kind: str) -> str:
    """A picture of this kind in words, a line for each tier or series."""
    return {RANKING: ranking_in_words, TRENDS: trends_in_words, HEAT: heat_in_words, HISTORY: history_alt_text}[kind](
        content, language
    )


def ranking_in_words(content: BulletinContent, language: str) -> str:
    """Tier by tier each unit's place, score with interval, band and movement."""
    lines = [text(language, "bulletins.alt.ranking", name=edition_name(content, language))]
    lines += [waived_text(content, language)] if content.peers_waived is not None else []
    return "\n".join([*lines, *_by_tier(content, language, _standing_in_words)])


def trends_in_words(content: BulletinContent, language: str) -> str:
    """Tier by tier each unit's scores month by month; breaks are named."""
    head = text(language, "charts.alt.trends", name=edition_name(content, language))
    return "\n".join([head, *_by_tier(content, language, _trend_in_words)])


def heat_in_words(content: BulletinContent, language: str) -> str:
    """Tier by tier each unit's share of what was available in every dimension."""
    head = text(language, "charts.alt.heat", name=edition_name(content, language))
    names = {code: name_in(name, language, code) for code, name in content.groups}

    def shares(row: UnitRow, language: str) -> str:
        by_code = dict(row.shares)
        parts = [
            text(language, "charts.alt.share", dimension=name, value=_whole(by_code.get(code)))
            for code, name in names.items()
        ]
        return text(language, "bulletins.alt.separator").join(parts)

    return "\n".join([head, *_by_tier(content, language, shares)])


def unit_trend_in_words(row: UnitRow, language: str) -> str:
    """One unit's panel of the trends."""
    return text(
        language, "charts.alt.unit", name=name_in(row.name, language, row.code), said=_trend_in_words(row, language)
    )


def series_in_words(series: History, language: str) -> str:
    """One series of the years before."""
    points = [
        text(language, "charts.alt.point", period=period, score=_figure(series, value, language))
        for period, value in series.points
    ]
    name = name_in(series.name, language, series.code)
    return text(
        language, "bulletins.alt.series", name=name, points=text(language, "bulletins.alt.separator").join(points)
    )


def _figure(series: History, value: Fraction | None, language: str) -> str:
    return score(None) if value is None else one_line(figure_text(value, series.unit, series.unit_wording, language))


def _by_tier(content: BulletinContent, language: str, words: Callable[[UnitRow, str], str]) -> list[str]:
    lines = []
    for tier in content.tiers:
        said = [
            text(language, "charts.alt.unit", name=name_in(row.name, language, row.code), said=words(row, language))
            for row in tier.units
        ]
        units = text(language, "charts.alt.separator").join(said)
        lines.append(text(language, "bulletins.alt.tier", tier=name_in(tier.name, language, tier.code), units=units))
    return lines


def _standing_in_words(row: UnitRow, language: str) -> str:
    parts = [_score_in_words(row.total, row.certainty, language)]
    if row.rank is None:
        parts.append(remarks(row, language) or text(language, "charts.legend.unranked"))
    else:
        parts.append(_place_in_words(row, row.rank, language))
        parts.append(standing_text(row, language))
    return text(language, "bulletins.alt.separator").join(part for part in parts if part)


def _score_in_words(total: Fraction | None, sure: Certainty | None, language: str) -> str:
    if sure is None or sure.total_low is None or sure.total_high is None:
        return text(language, "charts.alt.score", score=score(total))
    low, high = score(sure.total_low), score(sure.total_high)
    return text(language, "charts.alt.score_between", score=score(total), low=low, high=high)


def _place_in_words(row: UnitRow, rank: int, language: str) -> str:
    sure = row.certainty
    if sure is None or sure.rank_low is None or sure.rank_low == sure.rank_high:
        return text(language, "charts.alt.place", rank=rank)
    return text(language, "charts.alt.place_between", rank=rank, low=sure.rank_low, high=sure.rank_high)


def _trend_in_words(row: UnitRow, language: str) -> str:
    if not row.trend:
        return text(language, "charts.alt.no_trend")
    return text(language, "bulletins.alt.separator").join(_point_in_words(point, language) for point in row.trend)


def _point_in_words(point: TrendPoint, language: str) -> str:
    key = "break" if point.is_break else "point"
    said = text(language, f"charts.alt.{key}", period=point.period, score=score(point.total))
    if point.low is None or point.high is None:
        return said
    return text(language, "charts.alt.point_between", point=said, low=score(point.low), high=score(point.high))


def _whole(value: Fraction | None) -> str:
    return score(None) if value is None else rounded(value, 0)
