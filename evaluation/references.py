"""What a scheme names inside the questionnaires it is fed from. PURE.

Knows the measures that a questionnaire has. Refuses to know points; `check` and `apply` ask it beside `check_bounds`.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.elements import OVERALL, SCORE, SURVEY, Indicator, Scheme
from locales.errors import Finding
from surveys.scoring import fits
from surveys.structure import Question, Questionnaire


def check_measures(scheme: Scheme, *, file: str, questionnaires: Mapping[str, Questionnaire]) -> list[Finding]:
    """A survey indicator's measure must be one of its questionnaire: the score, the overall question, or a dimension;
    and its definition must mean something on the scale of every question of that measure.

    A questionnaire that is not there at all is somebody else's finding.
    """
    findings = []
    for code, indicator in scheme.indicators.items():
        questionnaire = questionnaires.get(indicator.questionnaire or "")
        if questionnaire is None:
            continue
        overall = [OVERALL] if any(question.is_overall for question in questionnaire.questions) else []
        measures = [SCORE, *overall, *(dimension.code for dimension in questionnaire.dimensions)]
        if indicator.measure not in measures:
            details = {"value": indicator.measure, "known": ", ".join(measures)}
            findings.append(Finding(file, f"indicators.{code}.measure", "scheme_measure_unknown", details))
        elif indicator.input == SURVEY and indicator.definition is not None:
            findings += _unfit(indicator, questionnaire, file)
    return findings


def _unfit(indicator: Indicator, questionnaire: Questionnaire, file: str) -> list[Finding]:
    """The questions of a measure that its definition cannot measure: NPS needs 0 to 10, the mean of five 1 to 5."""
    definition = indicator.definition or ""
    unfit = [each.id for each in _questions(questionnaire, indicator.measure) if not fits(each, definition)]
    if not unfit:
        return []
    details = {"definition": definition, "questionnaire": questionnaire.id, "questions": ", ".join(unfit)}
    return [Finding(file, f"indicators.{indicator.code}.definition", "scheme_definition_unfit", details)]


def _questions(questionnaire: Questionnaire, measure: str | None) -> list[Question]:
    """The questions that a measure is made from."""
    if measure == OVERALL:
        return [question for question in questionnaire.questions if question.is_overall]
    scored = [question for question in questionnaire.questions if question.dimension is not None]
    return scored if measure == SCORE else [question for question in scored if question.dimension == measure]
