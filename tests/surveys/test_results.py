"""Figures that may be looked at: windows, small numbers and what subtraction would tell, lines with gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from consortium.periods import Period
from locales.errors import DomainError
from surveys.measurement import OVERALL, SCORE
from surveys.results import ROLLING, Window, is_shown, months_with_answers, results, shown_periods, window_of
from surveys.scoring import TOPBOX
from tests.surveys.cast import JIA, YI
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
    assert not found(ready, "2026-Q3")[JIA].is_hidden
    assert found(ready, "2026-09")[JIA].is_hidden
    assert found(ready, "2026-08")[JIA].is_hidden  # with it the quarter would give September away


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
    assert is_shown(window, {AUG: 3, SEP: 30, OCT: 3}, {"2026-09"})
    assert not is_shown(window, {AUG: 2, SEP: 1, OCT: 1}, set())
    assert is_shown(window, {}, set())


def test_no_difference_of_shown_windows_is_of_few_people():
    """Every year, quarter and month shown, taken from every one that holds it with all others shown in it."""
    for counts in ((4, 9, 9, 30), (1, 1, 1, 50), (3, 12, 0, 0), (5, 5, 4, 4), (9, 1, 9, 1)):
        answered = {Period(2026, month): n for month, n in zip((1, 2, 3, 4), counts, strict=True) if n}
        shown = shown_periods(answered)
        for quarter, months in (("2026-Q1", (1, 2, 3)), ("2026-Q2", (4,))):
            if quarter in shown:
                rest = [answered.get(Period(2026, m), 0) for m in months if f"2026-{m:02d}" not in shown]
                assert sum(rest) == 0 or sum(rest) >= 5, (counts, shown)
        assert not any(f"2026-{m:02d}" in shown for m, n in zip((1, 2, 3, 4), counts, strict=True) if 0 < n < 5)


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


def test_posters_stand_apart(ready):
    patients_answer(ready, 5, 10)
    assert found(ready, "2026-10", stream="poster") == {}


def test_no_closed_month_no_results(ready):
    assert found(ready, "2026-10", closed=()) == {}
    assert found(ready, ROLLING, closed=()) == {}
