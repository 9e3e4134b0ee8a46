"""Figures by group 小组 of a blind survey: departments of staff, wards, intakes of trainees. Rules 57, 115, 131.

A group of fewer than five answers is hidden, and enough of its siblings that neither counts nor figures give it away:
what is hidden together is never less than the minimum either. Only whole months that have ended are told, each by
itself: a running count, or one period less another, would show what a single person said. Answers are read here, group
by group and never one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_SHOWN, may_show_count, suppress
from consortium.periods import Period
from consortium.units import zone
from locales.errors import DomainError
from surveys.audiences.blindness import blind_versions
from surveys.intervals import Estimate
from surveys.models import Answer, Invitation, Response
from surveys.questionnaires import load
from surveys.scoring import LINEAR, Estimates, pooled_estimates, questionnaire_estimates
from surveys.sittings import SENT, VISIT
from surveys.structure import Questionnaire, find_question
from surveys.tallies import RESPONSES, counted_as

_Counts = dict[str, dict[str, int]]
"""Question → answer → how often."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group, or the whole unit (`name` None). Hidden, all is None; `name` "" are those without a group."""

    name: str | None
    n: int | None
    score: Estimate | None
    dimensions: Mapping[str, Estimate | None]


@dataclass(frozen=True, slots=True)
class UnitGroups:
    """What a blind survey says about one unit in one month that has ended."""

    questionnaire_id: str
    period: Period
    whole: GroupFigures
    groups: tuple[GroupFigures, ...]


def has_ended(session: Session, period: Period, now: datetime) -> bool:
    """Whether a month is over: before that a blind survey tells nothing."""
    return now >= period.bounds(zone(session))[1]


def unit_groups(
    session: Session, *, unit_code: str, questionnaire_id: str, period: Period, now: datetime, definition: str = LINEAR
) -> UnitGroups:
    """The unit and its groups in one month, small ones hidden.

    Errors: `groups_whole_months` for a quarter or year, `groups_month_running`, `questionnaire_not_blind`.
    """
    if not period.is_month:
        raise DomainError("groups_whole_months", period=str(period))
    if not has_ended(session, period, now):
        raise DomainError("groups_month_running", period=str(period))
    versions = sorted(version for id_, version in blind_versions(session) if id_ == questionnaire_id)
    if not versions:
        raise DomainError("questionnaire_not_blind", questionnaire=questionnaire_id[:40])
    responses: dict[str, dict[str, int]] = {}
    answers: dict[str, dict[str, _Counts]] = {}
    for version in versions:
        counted, answered = _counted(session, unit_code, questionnaire_id, version, period)
        for group, count in counted.items():
            responses.setdefault(group, {})[version] = count
            answers.setdefault(group, {})[version] = answered.get(group, {})
    shown = shown_counts({group: sum(counts.values()) for group, counts in responses.items()})

    month = _Counted(session, questionnaire_id, responses, answers, definition)
    total = sum(sum(counts.values()) for counts in responses.values())
    whole = month.figures(None, total if may_show_count(total) or not total else None, sorted(responses))
    groups = tuple(month.figures(name, shown[name], [name]) for name in sorted(shown))
    return UnitGroups(questionnaire_id, period, whole, groups)


def shown_counts(counts: Mapping[str, int], minimum: int = MINIMUM_SHOWN) -> dict[str, int | None]:
    """Answers by group; None for those that are hidden.

    Beyond `suppress`: a figure of the unit less the figures of the groups shown is the figure of all that are hidden,
    so they must be `minimum` together; and a unit that is itself hidden shows none of its groups.
    """
    children = [{"name": name, "count": counts[name]} for name in sorted(counts)]
    tree = suppress({"name": "", "count": sum(counts.values()), "children": children}, minimum)
    shown: dict[str, int | None] = {child["name"]: child["count"] for child in tree["children"]}
    if tree["count"] is None:
        return dict.fromkeys(shown)
    while 0 < sum(counts[name] for name, count in shown.items() if count is None) < minimum:
        left = sorted((count, name) for name, count in shown.items() if count)
        if not left:
            break
        shown[left[0][1]] = None
    return shown


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted of one questionnaire in one unit and month: group → version → responses, and answers."""

    session: Session
    questionnaire_id: str
    responses: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, Mapping[str, _Counts]]
    definition: str

    def figures(self, name: str | None, n: int | None, groups: list[str]) -> GroupFigures:
        """Several groups as one, versions weighted by their responses; nothing where `n` is hidden."""
        if n is None:
            return GroupFigures(name, None, None, {})
        parts: list[tuple[int, Estimates]] = []
        answered: dict[str, int] = {}
        for version in sorted({version for group in groups for version in self.responses[group]}):
            count = sum(self.responses[group].get(version, 0) for group in groups)
            questions = _added([self.answers[group].get(version, {}) for group in groups])
            form = load(self.session, self.questionnaire_id, version)
            parts.append((count, questionnaire_estimates(form, questions, self.definition)))
            for dimension, most in _most_answered(form, questions).items():
                answered[dimension] = answered.get(dimension, 0) + most
        pooled = pooled_estimates(parts)
        told = {code: found if may_show_count(answered[code]) else None for code, found in pooled.dimensions.items()}
        return GroupFigures(name, n, pooled.score, told)


def _counted(
    session: Session, unit_code: str, questionnaire_id: str, version: str, period: Period
) -> tuple[dict[str, int], dict[str, _Counts]]:
    """By group: how many responses, and how often each answer."""
    group = func.coalesce(Invitation.group_name, "")

    def of_month(*columns: Any) -> Select[*tuple[Any, ...]]:
        return (
            select(*columns)
            .select_from(Response)
            .join(Invitation, Invitation.id == Response.invitation_id)
            .where(
                Response.unit_code == unit_code,
                Response.period == str(period),
                Response.state == SENT,
                Response.stream == VISIT,
                Invitation.questionnaire_id == questionnaire_id,
                Invitation.questionnaire_version == version,
            )
        )

    responses: dict[str, int] = dict(session.execute(of_month(group, func.count()).group_by(group)).all())
    form = load(session, questionnaire_id, version)
    found: dict[str, _Counts] = defaultdict(lambda: defaultdict(dict))
    rows = session.execute(
        of_month(group, Answer.question_id, Answer.value, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .where(Answer.value != "")
        .group_by(group, Answer.question_id, Answer.value)
    )
    for name, question_id, value, count in rows:
        question = find_question(form, question_id)
        option = counted_as(question, value) if question is not None else None
        if option is not None:
            counts = found[name][question_id]
            counts[option] = counts.get(option, 0) + count
    for name, count in responses.items():
        found[name][RESPONSES] = {RESPONSES: count}
    return responses, found


def _most_answered(form: Questionnaire, questions: _Counts) -> dict[str, int]:
    """By dimension, how many scored answers its most answered question has: "does not apply" is none."""
    most = dict.fromkeys((dimension.code for dimension in form.dimensions), 0)
    for question in form.questions:
        if question.dimension is not None:
            scored = {option.code for option in question.options if option.score is not None}
            answered = questions.get(question.id, {})
            count = sum(number for code, number in answered.items() if code in scored or not question.options)
            most[question.dimension] = max(most[question.dimension], count)
    return most


def _added(parts: list[_Counts]) -> _Counts:
    total: _Counts = {}
    for part in parts:
        for question, counts in part.items():
            into = total.setdefault(question, {})
            for option, count in counts.items():
                into[option] = into.get(option, 0) + count
    return total
