"""Figures as they may be looked at: closed months only, small numbers hidden, with all that stands beside a figure.

A window is a month, a quarter, a year or the twelve months up to a month; longer ones are pooled from their months by
responses. Hidden is what fewer than five people said, and what subtracting a window from another would give away
(`consortium.disclosure`). Refuses to know when a month is closed: the caller says it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_SHOWN, may_rank, may_show_count, suppress, suppress_counts
from consortium.periods import Period
from surveys.fielding.versions import versions
from surveys.measurement import OVERALL, SCORE, Measures, measures
from surveys.models import Tally
from surveys.scoring import LINEAR
from surveys.sittings import VISIT
from surveys.tallies import RESPONSES, counts
from surveys.trends import Figure, Line, figure, pool, trend

ROLLING = "rolling"
ROLLING_MONTHS = 12
SHOWN_STREAMS = (VISIT, "poster")
"""The streams that have figures of their own; never added."""

Counts = Mapping[Period, int]
"""Month → responses."""


@dataclass(frozen=True, slots=True)
class Window:
    """`name` is a period as written, or `rolling`; `months` are its closed months, in time."""

    name: str
    months: tuple[Period, ...]

    @property
    def is_rolling(self) -> bool:
        return self.name == ROLLING


@dataclass(frozen=True, slots=True)
class Result:
    """What one questionnaire says about one unit in one stream and window.

    `figures` by measure (`score`, `overall`, a dimension): None where too few answered. `n` is None where the whole
    window is hidden; `mode_mix` has None for a mode that is hidden. `lines` are months up to the window's last.
    """

    unit_code: str
    questionnaire_id: str
    stream: str
    window: str
    definition: str
    n: int | None
    invited: int
    figures: Mapping[str, Figure | None]
    mode_mix: Mapping[str, int | None]
    may_be_ranked: bool
    lines: tuple[Line, ...] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether so few answered that nothing is shown."""
        return self.n is None


def window_of(written: str, closed: Sequence[Period]) -> Window:
    """The window of that name with those of its months that are closed; `period_invalid` for no name of one."""
    if written == ROLLING:
        return Window(ROLLING, tuple(sorted(closed))[-ROLLING_MONTHS:])
    period = Period.parse(written)
    return Window(str(period), tuple(sorted(month for month in closed if _holds(period, month))))


def months_with_answers(session: Session) -> list[Period]:
    """Every month in which anything was counted, in time."""
    return sorted(Period.parse(each) for each in session.scalars(select(Tally.period).distinct()))


def results(
    session: Session,
    *,
    window: Window,
    closed: Sequence[Period],
    definition: str = LINEAR,
    stream: str = VISIT,
    unit_code: str | None = None,
) -> list[Result]:
    """Every unit and questionnaire with answers or invitations in the window; or one unit's."""
    last = window.months[-1] if window.months else None
    before = [month for month in sorted(closed) if last is not None and month <= last][-ROLLING_MONTHS:]
    by_month = {
        month: measures(session, period=month, definition=definition, stream=stream)
        for month in sorted({*window.months, *before})
    }
    answered = responses_by_month(session, closed=closed, stream=stream)
    bases = _bases(session, window.months, stream)
    names = sorted(
        {(unit, name) for month in window.months for unit in by_month[month] for name in by_month[month][unit]}
    )
    found = []
    for unit, name in names:
        if unit_code not in (None, unit):
            continue
        own = {month: by_month[month].get(unit, {}).get(name) for month in by_month}
        parts = [each for month in window.months if (each := own[month]) is not None]
        shown = shown_periods(answered.get((unit, name), {}))
        found.append(
            _result(
                (unit, name, stream),
                window,
                parts,
                is_shown=is_shown(window, answered.get((unit, name), {}), shown),
                base=bases.get((unit, name), {}),
                lines=_lines(own, before, shown, definition),
            )
        )
    return found


def responses_by_month(
    session: Session, *, closed: Collection[Period], stream: str
) -> dict[tuple[str, str], dict[Period, int]]:
    """(Unit, questionnaire) → closed month → responses."""
    rows = session.execute(
        select(Tally.unit_code, Tally.questionnaire_id, Tally.period, func.sum(Tally.count))
        .where(Tally.stream == stream, Tally.question_id == RESPONSES, Tally.option_code == RESPONSES)
        .group_by(Tally.unit_code, Tally.questionnaire_id, Tally.period)
    )
    found: dict[tuple[str, str], dict[Period, int]] = {}
    for unit, name, written, count in rows:
        month = Period.parse(written)
        if month in closed and count:
            found.setdefault((unit, name), {})[month] = int(count)
    return found


def shown_periods(answered: Counts, minimum: int = MINIMUM_SHOWN) -> frozenset[str]:
    """The years, quarters and months of which something may be shown, so that no difference of two tells of few."""
    shown: set[str] = set()
    for year in sorted({month.year for month in answered}):
        tree = _tree(Period(year), {month: n for month, n in answered.items() if month.year == year})
        shown |= set(_named(suppress(tree, minimum)))
    return frozenset(shown)


def is_shown(window: Window, answered: Counts, shown: Collection[str], minimum: int = MINIMUM_SHOWN) -> bool:
    """Whether the window may be shown. Twelve months may if what they add to the months shown is of enough people."""
    n = sum(answered.get(month, 0) for month in window.months)
    if n == 0:
        return True  # that nobody answered is no secret
    if not window.is_rolling:
        return window.name in shown
    hidden = sum(answered.get(month, 0) for month in window.months if str(month) not in shown)
    return n >= minimum and (hidden == 0 or hidden >= minimum)


def _result(
    about: tuple[str, str, str],
    window: Window,
    parts: list[Measures],
    *,
    is_shown: bool,
    base: Mapping[str, int],
    lines: tuple[Line, ...],
) -> Result:
    unit, name, stream = about
    score = pool(each.score for each in parts)
    dimensions = dict.fromkeys(code for each in parts for code in each.dimensions)
    found: dict[str, Figure | None] = {SCORE: score, OVERALL: pool(each.overall for each in parts)}
    for code in dimensions:
        found[code] = pool(each.dimensions[code] for each in parts if code in each.dimensions)
    for code in (OVERALL, *dimensions):
        if base.get(code, 0) > 0 and not may_show_count(base[code]):
            found[code] = None
    return Result(
        unit_code=unit,
        questionnaire_id=name,
        stream=stream,
        window=score.window,
        definition=score.definition,
        n=score.n if is_shown else None,
        invited=score.invited,
        figures=found if is_shown else dict.fromkeys(found),
        mode_mix=suppress_counts(score.mode_mix) if is_shown else {},
        may_be_ranked=may_rank(score.n) if len(window.months) == 1 else may_rank(0, score.n),
        lines=lines,
    )


def _bases(session: Session, months: Iterable[Period], stream: str) -> dict[tuple[str, str], dict[str, int]]:
    """(Unit, questionnaire) → dimension or overall → how many answered the question of it that most answered."""
    asked: dict[tuple[str, str], dict[str, int]] = {}
    for month in months:
        for key, count in counts(session, period=month, stream=stream).items():
            if key.question_id != RESPONSES:
                of_unit = asked.setdefault((key.unit_code, key.questionnaire_id), {})
                of_unit[key.question_id] = of_unit.get(key.question_id, 0) + count
    places = _measures_of_questions(session, {name for _, name in asked})
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (unit, name), questions in asked.items():
        for question, count in questions.items():
            for measure in places.get((name, question), ()):
                of_unit = found.setdefault((unit, name), {})
                of_unit[measure] = max(of_unit.get(measure, 0), count)
    return found


def _measures_of_questions(session: Session, names: Collection[str]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for version in versions(session):
        form = version.questionnaire
        for question in form.questions if form.id in names else ():
            of_question = found.setdefault((form.id, question.id), set())
            of_question |= {question.dimension} if question.dimension else set()
            of_question |= {OVERALL} if question.is_overall else set()
    return found


def _lines(
    own: Mapping[Period, Measures | None], before: Iterable[Period], shown: Collection[str], definition: str
) -> tuple[Line, ...]:
    """Months as a line; one that may not be shown is a gap like one without answers."""
    figures = []
    for month in before:
        found = own.get(month)
        if found is None or (found.score.n and str(month) not in shown):
            figures.append(figure(None, n=0, invited=0, mode_mix={}, window=str(month), definition=definition))
        else:
            figures.append(found.score)
    return trend(figures)


def _tree(period: Period, answered: Counts) -> dict[str, object]:
    """Year, quarters, months, with their responses."""
    children = []
    if not period.is_month:
        inner = (
            [Period(period.year, month) for month in range(3 * period.quarter - 2, 3 * period.quarter + 1)]
            if period.quarter is not None
            else [Period(period.year, None, quarter) for quarter in (1, 2, 3, 4)]
        )
        children = [_tree(each, answered) for each in inner if any(_holds(each, month) for month in answered)]
    count = sum(n for month, n in answered.items() if _holds(period, month))
    return {"name": str(period), "count": count, "children": children}


def _named(tree: Mapping[str, object]) -> list[str]:
    found = [str(tree["name"])] if tree["count"] is not None else []
    for child in tree["children"]:  # type: ignore[attr-defined]  # our own tree, copied by `suppress`
        found += _named(child)
    return found


def _holds(period: Period, month: Period) -> bool:
    """Whether a month lies in a period."""
    if period.is_month or month.month is None:
        return period == month
    return period.year == month.year and period.quarter in (None, (month.month + 2) // 3)
