"""Measuring: the figures of every unit and questionnaire in a period, with interval, response rate and mode mix.

Versions of one questionnaire are pooled by their responses; different questionnaires never are (decision 3), nor
different streams. From the tallies alone. Figures that small numbers forbid to show are computed and named
(`surveys.shown`); leaving them out is the part of whoever shows or scores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from surveys.fielding.models import Fielded
from surveys.fielding.steps import INELIGIBLE
from surveys.intervals import Estimate
from surveys.models import Invitation
from surveys.questionnaires import load
from surveys.scoring import LINEAR, Estimates, answered, pooled_estimates, questionnaire_estimates
from surveys.shown import measures_shown
from surveys.sittings import VISIT
from surveys.structure import Question, Questionnaire
from surveys.tallies import RESPONSES, counts
from surveys.trends import Figure, figure, scales_of

OVERALL, SCORE = "overall", "score"
"""Instead of a dimension: the question for the overall impression; all questions of the dimensions."""

_WINDOW = Period(2000, 1)  # whatever window is measured: what may be shown is asked of it alone

_Counts = dict[str, dict[str, int]]
"""Question → answer → how often."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one questionnaire in one unit: by version, and how many were invited."""

    versions: Mapping[str, _Counts]
    invited: int

    @property
    def n(self) -> int:
        """How many responses."""
        return sum(questions[RESPONSES][RESPONSES] for questions in self.versions.values())


@dataclass(frozen=True, slots=True)
class Measures:
    """What one questionnaire says about one unit.

    `too_few` names the figures that may not be shown: fewer than five answered, or it would give a hidden one away.
    """

    score: Figure
    dimensions: Mapping[str, Figure]
    overall: Figure
    too_few: frozenset[str] = frozenset()

    def of(self, measure: str) -> Figure | None:
        """The figure of a dimension, of `score` or of `overall`; None for a dimension it does not have."""
        return {SCORE: self.score, OVERALL: self.overall}.get(measure) or self.dimensions.get(measure)


def measures(
    session: Session, *, period: Period, definition: str = LINEAR, stream: str = VISIT
) -> dict[str, dict[str, Measures]]:
    """Unit → questionnaire → figures, for every unit with answers or invitations in the period.

    `invited` leaves out who was found ineligible, and is by the visits that ended in the period, whenever they answer.
    """
    counted = counted_answers(session, period=period, stream=stream)
    return {
        unit: {
            name: measured(
                session,
                questionnaire_id=name,
                counted=each,
                window=str(period),
                definition=definition,
            )
            for name, each in of_unit.items()
        }
        for unit, of_unit in counted.items()
    }


def counted_answers(session: Session, *, period: Period, stream: str = VISIT) -> dict[str, dict[str, Counted]]:
    """Unit → questionnaire → what figures of any definition are made from."""
    found: dict[tuple[str, str], dict[str, _Counts]] = defaultdict(dict)
    for key, count in counts(session, period=period, stream=stream).items():
        questions = found[key.unit_code, key.questionnaire_id].setdefault(key.questionnaire_version, {})
        questions.setdefault(key.question_id, {})[key.option_code] = count
    invited = _invited(session, period, stream)
    units: dict[str, dict[str, Counted]] = {}
    for unit, questionnaire in sorted(found.keys() | invited.keys()):
        place = unit, questionnaire
        units.setdefault(unit, {})[questionnaire] = Counted(found.get(place, {}), invited.get(place, 0))
    return units


def measured(session: Session, *, questionnaire_id: str, counted: Counted, window: str, definition: str) -> Measures:
    """The figures of one questionnaire in one unit by one definition."""
    forms = {version: load(session, questionnaire_id, version) for version in sorted(counted.versions)}
    parts: list[tuple[int, Estimates]] = []
    modes: dict[str, int] = {}
    for version, form in forms.items():
        questions = counted.versions[version]
        responses = dict(questions[RESPONSES])
        parts.append((responses.pop(RESPONSES), questionnaire_estimates(form, questions, definition)))
        for mode, count in responses.items():
            modes[mode] = modes.get(mode, 0) + count
    together = pooled_estimates(parts)
    scales = {scales_of(form) for form in forms.values()}

    def shown(estimate: Estimate | None) -> Figure:
        return figure(
            estimate,
            n=counted.n,
            invited=counted.invited,
            mode_mix=dict(sorted(modes.items())),
            window=window,
            definition=definition,
            scales=scales,
        )

    dimensions = dict.fromkeys(dimension.code for form in forms.values() for dimension in form.dimensions)
    return Measures(
        score=shown(together.score),
        dimensions={code: shown(together.dimensions.get(code)) for code in dimensions},
        overall=shown(together.overall),
        too_few=_too_few(forms, counted, definition),
    )


def _too_few(forms: Mapping[str, Questionnaire], counted: Counted, definition: str) -> frozenset[str]:
    """The figures that may not be shown. As many people stand behind one as answered its most answered question."""
    bases: dict[str, int] = {}
    for version, form in forms.items():
        most: dict[str, int] = {}
        for question in form.questions:
            given = counted.versions[version].get(question.id, {}) if question.is_scored else {}
            n = answered(question, given, definition)
            for measure in _measures_of(question) if n else ():
                most[measure] = max(most.get(measure, 0), n)
        for measure, n in most.items():
            bases[measure] = bases.get(measure, 0) + n
    shown = measures_shown(
        {_WINDOW: counted.n},
        {measure: {_WINDOW: n} for measure, n in bases.items()},
        score=SCORE,
        dimensions=sorted(bases.keys() - {SCORE, OVERALL}),
    )
    return frozenset(measure for measure in bases if str(_WINDOW) not in shown[measure])


def _measures_of(question: Question) -> Iterator[str]:
    if question.dimension is not None:
        yield from (SCORE, question.dimension)
    if question.is_overall:
        yield OVERALL


def _invited(session: Session, period: Period, stream: str) -> dict[tuple[str, str], int]:
    """(Unit, questionnaire) → visits of the period whose patients were invited and could answer."""
    start, end = period.bounds(zone(session))
    rows = session.execute(
        select(Invitation.unit_code, Invitation.questionnaire_id, func.count())
        .outerjoin(Fielded, Fielded.invitation_id == Invitation.id)
        .where(
            Invitation.stream == stream,
            Invitation.discharged_at >= start,
            Invitation.discharged_at < end,
            Fielded.disposition.is_(None) | (Fielded.disposition != INELIGIBLE),
        )
        .group_by(Invitation.unit_code, Invitation.questionnaire_id)
    )
    return {(unit, questionnaire): count for unit, questionnaire, count in rows}
