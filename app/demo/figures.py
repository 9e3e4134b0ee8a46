"""The invented figures of the demo: how good units are, how patients answer, what the readings say. PURE.

Everything comes from one seed, so that two demos of the same months are alike. Nothing here knows a score: figures go
in through the same doors as real ones.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from consortium.periods import Period
from surveys.conversation import SKIPPED, asked
from surveys.structure import BOOLEAN, INTEGER, WRITTEN, Question, Questionnaire

READINGS_HEADER = ("unit", "period", "indicator", "numerator", "denominator", "value")
_BEST = 5


@dataclass(frozen=True, slots=True)
class Course:
    """How a reading runs: about `begins` in the first month, `rises` more with each; `of` is a rate's denominator."""

    begins: float
    rises: float
    spread: float
    of: int | None = None


COURSES: Mapping[str, Course] = {
    "down_referral": Course(9.5, 1.1, 1.5, of=800),
    "teaching_satisfaction": Course(76, 2.0, 4),
    "expert_sessions": Course(12, 1.5, 3),
    "remote_consultations": Course(24, 3.0, 6),
    "referrals_received": Course(38, 5.0, 10),
    "joint_projects": Course(2, 0.4, 1.2),
    "record_sharing": Course(86, 3.0, 5, of=1200),
    "first_visit": Course(21, 1.8, 4, of=900),
    "standard_management": Course(62, 2.4, 6, of=700),
    "joint_control": Course(46, 2.5, 7, of=320),
    "average_stay": Course(9.8, -0.25, 0.7),
    "readmission": Course(4.1, -0.3, 0.8, of=640),
    "complications": Course(2.4, -0.2, 0.6, of=520),
    "core_systems": Course(86, 2.0, 5, of=60),
    "new_techniques": Course(1.4, 0.5, 1.0),
    "glucose_control": Course(45, 2.5, 7, of=410),
    "training_hours": Course(2.6, 0.4, 0.7),
}
_WHOLE = frozenset(
    {"expert_sessions", "remote_consultations", "referrals_received", "joint_projects", "new_techniques"}
)

HISTORY: Mapping[str, tuple[float, float]] = {"history_satisfaction": (65.0, 92.0), "history_referral": (7.6, 15.8)}
"""From the year before the reform to the newest one (rules 64 and 73); in between the line rises evenly."""
FIRST_YEAR = 2018


def qualities(units: Sequence[str], seed: int) -> dict[str, float]:
    """How good each unit really is, −1 to 1."""
    random = Random(seed)  # noqa: S311 - invented figures, no secret
    return {unit: random.uniform(-1, 1) for unit in units}


def marks(random: Random, *, quality: float, severity: float, criteria: int) -> str:
    """One rater's marks for one unit, sometimes "no dealings"."""
    if random.random() < 0.03:  # noqa: PLR2004 - now and then two units had nothing to do with each other
        return "-" * criteria
    halo = 3.7 + 0.5 * quality + severity + random.gauss(0, 0.4)
    return "".join(str(min(_BEST, max(1, round(halo + random.gauss(0, 0.6))))) for _ in range(criteria))


def patient_answers(
    random: Random,
    questionnaire: Questionnaire,
    *,
    quality: float,
    month: int,
    comments: Sequence[str],
    talkative: float = 0.3,
) -> dict[str, tuple[str, ...]]:
    """What one patient answers, question by question as they are asked; `talkative`: how many leave a comment."""
    mood = 4.0 + 0.45 * quality + 0.06 * month + random.gauss(0, 0.5)
    answers: dict[str, tuple[str, ...]] = {}
    while (
        question := next((each for each in asked(questionnaire, answers) if each.id not in answers), None)
    ) is not None:
        answers[question.id] = _answer(random, question, mood, comments, talkative)
    return answers


def readings_table(
    indicators: Mapping[str, Sequence[str]], *, period: Period, month: int, quality: Mapping[str, float], seed: int
) -> str:
    """A month's readings as the CSV that a hospital would send; `indicators` by unit."""
    random = Random(f"{seed}:{period}")  # noqa: S311 - invented figures
    rows = [
        (unit, str(period), code, *_reading(random, code, month, quality[unit]))
        for unit, codes in indicators.items()
        for code in codes
    ]
    return _table(rows)


def history_table(last_year: int, whole_consortium: str) -> str:
    """The figures of the years before, of their own definitions, as a CSV."""
    years = range(FIRST_YEAR, last_year + 1)
    rows = []
    for code, (first, last) in HISTORY.items():
        for place, year in enumerate(years):
            figure = first + (last - first) * place / max(1, len(years) - 1)
            rows.append((whole_consortium, str(year), code, "", "", f"{figure:.1f}"))
    return _table(rows)


def _answer(
    random: Random, question: Question, mood: float, comments: Sequence[str], talkative: float
) -> tuple[str, ...]:
    """Comments now and then, options and whole numbers by the mood, yes or no by chance; the rest is passed over."""
    if question.type in WRITTEN:
        return (random.choice(comments),) if random.random() < talkative else SKIPPED
    if question.type == BOOLEAN and not question.options:
        return (random.choice(("true", "false")),)
    if question.type == INTEGER and question.minimum is not None and question.maximum is not None:
        low, high = int(question.minimum), int(question.maximum)
        return (str(round(low + (min(5.0, max(1.0, mood)) - 1) / 4 * (high - low))),)
    return (_choice(random, question, mood),) if question.options else SKIPPED


def _choice(random: Random, question: Question, mood: float) -> str:
    scored = [option for option in question.options if option.score is not None]
    if not question.is_scored or not scored:
        return random.choice(question.options).code
    others = [option for option in question.options if option.score is None]
    if others and random.random() < 0.05:  # noqa: PLR2004 - one in twenty: does not apply
        return random.choice(others).code
    felt = mood + random.gauss(0, 0.7)
    lowest, highest = (
        min(o.score for o in scored if o.score is not None),
        max(o.score for o in scored if o.score is not None),
    )
    wanted = float(lowest) + (min(5.0, max(1.0, felt)) - 1) / 4 * float(highest - lowest)
    return min(scored, key=lambda option: abs(float(option.score or 0) - wanted)).code


def _reading(random: Random, code: str, month: int, quality: float) -> tuple[str, str, str]:
    course = COURSES[code]
    better = -1 if course.rises < 0 else 1
    figure = max(
        0.0,
        course.begins + course.rises * month + better * course.spread * quality + random.gauss(0, course.spread / 4),
    )
    if course.of is None:
        return "", "", str(round(figure)) if code in _WHOLE else f"{figure:.1f}"
    denominator = course.of + random.randint(-course.of // 10, course.of // 10)
    return str(min(denominator, round(figure / 100 * denominator))), str(denominator), ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(READINGS_HEADER)
    writer.writerows(rows)
    return table.getvalue()
