"""How many people stand behind each figure of a survey, from the tallies: what decides whether it may be shown.

Many may have answered and few have given a score: an answer counts only where it enters the figure by its definition.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from surveys.measurement import OVERALL, SCORE
from surveys.models import Tally
from surveys.questionnaires import load
from surveys.scoring import question_score
from surveys.shown import Counts
from surveys.structure import Questionnaire, find_question
from surveys.tallies import RESPONSES

Bases = Mapping[str, Counts]
"""Measure (`score`, `overall`, a dimension), or `MODE` and a mode → month → how many people stand behind it."""

MODE = "mode:"


def bases_by_month(
    session: Session, *, months: Collection[Period], stream: str, definition: str
) -> dict[tuple[str, str], dict[str, dict[Period, int]]]:
    """(Unit, questionnaire) → measure or mode → month → how many people answered the question of it most answered."""
    rows = session.execute(
        select(
            Tally.unit_code, Tally.questionnaire_id, Tally.questionnaire_version, Tally.period, Tally.question_id,
            Tally.option_code, Tally.count,
        ).where(Tally.stream == stream, Tally.period.in_([str(month) for month in months]), Tally.count > 0)
    )  # fmt: skip
    counted = _Counted(session, definition)
    asked: dict[tuple[str, str, str, str], dict[str, int]] = {}
    found: dict[tuple[str, str], dict[str, dict[Period, int]]] = {}
    for unit, name, version, written, question, option, count in rows:
        if question == RESPONSES:
            if option != RESPONSES:
                _add(found.setdefault((unit, name), {}), MODE + option, Period.parse(written), count)
        elif counted.counts(name, version, question, option):
            of_month = asked.setdefault((unit, name, version, written), {})
            of_month[question] = of_month.get(question, 0) + count
    for (unit, name, version, written), questions in asked.items():
        most: dict[str, int] = {}
        for question, count in questions.items():
            for measure in counted.measures_of(name, version, question):
                most[measure] = max(most.get(measure, 0), count)
        for measure, count in most.items():
            _add(found.setdefault((unit, name), {}), measure, Period.parse(written), count)
    return found


def _add(bases: dict[str, dict[Period, int]], measure: str, month: Period, count: int) -> None:
    of_measure = bases.setdefault(measure, {})
    of_measure[month] = of_measure.get(month, 0) + count


class _Counted:
    """Which answers of which questions enter which measures, by a definition; each looked up once."""

    def __init__(self, session: Session, definition: str) -> None:
        self._session, self._definition = session, definition
        self._forms: dict[tuple[str, str], Questionnaire] = {}
        self._known: dict[tuple[str, str, str, str], bool] = {}

    def counts(self, name: str, version: str, question_id: str, option: str) -> bool:
        """Whether the answer is in the figure's denominator."""
        key = name, version, question_id, option
        if key not in self._known:
            question = find_question(self._form(name, version), question_id)
            self._known[key] = (
                question is not None and question_score(question, {option: 1}, self._definition) is not None
            )
        return self._known[key]

    def measures_of(self, name: str, version: str, question_id: str) -> tuple[str, ...]:
        question = find_question(self._form(name, version), question_id)
        if question is None:
            return ()
        of_dimension = (SCORE, question.dimension) if question.dimension is not None else ()
        return (*of_dimension, *((OVERALL,) if question.is_overall else ()))

    def _form(self, name: str, version: str) -> Questionnaire:
        key = name, version
        if key not in self._forms:
            self._forms[key] = load(self._session, name, version)
        return self._forms[key]
