"""The geometry of drawings: inside the sheet, in order, round numbers at the side."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.series import Meaning, TimedFigure
from web.chart_lines import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, line_chart, round_scale

REASONS = {"definition": "口径", "unit": "单位", "mode": "方式", "scheme": "方案"}
NUMBERS = st.fractions(min_value=-10_000, max_value=1_000_000, max_denominator=1000)


def months(*values: object, meaning: Meaning = Meaning()) -> list[TimedFigure]:  # noqa: B008 - a frozen value
    return [
        TimedFigure(f"2026-{at:02d}", None if value is None else Fraction(str(value)), meaning, reason="not_collected")
        for at, value in enumerate(values, start=1)
    ]


def test_nothing_to_draw_is_no_drawing() -> None:
    assert line_chart([], reasons=REASONS) is None
    assert line_chart(months(None, None), reasons=REASONS) is None


def test_one_month_is_one_dot() -> None:
    chart = line_chart(months("83.4"), reasons=REASONS)
    assert chart is not None
    assert (chart.paths, chart.breaks, len(chart.dots)) == ((), (), 1)
    assert (chart.dots[0].x, chart.dots[0].value) == (LEFT, "83.40")


def test_gap_is_left_open_and_its_reason_stands_in_the_table() -> None:
    chart = line_chart(months(1, 2, None, 4, 5), reasons=REASONS, notes={"not_collected": "未报送"})
    assert chart is not None
    assert [len(path.split()) for path in chart.paths] == [2, 2]
    assert (chart.dots[2].y, chart.dots[2].value, chart.dots[2].note) == (None, "—", "未报送")


def test_break_is_numbered_where_it_stands() -> None:
    chart = line_chart([*months(1, 2), *months(3, 4, meaning=Meaning("topbox", "percent"))], reasons=REASONS)
    assert chart is not None
    assert [(each.number, each.x, each.reasons) for each in chart.breaks] == [(1, chart.dots[2].x, "口径, 单位")]
    assert len(chart.paths) == 2


def test_first_place_is_at_the_top() -> None:
    chart = line_chart(months(3, 1, 20), reasons=REASONS, is_place=True)
    assert chart is not None
    ys = [dot.y for dot in chart.dots]
    assert ys[1] == TOP
    assert ys[2] == HEIGHT - BOTTOM
    assert [value for _, value in chart.marks] == ["1", "10", "20"]
    assert chart.dots[0].value == "3"


def test_only_first_places_still_have_a_scale() -> None:
    chart = line_chart(months(1, 1), reasons=REASONS, is_place=True)
    assert chart is not None
    assert [value for _, value in chart.marks] == ["1", "2"]


def test_target_is_drawn_where_it_lies_and_left_out_beside_the_sheet() -> None:
    figures = [TimedFigure("2026-10", Fraction(value), Meaning(), target=Fraction(50)) for value in (40, 60)]
    chart = line_chart(figures, reasons=REASONS)
    assert chart is not None
    assert chart.target is not None
    assert chart.dots[1].y is not None
    assert chart.dots[0].y is not None
    assert chart.dots[1].y < chart.target[0] < chart.dots[0].y
    far = line_chart([TimedFigure("2026-10", Fraction(1), Meaning(), target=Fraction(50))], reasons=REASONS)
    assert far is not None
    assert far.target is None


@given(st.lists(st.none() | NUMBERS, min_size=1, max_size=36))
def test_everything_lies_on_the_sheet_and_higher_is_higher(values: list[Fraction | None]) -> None:
    figures = [TimedFigure(str(at), value, Meaning(), value, value) for at, value in enumerate(values)]
    chart = line_chart(figures, reasons=REASONS)
    assert (chart is None) == all(value is None for value in values)
    if chart is None:
        return
    assert all(LEFT <= dot.x <= WIDTH - RIGHT for dot in chart.dots)
    assert [dot.x for dot in chart.dots] == sorted(dot.x for dot in chart.dots)
    shown = sorted(
        (value, -dot.y)
        for value, dot in zip(values, chart.dots, strict=True)
        if value is not None and dot.y is not None
    )
    assert all(TOP <= -y <= HEIGHT - BOTTOM for _, y in shown)
    assert [y for _, y in shown] == sorted(y for _, y in shown)


@given(NUMBERS, NUMBERS)
def test_scale_holds_both_ends_in_few_round_steps(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    scale = round_scale(low, high)
    assert scale.bottom <= low <= high <= scale.top
    assert 2 <= len(scale.marks) <= 8
    step = scale.marks[1] - scale.marks[0]
    assert str(step.numerator * 10**9 // step.denominator).strip("0") in {"1", "2", "5"}


@pytest.mark.parametrize(
    ("low", "high", "marks"), [(0, 100, [0, 50, 100]), (81, 86, [80, 82, 84, 86]), (7, 7, [4, 6, 8, 10])]
)
def test_scale_is_what_a_person_would_choose(low: int, high: int, marks: list[int]) -> None:
    assert list(round_scale(Fraction(low), Fraction(high)).marks) == marks
