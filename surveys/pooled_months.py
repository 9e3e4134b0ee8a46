"""Several months of answers as one figure: counted together, not averaged (rule 79).

A quarter or a year that may be shown as a whole is pooled whole; of any other stretch, and of one in which a small
month would be given away, only the months that may be shown by themselves (`surveys.shown`). Refuses to know when a
month is closed, and who is scored by what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from consortium.disclosure import shown_total
from consortium.periods import Period
from surveys.audiences.blindness import blind_versions
from surveys.bases import MODE, Bases, bases_by_month
from surveys.measurement import OVERALL, SCORE, Counted, Measures, counted_answers, measured
from surveys.shown import measures_shown, shown_periods
from surveys.sittings import VISIT

_Place = tuple[str, str]
"""(Unit, questionnaire)."""


@dataclass(frozen=True, slots=True)
class PooledMonths:
    """The answers of some closed months. `whole` is the quarter or year that they are, None for another stretch."""

    session: Session
    months: tuple[Period, ...]
    whole: Period | None
    counted: Mapping[Period, Mapping[str, Mapping[str, Counted]]]
    blind: frozenset[str]
    _bases: dict[str, Mapping[_Place, Bases]] = field(default_factory=dict)
    _known: dict[tuple[str, str, str, str], Measures | None] = field(default_factory=dict)

    def measures(self, unit: str, questionnaire: str, *, definition: str, measure: str) -> Measures | None:
        """The figures of one unit, pooled over the months that `measure` may be taken from; None without any.

        Where somebody answered and no month may be told, the figures say so: `measure` is among the `too_few`.
        """
        place = unit, questionnaire, definition, measure
        if place not in self._known:
            self._known[place] = self._measured(unit, questionnaire, definition, measure)
        return self._known[place]

    def responses(self, unit: str) -> int | None:
        """Patients' responses that may be told of the whole; None where somebody answered, but too few."""
        counts = []
        for name in {name for month in self.months for name in self.counted[month].get(unit, {})} - self.blind:
            answered = self._answered(unit, name)
            told = self._told(answered, shown_periods(answered))
            total = sum(answered[month] for month in told)
            counts.append(total if told else min(sum(answered.values()), 1))
        return shown_total(counts)

    def _measured(self, unit: str, name: str, definition: str, measure: str) -> Measures | None:
        own = {month: self.counted[month].get(unit, {}).get(name) for month in self.months}
        there = {month: counted for month, counted in own.items() if counted is not None}
        if not there:
            return None
        answered = self._answered(unit, name)
        bases = self._of_definition(definition).get((unit, name), {})
        of_measures = {code: counts for code, counts in bases.items() if not code.startswith(MODE)}
        dimensions = sorted(of_measures.keys() - {SCORE, OVERALL})
        shown = measures_shown(answered, of_measures, score=SCORE, dimensions=dimensions)
        told = self._told(answered, shown.get(measure, shown_periods(answered)))
        used = told or (() if any(answered.values()) else tuple(there))
        pooled = _together([there[month] for month in (used or there) if month in there])
        found = measured(
            self.session, questionnaire_id=name, counted=pooled, window=self._window(), definition=definition
        )
        if used:
            return found
        return Measures(found.score, found.dimensions, found.overall, found.too_few | {measure})

    def _told(self, answered: Mapping[Period, int], shown: frozenset[str]) -> tuple[Period, ...]:
        """The months that the figure may be taken from."""
        if self.whole is not None and str(self.whole) in shown:
            return tuple(month for month in self.months if answered.get(month))
        return tuple(month for month in self.months if str(month) in shown)

    def _answered(self, unit: str, name: str) -> dict[Period, int]:
        counts = {month: self.counted[month].get(unit, {}).get(name) for month in self.months}
        return {month: counted.n for month, counted in counts.items() if counted is not None}

    def _of_definition(self, definition: str) -> Mapping[_Place, Bases]:
        if definition not in self._bases:
            self._bases[definition] = bases_by_month(
                self.session, months=self.months, stream=VISIT, definition=definition
            )
        return self._bases[definition]

    def _window(self) -> str:
        return str(self.whole) if self.whole is not None else f"{self.months[0]} – {self.months[-1]}"


def pooled_months(session: Session, *, months: Sequence[Period], whole: Period | None) -> PooledMonths:
    """The answers of closed months, in time."""
    counted = {month: counted_answers(session, period=month) for month in months}
    blind = frozenset(questionnaire for questionnaire, _ in blind_versions(session))
    return PooledMonths(session, tuple(months), whole, counted, blind)


def _together(parts: Sequence[Counted]) -> Counted:
    """Everything that was counted in several months, version by version."""
    versions: dict[str, dict[str, dict[str, int]]] = {}
    for part in parts:
        for version, questions in part.versions.items():
            for question, options in questions.items():
                into = versions.setdefault(version, {}).setdefault(question, {})
                for option, count in options.items():
                    into[option] = into.get(option, 0) + count
    return Counted(versions, sum(part.invited for part in parts))
