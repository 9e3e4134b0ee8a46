"""What leaves for a spreadsheet or for research: figures, and single answers that point at nobody.

A single answer goes without visit, ids, account, language and mode; its time is a month, moments in answers are cut to
the month, the order of the rows is drawn anew from `key`. Months of a unit with too few answers are left out whole, for
everybody; words are there only with consent and where a unit's month has ten of them. Of a blind survey no single
answer leaves at all. Figures are those of `results`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_FOR_COMMENTS
from consortium.periods import Period
from consortium.tables_out import Cell, Sheet
from locales.errors import DomainError
from locales.numbers import rounded
from locales.texts import pick, text
from surveys.audiences.blindness import blind_questionnaires
from surveys.comments import words_of
from surveys.fhir.answers import to_response
from surveys.fhir.exact_json import encode
from surveys.measurement import OVERALL, SCORE
from surveys.models import Answer, Invitation, Response
from surveys.questionnaires import load
from surveys.results import Result, responses_by_month
from surveys.retention_marks import is_removed
from surveys.shown import shown_periods
from surveys.sittings import SENT, VISIT
from surveys.structure import DATE, DATETIME, NUMBERS, OTHER, TIME, Question, Questionnaire, find_question

FIGURES_HEADER = (
    "unit", "unit_name", "questionnaire", "stream", "window", "measure", "measure_name", "definition", "score", "low",
    "high", "n", "invited", "response_rate", "chat", "page", "mixed", "note",
)  # fmt: skip
ANSWERS_HEADER = ("unit", "month", "questionnaire", "version", "stream")
_MODES = ("chat", "page", "mixed")
MOST_RESPONSES = 20_000
"""So many leave in one file: what is longer keeps everybody waiting who writes at that moment."""

_SEPARATOR = "; "
_MONTH, _HOUR = len("2026-10"), len("08")


@dataclass(frozen=True, slots=True)
class SingleAnswers:
    """One response as it may leave: values as stored, without what points at somebody."""

    unit_code: str
    month: str
    questionnaire: Questionnaire
    stream: str
    answers: Mapping[str, tuple[str, ...]]


def figures_sheet(
    found: Iterable[Result],
    *,
    units: Mapping[str, Mapping[str, str]],
    dimensions: Mapping[tuple[str, str], Mapping[str, str]],
    language: str,
) -> Sheet:
    """Every figure on its own row, with all that stands beside it. Names by unit, and by questionnaire and code."""
    rows = [
        row
        for each in found
        for row in _figure_rows(each, pick(units.get(each.unit_code, {}), language), dimensions, language)
    ]
    return Sheet("figures", FIGURES_HEADER, rows, {"unit_name": 24, "measure_name": 24, "window": 20})


def single_answers(
    session: Session,
    *,
    questionnaire_id: str,
    months: Sequence[Period],
    closed: Collection[Period],
    key: bytes,
    unit_code: str | None = None,
    stream: str = VISIT,
) -> list[SingleAnswers]:
    """The answers of the months that may be shown, in an order that `key` draws.

    Errors: `export_blind` for a blind survey, `export_too_large` for more than `MOST_RESPONSES`.
    """
    if questionnaire_id in blind_questionnaires(session):
        raise DomainError("export_blind")
    answered = responses_by_month(session, closed=closed, stream=stream)
    shown = {unit: shown_periods(counts) for (unit, name), counts in answered.items() if name == questionnaire_id}
    wanted = {str(month) for month in months if month in closed}
    taken = [
        row
        for row in _responses(session, questionnaire_id, wanted, stream, unit_code)
        if row.period in shown.get(row.unit_code, ())
    ]
    if len(taken) > MOST_RESPONSES:
        raise DomainError("export_too_large", limit=MOST_RESPONSES)
    given = _answers(session, [row.id for row in taken])
    forms = {
        version: load(session, questionnaire_id, version) for version in {row.questionnaire_version for row in taken}
    }
    with_words = _months_with_words(taken, given, forms, answered, questionnaire_id)
    taken.sort(key=lambda row: hmac.new(key, row.id.encode(), hashlib.sha256).digest())
    return [
        SingleAnswers(
            unit_code=row.unit_code,
            month=row.period,
            questionnaire=forms[row.questionnaire_version],
            stream=stream,
            answers=_harmless_answers(
                forms[row.questionnaire_version],
                given.get(row.id, {}),
                keeps_words=row.text_consented_at is not None and (row.unit_code, row.period) in with_words,
            ),
        )
        for row in taken
    ]


def answers_sheet(found: Sequence[SingleAnswers]) -> Sheet:
    """A row for each response, a column for each question of any version; several answers stand in one cell."""
    questions: dict[str, Question] = {}
    for each in found:
        questions |= {
            item.id: item for item in each.questionnaire.questions if item.is_question and item.id not in questions
        }
    rows: list[list[Cell]] = []
    for each in found:
        head: list[Cell] = [each.unit_code, each.month, each.questionnaire.id, each.questionnaire.version, each.stream]
        rows.append([*head, *(_cell(each, name) for name in questions)])
    return Sheet("answers", (*ANSWERS_HEADER, *questions), rows, {})


def response_lines(found: Iterable[SingleAnswers], language: str) -> bytes:
    """FHIR QuestionnaireResponses, one on each line: no subject, no id, no moment. What hangs on a moment that was cut
    to its month may be left out where the month cannot decide it.
    """
    lines = []
    for each in found:
        spoken = each.questionnaire.languages
        response = to_response(
            each.questionnaire,
            each.answers,
            status="completed",
            authored=None,
            language=language if language in spoken else spoken[0],
            response_id=None,
        )
        lines.append(encode(response, indent=0).replace("\n", ""))  # in strings a line's end is written as an escape
    return "".join(f"{line}\n" for line in lines).encode()


def _figure_rows(
    result: Result, unit_name: str, dimensions: Mapping[tuple[str, str], Mapping[str, str]], language: str
) -> Iterator[list[Cell]]:
    for measure, figure in result.figures.items():
        name = dimensions.get((result.questionnaire_id, measure), {})
        words = text(language, f"results.measure.{measure}") if measure in (SCORE, OVERALL) else pick(name, language)
        head: list[Cell] = [result.unit_code, unit_name, result.questionnaire_id, result.stream, result.window]
        head += [measure, words or measure, result.definition]
        if figure is None:
            hidden = text(language, "results.note.hidden")
            yield [*head, None, None, None, result.n, result.invited, None, *(None for _ in _MODES), hidden]
            continue
        rate = figure.response_rate
        note = "" if result.may_be_ranked else text(language, "results.note.too_few")
        yield [
            *head,
            *(
                Decimal(rounded(value)) if value is not None else None
                for value in (figure.score, figure.low, figure.high)
            ),
            figure.n,
            result.invited,
            Decimal(rounded(100 * rate)) if rate is not None else None,
            *(result.mode_mix.get(mode, 0) for mode in _MODES),
            note,
        ]


def _responses(
    session: Session, questionnaire_id: str, months: Collection[str], stream: str, unit_code: str | None
) -> list[Any]:
    own = (Response.unit_code == unit_code,) if unit_code is not None else ()
    return list(
        session.execute(
            select(
                Response.id,
                Response.unit_code,
                Response.period,
                Response.text_consented_at,
                Invitation.questionnaire_version,
            )
            .join(Invitation, Invitation.id == Response.invitation_id)
            .where(
                Response.state == SENT,
                Response.stream == stream,
                Response.period.in_(sorted(months)),
                Invitation.questionnaire_id == questionnaire_id,
                *own,
            )
        )
    )


def _answers(session: Session, response_ids: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for first in range(0, len(response_ids), 500):  # a statement takes so many values, not more
        rows = session.execute(
            select(Answer.response_id, Answer.question_id, Answer.value)
            .where(Answer.response_id.in_(response_ids[first : first + 500]))
            .order_by(Answer.response_id, Answer.question_id, Answer.place)
        )
        for response_id, question_id, value in rows:
            of_response = found[response_id]
            of_response[question_id] = (*of_response.get(question_id, ()), *((value,) if value else ()))
    return found


def _months_with_words(
    taken: Iterable[Any],
    given: Mapping[str, Mapping[str, tuple[str, ...]]],
    forms: Mapping[str, Questionnaire],
    answered: Mapping[tuple[str, str], Mapping[Period, int]],
    questionnaire_id: str,
) -> set[tuple[str, str]]:
    """(Unit, month) where ten responses or more say something in words that are kept, and comments may be shown."""
    written: dict[tuple[str, str], int] = defaultdict(int)
    for row in taken:
        form = forms[row.questionnaire_version]
        if row.text_consented_at is not None and _has_words(form, given.get(row.id, {})):
            written[row.unit_code, row.period] += 1
    return {
        (unit, month)
        for (unit, month), count in written.items()
        if count >= MINIMUM_FOR_COMMENTS
        and month in shown_periods(answered[unit, questionnaire_id], MINIMUM_FOR_COMMENTS)
    }


def _has_words(form: Questionnaire, answers: Mapping[str, tuple[str, ...]]) -> bool:
    for name, values in answers.items():
        question = find_question(form, name)
        if question is not None and any(words_of(question, value) for value in values):
            return True
    return False


def _harmless_answers(
    form: Questionnaire, answers: Mapping[str, tuple[str, ...]], *, keeps_words: bool
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for question in form.questions:
        if question.id not in answers:
            continue
        values = [_coarse(question, value) for value in answers[question.id]]
        if not keeps_words:
            values = [value for value in values if words_of(question, value) is None]
        values = [value for value in values if not is_removed(value)]
        if values or not answers[question.id]:
            found[question.id] = tuple(dict.fromkeys(values))
    return found


def _coarse(question: Question, value: str) -> str:
    """A day or moment as its month, a time of day as its hour."""
    if question.has_options:
        return value
    if question.type in (DATE, DATETIME):
        return value[:_MONTH]
    return f"{value[:_HOUR]}:00:00" if question.type == TIME else value


def _cell(each: SingleAnswers, name: str) -> Cell:
    question = find_question(each.questionnaire, name)
    values = each.answers.get(name, ())
    if question is None or not values:
        return None
    if len(values) == 1 and question.type in NUMBERS and not values[0].startswith(OTHER):
        return Decimal(values[0])
    return _SEPARATOR.join(values)
