"""Where the drawings of an edition put things: one scale for all, lines that break, colours that have figures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bulletins.content import Certainty, TrendPoint
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import group_of_26, season, tier, unit_row
from web.bulletin_charts import (
    PLOT_EDGE,
    PLOT_WIDTH,
    SMALL_EDGE,
    SMALL_HEIGHT,
    SMALL_WIDTH,
    heat_table,
    plot_of,
    plot_scale,
    small_multiples,
)


def points(
    *totals: int | None, breaks: tuple[int, ...] = (), reasons: tuple[str, ...] = ("scheme",), half: int | None = 2
):
    return tuple(
        TrendPoint(
            f"2026-{at + 1:02}",
            None if total is None else Fraction(total),
            None if total is None or half is None else Fraction(total - half),
            None if total is None or half is None else Fraction(total + half),
            1, 2, is_break=at in breaks, reasons=reasons if at in breaks else (),
        )
        for at, total in enumerate(totals)
    )  # fmt: skip


def of_trends(*trends):
    rows = [
        replace(unit_row(f"u{n}", f"单位{n}", f"Unit {n}", each[-1].total, n), trend=each)
        for n, each in enumerate(trends, 1)
    ]
    return season(tier("t", "层级", "Tier", *rows))


def test_all_scores_lie_on_one_scale_that_ends_at_a_hundred() -> None:
    scale = plot_scale(group_of_26())
    assert (scale.low, scale.ticks[0], scale.ticks[-1]) == (60, (PLOT_EDGE, 60), (PLOT_WIDTH - PLOT_EDGE, 100))
    assert [value for _, value in scale.ticks] == [60, 70, 80, 90, 100]
    assert scale.x(Fraction(80)) == PLOT_WIDTH // 2
    assert (scale.x(Fraction(10)), scale.x(Fraction(120))) == (PLOT_EDGE, PLOT_WIDTH - PLOT_EDGE)


def test_low_scores_have_fewer_lines_and_no_scores_a_scale_too() -> None:
    low = season(tier("t", "层", "T", unit_row("u1", "甲", "A", Fraction(13), 1)))
    assert [value for _, value in plot_scale(low).ticks] == [20, 40, 60, 80, 100]
    assert plot_scale(low).low == 10
    assert plot_scale(season()).low == 0


def test_a_plot_has_its_interval_and_says_whether_the_unit_is_ranked() -> None:
    scale = plot_scale(group_of_26())
    row = unit_row("u1", "甲", "A", Fraction(80), 1)
    assert plot_of(replace(row, total=None), scale) is None
    bare = plot_of(replace(row, rank=None), scale)
    assert bare is not None
    assert (bare.x, bare.low, bare.high, bare.is_ranked) == (150, None, None, False)
    sure = replace(row, certainty=Certainty(1, 2, "upper", None, Fraction(70), Fraction(90)))
    drawn = plot_of(sure, scale)
    assert drawn is not None
    assert (drawn.low, drawn.x, drawn.high, drawn.is_ranked) == (79, 150, 221, True)


def test_months_of_a_tier_share_one_scale() -> None:
    [found] = small_multiples(of_trends(points(60, 70, 80), points(80, 80, 80)), "zh")
    assert (found.low, found.high, found.periods) == ("50", "90", ("2026-01", "2026-02", "2026-03"))
    rising, flat = found.units
    assert rising.paths == ("8,50 84,36 160,22",)
    assert flat.paths == ("8,22 84,22 160,22",)
    assert rising.last == flat.last == (160, 22)
    assert rising.words == "单位1：2026-01 60.00；2026-02 70.00；2026-03 80.00"
    assert rising.figures == ("60.00", "70.00", "80.00")
    assert (rising.areas, rising.breaks, found.breaks) == (("8,47 84,33 160,19 160,25 84,39 8,53",), (), ())


def test_a_line_stops_at_a_break_and_at_a_month_without_a_score() -> None:
    [found] = small_multiples(of_trends(points(60, 62, 70, 72, None, 74, breaks=(2,))), "zh")
    [unit] = found.units
    assert [len(path.split()) for path in unit.paths] == [2, 2]
    assert len(unit.breaks) == 1
    places = [int(pair.split(",")[0]) for path in unit.paths for pair in path.split()]
    assert places[1] < unit.breaks[0] < places[2]
    assert unit.last is not None
    assert unit.last[0] == SMALL_WIDTH - SMALL_EDGE  # a point of its own
    assert unit.figures[4] == "—"
    assert found.breaks == ("自 2026-03 起另成一段：考核方案改变",)
    [parts] = small_multiples(of_trends(points(60, 62, breaks=(1,), reasons=("parts", "definition"))), "en")
    assert parts.breaks == ("From 2026-02 on apart: other parts were scored; the definition changed",)
    [silent] = small_multiples(of_trends(points(60, 62, breaks=(1,), reasons=())), "zh")
    assert silent.breaks == ("自 2026-02 起另成一段",)


def test_a_month_without_an_interval_has_no_band() -> None:
    [found] = small_multiples(of_trends(points(60, 62, half=None)), "zh")
    assert found.units[0].areas == ()


def test_a_single_month_is_no_trend() -> None:
    assert small_multiples(of_trends(points(60)), "zh") == ()
    assert small_multiples(group_of_26(), "zh") == ()
    assert small_multiples(of_trends(points(None, None)), "zh") == ()


def test_everything_lies_on_the_sheet() -> None:
    for found in small_multiples(full_group(), "en"):
        for unit in found.units:
            pairs = [pair.split(",") for path in (*unit.paths, *unit.areas) for pair in path.split()]
            assert all(0 <= int(x) <= SMALL_WIDTH and 0 <= int(y) <= SMALL_HEIGHT for x, y in pairs)
            assert len(unit.figures) == len(found.periods)


def test_shares_have_a_figure_and_a_step_of_colour() -> None:
    assert heat_table(group_of_26(), "zh") is None
    row = replace(
        unit_row("u1", "甲", "A", Fraction(80), 1),
        shares=(("a", Fraction(0)), ("b", Fraction(100)), ("c", Fraction(499, 10)), ("d", None)),
    )
    groups = tuple((code, {"zh": code.upper(), "en": code}) for code in "abcde")
    found = heat_table(season(tier("t", "层", "T", row), groups=groups), "zh")
    assert found is not None
    assert found.columns == ("A", "B", "C", "D", "E")
    assert found.tiers[0].rows[0].cells == (("0", 0), ("100", 5), ("50", 2), ("—", None), ("—", None))
