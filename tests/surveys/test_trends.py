"""Figures and lines: intervals with every score, pooling by responses, where a line breaks and where it does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from locales.errors import DomainError, explain
from surveys.intervals import estimate
from surveys.scoring import LINEAR, NPS, POSITIVE
from surveys.trends import DEFINITION, MODE, SCALE, Figure, figure, pool, scales_of, trend
from tests.surveys.cast import choice, outpatient, parsed, scored, small_document

PAGE = {"page": 100}


def percent(score: int, n: int = 100, *, window: str = "2026-10", invited: int = 200, **more) -> Figure:
    """A figure of so many percent."""
    found = estimate([(Fraction(100), score * n), (Fraction(0), (100 - score) * n)], (0, 100)) if n else None
    facts = {"mode_mix": {"page": n} if n else {}, "definition": POSITIVE, "scales": ("s",)} | more
    return figure(found, n=n, invited=invited, window=window, **facts)


def windows(lines):
    return [([each.window for each in line.figures], line.breaks) for line in lines]


def test_every_score_has_its_interval_and_says_what_it_is_from():
    found = percent(65)
    assert found.score == 65
    assert found.low < 65 < found.high
    assert (found.n, found.invited, found.response_rate) == (100, 200, Fraction(1, 2))
    assert (found.window, found.definition, found.mode_mix) == ("2026-10", POSITIVE, {"page": 100})


def test_no_answers_are_none_and_never_nought():
    found = percent(0, 0)
    assert (found.score, found.low, found.high, found.n) == (None, None, None, 0)
    assert found.response_rate == 0
    assert percent(0, 0, invited=0).response_rate is None
    assert percent(0, 10).score == 0


def test_pooled_figures_weigh_by_responses():
    units = [(526, 72), (91, 59)]  # published as 70, not as the plain mean of 65.5
    figures = [
        figure(
            estimate([(Fraction(100), score), (Fraction(0), 100 - score)], (-100, 100)),
            n=n, invited=0, mode_mix={"page": n}, window="2014-03", definition=NPS,
        )
        for n, score in units
    ]  # fmt: skip
    found = pool(figures)
    assert found.score == Fraction(526 * 72 + 91 * 59, 617)
    assert round(found.score, 2) == Fraction("70.08")
    assert (found.n, found.mode_mix, found.window) == (617, {"page": 617}, "2014-03")
    assert found.low < found.score < found.high


def test_pooling_months_spans_their_window_and_passes_over_empty_ones():
    months = [
        percent(80, 30, window="2026-09", mode_mix={"chat": 30}),
        percent(0, 0, window="2026-10"),
        percent(40, 10, window="2026-11"),
    ]
    found = pool(months)
    assert (found.score, found.n, found.invited) == (70, 40, 600)
    assert found.window == "2026-09 – 2026-11"
    assert found.mode_mix == {"chat": 30, "page": 10}
    assert pool([percent(0, 0)]).score is None


def test_figures_of_two_definitions_are_never_pooled():
    with pytest.raises(DomainError) as caught:
        pool([percent(80), percent(80, definition=LINEAR)])
    assert caught.value.code == "figures_of_two_definitions"
    assert explain("zh", caught.value) != explain("en", caught.value)
    with pytest.raises(ValueError, match="nothing"):
        pool([])


def test_two_waves_of_the_document_are_one_line_with_intervals():
    lines = trend([percent(65, window="2026-03"), percent(92, window="2026-09")])
    assert [each.score for each in lines[0].figures] == [65, 92]
    assert lines[0].figures[0].high < lines[0].figures[1].low
    assert windows(lines) == [(["2026-03", "2026-09"], ())]


def test_a_line_breaks_when_the_definition_or_the_scale_changes():
    months = [
        percent(60, window="a"),
        percent(61, window="b", definition=LINEAR),
        percent(62, window="c", definition=LINEAR, scales=("t",)),
        percent(63, window="d", definition=POSITIVE, scales=("s",)),
    ]
    assert windows(trend(months)) == [
        (["a"], ()), (["b"], (DEFINITION,)), (["c"], (SCALE,)), (["d"], (DEFINITION, SCALE)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "now", "breaks"),
    [
        ({"page": 100}, {"page": 80, "chat": 20}, False),  # exactly a fifth
        ({"page": 100}, {"page": 79, "chat": 21}, True),
        ({"page": 50, "chat": 50}, {"page": 71, "chat": 29}, True),
        ({"page": 5, "chat": 5}, {"page": 8, "chat": 2}, False),  # chance does that with ten
        ({"page": 5}, {"chat": 5}, True),
        ({"page": 3}, {"page": 2, "chat": 1}, False),
        ({}, {"page": 10}, False),
    ],
)
def test_a_line_breaks_when_the_mix_of_modes_moves_by_more_than_a_fifth(then, now, breaks):
    lines = trend([percent(60, mode_mix=then, window="a"), percent(60, mode_mix=now, window="b")])
    assert windows(lines) == ([(["a"], ()), (["b"], (MODE,))] if breaks else [(["a", "b"], ())])


def test_a_slow_drift_of_modes_breaks_the_line_too():
    months = [
        percent(60, window=str(month), mode_mix={"page": 1000 - 80 * month, "chat": 80 * month}) for month in range(6)
    ]
    assert windows(trend(months)) == [(["0", "1", "2"], ()), (["3", "4", "5"], (MODE,))]


def test_a_month_without_answers_is_a_gap_in_its_line():
    months = [
        percent(0, 0, window="a"), percent(60, window="b"), percent(0, 0, window="c", definition=LINEAR, scales=()),
        percent(61, window="d"), percent(0, 0, window="e"),
    ]  # fmt: skip
    assert windows(trend(months)) == [(["a", "b", "c", "d", "e"], ())]
    assert trend([]) == ()


def test_scales_name_what_figures_are_made_from():
    one = parsed(small_document(scored("a", "x"), choice("b")))
    same = parsed(small_document(scored("a", "x"), choice("b", "1", "2"), choice("c"), version="2"))
    assert scales_of(one) == scales_of(same)
    others = [
        small_document(scored("a", "x", 1, 2, 3, 4)),
        small_document(scored("a", "x"), scored("b", "x")),
        small_document(scored("a", "y")),
        small_document(scored("a", is_overall=True)),
        small_document(scored("a", "x"), id="other"),
    ]
    assert len({scales_of(parsed(document)) for document in others} | {scales_of(one)}) == 6
    assert scales_of(outpatient()).startswith("outpatient:")
