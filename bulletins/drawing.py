"""A sheet to draw on, measured in pixels from its upper left corner, with one Chinese typeface and no system font.

Knows how text, dots and lines are put down so that the same drawing is the same bytes everywhere. Refuses to know what
is drawn. Text is never read as a formula, and characters that the typeface lacks are left out. Uses matplotlib's
objects without pyplot, so that nothing global is touched.
"""

from __future__ import annotations

import importlib.util
import io
from functools import cache
from pathlib import Path
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke

from bulletins.cutting import safe_cut

Align = Literal["left", "center", "right"]

_DPI = 100
_TYPEFACE = "NotoSansCJKsc-Regular.otf"
_BOLD = 0.018  # the typeface has one weight: a stroke of this share of the size makes it bolder


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
        words = drawable(words)
        if self.width_of(words, size) <= width:
            return words
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width_of(words[:middle].rstrip() + "…", size) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return words[: safe_cut(words, low)].rstrip() + "…"

    def line(self, *points: tuple[float, float], color: str, width: float, dotted: bool = False) -> None:
        """A line through the points."""
        style: Any = (0, (0.1, 2.6)) if dotted else "solid"
        self._axes.add_line(
            Line2D(
                [x for x, _ in points], [y for _, y in points], color=color, linewidth=width * 72 / _DPI,
                linestyle=style, dash_capstyle="round", solid_capstyle="round", zorder=self._above(),
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

    def png(self) -> bytes:
        """The picture; the same drawing gives the same bytes: no date, no program's name."""
        buffer = io.BytesIO()
        self._figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        return buffer.getvalue()

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
    """The one font file that is used. Its package is looked up and not imported: importing it changes settings."""
    spec = importlib.util.find_spec("mplfonts")
    if spec is None or not spec.submodule_search_locations:
        msg = "the package mplfonts, which carries the typeface, is not installed"
        raise RuntimeError(msg)
    path = str(Path(spec.submodule_search_locations[0]) / "fonts" / _TYPEFACE)
    fontManager.addfont(path)
    return path


@cache
def _font(size: float) -> FontProperties:
    return FontProperties(fname=_typeface(), size=size * 72 / _DPI)
