"""How many people stand behind a figure: those whose answers enter it, not all who have answered."""

from __future__ import annotations

from surveys.bases import MODE, bases_by_month
from surveys.measurement import OVERALL, SCORE
from surveys.models import Tally
from surveys.scoring import LINEAR, NPS, POSITIVE
from tests.surveys.cast import JIA, YI
from tests.surveys.results_cast import month_of, patients_answer

SEP, OCT = month_of(9), month_of(10)


def behind(session, *, definition=LINEAR, months=(SEP, OCT), unit=JIA, stream="visit"):
    found = bases_by_month(session, months=months, stream=stream, definition=definition)
    return found.get((unit, "outpatient"), {})


def no_score(session, question, count):
    """So many say that the question does not apply to them."""
    row = session.query(Tally).filter_by(question_id=question, option_code="5", period="2026-10").one()
    row.count -= count
    session.add(Tally(period="2026-10", unit_code=JIA, questionnaire_id="outpatient", questionnaire_version="1",
                      question_id=question, option_code="na", count=count, stream="visit"))  # fmt: skip
    session.flush()


def test_everybody_is_behind_every_measure_they_answered(ready):
    patients_answer(ready, 3, 9)
    patients_answer(ready, 7, 10)
    found = behind(ready)
    assert found[SCORE] == found[OVERALL] == found["waiting"] == {SEP: 3, OCT: 7}
    assert found[f"{MODE}page"] == {SEP: 3, OCT: 7}
    assert behind(ready, months=(OCT,))[SCORE] == {OCT: 7}
    assert behind(ready, unit=YI) == behind(ready, stream="poster") == {}


def test_who_gave_no_score_is_not_behind_it(ready):
    patients_answer(ready, 7, 10)
    no_score(ready, "next", 6)
    no_score(ready, "handover", 5)
    found = behind(ready)
    assert found["continuity"] == {OCT: 2}  # by the question that most answered
    assert found[SCORE] == {OCT: 7}


def test_a_definition_counts_the_answers_that_enter_it(ready):
    patients_answer(ready, 7, 10)
    no_score(ready, "next", 7)
    no_score(ready, "handover", 6)
    assert behind(ready)["continuity"] == {OCT: 1}
    assert behind(ready, definition=POSITIVE)["continuity"] == {OCT: 7}  # "does not apply" is in its denominator
    assert SCORE not in behind(ready, definition=NPS)  # no scale of it goes from 0 to 10
