"""What a period is scored from: readings, satisfaction, third parties' results and peer scores, by unit and indicator.

Knows where each kind of figure comes from and why one is missing. Refuses to know points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consortium.disclosure import may_show_count
from consortium.periods import Period
from evaluation.elements import OVERALL, PEER, SCORE, SURVEY, THIRD_PARTY, Indicator, Scheme
from evaluation.freezing import UnitInputs
from evaluation.indicators import readings_of
from evaluation.models import Reading
from evaluation.scoring import (
    NO_RESPONSES,
    NO_ROUND,
    NOT_COLLECTED,
    NOTHING_APPLIED,
    TOO_FEW_ANSWERS,
    TOO_FEW_RATERS,
    ZERO_DENOMINATOR,
    Input,
)
from reviews.models import ReviewRound
from reviews.peer_mean import PeerScore
from reviews.results import peer_scores
from surveys.audiences.models import ThirdPartyResult
from surveys.audiences.third_party import third_party_results
from surveys.questionnaires import load
from surveys.scoring import Scores, pooled, questionnaire_scores
from surveys.tallies import RESPONSES, counts

_Counts = dict[str, dict[str, dict[str, int]]]
"""Version of a questionnaire → question → option → how often."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one questionnaire, in all its versions, says about one unit: responses and figures.

    A blind one says nothing below the group minimum (rules 57 and 115), and is no answer of a patient.
    """

    n: int
    scores: Scores
    is_blind: bool


def gather_inputs(session: Session, *, period: Period, scheme: Scheme, units: Iterable[str]) -> dict[str, UnitInputs]:
    """Everything the scheme asks for, for every unit; what is not there is missing with its reason, never zero."""
    readings = readings_of(session, period)
    surveys = _surveys(session, period)
    third_parties = third_party_results(session, period=period)
    peers = peer_scores(session, period)
    has_round = session.get(ReviewRound, str(period)) is not None
    gathered: dict[str, UnitInputs] = {}
    for unit in units:
        answered, peer = surveys.get(unit, {}), peers.get(unit)
        figures = {}
        for code, indicator in scheme.indicators.items():
            if indicator.input == PEER:
                figures[code] = _peer_input(peer, has_round=has_round)
            elif indicator.input == SURVEY:
                figures[code] = _survey_input(answered.get(indicator.questionnaire or ""), indicator)
            elif indicator.input == THIRD_PARTY:
                figures[code] = _third_party_input(third_parties.get(unit, []), indicator)
            else:
                figures[code] = _reading_input(readings.get(unit, {}).get(code))
        responses = sum(survey.n for survey in answered.values() if not survey.is_blind)
        gathered[unit] = UnitInputs(figures, responses, peer.raters if peer else 0)
    return gathered


def _surveys(session: Session, period: Period) -> dict[str, dict[str, _Survey]]:
    """Unit → questionnaire → its figures; its versions are pooled, different questionnaires never (decision 3)."""
    sets: dict[str, dict[str, _Counts]] = defaultdict(lambda: defaultdict(dict))
    for key, count in counts(session, period=period).items():
        questions = sets[key.unit_code][key.questionnaire_id].setdefault(key.questionnaire_version, {})
        questions.setdefault(key.question_id, {})[key.option_code] = count
    return {
        unit: {questionnaire: _survey(session, questionnaire, versions) for questionnaire, versions in by_id.items()}
        for unit, by_id in sets.items()
    }


def _survey(session: Session, questionnaire: str, versions: Mapping[str, Mapping[str, Mapping[str, int]]]) -> _Survey:
    forms = {version: load(session, questionnaire, version) for version in versions}
    parts = [
        (questions[RESPONSES][RESPONSES], questionnaire_scores(forms[version], questions))
        for version, questions in versions.items()
    ]
    is_blind = any(form.is_blind for form in forms.values())
    return _Survey(sum(responses for responses, _ in parts), pooled(parts), is_blind)


def _reading_input(reading: Reading | None) -> Input:
    if reading is None:
        return Input(None, reason=NOT_COLLECTED)
    reason = ZERO_DENOMINATOR if reading.value is None else None
    return Input(reading.value, reading.numerator, reading.denominator, reason)


def _survey_input(found: _Survey | None, indicator: Indicator) -> Input:
    if found is None or found.n == 0:
        return Input(None, reason=NO_RESPONSES, n=0)
    if found.is_blind and not may_show_count(found.n):
        return Input(None, reason=TOO_FEW_ANSWERS)
    measured = {**found.scores.dimensions, SCORE: found.scores.score, OVERALL: found.scores.overall}
    value = measured.get(indicator.measure or SCORE)
    return Input(value, reason=NOTHING_APPLIED if value is None else None, n=found.n)


def _third_party_input(found: Iterable[ThirdPartyResult], indicator: Indicator) -> Input:
    """The result of the very source and definition that the scheme names: never a mean of several."""
    wanted = (indicator.surveyor, indicator.definition)
    result = next((each for each in found if (each.source, each.definition) == wanted), None)
    if result is None:
        return Input(None, reason=NOT_COLLECTED)
    if not may_show_count(result.n):
        return Input(None, reason=TOO_FEW_ANSWERS)
    return Input(result.score, n=result.n)


def _peer_input(found: PeerScore | None, *, has_round: bool) -> Input:
    if not has_round:
        return Input(None, reason=NO_ROUND, n=0)
    if found is None or found.score is None:
        return Input(None, reason=TOO_FEW_RATERS, n=found.raters if found else 0)
    return Input(found.score, n=found.raters)
