"""Figures by group 小组 of a blind survey: departments of staff, wards, intakes of trainees. Rules 57, 115, 131.

A group of fewer than five answers is hidden, and enough of its siblings that neither counts nor figures give it away:
what is hidden together is never less than the minimum either. A dimension that too few of any group answered is told
of no group, and another one neither, or the score less the others would tell it. Only whole months that are closed are
told, each by itself: a running count, one period less another, or a month before and after somebody took their answers
back, would show what a single person said. Answers are read here, group by group and never one by one. Refuses to know
when a month is closed: the caller says it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_SHOWN, may_show_count, suppress
from consortium.periods import Period
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


def unit_groups(
    session: Session,
    *,
    unit_code: str,
    questionnaire_id: str,
    period: Period,
    is_closed: bool,
    definition: str = LINEAR,
) -> UnitGroups:
    """The unit and its groups in one month, small ones hidden.

    Errors: `groups_whole_months` for a quarter or year, `groups_month_running` for a month that is not closed,
    `questionnaire_not_blind`.
    """
    if not period.is_month:
        raise DomainError("groups_whole_months", period=str(period))
    if not is_closed:
        raise DomainError("groups_month_running", period=str(period))
    month = _month(session, unit_code, questionnaire_id, period, definition)
    people = {group: month.people([group]) for group in month.responses}
    shown = shown_counts(people)
    names = sorted(group for group, n in shown.items() if n)
    told = _dimensions_of_groups(
        {group: month.answered([group]) for group in people}, names, sorted(people.keys() - set(names))
    )
    everybody = sorted(people)
    told_of_whole = _dimensions_of_whole(month.answered(everybody))
    told &= told_of_whole  # what all groups tell of a dimension, they tell of the unit
    whole = month.figures(None, everybody, told_of_whole)
    if not may_show_count(month.people(everybody)):
        whole = GroupFigures(None, None if everybody else 0, None, {})
    groups = tuple(
        month.figures(name, [name], told) if shown[name] is not None else GroupFigures(name, None, None, {})
        for name in sorted(shown)
    )
    return UnitGroups(questionnaire_id, period, whole, groups)


def _dimensions_of_whole(answered: Mapping[str, int]) -> set[str]:
    """The dimensions that may be told of the unit; with one of few, the next-lowest is hidden as well."""
    return _with_one_beside({code for code, n in answered.items() if 0 < n < MINIMUM_SHOWN}, answered)


def _dimensions_of_groups(answered: Mapping[str, Mapping[str, int]], shown: list[str], hidden: list[str]) -> set[str]:
    """The dimensions that may be told of every group shown, or of none: by how many of each group answered them."""
    codes = list(dict.fromkeys(code for counts in answered.values() for code in counts))
    weak = set()
    for code in codes:
        counts = [answered[group].get(code, 0) for group in shown]
        counts.append(sum(answered[group].get(code, 0) for group in hidden))
        if any(0 < n < MINIMUM_SHOWN for n in counts):
            weak.add(code)
    return _with_one_beside(
        weak, {code: min((answered[group].get(code, 0) for group in shown), default=0) for code in codes}
    )


def _with_one_beside(weak: set[str], answered: Mapping[str, int]) -> set[str]:
    """All dimensions but the weak ones and, where there is one, the least answered of the others."""
    left = sorted((n, code) for code, n in answered.items() if code not in weak and n >= MINIMUM_SHOWN)
    beside = {left[0][1]} if weak and left else set()
    return {code for code in answered if code not in weak | beside} if not weak or left else set()


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
class _Month:
    """What was counted of one questionnaire in one unit and month: group → version → responses, and answers."""

    questionnaire_id: str
    forms: Mapping[str, Questionnaire]
    responses: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, Mapping[str, _Counts]]
    definition: str

    def number(self, groups: list[str]) -> int:
        """How many responses several groups sent."""
        return sum(sum(self.responses[group].values()) for group in groups)

    def people(self, groups: list[str]) -> int:
        """How many people are behind the figure of several groups: fewer than have sent, if so few gave a score."""
        n, scored = self.number(groups), max(self.answered(groups).values(), default=0)
        return scored if 0 < scored < MINIMUM_SHOWN else n

    def answered(self, groups: list[str]) -> dict[str, int]:
        """By dimension, how many of several groups answered the question of it that most answered."""
        found: dict[str, int] = {}
        for version, form in self.forms.items():
            for code, n in _most_answered(form, self._counts(groups, version)).items():
                found[code] = found.get(code, 0) + n
        return found

    def figures(self, name: str | None, groups: list[str], told: set[str]) -> GroupFigures:
        """Several groups as one, versions weighted by their responses; of the dimensions, those that may be told."""
        parts: list[tuple[int, Estimates]] = []
        for version, form in self.forms.items():
            count = sum(self.responses[group].get(version, 0) for group in groups)
            if count:
                parts.append((count, questionnaire_estimates(form, self._counts(groups, version), self.definition)))
        pooled = pooled_estimates(parts)
        dimensions = {code: found if code in told else None for code, found in pooled.dimensions.items()}
        return GroupFigures(name, self.number(groups), pooled.score, dimensions)

    def _counts(self, groups: list[str], version: str) -> _Counts:
        return _added([self.answers[group].get(version, {}) for group in groups])


def _month(session: Session, unit_code: str, questionnaire_id: str, period: Period, definition: str) -> _Month:
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
    forms = {version: load(session, questionnaire_id, version) for version in versions}
    return _Month(questionnaire_id, forms, responses, answers, definition)


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
