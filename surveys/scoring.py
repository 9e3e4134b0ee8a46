"""Satisfaction figures from how often each answer was given: exact, by one of five definitions. PURE.

What an answer is worth, lowest and highest being the ends of its question's scale:

- `linear-0-100`: 100 · (score − lowest) ÷ (highest − lowest);
- `topbox`: 100 for the best answer of the scale, 0 for the others;
- `positive`: 100 for every answer above the middle of the scale, 0 for all others, "don't know" included;
- `nps`: 100 for 9 and 10, 0 for 7 and 8, −100 for 0 to 6, on a scale from 0 to 10 only;
- `mean5`: 100 · score ÷ 5, on a scale from 1 to 5 only.

A question scores the mean of its answers, a dimension the mean of its questions, a unit the mean of all questions of
the dimensions. An answer without a score ("does not apply") is in no denominator but that of `positive`; a skipped or
unasked one is in none. Without answers there is no figure. Figures of two definitions are never added. Rule 14.
Refuses to round: that is done once, where a figure is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeVar

from surveys.intervals import Estimate, composite, estimate, pooled_estimate
from surveys.structure import BOOLEAN, INTEGER, Question, Questionnaire

LINEAR, TOPBOX, POSITIVE, NPS, MEAN5 = "linear-0-100", "topbox", "positive", "nps", "mean5"
DEFINITIONS = (LINEAR, TOPBOX, POSITIVE, NPS, MEAN5)
DEFINITION = LINEAR  # where nobody chose another

_PROMOTER, _PASSIVE = 9, 7  # the lowest answers of each kind
_SKIPPED = ""

T = TypeVar("T")
OptionCounts = Mapping[str, int]
"""Answer as it is stored (an option's code) → how many gave it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Between which ends a question's answers lie."""

    lowest: Fraction
    highest: Fraction


NPS_SCALE = Scale(Fraction(0), Fraction(10))
MEAN5_SCALE = Scale(Fraction(1), Fraction(5))


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one set of responses; None is "no figure", never nought."""

    score: Fraction | None
    dimensions: Mapping[str, Fraction | None]
    overall: Fraction | None


@dataclass(frozen=True, slots=True)
class Estimates:
    """The same figures with what their intervals are made from."""

    score: Estimate | None
    dimensions: Mapping[str, Estimate | None]
    overall: Estimate | None


def bounds(definition: str) -> tuple[int, int]:
    """The lowest and the highest figure that a definition can give."""
    return {NPS: (-100, 100), MEAN5: (20, 100)}.get(definition, (0, 100))


def worth(score: Fraction, scale: Scale, definition: str) -> Fraction:
    """What one answer is worth; the mean of these is the figure."""
    if definition == LINEAR:
        return 100 * (score - scale.lowest) / (scale.highest - scale.lowest)
    if definition == MEAN5:
        return 20 * score
    if definition == NPS:
        return Fraction(100 if score >= _PROMOTER else 0 if score >= _PASSIVE else -100)
    if definition == TOPBOX:
        return Fraction(100 if score == scale.highest else 0)
    return Fraction(100 if 2 * score > scale.lowest + scale.highest else 0)


def question_score(question: Question, counts: OptionCounts, definition: str = LINEAR) -> Fraction | None:
    """The figure of one question; None without an answer that counts, or on a scale the definition cannot measure.

    Scored are options by their scores, whole numbers between a least and a most by their value, and yes/no as 1 and 0.
    A question that takes several answers is never scored.
    """
    answers = _answers(question, counts, definition)
    total = sum(count for _, count in answers)
    return sum((value * count for value, count in answers), Fraction()) / total if total else None


def answered(question: Question, counts: OptionCounts, definition: str = LINEAR) -> int:
    """How many answers stand behind the figure of one question."""
    return sum(count for _, count in _answers(question, counts, definition))


def fits(question: Question, definition: str) -> bool:
    """Whether a definition can measure a question at all."""
    scale = scale_of(question)
    return scale is not None and _measures(definition, scale)


def question_estimate(question: Question, counts: OptionCounts, definition: str = LINEAR) -> Estimate | None:
    """The same figure with what its interval is made from."""
    return estimate(_answers(question, counts, definition), bounds(definition))


def questionnaire_scores(
    questionnaire: Questionnaire, counts: Mapping[str, OptionCounts], definition: str = LINEAR
) -> Scores:
    """Unit, dimension and overall figures from the answer counts of each question."""
    return Scores(*_arranged(questionnaire, counts, partial(question_score, definition=definition), mean))


def questionnaire_estimates(
    questionnaire: Questionnaire, counts: Mapping[str, OptionCounts], definition: str = LINEAR
) -> Estimates:
    """The same figures with what their intervals are made from."""
    return Estimates(*_arranged(questionnaire, counts, partial(question_estimate, definition=definition), composite))


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


def pooled_estimates(parts: Iterable[tuple[int, Estimates]]) -> Estimates:
    """The same for figures with their intervals."""
    sets = list(parts)
    codes = dict.fromkeys(code for _, found in sets for code in found.dimensions)
    return Estimates(
        score=pooled_estimate((count, found.score) for count, found in sets),
        dimensions={
            code: pooled_estimate((count, found.dimensions.get(code)) for count, found in sets) for code in codes
        },
        overall=pooled_estimate((count, found.overall) for count, found in sets),
    )


def mean(figures: Iterable[Fraction | None]) -> Fraction | None:
    """Plain mean of the figures that exist."""
    return weighted_mean((1, figure) for figure in figures)


def weighted_mean(figures: Iterable[tuple[int, Fraction | None]]) -> Fraction | None:
    """Mean of the figures that exist, by their weights; None if none exists."""
    known = [(weight, figure) for weight, figure in figures if figure is not None and weight > 0]
    weights = sum(weight for weight, _ in known)
    return sum((weight * figure for weight, figure in known), Fraction()) / weights if weights else None


def scale_of(question: Question) -> Scale | None:
    """Between which ends the answers to a question lie; None where they cannot be scored."""
    if question.repeats:
        return None
    scores = {option.score for option in question.options if option.score is not None}
    if scores:
        lowest, highest = min(scores), max(scores)
    elif question.type == BOOLEAN:
        lowest, highest = Fraction(0), Fraction(1)
    elif question.type == INTEGER and question.minimum is not None and question.maximum is not None:
        lowest, highest = Fraction(question.minimum), Fraction(question.maximum)
    else:
        return None
    return Scale(lowest, highest) if lowest < highest else None


def score_of(question: Question, answer: str) -> Fraction | None:
    """An answer's place on its scale; None if it has none."""
    if any(option.score is not None for option in question.options):
        return next((option.score for option in question.options if option.code == answer), None)
    if question.type == BOOLEAN:
        return {"false": Fraction(0), "true": Fraction(1)}.get(answer)
    try:
        return Fraction(int(answer))
    except ValueError:
        return None


def _answers(question: Question, counts: OptionCounts, definition: str) -> list[tuple[Fraction, int]]:
    """What each answer that counts is worth, and how many gave it."""
    scale = scale_of(question)
    if scale is None or not _measures(definition, scale):
        return []
    found = []
    for answer, count in counts.items():
        score = score_of(question, answer)
        if score is not None:
            found.append((worth(score, scale, definition), count))
        elif definition == POSITIVE and answer != _SKIPPED:
            found.append((Fraction(0), count))
    return found


def _measures(definition: str, scale: Scale) -> bool:
    """Whether a definition means anything on a scale."""
    return {NPS: NPS_SCALE, MEAN5: MEAN5_SCALE}.get(definition, scale) == scale


def _arranged(
    questionnaire: Questionnaire,
    counts: Mapping[str, OptionCounts],
    measure: Callable[[Question, OptionCounts], T | None],
    mean_of: Callable[[Iterable[T | None]], T | None],
) -> tuple[T | None, dict[str, T | None], T | None]:
    """The unit's, the dimensions' and the overall figure."""
    by_question = {
        question.id: measure(question, counts.get(question.id, {}))
        for question in questionnaire.questions
        if question.is_scored
    }
    of_dimensions = [question for question in questionnaire.questions if question.dimension is not None]
    overall = next((question for question in questionnaire.questions if question.is_overall), None)
    return (
        mean_of(by_question[question.id] for question in of_dimensions),
        {
            dimension.code: mean_of(
                by_question[question.id] for question in of_dimensions if question.dimension == dimension.code
            )
            for dimension in questionnaire.dimensions
        },
        by_question[overall.id] if overall is not None else None,
    )
