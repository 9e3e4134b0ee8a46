"""Satisfaction figures from how often each option was chosen: linear, 0 to 100, exact. PURE.

Definition `linear-0-100`: an answer is worth 100 · (score − lowest) ÷ (highest − lowest) of its question's options; a
question scores the mean of its answers, a dimension the mean of its questions, a unit the mean of all questions of the
dimensions. "Does not apply", skipped and unasked answers are in no denominator; without answers there is no figure.
Rule 14. Refuses to round: that is done once, where a figure is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from surveys.structure import Question, Questionnaire

DEFINITION = "linear-0-100"

OptionCounts = Mapping[str, int]
"""Option code → how many chose it."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one set of responses; None is "no figure", never nought."""

    score: Fraction | None
    dimensions: Mapping[str, Fraction | None]
    overall: Fraction | None


def question_score(question: Question, counts: OptionCounts) -> Fraction | None:
    """Mean linear score of a question, 0..100; None without a scored answer or without two ends to measure between."""
    scores = {option.code: option.score for option in question.options if option.score is not None}
    answers = sum(counts.get(code, 0) for code in scores)
    if answers == 0 or len(set(scores.values())) == 1:
        return None
    lowest, highest = min(scores.values()), max(scores.values())
    total = sum((score - lowest) * counts.get(code, 0) for code, score in scores.items())
    return 100 * total / ((highest - lowest) * answers)


def questionnaire_scores(questionnaire: Questionnaire, counts: Mapping[str, OptionCounts]) -> Scores:
    """Unit, dimension and overall figures from the option counts of each question."""
    by_question = {
        question.id: question_score(question, counts.get(question.id, {}))
        for question in questionnaire.questions
        if question.is_scored
    }
    of_dimensions = [question for question in questionnaire.questions if question.dimension is not None]
    overall = next((question for question in questionnaire.questions if question.is_overall), None)
    return Scores(
        score=mean(by_question[question.id] for question in of_dimensions),
        dimensions={
            dimension.code: mean(
                by_question[question.id] for question in of_dimensions if question.dimension == dimension.code
            )
            for dimension in questionnaire.dimensions
        },
        overall=by_question[overall.id] if overall is not None else None,
    )


def pooled(parts: Iterable[tuple[int, Scores]]) -> Scores:
    """Several sets of responses as one, each weighted by its number of responses (`(responses, scores)`)."""
    sets = list(parts)
    codes = dict.fromkeys(code for _, scores in sets for code in scores.dimensions)
    return Scores(
        score=weighted_mean((count, scores.score) for count, scores in sets),
        dimensions={
            code: weighted_mean((count, scores.dimensions.get(code)) for count, scores in sets) for code in codes
        },
        overall=weighted_mean((count, scores.overall) for count, scores in sets),
    )


def mean(figures: Iterable[Fraction | None]) -> Fraction | None:
    """Plain mean of the figures that exist."""
    return weighted_mean((1, figure) for figure in figures)


def weighted_mean(figures: Iterable[tuple[int, Fraction | None]]) -> Fraction | None:
    """Mean of the figures that exist, by their weights; None if none exists."""
    known = [(weight, figure) for weight, figure in figures if figure is not None and weight > 0]
    weights = sum(weight for weight, _ in known)
    return sum((weight * figure for weight, figure in known), Fraction()) / weights if weights else None
