"""Figures as they may be looked at: closed months only, small numbers hidden, with all that stands beside a figure.

A window is a month, a quarter or year that is over, or the twelve months up to a month; longer ones are pooled from
their months by responses. Hidden is what fewer than five people said, and what one figure less others would give away
(`surveys.shown`). Blind surveys are not here: they have `audiences.groups`. Refuses to know when a month is closed: the
caller says it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_SHOWN, may_rank
from consortium.periods import Period
from surveys.audiences.blindness import blind_questionnaires
from surveys.bases import MODE, Bases, bases_by_month
from surveys.measurement import OVERALL, SCORE, Measures, measures
from surveys.models import Tally
from surveys.scoring import LINEAR
from surveys.shown import Counts, measures_shown, months_of, shown_periods
from surveys.sittings import VISIT
from surveys.tallies import RESPONSES
from surveys.trends import Figure, Line, figure, pool, trend

ROLLING = "rolling"
ROLLING_MONTHS = 12
SHOWN_STREAMS = (VISIT, "poster")
"""The streams that have figures of their own; never added."""


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


def window_of(written: str, closed: Sequence[Period], *, unfinished: Collection[Period] = ()) -> Window:
    """The window of that name with those of its months that are closed; `period_invalid` for no name of one.

    A quarter or year that still holds a month of `unfinished` has none: as it grew, its figures would tell a month's.
    """
    if written == ROLLING:
        return Window(ROLLING, tuple(sorted(closed))[-ROLLING_MONTHS:])
    period = Period.parse(written)
    months = months_of(period)
    if not period.is_month and any(month in unfinished for month in months):
        return Window(str(period), ())
    return Window(str(period), tuple(month for month in months if month in closed))


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
    with_lines: bool = True,
) -> list[Result]:
    """Every unit and questionnaire of patients with answers or invitations in the window; or one unit's.

    Without lines only the window's own months are looked at.
    """
    last = window.months[-1] if window.months and with_lines else None
    before = [month for month in sorted(closed) if last is not None and month <= last][-ROLLING_MONTHS:]
    months = sorted({*window.months, *before})
    by_month = {month: measures(session, period=month, definition=definition, stream=stream) for month in months}
    years = {month.year for month in months}
    within = [month for month in closed if month.year in years]
    answered = responses_by_month(session, closed=within, stream=stream)
    bases = bases_by_month(session, months=within, stream=stream, definition=definition)
    blind = blind_questionnaires(session)
    names = sorted(
        {
            (unit, name)
            for month in window.months
            for unit in by_month[month]
            for name in by_month[month][unit]
            if name not in blind and unit_code in (None, unit)
        }
    )
    found = []
    for unit, name in names:
        own = {month: by_month[month].get(unit, {}).get(name) for month in by_month}
        told = _Told(answered.get((unit, name), {}), bases.get((unit, name), {}))
        parts = [each for month in window.months if (each := own[month]) is not None]
        lines = _lines(own, before, told.shown(SCORE), definition)
        found.append(_result((unit, name, stream), window, parts, told=told, lines=lines))
    return found


def responses_by_month(
    session: Session, *, closed: Collection[Period], stream: str
) -> dict[tuple[str, str], dict[Period, int]]:
    """(Unit, questionnaire) → closed month → responses."""
    rows = session.execute(
        select(Tally.unit_code, Tally.questionnaire_id, Tally.period, func.sum(Tally.count))
        .where(Tally.stream == stream, Tally.question_id == RESPONSES, Tally.option_code == RESPONSES)
        .where(Tally.period.in_([str(month) for month in closed]))
        .group_by(Tally.unit_code, Tally.questionnaire_id, Tally.period)
    )
    found: dict[tuple[str, str], dict[Period, int]] = {}
    for unit, name, written, count in rows:
        if count:
            found.setdefault((unit, name), {})[Period.parse(written)] = int(count)
    return found


def is_shown(window: Window, answered: Counts, shown: Collection[str], minimum: int = MINIMUM_SHOWN) -> bool:
    """Whether the window may be shown. Twelve months may if each of them may: their ends move, month by month."""
    n = sum(answered.get(month, 0) for month in window.months)
    if n == 0:
        return True  # that nobody answered is no secret
    if not window.is_rolling:
        return window.name in shown
    return n >= minimum and all(str(month) in shown for month in window.months if answered.get(month, 0))


class _Told:
    """What may be told of one unit and questionnaire in one stream: by measure, and by mode."""

    def __init__(self, answered: Counts, bases: Bases) -> None:
        self._answered, self._bases = answered, bases
        self._whole = shown_periods(answered)
        measured = {name: counts for name, counts in bases.items() if not name.startswith(MODE)}
        dimensions = sorted(measured.keys() - {SCORE, OVERALL})
        self._shown = measures_shown(answered, measured, score=SCORE, dimensions=dimensions)

    def shown(self, measure: str) -> Collection[str]:
        """The periods in which a measure may be shown."""
        return self._shown.get(measure, self._whole)

    def whole(self, window: Window) -> bool:
        return is_shown(window, self._answered, self._whole)

    def measure(self, measure: str, window: Window) -> bool:
        return self.whole(window) and is_shown(window, self._bases.get(measure, {}), self.shown(measure))

    def modes(self, window: Window) -> bool:
        """All of them or none: the number of all is known."""
        modes = [counts for name, counts in self._bases.items() if name.startswith(MODE)]
        return all(is_shown(window, counts, shown_periods(counts) & self._whole) for counts in modes)


def _result(
    about: tuple[str, str, str],
    window: Window,
    parts: list[Measures],
    *,
    told: _Told,
    lines: tuple[Line, ...],
) -> Result:
    unit, name, stream = about
    score = pool(each.score for each in parts)
    dimensions = dict.fromkeys(code for each in parts for code in each.dimensions)
    found: dict[str, Figure | None] = {SCORE: score, OVERALL: pool(each.overall for each in parts)}
    for code in dimensions:
        found[code] = pool(each.dimensions[code] for each in parts if code in each.dimensions)
    is_whole = told.whole(window)
    modes = score.mode_mix if told.modes(window) else dict.fromkeys(score.mode_mix)
    return Result(
        unit_code=unit,
        questionnaire_id=name,
        stream=stream,
        window=score.window,
        definition=score.definition,
        n=score.n if is_whole else None,
        invited=score.invited,
        figures={measure: each if told.measure(measure, window) else None for measure, each in found.items()},
        mode_mix=modes if is_whole else {},
        may_be_ranked=may_rank(score.n) if len(window.months) == 1 else may_rank(0, score.n),
        lines=lines,
    )


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
