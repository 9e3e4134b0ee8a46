"""What may be known of one response to doubt or believe it. PURE.

All of it is kept anyway: when consent was given and when the response was sent, the answers, whether they came by chat
or page, when the patient was last written to. The one thing more is which responses of a month came from one chat
account, as a keyed hash (`senders`). No address of a machine, no mark of a device, no time of a single answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from surveys.conversation import asked
from surveys.scoring import LINEAR, scale_of, score_of, worth
from surveys.structure import OTHER, WRITTEN, Question, Questionnaire


@dataclass(frozen=True, slots=True)
class Content:
    """What the answers of a response come to.

    `questions` asked and `characters` of them to read; `values` of what was chosen, in the order of the form; `worths`
    of the scored ones, 0..100; `words` written.
    """

    questions: int
    characters: int
    values: tuple[str, ...]
    worths: tuple[Fraction, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One response that was sent, `seconds` after consent. `form` names its questionnaire and version."""

    response_id: str
    form: str
    mode: str
    seconds: float
    content: Content
    sender: str | None = None


def content_of(questionnaire: Questionnaire, answers: Mapping[str, tuple[str, ...]], language: str) -> Content:
    """Read a whole response as it was asked in `language`."""
    questions = asked(questionnaire, answers)
    chosen = [question for question in questions if not _is_written(question)]
    worths = [_worth(question, value) for question in chosen for value in answers.get(question.id, ())]
    return Content(
        questions=len(questions),
        characters=sum(_length(question, language) for question in questions),
        values=tuple("+".join(answers.get(question.id, ())) for question in chosen),
        worths=tuple(value for value in worths if value is not None),
        words=words_of(questionnaire, answers),
    )


def words_of(questionnaire: Questionnaire, answers: Mapping[str, tuple[str, ...]]) -> str:
    """Everything a patient wrote in own words, in the order of the form."""
    written = []
    for question in questionnaire.questions:
        given = answers.get(question.id, ())
        own = [value.removeprefix(OTHER) for value in given if value.startswith(OTHER)]
        written += list(given) if _is_written(question) else own
    return " ".join(written)


def _is_written(question: Question) -> bool:
    return question.type in WRITTEN and not question.has_options


def _worth(question: Question, value: str) -> Fraction | None:
    scale, score = scale_of(question), score_of(question, value)
    return worth(score, scale, LINEAR) if scale is not None and score is not None else None


def _length(question: Question, language: str) -> int:
    """Characters of the question itself; its options are known after the first one."""
    return len(question.text.get(language) or next(iter(question.text.values()), ""))
