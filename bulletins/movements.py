"""What has moved in a bulletin's month by more than noise: indicators of collaboration, and who improved the most.

Knows frozen lines of the month and of the one before. What peers, experts and blind surveys said is told elsewhere or
not at all, and no number from one to four stands behind a figure here. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from sqlalchemy.orm import Session

from bulletins.parts import Change, CollaborationFigure, Improved, UnitRow, Wording
from consortium.periods import Period
from evaluation.comparisons import NOT_POOLED, together
from evaluation.elements import COLLABORATION, READING, SURVEY, Indicator, Scheme
from evaluation.figures import NOT_APPROVED
from evaluation.freezing import Values
from evaluation.models import Settlement
from evaluation.movement import UP
from evaluation.noise import Counted, counted, is_better, is_news, is_sum, may_be_told, together_counted
from evaluation.schemes import scheme_version
from evaluation.settled import frozen_lines
from surveys.audiences.blindness import blind_questionnaires


def collaboration_figures(
    session: Session, *, period: Period, scheme: Scheme, names: Mapping[str, Wording]
) -> tuple[CollaborationFigure, ...]:
    """The indicators of collaboration that have something to say, in the scheme's order; `names` are the units that
    stand in the bulletin.
    """
    blind = blind_questionnaires(session)
    before_scheme, before_lines = _before(session, period, names)
    lines = _by_indicator(frozen_lines(session, str(period)), names)
    found = []
    for code, indicator in scheme.indicators.items():
        if indicator.dimension != COLLABORATION or not is_told(indicator, blind):
            continue
        then = before_scheme.indicators.get(code) if before_scheme is not None else None
        is_alike = then is not None and making(then) == making(indicator)
        figure = _figure(indicator, lines.get(code, []), before_lines.get(code, []) if is_alike else [], names)
        if figure is not None:
            found.append(figure)
    return tuple(found)


def most_improved(rows: Iterable[tuple[str, UnitRow]]) -> tuple[Improved, ...]:
    """Tier by tier who rose the most since the period before, by more than noise; several where they rose alike.

    `rows` are units with their tier, in the bulletin's order; a row's movement is only said between scores that mean
    the same.
    """
    risen: dict[str, list[Improved]] = {}
    for tier, row in rows:
        if row.certainty is None or row.certainty.movement != UP or row.total is None:
            continue
        before = row.trend[-2]
        if before.total is not None:
            made = Improved(tier, row.code, row.name, before.total, row.total, before.rank, row.rank)
            risen.setdefault(tier, []).append(made)
    return tuple(
        each for found in risen.values() for each in found if _rise(each) == max(_rise(other) for other in found)
    )


def _rise(found: Improved) -> Fraction:
    return found.after - found.before


def _before(session: Session, period: Period, names: Collection[str]) -> tuple[Scheme | None, dict[str, list[Values]]]:
    """The scheme and the lines of the period before, where it is settled."""
    settlement = session.get(Settlement, str(period.previous()))
    if settlement is None:
        return None, {}
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    return scheme, _by_indicator(frozen_lines(session, settlement.period), names)


def _by_indicator(lines: Iterable[Values], units: Collection[str]) -> dict[str, list[Values]]:
    """Lines with a figure, of these units; a figure whose evidence nobody has agreed to is none."""
    found: dict[str, list[Values]] = {}
    for row in lines:
        if row["unit_code"] in units and row["value"] is not None and row["reason"] != NOT_APPROVED:
            found.setdefault(row["indicator"], []).append(row)
    return found


def is_told(indicator: Indicator, blind: Collection[str]) -> bool:
    """Whether an indicator's figures may be told here: readings, and surveys that are not blind."""
    return indicator.input == READING or (indicator.input == SURVEY and indicator.questionnaire not in blind)


def making(indicator: Indicator) -> tuple[object, ...]:
    """What makes a figure: figures of two makings are never compared."""
    return indicator.input, indicator.unit, indicator.questionnaire, indicator.measure, indicator.definition


def _figure(
    indicator: Indicator, now: list[Values], before: list[Values], names: Mapping[str, Wording]
) -> CollaborationFigure | None:
    """None where the whole has no figure that may be told."""
    whole = whole_figure(indicator, now)
    if whole is None:
        return None
    same_units = {row["unit_code"] for row in now} == {row["unit_code"] for row in before}
    is_same_sum = same_units or not is_sum(indicator)  # a sum of other units is another sum
    then = whole_figure(indicator, before) if is_same_sum else None
    moved = then is not None and is_news(then, whole, is_count=is_sum(indicator))
    targets = {row["target"] for row in now} if not is_sum(indicator) else set()
    return CollaborationFigure(
        code=indicator.code,
        name=indicator.name,
        unit=indicator.unit,
        unit_wording=indicator.unit_wording,
        value=whole.value,
        before=then.value if then is not None else None,
        units=len(now),
        target=targets.pop() if len(targets) == 1 else None,
        changes=tuple(_changes(indicator, now, before, names)),
        is_better=is_better(indicator, then.value, whole.value) if moved and then is not None else None,
    )


def whole_figure(indicator: Indicator, rows: list[Values]) -> Counted | None:
    """All units' frozen figures as one; None where they cannot be joined, or may not be told."""
    parts = [each for row in rows if (each := counted(row)) is not None]
    pooled = together(indicator, rows)
    value = pooled.value
    if pooled.how == NOT_POOLED and parts and is_sum(indicator):
        value = sum((each.value for each in parts), Fraction())
    if value is None:
        return None
    whole = together_counted(parts, value)
    return whole if may_be_told(whole, is_count=is_sum(indicator)) else None


def _changes(
    indicator: Indicator, now: list[Values], before: list[Values], names: Mapping[str, Wording]
) -> list[Change]:
    """The units whose figure is news, the largest change first; of one definition only. Of a sum never all but one are
    told, or the one that is not could be found by subtraction.
    """
    then = {row["unit_code"]: row for row in before}
    found = []
    for row in now:
        past = then.get(row["unit_code"])
        if past is None or past["definition"] != row["definition"]:
            continue
        figures = [each for each in (counted(past), counted(row)) if each is not None]
        if not all(may_be_told(each, is_count=is_sum(indicator)) for each in figures):
            continue
        better = is_better(indicator, past["value"], row["value"])
        if better is not None and is_news(*figures, is_count=is_sum(indicator)):
            name = names[row["unit_code"]]
            found.append(Change(row["unit_code"], name, past["value"], row["value"], better))
    found.sort(key=lambda change: (-abs(change.after - change.before), change.unit))
    return found[:-1] if is_sum(indicator) and len(now) - len(found) == 1 else found
