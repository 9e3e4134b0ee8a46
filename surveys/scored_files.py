"""Scoring any table of answers: CSV `unit,question,answer[,count]` in, exact figures of units and questions out. PURE.

Needs no installation and no questionnaire: an analyst scores what lies on the disk. An answer on a scale is any plain
number between its ends, whole or decimal (the mean of many may stand as one answer with a `count`); NPS takes whole
numbers only. Refuses to know how a table is read (`answer_tables`), and to score a part of a faulty one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from consortium.imports import exact_number
from locales.errors import DomainError, Finding
from locales.texts import text
from surveys.answer_tables import count_answers
from surveys.figure_wording import score_text
from surveys.scoring import LINEAR, MEAN5, MEAN5_SCALE, NPS, NPS_SCALE, POSITIVE, TOPBOX, Scale, mean, worth

DEFINITIONS: Mapping[str, str] = {
    "linear": LINEAR, "topbox": TOPBOX, "positive": POSITIVE, "nps": NPS, "mean5": MEAN5,
}  # fmt: skip
"""The word of the command line → the definition's id."""

_FIXED_SCALES = {NPS: NPS_SCALE, MEAN5: MEAN5_SCALE}
_QUOTED = 40  # how much of a wrong word a message repeats


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """One question of one unit; `n` answers are in its denominator."""

    question: str
    score: Fraction | None
    n: int


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """One unit: the plain mean of its question scores; None where none has one."""

    unit: str
    score: Fraction | None
    n: int
    questions: tuple[ScoredQuestion, ...]


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """A whole table, units and questions in the order of the file. `definition` is the word that was asked for."""

    definition: str
    units: tuple[ScoredUnit, ...]


def score_file(
    content: bytes,
    *,
    file: str,
    definition: str,
    scale: str | None = None,
    top: str | None = None,
    positive: str | None = None,
    missing: str | None = None,
) -> ScoredFile | list[Finding]:
    """Score a table, or say by row what is wrong with it.

    The options are as typed: `scale` such as `1:5`, the others codes separated by commas. Errors:
    `score_definition_unknown`, `score_scale_malformed`, `score_scale_missing`, `score_scale_fixed`,
    `score_positive_missing`, `score_option_unused`.
    """
    rule = _rule(definition, scale, codes(top), codes(positive), codes(missing))
    counts, findings = count_answers(content, file=file, counts_in=rule.counts_in)
    if findings:
        return findings
    return ScoredFile(definition, tuple(_unit(unit, questions, rule) for unit, questions in counts.items()))


def codes(written: str | None) -> tuple[str, ...]:
    """Codes separated by commas; one that holds a comma itself stands in double quotes."""
    if written is None:
        return ()
    return tuple(code.strip() for code in next(csv.reader([written], skipinitialspace=True), []) if code.strip())


def scored_document(scored: ScoredFile) -> dict[str, Any]:
    """The file as a JSON document; scores are exact, None where undefined."""
    return {
        "definition": scored.definition,
        "units": [
            {
                "unit": unit.unit,
                "score": unit.score,
                "n": unit.n,
                "questions": [
                    {"question": question.question, "score": question.score, "n": question.n}
                    for question in unit.questions
                ],
            }
            for unit in scored.units
        ],
    }


def scored_lines(scored: ScoredFile, language: str) -> list[str]:
    """The same for people: a line for each unit, its questions indented below it."""
    if not scored.units:
        return [text(language, "figures.score.nothing")]
    lines = []
    for unit in scored.units:
        lines.append(text(language, "figures.score.unit", unit=unit.unit, score=score_text(unit.score), n=unit.n))
        lines += [
            text(language, "figures.score.question", question=each.question, score=score_text(each.score), n=each.n)
            for each in unit.questions
        ]
    return lines


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an answer is worth. Without a scale every answer is worth something: 100 for one of `hits`, or else 0."""

    definition: str
    scale: Scale | None
    hits: frozenset[str]
    missing: frozenset[str]

    def counts_in(self, answer: str) -> bool:
        """Whether an answer is in the denominator; ValueError for one off the scale."""
        if not answer or answer in self.missing:
            return False
        self.worth(answer)
        return True

    def worth(self, answer: str) -> Fraction:
        """ValueError for an answer off the scale."""
        if self.scale is None:
            return Fraction(100 if answer in self.hits else 0)
        score = exact_number(answer)
        is_whole = score.denominator == 1 or self.definition != NPS
        if not self.scale.lowest <= score <= self.scale.highest or not is_whole:
            msg = "off the scale"
            raise ValueError(msg)
        return worth(score, self.scale, self.definition)


def _rule(
    word: str, written: str | None, top: tuple[str, ...], positive: tuple[str, ...], missing: tuple[str, ...]
) -> _Rule:
    definition = DEFINITIONS.get(word)
    if definition is None:
        raise DomainError("score_definition_unknown", value=word[:_QUOTED], allowed=", ".join(DEFINITIONS))
    for option, given, of in (("--top", top, TOPBOX), ("--positive", positive, POSITIVE)):
        if given and definition != of:
            raise DomainError("score_option_unused", option=option, definition=word)
    scale = _scale(written) if written is not None else None
    fixed = _FIXED_SCALES.get(definition)
    if fixed is not None:
        if scale not in (None, fixed):
            raise DomainError("score_scale_fixed", definition=word, scale=f"{fixed.lowest}:{fixed.highest}")
        scale = fixed
    elif definition == POSITIVE:
        if not positive:
            raise DomainError("score_positive_missing")
        scale = None  # every answer counts, on a scale or off it
    elif top:
        scale = None  # the same
    elif scale is None:
        raise DomainError("score_scale_missing", definition=word)
    return _Rule(definition, scale, frozenset(top or positive), frozenset(missing))


def _scale(written: str) -> Scale:
    low, colon, high = written.partition(":")
    try:
        scale = Scale(exact_number(low.strip()), exact_number(high.strip()))
    except ValueError:
        scale = None
    if not colon or scale is None or scale.lowest >= scale.highest:
        raise DomainError("score_scale_malformed", value=written[:_QUOTED])
    return scale


def _unit(unit: str, questions: Mapping[str, Mapping[str, int]], rule: _Rule) -> ScoredUnit:
    scored = tuple(_question(question, answers, rule) for question, answers in questions.items())
    return ScoredUnit(unit, mean(each.score for each in scored), sum(each.n for each in scored), scored)


def _question(question: str, answers: Mapping[str, int], rule: _Rule) -> ScoredQuestion:
    n = sum(answers.values())
    total = sum((rule.worth(answer) * count for answer, count in answers.items()), Fraction())
    return ScoredQuestion(question, total / n if n else None, n)
