"""Measuring: the figures of every unit and questionnaire in a period, with interval, response rate and mode mix.

Versions of one questionnaire are pooled by their responses; different questionnaires never are (decision 3), nor
different streams. From the tallies alone. Refuses to know what small numbers may show: that is `consortium.disclosure`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
from surveys.scoring import LINEAR, Estimates, pooled_estimates, questionnaire_estimates
from surveys.sittings import VISIT
from surveys.tallies import RESPONSES, counts
from surveys.trends import Figure, Line, figure, scales_of, trend

OVERALL, SCORE = "overall", "score"
"""Instead of a dimension: the question for the overall impression; all questions of the dimensions."""

_Counts = dict[str, dict[str, dict[str, int]]]
"""Version → question → answer → how often."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What one questionnaire says about one unit."""

    score: Figure
    dimensions: Mapping[str, Figure]
    overall: Figure

    def of(self, measure: str) -> Figure | None:
        """The figure of a dimension, of `score` or of `overall`; None for a dimension it does not have."""
        return {SCORE: self.score, OVERALL: self.overall}.get(measure) or self.dimensions.get(measure)


def measures(
    session: Session, *, period: Period, definition: str = LINEAR, stream: str = VISIT
) -> dict[str, dict[str, Measures]]:
    """Unit → questionnaire → figures, for every unit with answers or invitations in the period.

    `invited` leaves out who was found ineligible, and is by the visits that ended in the period, whenever they answer.
    """
    found: dict[tuple[str, str], _Counts] = defaultdict(dict)
    for key, count in counts(session, period=period, stream=stream).items():
        questions = found[key.unit_code, key.questionnaire_id].setdefault(key.questionnaire_version, {})
        questions.setdefault(key.question_id, {})[key.option_code] = count
    invited = _invited(session, period, stream)
    units: dict[str, dict[str, Measures]] = {}
    for unit, questionnaire in sorted(found.keys() | invited.keys()):
        versions = found.get((unit, questionnaire), {})
        measured = _measures(
            session, questionnaire, versions, definition, str(period), invited.get((unit, questionnaire), 0)
        )
        units.setdefault(unit, {})[questionnaire] = measured
    return units


def unit_trend(
    session: Session,
    *,
    unit_code: str,
    questionnaire_id: str,
    periods: Iterable[Period],
    measure: str = SCORE,
    definition: str = LINEAR,
    stream: str = VISIT,
) -> tuple[Line, ...]:
    """One figure of one unit over periods, as lines that break where they must; periods without answers are gaps."""
    figures = []
    for period in periods:
        measured = measures(session, period=period, definition=definition, stream=stream)
        own = measured.get(unit_code, {}).get(questionnaire_id)
        found = own.of(measure) if own is not None else None
        figures.append(found or _nothing(str(period), definition))
    return trend(figures)


def _measures(  # noqa: PLR0917 - the facts of one questionnaire in one unit
    session: Session, questionnaire_id: str, versions: _Counts, definition: str, window: str, invited: int
) -> Measures:
    parts: list[tuple[int, Estimates]] = []
    modes: dict[str, int] = {}
    scales: set[str] = set()
    dimensions: dict[str, None] = {}
    for version, questions in sorted(versions.items()):
        form = load(session, questionnaire_id, version)
        responses = dict(questions[RESPONSES])
        parts.append((responses.pop(RESPONSES), questionnaire_estimates(form, questions, definition)))
        scales.add(scales_of(form))
        dimensions |= dict.fromkeys(dimension.code for dimension in form.dimensions)
        for mode, count in responses.items():
            modes[mode] = modes.get(mode, 0) + count
    together = pooled_estimates(parts)
    n = sum(responses for responses, _ in parts)

    def shown(estimate: Estimate | None) -> Figure:
        return figure(
            estimate,
            n=n,
            invited=invited,
            mode_mix=dict(sorted(modes.items())),
            window=window,
            definition=definition,
            scales=scales,
        )

    return Measures(
        score=shown(together.score),
        dimensions={code: shown(together.dimensions.get(code)) for code in dimensions},
        overall=shown(together.overall),
    )


def _nothing(window: str, definition: str) -> Figure:
    return figure(None, n=0, invited=0, mode_mix={}, window=window, definition=definition)


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
