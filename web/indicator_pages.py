"""Indicators across units: for the office, the committee and the auditors; and the consortium as a whole over time.

Of single units only those who may see every unit learn anything here. The consortium's own figures may be seen by
everybody who is signed in, where enough units stand behind them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_see_season, require
from consortium.units import unit_names
from evaluation.comparisons import FEWEST_FOR_UNITS
from evaluation.elements import Scheme
from evaluation.freezing import Values
from evaluation.histories import PooledSeries, pooled_history
from evaluation.schemes import scheme_version
from evaluation.scorecards import frozen_cards, frozen_lines, settlement_of, settlements
from evaluation.series import TimedFigure
from locales.errors import DomainError
from locales.texts import pick, text
from web.chart_lines import LineChart, line_chart
from web.indicator_views import Members, indicator_view, shown, together_view
from web.pages import Values as PageValues
from web.pages import language_of, page
from web.site import site_of
from web.unit_history import KINDS
from web.unit_history_views import break_words
from web.visitors import require_visitor

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrendView:
    """One indicator of the consortium over time; `how` says how the newest figure was pooled."""

    code: str
    name: str
    newest: str
    how: str
    words: str
    chart: LineChart


async def every_indicator(request: Request) -> Response:
    """GET /indicators: all indicators by dimension, in the newest settled month's scheme."""

    def work(session: Session) -> PageValues:
        require(may_see_season(require_visitor(session, request).actor))
        periods = [each.period for each in settlements(session)]
        if not periods:
            return {"dimensions": []}
        language, scheme = language_of(request), _scheme(session, Period.parse(periods[-1]))
        used = {line.indicator for tier in scheme.tiers.values() for line in tier.lines}
        return {
            "dimensions": [
                (
                    pick(name, language),
                    [
                        (each.code, pick(each.name, language))
                        for each in scheme.indicators.values()
                        if each.dimension == code and each.code in used
                    ],
                )
                for code, name in scheme.dimensions.items()
            ]
        }

    return page(request, "indicators.html.j2", **await site_of(request).database.run(work))


async def one_indicator(request: Request) -> Response:
    """GET /indicators/{code}[?period=2026-10]: every unit's figure with target and median, pooled figures, gaps."""
    code, asked = request.path_params["code"], request.query_params.get("period")
    if not _CODE.fullmatch(code):
        raise DomainError("page_unknown")

    def work(session: Session) -> PageValues:
        require(may_see_season(require_visitor(session, request).actor))
        language = language_of(request)
        periods = [each.period for each in reversed(settlements(session))]
        if not periods:
            raise DomainError("page_unknown")
        period = Period.parse(asked) if asked is not None else Period.parse(periods[0])
        settlement_of(session, period)
        scheme = _scheme(session, period)
        indicator = scheme.indicators.get(code)
        if indicator is None:
            raise DomainError("page_unknown")
        names = unit_names(session, language)
        rows: dict[str, Values] = {
            row["unit_code"]: row for row in frozen_lines(session, str(period)) if row["indicator"] == code
        }
        view = indicator_view(indicator, rows, _members(session, period, scheme), names, language)
        trends = _trends(pooled_history(session, like=period, codes=(code,)), language, sees_all=True)
        return {
            "view": view,
            "periods": sorted(periods, reverse=True),
            "period": str(period),
            "period_name": period_name(period, language),
            "trend": trends[0] if trends else None,
        }

    return page(request, "indicator.html.j2", **await site_of(request).database.run(work))


async def trend(request: Request) -> Response:
    """GET /trend[?each=month|quarter|year]: the consortium as a whole, every indicator pooled from its units (92)."""
    kind = request.query_params.get("each", "month")
    if kind not in KINDS:
        raise DomainError("page_unknown")

    def work(session: Session) -> PageValues:
        actor = require_visitor(session, request).actor
        require(bool(actor.roles))
        sees_all = may_see_season(actor)
        history = pooled_history(session, like=KINDS[kind])
        trends = _trends(history, language_of(request), sees_all=sees_all)
        return {"trends": trends, "sees_all": sees_all, "left_out": len(history) - len(trends)}

    values = await site_of(request).database.run(work)
    return page(request, "trend.html.j2", **values, kinds=tuple(KINDS), kind=kind, fewest=FEWEST_FOR_UNITS)


def _scheme(session: Session, period: Period) -> Scheme:
    settled = settlement_of(session, period)
    return scheme_version(session, year=settled.scheme_year, version=settled.scheme_version)


def _members(session: Session, period: Period, scheme: Scheme) -> Members:
    """The units of the period by tier, as they were settled."""
    cards = frozen_cards(session, str(period))
    return {
        code: (tier.name, tuple(card["unit_code"] for card in cards if card["tier"] == code))
        for code, tier in scheme.tiers.items()
        if any(card["tier"] == code for card in cards)
    }


def _trends(history: tuple[PooledSeries, ...], language: str, *, sees_all: bool) -> list[TrendView]:
    """What can be drawn; of fewer than five units only for those who see every unit, or it could be solved for one."""
    found = []
    for series in history:
        points = [each for each in series.points if sees_all or each.together.units >= FEWEST_FOR_UNITS]
        figures = [TimedFigure(each.period, each.together.value, each.meaning) for each in points]
        separator = text(language, "evaluation.list_separator")
        chart = line_chart(figures, reasons=break_words(language), separator=separator)
        if chart is None:
            continue
        newest = next(each for each in reversed(points) if each.together.value is not None)
        name = pick(series.indicator.name, language)
        dots = separator.join(f"{dot.period} {dot.value}" for dot in chart.dots if dot.y is not None)
        found.append(
            TrendView(
                code=series.indicator.code,
                name=name,
                newest=shown(newest.together.value, series.indicator, language),
                how=together_view(newest.together, series.indicator, language).how,
                words=text(language, "scorecard.chart.words", name=name, figures=dots),
                chart=chart,
            )
        )
    return found


ROUTES = [
    Route("/indicators", every_indicator),
    Route("/indicators/{code}", one_indicator),
    Route("/trend", trend),
]
