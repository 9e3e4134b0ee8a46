"""The poster of an honour: everybody on it, whatever they are called."""

from __future__ import annotations

import io
import json
import warnings

import pytest
from PIL import Image

from bulletins.charts import make
from bulletins.poster_drawing import HONOUR, MOST_WINNERS, Poster, draw_poster, poster_from_json, poster_to_json

DONGHU = {"zh": "东湖社区卫生服务中心", "en": "Donghu Centre"}


def poster(*winners, name="协同之星", period="2026-10"):
    return Poster({"zh": "某市医疗集团", "en": "A City Group"}, {"zh": name, "en": name}, period, winners)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_a_poster_survives_its_json_and_is_the_same_again():
    shown = poster(("王芳", DONGHU), ("", {"zh": "城东医院", "en": "East"}))
    assert poster_from_json(json.loads(json.dumps(poster_to_json(shown)))) == shown
    order = {"kind": HONOUR, "form": "png", "language": "zh", "content": poster_to_json(shown)}
    drawn = make(order)
    assert drawn == make(order) == draw_poster(shown, "zh").png()
    assert make({**order, "form": "svg"}).startswith(b"<svg")
    assert drawn != draw_poster(shown, "en").png()
    assert drawn != draw_poster(poster(("王芳", DONGHU)), "zh").png()


@pytest.mark.parametrize("winners", [0, 1, MOST_WINNERS, MOST_WINNERS + 30])
@pytest.mark.parametrize("period", ["2026-10", "2026-Q4", "2026"])
def test_any_number_of_winners_is_a_picture_for_a_phone(winners, period):
    drawn = opened(draw_poster(poster(*[(f"第{n}位", DONGHU) for n in range(winners)], period=period), "zh").png())
    assert drawn.width == 1080
    assert 1080 <= drawn.height < 4000


@pytest.mark.parametrize(
    "name", ["<b>x</b>", "长" * 200, "W" * 200, "😀", "$\\frac{1}{$", "A\nB", "\u202e星", "\ud800"]
)
def test_hostile_names_stay_on_the_poster(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = opened(draw_poster(poster((name, {"zh": name, "en": name}), ("", DONGHU), name=name), "zh").png())
    edge = drawn.convert("RGB").crop((drawn.width - 40, 0, drawn.width, drawn.height)).getcolors(10)
    assert edge == [(40 * drawn.height, (11, 61, 92))]
