"""What a scheme names inside the questionnaires it is fed from. PURE.

Knows the measures that a questionnaire has. Refuses to know points; `check` and `apply` ask it beside `check_bounds`.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.elements import OVERALL, SCORE, Scheme
from locales.errors import Finding
from surveys.structure import Questionnaire


def check_measures(scheme: Scheme, *, file: str, questionnaires: Mapping[str, Questionnaire]) -> list[Finding]:
    """A survey indicator's measure must be one of its questionnaire: the score, the overall question, or a dimension.

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
    return findings
