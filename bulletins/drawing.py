"""A sheet to draw on, measured in pixels from its upper left corner, with one Chinese typeface and no system font.

Knows how text, dots, lines and bands are put down so that the same drawing is the same bytes everywhere, as PNG and as
SVG. Refuses to know what is drawn. Text is never read as a formula, and characters that the typeface lacks are left
out. In an SVG text is outlines: it looks alike on every device. Uses matplotlib's objects without pyplot, so that
nothing global is touched.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from bulletins.cutting import safe_cut
from bulletins.typefaces import SANS, typeface_file

Align = Literal["left", "center", "right"]
Point = tuple[float, float]

_DPI = 100
_BOLD = 0.018  # the typeface has one weight: a stroke of this share of the size makes it bolder
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_STYLE = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)  # would rule the page it stands in
_CORNERS = 'style="stroke-linejoin: round; stroke-linecap: butt"'
_SIZE_IN_POINTS = re.compile(r'width="[0-9.]+pt" height="[0-9.]+pt"')


class Sheet:
    """One picture. Coordinates are pixels, y counts downwards; later things lie over earlier ones."""

    def __init__(self, width: int, height: int, background: str) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=background)
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.set_axis_off()
        self._order = 0

    def text(
        self, x: float, y: float, words: str, *, size: float, color: str, align: Align = "left", bold: bool = False
    ) -> None:
        """Words on one line, their middle at height `y`."""
        effects = [withStroke(linewidth=size * _BOLD * 72 / _DPI * 2, foreground=color)] if bold else None
        self._axes.text(
            x, y, drawable(words), color=color, horizontalalignment=align, verticalalignment="center_baseline",
            fontproperties=_font(size), parse_math=False, zorder=self._above(), path_effects=effects,
        )  # fmt: skip

    def width_of(self, words: str, size: float) -> float:
        """How wide the words come out."""
        renderer: Any = self._canvas.get_renderer()  # type: ignore[no-untyped-call]
        return float(renderer.get_text_width_height_descent(drawable(words), _font(size), ismath=False)[0])

    def fitted(self, words: str, size: float, width: float) -> str:
        """The words, or as much of them as fits with an ellipsis."""
        words = drawable(words)[: 4 * int(width / size) + 1]  # no character is narrower than a quarter of its size
        if self.width_of(words, size) <= width:
            return words
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width_of(words[:middle].rstrip() + "…", size) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return words[: safe_cut(words, low)].rstrip() + "…"

    def line(self, *points: Point, color: str, width: float, dotted: bool = False, round_ends: bool = True) -> None:
        """A line through the points."""
        style: Any = (0, (0.1, 2.6)) if dotted else "solid"
        cap: Any = "round" if round_ends else "butt"
        self._axes.add_line(
            Line2D(
                [x for x, _ in points], [y for _, y in points], color=color, linewidth=width * 72 / _DPI,
                linestyle=style, dash_capstyle="round", solid_capstyle=cap, zorder=self._above(),
            )
        )  # fmt: skip

    def dot(self, x: float, y: float, radius: float, *, color: str, fill: str) -> None:
        """A round mark with a rim."""
        self._axes.add_patch(
            Circle((x, y), radius, facecolor=fill, edgecolor=color, linewidth=radius * 0.28, zorder=self._above())
        )

    def box(self, x: float, y: float, width: float, height: float, *, color: str) -> None:
        """A filled rectangle."""
        self._axes.add_patch(Rectangle((x, y), width, height, facecolor=color, linewidth=0, zorder=self._above()))

    def band(self, points: Sequence[Point], *, color: str) -> None:
        """A filled shape."""
        self._axes.add_patch(Polygon(list(points), closed=True, facecolor=color, linewidth=0, zorder=self._above()))

    def png(self) -> bytes:
        """The picture; the same drawing gives the same bytes: no date, no program's name."""
        buffer = io.BytesIO()
        self._figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        return buffer.getvalue()

    def svg(self, name: str) -> bytes:
        """The same as SVG, as one element that can stand in a page: `name` is the head of every id in it.

        No prologue, no date, no address but that of the language itself; it takes the width that there is.
        """
        buffer = io.StringIO()
        with rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):  # else ids are drawn at random
            self._figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
        written = _STYLE.sub("", _PROLOGUE.sub("", buffer.getvalue(), count=1), count=1)
        written = _SIZE_IN_POINTS.sub(f'width="{self.width}" height="{self.height}" {_CORNERS}', written, count=1)
        written = written.replace('id="', f'id="{name}-').replace('href="#', f'href="#{name}-')
        return written.replace("url(#", f"url(#{name}-").encode()

    def _above(self) -> int:
        self._order += 1
        return self._order


def drawable(words: str) -> str:
    """What the typeface can show of a text; what it lacks, such as most emoji, is left out."""
    face = get_font(_typeface())
    return "".join(character for character in words if character == " " or _has_shape(face, character)).strip()


def _has_shape(face: Any, character: str) -> bool:
    return character.isprintable() and bool(face.get_char_index(ord(character)))


@cache
def _typeface() -> str:
    path = str(typeface_file(SANS))
    fontManager.addfont(path)
    return path


@cache
def _font(size: float) -> FontProperties:
    return FontProperties(fname=_typeface(), size=size * 72 / _DPI)
