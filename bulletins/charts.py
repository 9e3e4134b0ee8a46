"""The pictures and printed forms of a bulletin by name, and the program that makes them. PURE.

Knows which kinds an edition has, and how keys are written. Its other half is the program `python -m bulletins.charts`,
which reads one order as JSON and writes one PNG, SVG or PDF: drawing takes time and memory, so it is done in a process
that ends. The same content in words: `bulletins.alternatives`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bulletins.charts_heat import draw_heat
from bulletins.charts_history import draw_history
from bulletins.charts_ranking import draw_ranking
from bulletins.charts_trends import draw_trends
from bulletins.content import from_json
from bulletins.parts import BulletinContent
from bulletins.poster_drawing import HONOUR, draw_poster, poster_from_json

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

RANKING, TRENDS, HEAT, HISTORY = "ranking", "trends", "heat", "history"
KINDS = (RANKING, TRENDS, HEAT, HISTORY)
EDITION = "edition"
"""The printed edition: a PDF of everything, not a picture."""

PNG, SVG, PDF = "png", "svg", "pdf"

_DRAWINGS = {RANKING: draw_ranking, TRENDS: draw_trends, HEAT: draw_heat, HISTORY: draw_history}


def kinds_of(content: BulletinContent) -> tuple[str, ...]:
    """Which pictures an edition has: always the ranking; the others where there is something to see."""
    rows = [row for tier in content.tiers for row in tier.units]
    has = {
        RANKING: True,
        TRENDS: any(sum(point.total is not None for point in row.trend) > 1 for row in rows),
        HEAT: bool(content.groups) and any(value is not None for row in rows for _, value in row.shares),
        HISTORY: bool(content.history),
    }
    return tuple(kind for kind in KINDS if has[kind])


def picture_key(bulletin_id: int, language: str, kind: str = RANKING) -> str:
    """The key by which messages and pages name a picture, or the printed edition."""
    return f"bulletin:{bulletin_id}:{language}" + (f":{kind}" if kind != RANKING else "")


def draw_chart(content: BulletinContent, language: str, kind: str) -> Sheet:
    """A picture of an edition, ready to be written as PNG or SVG."""
    return _DRAWINGS[kind](content, language)


def ranking_chart(content: BulletinContent, language: str) -> bytes:
    """The ranking as a PNG for phones."""
    return draw_ranking(content, language).png()


def history_chart(content: BulletinContent, language: str) -> bytes:
    """The years before as a PNG for phones."""
    return draw_history(content, language).png()


def make(order: Mapping[str, Any]) -> bytes:
    """What an order `{"kind", "form", "language", "content"}` asks for."""
    kind, form, language = order["kind"], order["form"], order["language"]
    if kind == HONOUR:
        return _written(draw_poster(poster_from_json(order["content"]), language), form, kind)
    content = from_json(order["content"])
    if kind == EDITION:
        from bulletins.printing import print_edition  # noqa: PLC0415 - brings the typesetter, for printed editions only

        return print_edition(content, language)
    return _written(draw_chart(content, language, kind), form, kind)


def main() -> None:
    """The program: one order in, one picture or PDF out."""
    sys.stdout.buffer.write(make(json.load(sys.stdin.buffer)))


def _written(sheet: Sheet, form: str, kind: str) -> bytes:
    return sheet.svg(kind) if form == SVG else sheet.png()


if __name__ == "__main__":
    main()
