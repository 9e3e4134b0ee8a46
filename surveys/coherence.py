"""Do the parts of a questionnaire fit together? Ids once, conditions that look back, scores with two ends. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from consortium.document import Findings
from surveys.structure import EXISTS, TEXT, Condition, Question, Questionnaire, find_option

MOST_OPTIONS = 50


def check(questionnaire: Questionnaire, findings: Findings) -> None:
    """Add a finding for everything that contradicts something else in the same questionnaire."""
    _check_questions(questionnaire, findings)
    _check_dimensions(questionnaire, findings)


def _check_questions(questionnaire: Questionnaire, findings: Findings) -> None:
    earlier: dict[str, Question] = {}
    later = {question.id for question in questionnaire.questions}
    overall: str | None = None
    for place, question in enumerate(questionnaire.questions):
        key = f"questions[{place}]"
        if question.id in earlier:
            findings.add(f"{key}.id", "value_twice", value=question.id)
        _check_options(question, key, findings)
        for number, condition in enumerate(question.enable_when):
            _check_condition(condition, f"{key}.enable_when[{number}]", question, earlier, later, findings)
        if question.is_overall and overall is not None:
            findings.add(f"{key}.is_overall", "questionnaire_overall_twice", first=overall)
        overall = overall or (question.id if question.is_overall else None)
        earlier[question.id] = question


def _check_options(question: Question, key: str, findings: Findings) -> None:
    """No code twice, no more than fit, and a scored question has two ends to measure between."""
    codes = [option.code for option in question.options]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            findings.add(f"{key}.options[{place}].code", "value_twice", value=code)
    if len(codes) > MOST_OPTIONS:
        findings.add(f"{key}.options", "list_length", low=1, high=MOST_OPTIONS)
    if question.is_scored and len({option.score for option in question.options} - {None}) < 2:  # noqa: PLR2004 - two ends
        findings.add(f"{key}.options", "questionnaire_scores_missing")
    if question.is_overall and question.dimension is not None:
        findings.add(f"{key}.is_overall", "questionnaire_overall_in_dimension")


def _check_condition(  # noqa: PLR0917 - the facts of one check
    condition: Condition,
    key: str,
    question: Question,
    earlier: Mapping[str, Question],
    later: set[str],
    findings: Findings,
) -> None:
    """A condition looks back, never at itself or ahead: so there is no circle and one pass decides what is asked."""
    about = earlier.get(condition.question)
    if about is None:
        findings.add(f"{key}.question", _misplaced(condition, question, later), value=condition.question)
    elif condition.operator != EXISTS and about.type == TEXT:
        findings.add(f"{key}.operator", "questionnaire_condition_on_text", value=condition.question)
    elif condition.operator != EXISTS and find_option(about, str(condition.value)) is None:
        details = {"value": condition.value, "question": condition.question}
        findings.add(f"{key}.value", "questionnaire_condition_value_unknown", **details)


def _misplaced(condition: Condition, question: Question, later: set[str]) -> str:
    if condition.question == question.id:
        return "questionnaire_condition_circular"
    return "questionnaire_condition_ahead" if condition.question in later else "questionnaire_condition_dangling"


def _check_dimensions(questionnaire: Questionnaire, findings: Findings) -> None:
    codes = [dimension.code for dimension in questionnaire.dimensions]
    used = {question.dimension for question in questionnaire.questions}
    for place, code in enumerate(codes):
        if code in codes[:place]:
            findings.add(f"dimensions[{place}].code", "value_twice", value=code)
        if code not in used:
            findings.add(f"dimensions[{place}].code", "questionnaire_dimension_unused", value=code)
    for place, question in enumerate(questionnaire.questions):
        if question.dimension is not None and question.dimension not in codes:
            findings.add(f"questions[{place}].dimension", "questionnaire_dimension_unknown", value=question.dimension)
