"""The pictures: size, sameness, hostile names, odd figures; the drawing program."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings
from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import Image

from bulletins.charts import HISTORY, MOST_ROWS, RANKING, WIDTH, draw, history_chart, picture_key, ranking_chart
from bulletins.content import History, to_json
from bulletins.drawing import Sheet, drawable
from tests.bulletins.samples import season, tier, unit_row

GREATEST_SUM = 10_000  # of width and height: what Telegram takes as a picture


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def flat(*totals: Fraction | None):
    rows = [
        unit_row(f"u{n}", f"单位{n}", f"Unit {n}", total, n if total is not None else None)
        for n, total in enumerate(totals, 1)
    ]
    return season(tier("primary", "基层", "Primary", *rows))


@pytest.mark.parametrize("chart", [ranking_chart, history_chart])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_is_a_png_for_a_phone(content, chart, language):
    picture = opened(chart(content, language))
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    assert picture.height + picture.width < GREATEST_SUM
    assert len(picture.getcolors(1 << 24)) > 50  # something is drawn


def test_the_same_content_gives_the_same_bytes(content):
    assert ranking_chart(content, "zh") == ranking_chart(content, "zh")
    assert history_chart(content, "zh") == history_chart(content, "zh")


def test_a_picture_carries_no_date_and_no_program(content):
    assert set(opened(ranking_chart(content, "zh")).info) <= {"dpi"}


def test_every_difference_shows(content):
    moved = replace(content, tiers=(content.tiers[0], *content.tiers[2:]))
    pictures = {ranking_chart(content, "zh"), ranking_chart(content, "en"), ranking_chart(moved, "zh")}
    assert len(pictures) == 3


def test_the_best_stands_farthest_right():
    """The dots' columns in the picture are in the order of the scores."""
    picture = opened(ranking_chart(flat(Fraction(95), Fraction(80), Fraction(65)), "zh")).convert("RGB")
    blue = (0, 114, 178)
    track = [
        (x, y) for x in range(550, 925) for y in range(380, picture.height - 120) if picture.getpixel((x, y)) == blue
    ]
    middles = [sum(x for x, y in track if low <= y < low + 58) / sum(1 for _, y in track if low <= y < low + 58)
               for low in (392, 450, 508)]  # fmt: skip
    assert middles[0] > middles[1] + 50
    assert middles[1] > middles[2] + 50


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
    assert opened(ranking_chart(flat(*totals), "zh")).width == WIDTH


@pytest.mark.parametrize("units", [61, MOST_ROWS, 1000])
def test_however_many_units_the_picture_stays_sendable(units):
    drawn = opened(ranking_chart(flat(*[Fraction(9900 - 5 * n, 100) for n in range(units)]), "zh"))
    assert drawn.height + WIDTH < GREATEST_SUM
    assert drawn.height < 20 * WIDTH


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "\u202e院医", "😀👨‍👩‍👧🏥", "长" * 200, "W" * 200, "$\\frac{1}{$ $x^2$", "\\alpha_{", "مستشفى",
     "A\nB", "\x00", "", "Z̴̡̛a͝l̸g҉o", "\ud800", "𠮷野家"],
)  # fmt: skip
def test_a_hostile_name_is_drawn_in_its_place_without_a_warning(with_name, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing character would be a warning, and a box in the picture
        drawn = opened(ranking_chart(with_name(name), "zh"))
    margin = drawn.convert("RGB").crop((WIDTH - 40, 0, WIDTH, drawn.height)).getcolors(100)
    assert len(margin) <= 2  # paper and the line on top: nothing runs over the edge
    gap = drawn.convert("RGB").crop((530, 370, 545, 560)).getcolors(100)
    assert gap == [(15 * 190, (255, 255, 255))]  # nor into the dots


def test_history_breaks_where_a_figure_is_missing_and_takes_any_length():
    def points(*values):
        return tuple((str(2000 + n), None if v is None else Fraction(v)) for n, v in enumerate(values))

    for values in ((), (5,), (5, None, 7), (None, None), (3, 3, 3), range(40)):
        series = History("h", {"zh": "往年", "en": "History"}, "percent", None, None, points(*values))
        assert opened(history_chart(season(history=(series,)), "zh")).width == WIDTH
    assert opened(history_chart(season(history=()), "zh")).width == WIDTH


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


def test_the_program_draws_what_the_function_draws(content):
    order = {"kind": RANKING, "language": "en", "content": to_json(content)}
    program = [sys.executable, "-m", "bulletins.charts"]
    drawn = subprocess.run(program, input=json.dumps(order).encode(), capture_output=True, check=True)
    assert drawn.stdout == ranking_chart(content, "en") == draw(order)


def test_importing_charts_brings_no_matplotlib():
    program = "import sys, bulletins.charts, bulletins.editions, bulletins.pictures; print('matplotlib' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert seen.strip() == "False"
