"""Figures that may be looked at: windows, small numbers and what subtraction would tell, lines with gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from consortium.periods import Period
from locales.errors import DomainError
from surveys.measurement import OVERALL, SCORE
from surveys.models import Tally
from surveys.questionnaires import apply_questionnaire
from surveys.results import ROLLING, Window, is_shown, months_with_answers, results, window_of
from surveys.scoring import TOPBOX
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.cast import JIA, NOW, YI
from tests.surveys.results_cast import month_of, patients_answer

AUG, SEP, OCT = month_of(8), month_of(9), month_of(10)
CLOSED = (AUG, SEP, OCT)


def found(session, window, closed=CLOSED, **more):
    return {each.unit_code: each for each in results(session, window=window_of(window, closed), closed=closed, **more)}


def test_windows_hold_their_closed_months_only():
    assert window_of("2026-10", CLOSED) == Window("2026-10", (OCT,))
    assert window_of("2026-Q3", (OCT, SEP, AUG)).months == (AUG, SEP)
    assert window_of("2026", CLOSED).months == CLOSED
    assert window_of("2025", CLOSED).months == ()
    years = [Period(year, month) for year in (2025, 2026) for month in range(1, 13)]
    assert window_of(ROLLING, years).months == tuple(years[-12:])
    for odd in ("2026-13", "", "ROLLING", "2026-Q5"):
        with pytest.raises(DomainError) as refused:
            window_of(odd, CLOSED)
        assert refused.value.code == "period_invalid"


def test_a_month_of_five_is_shown_with_all_that_stands_beside_it(ready):
    patients_answer(ready, 5, 10)
    jia = found(ready, "2026-10")[JIA]
    assert (jia.n, jia.invited, jia.window, jia.definition, jia.mode_mix) == (
        5,
        5,
        "2026-10",
        "linear-0-100",
        {"page": 5},
    )
    assert jia.figures[SCORE].score == jia.figures[OVERALL].score == Fraction(100)
    assert jia.figures[SCORE].low < 100 <= jia.figures[SCORE].high
    assert not jia.may_be_ranked
    assert {"environment", "waiting"} < set(jia.figures)
    assert found(ready, "2026-10", definition=TOPBOX)[JIA].definition == TOPBOX


def test_a_month_of_four_shows_nothing_but_who_was_invited(ready):
    patients_answer(ready, 4, 10)
    jia = found(ready, "2026-10")[JIA]
    assert (jia.is_hidden, jia.n, jia.mode_mix, jia.invited) == (True, None, {}, 4)
    assert set(jia.figures.values()) == {None}
    assert [figure.score for line in jia.lines for figure in line.figures] == [None] * 3


def test_what_subtracting_months_from_a_quarter_would_tell_is_hidden(ready):
    patients_answer(ready, 6, 8)
    patients_answer(ready, 4, 9)
    assert not found(ready, "2026-08")[JIA].is_hidden  # it was shown when September was not over yet
    assert found(ready, "2026-09")[JIA].is_hidden
    assert found(ready, "2026-Q3")[JIA].is_hidden
    assert found(ready, "2026")[JIA].is_hidden
    assert found(ready, ROLLING)[JIA].is_hidden
    patients_answer(ready, 3, 7)
    assert not found(ready, "2026-Q3", closed=(month_of(7), *CLOSED))[JIA].is_hidden


def test_a_quarter_has_no_figure_before_it_is_over():
    for name in ("2026-Q4", "2026"):
        assert window_of(name, CLOSED, unfinished=(month_of(12),)).months == ()
    assert window_of("2026-Q3", CLOSED, unfinished=(month_of(12),)).months == (AUG, SEP)
    assert window_of("2026-10", CLOSED, unfinished=(month_of(11),)).months == (OCT,)
    assert window_of(ROLLING, CLOSED, unfinished=(month_of(11),)).months == CLOSED


def test_a_dimension_that_few_answered_is_hidden_and_one_beside_it(ready):
    """Else it could be worked out from the score and the other dimensions."""
    patients_answer(ready, 9, 10)
    for row in ready.query(Tally).filter(Tally.question_id.in_(("next", "handover"))):
        row.count = 3
    ready.flush()
    figures = found(ready, "2026-10")[JIA].figures
    assert {name for name, figure in figures.items() if figure is None} == {"communication", "continuity"}
    assert figures[SCORE].n == 9


def test_a_score_that_few_gave_is_hidden_though_many_answered(ready):
    patients_answer(ready, 9, 10)
    for row in ready.query(Tally).filter(Tally.question_id != "", Tally.question_id != "overall"):
        row.count = 1
    ready.flush()
    jia = found(ready, "2026-10")[JIA]
    assert {name for name, figure in jia.figures.items() if figure is not None} == {OVERALL}
    assert jia.n == 9
    assert {figure.score for line in jia.lines for figure in line.figures} == {None}


def test_how_few_answered_in_one_mode_is_hidden_in_every_window(ready):
    for month, chats in ((9, 2), (10, 5)):
        patients_answer(ready, 8, month)
        for row in ready.query(Tally).filter_by(period=f"2026-{month:02d}", question_id="", option_code="page"):
            row.count -= chats
            ready.add(Tally(period=row.period, unit_code=JIA, questionnaire_id="outpatient", questionnaire_version="1",
                            question_id="", option_code="chat", count=chats, stream="visit"))  # fmt: skip
        ready.flush()
    assert found(ready, "2026-09")[JIA].mode_mix == {"chat": None, "page": None}
    assert found(ready, "2026-10")[JIA].mode_mix == {"chat": None, "page": None}  # three on the page
    assert found(ready, "2026")[JIA].mode_mix == {"chat": None, "page": None}


def test_blind_surveys_are_not_among_them(ready):
    apply_questionnaire(ready, document=BLIND, now=NOW)
    invite_staff(ready, *"123456")
    for number in "123456":
        answer(ready, number)
    assert found(ready, "2026-10") == {}
    assert found(ready, "2026-10", stream="poster") == {}


def test_rolling_months_pool_and_may_be_ranked_from_25(ready):
    for month, count in ((8, 9), (9, 8), (10, 8)):
        patients_answer(ready, count, month)
    jia = found(ready, ROLLING)[JIA]
    assert (jia.n, jia.window, jia.may_be_ranked) == (25, "2026-08 – 2026-10", True)
    assert not found(ready, "2026-10")[JIA].may_be_ranked


def test_rolling_months_hide_a_single_small_month():
    window = Window(ROLLING, CLOSED)
    shown = {"2026-08", "2026-09"}
    assert not is_shown(window, {AUG: 30, SEP: 30, OCT: 3}, shown)
    assert is_shown(window, {AUG: 30, SEP: 30, OCT: 9}, {*shown, "2026-10"})
    assert not is_shown(window, {AUG: 3, SEP: 30, OCT: 3}, {"2026-09"})  # next month's twelve would tell August
    assert not is_shown(window, {AUG: 2, SEP: 1, OCT: 1}, set())
    assert is_shown(window, {}, set())


def test_open_months_count_nowhere(ready):
    patients_answer(ready, 6, 9)
    patients_answer(ready, 9, 10)
    jia = found(ready, "2026", closed=(SEP,))[JIA]
    assert (jia.n, jia.window) == (6, "2026-09")
    assert months_with_answers(ready) == [SEP, OCT]


def test_one_unit_sees_itself_alone(ready):
    patients_answer(ready, 5, 10)
    patients_answer(ready, 5, 10, unit=YI)
    assert set(found(ready, "2026-10")) == {JIA, YI}
    assert set(found(ready, "2026-10", unit_code=YI)) == {YI}


def test_without_lines_the_figures_are_the_same(ready):
    for month, count in ((8, 4), (9, 6), (10, 7)):
        patients_answer(ready, count, month)
    for window in ("2026-10", "2026-Q3", ROLLING):
        whole, alone = found(ready, window)[JIA], found(ready, window, with_lines=False)[JIA]
        assert alone.lines == () or all(not line.figures for line in alone.lines)
        assert (alone.n, alone.figures, alone.mode_mix) == (whole.n, whole.figures, whole.mode_mix)


def test_posters_stand_apart(ready):
    patients_answer(ready, 5, 10)
    assert found(ready, "2026-10", stream="poster") == {}


def test_no_closed_month_no_results(ready):
    assert found(ready, "2026-10", closed=()) == {}
    assert found(ready, ROLLING, closed=()) == {}
