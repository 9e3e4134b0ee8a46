"""Tallies: how often each option was chosen, counted as responses are sent; satisfaction from them alone.

Closing a month costs the same for ten responses and for ten million. `recount` counts the answers themselves and must
give the same; nothing else reads answers for figures. Counted are options (each of several), yes and no, and whole
numbers out of at most a hundred and one; own words count as one more option; texts and skipped questions do not count.
Streams (visits, posters, held back) are counted apart and never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from surveys.audiences.blindness import blind_versions, of_blind_survey
from surveys.coherence import is_counted_number
from surveys.models import TALLIES, Answer, Invitation, Response, Tally
from surveys.questionnaires import load
from surveys.scoring import DEFINITION, Scores, pooled, questionnaire_scores
from surveys.sittings import SENT, VISIT
from surveys.structure import BOOLEAN, OTHER, Question, Questionnaire, find_option, find_question


def _adding(dialect: Any) -> Any:
    """Adds rows to the tallies, for any number of them: written once, so that it is put into words once."""
    statement = dialect.insert(TALLIES)
    added = {"count": TALLIES.c.count + statement.excluded.count}
    return statement.on_conflict_do_update(index_elements=list(TALLIES.primary_key), set_=added)


_ADDING = {"sqlite": _adding(sqlite), "postgresql": _adding(postgresql)}

RESPONSES = ""
"""As question: the response itself; as option of it: all of them."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What is counted: an option of a question, or (question "") responses in all (option "") or by mode."""

    unit_code: str
    questionnaire_id: str
    questionnaire_version: str
    question_id: str
    option_code: str


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """A unit's figures for a period, 0..100 and exact, with all that must be said beside them.

    `n` is the responses sent in the period; `invited` the visits invited that ended in the period, whenever they
    answer: so n ÷ invited is a rate of flow, not of one group of people, and may pass 1 in a month after many visits.
    """

    n: int
    invited: int
    score: Fraction | None
    dimensions: Mapping[str, Fraction | None]
    overall: Fraction | None
    definition: str
    mode_mix: Mapping[str, int]


def count_response(
    session: Session,
    *,
    period: str,
    unit_code: str,
    mode: str,
    questionnaire: Questionnaire,
    answers: Mapping[str, tuple[str, ...]],
    stream: str,
) -> None:
    """Add one sent response to the tallies of its month. Rows are taken in one order, so that senders never lock up."""
    rows = _rows(questionnaire, mode, answers, stream=stream, period=period, unit_code=unit_code)
    session.execute(_ADDING[session.get_bind().dialect.name], rows)


def uncount_response(
    session: Session,
    *,
    period: str,
    unit_code: str,
    mode: str,
    questionnaire: Questionnaire,
    answers: Mapping[str, tuple[str, ...]],
    stream: str,
) -> None:
    """Take a response that was counted with the same arguments out of its tallies again. Rows in the same order."""
    rows = _rows(questionnaire, mode, answers, stream=stream, period=period, unit_code=unit_code)
    for row in rows:
        taken = row.pop("count")
        of_row = [TALLIES.c[name] == value for name, value in row.items()]
        session.execute(update(TALLIES).where(*of_row).values(count=TALLIES.c.count - taken))


def counted_as(question: Question, value: str) -> str | None:
    """Under which option a stored value is counted; None where the question is not counted."""
    if question.has_options:
        return value if find_option(question, value) is not None else OTHER
    return value if question.type == BOOLEAN or is_counted_number(question) else None


def satisfaction(session: Session, *, period: Period) -> dict[str, Satisfaction]:
    """Every unit with answers to visits, or invitations, in the period. Rule 14; definition `linear-0-100`.

    Several versions or kinds of questionnaire in one period are pooled, each weighted by its responses. Blind surveys
    of other audiences say nothing about patients and are left out.
    """
    sets: dict[str, dict[tuple[str, str], dict[str, dict[str, int]]]] = defaultdict(dict)
    blind = blind_versions(session)
    for key, count in counts(session, period=period).items():
        if (key.questionnaire_id, key.questionnaire_version) in blind:
            continue
        questions = sets[key.unit_code].setdefault((key.questionnaire_id, key.questionnaire_version), {})
        questions.setdefault(key.question_id, {})[key.option_code] = count
    invited = _invited(session, period)
    return {
        unit_code: _satisfaction(session, sets.get(unit_code, {}), invited.get(unit_code, 0))
        for unit_code in sorted(sets.keys() | invited.keys())
    }


def counts(session: Session, *, period: Period, stream: str = VISIT) -> dict[Key, int]:
    """The tallies of a period in one stream; several months are added up. What was all taken back is not there."""
    rows = session.execute(
        select(
            Tally.unit_code,
            Tally.questionnaire_id,
            Tally.questionnaire_version,
            Tally.question_id,
            Tally.option_code,
            func.sum(Tally.count),
        )
        .where(Tally.stream == stream, _within(Tally.period, period))
        .group_by(
            Tally.unit_code,
            Tally.questionnaire_id,
            Tally.questionnaire_version,
            Tally.question_id,
            Tally.option_code,
        )
        .having(func.sum(Tally.count) > 0)
    )
    return {Key(*names): int(count) for *names, count in rows}


def recount(session: Session, *, period: Period, stream: str = VISIT) -> dict[Key, int]:
    """The same from the stored answers: what `counts` must equal."""
    found: dict[Key, int] = {}
    responses = session.execute(
        select(
            Response.unit_code,
            Invitation.questionnaire_id,
            Invitation.questionnaire_version,
            Response.mode,
            func.count(),
        )
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(Response.state == SENT, Response.stream == stream, _within(Response.period, period))
        .group_by(Response.unit_code, Invitation.questionnaire_id, Invitation.questionnaire_version, Response.mode)
    )
    for unit_code, questionnaire_id, version, mode, count in responses:
        total = Key(unit_code, questionnaire_id, version, RESPONSES, RESPONSES)
        found[total] = found.get(total, 0) + count
        found[Key(unit_code, questionnaire_id, version, RESPONSES, mode)] = count
    answers = session.execute(
        select(
            Response.unit_code,
            Invitation.questionnaire_id,
            Invitation.questionnaire_version,
            Answer.question_id,
            Answer.value,
            func.count(),
        )
        .join(Invitation, Invitation.id == Response.invitation_id)
        .join(Answer, Answer.response_id == Response.id)
        .where(
            Response.state == SENT,
            Response.stream == stream,
            _within(Response.period, period),
            Answer.value != "",
        )
        .group_by(
            Response.unit_code,
            Invitation.questionnaire_id,
            Invitation.questionnaire_version,
            Answer.question_id,
            Answer.value,
        )
    )
    for unit_code, questionnaire_id, version, question_id, value, count in answers:
        question = find_question(load(session, questionnaire_id, version), question_id)
        option = counted_as(question, value) if question is not None else None
        if option is not None:
            key = Key(unit_code, questionnaire_id, version, question_id, option)
            found[key] = found.get(key, 0) + count
    return found


def responses(session: Session, *, period: Period, stream: str) -> dict[str, int]:
    """Unit → responses of the period that count in a stream, of all questionnaires; units without any are not there."""
    found: dict[str, int] = {}
    for key, count in counts(session, period=period, stream=stream).items():
        if (key.question_id, key.option_code) == (RESPONSES, RESPONSES):
            found[key.unit_code] = found.get(key.unit_code, 0) + count
    return found


def _satisfaction(
    session: Session, sets: Mapping[tuple[str, str], Mapping[str, Mapping[str, int]]], invited: int
) -> Satisfaction:
    parts: list[tuple[int, Scores]] = []
    modes: dict[str, int] = {}
    for (questionnaire_id, version), questions in sets.items():
        responses = dict(questions[RESPONSES])
        parts.append(
            (responses.pop(RESPONSES), questionnaire_scores(load(session, questionnaire_id, version), questions))
        )
        for mode, count in responses.items():
            modes[mode] = modes.get(mode, 0) + count
    scores = pooled(parts)
    return Satisfaction(
        n=sum(responses for responses, _ in parts),
        invited=invited,
        score=scores.score,
        dimensions=scores.dimensions,
        overall=scores.overall,
        definition=DEFINITION,
        mode_mix=dict(sorted(modes.items())),
    )


def _invited(session: Session, period: Period) -> dict[str, int]:
    start, end = period.bounds(zone(session))
    rows = session.execute(
        select(Invitation.unit_code, func.count())
        .where(
            Invitation.stream == VISIT,
            Invitation.discharged_at >= start,
            Invitation.discharged_at < end,
            not_(of_blind_survey(session)),
        )
        .group_by(Invitation.unit_code)
    )
    return dict(rows.all())


def _within(column: Any, period: Period) -> ColumnElement[bool]:
    """The months of a period; months are written so that text order is time order."""
    if period.is_month:
        return column == str(period)  # type: ignore[no-any-return]  # a column comparison
    first = 1 if period.quarter is None else 3 * period.quarter - 2
    last = 12 if period.quarter is None else 3 * period.quarter
    return column.between(str(Period(period.year, first)), str(Period(period.year, last)))  # type: ignore[no-any-return]


def _rows(
    questionnaire: Questionnaire, mode: str, answers: Mapping[str, tuple[str, ...]], **place: str
) -> list[dict[str, Any]]:
    """What one response adds to the table at a stream, period and unit, in the one order in which rows are taken."""
    return [
        {
            **place,
            "questionnaire_id": questionnaire.id,
            "questionnaire_version": questionnaire.version,
            "question_id": question_id,
            "option_code": option_code,
            "count": count,
        }
        for (question_id, option_code), count in sorted(_counted(questionnaire, mode, answers).items())
    ]


def _counted(
    questionnaire: Questionnaire, mode: str, answers: Mapping[str, tuple[str, ...]]
) -> dict[tuple[str, str], int]:
    """(Question, option) → how often in one response."""
    found: dict[tuple[str, str], int] = {(RESPONSES, RESPONSES): 1, (RESPONSES, mode): 1}
    for question in questionnaire.questions:
        for value in answers.get(question.id, ()):
            option = counted_as(question, value)
            if option is not None:
                found[question.id, option] = found.get((question.id, option), 0) + 1
    return found
