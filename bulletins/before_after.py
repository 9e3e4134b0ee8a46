"""Before and after (rules 71–73, 102, 103): figures of earlier years beside our own, indicator by indicator.

Everybody who reads bulletins may read this, so our own figures are those of months whose bulletin stands, pooled from
the units that are in it, and numbers from one to four are not in here. Refuses to know wording, and to call figures of
two definitions one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy.orm import Session

from bulletins.archive import standing_contents
from bulletins.movements import is_told, making, whole_figure
from bulletins.parts import BulletinContent, Satisfaction, Wording
from bulletins.sections import climbs_over
from consortium.periods import Period
from evaluation.elements import WATCH, Indicator, Scheme
from evaluation.figures import NOT_APPROVED
from evaluation.growth import Amount, Climb, Growth, SameMonths, growth, same_months
from evaluation.indicators import history
from evaluation.models import Settlement
from evaluation.noise import Counted, is_news, is_sum, may_be_told
from evaluation.schemes import scheme_version
from evaluation.settled import frozen_lines
from surveys.audiences.blindness import blind_questionnaires


@dataclass(frozen=True, slots=True)
class Figure:
    """One period's figure; None where a number from one to four stands behind it."""

    period: str
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Run:
    """Figures of one making in the order of time, and how the last differs from the first (None: nothing to say).
    `is_noise`: by no more than chance explains, as far as the counts behind them can tell.
    """

    figures: tuple[Figure, ...]
    first: Figure | None
    last: Figure | None
    growth: Growth | None
    is_noise: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """The same months of two years, and the growth between them."""

    months: SameMonths
    growth: Growth | None


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """An indicator: imported figures of whole years, our own of released months, and months held against months."""

    indicator: Indicator
    imported: Run
    own: Run
    same_months: Compared | None
    target: Fraction | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Patients' satisfaction of the whole consortium in one released month."""

    period: str
    definition: str
    figures: Satisfaction


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit's first and latest place, and of which months they are."""

    code: str
    name: Wording
    first: str
    last: str
    climb: Climb


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that can be held against something."""

    indicators: tuple[BeforeAfter, ...]
    satisfaction: tuple[Answered, ...]
    places: tuple[tuple[str, Wording, tuple[Placed, ...]], ...]  # by tier: code, name, units


def before_after(session: Session) -> Overview:
    """Indicators of the newest scheme that a standing bulletin was made by; nothing before the first release."""
    contents = standing_contents(session)
    if not contents:
        return Overview((), (), ())
    newest = _scheme(session, contents[-1])
    own = _own_figures(session, contents, newest)
    found = [_compared(session, indicator, own.get(code, {})) for code, indicator in newest.indicators.items()]
    return Overview(
        indicators=tuple(each for each in found if each is not None),
        satisfaction=tuple(
            Answered(each.period, each.satisfaction_definition, each.overall.satisfaction)
            for each in contents
            if each.overall.satisfaction is not None and Period.parse(each.period).is_month
        ),
        places=_places(contents),
    )


def _scheme(session: Session, content: BulletinContent) -> Scheme:
    return scheme_version(session, year=content.scheme_year, version=content.scheme_version)


def _own_figures(
    session: Session, contents: Iterable[BulletinContent], newest: Scheme
) -> dict[str, dict[Period, Counted]]:
    """Indicator → month → the consortium's figure, of those that mean what the newest scheme means by them."""
    blind = blind_questionnaires(session)
    found: dict[str, dict[Period, Counted]] = {}
    for content in contents:
        period = Period.parse(content.period)
        settled = session.get(Settlement, content.period)
        if not period.is_month or settled is None or settled.digest != content.digest:
            continue  # corrected since, and the correction is not released yet
        scheme = _scheme(session, content)
        units = {row.code for tier in content.tiers for row in tier.units}
        rows: dict[str, list[dict[str, object]]] = {}
        for row in frozen_lines(session, content.period):
            if row["unit_code"] in units and row["value"] is not None and row["reason"] != NOT_APPROVED:
                rows.setdefault(row["indicator"], []).append(row)
        for code, lines in rows.items():
            indicator = newest.indicators.get(code)
            if indicator is None or not is_told(indicator, blind):
                continue
            whole = whole_figure(indicator, lines) if making(scheme.indicators[code]) == making(indicator) else None
            if whole is not None:
                found.setdefault(code, {})[period] = whole
    return found


def _compared(session: Session, indicator: Indicator, own: Mapping[Period, Counted]) -> BeforeAfter | None:
    """None where neither earlier years nor two of our own months are there."""
    events = is_sum(indicator)
    years: dict[Period, Amount] = {}
    months: dict[Period, Amount] = {}
    for each in history(session, indicator.code):
        if each.unit_code is None and each.value is not None:
            figure = Counted(each.value, each.numerator, each.denominator)
            told = Amount(each.value, each.numerator, each.denominator)
            if not may_be_told(figure, is_count=events):
                told = Amount(None)
            if each.period.is_month:
                months[each.period] = told
            elif each.period.quarter is None:
                years[each.period] = told
    ours = {period: Amount(each.value, each.numerator, each.denominator) for period, each in own.items()}
    imported, own_run = _run(years, indicator), _judged(_run(ours, indicator), own, indicator)
    compared = _same_months(months | ours, indicator)
    if not years and compared is None and (indicator.direction == WATCH or len(ours) < 2):  # noqa: PLR2004
        return None
    target = indicator.curve.target if not events else None
    return BeforeAfter(indicator, imported, own_run, compared, target)


def _run(figures: Mapping[Period, Amount], indicator: Indicator) -> Run:
    ordered = tuple(Figure(str(period), figures[period].value) for period in sorted(figures, key=str))
    known = [each for each in ordered if each.value is not None]
    if len(known) < 2:  # noqa: PLR2004 - growth needs two
        return Run(ordered, None, None, None)
    first, last = known[0], known[-1]
    assert first.value is not None
    assert last.value is not None
    return Run(ordered, first, last, growth(first.value, last.value, unit=indicator.unit))


def _judged(run: Run, own: Mapping[Period, Counted], indicator: Indicator) -> Run:
    """The run of our own months with what the counts behind its ends say of its change."""
    if run.first is None or run.last is None:
        return run
    ends = own[Period.parse(run.first.period)], own[Period.parse(run.last.period)]
    return replace(run, is_noise=not is_news(*ends, is_count=is_sum(indicator)))


def _same_months(figures: Mapping[Period, Amount], indicator: Indicator) -> Compared | None:
    """The newest year that has months in common with the year before it."""
    for year in sorted({period.year for period in figures}, reverse=True):
        found = same_months(figures, year=year, against=year - 1, unit=indicator.unit, adds_up=is_sum(indicator))
        if found is not None:
            return Compared(found, growth(found.before, found.after, unit=indicator.unit))
    return None


def _places(contents: Iterable[BulletinContent]) -> tuple[tuple[str, Wording, tuple[Placed, ...]], ...]:
    """First and latest place of every unit that stands in the newest bulletin, tier by tier."""
    months = [content for content in contents if Period.parse(content.period).is_month]
    if len(months) < 2:  # noqa: PLR2004 - a way has two ends
        return ()
    found = climbs_over(months)
    tiers = []
    for tier in months[-1].tiers:
        placed = tuple(Placed(row.code, row.name, *found[tier.code, row.code]) for row in tier.units
                       if (tier.code, row.code) in found)  # fmt: skip
        if placed:
            tiers.append((tier.code, tier.name, placed))
    return tuple(tiers)
