"""The pictures: size, sameness, hostile names, odd figures, colours; the drawing program."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from bulletins.charts import (
    HEAT,
    HISTORY,
    KINDS,
    PNG,
    RANKING,
    SVG,
    TRENDS,
    draw_chart,
    history_chart,
    kinds_of,
    make,
    picture_key,
    ranking_chart,
)
from bulletins.charts_heat import contrast, ground_of, ink_on
from bulletins.charts_style import INK, PAPER, PHONE, QUIET, TIER_COLORS, interval_of, short_standing
from bulletins.charts_trends import pieces_of
from bulletins.content import to_json
from bulletins.drawing import Sheet, drawable
from bulletins.parts import Certainty, History, TrendPoint
from tests.bulletins.print_samples import full_group, months
from tests.bulletins.samples import season, tier, unit_row

GREATEST_SUM = 10_000  # of width and height: what Telegram takes as a picture
WIDTH = PHONE.width
HOSTILE = ["<script>alert(1)</script>", "\u202e院医", "😀👨‍👩‍👧🏥", "长" * 200, "W" * 200, "$\\frac{1}{$ $x^2$", "\\alpha_{", "مستشفى",
           "A\nB", "\x00", "", "Z̴̡̛a͝l̸g҉o", "\ud800", "𠮷野家"]  # fmt: skip


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def flat(*totals: Fraction | None):
    rows = [
        unit_row(f"u{n}", f"单位{n}", f"Unit {n}", total, n if total is not None else None)
        for n, total in enumerate(totals, 1)
    ]
    return season(tier("primary", "基层", "Primary", *rows))


def named(content, name):
    """The same content in which every unit, tier, dimension and the consortium carry this name."""
    both = {"zh": name, "en": name}
    tiers = tuple(
        replace(each, name=both, units=tuple(replace(row, name=both) for row in each.units)) for each in content.tiers
    )
    groups = tuple((code, both) for code, _ in content.groups)
    history = tuple(replace(each, name=both, source=both) for each in content.history)
    return replace(content, tiers=tiers, groups=groups, history=history, consortium=both)


@pytest.fixture(scope="module")
def whole():
    """The tertiary hospital, two others, and the last three centres: everything there is, quickly drawn."""
    content = full_group()
    first, second, third = content.tiers
    tiers = (first, replace(second, units=second.units[:2]), replace(third, units=third.units[-3:]))
    return replace(content, tiers=tiers)


def test_the_group_of_26_is_one_picture_of_each_kind():
    content = full_group()
    for kind in KINDS:
        picture = opened(draw_chart(content, "zh", kind).png())
        assert picture.height < 4 * WIDTH  # a phone shows it without a second picture


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_a_png_for_a_phone_and_the_same_again(whole, kind, language):
    drawn = draw_chart(whole, language, kind).png()
    picture = opened(drawn)
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    assert picture.height + picture.width < GREATEST_SUM
    assert len(picture.getcolors(1 << 24)) > 50  # something is drawn
    assert set(picture.info) <= {"dpi"}  # no date, no program
    assert language == "en" or draw_chart(whole, language, kind).png() == drawn


@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_is_one_element_of_its_own_ids_and_without_address_or_script(whole, kind):
    drawn = draw_chart(whole, "zh", kind).svg(kind)
    assert draw_chart(whole, "zh", kind).svg(kind) == drawn
    said = drawn.decode()
    root = ET.fromstring(said)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert int(root.get("width")) == WIDTH
    assert set(re.findall(r"https?://[^\"]+", said)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<script|<style|<foreignObject|<text|on[a-z]+=|20[0-9]{2}-[0-9]{2}-[0-9]{2}T", said)
    ids = re.findall(r'\bid="([^"]*)"', said)
    assert len(ids) == len(set(ids))
    assert all(each.startswith(f"{kind}-") for each in ids)
    assert all(each in ids for each in re.findall(r'(?:href="|url\()#([^")]+)', said))


def test_every_difference_shows(whole):
    moved = replace(whole, tiers=(whole.tiers[0], *whole.tiers[2:]))
    for kind in (RANKING, TRENDS, HEAT):
        made = {
            draw_chart(each, language, kind).png() for each, language in ((whole, "zh"), (whole, "en"), (moved, "zh"))
        }
        assert len(made) == 3


def test_kinds_are_those_that_have_something_to_show(whole):
    assert kinds_of(whole) == KINDS
    assert kinds_of(season(history=())) == (RANKING,)
    assert kinds_of(replace(whole, groups=())) == (RANKING, TRENDS, HISTORY)

    def with_trend(points):
        return season(
            tier("a", "甲", "A", replace(unit_row("u1", "一", "One", Fraction(80), 1), trend=points)), history=()
        )

    point = TrendPoint("2026-10", Fraction(80), None, None, 1, 1, is_break=False)
    empty = replace(point, period="2026-09", total=None)
    assert kinds_of(with_trend((point,))) == kinds_of(with_trend((empty, point))) == (RANKING,)
    assert kinds_of(with_trend((replace(empty, total=Fraction(1)), point))) == (RANKING, TRENDS)


def dots_of(picture, color, left, right, tops, height):
    """The middle column of what is drawn in a colour, row by row."""
    found = []
    for top in tops:
        columns = [x for x in range(left, right) for y in range(top, top + height) if picture.getpixel((x, y)) == color]
        found.append(sum(columns) / len(columns))
    return found


def test_the_best_stands_farthest_right():
    picture = opened(ranking_chart(flat(Fraction(95), Fraction(80), Fraction(65)), "zh")).convert("RGB")
    first, second, third = dots_of(picture, (0, 114, 178), 480, 1040, (400 + 60, 492 + 60, 584 + 60), 32)
    assert first > second + 80
    assert second > third + 80


def test_an_interval_is_as_wide_as_it_is(whole):
    """Half of the scale's track for half of its points, and nothing where there is none."""

    def ends(certainty):
        row = replace(unit_row("u1", "一", "One", Fraction(80), 1), certainty=certainty)
        picture = opened(ranking_chart(season(tier("a", "甲", "A", row), history=()), "zh")).convert("RGB")
        columns = [x for x in range(480, 1040) for y in range(462, 496) if picture.getpixel((x, y)) == (0, 114, 178)]
        return max(columns) - min(columns)

    wide = ends(Certainty(1, 1, None, None, Fraction(75), Fraction(95)))
    narrow = ends(Certainty(1, 1, None, None, Fraction(78), Fraction(88)))
    assert wide == pytest.approx(2 * narrow, abs=6)
    assert ends(None) < 26  # the dot alone


def test_standing_is_said_in_few_words_and_an_arrow_only_where_one_is(whole):
    rows = {row.code: row for each in whole.tiers for row in each.units}
    moved = replace(rows["h2"], certainty=Certainty(2, 5, "middle", "down"))
    assert short_standing(moved, "zh") == "2–5 名 · 中档 · ↓ 降"
    assert short_standing(moved, "en") == "place 2–5 · middle · ↓"
    assert short_standing(replace(moved, certainty=Certainty(2, 2, "upper", "same")), "zh") == "上档"
    assert short_standing(replace(moved, certainty=Certainty(None, None, None, "same")), "en") == ""
    assert short_standing(replace(moved, certainty=None), "zh") == ""
    assert short_standing(moved, "zh", has_places=False) == "中档 · ↓ 降"
    assert interval_of(moved) is None


def test_a_trend_breaks_where_it_must():
    periods = months(6)

    def at(place, total=Fraction(80), *, is_break=False):
        return TrendPoint(periods[place], total, None, None, None, 0, is_break=is_break)

    whole_line = [at(0), at(1), at(2)]
    assert pieces_of(whole_line, periods) == [whole_line]
    with_gap = [at(0), at(2), at(3, None), at(4), at(5, is_break=True)]
    assert pieces_of(with_gap, periods) == [[with_gap[0]], [with_gap[1]], [with_gap[3]], [with_gap[4]]]
    assert pieces_of([at(0, None)], periods) == pieces_of([], periods) == []


@pytest.mark.parametrize(
    "totals",
    [
        (),
        (None,),
        (Fraction(0),),
        (Fraction(100),) * 3,
        (Fraction(-5), Fraction(105)),
        (Fraction(1, 3), None),
        (Fraction(99),),
    ],
)
def test_odd_figures_are_drawn_all_the_same(totals):
    content = flat(*totals)
    shares = (("a", None), ("b", Fraction(-3)), ("c", Fraction(130)))
    trend = (TrendPoint("2026-10", Fraction(-5), Fraction(-9), Fraction(120), None, 0, is_break=True),)
    rows = tuple(replace(row, shares=shares, trend=trend) for row in content.tiers[0].units)
    groups = tuple((code, {"zh": "维度", "en": "Dimension"}) for code in "abcd")
    content = replace(content, tiers=(replace(content.tiers[0], units=rows),), groups=groups)
    for kind in (RANKING, TRENDS, HEAT):
        assert opened(draw_chart(content, "zh", kind).png()).width == WIDTH


@pytest.mark.parametrize("units", [61, 1000])
def test_however_many_units_the_picture_stays_sendable(units):
    content = flat(*[Fraction(9900 - 5 * n, 100) for n in range(units)])
    content = replace(content, groups=tuple((str(n), {"zh": "协同维度", "en": "Joint work"}) for n in range(14)))
    for kind in (RANKING, TRENDS, HEAT):
        drawn = opened(draw_chart(content, "zh", kind).png())
        assert drawn.height + WIDTH < GREATEST_SUM
        assert drawn.height < 20 * WIDTH


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_drawn_in_its_place_without_a_warning(whole, name):
    small = replace(whole, tiers=whole.tiers[:1], groups=whole.groups[:2], history=whole.history[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing character would be a warning, and a box in the picture
        for kind in KINDS:
            drawn = opened(draw_chart(named(small, name), "zh", kind).png()).convert("RGB")
            margin = drawn.crop((WIDTH - 14, 14, WIDTH, drawn.height)).getcolors(100)
            assert margin == [(14 * (drawn.height - 14), (255, 255, 255))]  # nothing runs over the edge


def test_history_breaks_where_a_figure_is_missing_and_takes_any_length():
    def points(*values):
        return tuple((str(2000 + n), None if v is None else Fraction(v)) for n, v in enumerate(values))

    for values in ((), (5,), (5, None, 7), (None, None), (3, 3, 3), range(40)):
        series = History("h", {"zh": "往年", "en": "History"}, "percent", None, None, points(*values))
        assert opened(history_chart(season(history=(series,)), "zh")).width == WIDTH
    assert opened(history_chart(season(history=()), "zh")).width == WIDTH


def test_marks_and_words_are_seen_by_everybody():
    """3 : 1 for marks, 4.5 : 1 for words, as the rules of accessibility have it."""
    assert all(contrast(color, PAPER) >= 3 for color in TIER_COLORS)
    assert all(contrast(color, PAPER) >= 4.5 for color in (INK, QUIET))
    grounds = {ground_of(Fraction(value), step) for value in range(101) for step in (5, 10)}
    assert len(grounds) == 10
    assert all(contrast(ink_on(ground), ground) >= 4.5 for ground in grounds)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    lightness = [contrast(ground_of(Fraction(value)), "#000000") for value in range(0, 101, 10)]
    assert lightness == sorted(lightness)  # seen without any colour at all


MATRICES = {  # of Machado and others, 2009, severity 1
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


@pytest.mark.parametrize("vision", MATRICES)
def test_tiers_next_to_each_other_differ_for_the_colour_blind(vision):
    def seen(color):
        light = [(int(color[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5)]
        mixed = [sum(share * part for share, part in zip(row, light, strict=True)) for row in MATRICES[vision]]
        return [255 * min(max(part, 0), 1) ** (1 / 2.2) for part in mixed]

    for one, other in zip(TIER_COLORS, (*TIER_COLORS[1:], TIER_COLORS[0]), strict=True):
        distance = sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5
        assert distance > 30, (one, other)


def test_characters_that_the_typeface_lacks_are_left_out():
    assert [drawable(words) for words in ("医院😀", "مستشفى", "a\u0301b", "医\u202e院", " x ")] == [
        "医院",
        "",
        "ab",
        "医院",
        "x",
    ]


def test_words_are_shortened_to_the_room_there_is():
    sheet = Sheet(100, 100, "#ffffff")
    assert sheet.fitted("医院", 20, 100) == "医院"
    shortened = sheet.fitted("人民医院" * 10, 20, 100)
    assert shortened.endswith("…")
    assert sheet.width_of(shortened, 20) <= 100
    assert sheet.fitted("医院", 20, 1) == "…"


def test_keys_of_pictures():
    assert [picture_key(17, "zh"), picture_key(17, "en", HISTORY)] == ["bulletin:17:zh", "bulletin:17:en:history"]


@pytest.mark.parametrize(("kind", "form"), [(RANKING, PNG), (TRENDS, SVG)])
def test_the_program_draws_what_the_function_draws(whole, kind, form):
    order = {"kind": kind, "form": form, "language": "en", "content": to_json(whole)}
    program = [sys.executable, "-m", "bulletins.charts"]
    drawn = subprocess.run(program, input=json.dumps(order).encode(), capture_output=True, check=True)
    assert drawn.stdout == make(order)
    chart = draw_chart(whole, "en", kind)
    assert drawn.stdout == (chart.png() if form == PNG else chart.svg(kind))


def test_importing_charts_brings_no_matplotlib_and_no_typesetter():
    program = (
        "import sys, bulletins.charts, bulletins.editions, bulletins.pictures, bulletins.html_edition;"
        " print({'matplotlib', 'typst'} & set(sys.modules))"
    )
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert seen.strip() == "set()"
