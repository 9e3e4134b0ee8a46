"""What a period is scored from: readings, satisfaction, third parties' results and peer scores, by unit and indicator.

Knows where each kind of figure comes from and why one is missing; and that a figure of fewer than five people is none,
here and not only where it would be shown: points and totals would give it away (rule 46). Refuses to know points, and
how several months become one: that is `evaluation.span_figures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from consortium.disclosure import band_floor, may_show_count, shown_total, suppress_counts
from consortium.periods import Period
from evaluation.approvals import needs_approval
from evaluation.elements import PANEL, PEER, READING, SCORE, SURVEY, THIRD_PARTY, Indicator, Scheme
from evaluation.figures import (
    NO_RESPONSES,
    NO_ROUND,
    NOT_COLLECTED,
    NOTHING_APPLIED,
    PEERS_WAIVED,
    TOO_FEW_ANSWERS,
    TOO_FEW_RATERS,
    ZERO_DENOMINATOR,
    Input,
)
from evaluation.freezing import UnitInputs
from evaluation.indicators import readings_of, region_readings
from evaluation.models import Reading
from evaluation.panel import panel_input
from reviews.models import ReviewRound
from reviews.panel_count import panel_figures_by_unit
from reviews.results import PeerScore, peer_scores
from surveys.audiences.blindness import blind_versions
from surveys.audiences.models import ThirdPartyResult
from surveys.audiences.third_party import third_party_results
from surveys.measurement import Counted, Measures, counted_answers, measured
from surveys.scoring import DEFINITION
from surveys.sittings import HELD
from surveys.tallies import responses

CORRECTED = "corrected"
"""The origin of a reading that somebody has corrected."""


@dataclass(frozen=True, slots=True)
class _Surveys:
    """What all questionnaires say about one unit: counted once, measured by each definition that is asked for."""

    session: Session
    period: Period
    counted: Mapping[str, Counted]
    known: dict[tuple[str, str], Measures] = field(default_factory=dict)

    def of(self, questionnaire: str, definition: str) -> Measures | None:
        """The figures of a questionnaire, all its versions pooled; two questionnaires never are (decision 3)."""
        counted = self.counted.get(questionnaire)
        if counted is None:
            return None
        place = questionnaire, definition
        if place not in self.known:
            self.known[place] = measured(
                self.session,
                questionnaire_id=questionnaire,
                counted=counted,
                window=str(self.period),
                definition=definition,
            )
        return self.known[place]


def gather_inputs(
    session: Session, *, period: Period, scheme: Scheme, units: Iterable[str], peers_waived: bool = False
) -> dict[str, UnitInputs]:
    """Everything the scheme asks for, for every unit; what is not there is missing with its reason, never zero.

    With `peers_waived` no peer score is looked at, whatever has been counted.
    """
    readings = readings_of(session, period)
    counted = counted_answers(session, period=period)
    patients = patients_responses(session, counted)
    held = responses(session, period=period, stream=HELD)
    third_parties = third_party_results(session, period=period)
    peers = {} if peers_waived else peer_scores(session, period)
    panel = panel_figures_by_unit(session, period)
    has_round = session.get(ReviewRound, str(period)) is not None
    no_score = PEERS_WAIVED if peers_waived else TOO_FEW_RATERS if has_round else NO_ROUND
    gathered: dict[str, UnitInputs] = {}
    for unit in units:
        answered, peer = _Surveys(session, period, counted.get(unit, {})), peers.get(unit)
        figures = {}
        for code, indicator in scheme.indicators.items():
            if indicator.input == PEER:
                figures[code] = _peer_input(peer, no_score)
            elif indicator.input == SURVEY:
                figures[code] = survey_input(
                    answered.of(indicator.questionnaire or "", indicator.definition or DEFINITION), indicator
                )
            elif indicator.input == THIRD_PARTY:
                figures[code] = third_party_input(third_parties.get(unit, []), indicator)
            elif indicator.input == PANEL:
                figures[code] = panel_input(indicator, panel.get(unit))
            elif indicator.input == READING:
                figures[code] = reading_input(indicator, readings.get(unit, {}).get(code))
        raters = band_floor(peer.raters) if peer and peer.score is not None else 0
        gathered[unit] = UnitInputs(figures, patients.get(unit, 0), raters, held.get(unit, 0))
    return gathered


def patients_responses(session: Session, counted: Mapping[str, Mapping[str, Counted]]) -> dict[str, int | None]:
    """Unit → responses of patients that count: those to questionnaires that five answered. Staff are no patients.

    None: somebody answered, but too few.
    """
    blind = {questionnaire for questionnaire, _ in blind_versions(session)}
    return {
        unit: shown_total(each.n for name, each in of_unit.items() if name not in blind)
        for unit, of_unit in counted.items()
    }


def region_inputs(session: Session, period: Period, scheme: Scheme) -> dict[str, Input]:
    """The readings of the whole region, by indicator: what relative curves are measured against."""
    found = region_readings(session, period)
    return {
        code: reading_input(scheme.indicators[code], reading)
        for code, reading in found.items()
        if code in scheme.indicators
    }


def reading_input(indicator: Indicator, reading: Reading | None) -> Input:
    """A reading as it is scored: worth nothing before somebody has approved it, where it needs that (rule 16)."""
    if reading is None:
        return Input(None, reason=NOT_COLLECTED)
    return Input(
        reading.value,
        reading.numerator,
        reading.denominator,
        ZERO_DENOMINATOR if reading.value is None else None,
        is_approved=not needs_approval(indicator, reading),
        origin=reading.origin if reading.corrected_at is None else CORRECTED,
    )


def survey_input(found: Measures | None, indicator: Indicator) -> Input:
    """What a questionnaire's figures say to one indicator; small numbers say nothing."""
    definition, measure = indicator.definition or DEFINITION, indicator.measure or SCORE
    if found is None or found.score.n == 0:
        invited = found.score.invited if found is not None else 0
        return Input(None, reason=NO_RESPONSES, n=0, definition=definition, invited=invited)
    if not may_show_count(found.score.n):
        return Input(None, reason=TOO_FEW_ANSWERS, definition=definition)
    if measure in found.too_few:
        return Input(None, reason=TOO_FEW_ANSWERS, definition=definition)
    figure = found.of(measure)
    if figure is None or figure.score is None:
        n, invited = found.score.n, found.score.invited
        return Input(None, reason=NOTHING_APPLIED, n=n, definition=definition, invited=invited)
    return Input(
        figure.score,
        n=figure.n,
        definition=definition,
        low=figure.low,
        high=figure.high,
        invited=figure.invited,
        mode_mix=suppress_counts(figure.mode_mix),
    )


def third_party_input(found: Iterable[ThirdPartyResult], indicator: Indicator) -> Input:
    """The result of the very source and definition that the scheme names: never a mean of several."""
    wanted = (indicator.surveyor, indicator.definition)
    result = next((each for each in found if (each.source, each.definition) == wanted), None)
    if result is None:
        return Input(None, reason=NOT_COLLECTED, definition=indicator.definition)
    if not may_show_count(result.n):
        return Input(None, reason=TOO_FEW_ANSWERS, definition=indicator.definition)
    return Input(result.score, n=result.n, definition=result.definition, low=result.low, high=result.high)


def _peer_input(found: PeerScore | None, no_score: str) -> Input:
    """The coarse score, 0–100: what may be shown is what is scored. `n` is the low end of the band of raters."""
    if found is None or found.score is None:
        return Input(None, reason=no_score, n=0)
    return Input(found.score, n=band_floor(found.raters), definition=found.definition)
